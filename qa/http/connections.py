"""Limits of single connections, which come before there is a request.

uvicorn waits for the head of a first request as long as a client keeps the connection open, and for
a client that does not read its response. Both would use up connections.
"""

import asyncio
from typing import Any, Literal

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from qa.http.errors import error_body
from qa.http.guard import HEADERS
from qa.http.settings import Limits

_Stage = Literal["head", "request", "flush", "idle"]


def limited(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol of a server with these limits."""

    class Limited(_Limited):
        pass

    Limited.limits = limits
    return Limited


class _Limited(H11Protocol):
    limits = Limits()
    _stage: _Stage | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.abort()
            return
        self._enter("head")

    def connection_lost(self, exc: Exception | None) -> None:
        self._enter("idle")
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._enter(self._stage_now(heard=True))

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._enter(self._stage_now(heard=False))

    def _stage_now(self, *, heard: bool) -> _Stage:
        if self.transport.is_closing() or self.transport.get_write_buffer_size():
            return "flush"
        if self.cycle is not None and not self.cycle.response_complete:
            return "request"
        return "head" if heard else "idle"

    def _enter(self, stage: _Stage) -> None:
        """Give the connection the time that a stage may take, from its begin."""
        # A head that arrives in bits is one stage; so is a body.
        if stage == self._stage and stage != "idle":
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._stage = stage
        seconds = self._seconds(stage)
        if seconds is not None:
            self._timer = self.loop.call_later(seconds, self._give_up)

    def _seconds(self, stage: _Stage) -> float | None:
        if stage == "idle":
            return None  # uvicorn closes those by itself
        if stage == "request":  # its parts have limits of their own, which answer politely
            return 3 * self.limits.transfer + 2 * self.limits.seconds
        return self.limits.transfer if stage == "head" else self.limits.seconds

    def _give_up(self) -> None:
        self._timer = None
        if self._stage == "flush" and self._stage_now(heard=False) == "idle":
            self._enter("idle")
        else:
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP."""
        headers: list[tuple[Any, Any]] = [(name, value) for name, value in HEADERS.items()]
        headers += [("content-type", "application/json"), ("connection", "close")]
        body = error_body(400, msg.rstrip(".").lower().replace("http", "HTTP"))
        headers.append(("content-length", str(len(body))))
        try:
            for event in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event))
        except h11.LocalProtocolError:  # a response has begun already
            self.transport.abort()
            return
        self.transport.close()
