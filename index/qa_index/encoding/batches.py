"""Runs a model over many token rows: sorted by length, in batches, on every core."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Forward = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
"""From token ids and attention mask, both (batch, length), to the model's output:
(batch, length, dimension) or (batch, dimension)."""

Result = TypeVar("Result")


class Engine(NamedTuple):
    """A model with its batch size and number of workers."""

    forward: Forward
    workers: int
    """Threads that call ``forward`` at the same time."""
    batch_tokens: int
    """Tokens of one batch, padding included; a single longer row is a batch of its own."""


def run_batches(
    engine: Engine,
    rows: Sequence[NDArray[np.int32]],
    pad_id: int,
    reduce: Callable[[Sequence[int], NDArray[np.float32]], Result],
) -> Iterator[Result]:
    """``reduce(batch, output)`` for each batch of row numbers, in a fixed order.

    ``reduce`` runs in the worker, so only its result is kept. Rows without tokens are in no batch.
    """

    def work(batch: Sequence[int]) -> Result:
        ids, mask = padded([rows[i] for i in batch], pad_id)
        return reduce(batch, engine.forward(ids, mask))

    batches = batched_by_length([len(row) for row in rows], engine.batch_tokens)
    if engine.workers == 1 or len(batches) < 2:
        yield from map(work, batches)
        return
    with ThreadPoolExecutor(engine.workers) as pool:
        yield from pool.map(work, batches)


def batched_by_length(lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Row numbers in batches of similar length, the longest first so that no core ends alone."""
    batches: list[list[int]] = []
    room = 0
    for row in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        if not lengths[row]:
            break
        if room == 0:
            batches.append([])
            room = max(1, batch_tokens // lengths[row])
        batches[-1].append(row)
        room -= 1
    return batches


def padded(
    rows: Sequence[NDArray[np.int32]], pad_id: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows as one array of ids, padded on the right, and its attention mask."""
    shape = (len(rows), max(map(len, rows)))
    ids = np.full(shape, pad_id, dtype=np.int64)
    mask = np.zeros(shape, dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask
