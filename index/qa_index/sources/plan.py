"""Plans a build: finds the files and compares them with the live generation."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qa_index import formats
from qa_index.collection.engines import engine_of
from qa_index.collection.index import Index
from qa_index.collection.manifest import Root
from qa_index.collection.names import name_below
from qa_index.errors import InputError, RootGone
from qa_index.sources import files
from qa_index.sources.filters import from_root, lies_in

if TYPE_CHECKING:
    from qa_index.parsing import Recognition


class SkippedFile(NamedTuple):
    """A file that was skipped, and the reason."""

    path: str
    reason: str


class Unparsed(NamedTuple):
    """A file that its format could not parse.

    It is not tried again while its bytes, the format and the recogniser are the same: that may take
    a minute.
    """

    path: str
    reason: str
    sha256: str
    format: str
    version: int
    """Of the format."""
    recognition: str
    """``Recognition.identity``; empty if the format has no pictures to be recognised."""


class PlannedFile(NamedTuple):
    """A file to index."""

    path: str
    """As stored."""
    file: Path
    sha256: str
    size: int
    """In bytes."""
    mtime_ns: int
    unchanged: int | None
    """Its number in the live generation if the content is the same there."""
    touched: bool
    """Whether only its modification time differs there."""
    format: tuple[str, int]
    """Name and version."""
    is_text: bool
    """See ``Format.is_text``."""
    may_be_pictures: bool
    """Whether its format can have pages to be recognised."""


@dataclass(slots=True)
class Plan:
    """Every file of the next generation, in the order of stored paths, and the changes."""

    roots: tuple[Root, ...]
    files: list[PlannedFile] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
    unparsed: dict[str, Unparsed] = field(default_factory=dict)
    """Those of ``skipped`` that were read, by path."""
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Files and folders that are excluded by default."""
    kept: tuple["GoneRoot", ...] = ()
    """Roots that are gone and whose documents stay as they are."""

    @property
    def idle(self) -> bool:
        """Whether no file was added, changed or removed."""
        return not (self.added or self.changed or self.removed)

    def drop(self, found: Sequence[SkippedFile | Unparsed]) -> None:
        """Move planned files that turned out to be unreadable to those skipped."""
        if not found:
            return
        lost = {file.path for file in found}
        self.skipped += [SkippedFile(file.path, file.reason) for file in found]
        self.unparsed |= {file.path: file for file in found if isinstance(file, Unparsed)}
        self.removed = sorted({*self.removed, *lost.intersection(self.changed)})
        self.files = [file for file in self.files if file.path not in lost]
        self.added = [path for path in self.added if path not in lost]
        self.changed = [path for path in self.changed if path not in lost]


def stored_path(file: Path, folder: Path) -> str:
    """The name of a file in the index ``folder``: relative to the index's parent if inside it."""
    return name_below(file, engine_of(folder).root)


def roots_of(
    paths: Sequence[Path],
    folder: Path,
    previous: Index | None,
    *,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    default_excludes: bool = True,
) -> tuple[Root, ...]:
    """The roots of the previous index and these ``paths``; a path given again replaces its root.

    Patterns are resolved from the working folder.

    Raises ``InputError`` if there are no roots, and for patterns without a path to apply them to.
    """
    if not paths and (include or exclude or not default_excludes):
        raise InputError(
            "--include, --exclude and --no-default-excludes apply to the paths they are given "
            "with; name PATH"
        )
    start, here = engine_of(folder).root, Path.cwd()
    chosen = from_root(include, start, here), from_root(exclude, start, here)
    roots = {root.path: root for root in previous.manifest.roots} if previous else {}
    for path in paths:
        name = stored_path(path, folder)
        roots[name] = Root(name, *chosen, default_excludes)
    if not roots:
        raise InputError("nothing to index: name files or folders, as in `qa index PATH`")
    return tuple(roots[name] for name in sorted(roots))


