"""Which files are meant: patterns, as in ``.gitignore``, and places.

There is one rule for every pattern that a person gives. It is matched against the path as stored,
which starts from the folder that the index lies in. A pattern with a ``/`` that is not at its end
is fixed to a folder, as git has it: to that one, or to the folder where the person stands.
"""

import os
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from qa_index.errors import InputError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec  # slow to import; most questions have no pattern


Strings = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def several(value: Strings) -> tuple[str, ...]:
    """One string is one pattern or place, and not its characters.

    Raises ``InputError`` for anything that is neither a string nor a sequence of strings.
    """
    try:
        alone = isinstance(value, str | os.PathLike)
        return (os.fspath(value),) if alone else tuple(map(os.fspath, value))  # type: ignore[arg-type]
    except TypeError:
        raise InputError(f"a text or a list of texts is needed, not {value!r}") from None


class Patterns:
    """Patterns as in ``.gitignore``: the last one that matches decides, and ``!`` negates."""

    def __init__(self, patterns: Sequence[str], option: str) -> None:
        """``option`` is what an error names. Raises ``InputError`` for a malformed pattern."""
        negated = [pattern.startswith("!") for pattern in patterns]
        self._all_negated = bool(patterns) and all(negated)
        try:
            self._spec = _spec(patterns) if patterns else None
        except ValueError as error:
            raise InputError(f"{option}: {error}") from None

    def verdict(self, path: str) -> bool | None:
        """Whether the last pattern that matches is not negated; ``None`` if none matches.

        A folder's path ends with ``/``.
        """
        return None if self._spec is None else self._spec.check_file(path).include

    def select(self, path: str) -> bool:
        """Whether a file is selected; patterns that are all negated select everything else."""
        verdict = self.verdict(path)
        return self._all_negated if verdict is None else verdict


def _spec(patterns: Sequence[str]) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def from_root(patterns: Strings, root: Path, here: Path) -> tuple[str, ...]:
    """Patterns that a person standing in ``here`` gave, for paths as stored.

    ``root`` is the folder that stored paths are relative to; files outside it are stored with their
    absolute paths. Both are absolute.
    """
    return tuple(
        dict.fromkeys(each for given in several(patterns) for each in _from_root(given, root, here))
    )


def _from_root(pattern: str, root: Path, here: Path) -> list[str]:
    """A pattern as it is, and what it comes to if it is fixed to ``here``."""
    sign, body = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    if body in (".", ".."):
        body += "/"
    from_here = body.startswith(("./", "../"))
    fixed = "/" in body.rstrip("/") and not body.startswith("**/")
    if not fixed and not from_here:
        return [sign + body]
    found = [] if from_here else [body]
    folder = here
    body = body.removeprefix("./")
    while body.startswith("../"):
        folder, body = folder.parent, body[3:]
    if from_here:
        body = body or "**"
    if folder.is_relative_to(root):
        found.append(_below(folder.relative_to(root).as_posix(), body))
    else:
        found.append(_below(folder.as_posix(), body))
        inside = _without(root.relative_to(folder), body) if root.is_relative_to(folder) else None
        found += [] if inside is None else [inside]
    absolute = _without(root.relative_to(root.anchor), body) if body.startswith("/") else None
    found += [] if absolute is None else [absolute]
    return [sign + each for each in dict.fromkeys(found)]


def _below(folder: str, body: str) -> str:
    """The pattern ``body``, fixed to ``folder``."""
    if folder == ".":
        return body if body.startswith("/") else f"/{body}"
    return f"/{_escaped(folder.strip('/'))}/{body.lstrip('/')}"


def _escaped(name: str) -> str:
    return "".join(f"\\{each}" if each in "\\*?[]!# " else each for each in name)


def _without(folder: Path, body: str) -> str | None:
    """The pattern ``body`` below ``folder``, whose names it begins with; ``None`` if not."""
    parts = body.strip("/").split("/")
    for place, name in enumerate(folder.parts):
        if place < len(parts) and parts[place] == "**":
            return "/".join(parts[place:]) + "/" * body.endswith("/")
        if place + 1 >= len(parts) or not fnmatchcase(name, parts[place]):
            return None
    return "/" + "/".join(parts[len(folder.parts) :]) + "/" * body.endswith("/")


def selection(patterns: Strings, within: Strings, root: Path, here: Path) -> Callable[[str], bool]:
    """Tells of a stored path whether it is meant: it matches the patterns, and lies in a place.

    None of either means all. The patterns are taken as a person in the folder ``here`` means them,
    and ``root`` is the folder that stored paths are relative to. Raises ``InputError`` for a
    malformed pattern.
    """
    given, places = several(patterns), several(within)
    compiled = Patterns(from_root(given, root, here), "--filter") if given else None

    def meant(path: str) -> bool:
        if places and not lies_in(path, places):
            return False
        return compiled is None or compiled.select(path)

    return meant


def lies_in(path: str, places: Sequence[str]) -> bool:
    """Whether a stored path is one of ``places`` or lies below one; ``.`` holds every relative."""
    return any(
        path == place
        or path.startswith(f"{place.rstrip('/')}/")
        or (place == "." and not path.startswith("/"))
        for place in places
    )
