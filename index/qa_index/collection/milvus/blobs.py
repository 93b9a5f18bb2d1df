"""Bytes of any length, stored in pieces of text and read whole, with a checksum."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from qa_index.collection.milvus.connections import STRONG, Server
from qa_index.collection.milvus.layout import (
    MOST_TEXT,
    NO_VECTOR,
    Names,
    Numbers,
    any_within,
)
from qa_index.collection.served.packing import CHECKSUM, is_sound, sealed

PIECE = MOST_TEXT // 4 * 4
"""Characters of a piece, so that each can be decoded alone."""

AT_ONCE = 128
"""Pieces that are fetched or sent together: 8 MB at most. Milvus refuses messages of 64 MB."""


class Ref(NamedTuple):
    """Where a blob is."""

    start: int
    """Key of its first piece."""
    pieces: int
    """Their keys follow one another."""

    @property
    def end(self) -> int:
        """Key after that of its last piece."""
        return self.start + self.pieces


def text_of(raw: bytes) -> str:
    """Bytes as a field of text holds them."""
    return base64.b64encode(raw).decode("ascii")


def bytes_of(text: str) -> bytes:
    """The output of ``text_of``. Raises ``ValueError``."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


class BlobWriter:
    """Stores blobs, several at a time."""

    def __init__(self, server: Server, names: Names, fence: int) -> None:
        self._server = server
        self._collection = names.data
        self._numbers = Numbers(fence)
        self._rows: list[dict[str, object]] = []

    def put(self, raw: bytes) -> Ref:
        """Store bytes; they are sent by the next ``flush`` at the latest."""
        whole = text_of(sealed(raw))
        pieces = [whole[at : at + PIECE] for at in range(0, len(whole), PIECE)]
        start = self._numbers.take(len(pieces))
        for number, each in enumerate(pieces, start):
            self._rows.append({"id": number, "body": each, "v": NO_VECTOR})
            if len(self._rows) >= AT_ONCE:
                self.flush()
        return Ref(start, len(pieces))

    def flush(self) -> None:
        """Send what was not sent yet."""
        rows, self._rows = self._rows, []
        self._server.insert(self._collection, rows)


def read_blobs(
    server: Server, names: Names, refs: Sequence[Ref], *, consistency: str = STRONG
) -> list[bytes | None]:
    """Blobs in the order of ``refs``; ``None`` where a piece is missing.

    What a read lacks that is not strongly consistent is read once more by one that is: it may have
    been too old. Raises ``ValueError`` if a blob is not as it was stored.
    """
    pieces: dict[int, str] = {}
    for ranges in _portions(refs):
        for row in server.query(
            names.data, any_within(ranges), ["id", "body"], consistency=consistency
        ):
            pieces[int(row["id"])] = row["body"]
    found: list[bytes | None] = []
    for ref in refs:
        own = [pieces.get(number) for number in range(ref.start, ref.end)]
        whole = [each for each in own if each is not None]
        if len(whole) < len(own):
            found.append(None)
            continue
        raw = bytes_of("".join(whole))
        if len(raw) < CHECKSUM or not is_sound(raw):
            raise ValueError("a checksum is wrong")
        found.append(raw[CHECKSUM:])
    late = [ref for ref, raw in zip(refs, found, strict=True) if raw is None]
    if late and consistency != STRONG:
        again = dict(zip(late, read_blobs(server, names, late), strict=True))
        found = [again.get(ref, raw) for ref, raw in zip(refs, found, strict=True)]
    return found


def _portions(refs: Iterable[Ref]) -> Iterable[list[tuple[int, int]]]:
    """Ranges of keys to fetch together; neighbours are joined."""
    portion: list[tuple[int, int]] = []
    size = 0
    for ref in sorted(set(refs)):
        for start in range(ref.start, ref.end, AT_ONCE):
            end = min(start + AT_ONCE, ref.end)
            if size + end - start > AT_ONCE:
                yield portion
                portion, size = [], 0
            if portion and portion[-1][1] == start:
                portion[-1] = portion[-1][0], end
            else:
                portion.append((start, end))
            size += end - start
    if portion:
        yield portion
