"""The words of a collection as they are written, to find what a question's unknown word means.

Terms are stems, and the stem of a misspelt word can be far from that of the right one
("invocaton", "invoc"). So words are compared as they are written.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spellchecker import SpellChecker

SHORTEST = 4
"""Letters of the shortest word that is taken for misspelt, or that is part of a compound."""

LONG = 8
"""Letters from which a word may have two errors."""

MOST = 3
"""Words that an unknown one may stand for, at most: beyond that it is a guess."""

COMPOUNDING = frozenset({"da", "de", "et", "fi", "hu", "nl", "no", "sv"})
"""Languages that write compounds as one word."""

_LINKS = ("", "s", "es", "n", "en", "er", "e", "-")
"""What may stand between the parts of a compound."""


class Vocabulary:
    """The distinct words of a collection, folded, as ``analyzer.written_words`` gives them."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)

    def __len__(self) -> int:
        return len(self._words)

    def similar(self, word: str) -> tuple[str, ...]:
        """The words that ``word`` is most likely a misspelling of, by optimal string alignment.

        One error (a letter too many, too few, another, or two that changed places) is allowed, two
        from ``LONG`` letters on. The first letter is right, or changed places with the second. Only
        the words with the fewest errors are given; none if they are more than ``MOST``.
        """
        if len(word) < SHORTEST:
            return ()
        from rapidfuzz.distance import OSA

        allowed = 1 if len(word) < LONG else 2
        first = word[:2]
        near = [
            each
            for each in self._words
            if each[0] in first and abs(len(each) - len(word)) <= allowed and len(each) >= SHORTEST
        ]
        errors = [OSA.distance(word, each, score_cutoff=allowed) for each in near]
        fewest = min(errors, default=allowed + 1)
        if fewest > allowed:
            return ()
        best = sorted(each for each, count in zip(near, errors, strict=True) if count == fewest)
        # A letter left out, doubled or moved is likelier than another letter in its place.
        slips = [each for each in best if len(each) != len(word) or sorted(each) == sorted(word)]
        best = slips or best
        return tuple(best) if len(best) <= MOST else ()

    def parts(self, word: str) -> tuple[str, ...]:
        """The words that a compound is made of, or none.

        The last part, which says what it is, must be a word of the collection; the others count as
        far as they are. Of several ways the one with the longest last part is taken.
        """
        for cut in range(SHORTEST - 1, len(word) - SHORTEST + 1):
            last = word[cut:]
            if last in self._words:
                return (*self._modifiers(word[:cut]), last)
        return ()

    def _modifiers(self, text: str) -> tuple[str, ...]:
        for link in _LINKS:
            bare = text.removesuffix(link)
            if len(bare) >= SHORTEST - 1 and bare in self._words:
                return (bare,)
        return ()

    def containing(self, word: str) -> tuple[str, ...]:
        """Compounds that end with ``word``; the shortest first, at most ``MOST``."""
        if len(word) <= SHORTEST:
            return ()
        found = [each for each in self._words if each.endswith(word) and each != word]
        return tuple(sorted(found, key=lambda each: (len(each), each))[:MOST])


def is_word(word: str, languages: Sequence[str]) -> bool:
    """Whether a dictionary of one of the languages has a folded word.

    False where there is no dictionary, as for Polish.
    """
    return any(word in found for found in map(_dictionary, languages) if found is not None)


@cache
def _dictionary(language: str) -> "SpellChecker | None":
    """Takes up to half a second, once for each language."""
    from spellchecker import SpellChecker

    try:
        return SpellChecker(language=language)
    except ValueError:
        return None
