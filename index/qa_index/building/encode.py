"""Second step of a build: vectors of passages, reused where they are known, otherwise computed.

An :class:`Executor` computes them. It sees batches of text and knows nothing of the index.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.keys import Key
from qa_index.collection.local.journal import EncodingJournal
from qa_index.encoding import Encoder, EncoderInput
from qa_index.vectors import Encoded, Quantised, Rows, quantise, ranges

SLICE = 256
"""Passages in a batch: a few seconds of encoding. Progress is shown and saved after each batch."""


class ToEncode(NamedTuple):
    """A passage to be encoded."""

    key: Key
    input: EncoderInput


class Executor(Protocol):
    """Encodes batches of passages, here or elsewhere."""

    def __call__(self, batches: Iterable[Sequence[EncoderInput]]) -> Iterator[Encoded]:
        """The vectors of each batch, in the order of the batches."""
        ...


def local_executor(encoder: Encoder) -> Executor:
    """Encodes one batch after the other in this process."""

    def execute(batches: Iterable[Sequence[EncoderInput]]) -> Iterator[Encoded]:
        for batch in batches:
            passages, sentences = encoder.encode_passages(batch)
            yield Encoded(passages, quantise(sentences))

    return execute


class Known(Protocol):
    """Vectors that exist already, such as those of an index or of a journal."""

    def rows_of_keys(self, keys: Sequence[Key]) -> Rows:
        """Row of each key, -1 where there is none."""
        ...

    def encoded(self, rows: Rows) -> Encoded:
        """The vectors of these rows."""
        ...


class EncodeStep:
    """Returns the vectors of passages, and saves those that it computes in a journal."""

    def __init__(
        self,
        executor: Executor,
        *,
        dimension: int,
        known: Known | None = None,
        journal: EncodingJournal | None = None,
        on_bytes: Callable[[int], None] = lambda _: None,
    ) -> None:
        """``on_bytes`` is called with the bytes of text processed since its last call, and with 0
        when encoding begins."""
        self._executor = executor
        self._dimension = dimension
        self._known = known
        self._journal = journal
        self._on_bytes = on_bytes
        self.encoded = 0
        """Passages whose vectors were computed."""
        self.resumed = 0
        """Passages whose vectors the journal held."""

    def __call__(self, wanted: Sequence[ToEncode]) -> Encoded:
        """The vectors of these passages, in order."""
        result = _Gathered([len(each.input.sentences) for each in wanted], self._dimension)
        missing: Rows = np.arange(len(wanted))
        if self._known is not None:
            missing = self._take(self._known, wanted, missing, result)
        if self._journal is not None:
            before = len(missing)
            missing = self._take(self._journal, wanted, missing, result)
            self.resumed += before - len(missing)
        self._compute(wanted, missing, result)
        return Encoded(result.passages, result.sentences)

    def _take(
        self,
        source: Known,
        wanted: Sequence[ToEncode],
        missing: Rows,
        result: "_Gathered",
    ) -> Rows:
        """Copy the vectors that ``source`` holds into the result; returns what is still missing."""
        rows = source.rows_of_keys([wanted[place].key for place in missing])
        known = rows >= 0
        if known.any():
            result.put(missing[known], source.encoded(rows[known]))
            self._on_bytes(_size([wanted[place].input for place in missing[known]]))
        return missing[~known]

    def _compute(self, wanted: Sequence[ToEncode], missing: Rows, result: "_Gathered") -> None:
        """Encode the missing passages, sorted by length, in slices."""
        if len(missing):
            self._on_bytes(0)
        lengths = [-len(wanted[place].input.text) for place in missing]
        by_length = missing[np.argsort(lengths, kind="stable")]
        slices = [by_length[at : at + SLICE] for at in range(0, len(by_length), SLICE)]
        batches = [[wanted[place].input for place in rows] for rows in slices]
        for rows, batch, encoded in zip(slices, batches, self._executor(batches), strict=True):
            self.encoded += len(batch)
            result.put(rows, encoded)
            if self._journal is not None:
                keys = [wanted[place].key for place in rows]
                self._journal.append(keys, result.counts[rows], encoded)
            self._on_bytes(_size(batch))
        if self._journal is not None:
            self._journal.sync()


class _Gathered:
    """Collects vectors of passages that arrive in any order."""

    def __init__(self, counts: Sequence[int], dimension: int) -> None:
        self.counts = np.array(counts, dtype=np.int64)
        self._starts = np.cumsum(self.counts) - self.counts
        total = int(self.counts.sum())
        self.passages: NDArray[np.float32] = np.empty((len(counts), dimension), dtype=np.float32)
        self.sentences = Quantised(
            np.empty((total, dimension), dtype=np.int8), np.empty(total, dtype=np.float32)
        )

    def put(self, rows: Rows, encoded: Encoded) -> None:
        at = ranges(self._starts[rows], self.counts[rows])
        self.passages[rows] = encoded.passages
        self.sentences.codes[at] = encoded.sentences.codes
        self.sentences.scales[at] = encoded.sentences.scales


def _size(inputs: Sequence[EncoderInput]) -> int:
    """Bytes of text."""
    return sum(len(each.text.encode()) for each in inputs)
