"""Reads the body of a request before anything else happens, within limits of size and time."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.http.errors import CLOSE, error_response
from qa.http.settings import Limits


class _TooLarge(Exception):
    pass


class _Gone(Exception):
    """The client hung up."""


class Bodies:
    """Hands on requests whose bodies have arrived: a slow client keeps no worker waiting."""

    def __init__(self, app: ASGIApp, *, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limits = self._limits
        try:
            if int(Headers(scope=scope).get("content-length", "0")) > limits.body:
                raise _TooLarge
            async with asyncio.timeout(limits.transfer):
                body = await _read(receive, limits.body)
        except (_TooLarge, ValueError):
            told = f"the body is larger than {limits.body:,} bytes"
            await error_response(413, told, headers=CLOSE)(scope, receive, send)
            return
        except TimeoutError:
            told = f"the body did not arrive within {limits.transfer:g} seconds"
            await error_response(408, told, headers=CLOSE)(scope, receive, send)
            return
        except _Gone:
            return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


async def _read(receive: Receive, most: int) -> bytes:
    """The whole body; raises ``_TooLarge`` or ``_Gone``."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _TooLarge
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
