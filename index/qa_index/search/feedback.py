"""How like the first passages the others are: what is on the topic of a good answer is on topic.

Pseudo-relevance feedback (Rocchio 1971) over candidates only: nothing is searched again. What the
first passages and another share counts by how few of the candidates have it, so that the
question's own words, which all of them hold, hardly count twice.
"""

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.local.stored import StoredIndex
from qa_index.vectors import Rows

Floats = NDArray[np.float64]

_OWNER_BITS = 32
"""Of a key, below the term's hash."""


def feedback(index: StoredIndex, rows: Rows, shares: Floats) -> Floats:
    """Cosine of each of n ``rows`` with the first ``len(shares)`` of them, mixed by these shares.

    Over terms weighed by tf * idf, with ``idf = log(1 + (n - c + 0.5) / (c + 0.5))`` where c of
    these n passages hold the term. Shape (n,), 0 to 1.
    """
    records = index.passages[rows]
    counts = records["terms"].astype(np.int64)
    hashes = index.terms.take(records["first_term"], counts).astype(np.uint64)
    owners = np.repeat(np.arange(len(rows), dtype=np.uint64), counts)
    # One sort brings together what is equal, by term and then by passage.
    keys, frequencies = np.unique(hashes << _OWNER_BITS | owners, return_counts=True)
    passage = (keys & (2**_OWNER_BITS - 1)).astype(np.int64)
    term = np.cumsum(np.diff(keys >> _OWNER_BITS, prepend=keys[:1] >> _OWNER_BITS) != 0)
    held_by = np.bincount(term)
    idf = np.log1p((len(rows) - held_by + 0.5) / (held_by + 0.5))
    weights = frequencies * idf[term]
    weights /= np.sqrt(np.bincount(passage, weights**2))[passage]
    first = passage < len(shares)
    mixed = np.bincount(term[first], weights[first] * shares[passage[first]], len(idf))
    return np.bincount(passage, weights * mixed[term], len(rows)).astype(np.float64)
