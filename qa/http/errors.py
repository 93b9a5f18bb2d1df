"""Every error in one JSON form: ``{"error": {"code": …, "message": …}}``."""

import json
from asyncio import CancelledError
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from qa import (
    IndexProblem,
    InputError,
    ModelUnavailable,
    QAError,
    StaleSource,
    UnknownCitation,
)
from qa.http.workers import Busy, TooSlow

RETRY_AFTER = 1
"""Seconds after which a client may try again: most questions take a fraction of that."""

_KINDS: tuple[tuple[type[QAError], int, str], ...] = (
    (UnknownCitation, 404, "not_found"),
    (InputError, 422, "invalid_input"),
    (StaleSource, 409, "stale_source"),
    (ModelUnavailable, 503, "model_unavailable"),
    (IndexProblem, 503, "index_unavailable"),
)
"""Status and code of each branch of ``qa.errors``, the narrower first."""

_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "body_too_large",
    415: "unsupported_media_type",
    421: "unknown_host",
    422: "invalid_input",
    500: "internal",
    503: "unavailable",
    504: "timeout",
}

_MESSAGES = {404: "there is nothing here", 405: "not with this method"}

CLOSE = {"connection": "close"}
"""Of a response that is sent before the request was read to its end."""

BODIES = ("<quote>", "<answers>", "<annotations>")
"""Names of the bodies that one route tells apart. No field is called so, and no message says
them."""


def error_body(status: int, message: str, code: str | None = None) -> bytes:
    """The JSON of an error."""
    told = {"code": code or _CODES.get(status, "error"), "message": " ".join(message.split())}
    return json.dumps({"error": told}).encode()


def error_response(
    status: int, message: str, code: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A response that tells an error."""
    body = error_body(status, message, code)
    return Response(body, status, dict(headers or {}), media_type="application/json")


def response_to(error: BaseException) -> Response:
    """The response to an error of the library, of the workers, or of the program."""
    if isinstance(error, CancelledError):
        return error_response(503, "the service is stopping", "stopping", CLOSE)
    if isinstance(error, Busy):
        again = {"retry-after": str(RETRY_AFTER)}
        return error_response(503, "too many requests are waiting; try again", "busy", again)
    if isinstance(error, TooSlow):
        return error_response(504, f"no answer within {error.seconds:g} seconds; try again")
    if isinstance(error, QAError):
        for kind, status, code in _KINDS:
            if isinstance(error, kind):
                return error_response(status, str(error), code)
    return error_response(500, "an internal error; the log of the service has more")


def add_handlers(app: FastAPI) -> None:
    """Let all errors of routes have this form."""

    async def known(_: Request, error: Exception) -> Response:
        return response_to(error)

    for kind in (QAError, Busy, TooSlow):
        app.add_exception_handler(kind, known)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _http_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    message = str(error.detail)
    if message == HTTPStatus(error.status_code).phrase:
        message = _MESSAGES.get(error.status_code, message.lower())
    elif error.status_code == 400:  # JSON that is nested too deeply, or not in UTF-8
        message = "the body is not JSON"
    return error_response(error.status_code, message, headers=error.headers)


async def _invalid(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first: dict[str, Any] = dict(error.errors()[0])
    kind, place = first["type"], [str(part) for part in first["loc"] if part not in BODIES]
    if kind == "json_invalid":
        return error_response(400, "the body is not JSON")
    where = ".".join(place[1:]) or place[0]
    if kind == "extra_forbidden":
        return error_response(422, f"there is no {where!r} to be set")
    if kind == "missing":
        return error_response(422, f"{where} is missing")
    if kind == "model_attributes_type":
        return error_response(422, "send a JSON object as application/json")
    told = str(first["msg"]).removeprefix("Value error, ")
    told = f"{told[:1].lower()}{told[1:]}"
    return error_response(422, told if kind == "value_error" else f"{where}: {told}")
