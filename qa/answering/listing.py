"""Every passage that answers: which are read, how likely each answers, and how many are left out.

Passages are read in the order of the probability that they have unread, down to where reading can
hardly lift one above the limit. What is listed are those whose probability is the limit or more;
the probabilities of all others, those beyond the candidates included, say how many are missed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qa.answering.depth import DEPTH, MOST, Deep, deep
from qa.answering.evidence import Evidence, evidence
from qa.answering.finding import Finding
from qa.answering.speculation import SpeculativeReading
from qa.answers import Citation
from qa.confidence.judged import drawn
from qa.confidence.logistic import logit_of
from qa.confidence.relevance import Further, PassageSignals, Relevance, RelevanceModel
from qa.confidence.shipped import RELEVANCE
from qa.listings import MissedEstimate, OtherPassages, Sample, SampledPassage
from qa.reader.network import model_weight
from qa_index.collection.protocol import Collection
from qa_index.search.query import Mode
from qa_index.vectors import Rows

Floats = NDArray[np.float64]

LEVEL = 0.9
"""Probability with which the number of missed passages lies in the interval told, if the collection
is like those of the fit."""

READ_SHARE = 0.25
"""Passages are read whose probability before is this share of the limit or more."""

READ_FROM = 0.02
"""And no less than this, however low the limit."""

EDGE = 0.002
"""Probabilities of the first answer nearer to 0 or 1 are taken for this."""

_BATCH = 16
"""Passages read between two reports of progress."""

_TAIL = 0.2
"""Share of the candidates, the last ones, that tell how the probability falls beyond them."""

_STEPS = 64
"""Points that stand for all passages beyond the candidates."""


def read_from(least: float) -> float:
    """The probability before reading from which passages are read, by the limit of the list."""
    return max(READ_SHARE * least, READ_FROM)


def clipped_logit(probability: float) -> float:
    """The logit of a probability that may be 0 or 1."""
    return logit_of(min(max(probability, EDGE), 1 - EDGE))


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The passages to list, the likeliest first, and what is known of all others.

    The fields that it shares with ``PassageList`` are described there.
    """

    passages: list[tuple[Finding, float]]
    """A finding of one passage each, and its probability."""
    expected: float
    missed: MissedEstimate
    searched: int
    candidates: int
    read: int
    sample: "DrawnSample | None"


