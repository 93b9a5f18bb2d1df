"""Follow-up questions: what the questions before one contribute to it.

"And in 2024?" holds next to nothing to search for. Its subject is in the question before, and its
answer mostly in a document that was cited before. So

- terms that only the earlier question holds count half as much as its own,
- the vector is its own and half of the earlier one, and
- passages of the documents cited before gain a little.

A question about something else has terms of its own that outweigh all of this. Only the follow-up
itself is read beside a passage: beside the earlier question, too, the passage that answered that
one would answer again, whatever is asked now. docs/decisions/followups.md has the figures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.answers import Answer
from qa.errors import InputError
from qa.turns import CarriedOver, Turn
from qa_index.collection.protocol import Collection
from qa_index.search.parameters import FOLLOW_UP
from qa_index.search.query import Earlier
from qa_index.search.wording import wording
from qa_index.terms.analyzer import AnalyzedQuestion, Analyzer, tokens_of

MOST_CHARACTERS = 1_000
"""Most characters of an earlier question that count, about as many as the model reads."""


@dataclass(frozen=True, slots=True)
class Before:
    """The questions before a follow-up, in one collection."""

    turn: Turn
    text: str
    """All questions, as the documents word them."""
    earlier: Earlier
    paths: tuple[str, ...]
    """Of the documents that gain units."""
    analyzer: Analyzer

    def carried_to(self, question: AnalyzedQuestion) -> CarriedOver:
        """What a question took from it."""
        own = frozenset(question.words)
        counted = {
            token: self.analyzer.analyze_question(token).words for token in tokens_of(self.text)
        }
        carried = frozenset(self.earlier.question.words) - own
        words = (token for token, terms in counted.items() if not carried.isdisjoint(terms))
        return CarriedOver(self.turn.questions, tuple(words), self.paths)


def before_of(collection: Collection, after: Answer | Turn | None) -> Before | None:
    """What an earlier answer contributes. Raises ``InputError`` for anything else than one.

    Citations that the collection does not hold, or no longer, count for nothing.
    """
    if after is None:
        return None
    turn = after.turn if isinstance(after, Answer) else after
    if not isinstance(turn, Turn):
        raise InputError(f"after must be an answer, not {after!r}")
    worded = wording(collection, " ".join(each[:MOST_CHARACTERS] for each in turn.questions))
    found = map(collection.row_of, turn.citations[: FOLLOW_UP.cited])
    rows = np.array([row for row in found if row is not None], dtype=np.int64)
    units: dict[int, float] = {}
    for place in collection.places(rows):
        units.setdefault(place.document, FOLLOW_UP.others if units else FOLLOW_UP.first)
    paths = tuple(collection.document(number).path for number in units)
    earlier = Earlier(worded.question, units)
    return Before(turn, worded.text, earlier, paths, collection.analyzer)


def both_of(own: NDArray[np.float32], earlier: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector of a follow-up, as long as its ``own``, of shape (dimension,)."""
    mixed = own + FOLLOW_UP.vector * earlier
    length = float(np.linalg.norm(mixed))
    if not length:
        return own
    found: NDArray[np.float32] = (mixed * (float(np.linalg.norm(own)) / length)).astype(np.float32)
    return found
