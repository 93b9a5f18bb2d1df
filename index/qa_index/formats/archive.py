"""Reads ZIP archives and XML from untrusted files.

Nothing is extracted to disk. Two things are limited: the unpacked size, which is counted during
unpacking whatever the archive declares, and the depth of XML, so that code may recurse over the
elements. Document types are refused, and with them external and expanding entities.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from io import BytesIO
from itertools import chain
from pathlib import PurePosixPath
from typing import cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers.expat import ExpatError, ParserCreate

from qa_index.formats.decoding import UnreadableSource

MOST_UNPACKED = 300_000_000
"""Bytes that all reads of an archive together may unpack."""
MOST_RATIO = 250
"""Unpacked to packed bytes of a part; XML of the documents tried reaches 32, deflate 1032."""
RATIO_COUNTS_FROM = 10_000_000
"""Bytes; smaller parts may have any ratio."""
DEEPEST = 256
"""Elements within one another. Tables within text boxes within tables take about 15 each."""

ENCRYPTED = "it is encrypted; save a copy without password"

_CHUNK = 1 << 16
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others are not used in documents, and LZMA can ask for gigabytes by its header alone."""
_ENCRYPTED_FLAG = 1
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error,
)  # fmt: skip
"""What ``zipfile`` raises for damaged archives. ``NotImplementedError`` is a ``RuntimeError``."""


class Archive:
    """An archive in memory. Every method raises ``UnreadableSource`` with the reason."""

    def __init__(self, data: bytes) -> None:
        self._parts: dict[str, zipfile.ZipInfo] = {}
        self._unpacked = 0
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except _DAMAGES:
            raise UnreadableSource("it is no ZIP archive, or the archive is damaged") from None
        for part in self._zip.infolist():
            name = part.filename.replace("\\", "/")
            if name.startswith("/") or ".." in PurePosixPath(name).parts:
                raise UnreadableSource(f"its part {_shown(name)} leads out of the archive")
            if name in self._parts:
                raise UnreadableSource(f"it has two parts named {_shown(name)}")
            self._parts[name] = part

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parts, in their order; folders end with ``/``."""
        return tuple(self._parts)

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def read(self, name: str) -> bytes:
        """The bytes of a part; its checksum is verified."""
        return b"".join(self._chunks(name))

    def iterparse(self, name: str, *, doctype: bool = False) -> Iterator[tuple[str, Element]]:
        """``iterparse`` over the bytes of a part, read as far as they are asked for."""
        return iterparse(self._chunks(name), name=name, doctype=doctype)

    def _chunks(self, name: str) -> Iterator[bytes]:
        part = self._parts.get(name)
        if part is None:
            raise UnreadableSource(f"its part {_shown(name)} is missing")
        if part.flag_bits & _ENCRYPTED_FLAG:
            raise UnreadableSource(ENCRYPTED)
        if part.compress_type not in _METHODS:
            raise UnreadableSource(f"its part {_shown(name)} is compressed in an unusual way")
        self._check_size(part.file_size, part)
        unpacked = 0
        try:
            with self._zip.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    unpacked += len(chunk)
                    self._unpacked += len(chunk)
                    self._check_size(unpacked, part)
                    yield chunk
        except _DAMAGES:
            raise UnreadableSource(f"its part {_shown(name)} is damaged") from None

    def _check_size(self, unpacked: int, part: zipfile.ZipInfo) -> None:
        if max(unpacked, self._unpacked) > MOST_UNPACKED:
            raise UnreadableSource(f"it unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
        if unpacked > max(RATIO_COUNTS_FROM, MOST_RATIO * part.compress_size):
            raise UnreadableSource(
                f"its part {_shown(part.filename)} unpacks to over {MOST_RATIO} times its size"
            )


def iterparse(
    chunks: Iterable[bytes], *, name: str, doctype: bool = False
) -> Iterator[tuple[str, Element]]:
    """``start`` and ``end`` events with their elements, as ``ElementTree.iterparse`` gives them.

    Clear each element after use, or all stay in memory. ``doctype`` allows a document
    type without declarations of its own, which is not looked up. Raises ``UnreadableSource``;
    ``name`` is how its message calls the XML.
    """
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    depth = 0
    try:
        for chunk in chain(_without_doctype(chunks, doctype), (b"",)):
            if chunk:
                parser.feed(chunk)
            else:
                parser.close()
            events = cast("Iterator[tuple[str, Element]]", parser.read_events())
            for event, element in events:
                depth += 1 if event == "start" else -1
                if depth > DEEPEST:
                    raise UnreadableSource(
                        f"the elements of {_shown(name)} are nested deeper than {DEEPEST}"
                    )
                yield event, element
    except (ParseError, ExpatError, LookupError, ValueError) as error:
        # LookupError and ValueError: an encoding that is unknown or not supported
        raise UnreadableSource(f"the XML of {_shown(name)} is damaged ({error})") from None


@lru_cache(4096)  # a document has a few hundred tags; a hostile one must not fill the memory
def local(tag: str) -> str:
    """A tag or attribute without its namespace."""
    return tag.rpartition("}")[2]


class _PrologEnds(Exception):
    """The first element begins."""


def _without_doctype(chunks: Iterable[bytes], allowed: bool) -> Iterator[bytes]:
    """The same chunks, each checked before it is given on.

    ElementTree's parser does not tell document types, and a search for the bytes misses other
    encodings. So a parser of its own reads up to the first element.
    """

    def refuse(_name: str, _system: str | None, _public: str | None, internal: bool) -> None:
        if internal or not allowed:
            raise UnreadableSource("its XML declares a document type, which is refused")

    def end(_name: str, _attributes: dict[str, str]) -> None:
        raise _PrologEnds

    guard = ParserCreate()
    guard.StartDoctypeDeclHandler = refuse
    guard.StartElementHandler = end
    in_prolog = True
    for chunk in chunks:
        if in_prolog:
            try:
                guard.Parse(chunk)
            except _PrologEnds:
                in_prolog = False
        yield chunk


def _shown(name: str) -> str:
    """A name from the archive on one short line."""
    return "".join(each if each.isprintable() else "?" for each in name[-80:])
