"""The shipped confidence: a fit for each embedding model that was measured."""

from qa.confidence.model import Calibration, ConfidenceModel
from qa.confidence.relevance import AnythingWeights, RelevanceFit, RelevanceModel, RelevanceWeights
from qa_index.encoding.profile import MINILM, profile_of

THRESHOLD = 0.5
"""Of an answer: it is more likely right than not."""

CAUTION = 0.6
"""See ``ConfidenceModel.caution``. It was chosen, not fitted."""

FIT_OF_MULTILINGUAL = ConfidenceModel(
    with_reading=Calibration(
        ceiling=0.931,
        intercept=1.1304,
        similarity=3.1992,
        evidence_share=-1.1477,
        matched_idf=0.0,
        log_passages=-0.3083,
        reading=0.0908,
        second=0.3414,
        rivalry=-0.8453,
        lead=0.7765,
        spread=-4.3784,
    ),
    reading_alone=Calibration(
        ceiling=0.9547,
        intercept=0.7903,
        similarity=0.0,
        evidence_share=-1.1534,
        matched_idf=0.0,
        log_passages=-0.1593,
        reading=0.0763,
        second=0.3677,
        rivalry=-0.78,
        lead=1.0166,
    ),
    with_vectors=Calibration(
        ceiling=0.9356,
        intercept=-2.0129,
        similarity=4.2479,
        evidence_share=0.7273,
        matched_idf=0.0011,
        log_passages=-0.2427,
        lead=1.3443,
        spread=-2.1458,
    ),
    words_alone=Calibration(
        ceiling=0.8571,
        intercept=-1.3535,
        similarity=0.0,
        evidence_share=2.317,
        matched_idf=0.1505,
        log_passages=-0.4538,
        lead=0.9192,
    ),
    threshold=THRESHOLD,
    caution=CAUTION,
)
"""Of multilingual-e5-small, and of models that nothing is known of: their similarities are also
judged by the collection."""

FIT_OF_MINILM = ConfidenceModel(
    with_reading=Calibration(
        ceiling=0.9205,
        intercept=1.9707,
        similarity=2.675,
        evidence_share=-0.7384,
        matched_idf=0.0,
        log_passages=-0.3927,
        reading=0.2371,
        second=0.4413,
        rivalry=-0.8073,
        lead=0.7696,
        spread=-10.4162,
    ),
    reading_alone=Calibration(
        ceiling=0.9295,
        intercept=1.5548,
        similarity=0.0,
        evidence_share=-0.5651,
        matched_idf=0.0,
        log_passages=-0.3113,
        reading=0.2235,
        second=0.4247,
        rivalry=-0.7707,
        lead=0.886,
    ),
    with_vectors=Calibration(
        ceiling=0.892,
        intercept=-2.5447,
        similarity=5.5131,
        evidence_share=1.0122,
        matched_idf=0.0755,
        log_passages=-0.4463,
        lead=1.3406,
        spread=-4.082,
    ),
    words_alone=Calibration(
        ceiling=0.8664,
        intercept=-1.012,
        similarity=0.0,
        evidence_share=2.3902,
        matched_idf=0.1756,
        log_passages=-0.5417,
        lead=0.7786,
    ),
    threshold=THRESHOLD,
    caution=CAUTION,
)
"""Of all-MiniLM-L6-v2."""


def shipped_for(sha256: str) -> ConfidenceModel:
    """The fit for the embedding model with this hash; both are made by `eval.calibration`."""
    return FIT_OF_MINILM if profile_of(sha256) is MINILM else FIT_OF_MULTILINGUAL


RELEVANCE = RelevanceModel(
    with_reading=RelevanceFit(
        read=RelevanceWeights(
            intercept=-1.1003,
            score=0.3006,
            behind=-0.5184,
            log_rank=-0.3069,
            share=1.9734,
            first=0.0147,
            reading=0.0435,
            read_behind=-0.4639,
        ),
        unread=RelevanceWeights(
            intercept=-2.8109,
            score=0.4207,
            behind=-0.3266,
            log_rank=-0.5406,
            share=2.4771,
            first=-0.2151,
        ),
        deviation=1.4368,
        anything=AnythingWeights(
            ceiling=0.8905,
            intercept=-4.2975,
            score=0.8105,
            share=3.148,
        ),
    ),
    with_vectors=RelevanceFit(
        read=None,
        unread=RelevanceWeights(
            intercept=-2.7612,
            score=0.3455,
            behind=-0.3487,
            log_rank=-0.5772,
            share=2.4217,
            first=-0.1745,
        ),
        deviation=1.1851,
        anything=AnythingWeights(
            ceiling=0.8905,
            intercept=-4.2975,
            score=0.8105,
            share=3.148,
        ),
    ),
    words_alone=RelevanceFit(
        read=None,
        unread=RelevanceWeights(
            intercept=-1.3244,
            score=0.1118,
            behind=-0.2025,
            log_rank=-0.6634,
            share=1.5857,
            first=0.2143,
        ),
        deviation=1.1624,
        anything=AnythingWeights(
            ceiling=0.9075,
            intercept=-1.7408,
            score=0.2576,
            share=2.1756,
        ),
    ),
)
"""Of every passage, with multilingual-e5-small; made by `eval.passages`."""
