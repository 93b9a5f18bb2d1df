"""Selects the sentences that hold the answer, by similarity, shared words and reading.

    score = trust * similarity / deviation + 8 * local share + 2 * share with the sentence before
            + 0.5 * best span + evidence

The local share is the share of the question's idf weight in a sentence, where a word weighs more
the fewer of the passage's own sentences hold it: the subject of a passage is in every sentence and
does not discriminate between them. The share with the sentence before helps sentences that continue
about what that one named. The best span, and the logit that a sentence is one of those that answer,
come from ``qa.reader``, if the passage was read; the local share is left out if the English network
read it, which tells better which words matter. The best sentence is marked, with those that answer,
too, or with the second one if neither is clearly better. Headings at the beginning of a passage say
what it is about and answer nothing: they are marked only if there is nothing else.
docs/decisions/search.md has the figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.protocol import CandidateBlock
from qa_index.records import Span
from qa_index.search.query import Query
from qa_index.search.scoring import sentence_similarities
from qa_index.terms.hashing import term_hash
from qa_index.vectors import products, ranges

if TYPE_CHECKING:
    from qa.reader.network import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceParameters:
    """How sentences are scored and when others are marked beside the best."""

    local_share: float = 8.0
    share_with_previous: float = 2.0
    span: float = 0.5
    """Weight of the best span, if the sentences were read."""
    reading: float = 0.5
    """Weight of the logit that a sentence answers, if it was read."""
    tie: float = 1.0
    """The second sentence is marked if it scores less than this below the best one."""
    near: float = 3.0
    """Others are, if they score less than this below: in a passage that was read,"""
    answering: float = 0.0
    """each whose logit is above this,"""
    most: int = 4
    """up to as many in all; in one that was not, the second"""
    added_share: float = 0.2
    """if it adds as much of the question's idf."""


SHIPPED = EvidenceParameters()

_LAST = 1e6
"""Penalty that ranks headings after every sentence."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Scores of the s sentences of a passage, which decide which of them to mark."""

    scores: Floats
    """Shape (s,)."""
    local: Floats
    """Shape (s,): what of the scores is due to local shares."""
    held: NDArray[np.bool_]
    """Shape (s, t): which of t terms of the question occur in each."""
    terms: NDArray[np.uint32]
    """Shape (t,): their hashes."""
    shares: Floats
    """Shape (t,): of the question's idf."""
    headings: int
    """Number of leading sentences that are headings."""
    logits: Mapping[int, float] | None = None
    """By sentence number: the logit that it is one of those that answer, if the passage was
    read."""
    answers: Mapping[int, Span] = field(default_factory=dict)
    """By sentence number: the position in the document of the words that answer best."""
    cells: tuple[float, ...] = ()
    """The reader's scores of the cells, if it read a row of a table."""

    @cached_property
    def sentences(self) -> tuple[int, ...]:
        """Numbers of the sentences to mark, the best first."""
        best, *others = np.argsort(-self.scores, kind="stable").tolist()
        if self.logits is not None:
            read = [each for each in others if each in self.logits and each >= self.headings]
            behind = self.scores[best] - self.scores
            too = [
                each
                for each in read
                if (each == read[0] and behind[each] < SHIPPED.tie)
                or (behind[each] < SHIPPED.near and self.logits[each] > SHIPPED.answering)
            ]
            return (best, *too[: SHIPPED.most - 1])
        for second in others[:1]:
            behind = self.scores[best] - self.scores[second]
            added = self.shares[self.held[second] & ~self.held[best]].sum()
            if behind < SHIPPED.tie or (behind < SHIPPED.near and added >= SHIPPED.added_share):
                return best, second
        return (best,)

    @cached_property
    def _standing(self) -> frozenset[int]:
        by = self.held[self.sentences[0]] | self.held[: self.headings].any(axis=0)
        return frozenset(self.terms[by].tolist())

    def holds(self, word: Sequence[str]) -> bool:
        """Whether any alternative of a question word occurs in the best sentence.

        Occurrences in the headings at the start of the passage count too.
        """
        return any(term_hash(term) in self._standing for term in word)

    @property
    def answer(self) -> Span | None:
        """The position of the answering words in the best sentence, if it was read."""
        return self.answers.get(self.sentences[0])

    def unread(self, told: "Reading") -> int | None:
        """The best sentence of prose that the reader says nothing about; ``None`` without any."""
        if not told.spans or told.cells:
            return None
        others = set(range(self.headings, len(self.scores))).difference(told.spans)
        return max(others, key=lambda number: self.scores[number], default=None)

    def read(self, told: "Reading") -> "Evidence":
        """The evidence with what the reader says of the sentences.

        Those that were not read get the lowest score of those that were.
        """
        if not told.spans:
            return self

        def every(scores: Mapping[int, float]) -> Floats:
            least = min(scores.values())
            return np.array([scores.get(number, least) for number in range(len(self.scores))])

        # Of a table, the one row is read that its words distinguish from the others.
        knows = told.best is not None and not told.cells
        scores = self.scores - self.local if knows else self.scores
        scores = scores + SHIPPED.span * every(told.spans)
        scores = scores + SHIPPED.reading * every(told.evidence)
        return replace(
            self, scores=scores, logits=told.evidence, answers=told.places, cells=told.cells
        )


