"""Compares an index with the files it was built from, without reading unchanged files.

A file of the same size and modification time is assumed to be unchanged, as git and make do.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_index import formats
from qa_index.collection.index import Index
from qa_index.collection.manifest import Root
from qa_index.sources import files, touched
from qa_index.sources.filters import lies_in
from qa_index.sources.freshness import is_stale
from qa_index.sources.plan import (
    GoneRoot,
    SkippedFile,
    Unparsed,
    entries_of,
    format_of,
    gone_roots,
    reason_of,
    unparsed_in,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What `qa index` would find. Paths are as stored, in order."""

    changed: tuple[str, ...]
    vanished: tuple[str, ...]
    """Indexed, but no longer there or no longer readable."""
    new: tuple[str, ...]
    skipped: tuple[SkippedFile, ...]
    gone: tuple[GoneRoot, ...]
    """All roots that are gone, even if the comparison is restricted to some paths."""

    @property
    def fresh(self) -> bool:
        """Whether the index matches the files."""
        return not (self.changed or self.vanished or self.new or self.gone)

    @property
    def needs_update(self) -> bool:
        """Whether anything differs, apart from roots that are gone, whose documents are kept."""
        lost = [root.path for root in self.gone]
        vanished = any(not lies_in(path, lost) for path in self.vanished)
        return bool(self.changed or self.new or vanished)


def roots_above(index: Index, place: str) -> list[Root]:
    """The indexed roots that hold a stored path."""
    return [root for root in index.manifest.roots if lies_in(place, [root.path])]


def condition_of(index: Index, within: Sequence[str] | None = None) -> Condition:
    """Compare the index with the files; ``within`` restricts this to some stored paths."""

    def wanted(path: str) -> bool:
        return within is None or lies_in(path, within)

    documents = {document.path: document for document in index.documents()}
    gone = gone_roots(index.manifest.roots, index.root, list(documents))
    lost = [root.path for root in gone]
    unparsed = unparsed_in(index)
    known = {path: document for path, document in documents.items() if wanted(path)}
    present: set[str] = set()
    new: list[str] = []
    skipped: dict[str, str] = {}
    for entry in entries_now(index, within, lost):
        name = index.name_of(entry.path)
        if isinstance(entry, files.LeftOut) or not wanted(name) or name in present:
            continue
        if isinstance(entry, files.Skipped):
            skipped[name] = entry.reason
            continue
        reason = None if name in known else _unreadable(entry, name, unparsed.get(name))
        if reason is not None:
            skipped[name] = reason
            continue
        present.add(name)
        if name not in known:
            new.append(name)
    hashed = touched.load(index.folder, index.root)
    there = [document for name, document in known.items() if name in present]
    return Condition(
        changed=tuple(sorted(d.path for d in there if is_stale(d, index.root, hashed))),
        vanished=tuple(sorted(known.keys() - present)),
        new=tuple(sorted(new)),
        skipped=tuple(SkippedFile(*each) for each in skipped.items() if each[0] not in present),
        gone=tuple(gone),
    )


def entries_now(
    index: Index, within: Sequence[str] | None = None, gone: Sequence[str] = ()
) -> Iterator[files.Entry]:
    """The files now found under the roots of the index, except those ``gone``.

    ``within`` restricts them to the roots that overlap these stored paths.
    """
    for root in index.manifest.roots:
        if within is not None and not _touches(root.path, within):
            continue
        path = index.root / root.path
        if root.path not in gone and path.exists():
            yield from entries_of(root, path)


def _touches(root: str, places: Sequence[str]) -> bool:
    """Whether a root lies in one of the places, or one of the places in the root."""
    return lies_in(root, places) or any(lies_in(place, [root]) for place in places)


def _unreadable(file: files.FoundFile, name: str, unparsed: Unparsed | None) -> str | None:
    """Why a file that is not indexed would be left out; ``None`` if it would be indexed."""
    try:
        found = format_of(file)
        data = files.read_bytes(file.path)
        if unparsed and unparsed[3:5] == (found.name, found.version):
            same = unparsed.sha256 == hashlib.sha256(data).hexdigest()
            return unparsed.reason if same else None
        formats.check_readable(data, name=name)
    except (OSError, formats.UnreadableSource) as error:
        return reason_of(error)
    return None
