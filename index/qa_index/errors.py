"""Errors of sources, indexes and models.

    QAError
    ├── InputError            wrong usage or input
    │   ├── NothingToIndex    no readable text among the given paths
    │   └── RootGone          an indexed path no longer exists
    ├── IndexProblem          the index cannot be used
    │   ├── IndexMissing      there is no index
    │   ├── IndexDamaged      a file fails its checksum or contradicts another
    │   ├── IndexIncompatible written by another format, or for another model
    │   ├── IndexLocked       another process is writing it
    │   └── IndexNotWritable  the disk is full, read-only or failing
    ├── ModelUnavailable      the embedding model cannot be loaded
    ├── ParserUnavailable     the process that parses files does not start
    └── WorkersUnavailable    the cluster that prepares documents fails, or is not made for it

Each message is one line that names the thing and the remedy. ``qa.errors`` shows the whole tree.
"""

REBUILD = "run `qa index --full PATH`"
"""Remedy for an unusable index. It asks for a path, as the indexed ones may no longer be known."""


class QAError(Exception):
    """Base of every error that a caller is expected to handle."""


class InputError(QAError):
    """Wrong usage or input."""


class NothingToIndex(InputError):
    """No readable text among the given paths."""


class RootGone(InputError):
    """A path that the index was built from no longer exists or is empty."""


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
    """The index could not be written; its previous state remains usable."""


class ModelUnavailable(QAError):
    """The embedding model cannot be loaded."""


class ParserUnavailable(QAError):
    """The process that parses files does not start. No file is to blame, and none is skipped."""


class WorkersUnavailable(QAError):
    """The cluster that prepares and encodes documents fails, or its machines are not set up so."""
