"""The numbers that belong to one embedding model, found by its hash.

Weights and thresholds elsewhere were chosen with the packaged model. Other models put similarities
elsewhere: unrelated texts have 0.73 under multilingual-e5-small, 0 under all-MiniLM-L6-v2. A model
with a profile is measured by that. For one without, the index shows what it can: the similarities
of a question to all sentences of the collection lie around ``q.m``, and none is above ``top``, the
product of the lengths of the vectors. Where a similarity lies between the two hardly depends on the
model, so that

    standardised = 1 - (1 - MINILM.mean) * (top - similarity) / (top - q.m)

stands for what the packaged model would have said. What this is worth is measured in
docs/decisions/confidence.md.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.vectors import similarity_distribution


class SimilarityScale(NamedTuple):
    """The linear map from a model's similarities to those of the packaged model."""

    factor: float
    offset: float

    def standardised(self, similarity: float) -> float:
        """What the packaged model would have said."""
        return self.factor * similarity + self.offset


@dataclass(frozen=True, slots=True)
class FertilityRange:
    """How finely a vocabulary cuts languages; see ``Encoder.fertility``."""

    known: float
    """Up to here the model knows the language: 0.23 in English, 0.37 in Spanish and German."""
    unknown: float
    """From here on it does not: letters are nearly all on their own."""

    def trust(self, fertility: float) -> float:
        """How far the model knows the language of a text, 0 to 1.

        A tokenizer leaves whole what its model was trained on and cuts the rest into letters.
        """
        share = (self.unknown - fertility) / (self.unknown - self.known)
        return min(max(share, 0.0), 1.0) ** 2


@dataclass(frozen=True, slots=True)
class Profile:
    """The numbers of one embedding model."""

    similarity: SimilarityScale | None
    """``None`` where nothing is known of its similarities, so that they must not count."""
    mean: float
    """Usual mean of a question's similarities to the sentences of a collection."""
    deviation: float
    """Usual deviation of the same: what that of a small collection is drawn towards."""
    fertility: FertilityRange


MINILM = Profile(
    similarity=SimilarityScale(factor=1.0, offset=0.0),
    mean=0.1,
    deviation=0.1,
    fertility=FertilityRange(known=0.3, unknown=1.0),
)
"""Of the packaged all-MiniLM-L6-v2, which all other numbers were chosen with. ``mean`` is 0.16 over
the seeds, 0.17 and less over paragraphs of Wikipedia, and lower for questions of other domains."""

UNKNOWN = Profile(
    similarity=None, mean=MINILM.mean, deviation=MINILM.deviation, fertility=MINILM.fertility
)
"""Of a model that nothing is known of."""

PROFILES = {"f64e2d9f0d70692eb78c9c16881dab276b793952bbf4600e782d4c88ab1acc66": MINILM}
"""By ``ModelDescription.sha256``."""

LEAST_SENTENCES = 20
"""Of an index that shows how a model measures: of fewer, the mean is mostly of those that match."""


def profile_of(sha256: str) -> Profile | None:
    """The profile of the model with this hash; ``None`` if it has none."""
    return PROFILES.get(sha256)


def fertility_range(sha256: str) -> FertilityRange:
    """That of a model; of one without a profile, the packaged model's."""
    return (profile_of(sha256) or UNKNOWN).fertility


def shown_by(question: NDArray[np.float32], moments: NDArray[np.float32], count: int) -> Profile:
    """What the ``count`` sentences of an index show of a model without a profile.

    ``question`` is a vector of shape (dimension,), ``moments`` as ``Moments.finish`` gives them for
    the sentences. ``UNKNOWN`` where they are too few, or where all are alike.
    """
    mean = similarity_distribution(question, moments).mean
    top = _length(question) * _usual_length(moments)
    room = top - mean
    if count < LEAST_SENTENCES or room <= 1e-3 * top:
        return UNKNOWN
    factor = (1 - MINILM.mean) / room
    return Profile(
        similarity=SimilarityScale(factor, 1 - factor * top),
        mean=mean,
        deviation=MINILM.deviation / factor,
        fertility=MINILM.fertility,
    )


def _length(vector: NDArray[np.float32]) -> float:
    return math.sqrt(float(np.vecdot(vector, vector)))


def _usual_length(moments: NDArray[np.float32]) -> float:
    """Root mean square of the lengths of the vectors behind ``moments``."""
    mean, covariance = moments[0], moments[1:]
    return math.sqrt(float(np.vecdot(mean, mean) + np.trace(covariance)))
