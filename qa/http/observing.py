"""Counts every request and writes it to the access log, one JSON object a line."""

import asyncio
import json
import logging
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.http.errors import response_to
from qa.http.metrics import Metrics

Log = Callable[[dict[str, Any]], None]
"""Writes one entry."""

QUESTION = "qa.question"
"""Key of a request's scope under which a question is kept for the log, if that may hold it."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """Counts and logs every request."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, log: Log) -> None:
        self._app = app
        self._metrics = metrics
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, size = 0, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        started = time.perf_counter()
        self._metrics.in_progress.inc()
        try:
            await self._app(scope, receive, counted)
        finally:
            self._metrics.in_progress.dec()
            self._done(scope, status, size, time.perf_counter() - started)

    def _done(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = getattr(scope.get("route"), "path", "none")  # never what the client wrote
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        client = scope.get("client")
        entry = {
            "event": "request",
            "client": client[0] if client else None,
            "method": scope["method"],
            "path": scope["path"],
            "status": status or None,
            "bytes": size,
            "ms": round(seconds * 1000, 1),
        }
        if QUESTION in scope:
            entry["question"] = scope[QUESTION]
        self._log(entry)


class Rescued:
    """Logs what goes wrong in the application, and answers instead of it."""

    def __init__(self, app: ASGIApp, *, log: Log, verbose: bool) -> None:
        self._app = app
        self._log = log
        self._verbose = verbose

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except (Exception, asyncio.CancelledError) as error:  # cancelled: the service stops
            if isinstance(error, Exception):
                self._failed(error)
            if started:
                raise
            await response_to(error)(scope, receive, send)

    def _failed(self, error: Exception) -> None:
        entry = {"event": "error", "error": f"{type(error).__name__}: {error}"}
        if self._verbose:
            entry["traceback"] = "".join(traceback.format_exception(error))
        self._log(entry)


def write_log(entry: dict[str, Any]) -> None:
    """Writes an entry to stderr, with the time, as one line that no client can break."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    try:
        sys.stderr.write(json.dumps({"time": now, **entry}) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):  # stderr is closed
        pass


def write_errors(entry: dict[str, Any]) -> None:
    """The same, for all entries but requests."""
    if entry["event"] != "request":
        write_log(entry)


def no_log(_: dict[str, Any]) -> None:
    """Writes nothing."""


class LogHandler(logging.Handler):
    """Writes what libraries log as entries."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._write = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        entry: dict[str, Any] = {
            "event": "error" if record.levelno >= logging.ERROR else "warning",
            "error": " ".join(record.getMessage().split()),
        }
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            entry["error"] += f": {type(error).__name__}: {error}"
        self._write(entry)
