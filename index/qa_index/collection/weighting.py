"""BM25 formulas that all engines share."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def lucene_idf(count: int, total: int) -> float:
    """``log(1 + (N - n + 0.5) / (n + 0.5))``: the weight of a term in n of N passages.

    Lucene's variant of BM25's idf. It is positive on any collection.
    """
    return math.log1p((total - count + 0.5) / (count + 0.5))


def length_norms(
    lengths: NDArray[Any], average: float, *, k1: float, b: float
) -> NDArray[np.float64]:
    """BM25's length normalisation, added to a term's frequency in the denominator, shape (n,)."""
    norms: NDArray[np.float64] = k1 * (1 - b + b * lengths / max(average, 1e-9))
    return norms
