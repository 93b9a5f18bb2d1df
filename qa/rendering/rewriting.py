"""A text written in another way, that knows where each of its characters stood."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from qa.rendering.characters import NO_BREAK_SPACES
from qa_index.records import Span


class Rewritten(NamedTuple):
    """A text of n characters, made from another."""

    text: str
    places: tuple[int, ...]
    """Shape n + 1: where each character stood, ascending; then where the other text ends."""

    def moved(self, span: Span) -> Span:
        """Where a span of the other text stands in this one; empty if nothing of it is left."""
        return Span(bisect_left(self.places, span.start), bisect_left(self.places, span.end))


def rewritten(characters: Iterable[tuple[str, int]], end: int) -> Rewritten:
    """From characters with their places in a text that ends at ``end``."""
    kept = list(characters)
    return Rewritten(
        "".join(character for character, _ in kept), (*(place for _, place in kept), end)
    )


def unchanged(text: str) -> Rewritten:
    """The text itself."""
    return Rewritten(text, tuple(range(len(text) + 1)))


def in_one_line(text: str) -> Rewritten:
    """``text`` with one space wherever it had white space, and none around it.

    No-break spaces stay.
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
