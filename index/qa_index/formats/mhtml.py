"""MHTML: web pages saved with all their parts as one message."""

from collections.abc import Sequence

from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.format import Format
from qa_index.formats.html.charset import codec_of, decode_page
from qa_index.formats.html.page import locate_in_markup, parse_markup
from qa_index.records import Parsed, Place, Span

_FIELDS = (b"mime-version:", b"content-type:", b"from:", b"snapshot-content-location:")


def parse_mhtml(data: bytes, *, name: str) -> Parsed:
    """Parse the page of a web archive; raises ``UnreadableSource`` if there is none."""
    return parse_markup(_markup(data), name=name, media_type="multipart/related")


def locate_in_mhtml(data: bytes, parsed: Parsed, spans: Sequence[Span]) -> list[tuple[Place, ...]]:
    """A link to each span of the text of the page."""
    return locate_in_markup(_markup(data), parsed, spans)


def check_mhtml(head: bytes) -> None:
    """Raise ``UnreadableSource`` if a file with these first bytes is no web archive."""
    if not any(line.lower().startswith(_FIELDS) for line in head.split(b"\n")):
        raise UnreadableSource("it is no web archive: it has no message headers")


def _markup(data: bytes) -> str:
    from email import message_from_bytes, policy

    check_mhtml(data[:8192])
    # The policy "default" parses headers by grammar, which a page does not need.
    message = message_from_bytes(data, policy=policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            payload = part.get_payload(decode=True)
            if not isinstance(payload, bytes):
                continue
            codec = codec_of(part.get_content_charset() or "")
            return payload.decode(codec, "replace") if codec else decode_page(payload)
    raise UnreadableSource("it holds no HTML page")


FORMAT = Format(
    name="mhtml",
    version=6,
    suffixes=frozenset({".mht", ".mhtml"}),
    parse=parse_mhtml,
    check=check_mhtml,
    is_text=False,
    locate=locate_in_mhtml,
)
