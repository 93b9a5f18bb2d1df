"""Names of files and of their contents, as annotations write them: IRIs and RFC 6920 names."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

_KEPT = "/!$&'()*+,;=@~-._"
"""Signs that a path keeps. A colon is written otherwise: it would end the name of a scheme."""

_DRIVE = re.compile(r"[A-Za-z]:/")
_NI = re.compile(r"ni://[^/]{0,255}/sha-256;([A-Za-z0-9_-]{43})(?:$|[?#])", re.ASCII)
_HEXADECIMAL = re.compile(r"(?:urn:|hash://)?sha-?256[:/]([0-9A-Fa-f]{64})$", re.ASCII)


def iri_of(path: str) -> str:
    """The IRI of a source: a relative one, or with ``file:`` if the path is absolute."""
    quoted = quote(path.encode("utf-8", "surrogateescape"), safe=_KEPT)
    if _DRIVE.match(path):
        return f"file:///{path[:2]}{quoted[4:]}"
    return f"file://{quoted}" if path.startswith("/") else quoted


def path_of(iri: str) -> str:
    """The path that an IRI names; empty if it names none, such as a URN.

    Of an address on the web, the path on its server.
    """
    try:
        parts = urlsplit(iri)
    except ValueError:  # brackets that do not close
        return ""
    if parts.scheme not in {"", "file", "http", "https"} or "\0" in unquote(parts.path):
        return ""
    path = unquote(parts.path, errors="surrogateescape")
    if parts.scheme == "file" and _DRIVE.match(path[1:]):
        path = path[1:]
    return path.lstrip("/") if parts.scheme.startswith("http") else path


def file_name_of(path: str) -> str:
    """The last part of a path."""
    return PurePosixPath(path).name


def name_of_content(sha256: str) -> str:
    """``ni:///sha-256;...``, the name of a content by its SHA-256 in hexadecimal (RFC 6920)."""
    digest = urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=")
    return f"ni:///sha-256;{digest.decode()}"


def sha256_in(name: str) -> str | None:
    """The SHA-256 that a name holds, in hexadecimal; ``None`` if it holds none.

    Besides RFC 6920, ``sha256:``, ``urn:sha256:`` and ``hash://sha256/`` before 64 digits.
    """
    if match := _NI.match(name):
        return urlsafe_b64decode(f"{match[1]}=").hex()
    match = _HEXADECIMAL.match(name)
    return match[1].lower() if match else None
