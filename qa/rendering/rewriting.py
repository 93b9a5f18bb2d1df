"""Rewritten text that maps each character to its place in the original."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from qa import Span
from qa.rendering.characters import NO_BREAK_SPACES


class Rewritten(NamedTuple):
    """A text of n characters, derived from an original text."""

    text: str
    places: tuple[int, ...]
    """n + 1 places: that of each character in the original, ascending, then the original's end."""

    def moved(self, span: Span) -> Span:
        """A span of the original as a span of this text; empty if nothing of it is left."""
        return Span(bisect_left(self.places, span.start), bisect_left(self.places, span.end))


def rewritten(characters: Iterable[tuple[str, int]], end: int) -> Rewritten:
    """Builds the text from characters and their places in an original that ends at ``end``."""
    kept = list(characters)
    return Rewritten(
        "".join(character for character, _ in kept), (*(place for _, place in kept), end)
    )


def unchanged(text: str) -> Rewritten:
    """The text itself, each character at its own place."""
    return Rewritten(text, tuple(range(len(text) + 1)))


def in_one_line(text: str) -> Rewritten:
    """``text`` with runs of white space replaced by one space, and stripped.

    No-break spaces are kept.
    """
    spaces = [character.isspace() and character not in NO_BREAK_SPACES for character in text]
    kept = (
        (" " if blank else character, place)
        for place, (character, blank) in enumerate(zip(text, spaces, strict=True))
        if not blank or (place and not spaces[place - 1])
    )
    made = rewritten(kept, len(text))
    return (
        Rewritten(made.text[:-1], (*made.places[:-2], len(text))) if made.text[-1:] == " " else made
    )
