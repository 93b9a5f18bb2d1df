"""E-mail: single messages and mailboxes, each message a unit.

The plain text of a message is used, or else its HTML. Quoted messages and the signature are debris:
in a thread, the same words stand in many messages.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from qa_index.formats.decoding import UnreadableSource, decode
from qa_index.formats.extracted import Extracted
from qa_index.formats.format import Format
from qa_index.formats.plain import parse_plain
from qa_index.formats.structure.metadata import separated, stated
from qa_index.formats.structure.titles import readable, tidy
from qa_index.records import BlockKind, Gap, Parsed, UnitKind

MAX_PARTS = 1000
"""Of one message; the rest of a longer one is reported as a gap."""
MAX_DEPTH = 10
"""Of parts within parts and messages within messages."""
MAX_BOUNDARIES = 10_000
"""Lines that look like the boundaries of parts, in one message."""

_HEADERS = ("From", "To", "Cc", "Date")
_LONGEST_HEADER = 2000
"""Characters; lists of recipients can be far longer."""
_FROM_LINE = re.compile(rb"^From [^\r\n]*\r?\n", re.MULTILINE)
_FIELD = re.compile(rb"[!-9;-~]+:")
_BOUNDARY = re.compile(rb"^--\S", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_QUOTED = re.compile(r"[ \t]*>")
_QUOTES_ALL = re.compile(
    r"^(?:-{3,} ?(?:Original Message|Forwarded message|Ursprüngliche Nachricht)\b.*|_{20,})$",
    re.IGNORECASE | re.MULTILINE,
)
"""Everything below is a copy of another message."""


def parse_message(data: bytes, *, name: str) -> Parsed:
    """Parse one message; raises ``UnreadableSource`` if it is none."""
    message = _read(data)
    if not any(message[each] for each in ("From", "Date", "Subject", "Received", "Message-ID")):
        raise UnreadableSource("it has no e-mail headers")
    out, gaps = Extracted(), list[Gap]()
    _write(out, gaps, message, level=1, place="")
    parsed = _parsed(out, gaps, "message/rfc822", _subject(message) or readable(name))
    metadata = stated([_header(message, "Date")], separated(_header(message, "Keywords")))
    return replace(parsed, metadata=metadata)


def parse_mailbox(data: bytes, *, name: str) -> Parsed:
    """Parse all messages of a mailbox; raises ``UnreadableSource`` if it is none."""
    out, gaps = Extracted(), list[Gap]()
    for number, raw in enumerate(_messages(data), 1):
        start = out.length
        message = _read(raw)
        _write(out, gaps, message, level=1, place=f"message {number}, ")
        if out.length > start:
            out.unit(UnitKind.MESSAGE, _subject(message), start)
    return _parsed(out, gaps, "application/mbox", readable(name))


def _parsed(out: Extracted, gaps: list[Gap], media_type: str, title: str) -> Parsed:
    if not out.blocks:
        raise UnreadableSource("it holds no text")
    return Parsed(
        text=out.text,
        media_type=media_type,
        title=title,
        blocks=tuple(out.blocks),
        headings=tuple(out.headings),
        encoding="",
        units=tuple(out.units),
        gaps=tuple(gaps),
        tables=tuple(out.tables),
    )


def _messages(data: bytes) -> Iterator[bytes]:
    """The messages of a mailbox; "From " begins one only after an empty line."""
    start = None
    for line in _FROM_LINE.finditer(data):
        after_empty = line.start() == 0 or data.endswith((b"\n\n", b"\r\n\r\n"), 0, line.start())
        if after_empty and _FIELD.match(data, line.end()):
            if start is not None:
                yield data[start : line.start()]
            start = line.end()
    if start is None:
        raise UnreadableSource("it is no mailbox: no line begins with 'From '")
    yield data[start:]


def _read(data: bytes) -> Message:
    """The message as parts, with what cannot be understood kept as text.

    The older of Python's two policies: the newer one raises errors for some broken headers.
    """
    if sum(1 for _ in _BOUNDARY.finditer(data)) > MAX_BOUNDARIES:
        raise UnreadableSource(f"it has more than {MAX_BOUNDARIES:,} parts")
    try:
        return BytesParser(policy=compat32).parsebytes(data)
    except RecursionError:
        raise UnreadableSource("its parts are nested too deeply") from None


def _header(message: Message, name: str) -> str:
    """A header's words, decoded; several of one name are joined."""
    shown: list[str] = []
    for value in message.get_all(name, []):
        text = str(value)[:_LONGEST_HEADER]
        try:
            parts = decode_header(text)
        except (HeaderParseError, ValueError):
            parts = [(text, None)]
        shown.append("".join(_decoded(part, charset) for part, charset in parts))
    return tidy(", ".join(shown))


