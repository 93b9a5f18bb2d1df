"""The passages found for a question, and how the reader reranks them.

If anything is read, the first passage is. Unless it is clearly an answer, those of the next two
that score nearly as high are read too, and passages that may answer are raised:

    score += 0.7 * weight * max(logit + 1, 0)

where the weight is that of reading in the question's language. docs/decisions/reading.md reports
what this gains and costs.
"""

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Self

import numpy as np

from qa.answering.columns import AskedColumn, AskedWords, Similarities, asked_column
from qa.answering.evidence import Evidence
from qa.answering.speculation import SpeculativeReading
from qa.confidence.model import FIRST, logistic
from qa_index.collection.protocol import Collection
from qa_index.records import KINDS, BlockKind, Span
from qa_index.search.query import Query
from qa_index.search.scoring import Floats, Ranking
from qa_index.vectors import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankParameters:
    """When more than the first passage is read, and how scores change."""

    sure: float = 2.0
    """From this logit of the first passage, no others are read: a probability of 0.88."""
    close: float = 2.0
    """Passages that score further below the first are not read, which rules out most second
    ones."""
    gain: float = 0.7
    least: float = -1.0
    """Logit up to which a score is not raised: a probability of 0.27."""


SHIPPED = RerankParameters()


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """The passages found for a question, before they are cited and assessed."""

    query: Query
    ranking: Ranking
    places: list[int]
    """Places in ``ranking`` to cite, best first: one for each distinct text."""
    evidence: list[Evidence]
    """The sentences to mark in each of them."""
    encode_ms: float
    """Milliseconds spent encoding the question."""
    logits: tuple[float, ...] = ()
    """The reader's logits for the best sentence of each of the first rows, as far as they were
    read."""
    column: AskedColumn | None = None
    """What the first row's table says, if it is a row of one."""

    @property
    def rows(self) -> Rows:
        """Rows to cite, best first."""
        return self.ranking.rows[self.places]

    def reading_of(self, number: int) -> float | None:
        """Probability that a row answers, to four decimals; ``None`` if it was not read."""
        if number >= len(self.logits):
            return None
        return round(logistic(self.logits[number]), 4)

    def answer_in(self, number: int) -> Span | None:
        """Position in the document of the answering words of a row, if it was read as an answer.

        In the first row they are the cell of the column that is asked for, if it is of a table.
        """
        if number == 0 and self.column is not None:
            return self.column.cell
        if number >= len(self.logits) or self.logits[number] < 0:
            return None
        return self.evidence[number].answer

    def read(self, reading: SpeculativeReading) -> "Finding":
        """Reads the first row, and others that may answer better; waits for the results.

        Returns the finding unchanged if there is nothing to read or the mode is BM25. In dense mode
        only the first row is read. Raises ``ModelUnavailable``.
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
            marked.read(told.spans, told.places, told.cells) if told else marked
            for marked, told in zip_longest(self.evidence, readings)
        ]
        logits = np.array([each.logit for each in readings])
        found = replace(self, evidence=evidence, logits=tuple(logits.tolist()))
        if len(readings) == 1:
            return found
        return found._reranked(SHIPPED.gain * first.weight * np.maximum(logits - SHIPPED.least, 0))

    def with_column(self, asked: AskedWords, index: Collection, like: Similarities | None) -> Self:
        """Compares the first row with the question, if it is of a table."""
        if not self.places:
            return self
        row, sentence = self._place(0)
        if KINDS[self.ranking.candidates(self.places[:1]).kinds[0]] is not BlockKind.TABLE:
            return self
        read = self.evidence[0].cells
        return replace(self, column=asked_column(asked, index.passage(row), sentence, like, read))

    def _place(self, number: int) -> tuple[int, int]:
        """Row and sentence to read."""
        return int(self.rows[number]), self.evidence[number].sentences[0]

    def _contenders(self) -> range:
        """The rows that score nearly as high as the first."""
        first, *others = self.ranking.fused[self.places[:FIRST]].tolist()
        return range(1, 1 + sum(score > first - SHIPPED.close for score in others))

    def _reranked(self, gains: Floats) -> "Finding":
        """The finding reordered after adding ``gains`` to the first rows; no other row passes
        them."""
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
