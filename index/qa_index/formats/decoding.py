"""Decodes bytes to text without losing a character."""

import codecs
import re
import string
import unicodedata

from qa_index.formats.legacy import CODECS, decode_legacy, doubt_legacy


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
_LETTER_BYTES = (string.ascii_letters + " ").encode()
_SIGNATURES = {b"%PDF": "PDF", b"{\\rtf": "RTF"}
"""First bytes of binary formats that begin like text."""
_VALID_PER_INVALID = 4
"""Multi-byte sequences that are valid by chance are rare in single-byte encodings."""
_UTF_16 = ("utf-16-le", "utf-16-be")
_NUL_SHARE = 0.25
"""Least share of NUL in Latin text in UTF-16, which is half of it, and more than stray ones."""
_LETTER_SHARE = 0.7
"""Of the other bytes, those that are Latin letters or spaces in text of one byte for a letter; in
Japanese in UTF-16, of which some bytes look like letters, fewer than half."""
_ASCII_SHARE = 0.01
"""Least share of ASCII, such as line ends and digits, in text in UTF-16."""
_UNKNOWN_SHARE = 0.01
"""Most characters that are not assigned: pictures and letters of a later Unicode."""


def decode(data: bytes) -> tuple[str, str]:
    """The text and the codec that decoded it; nothing is translated or normalised.

    A byte order mark decides the codec and is left out of the text. Without one, the codecs tried
    are ``utf-16-le`` and ``utf-16-be`` if there are NUL bytes, ``utf-8``, ``REPLACED_UTF8`` if all
    but a few bytes are valid, those that were used before Unicode (``legacy.CODECS``), ``cp1252``
    and ``latin-1``.
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
    wide = utf_16_of(head)
    if wide is not None:
        return codecs.getincrementaldecoder(wide)().decode(head)
    return head.decode("latin-1")


def utf_16_of(head: bytes) -> str | None:
    """The codec of text in UTF-16 without a mark, by its first bytes; ``None`` for other data.

    In the other byte order Latin letters become Chinese ones, and Chinese ones become characters
    of many scripts, of which some are not assigned.
    """
    others = head.replace(b"\0", b"")
    nuls = len(head) - len(others)
    if not nuls:
        return None
    are_few = nuls < _NUL_SHARE * len(head)
    letters = sum(map(others.count, _LETTER_BYTES))
    if are_few and (letters > _LETTER_SHARE * len(others) or _is_utf_8(others)):
        return None
    found = {codec: _ascii_in(head, codec) for codec in _UTF_16}
    best = max(found, key=found.__getitem__)
    # One NUL gives one ASCII character in any data.
    return best if found[best] >= 2 else None


def _is_utf_8(head: bytes) -> bool:
    """Whether it is text in UTF-8, of which the last character may be cut off.

    UTF-16 of Cyrillic, Arabic and Thai is valid UTF-8, too, but half of it control characters.
    """
    try:
        _refuse_binary(codecs.getincrementaldecoder("utf-8")().decode(head), _BINARY_SHARE_OF_HEAD)
    except (UnicodeDecodeError, UnreadableSource):
        return False
    return True


def _ascii_in(head: bytes, codec: str) -> int:
    """How many characters are ASCII if they are in this codec; 0 if it gives no text."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(head)
        _refuse_binary(text, _BINARY_SHARE_OF_HEAD)
    except (UnicodeDecodeError, UnreadableSource):
        return 0
    unknown = sum(unicodedata.category(character) in ("Cn", "Co") for character in text)
    ascii = sum(map(str.isascii, text))
    known = unknown <= _UNKNOWN_SHARE * len(text) and ascii >= _ASCII_SHARE * len(text)
    return ascii if known else 0


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
    wide = utf_16_of(data[:HEAD_BYTES])
    if wide is not None:
        try:
            return data.decode(wide), wide
        except UnicodeDecodeError as error:
            raise UnreadableSource(
                f"it looks like {wide}, but byte {error.start} is invalid"
            ) from None
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


def doubt(data: bytes, encoding: str) -> str:
    """Why bytes may be in another encoding than the one that ``decode`` found; empty if not."""
    other = doubt_legacy(data, encoding)
    return f"the encoding is not sure: read as {encoding}, it may be {other}" if other else ""


_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", *_UTF_16, "utf-32", "cp1252", "latin-1", *CODECS)


def decode_as(data: bytes, encoding: str) -> str:
    """Decode with a codec that ``decode`` returned; invalid bytes become U+FFFD.

    Raises ``LookupError`` for any other name.
    """
    codec = "utf-8" if encoding == REPLACED_UTF8 else encoding
    if codec not in _ENCODINGS:
        raise LookupError(encoding)
    return data.decode(codec, "replace")
