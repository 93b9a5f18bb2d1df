"""The numbers that scores are made with. docs/decisions/search.md has the measurement of each."""

from dataclasses import dataclass

CANDIDATES = 100
"""Of each of the two lists. In trials the 101st was not worth its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackParameters:
    """Of pseudo-relevance feedback."""

    weight: float = 2.0
    """Units for being all that the first passages are."""
    depth: int = 50
    """Passages that are compared with the first; later ones stay behind them."""
    models: int = 3
    """First passages that the others are compared with."""
    spread: float = 0.5
    """Units by which a model falls behind the first for its share to be 1/e of the first's. A clear
    first passage is nearly the only model, and stays first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringParameters:
    """Of the fused score. Its unit is a standard deviation of the similarities."""

    bm25: float = 1.0
    sentence_share: float = 6.0
    """Units of BM25 for having all of the question's words in one sentence."""
    proximity: float = 0.7
    """Of ``TermProximity.proximity``, in units of BM25."""
    adjacency: float = 0.4
    """Of the idf of terms that the passage lacks and an adjacent one holds."""
    word_unit: float = 0.1
    """Of the question's idf: a usual difference between two passages, as a standard deviation of
    the similarities is one. Needs no statistics, so that it holds for three passages too."""
    sentence_weight: float = 0.6
    """Of the best sentence's similarity; the rest is the passage's."""
    vector_weight: float = 0.75
    """Of the vectors, where the encoder knows the language."""
    debris_penalty: float = 2.0
    """Units that menus and link lists are set back by: they answer only where nothing else comes
    near."""
    feedback: FeedbackParameters = FeedbackParameters()


SHIPPED = ScoringParameters()
