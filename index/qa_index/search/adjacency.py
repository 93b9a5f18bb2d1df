"""Scores terms of the question in the passages right before and after a candidate.

Splitting can separate a sentence from its subject: "It was founded in 1921" may follow a passage
that names the society.
"""

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.protocol import HeldTerms
from qa_index.search.query import Query
from qa_index.vectors import products

Floats = NDArray[np.float64]


def adjacent_idf(query: Query, held: HeldTerms) -> Floats:
    """The idf of a question's terms that an adjacent passage holds and the candidate does not.

    Shape (n,) for the n candidates of ``held``.
    """
    asked = frozenset(query.question.terms)
    columns = [number for number, term in enumerate(held.terms) if term in asked]
    idf = np.array([query.statistics.idf(held.terms[number]) for number in columns])
    missing = held.adjacent[:, columns] & ~held.own[:, columns]
    found: Floats = products(missing, idf)
    return found
