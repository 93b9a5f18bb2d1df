"""Grows a small index to any size and measures searches in it.

The small index is built with the real model. It is copied repeatedly, as an update copies what did
not change. Each copy of a vector is moved towards another passage and away from a third, so that
copies differ like similar passages: the cosine to the original is about 0.9.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from qa_index.building.prepare import splitter_settings
from qa_index.collection.local import ivfpq
from qa_index.collection.local.generations import writing
from qa_index.collection.local.ivfpq import nearest_among
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.local.writer import LocalWriter
from qa_index.collection.manifest import BuildSettings
from qa_index.encoding import Encoder
from qa_index.search.parameters import CANDIDATES
from qa_index.search.query import Query, candidates
from qa_index.search.scoring import rank, scored
from qa_index.terms.analyzer import AnalyzedQuestion
from qa_index.vectors import Encoded, Floats, Rows

FILTERED = (0.9, 0.5, 0.1, 0.01)
"""Shares of the documents that filters leave."""

MOVED = 0.35
"""Of the difference of two other vectors that is added to a copy."""


class Cost(NamedTuple):
    """Costs of an index of one size."""

    passages: int
    build_s: float
    """Includes copying, excludes encoding."""
    bytes_a_passage: float
    open_ms: float
    search_ms: float
    """Median processor time of a search: both candidate lists and scoring, without encoding."""
    vectors_ms: float
    """Of that, the passage vectors."""
    words_ms: float
    """Of that, BM25."""
    recall: float
    """Share of the exact 100 nearest vectors that are found."""
    filtered: dict[float, float]
    """By the share of the documents that a filter leaves: time of a search in them, as a multiple
    of that in all, in turn."""
    filtered_recall: float
    """The lowest share of the exact 100 nearest vectors of those documents that are found."""
    filtered_same: float
    """The lowest share of questions whose first ten passages among those documents are the ones of
    an exact search, in the same order."""
    private_mb: float
    """Memory of this process that is not mapped from files, after all questions."""


class _Moved(LocalWriter):
    """A writer that moves the vectors it keeps."""

    generator = np.random.default_rng(0)

    def _append_vectors(self, encoded: Encoded) -> None:
        vectors = encoded.passages
        others = self.generator.integers(len(vectors), size=(2, len(vectors)))
        moved = vectors + MOVED * (vectors[others[0]] - vectors[others[1]])
        norms = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)
        super()._append_vectors(encoded._replace(passages=(moved / norms).astype(np.float32)))


def grow(small: StoredIndex, folder: Path, passages: int, encoder: Encoder) -> float:
    """Write an index of at least ``passages`` passages; return the seconds it took."""
    started = time.perf_counter()
    counts = small.manifest.counts
    dimension = encoder.description.dimension
    with writing(folder), _Moved(folder, dimension=dimension, previous=small) as writer:
        while writer.counts.passages < passages:
            writer.keep(0, counts.documents)
            writer._append_kept_vectors()
        writer.commit(BuildSettings(encoder.description, splitter_settings(encoder)))
    return time.perf_counter() - started


def cost_of(
    folder: Path, questions: Sequence[str], vectors: Sequence[Floats], *, build_s: float
) -> Cost:
    """Open an index and ask it every question twice, the first time to warm the page cache."""
    started = time.perf_counter()
    index = StoredIndex(folder)
    open_ms = (time.perf_counter() - started) * 1e3
    analyzed = [index.analyzer.analyze_question(question) for question in questions]
    for question, vector in zip(analyzed, vectors, strict=True):
        rank(index, Query.of(index, question, vector))
    private_mb = _private_mb()
    laps = [_laps(index, *each) for each in zip(analyzed, vectors, strict=True)]
    search, dense, words = (median(lap) * 1e3 for lap in zip(*laps, strict=True))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    passages = index.manifest.counts.passages
    return Cost(
        passages,
        build_s,
        size / passages,
        open_ms,
        search,
        dense,
        words,
        _recall(index, vectors),
        *_filtered(index, analyzed, vectors),
        private_mb,
    )


def _laps(
    index: StoredIndex, question: AnalyzedQuestion, vector: Floats
) -> tuple[float, float, float]:
    # Processor time of this thread: wall time would include other work on the machine.
    started = time.thread_time()
    rank(index, Query.of(index, question, vector))
    ranked = time.thread_time()
    index.vectors.nearest(vector, CANDIDATES)
    found = time.thread_time()
    index.bm25.score(question.terms).top(CANDIDATES)
    return ranked - started, found - ranked, time.thread_time() - found


def _filtered(
    index: StoredIndex, analyzed: Sequence[AnalyzedQuestion], vectors: Sequence[Floats]
) -> tuple[dict[float, float], float, float]:
    """Costs, the lowest recall and the lowest share of searches with the same first ten passages as
    an exact one, in a share of the documents, drawn at random."""
    _, bounds = index.paths_and_rows
    ratios, recalls, same = {}, [], []
    for share in FILTERED:
        drawn = np.flatnonzero(np.random.default_rng(0).random(len(bounds)) < share)
        rows = np.concatenate([np.arange(*bounds[number]) for number in drawn])
        laps = [
            tuple(_ranked(index, question, vector, among) for among in (None, rows))
            for question, vector in (*zip(analyzed, vectors, strict=True),) * 2
        ][len(analyzed) :]
        whole, part = (median(lap) for lap in zip(*laps, strict=True))
        ratios[share] = part / whole
        recalls.append(_recall_among(index, vectors, rows))
        same.append(_same_as_exact(index, analyzed, vectors, rows))
    return ratios, min(recalls), min(same)


def _same_as_exact(
    index: StoredIndex, analyzed: Sequence[AnalyzedQuestion], vectors: Sequence[Floats], rows: Rows
) -> float:
    """Share of questions whose first ten passages of these rows are those of an exact search."""

    def first() -> list[list[int]]:
        queries = [Query.of(index, *each) for each in zip(analyzed, vectors, strict=True)]
        return [rank(index, query, among=rows).rows[:10].tolist() for query in queries]

    with patch.object(ivfpq, "EXACT", len(rows)):
        exact = first()
    return float(np.mean([one == other for one, other in zip(first(), exact, strict=True)]))


def _ranked(
    index: StoredIndex, question: AnalyzedQuestion, vector: Floats, among: Rows | None
) -> float:
    started = time.thread_time()
    query = Query.of(index, question, vector)
    scored(query, candidates(index, query, among=among))
    return time.thread_time() - started


def _recall_among(index: StoredIndex, vectors: Sequence[Floats], rows: Rows) -> float:
    """Recall of ``nearest`` in these rows against brute force over them."""
    subset = index.subsets.of(rows)
    shares = []
    for vector in vectors:
        exact = nearest_among(index.vectors, vector, CANDIDATES, rows)
        found = index.vectors.nearest(vector, CANDIDATES, subset)
        shares.append(np.isin(exact, found).mean())
    return float(np.mean(shares))


def _recall(index: StoredIndex, vectors: Sequence[Floats], *, chunk: int = 20_000) -> float:
    """Recall of ``nearest`` against an exact scan."""
    questions = np.stack(vectors)
    scores = np.concatenate(
        [
            index.vectors[start : start + chunk] @ questions.T
            for start in range(0, len(index.vectors), chunk)
        ]
    )
    count = min(CANDIDATES, len(scores))
    last = -np.partition(-scores, count - 1, axis=0)[count - 1]
    shares = [
        np.mean(scores[index.vectors.nearest(vector, count), number] >= last[number] - 1e-6)
        for number, vector in enumerate(vectors)
    ]
    return float(np.mean(shares))


def _private_mb() -> float:
    """Anonymous memory of this process (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1024
