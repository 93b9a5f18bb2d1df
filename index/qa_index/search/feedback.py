"""Pseudo-relevance feedback (Rocchio 1971): passages similar to the first ones score higher.

It works on the candidates only; there is no second search. A shared term counts more the fewer
candidates hold it. The question's own terms, which nearly all hold, are thus hardly counted twice.
"""

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.protocol import CandidateBlock
from qa_index.vectors import Rows

Floats = NDArray[np.float64]

_OWNER_BITS = 32
"""Lower bits of a key, which hold the passage; the term's hash is above them."""


def feedback(block: CandidateBlock, places: Rows, shares: Floats) -> Floats:
    """Cosine similarity of n candidates to a mix of the first ``len(shares)`` by these weights.

    The candidates are those at ``places``. Terms are weighted by tf * idf, with
    ``idf = log(1 + (n - c + 0.5) / (c + 0.5))`` where c of the n hold the term. Shape (n,), 0 to 1.
    """
    hashes = block.hashes_of(places).astype(np.uint64)
    counts = block.lengths[places]
    owners = np.repeat(np.arange(len(places), dtype=np.uint64), counts)
    # One sort groups equal keys, by term and then by passage.
    keys, frequencies = np.unique(hashes << _OWNER_BITS | owners, return_counts=True)
    passage = (keys & (2**_OWNER_BITS - 1)).astype(np.int64)
    term = np.cumsum(np.diff(keys >> _OWNER_BITS, prepend=keys[:1] >> _OWNER_BITS) != 0)
    held_by = np.bincount(term)
    idf = np.log1p((len(places) - held_by + 0.5) / (held_by + 0.5))
    weights = frequencies * idf[term]
    weights /= np.sqrt(np.bincount(passage, weights**2))[passage]
    first = passage < len(shares)
    mixed = np.bincount(term[first], weights[first] * shares[passage[first]], len(idf))
    return np.bincount(passage, weights * mixed[term], len(places)).astype(np.float64)
