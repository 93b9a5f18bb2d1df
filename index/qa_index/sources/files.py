"""Which files there are, in a fixed order, and their bytes, safely read."""

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
"""Seconds; a file that is being saved is mostly still again by then."""
_IGNORE_FILE = ".gitignore"

MAX_BYTES = 256_000_000
"""Of a file that is read. Text in files larger than that is data; it is all held in memory."""


class FoundFile(NamedTuple):
    """A regular file."""

    path: Path
    """Below the path that was given, in the way it was given; undecodable bytes of a name are
    ``surrogateescape``d."""
    named: bool = False
    """Whether it is itself a path that was given."""


class Skipped(NamedTuple):
    """A file or folder that is left out."""

    path: Path
    reason: str
    """A few words for a person."""


class LeftOut(NamedTuple):
    """A file, or a folder with all that is in it, that is left out by default."""

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

    In folders these are passed over in silence: hidden names, what a ``.gitignore`` on the way or
    ``exclude`` matches, what ``include`` does not match if given, and folders that hold an index.
    What is left out by default is told. Patterns are those of ``filters``; ``stored`` is what the
    given folder is called in them. A path that is given is taken whatever its name. Symbolic links
    are followed as long as they stay in the given folder. Nothing but regular files is ever opened.

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
    """Of what the patterns see, before what is relative to the given folder."""


class _Ignore(NamedTuple):
    """The ``.gitignore`` of a folder."""

    folder: str
    """Relative to the given folder, with a ``/`` at the end unless empty."""
    spec: "GitIgnoreSpec"


class _Place(NamedTuple):
    """Something to visit below a given folder."""

    path: Path
    real: str
    """Its place without symbolic links, itself not yet resolved."""
    relative: str
    """From the given folder; empty for that itself."""
    ignores: tuple[_Ignore, ...]
    """From the given folder down to where it lies."""


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
    """The files below ``root``; a stack instead of recursion, since folders nest without end."""
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
    """What is at ``place``: a folder gives what is in it; nothing for what is passed over."""
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
    """Whether defaults hold: they are wanted, and ``exclude`` does not overrule them with ``!``."""
    return chosen.default_excludes and chosen.exclude.verdict(chosen.prefix + target) is None


def _inside(folder: _Place, real: str, names: Sequence[str]) -> list[_Place]:
    """What is in a folder, whose names are sorted; nothing if it holds an index."""
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
    """The patterns of a ``.gitignore``, as far as they are well formed, as git takes them."""
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
    """The first ``HEAD_BYTES`` bytes, of a file of any size; raises as ``read_bytes`` does."""
    with _opened(path) as file:
        return file.read(HEAD_BYTES)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The whole file at one moment: read again if it changes meanwhile.

    Raises ``OSError`` if it cannot be read, ``UnreadableSource`` if it is no regular file, is
    larger than ``MAX_BYTES`` or does not stop changing. Never waits for a writer, and never opens a
    device.
    """
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE)
        data = _read_once(path)
        if data is not None:
            return data
    raise UnreadableSource("it keeps changing while it is read")


def _read_once(path: str | os.PathLike[str]) -> bytes | None:
    """The file's bytes, or ``None`` if it changed meanwhile."""
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
    # It may have been replaced since: a pipe opened like this does not block.
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
