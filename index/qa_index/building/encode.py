"""Second step of a build: vectors of passages, reused where they are known, otherwise computed.

An :class:`Executor` computes them. It sees batches of text and knows nothing of the index.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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

    @property
    def ahead(self) -> int:
        """Batches to begin before the vectors of the first are asked for; it may change."""
        ...

    def begin(self, batch: Sequence[EncoderInput]) -> Callable[[], Encoded]:
        """Begin to encode a batch; what is returned waits for its vectors, and is called once."""
        ...


class LocalExecutor:
    """Encodes one batch after the other in this process, when its vectors are asked for."""

    ahead = 0

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def begin(self, batch: Sequence[EncoderInput]) -> Callable[[], Encoded]:
        """See ``Executor``."""
        return lambda: encoded(self._encoder, batch)


def encoded(encoder: Encoder, batch: Sequence[EncoderInput]) -> Encoded:
    """The vectors of a batch as they are stored."""
    passages, sentences = encoder.encode_passages(batch)
    return Encoded(passages, quantise(sentences))


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
        self._windows: deque[_Window] = deque()
        """Those whose vectors were not returned yet, in order."""
        self._begun: deque[_Batch] = deque()
        """Those whose vectors the executor has not given yet, in order."""
        self.encoded = 0
        """Passages whose vectors were computed."""
        self.resumed = 0
        """Passages whose vectors the journal held."""

    def __call__(self, wanted: Sequence[ToEncode]) -> Iterator[Encoded]:
        """Add a window of passages; gives the vectors of all windows that are complete, in order.

        The executor may work on others meanwhile: ``finish`` gives the rest. Use the iterator up.
        """
        window = _Window(_Gathered([len(each.input.sentences) for each in wanted], self._dimension))
        missing: Rows = np.arange(len(wanted))
        if self._known is not None:
            missing = self._take(self._known, wanted, missing, window.result)
        if self._journal is not None:
            before = len(missing)
            missing = self._take(self._journal, wanted, missing, window.result)
            self.resumed += before - len(missing)
        self._windows.append(window)
        self._compute(wanted, missing, window)
        yield from self._complete()
        # Windows of known passages cost no work but memory.
        while len(self._windows) > self._executor.ahead + 1:
            self._collect()
            yield from self._complete()

    def finish(self) -> Iterator[Encoded]:
        """The vectors of all windows that were not returned yet, in order."""
        while self._begun:
            self._collect()
            yield from self._complete()

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

    def _compute(self, wanted: Sequence[ToEncode], missing: Rows, window: "_Window") -> None:
        """Begin to encode the missing passages, sorted by length, in slices."""
        if len(missing):
            self._on_bytes(0)
        lengths = [-len(wanted[place].input.text) for place in missing]
        by_length = missing[np.argsort(lengths, kind="stable")]
        slices = [by_length[at : at + SLICE] for at in range(0, len(by_length), SLICE)]
        window.missing = len(slices)
        for rows in slices:
            batch = [wanted[place].input for place in rows]
            keys = [wanted[place].key for place in rows]
            vectors = self._executor.begin(batch)
            self._begun.append(_Batch(window, rows, keys, _size(batch), vectors))
            while len(self._begun) > self._executor.ahead:
                self._collect()

    def _collect(self) -> None:
        """Wait for the vectors of the batch that was begun first."""
        window, rows, keys, size, vectors = self._begun.popleft()
        computed = vectors()
        self.encoded += len(rows)
        window.result.put(rows, computed)
        window.missing -= 1
        if self._journal is not None:
            self._journal.append(keys, window.result.counts[rows], computed)
            if not window.missing:
                self._journal.sync()
        self._on_bytes(size)

    def _complete(self) -> Iterator[Encoded]:
        """Drop the first windows, as long as they lack no vector, and give their vectors."""
        while self._windows and not self._windows[0].missing:
            result = self._windows.popleft().result
            yield Encoded(result.passages, result.sentences)


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


@dataclass(slots=True, eq=False)
class _Window:
    """Passages whose vectors are returned together."""

    result: _Gathered
    missing: int = 0
    """Batches of which it lacks the vectors."""


class _Batch(NamedTuple):
    """Passages of a window that are encoded together."""

    window: _Window
    rows: Rows
    """Their places in the window."""
    keys: list[Key]
    size: int
    """Bytes of text."""
    vectors: Callable[[], Encoded]
    """Waits for them."""


def _size(inputs: Sequence[EncoderInput]) -> int:
    """Bytes of text."""
    return sum(len(each.text.encode()) for each in inputs)
