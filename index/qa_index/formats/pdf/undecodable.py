"""Text whose font gives wrong characters: such as private ones, or of several scripts in a word."""

import re
from collections.abc import Sequence

from qa_index.formats.pdf.lines import Line

_WORD = re.compile(r"[^\W\d_]{2,}")
_NOTHING = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
"""What stands for no known character. A few are bullets and logos."""
_MOST_NOTHING = 0.3
"""Share of a line's characters."""
_FEWEST = 5
_SCRIPTS = tuple(
    re.compile(f"[{letters}]")
    for letters in (
        "\u0400-\u052f",  # Cyrillic
        "\u0530-\u058f",  # Armenian
        "\u0590-\u05ff",  # Hebrew
        "\u0600-\u08ff",  # Arabic and Syriac
        "\u0900-\u0dff",  # of India
        "\u0e00-\u0fff",  # Thai, Lao and Tibetan
        "\u1000-\u109f",  # Burmese
        "\u10a0-\u10ff",  # Georgian
        "\u1200-\u139f",  # Ethiopic
    )
)
"""Scripts that no word mixes. Latin and Greek are mixed with others in formulas and names."""


def undecodable(lines: Sequence[Line]) -> list[Line]:
    """The lines of a page that cannot be read, since their characters are wrong."""
    found = []
    mixed = []
    for line in lines:
        nothing = len(_NOTHING.findall(line.text))
        if nothing >= _FEWEST and nothing > _MOST_NOTHING * len(line.text.replace(" ", "")):
            found.append(line)
        elif not line.text.isascii() and any(_is_mixed(word) for word in _WORD.findall(line.text)):
            mixed.append(line)
    # One such word may be a slip of the pen.
    return found + mixed if len(mixed) >= _FEWEST else found


def _is_mixed(word: str) -> bool:
    return sum(script.search(word) is not None for script in _SCRIPTS) > 1
