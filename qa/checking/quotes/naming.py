"""Which documents a person means by the name of a source."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from qa_index.collection.protocol import Collection

_FOLDS: tuple[Callable[[str], str], ...] = (str, str.casefold)


def documents_named(index: Collection, name: str) -> set[int]:
    """Numbers of the documents that a name means; none if nothing is called so.

    A name is a path as stored or as seen from the working folder, a folder, or the end of a path,
    such as the name of a file alone. Case counts only where it tells documents apart.
    """
    paths = index.paths_and_rows[0]
    for given in dict.fromkeys((name, unquote(name))):
        for fold in _FOLDS:
            found = _named(index, paths, fold(given), fold)
            if found:
                return found
    return set()


def _named(
    index: Collection, paths: tuple[str, ...], name: str, fold: Callable[[str], str]
) -> set[int]:
    whole = {name, _from_here(index, name), _normal(name)} - {""}
    for found in (
        {number for number, path in enumerate(paths) if fold(path) in whole},
        {
            number
            for number, path in enumerate(paths)
            for each in whole
            if fold(path).startswith(each.rstrip("/") + "/")
        },
        {
            number
            for number, path in enumerate(paths)
            for each in whole
            if fold(path).endswith("/" + each.lstrip("/"))
        },
    ):
        if found:
            return found
    return set()


def _normal(name: str) -> str:
    """A path without ``./`` and ``..`` at its beginning."""
    parts = os.path.normpath(name).replace(os.sep, "/").split("/")
    return "/".join(part for part in parts if part not in {"", ".", ".."})


def _from_here(index: Collection, name: str) -> str:
    """A path from the working folder as the index names it; empty if the folder is gone."""
    try:
        whole = Path(os.path.abspath(name))  # noqa: PTH100 - resolve() would follow links
    except (OSError, ValueError):
        return ""
    root = index.root
    return (whole.relative_to(root) if whole.is_relative_to(root) else whole).as_posix()