def compare(
    roots: Sequence[Root],
    folder: Path,
    previous: Index | None,
    recognition: "Recognition",
    *,
    named: Sequence[Path] = (),
    prune: bool = False,
    keep_gone: bool = False,
    anew: bool = False,
    retry: bool = False,
) -> Plan:
    """Read and hash every file under ``roots`` and compare it with the live generation.

    With ``prune``, roots that are gone are dropped together with their documents; with
    ``keep_gone`` they and their documents stay as they are. With ``anew``, roots are not checked
    for being gone. With ``retry``, files that could not be parsed are tried again.

    Raises ``InputError`` if one of the ``named`` paths does not exist. Without ``prune`` or
    ``keep_gone``, raises ``RootGone`` if an indexed root is gone: an unmounted disk is no reason to
    drop its documents.
    """
    known = _known(previous)
    unparsed = unparsed_in(previous) if previous and not retry else {}
    for path in named:
        if not os.path.lexists(path):
            raise InputError(f"{path}: no such file or folder")
    gone = [] if anew else gone_roots(roots, engine_of(folder).root, list(known))
    if gone and not (prune or keep_gone):
        raise RootGone(_told_gone(gone, list(known)))
    lost = [root.path for root in gone]
    there = tuple(root for root in roots if root.path not in lost)
    result = Plan(tuple(roots), kept=tuple(gone)) if keep_gone else Plan(there)
    found: dict[str, PlannedFile] = {}
    skipped: dict[str, str] = {}
    for entry in _walk(there, folder):
        name = stored_path(entry.path, folder)
        if isinstance(entry, files.Skipped):
            skipped[name] = entry.reason
        elif isinstance(entry, files.LeftOut):
            result.left_out.append(name)
        elif not name.isascii() and _has_surrogates(name):
            skipped[name] = "its name is not valid UTF-8"
        elif name not in found:
            try:
                compared = _compared(name, entry, known, unparsed.get(name), recognition)
                if isinstance(compared, PlannedFile):
                    found[name] = compared
                else:
                    skipped[name] = compared.reason
                    result.unparsed[name] = compared
            except (OSError, formats.UnreadableSource) as error:
                skipped[name] = reason_of(error)
    if result.kept and previous:
        found = {**_as_stored(previous, lost), **found}
    # A file may be skipped in a folder, and read because it is named itself.
    result.skipped = [SkippedFile(*each) for each in skipped.items() if each[0] not in found]
    result.files = [found[name] for name in sorted(found)]
    for file in result.files:
        if file.unchanged is None:
            (result.changed if file.path in known else result.added).append(file.path)
    result.removed = sorted(known.keys() - found.keys())
    return result


def _as_stored(index: Index, roots: Sequence[str]) -> dict[str, PlannedFile]:
    """The documents under ``roots`` as the live generation has them, by path."""
    return {
        each.path: PlannedFile(
            each.path,
            index.root / each.path,
            each.sha256,
            each.size,
            each.mtime_ns,
            unchanged=number,
            touched=False,
            format=(each.format, each.format_version),
            is_text=True,
            may_be_pictures=False,
        )
        for number, each in enumerate(index.documents())
        if lies_in(each.path, roots)
    }


def _has_surrogates(name: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in name)


class _Known(NamedTuple):
    """A document of the live generation."""

    number: int
    sha256: str
    mtime_ns: int
    format: tuple[str, int]
    pictures: int
    recognition: str


def _known(index: Index | None) -> dict[str, _Known]:
    """The documents of the live generation, by path."""
    documents = index.documents() if index else ()
    return {
        each.path: _Known(
            number,
            each.sha256,
            each.mtime_ns,
            (each.format, each.format_version),
            each.pictures,
            each.recognition,
        )
        for number, each in enumerate(documents)
    }


class GoneRoot(NamedTuple):
    """A root whose files can no longer be found."""

    path: str
    """As stored."""
    reason: str
    """Human-readable, such as "is gone"."""


