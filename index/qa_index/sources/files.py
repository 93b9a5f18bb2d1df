"""Finds source files, in a fixed order, and reads them safely."""

import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qa_index.errors import InputError
from qa_index.formats.decoding import HEAD_BYTES, UnreadableSource
from qa_index.sources.excludes import is_excluded, is_marked
from qa_index.sources.filters import Patterns, several

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec  # slow to import, and not needed to read a file

_ATTEMPTS = 3
_PAUSE = 0.05
"""Seconds between attempts; a file that is being saved is mostly complete by then."""
_IGNORE_FILE = ".gitignore"

MAX_BYTES = 256_000_000
"""Largest file that is read. Larger text files are data; a file is held in memory whole."""


class FoundFile(NamedTuple):
    """A regular file."""

    path: Path
    """Starts with the given path, as it was given. Undecodable bytes of a name are
    ``surrogateescape``d."""
    named: bool = False
    """Whether it is itself a given path."""


class Skipped(NamedTuple):
    """A file or folder that is skipped."""

    path: Path
    reason: str
    """Human-readable, a few words."""


class LeftOut(NamedTuple):
    """A file, or a folder with its contents, that is excluded by default."""

    path: Path


Entry = FoundFile | Skipped | LeftOut


def find_files(
    paths: Iterable[str | os.PathLike[str]],
    *,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    default_excludes: bool = True,
    stored: str = ".",
) -> Iterator[Entry]:
    """Every file among ``paths`` and in the folders among them, once, sorted name by name.

    In folders these are ignored silently: hidden names, what a ``.gitignore`` on the way or
    ``exclude`` matches, what ``include`` does not match if given, and folders that hold an index.
    Default exclusions are reported as ``LeftOut``. Patterns are those of ``filters``; ``stored`` is
    the name of the given folder in them. A given path is taken whatever its name. Symbolic links
    are followed as long as they stay in the given folder. Only regular files are ever opened.

    Raises ``InputError`` for a path that does not exist and for a malformed pattern.
    """
    chosen = _Choice(
        Patterns(several(include), "--include") if include else None,
        Patterns(several(exclude), "--exclude"),
        default_excludes,
        "" if stored == "." else f"{stored.rstrip('/')}/",
    )
    given = sorted({Path(path) for path in paths}, key=lambda path: path.parts)
    for path in given:
        if not os.path.lexists(path):
            raise InputError(f"{path}: no such file or folder")
    return _find(given, chosen)


class _Choice(NamedTuple):
    include: Patterns | None
    exclude: Patterns
    default_excludes: bool
    prefix: str
    """Put before paths relative to the given folder, to match them against the patterns."""


class _Ignore(NamedTuple):
    """The ``.gitignore`` of a folder."""

    folder: str
    """Relative to the given folder, with a ``/`` at the end unless empty."""
    spec: "GitIgnoreSpec"


class _Place(NamedTuple):
    """Something to visit below a given folder."""

    path: Path
    real: str
    """Its path with the symbolic links of its parents resolved."""
    relative: str
    """Path from the given folder; empty for that folder itself."""
    ignores: tuple[_Ignore, ...]
    """Those from the given folder down to its parent."""


def _find(given: Sequence[Path], chosen: _Choice) -> Iterator[Entry]:
    seen: set[str] = set()
    for path in given:
        try:
            real = os.path.realpath(path, strict=True)
            mode = Path(real).stat().st_mode
        except OSError as error:
            yield Skipped(path, _reason(error))
            continue
        if stat.S_ISDIR(mode):
            yield from _walk(path, real, chosen, seen)
        elif real not in seen:
            seen.add(real)
            yield _as_found(path, mode, named=True)


def _walk(root: Path, real_root: str, chosen: _Choice, seen: set[str]) -> Iterator[Entry]:
    """The files below ``root``. Uses a stack, as folders may nest deeper than calls can."""
    pending = [_Place(root, real_root, "", ())]
    while pending:
        place = pending.pop()
        try:
            found: list[_Place] | Entry | None = _visit(place, real_root, chosen, seen)
        except OSError as error:
            found = Skipped(place.path, _reason(error))
        if isinstance(found, list):
            pending += reversed(found)
        elif found is not None:
            yield found


def _visit(
    place: _Place, real_root: str, chosen: _Choice, seen: set[str]
) -> list[_Place] | Entry | None:
    """The entry at ``place``, or the contents of a folder; ``None`` for what is ignored."""
    real = place.real
    mode = Path(real).lstat().st_mode
    leaves = False
    if stat.S_ISLNK(mode):
        real = os.path.realpath(real, strict=True)
        leaves = os.path.commonpath((real, real_root)) != real_root
        mode = Path(real).stat().st_mode
    target = place.relative + "/" * stat.S_ISDIR(mode)
    if place.relative and _is_passed_over(place, target, chosen):
        return None
    name = place.path.name + "/" * stat.S_ISDIR(mode)
    if place.relative and is_excluded(name) and _by_default(target, chosen):
        return LeftOut(place.path)
    if leaves:
        return Skipped(place.path, "it is a link that leads out of the folder")
    if real in seen:
        return None
    seen.add(real)
    if not stat.S_ISDIR(mode):
        return _as_found(place.path, mode)
    if not _is_utf8(place.path):
        return Skipped(place.path, _NOT_UTF8)
    names = sorted(entry.name for entry in Path(real).iterdir())
    if place.relative and is_marked(names) and _by_default(target, chosen):
        return LeftOut(place.path)
    return _inside(place, real, names)