@dataclass(frozen=True, slots=True, eq=False)
class DrawnSample:
    """Passages that are not listed, to be judged, and what is known of the others.

    The fields that it shares with ``Sample`` are described there.
    """

    passages: list[tuple[Finding, float, float]]
    """A finding of one passage each, its probability and its logit; in random order."""
    others: Further
    answered: float
    deviation: float

    def cited(self, cite: Callable[[Finding, int], Citation]) -> Sample:
        """The same with citations; ``cite`` makes one of a finding and its rank, from 1."""
        logits, counts = (each.tolist() for each in self.others)
        return Sample(
            tuple(
                SampledPassage(cite(each, rank), round(probability, 4), round(logit, 4))
                for rank, (each, probability, logit) in enumerate(self.passages, 1)
            ),
            tuple(
                OtherPassages(round(logit, 4), round(count, 4))
                for logit, count in zip(logits, counts, strict=True)
            ),
            round(self.answered, 4),
            self.deviation,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lister:
    """Lists the passages that answer one question."""

    index: Collection
    mode: Mode
    among: Rows | None
    least: float
    reading: SpeculativeReading | None
    """``None`` to read nothing."""
    sample: int = 0
    """Number of passages to draw from those that are not listed."""
    seed: int = 0
    """Decides which; the same one draws the same ones."""
    on_progress: Callable[[int, int], None] | None = None
    """Called with the passages read so far and the number to read."""
    model: RelevanceModel = RELEVANCE

    @property
    def searched(self) -> int:
        """Number of passages searched."""
        return self.index.passage_count if self.among is None else len(self.among)

    def listing(self, finding: Finding, first: float) -> Listing:
        """The listing of a question whose ``finding`` has a first passage that answers with the
        probability ``first``. Raises ``ModelUnavailable``."""
        found, signals, unread = self._deep(finding, clipped_logit(first))
        marked: dict[int, Evidence] = {}
        reads = self.reading is not None and self.mode is Mode.HYBRID and signals.model_weight > 0
        if reads:
            signals = self._read(finding, found, signals, unread.probabilities, marked)
        relevance = self.model.relevance(signals, reads=reads) if reads else unread
        probabilities = relevance.probabilities
        listed = probabilities >= self.least
        order = likeliest(probabilities, listed)
        further = self._further(found, relevance)
        missed = relevance.taken(~listed).counted(LEVEL, further=further)
        findings = self._findings(found, order.tolist(), signals.reading, marked)
        told = [round(each, 4) for each in probabilities[order].tolist()]
        return Listing(
            list(zip(findings, told, strict=True)),
            round(float(probabilities[order].sum()), 2),
            MissedEstimate(round(missed.expected, 2), missed.low, missed.high, LEVEL),
            self.searched,
            len(found.places),
            int(signals.was_read.sum()),
            self._drawn(
                found,
                relevance,
                probabilities,
                likeliest(probabilities, ~listed),
                further,
                signals.reading,
                marked,
            )
            if self.sample
            else None,
        )

    def _drawn(
        self,
        found: Deep,
        relevance: Relevance,
        probabilities: Floats,
        order: Rows,
        further: Further | None,
        reading: Floats,
        marked: dict[int, Evidence],
    ) -> DrawnSample:
        """A sample of the passages that are not listed, which are ``order``, likeliest first."""
        logits = relevance.logits
        taken = drawn(len(order), self.sample, self.seed)
        numbers = np.random.default_rng(self.seed).permutation(order[taken])
        findings = self._findings(found, numbers.tolist(), reading, marked)
        probable, logit = probabilities[numbers].tolist(), logits[numbers].tolist()
        return DrawnSample(
            list(zip(findings, probable, logit, strict=True)),
            grouped(logits[np.delete(order, taken)], further),
            relevance.answered,
            relevance.deviation,
        )

    def _deep(self, finding: Finding, first: float) -> tuple[Deep, PassageSignals, Relevance]:
        """The candidates, their signals, and the relevance that they have unread.

        They go deeper while the last ones would still be read.
        """
        depth = DEPTH
        query = finding.query
        seen = query.vector is not None and query.vector.profile.similarity is not None
        weight = model_weight(query.trust) if seen and self.mode is not Mode.BM25 else 0.0
        while True:
            found = deep(self.index, query, mode=self.mode, among=self.among, depth=depth)
            none = np.full(len(found.places), np.nan)
            signals = PassageSignals(found.score, found.share, none, first, weight)
            unread = self.model.relevance(signals, reads=False)
            taken = len(found.ranking.rows)
            last = unread.probabilities[-max(1, len(none) // 10) :]
            if taken >= self.searched or taken < depth or depth >= MOST:
                return found, signals, unread
            if not len(last) or float(last.max()) < read_from(self.least):
                return found, signals, unread
            depth = min(4 * depth, MOST)

    def _read(
        self,
        finding: Finding,
        found: Deep,
        signals: PassageSignals,
        probabilities: Floats,
        marked: dict[int, Evidence],
    ) -> PassageSignals:
        """The signals with the readings of those worth it; ``marked`` gets their evidence."""
        logits = signals.reading.copy()
        known = dict(zip(finding.rows.tolist(), range(len(finding.logits)), strict=False))
        wanted = np.flatnonzero(probabilities >= read_from(self.least))
        order = wanted[np.argsort(-probabilities[wanted], kind="stable")].tolist()
        rows = found.rows
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            if self.on_progress is not None:
                self.on_progress(start, len(order))
            fresh = [number for number in batch if int(rows[number]) not in known]
            for number in batch:
                place = known.get(int(rows[number]))
                if place is not None:
                    logits[number] = finding.logits[place]
                    marked[number] = finding.evidence[place]
            self._read_batch(found, fresh, logits, marked)
        if self.on_progress is not None and order:
            self.on_progress(len(order), len(order))
        return replace(signals, reading=logits)

    def _read_batch(
        self, found: Deep, batch: Sequence[int], logits: Floats, marked: dict[int, Evidence]
    ) -> None:
        if not batch or self.reading is None:
            return
        places = [found.places[number] for number in batch]
        before = evidence(found.ranking.candidates(places), found.query)
        asked = [
            (int(found.rows[number]), each.sentences[0])
            for number, each in zip(batch, before, strict=True)
        ]
        told = self.reading.read_all(asked)
        for number, each, read in zip(batch, before, told, strict=True):
            if read is not None:
                logits[number] = read.logit
                marked[number] = each.read(read)

    def _further(self, found: Deep, relevance: Relevance) -> Further | None:
        """The passages beyond the candidates.

        Logits fall with the logarithm of the rank. How fast, the last candidates show.
        """
        count = len(found.places)
        beyond = self.searched - len(found.ranking.rows)
        tail = int(count * _TAIL)
        if beyond <= 0 or tail < 2:
            return None
        ranks = np.log(np.arange(count - tail, count) + 1.0)
        logits = relevance.logits[-tail:]
        centred = ranks - ranks.mean()
        slope = min(float((centred * logits).sum() / (centred**2).sum()), 0.0)
        edges = np.geomspace(count, count + beyond, _STEPS + 1)
        middle = np.log(np.sqrt(edges[1:] * edges[:-1]))
        return Further(logits.mean() + slope * (middle - ranks.mean()), np.diff(edges))

    def _findings(
        self, found: Deep, numbers: Sequence[int], logits: Floats, marked: dict[int, Evidence]
    ) -> list[Finding]:
        """A finding of one passage for each number."""
        unread = [number for number in numbers if number not in marked]
        some = [found.places[number] for number in unread]
        if some:
            before = evidence(found.ranking.candidates(some), found.query)
            marked.update(zip(unread, before, strict=True))
        return [
            Finding(
                found.query,
                found.ranking,
                [found.places[number]],
                [marked[number]],
                0.0,
                logits=() if np.isnan(logits[number]) else (float(logits[number]),),
            )
            for number in numbers
        ]


def likeliest(probabilities: Floats, which: NDArray[np.bool_]) -> Rows:
    """Places of the passages in a mask of shape (n,), the likeliest first."""
    places: Rows = np.flatnonzero(which)
    return places[np.argsort(-probabilities[which], kind="stable")]


def grouped(logits: Floats, further: Further | None) -> Further:
    """Passages in at most ``_STEPS`` groups of nearly the same logit, and ``further`` ones."""
    parts = np.array_split(-np.sort(-logits), _STEPS)
    means = [float(each.mean()) for each in parts if len(each)]
    counts = [float(len(each)) for each in parts if len(each)]
    beyond = Further(np.empty(0), np.empty(0)) if further is None else further
    return Further(np.append(means, beyond.logits), np.append(counts, beyond.counts))
