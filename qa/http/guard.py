"""Who may ask: the host and origin of a request, its token; and the headers of every response.

A page of any site that a person opens can send requests to 127.0.0.1, and with a name that resolves
to it also read the answers (DNS rebinding). So the name that the service is called by counts there,
too, and so does the page that calls it.
"""

import hmac
import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.http.errors import CLOSE, error_response
from qa.http.settings import Address, Settings

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_HOST = re.compile(r"(?:\[(?P<address>[^\[\]]+)\]|(?P<name>[^:\[\]]+))(?::\d{1,5})?", re.ASCII)

_OPEN = frozenset({"/", "/health/live", "/health/ready"})
"""Paths that need no token: they say nothing about the documents."""

_STATIC = "/static/"
"""The files of the page. They hold nothing of the documents either."""

HEADERS = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every response that does not set them itself."""


class Guard:
    """Lets a request through, or refuses it in one line."""

    def __init__(self, app: ASGIApp, *, settings: Settings, address: Address) -> None:
        self._app = app
        self._origins = settings.origins
        self._token = None if settings.token is None else settings.token.encode("ascii")
        self._any_address = address.is_wildcard
        own = _LOOPBACK if address.is_loopback or address.is_wildcard else frozenset()
        self._hosts = own | {address.host, settings.host.lower()} | settings.hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "").lower()
        allowed = origin if origin in self._origins else None

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    sent.setdefault(name, value)
                if allowed:
                    sent["access-control-allow-origin"] = allowed
                    sent.add_vary_header("Origin")
            await send(message)

        response = self._refused(scope, headers) or (_preflight(headers) if allowed else None)
        if response is not None:
            await response(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)

    def _refused(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "").lower()
        if not self._knows(host):
            return error_response(
                421, "the service is not called by this name; --allow-host adds one", headers=CLOSE
            )
        if not self._comes_from_here(scope, headers, host):
            return error_response(
                403, "pages of other sites may not use this service", headers=CLOSE
            )
        if not self._is_open(scope, headers) and not self._may_ask(headers):
            again = {"www-authenticate": "Bearer", **CLOSE}
            return error_response(401, "send the token: Authorization: Bearer …", headers=again)
        return None

    def _knows(self, host: str) -> bool:
        """Whether the service goes by this name, whatever the port."""
        name = _name_in(host)
        if name in self._hosts:
            return True
        return self._any_address and _is_address(name)

    def _comes_from_here(self, scope: Scope, headers: Headers, host: str) -> bool:
        """Whether a program, the service's own page, or an allowed one sends the request."""
        origin = headers.get("origin", "").lower()
        if origin:
            return origin in self._origins or _authority_in(origin) == host
        if headers.get("sec-fetch-site", "none") in {"none", "same-origin"}:
            return True
        # A link to the page may stand anywhere.
        return scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate"

    def _is_open(self, scope: Scope, headers: Headers) -> bool:
        if scope["method"] == "OPTIONS":  # browsers ask without the token whether they may send it
            return headers.get("origin", "").lower() in self._origins
        path: str = scope["path"]
        return scope["method"] == "GET" and (path in _OPEN or path.startswith(_STATIC))

    def _may_ask(self, headers: Headers) -> bool:
        if self._token is None:
            return True
        scheme, _, sent = headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(sent.strip().encode("latin-1"), self._token)
        return same and scheme.lower() == "bearer"


def _preflight(headers: Headers) -> Response | None:
    """The answer to a browser that asks for an allowed page; ``None`` to other requests."""
    if "access-control-request-method" not in headers:
        return None
    return Response(
        status_code=204,
        headers={
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": "authorization, content-type, if-none-match",
            "access-control-max-age": "600",
        },
    )


def _name_in(host: str) -> str:
    """The name in a ``Host`` header, without brackets and port; empty if it has none."""
    match = _HOST.fullmatch(host)
    return match["address"] or match["name"] if match else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _authority_in(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None
