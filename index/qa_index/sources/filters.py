"""Selects files by patterns, as in ``.gitignore``, and by places.

The same rule applies to every pattern that a person gives. It is matched against the stored path,
which is relative to the folder that contains the index. As in git, a pattern with a ``/`` before
its end is anchored to a folder: to that one, or to the working folder of the person.
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
    """A tuple of patterns or places; a single string counts as one, not as its characters.

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
        """``option`` is named in errors. Raises ``InputError`` for a malformed pattern."""
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
    """Patterns for stored paths, from those that a person gave in the working folder ``here``.

    ``root`` is the folder that stored paths are relative to; files outside it are stored with their
    absolute paths. Both are absolute. Raises ``InputError`` for a pattern that names ``root``
    itself, which matches no stored path: all of them are below it.
    """
    return tuple(
        dict.fromkeys(each for given in several(patterns) for each in _from_root(given, root, here))
    )


def _from_root(pattern: str, root: Path, here: Path) -> list[str]:
    """A pattern as given, and its equivalents if it is anchored to ``here``."""
    sign, body = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    if body in (".", ".."):
        body += "/"
    from_here = body.startswith(("./", "../"))
    fixed = "/" in body.rstrip("/") and not body.startswith("**/")
    if not fixed and not from_here:
        return [sign + body]
    if _is_folder(body, root, here, from_here=from_here):
        raise InputError(
            f"{pattern} names the folder that the index lies in, and patterns select what is in "
            f"it; leave it out, or go on as in {pattern.rstrip('/')}/*.md"
        )
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


def _is_folder(body: str, folder: Path, here: Path, *, from_here: bool) -> bool:
    """Whether a pattern is the path of ``folder``.

    ``/docs`` is not taken for one, even if there is such a folder: it is a pattern for ``docs``.
    """
    absolute = body.startswith("/") and "/" in body.strip("/")
    named = body.rstrip("/").rpartition("/")[2] not in {"", ".", ".."}
    return named and (absolute or from_here) and os.path.abspath(here / body) == str(folder)  # noqa: PTH100


def _below(folder: str, body: str) -> str:
    """The pattern ``body``, anchored to ``folder``."""
    if folder == ".":
        return body if body.startswith("/") else f"/{body}"
    return f"/{_escaped(folder.strip('/'))}/{body.lstrip('/')}"


def _escaped(name: str) -> str:
    return "".join(f"\\{each}" if each in "\\*?[]!# " else each for each in name)


def _without(folder: Path, body: str) -> str | None:
    """The part of ``body`` below ``folder``; ``None`` if it does not begin with that folder."""
    parts = body.strip("/").split("/")
    for place, name in enumerate(folder.parts):
        if place < len(parts) and parts[place] == "**":
            return "/".join(parts[place:]) + "/" * body.endswith("/")
        if place + 1 >= len(parts) or not fnmatchcase(name, parts[place]):
            return None
    return "/" + "/".join(parts[len(folder.parts) :]) + "/" * body.endswith("/")


def selection(patterns: Strings, within: Strings, root: Path, here: Path) -> Callable[[str], bool]:
    """A test of stored paths: whether a path matches ``patterns`` and lies in one of ``within``.

    An empty ``patterns`` or ``within`` does not restrict anything. Patterns are resolved from the
    working folder ``here``; ``root`` is the folder that stored paths are relative to. Raises
    ``InputError`` for a malformed pattern.
    """
    given, places = several(patterns), several(within)
    compiled = Patterns(from_root(given, root, here), "--filter") if given else None

    def meant(path: str) -> bool:
        if places and not lies_in(path, places):
            return False
        return compiled is None or compiled.select(path)

    return meant


def lies_in(path: str, places: Sequence[str]) -> bool:
    """Whether a stored path is in or below one of ``places``; ``.`` is above all relative ones."""
    return any(
        path == place
        or path.startswith(f"{place.rstrip('/')}/")
        or (place == "." and not path.startswith("/"))
        for place in places
    )
