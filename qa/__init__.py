"""Answers questions from your own documents with quoted, checkable passages and nothing else.

    import qa

    qa.index(["seeds"], into=".qa")
    answerer = qa.open(".qa")
    answer = answerer.ask("Who heads the forum?", k=3)
    answer.answered, answer.confidence, answer.citations[0].quote
    answer.citations[0].verify()
    qa.evaluate(answerer, "questions.jsonl")

Importing is cheap: numpy, FAISS and the model's runtime are loaded when they are first needed,
torch only to export a model once.
"""

import typing as _typing

from qa.answers import (
    Answer,
    Citation,
    Confidence,
    Lines,
    Place,
    Reason,
    Scores,
    Source,
    SourceSpan,
    Status,
)
from qa.errors import (
    EmptyQuestion,
    IndexDamaged,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexNotWritable,
    IndexProblem,
    InputError,
    ModelUnavailable,
    NothingToIndex,
    QAError,
    QuestionSetError,
    StaleSource,
    UnknownCitation,
)
from qa.library import find_index, index, open
from qa.verification import Verdict, Verification

if _typing.TYPE_CHECKING:
    from qa.calibrating import calibrate
    from qa.evaluation import evaluate
else:

    def __getattr__(name: str) -> object:
        # Their modules need numpy, which importing the library shall not load.
        if name == "evaluate":
            from qa.evaluation import evaluate

            return evaluate
        if name == "calibrate":
            from qa.calibrating import calibrate

            return calibrate
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Answer",
    "Citation",
    "Confidence",
    "EmptyQuestion",
    "IndexDamaged",
    "IndexIncompatible",
    "IndexLocked",
    "IndexMissing",
    "IndexNotWritable",
    "IndexProblem",
    "InputError",
    "Lines",
    "ModelUnavailable",
    "NothingToIndex",
    "Place",
    "QAError",
    "QuestionSetError",
    "Reason",
    "Scores",
    "Source",
    "SourceSpan",
    "StaleSource",
    "Status",
    "UnknownCitation",
    "Verdict",
    "Verification",
    "calibrate",
    "evaluate",
    "find_index",
    "index",
    "open",
]
