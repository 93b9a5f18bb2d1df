"""The shipped confidence: a fit for each embedding model that was measured."""

from qa.confidence.model import Calibration, ConfidenceModel
from qa_index.encoding.profile import MINILM, profile_of

THRESHOLD = 0.5
"""Of an answer: it is more likely right than not."""

CAUTION = 0.6
"""See ``ConfidenceModel.caution``. It was chosen, not fitted."""

FIT_OF_MULTILINGUAL = ConfidenceModel(
    with_reading=Calibration(
        ceiling=0.9236,
        intercept=2.1007,
        similarity=4.6597,
        evidence_share=0.0,
        matched_idf=0.0715,
        log_passages=-0.4436,
        reading=0.1634,
        rivalry=-1.6217,
        margin=0.2349,
        spread=-13.196,
        ceiling_reading=0.3019,
    ),
    reading_alone=Calibration(
        ceiling=0.9282,
        intercept=1.1112,
        similarity=0.0,
        evidence_share=0.0,
        matched_idf=0.0846,
        log_passages=-0.302,
        reading=0.1523,
        rivalry=-1.5199,
        margin=0.3251,
        ceiling_reading=0.2885,
    ),
    with_vectors=Calibration(
        ceiling=0.9449,
        intercept=-1.2626,
        similarity=4.7413,
        evidence_share=0.8665,
        matched_idf=0.0924,
        log_passages=-0.323,
        margin=0.5432,
        spread=-6.5666,
    ),
    words_alone=Calibration(
        ceiling=0.9424,
        intercept=-1.0752,
        similarity=0.0,
        evidence_share=2.0396,
        matched_idf=0.1495,
        log_passages=-0.4054,
        margin=0.3061,
    ),
    threshold=THRESHOLD,
    caution=CAUTION,
)
"""Of multilingual-e5-small, and of models that nothing is known of: their similarities are also
judged by the collection."""

FIT_OF_MINILM = FIT_OF_MULTILINGUAL
"""Of all-MiniLM-L6-v2."""


def shipped_for(sha256: str) -> ConfidenceModel:
    """The fit for the embedding model with this hash; both are made by `eval.calibration`."""
    return FIT_OF_MINILM if profile_of(sha256) is MINILM else FIT_OF_MULTILINGUAL
