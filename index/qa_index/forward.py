"""Postings turned around, so that an update can keep the terms of unchanged passages."""

import numpy as np

from qa_index.postings import Postings, PostingsBuilder


class ForwardRows:
    """The terms of each row of stored postings, ready to be added to a new builder."""

    def __init__(self, postings: Postings, builder: PostingsBuilder) -> None:
        self._builder = builder
        rows = np.asarray(postings.rows[:])
        self._lengths = np.asarray(postings.lengths[:])
        # An impact is tf * (k1 + 1) / (tf + norm); solved for tf it is exact after rounding.
        k1, b = postings.k1, postings.b
        impacts = postings.impacts[:].astype(np.float64)
        norms = k1 * (1 - b + b * self._lengths / max(postings.average_length, 1e-9))
        frequencies = np.rint(impacts * norms[rows] / (k1 + 1 - impacts)).astype(np.int32)
        self._vocabulary = postings.terms()
        # Number of each term in the builder, once a row with it is copied.
        self._numbers = np.full(len(self._vocabulary), -1, dtype=np.int32)
        terms = np.repeat(np.arange(len(self._vocabulary)), np.diff(postings.starts[:]))
        by_row = np.argsort(rows, kind="stable")
        self._terms, self._frequencies = terms[by_row], frequencies[by_row]
        self._starts = np.searchsorted(rows[by_row], np.arange(len(self._lengths) + 1))

    def copy_rows(self, first: int, last: int) -> None:
        """Add rows ``first:last`` to the builder."""
        inner = slice(self._starts[first], self._starts[last])
        terms = self._terms[inner]
        for term in np.unique(terms[self._numbers[terms] < 0]).tolist():
            self._numbers[term] = self._builder.number(self._vocabulary[term])
        self._builder.add_counted(
            terms=self._numbers[terms],
            frequencies=self._frequencies[inner],
            distinct=np.diff(self._starts[first : last + 1]),
            lengths=self._lengths[first:last],
        )
