"""The same index on two engines: are the answers the same, and how long do they take?

    python -m eval.benchmarks.engines --beir FOLDER ADDRESS [--passages 20000]

Indexes a collection with the embedded engine, grows it if it is small, copies it to the address,
and asks both the same questions in turn: rankings of all questions, with and without a filter,
rankings for several askers at once, and whole answers. What is at the address is replaced. The
figures are filed as ``eval/benchmarks/results/DATE-COMMIT/NAME-PASSAGES.json``, where the name is
that of the engine.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import qa
from eval import laboratory
from eval.benchmarks.growth import grow
from eval.peers.comparing import describe_machine
from qa.answering.answerer import Answerer
from qa.measuring.collections import index_collection
from qa.measuring.sets import SetFormat, SetLocation
from qa_index.collection.engines import open_index
from qa_index.collection.index import Index
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.milvus.address import Address, is_address
from qa_index.encoding.opening import open_encoder
from qa_index.search.parameters import CANDIDATES
from qa_index.search.query import Query, candidates
from qa_index.search.scoring import Ranking, scored
from qa_index.vectors import Floats, Rows, products


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("benchmarks.engines", __doc__)
    parser.add_argument("address")
    parser.add_argument("--beir", type=laboratory.beir, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--passages", type=int, default=0, help="grow the index to as many")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--askers", type=int, default=8)
    parser.add_argument(
        "--rounds", type=int, default=5, help="in which askers ask one engine, then the other"
    )
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and file what was measured."""
    chosen = parse(arguments)
    encoder = open_encoder(chosen.model, offline=True)
    location = SetLocation(SetFormat.BEIR, (str(chosen.beir),), chosen.split)
    asked = [each.text for each in location.load().questions[: chosen.questions]]
    small = index_collection(location.documents(), encoder=encoder)
    questions = [(each, encoder.encode_question(each)) for each in asked]
    report: dict[str, Any] = {
        "schema": "qa.engines/1",
        "commit": laboratory.commit(),
        "machine": describe_machine(),
        "model": encoder.description.name,
        "questions": len(asked),
    }
    with TemporaryDirectory(prefix="qa-engines-") as work:
        local, first = small, small.folder
        if chosen.passages > small.passage_count:
            first = Path(work) / "grown" / ".qa"
            grow(small, first, chosen.passages, encoder)
            local = StoredIndex(first)
        copied = qa.copy(first, chosen.address, replace=True)
        _seal(chosen.address)
        started = time.perf_counter()
        other = open_index(qa.index_folder(chosen.address))
        report |= {
            "passages": local.passage_count,
            "copied_s": copied.seconds,
            "opened_ms": (time.perf_counter() - started) * 1e3,
            "bytes_a_passage": {
                "here": local.size / local.passage_count,
                "there": other.size / local.passage_count,
            },
        }
        draw = np.random.default_rng(0).random(local.counts.documents)
        # A grown index has paths several times, so its rows are numbered differently there.
        shares = (1.0, 0.5, 0.1, 0.02) if local is small else (1.0,)
        report["rankings"] = [
            {"documents": share} | _rankings(local, other, questions, among)
            for share in shares
            for among in [None if share == 1 else _rows_of(local, np.flatnonzero(draw < share))]
        ]
        report["askers"] = _throughput(local, other, questions, chosen.askers, chosen.rounds)
        recalls = _recalls(local, other, [vector for _, vector in questions])
        report["recall"] = {"mean": float(np.mean(recalls)), "worst": min(recalls)}
        if local is small:  # the documents of a grown index have the same paths several times
            pair = [Answerer(each, lambda: encoder) for each in (local, other)]
            report["answers"] = _answers(pair, asked[: chosen.answers])
    name = chosen.address.partition(":")[0]
    laboratory.publish(report, chosen.out, f"{name}-{local.passage_count}")
    return 0


