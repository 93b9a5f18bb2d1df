"""What identifies a passage, in a citation and to the encoder, and a term."""

import hashlib
from collections.abc import Sequence

import numpy as np
import xxhash

from qa_index.records import Span

Key = tuple[int, int]
"""See ``encoding_key``."""


def citation_id(path: str, start: int, end: int, quote: str) -> int:
    """64-bit id of a passage. It is stable as long as path, position and text do not change."""
    quoted = hashlib.sha256(quote.encode()).hexdigest()
    place = f"{path}\0{start}\0{end}\0{quoted}".encode()
    return int.from_bytes(hashlib.sha256(place).digest()[:8], "big")


def encoding_key(context: str, text: str, sentences: Sequence[Span]) -> tuple[int, int]:
    """128-bit hash, low half first, of all that a passage's vectors depend on but the model."""
    digest = xxhash.xxh3_128()
    spans = np.array(sentences, dtype="<i4").tobytes()
    for part in (context.encode(), text.encode(), spans):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    both = digest.intdigest()
    return both & 0xFFFFFFFFFFFFFFFF, both >> 64


def encode_term(term: str) -> bytes:
    """A term as it is stored and hashed. Encodes lone surrogates, which a question may contain."""
    return term.encode("utf-8", "surrogatepass")
