"""What happens while an index is watched: one line for each change."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qa.rendering.characters import counted
from qa.rendering.reports import render_skipped

if TYPE_CHECKING:
    from qa import BuildReport, WatchEvent

_NAMED = 3
"""Number of files named of those that were added, changed or removed."""


def render_event(event: "WatchEvent", *, all_of_them: bool) -> Iterator[str]:
    """The lines of an event, each with its local time."""
    time = event.at.astimezone().strftime("%H:%M:%S")
    for line in _lines(event, all_of_them=all_of_them):
        yield f"{time} {line}"


def _lines(event: "WatchEvent", *, all_of_them: bool) -> Iterator[str]:
    if event.report is not None:
        yield _change(event.report, all_of_them=all_of_them)
        yield from render_skipped(event.report, all_of_them=all_of_them, earlier=False)
    elif event.error is not None:
        yield f"waiting: {event.error}"
    else:
        how = "" if event.poll is None else f", looking every {event.poll:g} s"
        yield f"watching {_named(event.paths, most=_NAMED)}{how}"


def _change(report: "BuildReport", *, all_of_them: bool) -> str:
    changes = {"added": report.added, "changed": report.changed, "removed": report.removed}
    most = len(max(changes.values(), key=len)) if all_of_them else _NAMED
    told = [f"{what} {_named(paths, most=most)}" for what, paths in changes.items() if paths]
    size = f"{counted(report.documents, 'document')}, {counted(report.passages, 'passage')}"
    if not told:
        return f"up to date: {size}"
    return f"{'; '.join(told)} ({size}, {report.seconds:.1f} s)"


def _named(paths: Sequence[str], *, most: int) -> str:
    """The first names, and the number of all if there are more."""
    if len(paths) <= most:
        return ", ".join(paths)
    return f"{len(paths):,} ({', '.join(paths[:most])}, …)"
