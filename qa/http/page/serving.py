"""Serves the files of the page, which are part of the package."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePath

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",  # pages of documents, which are fetched with the token
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",  # no text becomes HTML or code,
        "trusted-types 'none'",  # not even by a policy
    )
)
"""What the browser lets the page do."""

_START = "index.html"
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    media_type: str
    tag: str


@cache
def _files() -> Mapping[str, _File]:
    """The files of this package that browsers may have, by name."""
    found = {}
    for each in files(__package__).iterdir():
        media_type = _MEDIA_TYPES.get(PurePath(each.name).suffix)
        if media_type is not None:
            content = each.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            found[each.name] = _File(content, media_type, tag)
    return found


@router.api_route("/", methods=["GET", "HEAD"])
async def start(request: Request) -> Response:
    """The page."""
    return _response(request, _files()[_START])


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
async def static(request: Request, name: str) -> Response:
    """One of its files."""
    file = _files().get(name)
    if file is None or name == _START:
        raise HTTPException(404)
    return _response(request, file)


def _response(request: Request, file: _File) -> Response:
    """The file, or that it is still the same."""
    headers = {
        "etag": file.tag,
        "cache-control": "no-cache",
        "content-security-policy": POLICY,
        "content-type": file.media_type,
    }
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    if file.tag in known:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers)
