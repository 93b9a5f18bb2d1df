"""``qa mcp``: the index as tools for agents, over the Model Context Protocol."""

import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa import InputError
from qa.cli.options import Options, options_of
from qa.cli.terminal.output import keep_notes, note, say
from qa.cli.tokens import token_given

if TYPE_CHECKING:
    from anyio import CancelScope
    from mcp.server.lowlevel import Server

_LOGGERS = {"mcp": logging.CRITICAL, "uvicorn": logging.CRITICAL, "asyncio": logging.ERROR}
"""Lowest level that is printed. The first two also tell of clients that are wrong or leave."""

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
            help="With --http: address to listen at.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            "--port", min=0, max=65535, metavar="N", help="With --http: 0 for any that is free."
        ),
    ] = 8766,
    token_file: Annotated[
        str | None,
        typer.Option(
            "--token-file",
            metavar="FILE",
            help="With --http: token that clients must send, else $QA_TOKEN. Needed unless it "
            "listens at this machine alone.",
        ),
    ] = None,
) -> int:
    """Serve the index to agents as tools: ask, show, verify_quote, status.

    A client of the Model Context Protocol starts this command and talks to it on standard input
    and output. It ends with its input or with SIGTERM, with 0, and with Ctrl-C, with 130.
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
    return _over_http(options, host, port, token_file) if http else _over_stdio(options)


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


def _over_http(options: Options, host: str, port: int, token_file: str | None) -> int:
    from qa.mcp import http

    token = token_given(token_file)
    with http.listen(host, port, guarded=token is not None) as listening:
        # uvicorn finishes its answers and then raises the signal again.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        say(f"listening at {http.address_of(listening)}")
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
