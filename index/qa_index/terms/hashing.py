"""Short hashes that stand for terms."""

import zlib
from functools import lru_cache


@lru_cache(maxsize=1 << 16)
def term_hash(term: str) -> int:
    """32 bits that stand for a term where its place counts.

    Two terms of one question and passage share them once in billions; one of them then counts as
    the other.
    """
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))
