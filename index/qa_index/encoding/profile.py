"""The numbers that belong to one embedding model, found by its hash.

Weights and thresholds elsewhere were chosen with the packaged model. Other models put similarities
elsewhere: unrelated texts have 0.73 under multilingual-e5-small, 0 under all-MiniLM-L6-v2. A model
with a profile is measured by that. For one without, the index shows what it can: the similarities
of a question to all its sentences lie around their mean, and none is above the highest possible,
the product of the vectors' lengths. Where a similarity lies between the two hardly depends on the
model, so that

    standardised = 1 - (1 - MINILM.mean) * (highest - similarity) / (highest - mean)

stands for what the packaged model would have said. What this is worth is measured in
docs/decisions/confidence.md.
"""

from dataclasses import dataclass
from typing import NamedTuple


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

MULTILINGUAL = Profile(
    similarity=SimilarityScale(factor=1.0, offset=0.0),
    mean=0.1,
    deviation=0.07,
    fertility=FertilityRange(known=0.9, unknown=1.0),
)
"""Of the packaged multilingual-e5-small."""

UNKNOWN = Profile(
    similarity=None, mean=MINILM.mean, deviation=MINILM.deviation, fertility=MINILM.fertility
)
"""Of a model that nothing is known of."""

PROFILES = {
    "f64e2d9f0d70692eb78c9c16881dab276b793952bbf4600e782d4c88ab1acc66": MINILM,
    "3402c85096854d0bf798eca59d9b29ec4f1aa1e52ff52b0357940d502db7db25": MULTILINGUAL,
}
"""By ``ModelDescription.sha256``."""

LEAST_SENTENCES = 20
"""Of an index that shows how a model measures: of fewer, the mean is mostly of those that match."""


def profile_of(sha256: str) -> Profile | None:
    """The profile of the model with this hash; ``None`` if it has none."""
    return PROFILES.get(sha256)


def fertility_range(sha256: str) -> FertilityRange:
    """That of a model; of one without a profile, the packaged model's."""
    return (profile_of(sha256) or UNKNOWN).fertility


def shown_by(*, mean: float, highest: float, sentences: int) -> Profile:
    """What a collection shows of a model without a profile.

    Args:
        mean: Of the similarities of a question to all sentences.
        highest: What a similarity can be: 1 if vectors have length 1.
        sentences: How many there are.

    ``UNKNOWN`` where they are too few, or where all are alike.
    """
    room = highest - mean
    if sentences < LEAST_SENTENCES or room <= 1e-3 * highest:
        return UNKNOWN
    factor = (1 - MINILM.mean) / room
    return Profile(
        similarity=SimilarityScale(factor, 1 - factor * highest),
        mean=mean,
        deviation=MINILM.deviation / factor,
        fertility=MINILM.fertility,
    )
