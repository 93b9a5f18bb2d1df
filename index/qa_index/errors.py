"""Everything a person can cause to go wrong, as one small tree.

    QAError
    ├── InputError            wrong usage or input                      exit 2
    │   ├── NothingToIndex    no readable text among the given paths
    │   ├── EmptyQuestion     a question without a character in it
    │   ├── UnknownCitation   an id or place that the index does not hold
    │   └── QuestionSetError  a question set that cannot be used
    ├── IndexProblem          the index cannot be used                  exit 3
    │   ├── IndexMissing      there is none
    │   ├── IndexDamaged      a file fails its checksum or contradicts another
    │   ├── IndexIncompatible written by another format, or for another model
    │   ├── IndexLocked       another process is writing it
    │   └── IndexNotWritable  the disk is full, read-only or failing
    ├── StaleSource           a cited source changed, under ``strict``  exit 4
    └── ModelUnavailable      the embedding model cannot be loaded      exit 5

Each message is one line that names the thing and the remedy. ``exit_code`` is what the command
ends with.
"""

REBUILD = "run `qa index --full PATH`"
"""The remedy for an index that cannot be used. What it was made from may not be known any more."""


class QAError(Exception):
    """Base of every error that a caller is expected to handle."""

    exit_code = 70


class InputError(QAError):
    """Wrong usage or input."""

    exit_code = 2


class NothingToIndex(InputError):
    """No readable text among the given paths."""


class EmptyQuestion(InputError):
    """A question without a character in it."""


class UnknownCitation(InputError):
    """A citation id or a place that the index does not hold."""


class QuestionSetError(InputError):
    """A question set that cannot be used as it is."""


class IndexProblem(QAError):
    """The index cannot be used as it is."""

    exit_code = 3


class IndexMissing(IndexProblem):
    """There is no index at this place."""


class IndexDamaged(IndexProblem):
    """A file of the index fails its checksum or contradicts another."""


class IndexIncompatible(IndexProblem):
    """The index was written by another format version, or for another model or analyzer."""


class IndexLocked(IndexProblem):
    """Another process is writing this index."""


class IndexNotWritable(IndexProblem):
    """The index could not be written; the previous one still answers."""


class StaleSource(QAError):
    """A cited source changed since it was indexed, and ``strict`` was asked for."""

    exit_code = 4


class ModelUnavailable(QAError):
    """The embedding model cannot be loaded."""

    exit_code = 5
