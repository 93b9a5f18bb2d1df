"""How much faster is encoding on the workers of a Ray cluster than without Ray?

    python -m eval.benchmarks.workers ray://HOST [-n 2048] [--workers 1 2 4] [--rounds 3]

Encodes the same passages in this process, on one core and on all of them, and on so many workers
of the cluster, in turn, so that other work on the machine slows all of them. Whether the vectors
are the same, bit for bit, is told, too. The cluster needs as many cores; on the machine that runs
this, more workers than it has cores cannot be faster. See ``docs/workers.md`` for how to start one.
The figures are filed as ``eval/benchmarks/results/DATE-COMMIT/workers.json``.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from eval import laboratory
from eval.benchmarks.encoding import as_input, seed_paragraphs
from eval.peers.comparing import describe_machine
from qa_index.building.cluster.address import Address
from qa_index.building.cluster.connection import Cluster
from qa_index.building.cluster.messages import Job
from qa_index.building.cluster.workers import ClusterExecutor
from qa_index.building.encode import SLICE, EncodeStep, Executor, LocalExecutor, ToEncode
from qa_index.collection.keys import encoding_key
from qa_index.encoding.exported import ExportedEncoder
from qa_index.encoding.onnx_engine import usable_cores
from qa_index.encoding.opening import open_encoder
from qa_index.vectors import Encoded


class _Some(ClusterExecutor):
    """Keeps so many workers busy, and no more."""

    def __init__(self, cluster: Cluster, workers: int) -> None:
        super().__init__(cluster)
        self._workers = workers

    @property
    def ahead(self) -> int:
        """One less than are busy, as the batch that is waited for is one of them."""
        return self._workers - 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("benchmarks.workers", __doc__)
    parser.add_argument("address")
    parser.add_argument("-n", type=int, default=8 * SLICE, help="passages")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and file what was measured; 1 if vectors differ."""
    chosen = parse(arguments)
    encoder = open_encoder(chosen.model, offline=True)
    if not isinstance(encoder, ExportedEncoder):
        raise TypeError(f"{chosen.model} runs through sentence-transformers")
    inputs = [as_input(text) for text in islice(seed_paragraphs(), chosen.n)]
    wanted = [ToEncode(encoding_key(*each), each) for each in inputs]
    model = encoder.description
    job = Job(model.name, model.sha256, None, "off", "auto", "", "")
    with Cluster(Address.parse(chosen.address), job) as cluster:
        cores = cluster.cores()
        ways: dict[str, Executor] = {
            "alone, 1 core": LocalExecutor(encoder.on_one_thread()),
            f"alone, {usable_cores()} cores": LocalExecutor(encoder),
        }
        ways |= {f"{count} workers": _Some(cluster, count) for count in chosen.workers}
        for way in ways.values():  # opens the model everywhere
            _encoded(way, wanted[: SLICE * max(chosen.workers)], model.dimension)
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        found: dict[str, Encoded] = {}
        for number in range(chosen.rounds):
            for name, way in ways.items():
                began = time.perf_counter()
                found[name] = _encoded(way, wanted, model.dimension)
                seconds[name].append(time.perf_counter() - began)
                told = f"round {number + 1}: {name} {seconds[name][-1]:.1f} s"
                print(told, file=sys.stderr, flush=True)
    ways_of = {name: _told(seconds, found, name) for name in ways}
    report: dict[str, Any] = {
        "schema": "qa.workers/1",
        "commit": laboratory.commit(),
        "machine": describe_machine(),
        "model": model.name,
        "passages": len(inputs),
        "rounds": chosen.rounds,
        "cores_of_the_cluster": cores,
        "ways": ways_of,
    }
    laboratory.publish(report, chosen.out, "workers")
    return int(not all(each["same_vectors"] for each in ways_of.values()))


def _told(
    seconds: dict[str, list[float]], found: dict[str, Encoded], name: str
) -> dict[str, float | bool]:
    """What one way took; it is compared with the first one, within rounds."""
    first = next(iter(seconds))
    ratios = [one / own for one, own in zip(seconds[first], seconds[name], strict=True)]
    return {
        "seconds": median(seconds[name]),
        "times_as_fast": median(ratios),
        "same_vectors": _same(found[first], found[name]),
    }


def _encoded(executor: Executor, wanted: Sequence[ToEncode], dimension: int) -> Encoded:
    step = EncodeStep(executor, dimension=dimension)
    [encoded] = [*step(wanted), *step.finish()]
    return encoded


def _same(one: Encoded, other: Encoded) -> bool:
    return (
        np.array_equal(one.passages, other.passages)
        and np.array_equal(one.sentences.codes, other.sentences.codes)
        and np.array_equal(one.sentences.scales, other.sentences.scales)
    )


if __name__ == "__main__":
    laboratory.run("benchmarks.workers", main)
