"""Removes rows that no generation that is kept has."""

import time
from collections.abc import Iterable, Sequence

from qa_index.collection.milvus.blobs import Ref, read_blobs
from qa_index.collection.milvus.connections import Server
from qa_index.collection.milvus.fetching import ELSEWHERE, SETTLED_SECONDS, read_root
from qa_index.collection.milvus.layout import LANE, Names, any_within, within
from qa_index.collection.milvus.root import Root, Segment, Table
from qa_index.collection.milvus.state import CLOCK_SECONDS, Commit, Hold, State, Writing, read_state
from qa_index.errors import IndexDamaged, IndexIncompatible

REPLACED_SECONDS = SETTLED_SECONDS + CLOCK_SECONDS
"""Until nobody reads at a state from before a commit, by a clock that may be wrong by
``CLOCK_SECONDS``."""

RANGES = 64
"""Ranges of keys that are removed together."""


def clean(server: Server, names: Names, writing: Writing) -> None:
    """Remove what writers left that did not finish, and generations before the last but one.

    The caller is the one writer. It removes the rows of the state last, so what fails here is done
    by the next one.
    """
    state = read_state(server, names)
    _clean_unfinished(server, names, writing, state)
    live = state.live
    if live is None:
        return
    # A question may still read at a state from before, in which one more generation is kept.
    if time.time() - live.time < REPLACED_SECONDS:
        return
    try:
        roots = [read_root(server, names, each) for each in state.kept]
        _clean_replaced(server, names, writing, state, roots)
    except (ValueError, IndexDamaged, IndexIncompatible):
        # What cannot be read does not tell what it needs. A full build may replace it.
        return
    used = {names.passages(each.manifest.model.dimension) for each in roots}
    for collection in server.collections():
        if names.is_passages(collection) and collection not in used:
            server.drop(collection)


def _clean_unfinished(server: Server, names: Names, writing: Writing, state: State) -> None:
    ended: list[Hold] = []
    for hold in state.holds.values():
        if hold.fence >= writing.hold.fence:
            continue
        ended.append(hold)
        if hold.key not in state.commits:
            lane = within("id", hold.fence * LANE, (hold.fence + 1) * LANE)
            for collection in server.collections():
                if collection in (names.data, names.terms) or names.is_passages(collection):
                    server.delete(collection, lane)
    writing.forget(
        [f"{kind}-{each.fence}-{each.token}" for each in ended for kind in ("hold", "release")]
        + [f"claim-{key[0]}-{key[1]}" for key in state.claims if key[0] < writing.hold.fence]
    )
    # Signs of life: all of those but the writer's own.
    for hold in ended:
        server.delete(names.state, f'id like "beat-{hold.fence}-{hold.token}%"')


def _clean_replaced(
    server: Server, names: Names, writing: Writing, state: State, roots: Sequence[Root]
) -> None:
    """``roots`` are those of the generations that are kept."""
    kept = state.kept
    keys = {each.key for each in kept}
    replaced = [each for each in state.commits.values() if each.key not in keys]
    if not replaced:
        return
    needed = _References(server, names, kept, roots)
    for commit in replaced:
        root = _replaced_root(server, names, commit)
        if root is not None:
            _remove(server, names, root, commit, needed)
        writing.forget([f"commit-{commit.fence}-{commit.token}"])


def _replaced_root(server: Server, names: Names, commit: Commit) -> Root | None:
    """``None`` if it was removed before, but for its row, or cannot be read."""
    try:
        [raw] = read_blobs(server, names, [commit.root])
        return None if raw is None else Root.from_json(raw, "a manifest")
    except (ValueError, IndexDamaged, IndexIncompatible):
        return None


class _References:
    """What some generations consist of."""

    def __init__(
        self, server: Server, names: Names, commits: Sequence[Commit], roots: Sequence[Root]
    ) -> None:
        tables = [_table(server, names, each) for each in roots]
        documents = {
            (Ref(*map(int, entry["record"])), Ref(*map(int, entry["text"]))): (
                int(entry["first_passage"]),
                int(entry["first_passage"] + entry["passages"]),
            )
            for table in tables
            for entry in table.entries
        }
        self.documents = documents
        """The passages of each document, given by its blobs."""
        self.blobs = {ref for root in roots for ref in root.blobs()} | {
            each.root for each in commits
        }
        self.segments = {each for root in roots for each in root.segments}


def _table(server: Server, names: Names, root: Root) -> Table:
    """All documents of a generation. Raises ``ValueError`` if a part of the list is missing."""
    raw = read_blobs(server, names, [each.ref for each in root.pages])
    return Table.joined(
        [
            Table.unpack(each or b"", page.documents)
            for each, page in zip(raw, root.pages, strict=True)
        ]
    )


def _remove(server: Server, names: Names, root: Root, commit: Commit, needed: _References) -> None:
    """Remove what a generation has and no other needs; last of all, what the rest is found by."""
    try:
        own = _References(server, names, [commit], [root])
    except ValueError:  # the rest was removed before
        own = None
    if own is not None:
        dead = own.documents.keys() - needed.documents.keys()
        blobs = [ref for each in dead for ref in each]
        collection = names.passages(root.manifest.model.dimension)
        if collection in server.collections():
            for where in _conditions([own.documents[each] for each in dead]):
                blobs += _overflow(server, collection, where)
                server.delete(collection, where)
        _remove_ranges(server, names.data, blobs)
    _remove_ranges(server, names.terms, {*root.segments} - needed.segments)
    _remove_ranges(server, names.data, root.blobs() - needed.blobs)
    _remove_ranges(server, names.data, [commit.root])


def _overflow(server: Server, collection: str, where: str) -> list[Ref]:
    """What did not fit into the rows of some passages: see ``writer``."""
    rows = server.query(
        collection,
        f'({where}) && (payload like "{ELSEWHERE}%" || terms like "{ELSEWHERE}%")',
        ["id", "payload", "terms"],
    )
    return [
        Ref(*map(int, row[name][1:].split(":")))
        for row in rows
        for name in ("payload", "terms")
        if row[name].startswith(ELSEWHERE)
    ]


def _remove_ranges(server: Server, collection: str, parts: Iterable[Ref | Segment]) -> None:
    for where in _conditions([(each.start, each.end) for each in parts]):
        server.delete(collection, where)


def _conditions(ranges: Iterable[tuple[int, int]]) -> Iterable[str]:
    """Conditions for the keys in some ranges; neighbours are joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and joined[-1][1] == start:
            joined[-1] = joined[-1][0], end
        elif end > start:
            joined.append((start, end))
    for first in range(0, len(joined), RANGES):
        yield any_within(joined[first : first + RANGES])
