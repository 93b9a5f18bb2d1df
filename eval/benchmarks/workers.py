"""How much faster is encoding on the workers of a Ray cluster than without Ray?

    python -m eval.benchmarks.workers ray://HOST [-n 2048] [--workers 1 2 4] [--rounds 3]

Encodes the same passages in this process, on one core and on all of them, and on so many workers
of the cluster, in turn, so that other work on the machine slows all of them. Whether the vectors
are the same, bit for bit, is printed, too. The cluster needs as many cores; on the machine that
runs this, more workers than it has cores cannot be faster. See ``docs/workers.md`` for how to
start one.
"""

import argparse
import time
from collections.abc import Sequence
from itertools import islice
from statistics import median

import numpy as np

from eval.benchmarks.encoding import as_input, seed_paragraphs
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("address")
    parser.add_argument("-n", type=int, default=8 * SLICE, help="passages")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="minilm")
    options = parser.parse_args(arguments)
    encoder = open_encoder(options.model, offline=True)
    if not isinstance(encoder, ExportedEncoder):
        raise TypeError(f"{options.model} runs through sentence-transformers")
    inputs = [as_input(text) for text in islice(seed_paragraphs(), options.n)]
    wanted = [ToEncode(encoding_key(*each), each) for each in inputs]
    model = encoder.description
    job = Job(model.name, model.sha256, None, "off", "auto", "", "")
    with Cluster(Address.parse(options.address), job) as cluster:
        ways: dict[str, Executor] = {
            "without Ray, one core": LocalExecutor(encoder.on_one_thread()),
            f"without Ray, {usable_cores()} cores": LocalExecutor(encoder),
        }
        ways |= {f"{count} workers": _Some(cluster, count) for count in options.workers}
        print(f"{options.n} passages, {model.name}; {cluster.cores()} cores in the cluster")
        for way in ways.values():  # opens the model everywhere
            _encoded(way, wanted[: SLICE * max(options.workers)], model.dimension)
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        found: dict[str, Encoded] = {}
        for _ in range(options.rounds):
            for name, way in ways.items():
                began = time.perf_counter()
                found[name] = _encoded(way, wanted, model.dimension)
                seconds[name].append(time.perf_counter() - began)
    first = next(iter(ways))
    for name in ways:
        ratios = [one / own for one, own in zip(seconds[first], seconds[name], strict=True)]
        same = _same(found[first], found[name])
        print(
            f"{name:24} {median(seconds[name]):7.1f} s, {median(ratios):.2f} times as fast as "
            f"{first}; vectors {'the same' if same else 'DIFFERENT'}"
        )


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
    main()
