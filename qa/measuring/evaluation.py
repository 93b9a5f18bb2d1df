"""Evaluates an index on question sets: connects ``qa`` and ``qa_eval``."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import qa_eval
from qa.answering.answerer import Answerer
from qa.confidence.shipped import shipped_for
from qa.filters import Filter
from qa.inputs import choice, names, whole_number
from qa.measuring.errors import public_errors
from qa.measuring.responses import Responder
from qa.measuring.sets import SetLocation
from qa.session.library import Pathlike
from qa.session.opened import Session
from qa_eval.runner import sample
from qa_index.errors import InputError
from qa_index.search.query import Mode
from qa_index.sources.filters import Strings

OnQuestion = Callable[[str, int, int], None]
"""Called with the mode, the number of questions done in it, and the total."""


def evaluate(
    answerer: Session | Answerer,
    questions: Pathlike | qa_eval.QuestionSet,
    *,
    modes: Sequence[Mode | str] = (Mode.HYBRID,),
    measures: Sequence[str] = qa_eval.DEFAULT_MEASURES,
    limit: int | None = None,
    seed: int = 0,
    threads: int = 1,
    filter: Filter | Strings | None = None,
    on_question: OnQuestion | None = None,
    command: str = "qa.evaluate",
    collection: Mapping[str, Any] | None = None,
) -> qa_eval.Run:
    """Asks every question of a set and judges the answers.

    Args:
        answerer: The session or answerer to ask; a session stays with its current generation
            throughout.
        questions: A JSON Lines file, or a set read by one of ``qa_eval``'s loaders.
        modes: Search modes to compare.
        measures: Names of ``ir_measures``, such as ``nDCG@10``.
        limit: Ask only this many questions, sampled with ``seed``.
        seed: Random seed of the sample, the intervals and the tests.
        threads: Number of questions asked at a time. Only latencies depend on it.
        filter: Which documents and passages are searched, as in ``Session.ask``. Gold that it
            leaves out counts as not found.
        on_question: Called with the progress.
        command: Command line to store in the run, so that it can be repeated.
        collection: Origin of the documents, if not files, to store in the run. JSON types.

    Raises:
        QuestionSetError: The set is malformed, or a label is not found in its source.
        InputError: A measure or a mode is not known, or the filter leaves nothing.
    """
    chosen = [choice(mode, "mode", Mode) for mode in names(modes, "modes")]
    measures = names(measures, "measures")
    if limit is not None:
        limit = whole_number(limit, "limit", least=1)
    seed = whole_number(seed, "seed", least=0)
    threads = whole_number(threads, "threads", least=1)
    wanted = Filter.of(filter)
    question_set = question_set_of(questions)
    answerer = answerer.pinned()
    with public_errors():
        responder = Responder(
            answerer,
            qa_eval.depth(measures),
            by_document=any(question.by_document for question in question_set.questions),
            filter=wanted,
        )
        return qa_eval.run(
            question_set,
            {str(mode): partial(responder.respond, mode=mode) for mode in chosen},
            text_of=texts_of(answerer),
            measures=measures,
            limit=limit,
            seed=seed,
            threads=threads,
            provenance=provenance(answerer, command, collection, wanted),
            progress=on_question,
        )


def question_set_of(questions: Pathlike | qa_eval.QuestionSet) -> qa_eval.QuestionSet:
    """The set itself, or the set read from a JSON Lines file.

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
    """Asks the questions of a saved run again, with the same modes, measures and filter.

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
        filter=Filter.from_dict(saved.provenance.get("filter") or {}),
        on_question=on_question,
        command=saved.provenance.get("command", ""),
        collection=saved.provenance.get("collection"),
    )
    return replace(run, limit=saved.limit)


def check_labels(
    questions: qa_eval.QuestionSet, sources: Session | Answerer | SetLocation
) -> tuple[str, ...]:
    """The problems of a set's labels, one line each; empty if all are found in their sources.

    ``sources`` are the indexed ones, or a set's location for the documents that come with it.
    Raises ``QuestionSetError`` if these cannot be read, or an ``IndexProblem``.
    """
    if isinstance(sources, SetLocation):
        texts = {document.id: document.text for document in sources.documents()}
        return problems_of(questions, texts.get)
    return problems_of(questions, texts_of(sources.pinned()))


def problems_of(questions: qa_eval.QuestionSet, text_of: qa_eval.TextOf) -> tuple[str, ...]:
    """The problems of a set's labels, one line each; empty if all are found in their sources."""
    try:
        qa_eval.check(questions, text_of)
    except qa_eval.QuestionSetError as error:
        return error.problems
    return ()


def resolve_questions(
    answerer: Session | Answerer,
    questions: qa_eval.QuestionSet,
    *,
    limit: int | None = None,
    seed: int = 0,
) -> qa_eval.QuestionSet:
    """The questions that ``evaluate`` would ask, with their gold labels located in the sources.

    Raises as ``evaluate`` does, before anything is asked.
    """
    with public_errors():
        return qa_eval.resolve(sample(questions, limit, seed), texts_of(answerer.pinned()))


def texts_of(answerer: Answerer) -> qa_eval.TextOf:
    """The indexed text of a source by its path."""
    index = answerer.index
    numbers = {document.path: number for number, document in enumerate(index.documents())}

    def text_of(path: str) -> str | None:
        number = numbers.get(path)
        return None if number is None else index.text_of(index.document(number))

    return text_of


def provenance(
    answerer: Answerer,
    command: str,
    collection: Mapping[str, Any] | None = None,
    wanted: Filter | None = None,
) -> Mapping[str, Any]:
    """What is needed to repeat a run and to tell whether index and model are the same."""
    index = answerer.index
    shipped = answerer.confidence == shipped_for(index.model.sha256)
    return {
        "command": command,
        "tool": index.tool,
        "model": {"name": index.model.name, "sha256": index.model.sha256},
        "index": {
            "generation": index.generation,
            "documents": index.counts.documents,
            "passages": index.counts.passages,
            "texts": index.texts_checksum,
        },
        "calibration": None if shipped else asdict(answerer.confidence),
        "collection": None if collection is None else dict(collection),
        "filter": wanted.to_dict() if wanted else None,
    }
