"""``qa watch``: keep an index up to date while files change."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.cli.indexing import run_index
from qa.cli.options import options_of
from qa.cli.terminal.output import note, say, write_json

if TYPE_CHECKING:
    from qa import BuildReport

_ENDING = ("SIGTERM", "SIGHUP")
"""Signals of service managers and of a terminal that is closed; Windows lacks the second."""


def watch(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH", help="Files and folders to add; none to watch what is indexed."
        ),
    ] = None,
    poll: Annotated[
        float | None,
        typer.Option(
            "--poll",
            metavar="SECONDS",
            help="Look at all files every so often, where the file system does not report "
            "changes, as on network drives.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each event, one per line.")
    ] = False,
) -> int:
    """Keep the index up to date while files change.

    Brings the index up to date as `qa index PATH` does, then again after each change, until it is
    stopped by Ctrl-C or SIGTERM. What is in the way, such as a full disk or another process that
    writes the index, is told, and tried again. If a PATH is gone, its documents stay.
    """
    import qa
    from qa.rendering.watching import render_event

    options = options_of(context)
    folder = options.index_to_write() if paths else options.find_index()

    def update(paths: Sequence[Any], into: Path) -> "BuildReport":
        return run_index(paths, into, options, keep_gone=True)

    with _ended_by_signals() as ended:
        try:
            for event in qa.watch(paths or (), into=folder, poll=poll, update=update):
                for line in render_event(event, all_of_them=options.verbose):
                    if event.kind is qa.WatchKind.WAITING:
                        say(line)
                    else:
                        note(line, options)
                if as_json and not write_json(event.to_dict()):
                    break  # nobody reads any more
        except KeyboardInterrupt as interrupt:
            if not ended:
                raise
            left = f"; {interrupt}" if str(interrupt) else ""
            note(f"stopped{left}", options)
    return 0


@contextmanager
def _ended_by_signals() -> Iterator[list[int]]:
    """Makes the signals that end a service interrupt like Ctrl-C; gives those that came."""
    came: list[int] = []

    def interrupt(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    # What is ignored stays ignored, as under nohup.
    taken = [number for number in numbers if before[number] != signal.SIG_IGN]
    for number in taken:
        signal.signal(number, interrupt)
    try:
        yield came
    finally:
        for number in taken:
            signal.signal(number, before[number])
