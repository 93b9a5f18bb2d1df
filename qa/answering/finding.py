"""What was found for a question, and how reading reranks it.

Where anything is read, the first passage is. Unless that is surely an answer, those of the next
two that score nearly as high are read too, and what may answer gains:

    score += 0.7 * weight * max(logit + 1, 0)

where the weight is that of reading in the question's language. docs/decisions/reading.md says what
this gains and costs.
"""

from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from qa.answering.evidence import Evidence
from qa.answering.speculation import SpeculativeReading
from qa.confidence.model import FIRST, logistic
from qa_index.records import Span
from qa_index.search.query import Query
from qa_index.search.scoring import Floats, Ranking
from qa_index.vectors import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankParameters:
    """When others of the first passages are read too, and what they gain."""

    sure: float = 2.0
    """Logit from which the first passage is left alone: a probability of 0.88."""
    close: float = 2.0
    """Passages that score further behind the first are not read, as most second ones do."""
    gain: float = 0.7
    least: float = -1.0
    """Logit up to which nothing is gained: a probability of 0.27."""


SHIPPED = RerankParameters()


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What was found for a question, before it is cited and weighed."""

    query: Query
    ranking: Ranking
    places: list[int]
    """Places in ``ranking`` to cite, best first: one of each text."""
    evidence: list[Evidence]
    """What to mark in each of them."""
    encode_ms: float
    """For the question."""
    logits: tuple[float, ...] = ()
    """How far the best sentence of each of the first rows answers, as far as they were read."""

    @property
    def rows(self) -> Rows:
        """Rows to cite, best first."""
        return self.ranking.rows[self.places]

    def reading_of(self, number: int) -> float | None:
        """How far a row answers, 0 to 1 to four decimals; ``None`` where it was not read."""
        if number >= len(self.logits):
            return None
        return round(logistic(self.logits[number]), 4)

    def answer_in(self, number: int) -> Span | None:
        """Where in its document the words of a row stand that answer, if it was read to answer."""
        if number >= len(self.logits) or self.logits[number] < 0:
            return None
        return self.evidence[number].answer

    def read(self, reading: SpeculativeReading) -> "Finding":
        """The same once the first row was read, and others that may answer better; waits for it.

        It stays as it is if there is nothing to read, or words ranked alone. If vectors ranked
        alone, only the first is read. Raises ``ModelUnavailable``.
        """
        if not self.places or self.ranking.passage is None:
            return self
        first = reading.read(*self._place(0))
        if first is None:
            return self
        hybrid = self.ranking.bm25 is not None
        others = self._contenders() if hybrid and first.logit < SHIPPED.sure else range(0)
        readings = [first, *filter(None, reading.read_all(list(map(self._place, others))))]
        evidence = [
            marked.read(told.spans, told.places) if told else marked
            for marked, told in zip_longest(self.evidence, readings)
        ]
        logits = np.array([each.logit for each in readings])
        found = replace(self, evidence=evidence, logits=tuple(logits.tolist()))
        if len(readings) == 1:
            return found
        return found._reranked(SHIPPED.gain * first.weight * np.maximum(logits - SHIPPED.least, 0))

    def _place(self, number: int) -> tuple[int, int]:
        """Row and sentence to read."""
        return int(self.rows[number]), self.evidence[number].sentences[0]

    def _contenders(self) -> range:
        """Which rows score nearly as high as the first."""
        first, *others = self.ranking.fused[self.places[:FIRST]].tolist()
        return range(1, 1 + sum(score > first - SHIPPED.close for score in others))

    def _reranked(self, gains: Floats) -> "Finding":
        """In the order that it has once the first rows gain so much; no other passes them."""
        ranking, moved = self.ranking.raised(self.places[: len(gains)], gains)
        places = [moved[place] for place in self.places]
        order = sorted(range(len(places)), key=places.__getitem__)
        return replace(
            self,
            ranking=ranking,
            places=[places[number] for number in order],
            evidence=[self.evidence[number] for number in order],
            logits=tuple(self.logits[number] for number in order[: len(gains)]),
        )