def _is_passed_over(place: _Place, target: str, chosen: _Choice) -> bool:
    if place.path.name.startswith("."):
        return True
    if chosen.exclude.verdict(chosen.prefix + target):
        return True
    is_file = not target.endswith("/")
    if chosen.include and is_file and not chosen.include.select(chosen.prefix + target):
        return True
    for ignore in reversed(place.ignores):
        verdict = ignore.spec.check_file(target.removeprefix(ignore.folder)).include
        if verdict is not None:
            return verdict
    return False


def _by_default(target: str, chosen: _Choice) -> bool:
    """Whether default exclusion applies: it is on, and ``exclude`` does not override it."""
    return chosen.default_excludes and chosen.exclude.verdict(chosen.prefix + target) is None


def _inside(folder: _Place, real: str, names: Sequence[str]) -> list[_Place]:
    """The contents of a folder, in the order of ``names``; nothing if it holds an index."""
    if "CURRENT" in names and any(name.startswith("gen-") for name in names):
        return []
    prefix = f"{folder.relative}/" if folder.relative else ""
    ignores = folder.ignores
    if _IGNORE_FILE in names:
        spec = _ignore_file(Path(real, _IGNORE_FILE))
        ignores = (*ignores, _Ignore(prefix, spec)) if spec is not None else ignores
    return [_Place(folder.path / name, f"{real}/{name}", prefix + name, ignores) for name in names]


def _as_found(path: Path, mode: int, *, named: bool = False) -> FoundFile | Skipped:
    if not _is_utf8(path):
        return Skipped(path, _NOT_UTF8)
    if not stat.S_ISREG(mode):
        return Skipped(path, _no_file(mode))
    return FoundFile(path, named)


_NOT_UTF8 = "its name is not valid UTF-8"


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_file(mode: int) -> str:
    kinds = {stat.S_IFIFO: "named pipe", stat.S_IFSOCK: "socket", stat.S_IFDIR: "folder"}
    return f"it is a {kinds.get(stat.S_IFMT(mode), 'device')}, not a file"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _ignore_file(path: Path) -> "GitIgnoreSpec | None":
    """The well-formed patterns of a ``.gitignore``; as in git, malformed ones are ignored."""
    from pathspec import GitIgnoreSpec

    try:
        lines = read_bytes(path).decode("utf-8", "surrogateescape").splitlines()
    except (OSError, UnreadableSource):
        return None
    return GitIgnoreSpec.from_lines(line for line in lines if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def read_head(path: str | os.PathLike[str]) -> bytes:
    """The first ``HEAD_BYTES`` bytes of a file of any size. Raises like ``read_bytes``."""
    with _opened(path) as file:
        return file.read(HEAD_BYTES)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """A consistent snapshot of the whole file: it is read again if it changes during the read.

    Raises ``OSError`` if it cannot be read, ``UnreadableSource`` if it is not a regular file, is
    larger than ``MAX_BYTES`` or keeps changing. Never blocks on a pipe, and never opens a device.
    """
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE)
        data = _read_once(path)
        if data is not None:
            return data
    raise UnreadableSource("it keeps changing while it is read")


def _read_once(path: str | os.PathLike[str]) -> bytes | None:
    """The file's bytes, or ``None`` if it changed during the read."""
    with _opened(path) as file:
        before = os.fstat(file.fileno())
        check_size(before.st_size)
        data = file.readall()
        after = os.fstat(file.fileno())
    return data if _state(before) == _state(after) == (len(data), before.st_mtime_ns) else None


def _opened(path: str | os.PathLike[str]) -> FileIO:
    mode = Path(path).stat().st_mode
    if not stat.S_ISREG(mode):
        raise UnreadableSource(_no_file(mode))
    # The file may have been replaced since; with these flags, opening a pipe does not block.
    file = FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC))
    mode = os.fstat(file.fileno()).st_mode
    if not stat.S_ISREG(mode):
        file.close()
        raise UnreadableSource(_no_file(mode))
    return file


def check_size(size: int) -> None:
    """Raise ``UnreadableSource`` if a file of this size, in bytes, is too large to be read."""
    if size > MAX_BYTES:
        raise UnreadableSource(
            f"it has {size / 1e6:,.0f} MB, and files over {MAX_BYTES / 1e6:,.0f} MB are not read; "
            "split it into smaller ones"
        )


def _state(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
