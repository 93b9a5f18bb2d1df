"""The errors that the library raises; see ``qa_index.errors`` for the tree and its exit codes."""

from qa_index.errors import (
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

__all__ = [
    "EmptyQuestion",
    "IndexDamaged",
    "IndexIncompatible",
    "IndexLocked",
    "IndexMissing",
    "IndexNotWritable",
    "IndexProblem",
    "InputError",
    "ModelUnavailable",
    "NothingToIndex",
    "QAError",
    "QuestionSetError",
    "StaleSource",
    "UnknownCitation",
]
