"""The server on a port, over streamable HTTP: each request is answered with one JSON message.

Without a token it answers only on loopback, where the names in ``Host`` and ``Origin`` are checked,
so that no page in a browser can reach it through a name of its own. Elsewhere a token is needed.
"""

import hmac
import ipaddress
import os
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import PlainTextResponse

from qa import InputError

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/mcp"
LARGEST_BODY = 1 << 20
"""Most bytes of a request."""
CONNECTIONS = 64
"""Most connections at a time; further ones are answered with 503."""
_LAST_ANSWERS = 5
"""Seconds that requests have to finish when the server ends."""


def listen(host: str, port: int, *, guarded: bool) -> socket.socket:
    """A socket that listens on ``host``; port 0 takes a free one.

    Raises ``InputError`` if it cannot listen there, or outside loopback unless a token is asked
    for (``guarded``).
    """
    if not (guarded or is_loopback(host)):
        raise InputError(
            f"whoever reaches {host} could read the documents; "
            "give a token with --token-file or $QA_TOKEN, or listen at 127.0.0.1"
        )
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(number) if number and number > 0 else "there is no such host"
        raise InputError(f"cannot listen on {host}, port {port}: {reason}") from None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address_of(listening: socket.socket) -> str:
    """The address that a client is given."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}"


async def serve(server: "Server[Any]", listening: socket.socket, token: str | None) -> None:
    """Answers on this socket until a signal ends it, which is then raised again."""
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=LARGEST_BODY,
        transport_security=_security(listening.getsockname()[1], token),
    )
    config = uvicorn.Config(
        Guard(app, token),
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=_LAST_ANSWERS,
        ws="none",
    )
    await uvicorn.Server(config).serve(sockets=[listening])


def _security(port: int, token: str | None) -> TransportSecuritySettings:
    """A token does what these checks do: no page in a browser knows it."""
    if token is not None:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    hosts = [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
    origins = [f"http://{host}" for host in hosts]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


class Guard:
    """Lets requests through to ``app`` that carry the token, and only the method that it serves.

    The server sends nothing of its own, so there is nothing to wait for with GET.
    """

    def __init__(self, app: "ASGIApp", token: str | None) -> None:
        self._app = app
        self._authorization = None if token is None else f"Bearer {token}".encode()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Serves a request as ASGI asks."""
        refused = self._refused(scope) if scope["type"] == "http" else None
        await (refused or self._app)(scope, receive, send)

    def _refused(self, scope: "Scope") -> PlainTextResponse | None:
        if self._authorization is not None:
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._authorization):
                headers = {"WWW-Authenticate": "Bearer"}
                return PlainTextResponse("a token is needed\n", 401, headers=headers)
        if scope["method"] != "POST":
            return PlainTextResponse("use POST\n", 405, headers={"Allow": "POST"})
        return None
