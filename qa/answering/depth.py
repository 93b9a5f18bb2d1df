"""All candidates of a question, far deeper than an answer needs, and what is known of each unread.

An answer looks at the best hundred of each list. Here each list has ``DEPTH``, and more while
passages at its end still seem to answer.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qa.confidence.signals import matched_idf, weighted_words
from qa_index.collection.protocol import Collection
from qa_index.search.parameters import SHIPPED, ScoringParameters
from qa_index.search.query import Mode, Query, candidates
from qa_index.search.scoring import Ranking, scored
from qa_index.vectors import Rows

Floats = NDArray[np.float64]

DEPTH = 2000
"""Candidates from each list at first. Scoring them takes less time than reading ten passages."""

MOST = 16_000
"""Candidates from each list at most. A passage takes about 5 kB of memory while it is one."""


@dataclass(frozen=True, slots=True, eq=False)
class Deep:
    """The candidates of a question with distinct texts, best first."""

    query: Query
    ranking: Ranking
    places: list[int]
    """Places in ``ranking``: the first of each distinct text, n in all."""
    share: Floats
    """Shape (n,): of the question's idf weight."""

    @property
    def score(self) -> Floats:
        """Shape (n,)."""
        found: Floats = self.ranking.fused[self.places]
        return found

    @property
    def rows(self) -> Rows:
        """Row of each, shape (n,)."""
        return self.ranking.rows[self.places]


def deep(
    index: Collection, query: Query, *, mode: Mode, among: Rows | None, depth: int = DEPTH
) -> Deep:
    """Scores ``depth`` candidates of each list, with feedback for all of them."""
    found = candidates(index, query, mode=mode, among=among, depth=depth)
    ranking = scored(query, found, mode=mode, parameters=_with_feedback(len(found)))
    first: dict[int | str, int] = {}
    for place, key in enumerate(index.text_keys(ranking.rows)):
        first.setdefault(key, place)
    places = list(first.values())
    words, weights = weighted_words(query)
    held = ranking.block.held.take(ranking.places[places])
    return Deep(
        query,
        ranking,
        places,
        matched_idf(words, weights, held).astype(np.float64),
    )


def _with_feedback(count: int) -> ScoringParameters:
    """Feedback for all: a step in the scores would be one in the probability."""
    return replace(SHIPPED, feedback=replace(SHIPPED.feedback, depth=count))
