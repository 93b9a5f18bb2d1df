"""Question sets asked of an index: the bridge between ``qa`` and ``qa_eval``."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import qa_eval
from qa.answering.answerer import Answerer
from qa.confidence.model import SHIPPED
from qa.errors import QuestionSetError
from qa.inputs import choice, names, whole_number
from qa.measuring.responses import Responder
from qa.session.library import Pathlike
from qa.session.opened import Session
from qa_eval.runner import sample
from qa_index.collection.local.layout import TEXTS
from qa_index.errors import InputError
from qa_index.search.query import Mode

OnQuestion = Callable[[str, int, int], None]
"""Called with the mode, the questions done in it, and in all."""


def evaluate(
    answerer: Session | Answerer,
    questions: Pathlike | qa_eval.QuestionSet,
    *,
    modes: Sequence[Mode | str] = (Mode.HYBRID,),
    measures: Sequence[str] = qa_eval.DEFAULT_MEASURES,
    limit: int | None = None,
    seed: int = 0,
    threads: int = 1,
    on_question: OnQuestion | None = None,
    command: str = "qa.evaluate",
    collection: Mapping[str, Any] | None = None,
) -> qa_eval.Run:
    """Ask every question of a set and judge the answers.

    Args:
        answerer: What is asked; of a session, its live generation throughout.
        questions: A JSON Lines file, or a set read by one of ``qa_eval``'s loaders.
        modes: Search modes to compare.
        measures: Names of ``ir_measures``, such as ``nDCG@10``.
        limit: Ask that many questions only, chosen by ``seed``.
        seed: Of the choice, and of intervals and tests.
        threads: Questions asked at a time. Results do not depend on it; latencies do.
        on_question: Told of progress.
        command: Kept in the run, for whoever wants to repeat it.
        collection: Kept in the run: where the documents come from, if not from files. JSON types.

    Raises:
        QuestionSetError: The set is malformed, or a label is not found in its source.
        InputError: A measure or a mode is not known.
    """
    chosen = [choice(mode, "mode", Mode) for mode in names(modes, "modes")]
    measures = names(measures, "measures")
    if limit is not None:
        limit = whole_number(limit, "limit", least=1)
    seed = whole_number(seed, "seed", least=0)
    threads = whole_number(threads, "threads", least=1)
    question_set = question_set_of(questions)
    answerer = answerer.pinned()
    with public_errors():
        responder = Responder(
            answerer,
            qa_eval.depth(measures),
            by_document=any(question.by_document for question in question_set.questions),
        )
        return qa_eval.run(
            question_set,
            {str(mode): partial(responder.respond, mode=mode) for mode in chosen},
            text_of=texts_of(answerer),
            measures=measures,
            limit=limit,
            seed=seed,
            threads=threads,
            provenance=provenance(answerer, command, collection),
            progress=on_question,
        )


def question_set_of(questions: Pathlike | qa_eval.QuestionSet) -> qa_eval.QuestionSet:
    """The set, read from a JSON Lines file unless it is one.

    Raises ``QuestionSetError`` if it is malformed, ``InputError`` if it is neither.
    """
    if isinstance(questions, qa_eval.QuestionSet):
        return questions
    if not isinstance(questions, str | os.PathLike):
        raise InputError(f"questions must be a path or a QuestionSet, not {questions!r}")
    with public_errors():
        return qa_eval.load_questions(Path(questions))


def repeat(
    answerer: Session | Answerer,
    saved: qa_eval.Run,
    *,
    threads: int = 1,
    on_question: OnQuestion | None = None,
) -> qa_eval.Run:
    """Ask the questions of a saved run again, in its modes, and measure the same.

    On the same index the result equals ``saved`` in everything but its timings. Raises as
    ``evaluate`` does: ``QuestionSetError`` if a label is no longer found in its source.
    """
    run = evaluate(
        answerer,
        qa_eval.QuestionSet(saved.set_name, saved.questions),
        modes=tuple(saved.modes),
        measures=saved.measures,
        seed=saved.seed,
        threads=threads,
        on_question=on_question,
        command=saved.provenance.get("command", ""),
        collection=saved.provenance.get("collection"),
    )
    return replace(run, limit=saved.limit)


def problems_of(questions: qa_eval.QuestionSet, text_of: qa_eval.TextOf) -> tuple[str, ...]:
    """What is wrong with the labels of a set, a line each: empty if all stand in their sources."""
    try:
        qa_eval.check(questions, text_of)
    except qa_eval.QuestionSetError as error:
        return error.problems
    return ()


def resolved(
    answerer: Answerer, questions: qa_eval.QuestionSet, *, limit: int | None, seed: int
) -> qa_eval.QuestionSet:
    """The questions that ``evaluate`` would ask, with their gold found in the sources.

    Raises as ``evaluate`` does, before anything is asked.
    """
    with public_errors():
        return qa_eval.resolve(sample(questions, limit, seed), texts_of(answerer))


@contextmanager
def public_errors() -> Iterator[None]:
    """Raise the errors of ``qa_eval`` as those of this library."""
    try:
        yield
    except qa_eval.QuestionSetError as error:
        raise QuestionSetError(str(error)) from error
    except qa_eval.EvaluationError as error:
        raise InputError(str(error)) from error


def texts_of(answerer: Answerer) -> qa_eval.TextOf:
    """The indexed text of a source by its path."""
    index = answerer.index
    numbers = {document.path: number for number, document in enumerate(index.documents())}

    def text_of(path: str) -> str | None:
        number = numbers.get(path)
        return None if number is None else index.text_of(index.document(number))

    return text_of


def provenance(
    answerer: Answerer, command: str, collection: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """What it takes to repeat a run, and to see whether it is the same index and model."""
    manifest = answerer.index.manifest
    return {
        "command": command,
        "tool": manifest.tool,
        "model": {"name": manifest.model.name, "sha256": manifest.model.sha256},
        "index": {
            "generation": manifest.generation,
            "documents": manifest.counts.documents,
            "passages": manifest.counts.passages,
            "texts": manifest.files[TEXTS].checksum,
        },
        "calibration": None if answerer.confidence == SHIPPED else asdict(answerer.confidence),
        "collection": None if collection is None else dict(collection),
    }
