"""The collections of an index, and how they are numbered.

    NAME_state          who writes and which generation is the live one: see ``state``
    NAME_data           anything that is read whole, in pieces: see ``blobs``
    NAME_terms          how many passages hold a term, as sums over segments
    NAME_passages_DIM   a row for each passage, with its vector of DIM dimensions and its terms

Rows are added and removed, and never changed. A key consists of the number of the writer, which no
other writer has (``state.Hold.fence``), and of a number that it counts up. So rows of two writers
never mix, whatever they do at the same time, and what was read of a row stays true.
"""

import zlib
from collections.abc import Sequence

from qa_index.collection.keys import encode_term
from qa_index.collection.milvus.connections import Field, Server
from qa_index.vectors import Rows

VERSION = 1
"""Of the layout; increased by every change that an older reader would misread."""

MOST_TEXT = 65_535
"""Bytes that a field of text holds."""

FEW_RUNS = 64
"""Ranges of keys in one condition, at most."""

LANE = 1 << 40
"""Rows that one writer may add to a collection."""

NEIGHBOURS, EF_CONSTRUCTION = 32, 400
"""Of the graph of HNSW, as in ``postgres.hnsw``, which has what they find. Collections that were
made with 24 and 200 keep their graph. Up to 1,024 rows Milvus compares all vectors instead."""

TERM_DIMENSIONS = (1 << 32) - 2
"""Terms are dimensions by a hash below this; Milvus allows one more."""

NO_TERM = TERM_DIMENSIONS
"""The dimension of a passage that has no terms, since Milvus refuses a vector without any."""

_INVERTED = {"index_type": "INVERTED"}
# A collection needs a vector; where nothing is searched for, it is this one.
_NO_VECTOR = Field("v", "FLOAT_VECTOR", 2, {"index_type": "FLAT"})
NO_VECTOR = [0.0, 0.0]

_STATE = (
    Field("id", "VARCHAR", 128),
    Field("fence", "INT64"),
    Field("body", "VARCHAR", MOST_TEXT),
    _NO_VECTOR,
)
_DATA = (Field("id", "INT64"), Field("body", "VARCHAR", MOST_TEXT), _NO_VECTOR)
_TERMS = (
    Field("id", "INT64"),
    Field("term", "INT64", 0, _INVERTED),
    Field("passages", "INT64"),
    _NO_VECTOR,
)


def _passages(dimension: int) -> tuple[Field, ...]:
    graph = {
        "index_type": "HNSW",
        "params": {"M": NEIGHBOURS, "efConstruction": EF_CONSTRUCTION},
    }
    return (
        Field("id", "INT64"),
        Field("citation", "INT64", 0, _INVERTED),
        Field("text_key", "INT64", 0, _INVERTED),
        Field("key", "VARCHAR", 32, _INVERTED),
        Field("payload", "VARCHAR", MOST_TEXT),
        Field("terms", "VARCHAR", MOST_TEXT),
        Field("words", "SPARSE_FLOAT_VECTOR", 0, {"index_type": "SPARSE_INVERTED_INDEX"}),
        Field("v", "FLOAT_VECTOR", dimension, graph),
    )


class Names:
    """Names of the collections of an index."""

    def __init__(self, name: str) -> None:
        self.state = f"{name}_state"
        self.data = f"{name}_data"
        self.terms = f"{name}_terms"
        self._passages = f"{name}_passages_"

    def passages(self, dimension: int) -> str:
        """That of the passages with vectors of a dimension."""
        return f"{self._passages}{dimension}"

    def is_passages(self, collection: str) -> bool:
        """Whether a collection is that of passages, of whatever dimension."""
        return (
            collection.startswith(self._passages)
            and collection.removeprefix(self._passages).isdecimal()
        )


def make_state(server: Server, names: Names) -> None:
    """Make the collection that a writer needs to begin with."""
    server.create(names.state, _STATE, f"grounded-qa {VERSION}")


def make_rest(server: Server, names: Names, dimension: int) -> None:
    """Make all the others."""
    server.create(names.data, _DATA, f"grounded-qa {VERSION}")
    server.create(names.terms, _TERMS, f"grounded-qa {VERSION}")
    server.create(names.passages(dimension), _passages(dimension), f"grounded-qa {VERSION}")


class Numbers:
    """Counts the keys of one writer's rows in a collection."""

    def __init__(self, fence: int) -> None:
        self._next = fence * LANE

    def take(self, count: int) -> int:
        """The first of ``count`` numbers that follow one another."""
        first, self._next = self._next, self._next + count
        return first


def within(field: str, start: int, end: int) -> str:
    """The condition that a number lies in ``start:end``."""
    return f"({field} >= {start} && {field} < {end})"


def any_within(ranges: Sequence[tuple[int, int]]) -> str:
    """The condition that a key lies in one of several ranges."""
    return " || ".join(within("id", start, end) for start, end in ranges)


def listed(field: str, numbers: Sequence[int] | Rows) -> str:
    """The condition that a number is one of these."""
    return f"{field} in [{','.join(map(str, numbers))}]"


def dimension_of(term: str) -> int:
    """The dimension that stands for a term. Two terms may share one."""
    return zlib.crc32(encode_term(term)) % TERM_DIMENSIONS
