"""``qa mcp``: the index as tools for agents, over the Model Context Protocol."""

import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa import InputError
from qa.cli.options import Options, options_of
from qa.cli.output import keep_notes, note

if TYPE_CHECKING:
    from anyio import CancelScope
    from mcp.server.lowlevel import Server

TOKEN_VARIABLE = "QA_TOKEN"  # noqa: S105 - its name
_LOGGERS = {"mcp": logging.CRITICAL, "uvicorn": logging.ERROR, "asyncio": logging.ERROR}
"""Lowest level that is printed. The first one also tells of clients that are wrong or leave."""

_Run = Callable[["Server[Any]"], Awaitable[None]]
"""Serves until it is over."""


def mcp(
    context: typer.Context,
    http: Annotated[
        bool, typer.Option("--http", help="Serve over HTTP instead of standard input and output.")
    ] = False,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="HOST",
            help="With --http: where to listen. Other machines can reach anything but 127.0.0.1, "
            "so that needs a token in $QA_TOKEN.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="With --http: 0 takes a free port.")
    ] = 8765,
) -> int:
    """Serve the index to agents as tools: ask, show, verify_quote, status.

    A client of the Model Context Protocol starts this command and talks to it on standard input
    and output. It ends with its input, or with SIGTERM. docs/agents.md has the entries for common
    clients.
    """
    options = options_of(context)
    try:
        import mcp.server.lowlevel  # noqa: F401 - whether the extra is there
        import uvicorn  # noqa: F401
    except ImportError:
        raise InputError(
            "qa mcp needs packages that are not installed: pip install 'grounded-qa[mcp]'"
        ) from None
    for name, level in _LOGGERS.items():
        keep_notes([name], level, options)
    return _over_http(options, host, port) if http else _over_stdio(options)


def _over_stdio(options: Options) -> int:
    import anyio

    from qa.mcp import stdio

    if sys.stdin.isatty():
        note("waiting for a client of the Model Context Protocol; Ctrl-C ends it", options)
    streams = stdio.take_streams()

    async def run(server: "Server[Any]") -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_cancel_on_termination, tasks.cancel_scope)
            await stdio.serve(server, streams)
            tasks.cancel_scope.cancel()

    return _serve(options, run)


def _over_http(options: Options, host: str, port: int) -> int:
    from qa.mcp import http

    token = os.environ.get(TOKEN_VARIABLE) or None
    with http.listen(host, port, token) as listening:
        # uvicorn finishes its answers and then raises the signal again.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        note(f"serving on {http.address_of(listening)}", options)
        return _serve(options, lambda server: http.serve(server, listening, token))


def _serve(options: Options, run: _Run) -> int:
    import anyio

    from qa.mcp.server import Calls, server_of

    calls = Calls()
    with options.open() as session:
        try:
            anyio.run(run, server_of(session, calls))
        finally:
            calls.close()
    return 0


async def _cancel_on_termination(scope: "CancelScope") -> None:
    import anyio

    # Not every system has such a signal.
    with suppress(NotImplementedError), anyio.open_signal_receiver(signal.SIGTERM) as received:
        async for _ in received:
            scope.cancel()