def evidence(block: CandidateBlock, query: Query) -> list[Evidence]:
    """The evidence of each candidate, in the order of the block, before reading."""
    if not len(block):
        return []
    counts = block.sentence_counts
    held = _held(block, query.terms.hashes)
    local, context = _lexical_scores(held, counts, query.terms.idf)
    score = local + context
    if query.vector is not None and block.sentence_codes is not None:
        similarities = sentence_similarities(block, query.vector.components)
        score += query.trust * similarities / query.vector.sentences.deviation
    terms, idf = query.terms.hashes[held.terms], query.terms.idf
    shares = idf[held.terms] / max(float(idf.sum()), 1e-9)
    ends = np.cumsum(counts)
    found = []
    for start, end, above in zip(
        (ends - counts).tolist(), ends.tolist(), block.heading_sentences.tolist(), strict=True
    ):
        score[start : start + above] -= _LAST
        its = slice(start, end)
        found.append(Evidence(score[its], local[its], held.by[its], terms, shares, above))
    return found


class _Held(NamedTuple):
    """Which of the question's terms the s sentences of some passages hold."""

    by: NDArray[np.bool_]
    """Shape (s, t)."""
    terms: NDArray[np.int64]
    """Shape (t,): numbers of the terms that occur in any sentence; a long question has many
    more."""


def _held(block: CandidateBlock, hashes: NDArray[np.uint32]) -> _Held:
    starts = np.cumsum(block.lengths) - block.lengths
    context = block.context_lengths
    terms = block.term_hashes[ranges(starts + context, block.lengths - context)]
    lengths = block.sentence_lengths
    places = np.flatnonzero(np.isin(terms, hashes))
    number = np.searchsorted(hashes, terms[places])
    found, column = np.unique(number, return_inverse=True)
    by = np.zeros((len(lengths), len(found)), dtype=bool)
    by[np.repeat(np.arange(len(lengths)), lengths)[places], column] = True
    return _Held(by, found)


def _lexical_scores(held: _Held, counts: NDArray[np.int64], idf: Floats) -> tuple[Floats, Floats]:
    """For passages with ``counts`` sentences, by local share, and by the share with the sentence
    before; each of shape (s,)."""
    starts = np.cumsum(counts) - counts
    own, total = idf[held.terms], max(float(idf.sum()), 1e-9)
    holding = np.add.reduceat(held.by, starts, axis=0, dtype=np.int64)
    local = own * _local_idf(counts[:, None], holding)
    local_total = local.sum(axis=1) + (total - own.sum()) * _local_idf(counts, 0)
    share = (held.by * np.repeat(local, counts, axis=0)).sum(axis=1)
    share /= np.repeat(np.maximum(local_total, 1e-9), counts)
    with_previous = held.by.copy()
    with_previous[1:] |= held.by[:-1]
    with_previous[starts] = held.by[starts]
    context: Floats = SHIPPED.share_with_previous * products(with_previous, own) / total
    return SHIPPED.local_share * share, context


def _local_idf(sentences: NDArray[np.int64], holding: NDArray[np.int64] | int) -> Floats:
    """BM25's idf of a term within a passage, where ``holding`` of its ``sentences`` hold it."""
    idf: Floats = np.log1p((sentences - holding + 0.5) / (holding + 0.5))
    return idf
