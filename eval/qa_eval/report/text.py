"""Makes text of documents and questions safe to display."""

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that change the direction of text
    "\ud800-\udfff\ufffe\uffff]"  # not characters, in XML or in UTF-8
)


def visible(text: str) -> str:
    """The text with control characters and direction overrides written as escapes."""
    return _HIDDEN.sub(_escape, text)


def one_line(text: str, limit: int) -> str:
    """At most ``limit`` characters on one line, with an ellipsis if some were cut."""
    # Cut first: a hostile text may be a million characters long.
    shown = " ".join(visible(text[: 4 * limit]).split())
    return shown if len(shown) <= limit and len(text) <= 4 * limit else shown[: limit - 1] + "…"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
