"""Whether a run of characters begins and ends where words and numbers do."""

import re
import unicodedata

from qa_index.terms.analyzer import UNSPACED_SCRIPTS

_UNSPACED = re.compile(f"[{UNSPACED_SCRIPTS}]")
_SIGNS = "-+\u2212\u00b1\u2013"


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` cuts no word, no number with its sign, and no ``n't`` off."""
    return _begins(text, start) and _ends(text, end)


def _begins(text: str, start: int) -> bool:
    if not start:
        return True
    before, first = text[start - 1], text[start]
    if unicodedata.combining(first):
        return False
    if _joined(before, first):
        return False
    if not first.isdigit():
        return True
    two_before = text[start - 2] if start > 1 else " "
    if before in ".,":
        return not two_before.isdigit()
    return before not in _SIGNS or two_before.isalnum() or two_before in ")]"


def _ends(text: str, end: int) -> bool:
    if end >= len(text):
        return True
    last, after = text[end - 1], text[end]
    if unicodedata.combining(after) or _joined(last, after):
        return False
    following = text[end + 1 : end + 3]
    if last.isdigit() and after in ".,":
        return not following[:1].isdigit()
    negated = after in "'\u2019" and following[:1] in {"t", "T"} and not following[1:].isalnum()
    return not (negated and last in "nN")


def _joined(left: str, right: str) -> bool:
    if not (left.isalnum() and right.isalnum()):
        return False
    return not (_UNSPACED.match(left) or _UNSPACED.match(right))