def _seal(address: str) -> None:
    """Have Milvus seal what was just sent: before it does so by itself, there is no index of it.

    Nothing is done for another engine.
    """
    if not is_address(address):
        return
    import pymilvus

    from qa_index.collection.milvus.layout import Names

    place = Address.parse(address)
    client = pymilvus.MilvusClient(
        uri=f"{'https' if place.tls else 'http'}://{place.host}:{place.port}",
        token=place.token,
        db_name=place.database,
    )
    names = Names(place.name)
    try:
        for each in client.list_collections():
            if each in {names.state, names.data, names.terms} or names.is_passages(each):
                client.flush(each)
    finally:
        client.close()


def _rows_of(index: Index, documents: Rows) -> Rows:
    bounds = index.paths_and_rows[1]
    return np.concatenate([np.arange(*bounds[number]) for number in documents])


def _ranked(
    index: Index, question: tuple[str, Floats], among: Rows | None = None
) -> tuple[Ranking, float]:
    """The ranking of a question, and the seconds it took."""
    text, vector = question
    started = time.perf_counter()
    query = Query.of(index, index.analyzer.analyze_question(text), vector)
    ranked = scored(query, candidates(index, query, among=among))
    return ranked, time.perf_counter() - started


def _rankings(
    local: Index, other: Index, questions: Sequence[tuple[str, Floats]], among: Rows | None
) -> dict[str, Any]:
    """Whether the first ten passages are the same in order, and what they take, in turn."""
    same, differences = 0, [0.0]
    laps: list[tuple[float, float]] = []
    for question in questions:
        (mine, here), (theirs, there) = (_ranked(each, question, among) for each in (local, other))
        laps.append((here, there))
        # Of a grown index, documents with the same path are in another order.
        ids = [
            [index.passage(row).text for row in ranked.rows[:10].tolist()]
            for index, ranked in ((local, mine), (other, theirs))
        ]
        if ids[0] == ids[1]:
            same += 1
            away = np.abs(mine.fused[:10] - theirs.fused[:10])
            differences.append(float(away.max(initial=0.0)))
    return {"same": same, "scores_differ": max(differences), **_times(laps)}


def _times(laps: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Milliseconds on both engines, and the ratio of the medians."""
    here, there = np.array(laps).T * 1e3
    return {
        "ms": {
            name: {"p50": float(median(each)), "p95": float(np.percentile(each, 95))}
            for name, each in (("here", here), ("there", there))
        },
        "ratio": float(median(there) / median(here)),
    }


def _throughput(
    local: Index,
    other: Index,
    questions: Sequence[tuple[str, Floats]],
    askers: int,
    rounds: int,
) -> dict[str, Any]:
    """Rankings per second for several askers at once, on one engine and then the other."""
    rates: dict[str, list[float]] = {"here": [], "there": []}
    with ThreadPoolExecutor(askers) as pool:
        for _ in range(rounds):
            for name, index in (("here", local), ("there", other)):
                started = time.perf_counter()
                for _ranking in pool.map(lambda each, index=index: _ranked(index, each), questions):
                    pass
                rates[name].append(len(questions) / (time.perf_counter() - started))
    ratios = [there / here for here, there in zip(rates["here"], rates["there"], strict=True)]
    return {
        "askers": askers,
        "rounds": rounds,
        "questions_a_second": {name: median(each) for name, each in rates.items()},
        "ratio": median(ratios),
    }


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


def _answers(pair: Sequence[Answerer], asked: Sequence[str]) -> dict[str, Any]:
    """Whether whole answers are the same, and what they take, the model included."""
    same, furthest = 0, 0.0
    laps: list[tuple[float, float]] = []
    for question in asked:
        answers, own = [], []
        for answerer in pair:
            started = time.perf_counter()
            answers.append(answerer.ask(question))
            own.append(time.perf_counter() - started)
        laps.append((own[0], own[1]))
        told = [
            [(each.id, each.quote, each.evidence) for each in answer.citations]
            for answer in answers
        ]
        same += told[0] == told[1] and answers[0].status == answers[1].status
        furthest = max(furthest, abs(answers[0].probability - answers[1].probability))
    return {
        "asked": len(asked),
        "same": same,
        "probability_differs": furthest,
        **_times(laps),
    }


if __name__ == "__main__":
    laboratory.run("benchmarks.engines", main)
