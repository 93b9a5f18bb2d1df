"""Last step of a build: hands documents to the engine's writer, and vectors by windows."""

from qa_index.building.encode import EncodeStep, ToEncode
from qa_index.building.prepare import Prepared
from qa_index.collection.writing import Writer

WINDOW = 1024
"""Passages that are encoded together: enough to sort by length and fill every batch."""

FIRST_WINDOW = 128
"""Size of the first window. Windows grow by the number of passages encoded so far, so that the
encoder need not wait until a thousand passages are read."""

MOST_AT_ONCE = 4096
"""Passages encoded together at most, so that a document of any size takes bounded memory."""


class Assembler:
    """Hands documents to a writer in the order of paths, and their vectors when there are enough
    passages to be encoded together; ``finish`` hands over the rest."""

    def __init__(self, writer: Writer, *, encode: EncodeStep) -> None:
        self._writer = writer
        self._encode = encode
        self._waiting: list[ToEncode] = []
        self._encoded = 0

    def add(self, new: Prepared) -> None:
        """Add a newly read document."""
        self._writer.put(new.document)
        self._waiting += new.passages
        if len(self._waiting) >= min(FIRST_WINDOW + self._encoded, WINDOW):
            self._encode_waiting()

    def copy(self, first: int, last: int) -> None:
        """Keep documents ``first:last`` of the previous generation."""
        self._writer.keep(first, last)

    def finish(self) -> None:
        """Hand over the vectors of all passages that still wait for them."""
        self._encode_waiting()
        for encoded in self._encode.finish():
            self._writer.put_vectors(encoded)

    def _encode_waiting(self) -> None:
        for start in range(0, len(self._waiting), MOST_AT_ONCE):
            part = self._waiting[start : start + MOST_AT_ONCE]
            for encoded in self._encode(part):
                self._writer.put_vectors(encoded)
            self._encoded += len(part)
        self._waiting.clear()
