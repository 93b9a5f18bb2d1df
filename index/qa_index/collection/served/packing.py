"""How a passage is packed into bytes: a checksum, a header, and its columns, little-endian."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.collection.writing import NewPassage
from qa_index.errors import REBUILD, IndexDamaged
from qa_index.records import KINDS
from qa_index.vectors import Floats, Quantised

HEADER = np.dtype(
    [
        ("start", "<i8"),
        ("end", "<i8"),
        ("first_line", "<i4"),
        ("last_line", "<i4"),
        ("heading", "<i4"),
        ("kind", "<i4"),  # position in ``records.KINDS``
        ("heading_sentences", "<i4"),
        ("context_terms", "<i4"),
        ("sentences", "<i4"),  # number
        ("terms", "<i4"),  # number
        ("text", "<i4"),  # bytes
        ("dimension", "<i4"),
    ]
)
"""The names are those of ``writing.NewPassage``."""

CHECKSUM = 8
"""Bytes of the XXH3-64 that comes first."""


def sealed(body: bytes) -> bytes:
    """Bytes with their checksum before them."""
    return xxhash.xxh3_64_intdigest(body).to_bytes(CHECKSUM, "little") + body


def is_sound(raw: bytes) -> bool:
    """Whether the output of ``sealed`` is as it was."""
    with memoryview(raw) as view, view[CHECKSUM:] as body:
        return xxhash.xxh3_64_intdigest(body) == int.from_bytes(raw[:CHECKSUM], "little")


@dataclass(frozen=True, slots=True, eq=False)
class Payload:
    """A passage as it is stored, but for its vector: s sentences and t terms."""

    header: Any
    """One record of ``HEADER``, as a tuple by ``names``."""
    text: bytes
    """UTF-8."""
    sentences: NDArray[np.int32]
    """Shape (s, 2)."""
    sentence_terms: NDArray[np.int32]
    hashes: NDArray[np.uint32]
    """Shape (t,)."""
    scales: Floats
    codes: NDArray[np.int8]
    """Shape (s, dimension)."""

    @staticmethod
    def of(passage: NewPassage, text: bytes, quantised: Quantised, dimension: int) -> "Payload":
        """A new passage with its text and the vectors of its sentences."""
        header = np.zeros(1, HEADER)[0]
        for name in ("start", "end", "first_line", "last_line", "heading"):
            header[name] = getattr(passage, name)
        header["kind"] = KINDS.index(passage.kind)
        header["heading_sentences"] = passage.heading_sentences
        header["context_terms"] = passage.context_terms
        header["sentences"], header["terms"] = len(passage.sentences), len(passage.hashes)
        header["text"], header["dimension"] = len(text), dimension
        return Payload(
            header,
            text,
            passage.sentences,
            passage.sentence_terms,
            passage.hashes,
            quantised.scales,
            quantised.codes,
        )

    def pack(self) -> bytes:
        """The passage as bytes."""
        return sealed(
            b"".join(
                (
                    self.header.tobytes(),
                    self.text,
                    np.ascontiguousarray(self.sentences, dtype="<i4").tobytes(),
                    np.ascontiguousarray(self.sentence_terms, dtype="<i4").tobytes(),
                    np.ascontiguousarray(self.hashes, dtype="<u4").tobytes(),
                    np.ascontiguousarray(self.scales, dtype="<f4").tobytes(),
                    np.ascontiguousarray(self.codes, dtype="<i1").tobytes(),
                )
            )
        )

    @staticmethod
    def unpack(raw: bytes, name: str) -> "Payload":
        """The output of ``pack``. Raises ``IndexDamaged``; ``name`` says what is."""
        start = CHECKSUM + HEADER.itemsize
        if len(raw) < start or not is_sound(raw):
            raise IndexDamaged(f"{name} fails its checksum; {REBUILD}")
        header = np.frombuffer(raw, HEADER, 1, CHECKSUM)[0]
        found = header.item()
        sentences, terms, text, dimension = found[8:12]
        shapes: tuple[tuple[str, int], ...] = (
            ("<i4", 2 * sentences),
            ("<i4", sentences),
            ("<u4", terms),
            ("<f4", sentences),
            ("<i1", sentences * dimension),
        )
        columns: list[NDArray[Any]] = []
        at = start + text
        for dtype, count in shapes:
            columns.append(np.frombuffer(raw, dtype, count, at))
            at += columns[-1].nbytes
        return Payload(
            header,
            raw[start : start + text],
            columns[0].reshape(-1, 2),
            columns[1],
            columns[2],
            columns[3],
            columns[4].reshape(-1, dimension),
        )


def sentence_vectors(payloads: Iterable[Payload], dimension: int) -> Quantised:
    """The vectors of the sentences of several passages, one after the other."""
    found = list(payloads)
    return Quantised(
        np.concatenate([np.empty((0, dimension), np.int8), *(each.codes for each in found)]),
        np.concatenate([np.empty(0, np.float32), *(each.scales for each in found)]),
    )


def signed(value: int) -> int:
    """An unsigned number of 64 bits as the signed one of the same bits."""
    return value - (1 << 64) if value >> 63 else value


def text_key(text: bytes) -> int:
    """What passages with the same text are found by."""
    return signed(xxhash.xxh3_64_intdigest(text))


def words_hash(words: Iterable[str]) -> bytes:
    """The checksum of all words of a generation."""
    return xxhash.xxh3_128_digest("\n".join(sorted(words)).encode())
