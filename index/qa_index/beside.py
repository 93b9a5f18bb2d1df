"""What the passage before or after a candidate, in the same document, says of the question.

Where a text is cut, what it is about may stand on the other side of the cut: "It was founded in
1921" under a sentence that names the society.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa_index.stored import StoredIndex
from qa_index.vectors import Rows, products

Floats = NDArray[np.float64]


def beside(index: StoredIndex, terms: Sequence[str], rows: Rows) -> Floats:
    """The idf of a question's ``terms`` that stand beside each of these ascending rows, not in it.

    Shape (len(rows),).
    """
    around = np.concatenate([rows - 1, rows, rows + 1])
    around = np.sort(around[(around >= 0) & (around < len(index.passages))])
    around = around[np.diff(around, prepend=-1) > 0]
    held, idf = index.bm25.held(terms, around)
    document = index.passages[around]["document"]
    place = np.searchsorted(around, rows)
    lacking = ~held[place]
    near = np.zeros_like(lacking)
    for step in (-1, 1):
        other = np.clip(place + step, 0, len(around) - 1)
        near |= held[other] & ((other != place) & (document[other] == document[place]))[:, None]
    found: Floats = products(near & lacking, idf)
    return found