def gone_roots(roots: Sequence[Root], base: Path, documents: Sequence[str]) -> list[GoneRoot]:
    """The roots that no longer exist, or that held ``documents`` and hold nothing to index now.

    ``base`` is the folder that roots are relative to; ``documents`` are the stored paths of the
    index. A folder with no file to index counts as gone, as an unmounted disk leaves one, and so
    does one that is a file now.
    """
    known = set(documents)
    found = []
    for root in roots:
        why = _why_gone(root, base / root.path, single=root.path in known)
        if why == _GONE or (why and any(lies_in(name, [root.path]) for name in documents)):
            found.append(GoneRoot(root.path, why))
    return found


_GONE = "is gone"


def _why_gone(root: Root, path: Path, *, single: bool) -> str:
    """Why ``root``, which lies at ``path``, holds no file to index; empty if it holds one.

    ``single`` if it was a file. A folder that has become a file does not hold its files any more.
    """
    try:
        if path.is_dir():
            next(path.iterdir(), None)  # raises where it cannot be read
            found = (isinstance(entry, files.FoundFile) for entry in entries_of(root, path))
            return "" if any(found) else "holds no file any more"
        if not path.exists():
            return _GONE
        return "" if single else "is no folder any more"
    except OSError as error:
        return f"cannot be read ({reason_of(error).lower()})"


def _told_gone(gone: Sequence[GoneRoot], documents: Sequence[str]) -> str:
    lost = sum(lies_in(name, [root.path for root in gone]) for name in documents)
    names = ", ".join(f"{root.path} {root.reason}" for root in gone)
    return (
        f"{names}; the index is unchanged and still holds its documents ({lost:,}): bring it back, "
        "or forget it and them with `qa index --prune`"
    )


def _walk(roots: Sequence[Root], folder: Path) -> Iterator[files.Entry]:
    """The entries found for the roots, without those of the index itself, which may be empty."""
    engine = engine_of(folder)
    for root in roots:
        for entry in entries_of(root, engine.root / root.path):
            if not entry.path.is_relative_to(engine.folder):
                yield entry


def entries_of(root: Root, path: Path) -> Iterator[files.Entry]:
    """The entries found for a root, which lies at ``path``."""
    return files.find_files(
        [path],
        include=root.include,
        exclude=root.exclude,
        default_excludes=root.default_excludes,
        stored=root.path,
    )


def format_of(file: files.FoundFile) -> formats.Format:
    """The format of a file, from its name and its first bytes only.

    Raises ``OSError``, or ``UnreadableSource`` if there is none or the file is too large.
    """
    formats.format_of_name(file.path.name, named=file.named)  # fails before the file is opened
    found = formats.choose(file.path.name, files.read_head(file.path), named=file.named)
    files.check_size(file.path.stat().st_size)
    return found


def unparsed_in(index: Index) -> dict[str, Unparsed]:
    """The files that could not be parsed when the index was built, by path."""
    return {each[0]: Unparsed(*each) for each in index.unparsed()}


def _compared(
    name: str,
    file: files.FoundFile,
    known: dict[str, _Known],
    unparsed: Unparsed | None,
    recognition: "Recognition",
) -> PlannedFile | Unparsed:
    """Read a file and compare it; raises ``OSError`` or ``UnreadableSource``."""
    found = format_of(file)
    mtime_ns = file.path.stat().st_mtime_ns
    data = files.read_bytes(file.path)
    sha256 = hashlib.sha256(data).hexdigest()
    same = unparsed and unparsed[2:5] == (sha256, found.name, found.version)
    if (
        unparsed
        and same
        and (not found.recognising or unparsed.recognition == recognition.identity)
    ):
        return unparsed
    before = known.get(name)
    if before is None or before.sha256 != sha256:
        formats.check_readable(data, name=name)
        before = None
    elif before.format != (found.name, found.version) or not recognition.keeps(
        before.pictures, before.recognition
    ):
        before = None
    return PlannedFile(
        name,
        file.path,
        sha256,
        len(data),
        mtime_ns,
        unchanged=before.number if before else None,
        touched=before is not None and before.mtime_ns != mtime_ns,
        format=(found.name, found.version),
        is_text=found.is_text,
        may_be_pictures=found.recognising is not None,
    )


def reason_of(error: OSError | formats.UnreadableSource) -> str:
    """Why a file was skipped, in a few words."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
