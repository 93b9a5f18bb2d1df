"""The server on standard input and output: one JSON-RPC message per line, and nothing else.

Standard output belongs to the protocol from the first moment of the command: whatever else is
printed there, by Python, C or a child process, goes to standard error. Reading and writing block in
threads that may be left behind, so that a signal ends the server while it waits for its client.
"""

import asyncio
import json
import logging
import os
import re
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import PARSE_ERROR, ErrorData, JSONRPCError, jsonrpc_message_adapter

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.server.lowlevel import Server

_log = logging.getLogger("qa.mcp")

LONGEST_LINE = 1 << 20
"""Most bytes of a message; a longer one is refused without being kept."""
_CHUNK = 1 << 16
_AHEAD = 16
"""Most lines that are read ahead."""
_LAST_WRITES = 2.0
"""Seconds that the client has to take the last messages."""

_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Streams(NamedTuple):
    """Descriptors of the protocol's own streams."""

    incoming: int
    outgoing: int


def take_streams() -> Streams:
    """Takes standard input and output for the protocol.

    Afterwards descriptor 0 is at its end, and what is written to descriptor 1 goes to standard
    error.
    """
    sys.stdout.flush()
    streams = Streams(os.dup(0), os.dup(1))
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    return streams


async def serve(server: "Server[Any]", streams: Streams) -> None:
    """Answers until the client closes its end."""
    to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception]()
    outgoing, from_server = anyio.create_memory_object_stream[SessionMessage]()
    writer = _Writer(streams.outgoing)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, streams.incoming, to_server, writer)
        tasks.start_soon(_write, from_server, writer, tasks.cancel_scope)
        await server.run(incoming, outgoing, server.create_initialization_options())
        with anyio.move_on_after(_LAST_WRITES):
            await writer.finish()
        tasks.cancel_scope.cancel()


async def _read(
    descriptor: int,
    to_server: "MemoryObjectSendStream[SessionMessage | Exception]",
    writer: "_Writer",
) -> None:
    async with to_server:
        async for line in _lines_from(descriptor):
            try:
                message = jsonrpc_message_adapter.validate_json(_repaired(line), by_name=False)
            except (ValueError, RecursionError):
                await writer.put(_refusal(line))
                continue
            try:
                await to_server.send(SessionMessage(message))
            except anyio.BrokenResourceError:  # a signal has ended the server
                return


async def _write(
    from_server: "MemoryObjectReceiveStream[SessionMessage]",
    writer: "_Writer",
    scope: anyio.CancelScope,
) -> None:
    async with from_server:
        async for message in from_server:
            data = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            if not await writer.put(data.encode()):
                scope.cancel()


def _repaired(line: bytes) -> bytes:
    """``line`` without escapes of half a character, which programs make that cut text anywhere."""
    if not _LONE_SURROGATE.search(line):
        return line
    text = json.dumps(json.loads(line), ensure_ascii=False)
    return text.encode("utf-8", "replace")


def _refusal(line: bytes) -> bytes:
    size = "too long" if len(line) > LONGEST_LINE else "not a JSON-RPC message"
    error = ErrorData(code=PARSE_ERROR, message=f"the line is {size}")
    refused = JSONRPCError(jsonrpc="2.0", id=None, error=error)
    data: str = refused.model_dump_json(by_alias=True)
    return data.encode()


class _Lines:
    """Lines of bytes that come in chunks; of one that is too long only the beginning is kept."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def add(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that end in ``chunk``, without empty ones."""
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            self._keep(part)
            yield from self.end()
        self._keep(rest)

    def end(self) -> Iterator[bytes]:
        """The line that has begun, if it is not empty."""
        line = bytes(self._begun)
        self._begun.clear()
        if line.strip():
            yield line

    def _keep(self, part: bytes) -> None:
        self._begun += part[: LONGEST_LINE + 1 - len(self._begun)]


async def _lines_from(descriptor: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()
    room = threading.BoundedSemaphore(_AHEAD)

    def put(line: bytes | None) -> None:
        room.acquire()
        loop.call_soon_threadsafe(lines.put_nowait, line)

    def read() -> None:
        begun = _Lines()
        with suppress(RuntimeError):  # the loop has ended
            with suppress(OSError):
                while chunk := os.read(descriptor, _CHUNK):
                    for line in begun.add(chunk):
                        put(line)
            for line in begun.end():
                put(line)
            put(None)

    _in_background(read)
    while (line := await lines.get()) is not None:
        room.release()
        yield line


class _Writer:
    """Writes lines in order, each at once, to a descriptor that may block or close."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._waiting: SimpleQueue[tuple[bytes, asyncio.Future[bool]]] = SimpleQueue()
        self._last: asyncio.Future[bool] | None = None
        _in_background(self._work)

    async def put(self, line: bytes) -> bool:
        """Whether the line was written; False once the other end is closed."""
        written = self._last = self._loop.create_future()
        self._waiting.put((line + b"\n", written))
        return await asyncio.shield(written)

    async def finish(self) -> None:
        """Waits until the last line is written."""
        if self._last is not None:
            await asyncio.shield(self._last)

    def _work(self) -> None:
        with suppress(RuntimeError):  # the loop has ended
            while True:
                data, written = self._waiting.get()
                done = _write_all(self._descriptor, data)
                self._loop.call_soon_threadsafe(_settle, written, done)


def _write_all(descriptor: int, data: bytes) -> bool:
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        return False
    return True


def _settle(future: "asyncio.Future[bool]", value: bool) -> None:
    if not future.done():
        future.set_result(value)


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()
