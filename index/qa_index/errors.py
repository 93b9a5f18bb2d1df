"""What can go wrong with sources, an index or a model.

    QAError
    ├── InputError            wrong usage or input
    │   ├── NothingToIndex    no readable text among the given paths
    │   └── RootGone          a path that was indexed is not there any more
    ├── IndexProblem          the index cannot be used
    │   ├── IndexMissing      there is none
    │   ├── IndexDamaged      a file fails its checksum or contradicts another
    │   ├── IndexIncompatible written by another format, or for another model
    │   ├── IndexLocked       another process is writing it
    │   └── IndexNotWritable  the disk is full, read-only or failing
    └── ModelUnavailable      the embedding model cannot be loaded

Each message is one line that names the thing and the remedy. ``qa.errors`` draws the whole tree.
"""

REBUILD = "run `qa index --full PATH`"
"""The remedy for an index that cannot be used. What it was made from may not be known any more."""


class QAError(Exception):
    """Base of every error that a caller is expected to handle."""


class InputError(QAError):
    """Wrong usage or input."""


class NothingToIndex(InputError):
    """No readable text among the given paths."""


class RootGone(InputError):
    """A path that the index was made from is not there any more, or is empty."""


class IndexProblem(QAError):
    """The index cannot be used as it is."""


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


class ModelUnavailable(QAError):
    """The embedding model cannot be loaded."""
