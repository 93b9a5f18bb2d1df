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
        ceiling=0.9851,
        intercept=0.1815,
        similarity=3.0719,
        evidence_share=-0.7472,
        matched_idf=0.0,
        log_passages=-0.2549,
        reading=0.1643,
        second=0.1616,
        lead=0.8584,
        spread=-7.0786,
    ),
    reading_alone=Calibration(
        ceiling=0.9999,
        intercept=-0.3685,
        similarity=0.0,
        evidence_share=-0.8175,
        matched_idf=0.0,
        log_passages=-0.1584,
        reading=0.1465,
        second=0.1655,
        lead=1.1651,
    ),
    with_vectors=Calibration(
        ceiling=0.9329,
        intercept=-2.2432,
        similarity=4.6212,
        evidence_share=0.3975,
        matched_idf=0.0109,
        log_passages=-0.2149,
        lead=1.3773,
        spread=-2.652,
    ),
    words_alone=Calibration(
        ceiling=0.8855,
        intercept=-1.1301,
        similarity=0.0,
        evidence_share=2.3638,
        matched_idf=0.1263,
        log_passages=-0.4672,
        lead=0.873,
    ),
    threshold=THRESHOLD,
    caution=CAUTION,
)
"""Of multilingual-e5-small, and of models that nothing is known of: their similarities are also
judged by the collection."""

FIT_OF_MINILM = ConfidenceModel(
    with_reading=Calibration(
        ceiling=0.9999,
        intercept=1.3849,
        similarity=1.9874,
        evidence_share=-0.5233,
        matched_idf=0.0,
        log_passages=-0.3599,
        reading=0.2201,
        second=0.239,
        lead=0.7952,
        spread=-13.2223,
    ),
    reading_alone=Calibration(
        ceiling=0.9999,
        intercept=0.3488,
        similarity=0.0,
        evidence_share=-0.3427,
        matched_idf=0.0,
        log_passages=-0.2778,
        reading=0.1943,
        second=0.2288,
        lead=0.9369,
    ),
    with_vectors=Calibration(
        ceiling=0.884,
        intercept=-1.4937,
        similarity=4.7746,
        evidence_share=0.94,
        matched_idf=0.1008,
        log_passages=-0.4658,
        lead=1.192,
        spread=-10.7675,
    ),
    words_alone=Calibration(
        ceiling=0.8851,
        intercept=-1.1954,
        similarity=0.0,
        evidence_share=2.3704,
        matched_idf=0.1301,
        log_passages=-0.4486,
        lead=0.8238,
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
            intercept=-1.2099,
            score=0.3473,
            behind=-0.4703,
            log_rank=-0.2327,
            share=0.7689,
            first=-0.049,
            reading=0.1402,
            read_behind=-0.2388,
        ),
        unread=RelevanceWeights(
            intercept=-2.3882,
            score=0.4552,
            behind=-0.3564,
            log_rank=-0.5414,
            share=0.0,
            first=-0.2125,
        ),
        deviation=1.355,
        anything=AnythingWeights(
            ceiling=0.8904,
            intercept=-4.8807,
            score=0.8862,
            share=3.4889,
        ),
    ),
    with_vectors=RelevanceFit(
        read=None,
        unread=RelevanceWeights(
            intercept=-2.7334,
            score=0.4822,
            behind=-0.3497,
            log_rank=-0.5304,
            share=0.4397,
            first=-0.3138,
        ),
        deviation=1.0953,
        anything=AnythingWeights(
            ceiling=0.8904,
            intercept=-4.8807,
            score=0.8862,
            share=3.4889,
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
