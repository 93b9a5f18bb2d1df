"""Rows that a search is restricted to, in the forms in which the engine needs them."""

from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from qa_index.vectors import Rows

REMEMBERED = 8
"""Subsets that are cached, at a byte a passage; as many as the answerer caches filters."""


@dataclass(frozen=True, eq=False)
class Subset:
    """Some of the rows of an index."""

    rows: Rows
    """Ascending."""
    mask: NDArray[np.bool_]
    """Shape (passages,): whether each is among them."""

    @cached_property
    def bits(self) -> NDArray[np.uint8]:
        """The mask with eight rows to a byte, the first in the lowest bit."""
        return np.packbits(self.mask, bitorder="little")


class Subsets:
    """Makes subsets of an index, and finds them again for the same array of rows."""

    def __init__(self, count: int) -> None:
        """``count`` is the number of passages of the index."""
        self._count = count
        self._known: dict[int, Subset] = {}
        self._changing = Lock()

    def of(self, rows: Rows) -> Subset:
        """The subset of these ascending rows, which must not be changed afterwards."""
        # By identity: as long as the subset is kept, so is the array.
        with self._changing:
            found = self._known.get(id(rows))
            if found is None:
                mask = np.zeros(self._count, dtype=bool)
                mask[rows] = True
                found = self._known[id(rows)] = Subset(rows, mask)
                if len(self._known) > REMEMBERED:
                    del self._known[next(iter(self._known))]
            return found
