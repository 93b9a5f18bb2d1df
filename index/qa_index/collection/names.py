"""How a file is named in an index: relative to a folder, if it lies below that."""

import os
from pathlib import Path


def absolute(path: str | os.PathLike[str]) -> Path:
    """``path`` as an absolute path without ``..``; links are not followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def name_below(file: str | os.PathLike[str], root: Path) -> str:
    """``file`` with ``/`` separators, relative to ``root`` if it lies below, otherwise absolute."""
    whole = absolute(file)
    return (whole.relative_to(root) if whole.is_relative_to(root) else whole).as_posix()
