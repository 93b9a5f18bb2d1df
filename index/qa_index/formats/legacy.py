"""Encodings of before Unicode.

For scripts other than Latin, charset-normalizer names the likeliest one. It is right for whole
documents and errs on a few stray bytes in Latin text, so its verdict counts only where the text is
then mostly in such a script.
"""

from functools import cache
from typing import TYPE_CHECKING

from qa_index.formats.latin import CODECS as LATIN_CODECS
from qa_index.formats.latin import choose_latin

if TYPE_CHECKING:
    import regex

_OTHER_SCRIPTS = (
    *("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866"),  # Cyrillic
    *("gb18030", "cp950", "cp932", "euc_jp", "cp949"),  # Chinese, Japanese, Korean
    *("cp1253", "iso8859_7", "cp1255", "cp1256", "iso8859_6", "cp874"),  # Greek to Thai
)
CODECS = (*_OTHER_SCRIPTS, *LATIN_CODECS)
"""In all of them the bytes 10 and 13 are line ends, and never a part of a character."""

_LATIN = ("cp1252", "cp1250", "cp1254")
"""Offered too, so that Latin text is not taken for one of the others."""

_ALIKE = (
    ("cp1251", "iso8859_5"),
    ("koi8_r", "koi8_u"),
    ("cp1253", "iso8859_7"),
    ("cp1256", "iso8859_6"),
)
"""Encodings that differ in few letters: the one that gives more letters is taken."""

_ASCII = bytes(range(0x80))

SAMPLE_BYTES = 32_768
"""Of the lines that are not ASCII; enough to tell, and quick."""

LEAST_SHARE = 0.3
"""Share of the letters that are not Latin. French read as Japanese has 0.06; a Russian manual full
of commands has 0.39."""

SURE = 4.0
"""Least natural logarithm by which a code page is likelier than the next. Of 5,261 texts and lines
of manual pages 1,158 have less: 282 of the 292 that are read wrongly, 10 of 475 longer texts."""

_INVALID_SHARE = 0.01
"""Most of the characters beyond ASCII that may be invalid, as in a file that was cut."""


def decode_legacy(data: bytes) -> tuple[str, str] | None:
    """Text and codec of ``CODECS`` of bytes that are not UTF-8; ``None`` if it is none of them."""
    sample = _sample(data)
    found = _decode_other_script(data, sample)
    if found is not None:
        return found
    codec = choose_latin(sample).codec
    return (data.decode(codec, "replace"), codec) if codec in LATIN_CODECS else None


def doubt_legacy(data: bytes, encoding: str) -> str:
    """The code page of a Latin script that bytes may also be in, if that is nearly as likely."""
    if encoding not in {"cp1252", "latin-1", *LATIN_CODECS}:
        return ""
    found = choose_latin(_sample(data))
    return found.next if found.margin < SURE else ""


def _decode_other_script(data: bytes, sample: bytes) -> tuple[str, str] | None:
    # The first half of a character that was cut makes its encoding invalid.
    likely = _likely(sample) or (_likely(sample[:-1]) if sample[-1] > 0x7F else None)
    if likely is None:
        return None
    alike = next((some for some in _ALIKE if likely in some), (likely,))
    codec = max(alike, key=lambda each: (_foreign(sample, each), each == likely))
    letters = sum(character.isalpha() for character in sample.decode(codec, "replace"))
    if _foreign(sample, codec) < LEAST_SHARE * max(letters, 1):
        return None
    whole = data.decode(codec, "replace")
    beyond = len(whole) - len(whole.encode("ascii", "ignore"))
    return (whole, codec) if whole.count("\ufffd") <= _INVALID_SHARE * beyond else None


def _likely(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=[*_OTHER_SCRIPTS, *_LATIN]).best()
    return best.encoding if best is not None and best.encoding in _OTHER_SCRIPTS else None


def _foreign(sample: bytes, codec: str) -> int:
    """How many letters other than Latin ones a codec gives."""
    return len(_foreign_letter().findall(sample.decode(codec, "replace")))


@cache
def _foreign_letter() -> "regex.Pattern[str]":
    import regex

    # Katakana of half the width are hardly ever text, and what lines drawn in DOS look like.
    return regex.compile(r"(?=\p{L})[^\p{Latin}\uff61-\uff9f]")


def _sample(data: bytes) -> bytes:
    """The first lines with bytes beyond ASCII; of a long line, what is around the first of them."""
    held, size = [], 0
    for line in data.splitlines(keepends=True):
        if not line.isascii():
            before = len(line) - len(line.lstrip(_ASCII))
            start = max(before - SAMPLE_BYTES // 2, 0)
            held.append(line[start : start + SAMPLE_BYTES])
            size += len(line)
            if size >= SAMPLE_BYTES:
                break
    return b"".join(held)
