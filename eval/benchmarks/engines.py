"""The same index on two engines: are the answers the same, and how long do they take?

    python -m eval.benchmarks.engines --beir FOLDER ADDRESS [--passages 20000]

Indexes a collection with the embedded engine, grows it if it is small, copies it to the address,
and asks both the same questions in turn: rankings of all questions, with and without a filter, and
whole answers. What is at the address is replaced.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

import qa
from eval.benchmarks.growth import grow
from qa.answering.answerer import Answerer
from qa.measuring.collections import index_collection
from qa.measuring.sets import SetFormat, SetLocation
from qa_index.collection.engines import open_index
from qa_index.collection.index import Index
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding.opening import open_encoder
from qa_index.search.parameters import CANDIDATES
from qa_index.search.query import Query, candidates
from qa_index.search.scoring import Ranking, scored
from qa_index.vectors import Floats, Rows, products


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("address")
    parser.add_argument("--beir", type=Path, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--passages", type=int, default=0, help="grow the index to as many")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--model", default="minilm")
    options = parser.parse_args(arguments)
    encoder = open_encoder(options.model, offline=True)
    location = SetLocation(SetFormat.BEIR, (str(options.beir),), options.split)
    asked = [each.text for each in location.load().questions[: options.questions]]
    small = index_collection(location.documents(), encoder=encoder)
    vectors = [encoder.encode_question(each) for each in asked]
    with TemporaryDirectory(prefix="qa-engines-") as work:
        local, first = small, small.folder
        if options.passages > small.passage_count:
            first = Path(work) / "grown" / ".qa"
            grow(small, first, options.passages, encoder)
            local = StoredIndex(first)
        copied = qa.copy(first, options.address, replace=True)
        started = time.perf_counter()
        other = open_index(qa.index_folder(options.address))
        print(
            f"{local.passage_count:,} passages, {len(asked)} questions; "
            f"copied in {copied.seconds:.0f} s, opened in "
            f"{(time.perf_counter() - started) * 1e3:.0f} ms, "
            f"{other.size / local.passage_count:,.0f} bytes a passage there, "
            f"{local.size / local.passage_count:,.0f} here"
        )
        draw = np.random.default_rng(0).random(local.counts.documents)
        # A grown index has paths several times, so its rows are numbered differently there.
        for share in (1.0, 0.5, 0.1) if local is small else (1.0,):
            among = None if share == 1 else _rows_of(local, np.flatnonzero(draw < share))
            _compare_rankings(local, other, asked, vectors, among, share)
        recalls = _recalls(local, other, vectors)
        print(f"nearest {CANDIDATES}: recall {np.mean(recalls):.4f}, worst {min(recalls):.2f}")
        if local is not small:
            return  # its documents have the same paths several times
        pair = [Answerer(each, lambda: encoder) for each in (local, other)]
        _compare_answers(pair, asked[: options.answers])


def _rows_of(index: Index, documents: Rows) -> Rows:
    bounds = index.paths_and_rows[1]
    return np.concatenate([np.arange(*bounds[number]) for number in documents])


def _compare_rankings(
    local: Index,
    other: Index,
    asked: Sequence[str],
    vectors: Sequence[Floats],
    among: Rows | None,
    share: float,
) -> None:
    same, differences = 0, [0.0]
    laps: list[tuple[float, float]] = []
    for question, vector in zip(asked, vectors, strict=True):
        found: list[Ranking] = []
        took: list[float] = []
        for index in (local, other):
            started = time.perf_counter()
            query = Query.of(index, index.analyzer.analyze_question(question), vector)
            ranked = scored(query, candidates(index, query, among=among))
            took.append(time.perf_counter() - started)
            found.append(ranked)
        laps.append((took[0], took[1]))
        rows, scores = zip(*map(_best, found), strict=True)
        # Of a grown index, documents with the same path are in another order.
        ids = [
            [index.passage(row).text for row in own.tolist()]
            for index, own in zip((local, other), rows, strict=True)
        ]
        if ids[0] == ids[1]:
            same += 1
            differences.append(float(np.abs(scores[0] - scores[1]).max(initial=0.0)))
    mine, theirs = (np.array(each) * 1e3 for each in zip(*laps, strict=True))
    print(
        f"{share:.0%} of the documents: same ten passages, in order, for {same} of {len(asked)}, "
        f"scores differ by {max(differences):.1e} at most; p50 {median(mine):.1f} ms here, "
        f"{median(theirs):.1f} ms there (p95 {np.percentile(theirs, 95):.1f}), "
        f"ratio {median(theirs) / median(mine):.1f}"
    )


def _best(ranked: Ranking) -> tuple[Rows, NDArray[np.float64]]:
    return ranked.rows[:10], ranked.fused[:10]


def _recalls(local: Index, other: Index, vectors: Sequence[Floats]) -> list[float]:
    """Share of the nearest passages that the other engine finds, by a comparison with all."""
    everything = local.encoded(np.arange(local.passage_count)).passages
    shares = []
    for vector in vectors:
        scores = products(everything, vector)
        last = np.partition(scores, -CANDIDATES)[-CANDIDATES]
        found = other.candidates(None, vector, depth=CANDIDATES).vectors
        if found is None:
            raise ValueError("a block without vectors")
        shares.append(float(np.mean(products(found, vector) >= last - 1e-6)))
    return shares


def _compare_answers(pair: Sequence[Answerer], asked: Sequence[str]) -> None:
    same, furthest = 0, 0.0
    laps: list[list[float]] = [[], []]
    for question in asked:
        answers = []
        for answerer, own in zip(pair, laps, strict=True):
            started = time.perf_counter()
            answers.append(answerer.ask(question))
            own.append(time.perf_counter() - started)
        told = [
            [(each.id, each.quote, each.evidence) for each in answer.citations]
            for answer in answers
        ]
        same += told[0] == told[1] and answers[0].status == answers[1].status
        furthest = max(furthest, abs(answers[0].probability - answers[1].probability))
    here, there = (median(own) * 1e3 for own in laps)
    print(
        f"whole answers: {same} of {len(asked)} the same, probability differs by {furthest:.1e} "
        f"at most; p50 {here:.0f} ms here, {there:.0f} ms there, model included"
    )


if __name__ == "__main__":
    main()
