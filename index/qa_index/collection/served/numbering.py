"""Which documents and passages a generation has, and their numbers."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.vectors import Rows


class Numbering(NamedTuple):
    """The d documents of a generation in the order of paths, and the rows of their passages.

    The server numbers documents and passages as they come; those of a document follow one another.
    """

    ids: NDArray[np.int64]
    """Shape (d,): numbers of the documents on the server."""
    first_passages: NDArray[np.int64]
    """Shape (d,): number of the first passage of each."""
    first_rows: NDArray[np.int64]
    """Shape (d + 1,): its row, and the number of all rows."""
    order: NDArray[np.int64]
    """Shape (d,): positions in the order of ``first_passages``."""
    sorted_firsts: NDArray[np.int64]
    """Shape (d,): ``first_passages`` in that order."""

    @staticmethod
    def of(ids: Rows, first_passages: Rows, passages: Rows) -> "Numbering":
        """Documents in the order of paths, by number, first passage and number of passages."""
        rows = np.concatenate([[0], np.cumsum(passages)]).astype(np.int64)
        # A document without passages has the same first passage as the next one.
        order = np.lexsort((passages, first_passages))
        return Numbering(ids, first_passages, rows, order, first_passages[order])

    def documents_of(self, rows: Rows) -> Rows:
        """Position of the document that each row belongs to."""
        found: Rows = np.searchsorted(self.first_rows, rows, side="right") - 1
        return found

    def passages_of(self, rows: Rows) -> Rows:
        """Number on the server of each row's passage."""
        documents = self.documents_of(rows)
        found: Rows = self.first_passages[documents] + rows - self.first_rows[documents]
        return found

    def rows_of(self, passages: Rows) -> Rows:
        """Row of each passage by its number on the server; -1 where the generation lacks it."""
        if not len(self.ids):
            return np.full(len(passages), -1, dtype=np.int64)
        at = np.searchsorted(self.sorted_firsts, passages, side="right") - 1
        documents = self.order[np.maximum(at, 0)]
        offsets = passages - self.first_passages[documents]
        counts = self.first_rows[documents + 1] - self.first_rows[documents]
        rows: Rows = self.first_rows[documents] + offsets
        rows[(at < 0) | (offsets >= counts)] = -1
        return rows

    def runs_of(self, rows: Rows) -> tuple[Rows, Rows]:
        """The passages of ascending rows as ranges of numbers: their starts and their ends."""
        passages = np.sort(self.passages_of(rows))
        breaks = np.flatnonzero(np.diff(passages) != 1)
        starts = passages[np.concatenate([[0], breaks + 1])] if len(passages) else passages
        ends = passages[np.concatenate([breaks, [len(passages) - 1]])] if len(passages) else starts
        return starts, ends + 1
