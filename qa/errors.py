"""The errors that the library raises, in one small hierarchy.

    QAError
    ├── InputError            wrong usage or input
    │   ├── NothingToIndex    no readable text among the given paths
    │   ├── RootGone          a path that was indexed is not there any more
    │   ├── EmptyQuestion     a question without a character in it
    │   ├── UnknownCitation   an id or place that the index does not hold
    │   └── QuestionSetError  a question set that cannot be used
    ├── IndexProblem          the index cannot be used
    │   ├── IndexMissing      there is none
    │   ├── IndexDamaged      a file fails its checksum or contradicts another
    │   ├── IndexIncompatible written by another format, or for another model
    │   ├── IndexLocked       another process is writing it
    │   ├── IndexNotWritable  the disk is full, read-only or failing
    │   └── IndexClosed       its session was closed
    ├── StaleSource           a cited source changed, under ``strict``
    ├── QuoteNotHeld          a quote that its source no longer holds
    ├── ModelUnavailable      the embedding model cannot be loaded
    ├── ParserUnavailable     the process that parses files does not start
    └── WorkersUnavailable    the cluster that prepares documents fails, or is not made for it

Each message is one line that names the thing and the remedy. The command has an exit code for each
branch, see ``qa.cli.failures``.
"""

from qa_index.errors import (
    IndexDamaged,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexNotWritable,
    IndexProblem,
    InputError,
    ModelUnavailable,
    NothingToIndex,
    ParserUnavailable,
    QAError,
    RootGone,
    WorkersUnavailable,
)

__all__ = [
    "EmptyQuestion",
    "IndexClosed",
    "IndexDamaged",
    "IndexIncompatible",
    "IndexLocked",
    "IndexMissing",
    "IndexNotWritable",
    "IndexProblem",
    "InputError",
    "ModelUnavailable",
    "NothingToIndex",
    "ParserUnavailable",
    "QAError",
    "QuestionSetError",
    "QuoteNotHeld",
    "RootGone",
    "StaleSource",
    "UnknownCitation",
    "WorkersUnavailable",
]


class EmptyQuestion(InputError):
    """A question without a character in it."""


class UnknownCitation(InputError):
    """A citation id or a place that the index does not hold."""


class QuestionSetError(InputError):
    """A question set that cannot be used as it is."""


class IndexClosed(IndexProblem):
    """The session was closed; open the index again."""


class StaleSource(QAError):
    """A cited source changed since it was indexed, and ``strict`` was asked for."""


class QuoteNotHeld(QAError):
    """A quote that its source no longer holds, or a certificate that no longer holds."""
