"""``qa eval``: run question sets, compare runs, and check gates."""

from reprlib import repr as shortened
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa import InputError
from qa.cli.filtering import Globs, Headings, Since, Tags, Types, Until
from qa.cli.options import options_of

if TYPE_CHECKING:
    from qa import SetLocation


def evaluate(
    context: typer.Context,
    questions: Annotated[
        str | None,
        typer.Argument(metavar="QUESTIONS", help="JSON Lines file of questions to ask the index."),
    ] = None,
    beir: Annotated[
        str | None,
        typer.Option("--beir", metavar="DIR", help="A BEIR folder; its own corpus is searched."),
    ] = None,
    split: Annotated[
        str, typer.Option("--split", metavar="NAME", help="Split of the BEIR folder.")
    ] = "test",
    trec: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--trec", metavar="TOPICS QRELS", help="TREC topics and qrels to ask the index."
        ),
    ] = None,
    squad: Annotated[
        str | None,
        typer.Option(
            "--squad", metavar="FILE", help="A SQuAD file; its own paragraphs are searched."
        ),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help="With --beir or --squad: each document is one passage, not split."
        ),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="M", help="With --beir or --squad: the embedding model."),
    ] = None,
    languages: Annotated[
        list[str] | None,
        typer.Option(
            "--language",
            metavar="CODE",
            help="Only documents in this language; may be repeated. With --beir or --squad: the "
            "language of all their documents.",
        ),
    ] = None,
    globs: Globs = None,
    types: Types = None,
    since: Since = None,
    until: Until = None,
    tags: Tags = None,
    headings: Headings = None,
    mode: Annotated[
        list[str] | None,
        typer.Option(
            "--mode",
            metavar="MODE",
            help="hybrid (default), bm25, dense: one or several, as in bm25,hybrid.",
        ),
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            "--measure",
            metavar="NAME",
            help="Measures by their ir_measures names, as in nDCG@10,R@100.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, metavar="N", help="Ask only N questions, sampled with --seed."
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", min=0, metavar="N", help="Random seed of sample, intervals and tests."
        ),
    ] = 0,
    threads: Annotated[
        int,
        typer.Option(
            "--threads",
            min=1,
            max=64,
            metavar="N",
            help="Ask N questions at a time: the same results sooner, but longer latencies.",
        ),
    ] = 1,
    check: Annotated[
        bool, typer.Option("--check", help="Only check that every label is found in its source.")
    ] = False,
    save: Annotated[
        str | None,
        typer.Option("--save", metavar="RUN", help="Save the run, to compare with or repeat."),
    ] = None,
    repeat: Annotated[
        str | None,
        typer.Option("--repeat", metavar="RUN", help="Ask the questions of a saved run again."),
    ] = None,
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option("--diff", metavar="RUN RUN", help="Show what changed between saved runs."),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline", metavar="RUN", help="The saved run that --max-drop compares with."
        ),
    ] = None,
    max_drop: Annotated[
        list[str] | None,
        typer.Option(
            "--max-drop",
            metavar="M=X",
            help="Fail if M is significantly worse than in the baseline, by more than X.",
        ),
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-under",
            metavar="M=X",
            help="Fail if measure M is below X, or above X if lower is better.",
        ),
    ] = None,
    junit: Annotated[
        str | None, typer.Option("--junit", metavar="FILE", help="Write the gates as JUnit XML.")
    ] = None,
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report", metavar="FILE", help="Write a page (.html) or Markdown (.md); repeatable."
        ),
    ] = None,
    failures: Annotated[
        bool,
        typer.Option(
            "--failures",
            help="List up to 20 failed questions with what was found instead; --verbose lists all.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the measures as JSON.")] = False,
) -> int:
    """Run a question set and measure the answers.

    Compares modes, and gives an interval for every measure. Questions are asked of the index; BEIR
    and SQuAD sets come with their own documents, which are indexed once and cached. Filters are
    those of `qa ask`; labels that they leave out count as not found.

    Exits with 1 if a gate is not met, or if a repeated run has different results.
    """
    import qa
    from qa.cli import evaluating

    options = options_of(context)
    modes = tuple(dict.fromkeys(_mode(name) for name in _names(mode)))
    measures = tuple(_names(measure))
    outputs = evaluating.Outputs(save, tuple(report or ()), junit, as_json, failures)
    sets = {"questions": questions, "beir": beir, "trec": trec, "squad": squad}
    _one_of({**sets, "repeat": repeat, "diff": diff})
    brings = beir is not None or squad is not None
    wanted = qa.Filter(globs, types, () if brings else languages, since, until, tags, headings)
    if (failures or wanted) and (check or diff is not None):
        told = "--failures goes" if failures else "filters go"
        raise InputError(f"{told} with a run, not with --check or --diff")
    if diff is not None:
        return evaluating.show_changes(diff, modes, measures, outputs, options)
    gates = qa.Gates.parse(fail_under or (), max_drop or (), baseline)
    if repeat is not None:
        if modes or measures or limit or wanted:
            raise InputError("--repeat asks and measures what the run did; add no other choice")
        return evaluating.repeat_run(repeat, threads, gates, outputs, options)
    location = _location(sets, split)
    if not brings and (whole or model):
        raise InputError("--whole and --model go with --beir or --squad")
    if brings and len(languages or ()) > 1:
        raise InputError("the documents of --beir or --squad have one --language; give it once")
    if check:
        return evaluating.check_questions(location, options, as_json=as_json)
    corpus = qa.Corpus(location, whole, languages[0] if languages else None, model)
    asked = evaluating.Questions(
        location=location,
        corpus=corpus if brings else None,
        filter=wanted,
        modes=modes or ("hybrid",),
        measures=measures or qa.DEFAULT_MEASURES,
        limit=limit,
        seed=seed,
        threads=threads,
    )
    return evaluating.run_questions(asked, gates, outputs, options)


def _names(values: list[str] | None) -> list[str]:
    """The names given to an option, comma-separated or repeated."""
    return [name.strip() for value in values or () for name in value.split(",") if name.strip()]


def _mode(name: str) -> str:
    import qa

    if name not in set(qa.Mode):
        raise InputError(f"mode must be one of {', '.join(qa.Mode)}, not {shortened(name)}")
    return name


def _one_of(chosen: dict[str, Any]) -> None:
    given = [name for name, value in chosen.items() if value is not None]
    if len(given) != 1:
        two = f"not {' and '.join(given)}" if given else "one of them"
        raise InputError(
            f"name QUESTIONS, --beir, --trec, --squad, --repeat or --diff, {two}; "
            "see `qa eval --help`"
        )


def _location(sets: dict[str, Any], split: str) -> "SetLocation":
    import qa

    name, paths = next((name, value) for name, value in sets.items() if value is not None)
    form = qa.SetFormat(name)
    return qa.SetLocation(
        form,
        (paths,) if isinstance(paths, str) else tuple(paths),
        split if form is qa.SetFormat.BEIR else "",
    )
