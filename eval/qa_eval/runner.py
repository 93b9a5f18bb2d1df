"""Asks every question and judges the responses."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from qa_eval.errors import QuestionSetError
from qa_eval.evidence import evidence_verdicts, text_measures
from qa_eval.gold import resolve
from qa_eval.matching import judge
from qa_eval.measures import (
    DEFAULT_MEASURES,
    parse_measures,
    retrieval_measures,
)
from qa_eval.records import Ask, Question, QuestionSet, Response, TextOf
from qa_eval.runs import KEPT, Judged, Result, Run, Timing, Timings

Progress = Callable[[str, int, int], None]
"""Called after each question with the mode, the questions done and their total."""


def run(
    question_set: QuestionSet,
    modes: Mapping[str, Ask],
    *,
    text_of: TextOf,
    measures: Sequence[str] = DEFAULT_MEASURES,
    limit: int | None = None,
    seed: int = 0,
    threads: int = 1,
    provenance: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Ask the questions in every mode.

    ``limit`` samples that many questions by ``seed`` and their ids. ``threads`` ask at a time;
    results are the same for any number. ``ask`` should return ``depth(measures)`` passages.
    Raises ``QuestionSetError`` for a label that is not in its source, ``MeasureError`` for an
    unknown measure, and whatever ``ask`` raises, with a note that names the question.
    """
    names = parse_measures(measures)
    chosen = resolve(sample(question_set, limit, seed), text_of)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    results: dict[str, tuple[Result, ...]] = {}
    timings: dict[str, Timing] = {}
    for mode, ask in modes.items():
        begun = time.perf_counter()
        responses: list[Response] = []
        latencies: list[float] = []
        for response, latency in _ask_all(chosen.questions, ask, threads):
            responses.append(response)
            latencies.append(latency)
            if progress is not None:
                progress(mode, len(responses), len(chosen.questions))
        timings[mode] = Timing(time.perf_counter() - begun, tuple(latencies))
        results[mode] = assess(chosen.questions, responses, names)
    return Run(
        set_name=chosen.name,
        set_sha256=chosen.sha256,
        questions=chosen.questions,
        measures=names,
        modes=results,
        limit=limit,
        seed=seed,
        provenance=dict(provenance or {}),
        timings=Timings(started, threads, timings),
    )


def sample(question_set: QuestionSet, limit: int | None, seed: int) -> QuestionSet:
    """``limit`` questions in the order of the set; the choice does not depend on that order."""
    if limit is None or limit >= len(question_set.questions):
        return question_set
    if limit < 1:
        raise QuestionSetError(f"a limit of {limit} leaves no question; it must be 1 or more")

    def draw(question: Question) -> bytes:
        return hashlib.sha256(f"{seed}:{question.id}".encode("utf-8", "surrogatepass")).digest()

    chosen = {question.id for question in sorted(question_set.questions, key=draw)[:limit]}
    kept = tuple(question for question in question_set.questions if question.id in chosen)
    return replace(question_set, questions=kept)


def assess(
    questions: Sequence[Question], responses: Sequence[Response], measures: Sequence[str]
) -> tuple[Result, ...]:
    """Judge one response per question; ``measures`` come from ``parse_measures``."""
    judgments = {
        question.id: judge(question, response.retrieved)
        for question, response in zip(questions, responses, strict=True)
    }
    found = {name: judgment.found for name, judgment in judgments.items()}
    values = retrieval_measures(questions, found, measures)
    return tuple(
        Result(
            question_id=question.id,
            answered=response.answered,
            probability=response.probability,
            retrieved=len(response.retrieved),
            found=found[question.id],
            measures=values.get(question.id, {}) | text_measures(question, response.retrieved),
            passages=tuple(
                Judged(passage, verdict, evidence_verdicts(question, passage))
                for passage, verdict in zip(
                    response.retrieved[:KEPT], judgments[question.id].verdicts, strict=False
                )
            ),
        )
        for question, response in zip(questions, responses, strict=True)
    )


def _ask_all(
    questions: Sequence[Question], ask: Ask, threads: int
) -> Iterator[tuple[Response, float]]:
    """Response and milliseconds of each question, in order."""

    def timed(question: Question) -> tuple[Response, float]:
        begun = time.perf_counter()
        try:
            response = ask(question.text)
        except Exception as error:
            error.add_note(f'while asking question "{question.id}" ({question.where})')
            raise
        return response, (time.perf_counter() - begun) * 1000

    if threads <= 1:
        yield from map(timed, questions)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(timed, questions)
