"""Binds, serves until a signal comes, and stops."""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from qa import InputError, Session
from qa.http.app import application
from qa.http.connections import limited
from qa.http.metrics import Metrics
from qa.http.observing import Log, LogHandler, no_log
from qa.http.service import Service
from qa.http.settings import Address, Limits, Settings, address_of
from qa.http.workers import Workers

STOPPING = 5
"""Seconds that requests have to end after a signal."""

_BACKLOG = 128

_LONGEST_HEAD = 32 << 10
"""Bytes of a request's head."""


def serve(
    session: Session,
    settings: Settings,
    *,
    places: tuple[str, ...] = (),
    on_listening: Callable[[str], None] = lambda _: None,
    log: Log = no_log,
    verbose: bool = False,
) -> int:
    """Serves an open index until SIGINT or SIGTERM; returns the number of the signal.

    Args:
        session: The index. It is not closed.
        settings: Where to listen, and who may ask.
        places: Files and folders to answer from, as the index names them; none for all.
        on_listening: Called with the address, such as ``http://127.0.0.1:8765``.
        log: Writes an entry for each request.
        verbose: Log the tracebacks of internal errors.

    Raises:
        InputError: It may not, or cannot, listen at this address.
        ModelUnavailable: The model cannot be loaded.
        IndexProblem: The index is damaged or incompatible.
    """
    address = address_of(settings)
    listening = _bound(address)
    limits = settings.limits
    workers = Workers(limits.concurrency, queue=limits.queue * limits.concurrency)
    with listening:
        # Loads the models, so that what is wrong with them shows before anybody asks.
        session.ask("What does it say?", k=1)
        service = Service(session, settings, workers, Metrics(), places)
        app = application(service, address, log=log, verbose=verbose)
        server = _Server(_configuration(app, limits))
        _log_to(log)
        on_listening(address.url(listening.getsockname()[1]))
        server.run(sockets=[listening])
    workers.close()
    if workers.pending:
        # A thread cannot be stopped, and the interpreter would wait for it.
        _leave_soon(server.stopped_by)
    return server.stopped_by


def _configuration(app: FastAPI, limits: Limits) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=limited(limits),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOPPING,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
    )


def _log_to(log: Log) -> None:
    """Let the server's own messages be entries of the log."""
    for name in ("uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [LogHandler(log)], False


def _bound(address: Address) -> socket.socket:
    listening = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address.host, address.port))
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        told = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"cannot listen at {address.host}:{address.port}: {told.lower()}; "
            "--port names another port"
        ) from None
    return listening


class _Server(uvicorn.Server):
    """A server that remembers which signal stopped it, instead of raising it again."""

    stopped_by = signal.SIGTERM

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Handle signals while it serves."""
        wanted = [
            each
            for each in (signal.SIGINT, signal.SIGTERM)
            # Whoever started it in the background wants Ctrl-C to be ignored.
            if signal.getsignal(each) is not signal.SIG_IGN
        ]
        if threading.current_thread() is not threading.main_thread():
            wanted = []
        before = {each: signal.signal(each, self.handle_exit) for each in wanted}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a second signal stops without waiting for requests."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self.stopped_by = signal.Signals(sig)


def _leave_soon(stopped_by: signal.Signals) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0 if stopped_by is signal.SIGTERM else 128 + stopped_by)
