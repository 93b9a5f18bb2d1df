"""Parameters of the scores. docs/decisions/search.md has the measurement behind each."""

from dataclasses import dataclass

CANDIDATES = 100
"""Length of each of the two candidate lists. In trials, longer ones were not worth their time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackParameters:
    """Parameters of pseudo-relevance feedback."""

    weight: float = 2.0
    """Units for a similarity of 1 to the first passages."""
    depth: int = 50
    """Number of passages that get feedback; later ones stay behind them."""
    models: int = 3
    """Number of first passages that the others are compared with: the models."""
    spread: float = 0.5
    """Units that a model scores below the first for its share to be 1/e of the first's. A clear
    winner is nearly the only model, and stays first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpParameters:
    """What the questions before a follow-up count. docs/decisions/followups.md has the figures."""

    repeats: int = 2
    """An earlier term counts 1 / ``repeats`` of one of the follow-up."""
    vector: float = 0.5
    """Weight of the earlier questions' vector, where that of the follow-up is 1."""
    first: float = 1.5
    """Units for passages of the document that was cited first."""
    others: float = 0.75
    """Units for those of the documents that were cited next."""
    cited: int = 3
    """Number of citations whose documents get units."""


FOLLOW_UP = FollowUpParameters()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringParameters:
    """Parameters of the fused score. Its unit is a standard deviation of the similarities."""

    bm25: float = 1.0
    """Weight of BM25."""
    sentence_share: float = 6.0
    """Units of BM25 for having all of the question's words in one sentence."""
    proximity: float = 0.7
    """Weight of ``TermProximity.proximity``, in units of BM25."""
    adjacency: float = 0.4
    """Weight of the idf of terms that the passage lacks and an adjacent one holds."""
    word_unit: float = 0.1
    """Share of the question's idf that makes one unit: a typical difference between two passages,
    comparable to a standard deviation of the similarities. It needs no statistics, so it also
    works for a collection of three passages."""
    sentence_weight: float = 0.6
    """Weight of the best sentence's similarity; the passage's similarity gets the rest."""
    vector_weight: float = 0.75
    """Weight of the vectors, if the encoder knows the language."""
    debris_penalty: float = 2.0
    """Units subtracted from menus and link lists: they rank high only if nothing else comes
    close."""
    feedback: FeedbackParameters = FeedbackParameters()


SHIPPED = ScoringParameters()
