"""Vectors of passages: kept from the previous generation where they are known, or computed."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding import Encoder, EncoderInput
from qa_index.vectors import Quantised, Rows, quantise, ranges

Key = tuple[int, int]
"""See ``layout.encoding_key``."""

SLICE = 256
"""Passages after which progress is shown: a few seconds of encoding."""


class Encoded(NamedTuple):
    """Vectors of passages, and of their sentences one after the other."""

    passages: NDArray[np.float32]
    sentences: Quantised

    def part(self, rows: slice, sentences: slice) -> "Encoded":
        """Some of the passages with their sentences."""
        codes, scales = self.sentences
        return Encoded(self.passages[rows], Quantised(codes[sentences], scales[sentences]))


class KnownPassages:
    """Passages of an earlier generation, found by what the encoder saw."""

    def __init__(self, index: StoredIndex) -> None:
        self._index = index
        low = index.passages.all()["key_low"]
        self._order = np.argsort(low, kind="stable")
        self._sorted = low[self._order]

    def rows_of(self, keys: Sequence[Key]) -> Rows:
        """Row of each key, -1 where there is none."""
        lows = np.array([low for low, _ in keys], dtype=np.uint64)
        at = np.searchsorted(self._sorted, lows)
        inside = np.minimum(at, len(self._sorted) - 1)
        rows: Rows = self._order[inside].astype(np.int64)
        found = self._index.passages[rows]
        highs = np.array([high for _, high in keys], dtype=np.uint64)
        rows[(found["key_low"] != lows) | (found["key_high"] != highs)] = -1
        return rows

    def encoded(self, rows: Rows) -> Encoded:
        """The vectors of these rows."""
        found = self._index.passages[rows]
        sentences = ranges(found["first_sentence"], found["sentences"].astype(np.int64))
        return encoded_rows(self._index, rows, sentences)


def encoded_rows(index: StoredIndex, rows: Rows | slice, sentences: Rows | slice) -> Encoded:
    """The vectors of some rows of an index, and of all their sentences."""
    return Encoded(
        index.vectors[rows],
        Quantised(index.sentence_vectors[sentences], index.sentence_scales[sentences]),
    )


def encode(
    inputs: Sequence[EncoderInput], encoder: Encoder, on_bytes: Callable[[int], None]
) -> Encoded:
    """Encode in slices of like length, telling ``on_bytes`` how much text each one had."""
    dimension = encoder.description.dimension
    counts = np.array([len(each.sentences) for each in inputs], dtype=np.int64)
    starts = np.cumsum(counts) - counts
    vectors = np.empty((len(inputs), dimension), dtype=np.float32)
    sentences = np.empty((int(counts.sum()), dimension), dtype=np.float32)
    by_length = np.argsort([-len(each.text) for each in inputs], kind="stable")
    for begin in range(0, len(inputs), SLICE):
        rows = by_length[begin : begin + SLICE]
        part = [inputs[row] for row in rows]
        vectors[rows], sentences[ranges(starts[rows], counts[rows])] = encoder.encode_passages(part)
        on_bytes(sum(len(each.text.encode()) for each in part))
    return Encoded(vectors, quantise(sentences))


def interleave(
    first: NDArray[np.bool_], sentences: Sequence[int], one: Encoded, other: Encoded
) -> Encoded:
    """Passages of ``one`` where ``first`` says so, shape (passages,), and else of ``other``.

    ``sentences`` says how many each passage has.
    """
    of_first = np.repeat(first, sentences)
    return Encoded(
        _interleave(first, one.passages, other.passages),
        Quantised(
            _interleave(of_first, one.sentences.codes, other.sentences.codes),
            _interleave(of_first, one.sentences.scales, other.sentences.scales),
        ),
    )


def _interleave(
    first: NDArray[np.bool_], when_true: NDArray[Any], when_false: NDArray[Any]
) -> NDArray[Any]:
    """Rows of two arrays in the order that ``first`` says."""
    merged = np.empty((len(first), *when_true.shape[1:]), dtype=when_true.dtype)
    merged[first], merged[~first] = when_true, when_false
    return merged
