"""What the passage before or after a candidate, in the same document, says of the question.

Where a text is cut, what it is about may stand on the other side of the cut: "It was founded in
1921" under a sentence that names the society.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.local.stored import StoredIndex
from qa_index.vectors import Rows, products

Floats = NDArray[np.float64]


def adjacent_idf(index: StoredIndex, terms: Sequence[str], rows: Rows) -> Floats:
    """The idf of a question's ``terms`` that stand beside each of ``rows``, not in it.

    Shape (len(rows),).
    """
    # Before the first and after the last stands itself, which holds nothing that it lacks.
    around = np.clip(rows + np.array([[-1], [0], [1]]), 0, len(index.passages) - 1)
    held, idf = index.bm25.held(terms, around.ravel())
    held = held.reshape(*around.shape, len(idf))
    document = index.passages[around.ravel()]["document"].reshape(around.shape)
    before, own, after = held & (document == document[1])[..., None]
    found: Floats = products((before | after) & ~own, idf)
    return found
