"""Question sets asked of an index: the bridge between ``qa`` and ``qa_eval``."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import qa_eval
from qa.answering import Answerer
from qa.answers import Answer
from qa.library import Pathlike
from qa_eval import Place, Response, Retrieved, Span
from qa_eval.runs import KEPT
from qa_index.errors import QuestionSetError
from qa_index.search import Mode


def evaluate(
    answerer: Answerer,
    questions: Pathlike | qa_eval.QuestionSet,
    *,
    modes: Sequence[Mode | str] = (Mode.HYBRID,),
    measures: Sequence[str] = qa_eval.DEFAULT_MEASURES,
    limit: int | None = None,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
    command: str = "qa.evaluate",
) -> qa_eval.Run:
    """Ask every question of a set and judge the answers.

    Args:
        answerer: What is asked.
        questions: A JSON Lines file, or a set read by one of ``qa_eval``'s loaders.
        modes: Search modes to compare.
        measures: Names of ``ir_measures``, such as ``nDCG@10``.
        limit: Ask that many questions only, chosen by ``seed``.
        seed: Of the choice.
        threads: Questions asked at a time; results do not depend on it.
        progress: Called with the mode, the questions done, and in all.
        command: Kept in the run, so that it can be repeated.

    Raises:
        QuestionSetError: The set is malformed, or a label is not found in its source.
    """
    with public_errors():
        question_set = (
            questions
            if isinstance(questions, qa_eval.QuestionSet)
            else qa_eval.load_questions(Path(questions))
        )
        depth = qa_eval.depth(measures)
        return qa_eval.run(
            question_set,
            {str(mode): partial(_ask, answerer, Mode(mode), depth) for mode in modes},
            text_of=texts_of(answerer),
            measures=measures,
            limit=limit,
            seed=seed,
            threads=threads,
            provenance=provenance(answerer, command),
            progress=progress,
        )


@contextmanager
def public_errors() -> Iterator[None]:
    """Raise the errors of ``qa_eval`` as those of this library."""
    try:
        yield
    except qa_eval.EvaluationError as error:
        raise QuestionSetError(str(error)) from error


def texts_of(answerer: Answerer) -> qa_eval.TextOf:
    """The indexed text of a source by its path."""
    numbers = {document.path: document for document in answerer.index.documents()}

    def text_of(path: str) -> str | None:
        document = numbers.get(path)
        return None if document is None else answerer.index.text_of(document)

    return text_of


def provenance(answerer: Answerer, command: str) -> Mapping[str, Any]:
    """What it takes to repeat a run."""
    manifest = answerer.index.manifest
    return {
        "command": command,
        "tool": manifest.tool,
        "model": {"name": manifest.model.name, "sha256": manifest.model.sha256},
        "index": {
            "generation": manifest.generation,
            "documents": manifest.counts.documents,
            "passages": manifest.counts.passages,
            "texts": manifest.files["texts.utf8"].checksum,
        },
    }


def _ask(answerer: Answerer, mode: Mode, depth: int, question: str) -> Response:
    return response_of(answerer.answer(question, depth, KEPT, mode=mode))


def response_of(answer: Answer) -> Response:
    """An answer as the evaluation sees it."""
    return Response(
        retrieved=tuple(
            Retrieved(
                path=citation.source.path,
                start=citation.span.start,
                end=citation.span.end,
                quote=citation.quote,
                score=citation.scores.fused,
                evidence=tuple(Span(span.start, span.end) for span in citation.evidence),
                also_in=tuple(
                    Place(place.path, place.span.start, place.span.end)
                    for place in citation.also_in
                ),
            )
            for citation in answer.citations
        ),
        probability=answer.probability,
        answered=answer.answered,
    )
