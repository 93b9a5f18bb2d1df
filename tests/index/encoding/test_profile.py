"""Model profiles: found by the model's hash, or estimated from the vectors of an index."""

import numpy as np
import pytest

from qa_index.encoding import EncoderInput, models
from qa_index.encoding.models import fingerprint, locate
from qa_index.encoding.profile import (
    LEAST_SENTENCES,
    MINILM,
    UNKNOWN,
    Profile,
    fertility_range,
    profile_of,
    shown_by,
)
from qa_index.records import Span
from qa_index.vectors import Moments, similarity_distribution, usual_length
from tests.support.hashing_encoder import HashingEncoder
from tests.support.shifted_encoder import ShiftedEncoder

TEXTS = [
    f"Town {number} lives from trade {number % 7} and sea {number % 5}." for number in range(60)
]
QUESTIONS = ["What does town 7 live from?", "Which sea is it?", "How are loaves baked?"]


def moments_of(encoder: HashingEncoder | ShiftedEncoder) -> tuple[np.ndarray, np.ndarray]:
    """The sentence vectors of ``TEXTS``, and their moments."""
    encoded = encoder.encode_passages(
        [EncoderInput("", text, (Span(0, len(text)),)) for text in TEXTS]
    )
    moments = Moments(encoder.description.dimension)
    moments.add(encoded.sentences)
    return encoded.sentences, moments.finish()


def shown(asked: np.ndarray, moments: np.ndarray, count: int) -> Profile:
    return shown_by(
        mean=similarity_distribution(asked, moments).mean,
        highest=float(np.linalg.norm(asked)) * usual_length(moments),
        sentences=count,
    )


class TestPackagedModel:
    def test_has_the_profile(self) -> None:
        folder = locate(models.MINILM, offline=True)
        assert profile_of(fingerprint(folder)) is MINILM

    @pytest.mark.parametrize("similarity", np.random.default_rng(0).uniform(-1, 1, 50).tolist())
    def test_its_similarities_are_taken_bit_for_bit(self, similarity: float) -> None:
        assert MINILM.similarity is not None
        assert MINILM.similarity.standardised(similarity) == similarity

    def test_trust_falls_with_the_square(self) -> None:
        trust = [
            MINILM.fertility.trust(fertility) for fertility in (0.0, 0.3, 0.37, 0.65, 1.0, 2.0)
        ]
        assert trust == pytest.approx([1, 1, 0.81, 0.25, 0, 0])


class TestOtherModels:
    def test_have_none(self) -> None:
        assert profile_of("0" * 64) is None
        assert fertility_range("0" * 64) == MINILM.fertility

    @pytest.mark.parametrize("unrelated", [0.3, 0.73, 0.9])
    @pytest.mark.parametrize("question", QUESTIONS)
    def test_what_is_added_to_all_vectors_changes_nothing(
        self, unrelated: float, question: str
    ) -> None:
        plain = HashingEncoder(dimension=256)
        shifted = ShiftedEncoder(plain, unrelated=unrelated)
        standardised = []
        for encoder in (plain, shifted):
            vectors, moments = moments_of(encoder)
            asked = encoder.encode_question(question)
            profile = shown(asked, moments, len(vectors))
            assert profile.similarity is not None
            best = float((vectors @ asked).max())
            standardised.append(profile.similarity.standardised(best))
        assert standardised[1] == pytest.approx(standardised[0], abs=0.1)

    def test_the_length_of_vectors_changes_nothing(self) -> None:
        vectors, moments = moments_of(HashingEncoder())
        asked = HashingEncoder().encode_question(QUESTIONS[0])
        longer = Moments(vectors.shape[1])
        longer.add(5 * vectors)
        one, other = (
            shown(scale * asked, each, len(vectors))
            for scale, each in ((1, moments), (5, longer.finish()))
        )
        assert one.similarity is not None
        assert other.similarity is not None
        assert other.similarity.standardised(25 * 0.6) == pytest.approx(
            one.similarity.standardised(0.6), abs=1e-4
        )
        assert other.deviation == pytest.approx(25 * one.deviation, rel=1e-4)

    def test_the_same_text_has_a_similarity_of_one(self) -> None:
        vectors, moments = moments_of(ShiftedEncoder(HashingEncoder()))
        profile = shown(vectors[0], moments, len(vectors))
        assert profile.similarity is not None
        assert profile.similarity.standardised(1.0) == pytest.approx(1.0, abs=1e-3)
        assert profile.similarity.standardised(profile.mean) == pytest.approx(MINILM.mean)

    def test_few_sentences_show_nothing(self) -> None:
        vectors, moments = moments_of(HashingEncoder())
        assert shown(vectors[0], moments, LEAST_SENTENCES - 1) is UNKNOWN
        assert shown(vectors[0], moments, LEAST_SENTENCES) is not UNKNOWN

    @pytest.mark.parametrize("filled", [0.0, 0.25])
    def test_vectors_that_are_all_the_same_show_nothing(self, filled: float) -> None:
        vectors = np.full((30, 16), filled, dtype=np.float32)
        moments = Moments(16)
        moments.add(vectors)
        assert shown(vectors[0], moments.finish(), 30) is UNKNOWN
