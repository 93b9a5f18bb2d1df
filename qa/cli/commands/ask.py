"""``qa ask``: answer a question, or one per line from standard input."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qa import InputError
from qa.cli.asking.after import turn_of
from qa.cli.asking.answers import AnswerOutput, show_answer
from qa.cli.asking.every import (
    ListOutput,
    is_given,
    list_passages,
    refuse_sample,
    refuse_with_all,
)
from qa.cli.filtering import Globs, Headings, Languages, Since, Tags, Types, Until
from qa.cli.indexing import Opened
from qa.cli.options import PAGING, options_of
from qa.cli.terminal.output import note, write_json
from qa.cli.terminal.texts import write_text

if TYPE_CHECKING:
    from qa import Answer, Answerer, AskAllOptions, AskOptions, Turn

ModeName = Literal["hybrid", "bm25", "dense"]
"""The members of ``qa_index.search.query.Mode``, whose module loads numpy."""

ConfidenceName = Literal["low", "medium", "high"]
"""The members of ``qa.answers.Confidence``, whose module takes 8 ms to load."""

DEFAULT_LEAST = 0.2
"""``qa.answering.answerer.DEFAULT_LEAST``, whose module loads numpy."""

_MAX_CONTEXT = 50

ON_ITS_OWN = "a follow-up cannot be kept or certified; ask it in full"


def ask(
    context: typer.Context,
    question: Annotated[
        str | None,
        typer.Argument(
            metavar="QUESTION",
            help="The question, in quotes; - to read one per line from standard input. Without "
            "one, questions are typed at a prompt.",
        ),
    ] = None,
    within: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            metavar="PATH",
            help="Answer only from this file or folder, indexed first if needed; may be repeated.",
        ),
    ] = None,
    count: Annotated[
        int, typer.Option("-k", min=1, max=100, metavar="N", help="Passages to show at most.")
    ] = 5,
    every: Annotated[
        bool,
        typer.Option(
            "--all", help="List every passage that answers, and estimate how many are missed."
        ),
    ] = False,
    least: Annotated[
        float,
        typer.Option(
            "--least",
            min=0,
            max=1,
            metavar="P",
            help="With --all: list passages that answer with this probability or more.",
        ),
    ] = DEFAULT_LEAST,
    sample: Annotated[
        str | None,
        typer.Option(
            "--sample",
            metavar="FILE.json",
            help="With --all: write the list and a sample of what it leaves out, for `qa judge "
            "FILE.json`.",
        ),
    ] = None,
    sample_size: Annotated[
        int,
        typer.Option(
            "--sample-size", min=1, max=200, metavar="N", help="With --sample: passages to draw."
        ),
    ] = 40,
    mode: Annotated[ModeName, typer.Option("--mode", help="How passages are found.")] = "hybrid",
    min_confidence: Annotated[
        ConfidenceName,
        typer.Option(
            "--min-confidence", help="Report that there is no answer below this confidence."
        ),
    ] = "medium",
    globs: Globs = None,
    types: Types = None,
    languages: Languages = None,
    since: Since = None,
    until: Until = None,
    tags: Tags = None,
    headings: Headings = None,
    after: Annotated[
        str | None,
        typer.Option(
            "--after",
            metavar="last|FILE.json|-",
            help="The answer that the question follows up: `last` for the last one shown, or one "
            "saved with --json; - reads it from standard input.",
        ),
    ] = None,
    sentences: Annotated[
        int,
        typer.Option(
            "--context",
            min=0,
            max=_MAX_CONTEXT,
            metavar="N",
            help="Show whole passages with N sentences of the source before and after each.",
        ),
    ] = 0,
    full: Annotated[
        bool, typer.Option("--full", help="Show whole passages, not only what answers.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Fail if a cited source changed since it was indexed."),
    ] = False,
    read: Annotated[
        bool,
        typer.Option(
            "--read/--no-read",
            help="Read the best passages with a neural network: slower, but better at finding "
            "the answer and at detecting that there is none.",
        ),
    ] = True,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", help="Keep the question and its answer with the index, for `qa again`."
        ),
    ] = False,
    certificate: Annotated[
        str | None,
        typer.Option(
            "--certificate",
            metavar="FILE.json",
            help="If there is no answer, write what was searched, for `qa verify FILE.json`.",
        ),
    ] = None,
    annotations: Annotated[
        str | None,
        typer.Option(
            "--annotations",
            metavar="FILE.jsonld",
            help="Write the citations as W3C Web Annotations, for other programs and for `qa "
            "verify`; - prints them instead of the answer.",
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show how each passage was ranked.")
    ] = False,
    paging: Annotated[bool, PAGING] = True,
    keep_history: Annotated[
        bool,
        typer.Option(
            "--history/--no-history", help="Keep the questions typed at the prompt for later ones."
        ),
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per question and line.")
    ] = False,
    with_places: Annotated[
        bool,
        typer.Option(
            "--places",
            help="With --json: add where quotes are in their files, such as rectangles on a page.",
        ),
    ] = False,
) -> int:
    """Answer a question with passages quoted from documents.

    Without a question, on a terminal, questions are typed at a prompt.

    Exits with 1 if there is no answer; with several questions, if any of them has none.
    """
    import qa

    options = options_of(context)
    if with_places and not as_json:
        raise InputError("--places adds to JSON; use it with --json")
    if keep and within:
        raise InputError(
            "--keep needs an index that stays; make one with `qa index PATH` and leave out --in"
        )
    if question is None and (as_json or not _on_terminal()):
        raise InputError("Missing argument 'QUESTION'; see `qa ask --help`")
    if every:
        refuse_with_all(context, question)
    elif is_given(context, "least"):
        raise InputError("--least is the limit of --all; use it with --all")
    elif sample is not None:
        raise InputError("--sample is of what --all leaves out; use it with --all")
    if sample is None and is_given(context, "sample_size"):
        raise InputError("--sample-size goes with --sample")
    wanted = qa.Filter(globs, types, languages, since, until, tags, headings)
    questions, several = _questions(question or "")
    if sample is not None:
        refuse_sample(sample, several=several)
    if certificate and (several or question is None):
        raise InputError("--certificate takes one question")
    if after and (several or question is None):
        raise InputError("--after takes one question; at the prompt, begin a follow-up with &")
    if after and (keep or certificate):
        raise InputError(ON_ITS_OWN)
    if annotations and (several or question is None):
        raise InputError("--annotations takes one question")
    if annotations == "-" and as_json:
        raise InputError("--annotations - and --json both print; write one of them to a file")
    turn = turn_of(after, options, elsewhere=bool(within)) if after else None
    output = AnswerOutput(
        as_json,
        explain,
        full or sentences > 0,
        sentences,
        headed=several,
        hint=question is not None and not several,
        places=with_places,
        told=set(),
        paging=paging,
    )

    def asking(most: int) -> "AskOptions":
        return {
            "k": most,
            "mode": mode,
            "min_confidence": min_confidence,
            "filter": wanted,
            "within": opened.places,
            "strict": strict,
            "read": read,
        }

    def answer_to(
        asked: str, answerer: "Answerer", most: int, before: "Answer | Turn | None"
    ) -> "Answer":
        if keep and before is not None:
            raise InputError(ON_ITS_OWN)
        how = asking(most)
        if before is not None:
            how["after"] = before
        answer = answerer.ask(asked, **how)
        if keep:
            kept = qa.KeptQuestion.of(answer, asking(most))
            qa.keep_questions([kept], opened.session.folder)
        return answer

    def show(answer: "Answer", answerer: "Answerer", output: AnswerOutput, *, first: bool) -> bool:
        if not output.as_json:
            qa.keep_answer(answer, opened.session.folder)
        return show_answer(answer, answerer, output, options, first=first)

    with closing(Opened(within or (), options)) as opened:
        if every:
            limits: AskAllOptions = {
                "least": least,
                "mode": mode,
                "filter": wanted,
                "within": opened.places,
                "strict": strict,
                "read": read,
                "sample": 0 if sample is None else sample_size,
            }
            how = ListOutput(as_json, explain, full, several, with_places, paging, sample)
            return list_passages(questions, opened.session, limits, how, options)
        if question is None:
            from qa.cli.asking.prompt import Asking, converse

            def show_next(answer: "Answer", answerer: "Answerer", whole: bool) -> bool:
                chosen = output._replace(full=whole or output.full)
                return show(answer, answerer, chosen, first=False)

            typed = Asking(opened, answer_to, show_next, options, count, paging)
            return converse(typed, keep_history=keep_history)
        answered = True
        for place, asked in enumerate(questions):
            answerer = opened.session.pinned()
            answer = answer_to(asked, answerer, count, turn)
            answered = answered and answer.answered
            # Shown before files are written: an answer is not lost if one cannot be.
            shown = annotations == "-" or show(answer, answerer, output, first=not place)
            if certificate and not answer.answered:
                made = qa.certify_absence(answer, opened.session, asking(count))
                write_text(certificate, f"{json.dumps(made.to_dict(), allow_nan=False)}\n")
            elif certificate:
                note("answered, so there is nothing to certify", options)
            if annotations and answer.answered:
                _annotate(answer, annotations)
            elif annotations:
                note("no answer, so there is nothing to annotate", options)
            if not shown:
                break
    return 0 if answered else 1


def _annotate(answer: "Answer", file: str) -> None:
    made = answer.to_annotations()
    if file == "-":
        write_json(made)
    else:
        write_text(file, f"{json.dumps(made, indent=2, ensure_ascii=False)}\n")


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _questions(question: str) -> tuple[Iterator[str], bool]:
    """The questions, and whether they come from standard input."""
    return (iter([question]), False) if question != "-" else (_lines_of_input(), True)


def _lines_of_input() -> Iterator[str]:
    # Invalid UTF-8 is decoded as it is in arguments.
    sys.stdin.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    found = False
    for line in sys.stdin:
        if line.strip():
            found = True
            yield line.rstrip("\r\n")
    if not found:
        raise InputError("no question on standard input; write one per line")
