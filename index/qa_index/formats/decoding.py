"""Decodes bytes to text without losing a character."""

import codecs
import re

from qa_index.formats.legacy import CODECS, decode_legacy


class UnreadableSource(Exception):
    """A file without readable text; the message is the reason, on one line."""


class PicturesOnly(UnreadableSource):
    """A file whose text is on pictures, which recognition may read."""

    def __init__(self, reason: str, pages: int) -> None:
        super().__init__(reason)
        self.pages = pages
        """How many there are."""


HEAD_BYTES = 8192
"""Bytes read from the start of a file to decide whether to read all of it."""

REPLACED_UTF8 = "utf-8+replace"
"""UTF-8 with a few invalid bytes, each of which became U+FFFD."""

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Tab, line ends, form feed and the escape character of coloured logs are normal in text.
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BINARY_SHARE = 0.02
"""Random bytes contain 11 % of such characters, text at most a stray one."""
_BINARY_SHARE_OF_HEAD = 0.05
"""Larger, since the rest of the text may have none."""
_SIGNATURES = {b"%PDF": "PDF", b"{\\rtf": "RTF"}
"""First bytes of binary formats that begin like text."""
_VALID_PER_INVALID = 4
"""Multi-byte sequences that are valid by chance are rare in single-byte encodings."""


def decode(data: bytes) -> tuple[str, str]:
    """The text and the codec that decoded it; nothing is translated or normalised.

    A byte order mark decides the codec and is left out of the text. Without one, the codecs tried
    are ``utf-8``, ``REPLACED_UTF8`` if all but a few bytes are valid, those that
    were used before Unicode (``legacy.CODECS``), ``cp1252`` and ``latin-1``.
    Raises ``UnreadableSource`` for binary data.
    """
    text, encoding = _decode(data)
    _refuse_binary(text, _BINARY_SHARE)
    return text, encoding


def check_text(head: bytes) -> None:
    """Raise ``UnreadableSource`` if a file with these first bytes is not text.

    Accepts whatever ``decode`` accepts, except PDF and RTF.
    """
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            raise UnreadableSource(f"it is {kind}, although its name says otherwise; rename it")
    _refuse_binary(_decode_head(head), _BINARY_SHARE_OF_HEAD)


def _refuse_binary(text: str, share: float) -> None:
    """Raise ``UnreadableSource`` for a NUL, or for more than this share of control characters."""
    if "\0" in text:
        raise UnreadableSource("it holds NUL characters, so it is taken for binary data")
    if len(_CONTROL.findall(text)) > share * len(text):
        raise UnreadableSource("it holds many control characters, so it is taken for binary data")


def _decode_head(head: bytes) -> str:
    """The first characters; the last one may be cut off. Without a mark only ASCII is correct."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            try:
                return codecs.getincrementaldecoder(encoding)().decode(head)
            except UnicodeDecodeError as error:
                raise _invalid(encoding, error) from None
    return head.decode("latin-1")


def _invalid(encoding: str, error: UnicodeDecodeError) -> UnreadableSource:
    return UnreadableSource(
        f"its byte order mark says {encoding}, but byte {error.start} is invalid"
    )


def _decode(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise _invalid(encoding, error) from None
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    invalid = text.count("\ufffd")
    valid = len(text) - len(text.encode("ascii", "ignore")) - invalid
    if valid >= _VALID_PER_INVALID * invalid:
        return text, REPLACED_UTF8
    legacy = decode_legacy(data)
    if legacy is not None:
        return legacy
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "latin-1", *CODECS)


def decode_as(data: bytes, encoding: str) -> str:
    """Decode with a codec that ``decode`` returned; invalid bytes become U+FFFD.

    Raises ``LookupError`` for any other name.
    """
    codec = "utf-8" if encoding == REPLACED_UTF8 else encoding
    if codec not in _ENCODINGS:
        raise LookupError(encoding)
    return data.decode(codec, "replace")
