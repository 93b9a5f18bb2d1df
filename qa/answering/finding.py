"""The passages found for a question, and how the reader reranks them.

Passages are read in the order of their scores, the first one always, and ranked by

    score + gain * (bounded(logit) + span * bounded(best span's score))

of which the second term is left out where the multilingual network reads. ``bounded`` limits a
number to ``bound`` on either side. Reading ends when no unread passage would come first with
``hope`` for both, or ``LIMIT`` are read, or ``FEWER`` by the multilingual network. So the surer the
first one, the fewer are read. What is left unread of the passage that is then first, since it is
longer than a row, is read to see whether it has a sentence that answers better.
docs/decisions/reading.md reports what this gains and costs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Self

import numpy as np

from qa.answering.columns import AskedColumn, AskedWords, Similarities, asked_column
from qa.answering.evidence import Evidence
from qa.answering.speculation import SpeculativeReading
from qa.confidence.logistic import logistic
from qa.reader.network import Reading
from qa_index.collection.protocol import Collection
from qa_index.records import KINDS, BlockKind, Span
from qa_index.search.query import Query
from qa_index.search.scoring import Ranking
from qa_index.vectors import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankParameters:
    """How scores change by reading, and how much is read."""

    gain: float = 1.0
    span: float = 0.5
    """Weight of the best span's score beside the logit, where the English network reads."""
    bound: float = 4.0
    """Largest logit, or score, positive or negative, that counts: a probability of 0.98."""
    hope: float = 2.0
    """Logit, and score, that an unread passage is given when it is decided whether to read on."""


SHIPPED = RerankParameters()

LIMIT = 16
"""Most passages that are read. With 30, no more questions have the right passage first."""

FEWER = 8
"""Most that the multilingual network reads. With 16, no more questions have the right passage first
or among the first three."""


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
    second: float | None = None
    """The logit of ``qa.reader.network.second_reading`` for the best sentence of the first row."""
    column: AskedColumn | None = None
    """What the first row's table says, if it is a row of one."""
    widened: float = 1.0
    """How much wider reading spreads scores than a logit alone does."""

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
        hybrid = self.ranking.bm25 is not None
        scores = self.ranking.fused[self.places[: LIMIT if hybrid else 1]]
        readings: list[Reading] = []
        best = -math.inf
        while len(readings) < len(scores):
            first = len(readings)
            if readings:
                likely = scores[first] + _with(readings[-1], SHIPPED.hope) > best
                if not likely or (readings[-1].best is None and first >= FEWER):
                    break
            # One, one, two, four, ...: few are read in vain.
            some = range(first, min(first + max(1, first), len(scores)))
            told = reading.read_all([self._place(number) for number in some])
            for number, each in zip(some, told, strict=True):
                if each is None:
                    return self
                readings.append(each)
                best = max(best, scores[number] + _gain(each))
        found = replace(self, logits=tuple(each.logit for each in readings))
        if hybrid:
            found, readings = found._reranked(readings)
        row, _ = found._place(0)
        before = found.evidence[0]
        best = before.read(readings[0]).sentences[0]
        second, rest = reading.again(row, best, before.unread(readings[0]))
        if rest is not None:
            readings[0] = readings[0].with_sentences_of(rest)
        evidence = [
            marked.read(told) if told else marked
            for marked, told in zip_longest(found.evidence, readings)
        ]
        return replace(found, evidence=evidence, second=second)

    def read_further(self, reading: SpeculativeReading, count: int) -> Self:
        """Reads those of the first ``count`` rows that were not read yet; they are not reranked.

        Returns the finding unchanged if nothing was read so far. Raises ``ModelUnavailable``.
        """
        first, last = len(self.logits), min(count, len(self.places))
        if not first or first >= last:
            return self
        told = reading.read_all([self._place(number) for number in range(first, last)])
        if any(each is None for each in told):
            return self
        readings = [each for each in told if each is not None]
        evidence = list(self.evidence)
        for number, each in enumerate(readings, first):
            evidence[number] = evidence[number].read(each)
        logits = (*self.logits, *(each.logit for each in readings))
        return replace(self, evidence=evidence, logits=logits)

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

    def _reranked(self, readings: Sequence[Reading]) -> tuple["Finding", list[Reading]]:
        """The finding with the rows that were read in the order of their scores and gains, and the
        readings in that order."""
        places = self.places[: len(readings)]
        # The unread ones stay behind: no gain is below the floor.
        floor = min(_with(each, -math.inf) for each in readings)
        gains = np.array([_gain(each) for each in readings]) - floor
        ranking, moved = self.ranking.raised(places, gains)
        now = [moved[place] for place in self.places]
        order = sorted(range(len(now)), key=now.__getitem__)
        found = replace(
            self,
            ranking=ranking,
            places=[now[number] for number in order],
            evidence=[self.evidence[number] for number in order],
            logits=tuple(self.logits[number] for number in order[: len(readings)]),
            widened=1 if readings[0].best is None else 1 + SHIPPED.span,
        )
        return found, [readings[number] for number in order[: len(readings)]]


def _gain(read: Reading) -> float:
    """What a passage gains by what was read."""
    return _bounded(read.logit) + (0.0 if read.best is None else SHIPPED.span * _bounded(read.best))


def _with(like: Reading, value: float) -> float:
    """What a passage that the same network reads would gain with this logit, and span's score."""
    return _gain(like._replace(logit=value, best=None if like.best is None else value))


def _bounded(value: float) -> float:
    return SHIPPED.gain * min(max(value, -SHIPPED.bound), SHIPPED.bound)
