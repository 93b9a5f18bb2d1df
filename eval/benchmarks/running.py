"""What a question costs in a process that runs already."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

import numpy as np

from eval.benchmarks.processes import peak_mb
from qa.answering.answerer import Answerer
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding.opening import open_encoder

T = TypeVar("T")

OPENINGS = 5


class Running(NamedTuple):
    """Costs in one process; milliseconds, as median and 95th percentile of all questions."""

    opening_ms: float
    """Opening the model again, checksums included; median."""
    question_ms: tuple[float, float]
    """Encoding a question."""
    answer_ms: tuple[float, float]
    unread_ms: tuple[float, float]
    """An answer without the reader."""
    peak_mb: float
    """Peak resident memory after all questions."""


def running(index: Path, questions: Sequence[str]) -> Running:
    """Ask ``index``, a folder, with its own model; each question once before the clock runs.

    Run it in a new process, since its memory is measured.
    """
    stored = StoredIndex(index)
    model = stored.model
    opened = partial(open_encoder, model.name, expected_sha256=model.sha256, offline=True)
    encoder = opened()
    answerer = Answerer(stored, lambda: encoder)
    for question in questions:
        answerer.ask(question)
    encoding = _percentiles(laps_ms(encoder.encode_question, questions))
    answering = _percentiles(laps_ms(answerer.ask, questions))
    unread = _percentiles(laps_ms(partial(answerer.ask, read=False), questions))
    peak = peak_mb()  # opening it beside itself would add to it
    opening = median(laps_ms(lambda _: opened(), range(OPENINGS)))
    return Running(opening, encoding, answering, unread, peak)


def laps_ms(work: Callable[[T], object], items: Iterable[T]) -> list[float]:
    """Milliseconds of a call with each of the items."""
    laps = []
    for item in items:
        started = time.perf_counter()
        work(item)
        laps.append((time.perf_counter() - started) * 1e3)
    return laps


def _percentiles(laps: Sequence[float]) -> tuple[float, float]:
    p50, p95 = np.percentile(laps, [50, 95])
    return float(p50), float(p95)
