"""The words of a collection as they are written, to find what a question's unknown word means.

Terms are stems, and the stem of a misspelt word can be far from that of the right one
("invocaton", "invoc"). So words are compared as they are written.
"""

SHORTEST = 4
"""Letters of the shortest word that is taken for misspelt, or for the last part of a compound."""

SHORTEST_PART = 3
"""Letters of the shortest part before that."""

COMPOUNDING = frozenset({"da", "de", "et", "fi", "hu", "nl", "no", "sv"})
"""Languages that write compounds as one word."""

_LINKS = ("", "s", "es", "n", "en", "er", "e", "-")
"""What may stand between the parts of a compound."""


class Vocabulary:
    """The distinct words of a collection, folded, as ``analyzer.written_words`` gives them.

    They are kept as one text, which takes a tenth of the memory of a million strings.
    """

    def __init__(self, text: str) -> None:
        """From the words in their order, a line each."""
        self._text = f"\n{text}\n"

    def __len__(self) -> int:
        return len(self._text.split())

    def __contains__(self, word: str) -> bool:
        return f"\n{word}\n" in self._text

    def similar(self, word: str, *, errors: int, slips: bool = False) -> list[str]:
        """The words that ``word`` is most likely a misspelling of, by optimal string alignment.

        At most ``errors`` letters are too many, too few, others, or changed places with their
        neighbour; the first letter is right, or changed places with the second. Only the words with
        the fewest errors are given. A letter too many, too few or moved is a slip, and likelier
        than another letter in its place. So if there are slips, only those are given; with
        ``slips``, only those in any case.
        """
        from rapidfuzz.distance import OSA

        near = [
            each
            for first in set(word[:2])
            for each in self._beginning(first)
            if abs(len(each) - len(word)) <= errors and len(each) >= SHORTEST
        ]
        counts = [OSA.distance(word, each, score_cutoff=errors) for each in near]
        fewest = min(counts, default=errors + 1)
        if fewest > errors:
            return []
        best = [each for each, count in zip(near, counts, strict=True) if count == fewest]
        slipped = [each for each in best if len(each) != len(word) or sorted(each) == sorted(word)]
        return slipped if slipped or slips else best

    def _beginning(self, letter: str) -> list[str]:
        """The words that begin with a letter. They lie together, since the words are sorted."""
        start, last = self._text.find(f"\n{letter}"), self._text.rfind(f"\n{letter}")
        return self._text[start : self._text.index("\n", last + 1)].split() if start >= 0 else []

    def parts(self, compound: str) -> tuple[str, ...]:
        """The words that a compound is made of, or none.

        The last part, which says what it is, must be a word of the collection; what comes before
        counts if it is one. Of several ways the one with the longest last part is taken.
        """
        for cut in range(SHORTEST_PART, len(compound) - SHORTEST + 1):
            if compound[cut:] in self:
                return (*self._modifier(compound[:cut]), compound[cut:])
        return ()

    def _modifier(self, text: str) -> tuple[str, ...]:
        """The word that a text is, but for a link at its end, or none."""
        for link in _LINKS:
            bare = text.removesuffix(link)
            if len(bare) >= SHORTEST_PART and bare in self:
                return (bare,)
        return ()