def _subject(message: Message) -> str:
    return _header(message, "Subject")


def _decoded(data: bytes | str, charset: str | None) -> str:
    """Text in the charset that the message names, or else in the one that it looks like."""
    if isinstance(data, str):
        return data.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return data.decode(charset or "ascii")
    except (LookupError, ValueError):
        try:
            return decode(data)[0]
        except UnreadableSource:
            return data.decode("utf-8", "replace")


def _write(out: Extracted, gaps: list[Gap], message: Message, *, level: int, place: str) -> None:
    """Append a message: its subject as a heading, its headers, its body."""
    out.heading(level, _subject(message))
    headers = [(name, _header(message, name)) for name in _HEADERS]
    out.add(BlockKind.METADATA, "\n".join(f"{name}: {value}" for name, value in headers if value))
    waiting = [(message, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if seen > MAX_PARTS or depth > MAX_DEPTH:
            gaps.append(Gap(f"{place}part {seen}", "too many parts; the rest is left out"))
            return
        kind = part.get_content_type()
        payload = part.get_payload()
        inner = (
            [each for each in payload if isinstance(each, Message)]
            if isinstance(payload, list)
            else None
        )
        if kind == "message/rfc822" and inner is not None:
            for each in inner:
                out.heading(level + 1, _subject(each))
                own = [(name, _header(each, name)) for name in _HEADERS]
                out.add(
                    BlockKind.METADATA,
                    "\n".join(f"{name}: {value}" for name, value in own if value),
                )
            waiting += [(each, depth + 1) for each in reversed(inner)]
        elif inner is not None:
            chosen = _preferred(inner) if kind == "multipart/alternative" else inner
            waiting += [(each, depth + 1) for each in reversed(chosen)]
        elif _is_body(part):
            _write_body(out, gaps, part, kind, level=level, place=place)
        else:
            name = tidy(part.get_filename() or kind)
            gaps.append(Gap(f"{place}attachment {name}", "not opened"))


def _is_body(part: Message) -> bool:
    shown = part.get_content_type() in ("text/plain", "text/html")
    return shown and part.get_content_disposition() != "attachment"


def _preferred(alternatives: list[Message]) -> list[Message]:
    """The plain text if there is any, else the last alternative: senders put the best one there."""
    for each in alternatives:
        if each.get_content_type() == "text/plain" and _text(each).strip():
            return [each]
    return alternatives[-1:]


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    return _decoded(data, part.get_content_charset()) if isinstance(data, bytes) else ""


def _write_body(
    out: Extracted, gaps: list[Gap], part: Message, kind: str, *, level: int, place: str
) -> None:
    text = _text(part)
    if kind == "text/html":
        from qa_index.formats.registry import built_in

        html = built_in().get("html")
        if html is None:
            gaps.append(Gap(f"{place}HTML", "not read"))
            return
        try:
            out.parsed(html.parse(text.encode("utf-8", "replace"), name="mail.html"), below=level)
        except UnreadableSource as error:
            gaps.append(Gap(f"{place}HTML", str(error)))
        return
    for is_copy, own in _portions("\n".join(text.split("\0")).replace("\r\n", "\n")):
        if is_copy:
            out.add(BlockKind.DEBRIS, own.strip("\n"))
        elif own.strip():
            try:
                out.parsed(
                    parse_plain(own.strip("\n").encode("utf-8", "replace"), name="mail"),
                    below=level,
                )
            except UnreadableSource as error:
                gaps.append(Gap(f"{place}text", str(error)))


def _portions(text: str) -> Iterator[tuple[bool, str]]:
    """The body in order, with whether each portion is quoted from others or a signature."""
    ends = [each.start() for each in (_SIGNATURE.search(text), _QUOTES_ALL.search(text)) if each]
    end = min(ends, default=len(text))
    lines: list[str] = []
    quoted = False
    for line in text[:end].split("\n"):
        now = _QUOTED.match(line) is not None or (quoted and not line.strip())
        if now is not quoted and lines:
            yield quoted, "\n".join(lines)
            lines = []
        quoted = now
        lines.append(line)
    yield quoted, "\n".join(lines)
    if end < len(text):
        yield True, text[end:]


def _check(head: bytes) -> None:
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not (_FIELD.match(first) or _FROM_LINE.match(first)):
        raise UnreadableSource("it is no e-mail")


def _parse(data: bytes, *, name: str) -> Parsed:
    _check(data)
    parse = parse_mailbox if _FROM_LINE.match(data) else parse_message
    return parse(data, name=name)


FORMAT = Format(
    name="mail",
    version=7,
    suffixes=frozenset({".eml", ".mbox"}),
    parse=_parse,
    check=_check,
    is_text=False,
)
