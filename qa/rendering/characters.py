"""Terminal characters: their width, and which of them must be escaped."""

import json
import re
import unicodedata
from functools import lru_cache

_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters: escape sequences begin with one
    "\u2028\u2029"  # line ends to some programs, but not counted in line numbers
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates reorder what is read
    "\U000e0000-\U000e007f"  # tags: invisible text
    "\ud800-\udfff"  # lone surrogates cannot be written
    "]"
)

_ZERO_WIDTH = {"Mn", "Me", "Cf"}
_REMEMBERED = 4096
"""Size of the cache per function: more characters than a text in any one script uses."""

NO_BREAK_SPACES = frozenset("\xa0\u202f")
"""Spaces at which rows are not broken."""

_SOFT_HYPHEN = "\xad"
_ZERO_WIDTH_JOINER = "\u200d"


def counted(number: int, what: str) -> str:
    """A number of things, ``what`` being one of them: ``1 document``, ``2,000 documents``."""
    return f"{number:,} {what}" + "s" * (number != 1)


def visible(text: str) -> str:
    r"""``text`` in one line that is safe to print, with escaped controls: ``\x1b``, ``\u202e``."""
    return _UNSAFE.sub(lambda match: _escaped(match[0]), text)


def visible_json(text: str) -> str:
    r"""The same JSON with these characters as JSON escapes: ``\u001b``, ``\u202e``."""
    return _UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], text)


@lru_cache(maxsize=_REMEMBERED)
def visible_character(character: str) -> str:
    """``visible`` of one character."""
    return visible(character)


def _escaped(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


@lru_cache(maxsize=_REMEMBERED)
def character_width(character: str) -> int:
    """Terminal cells of one character: 0, 1 or 2."""
    if " " <= character <= "~":
        return 1
    code = ord(character)
    if unicodedata.category(character) in _ZERO_WIDTH and character != _SOFT_HYPHEN:
        return 0
    if 0x1160 <= code <= 0x11FF:  # Hangul vowels and finals join the consonant before them
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width(text: str) -> int:
    """Terminal cells of a text without control characters."""
    return sum(map(character_width, text))


def joins(before: str, character: str) -> bool:
    """Whether ``character`` belongs to the same grapheme cluster as the end of ``before``.

    An approximation of Unicode's rules that needs no table: good enough not to split an accented
    letter, a flag or a family emoji at the end of a line.
    """
    if character_width(character) == 0 or before.endswith(_ZERO_WIDTH_JOINER):
        return True
    code = ord(character)
    if 0x1F3FB <= code <= 0x1F3FF:  # skin tones
        return True
    return _is_regional(character) and len(before) == 1 and _is_regional(before)


def _is_regional(character: str) -> bool:
    """Whether it is a regional indicator, half of a flag."""
    return 0x1F1E6 <= ord(character) <= 0x1F1FF
