"""The numbers that belong to one embedding model, found by its hash.

Weights and thresholds elsewhere were chosen with all-MiniLM-L6-v2. Other models put similarities
elsewhere: unrelated texts have 0.73 under the published multilingual-e5-small, 0 under MiniLM. A
model with a profile is measured by that. For one without, the index shows what it can: the
similarities of a question to all its sentences lie around their mean, and none is above the highest
possible, the product of the vectors' lengths. Where a similarity lies between the two hardly
depends on the model, so that

    standardised = 1 - (1 - MINILM.mean) * (highest - similarity) / (highest - mean)

stands for what MiniLM would have said. What this is worth is measured in
docs/decisions/confidence.md. The packaged multilingual model is between the two: its mean differs
by language, 0.06 in English and 0.36 in Chinese, but what lies between mean and highest does not,
and was measured.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple


class SimilarityScale(NamedTuple):
    """The linear map from a model's similarities to those of MiniLM."""

    factor: float
    offset: float

    def standardised(self, similarity: float) -> float:
        """What MiniLM would have said."""
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
    above_mean: SimilarityScale | None = None
    """Given where the mean differs by language: the map to those of MiniLM from where a similarity
    lies between the mean (0) and the highest possible (1)."""


MINILM = Profile(
    similarity=SimilarityScale(factor=1.0, offset=0.0),
    mean=0.1,
    deviation=0.1,
    fertility=FertilityRange(known=0.3, unknown=1.0),
)
"""Of the packaged all-MiniLM-L6-v2, which all other numbers were chosen with. ``mean`` is 0.16 over
the seeds, 0.17 and less over paragraphs of Wikipedia, and lower for questions of other domains."""

MULTILINGUAL = Profile(
    similarity=None,  # by the collection
    mean=0.15,
    deviation=0.07,
    fertility=FertilityRange(known=1.0, unknown=1.5),
    above_mean=SimilarityScale(factor=1.45, offset=-0.07),
)
"""Of the packaged multilingual-e5-small. All letters on their own are Chinese; only unknown ones
are a language that it does not know. Its sentences that answer lie at 0.48 between mean and highest
in English and 0.45 in German, Russian and Chinese, the best of other texts at 0.20 and 0.25; MiniLM
gives them 0.60 and 0.27. docs/decisions/encoder.md has the measurements."""

UNKNOWN = Profile(
    similarity=None, mean=MINILM.mean, deviation=MINILM.deviation, fertility=MINILM.fertility
)
"""Of a model that nothing is known of."""

PROFILES = {
    "f64e2d9f0d70692eb78c9c16881dab276b793952bbf4600e782d4c88ab1acc66": MINILM,
    "3537fda49f772ebf3e44efd38cfaf444560613e72984497192ea130ea18b6547": MULTILINGUAL,
}
"""By ``ModelDescription.sha256``."""

LEAST_SENTENCES = 20
"""Of an index that shows how a model measures: of fewer, the mean is mostly of those that match."""

USUAL_MEAN_COUNT = 32
"""Weight of a profile's usual mean, as a number of sentences."""


def profile_of(sha256: str) -> Profile | None:
    """The profile of the model with this hash; ``None`` if it has none."""
    return PROFILES.get(sha256)


def fertility_range(sha256: str) -> FertilityRange:
    """That of a model; of one without a profile, the packaged model's."""
    return (profile_of(sha256) or UNKNOWN).fertility


def profile_in(model: str, *, mean: float, highest: float, sentences: int) -> Profile:
    """The profile to judge a question's similarities by in one collection.

    Args:
        model: ``ModelDescription.sha256``.
        mean: Of the similarities of the question to all sentences.
        highest: What a similarity can be: 1 if vectors have length 1.
        sentences: How many there are.
    """
    own = profile_of(model)
    if own is None:
        return shown_by(mean=mean, highest=highest, sentences=sentences)
    if own.above_mean is None:
        return own
    # As with the deviation: of few sentences, the mean is mostly that of those that match.
    mean = (sentences * mean + USUAL_MEAN_COUNT * own.mean) / (sentences + USUAL_MEAN_COUNT)
    factor, offset = own.above_mean
    room = max(highest - mean, 1e-3 * highest)
    similarity = SimilarityScale(factor / room, offset - factor * mean / room)
    return replace(own, similarity=similarity, mean=mean)


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
