"""The bytes of a pack, as a page or as a ZIP archive, and what they hold.

    pack.html   the page, with the manifest put into it; the other parts stand in the page
    pack.zip    manifest.json, index.html, which is the same page, and every other part as a file

Both are functions of the parts alone. That is how a change of any byte is found: what a pack holds
is put together again, and has to give the same bytes.
"""

import json
import re
import zipfile
from base64 import b64decode
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from qa.packing.records import PAGE, Malformed, Pack
from qa_index.errors import InputError
from qa_index.formats.archive import MOST_UNPACKED, Archive
from qa_index.formats.decoding import UnreadableSource
from qa_index.sources import files

MANIFEST = "manifest.json"

MOST_BYTES = min(files.MAX_BYTES, MOST_UNPACKED)
"""Largest pack, so that each can be read again."""

MOST_JSON = 32 << 20
"""Bytes of the largest manifest, answer and block of texts in a page; parsed they take ten times as
much memory."""

_MOST_LISTED = 16 << 20
"""Bytes of the largest list of a ZIP archive's parts; each of 50 bytes takes ten times as much."""

_ZIP = b"PK\x03\x04"
_END_OF_ZIP, _ZIP64 = b"PK\x05\x06", b"PK\x06\x07"

MANIFEST_SLOT = b'<script type="application/json" id="manifest">'
PARTS_SLOT = b'<script type="application/json" id="parts">'
_SLOT_ENDS = b"</script>"

_PICTURE = re.compile(
    rb'<img data-part="(pictures/[0-9A-Za-z._-]{1,130})" src="data:image/png;base64,'
    rb'([0-9A-Za-z+/]*+={0,2}+)"'
)
"""How the page holds a picture; nothing in quotes or names can look like it, being escaped."""

Parts = dict[str, bytes]


class Container(NamedTuple):
    """A pack taken apart."""

    manifest: dict[str, Any]
    raw_manifest: bytes
    parts: Parts
    """Without page and manifest."""
    page: bytes
    """Without the manifest."""
    whole: bool
    """Whether page, manifest and parts give all bytes of the file again."""


def bytes_of(path: Path) -> bytes:
    """The bytes of a file that a person named. Raises ``InputError``."""
    try:
        return files.read_bytes(path)
    except (OSError, ValueError, UnreadableSource) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot read {path}: {reason}") from None


def canonical(data: Mapping[str, Any]) -> bytes:
    """The one way in which JSON is written, which may stand in a page as it is.

    Raises ``ValueError`` for numbers that JSON has not.
    """
    text = json.dumps(data, sort_keys=True, indent=1, allow_nan=False)
    for character in "<>&":  # in ASCII JSON they occur in strings alone
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("ascii")


def is_pack(data: bytes) -> bool:
    """Whether these bytes claim to be a pack."""
    if data.startswith(_ZIP):
        return True
    return data[:15].lower() == b"<!doctype html>" and MANIFEST_SLOT in data


def holds_nothing_else(data: bytes) -> bool:
    """Whether these bytes are a pack without parts of somebody else, so that it may be replaced."""
    try:
        held = opened(data)
        known = {part.name for part in Pack.from_dict(held.manifest).parts}
    except Malformed:
        return False
    return held.parts.keys() <= known


def block_of_texts(page: bytes) -> bytes:
    """The block of data with the parts that are texts. Raises ``Malformed``."""
    return _slot(page, PARTS_SLOT)


def html_of(page: bytes, manifest: bytes) -> bytes:
    """The page with the manifest put into it."""
    before, after = page.split(MANIFEST_SLOT)
    return before + MANIFEST_SLOT + manifest + after


def zip_of(page: bytes, manifest: bytes, parts: Parts) -> bytes:
    """The archive. Nothing is compressed: pictures are, and the bytes depend on no version."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in [(MANIFEST, manifest), (PAGE, page), *sorted(parts.items())]:
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, wherever it is written
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data)
    return file.getvalue()


def opened(data: bytes) -> Container:
    """What a pack from strangers holds. Raises ``Malformed`` if it cannot be taken apart."""
    return _from_zip(data) if data.startswith(_ZIP) else _from_html(data)


def _from_zip(data: bytes) -> Container:
    end = data[-22:]
    if not end.startswith(_END_OF_ZIP) or data[-42:-38] == _ZIP64:
        raise Malformed("it is cut off, or no archive of `qa pack`")
    if int.from_bytes(end[12:16], "little") > _MOST_LISTED:
        raise Malformed("it has more parts than any pack")
    try:
        archive = Archive(data)
        parts = {name: archive.read(name) for name in archive.names}
    except UnreadableSource as error:
        raise Malformed(str(error)) from None
    for name in (MANIFEST, PAGE):
        if name not in parts:
            raise Malformed(f"its part {name} is missing")
    manifest, page = parts.pop(MANIFEST), parts.pop(PAGE)
    whole = zip_of(page, manifest, parts) == data
    return Container(json_object(manifest, "manifest"), manifest, parts, page, whole)


def _from_html(data: bytes) -> Container:
    manifest = _slot(data, MANIFEST_SLOT)
    try:
        texts = json_object(block_of_texts(data), "block of texts")
        parts = {name: str(text).encode("utf-8", "surrogatepass") for name, text in texts.items()}
        for found in _PICTURE.finditer(data):
            parts[found[1].decode("ascii")] = b64decode(found[2], validate=True)
    except Malformed:
        raise
    except (ValueError, RecursionError):
        raise Malformed("the parts in its page cannot be read") from None
    start = data.index(MANIFEST_SLOT) + len(MANIFEST_SLOT)
    page = data[:start] + data[start + len(manifest) :]
    return Container(json_object(manifest, "manifest"), manifest, parts, page, whole=True)


def _slot(data: bytes, slot: bytes) -> bytes:
    """What stands in one of the page's blocks of data."""
    if data.count(slot) != 1:
        raise Malformed("its page does not have the blocks of data of a pack")
    start = data.index(slot) + len(slot)
    end = data.find(_SLOT_ENDS, start)
    if end < 0:
        raise Malformed("it is cut off")
    return data[start:end]


def json_object(raw: bytes, what: str) -> dict[str, Any]:
    """An object of a pack, which is called ``what``. Raises ``Malformed``."""
    if len(raw) > MOST_JSON:
        raise Malformed(f"its {what} is larger than {MOST_JSON >> 20} MiB")
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed(f"its {what} is no JSON") from None
    if not isinstance(data, dict):
        raise Malformed(f"its {what} is no object")
    return data
