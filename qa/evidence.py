"""Which sentences of a passage hold the answer: found by meaning and by shared words.

    score = trust * similarity / deviation + 8 * local share + 2 * share with the sentence before

The local share is the share of the question's idf weight in a sentence, where each word counts
more the fewer of the passage's own sentences hold it: the subject of a passage is in every
sentence and tells none of them apart. The last part is for sentences that go on about what the
one before named. docs/decisions/search.md has the figures.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from qa_index.layout import term_hash
from qa_index.search import Query, sentence_similarities
from qa_index.stored import StoredIndex, StoredPassage

LOCAL_SHARE = 8.0
SHARE_WITH_PREVIOUS = 2.0

TIE = 1.0
"""A second sentence that scores less than this behind the first is marked too."""

NEAR = 3.0
"""So is one less than this behind that adds ``ADDED_SHARE`` of the question's idf."""

ADDED_SHARE = 0.2

Floats = NDArray[np.float64]


def evidence_sentences(index: StoredIndex, passage: StoredPassage, query: Query) -> list[int]:
    """Numbers of the sentences to mark, the best first, and then a second that it needs."""
    held, idf = _held(index, passage, query.terms.hashes), query.terms.idf
    score = _lexical_score(held, idf)
    if query.vector is not None:
        similarities = _similarities(index, passage, query.vector.components)
        score += query.trust * similarities / query.vector.sentences.deviation
    order: list[int] = np.argsort(-score, kind="stable").tolist()
    if len(order) > 1:
        behind = score[order[0]] - score[order[1]]
        added = _share(held[order[1]] & ~held[order[0]], idf)
        if behind < TIE or (behind < NEAR and added >= ADDED_SHARE):
            return order[:2]
    return order[:1]


def shared_weight(
    index: StoredIndex,
    passage: StoredPassage,
    sentence: int,
    weights: Mapping[tuple[str, ...], float],
) -> float:
    """Share of the weight of the question's words that stand in a sentence, 0 to 1.

    ``weights`` is by word, a word being its alternatives, of which one will do.
    """
    terms = [term for word in weights for term in word]
    hashes = np.array([term_hash(term) for term in terms], dtype=np.uint32)
    present = dict(zip(terms, _held(index, passage, hashes)[sentence].tolist(), strict=True))
    held = sum(weight for word, weight in weights.items() if any(present[term] for term in word))
    return held / max(sum(weights.values()), 1e-9)


def _held(
    index: StoredIndex, passage: StoredPassage, hashes: NDArray[np.uint32]
) -> NDArray[np.bool_]:
    """Whether each sentence holds each term, shape (sentences, terms)."""
    record = index.passages[passage.row]
    first = int(record["first_term"])
    own = index.terms[first + int(record["context_terms"]) : first + int(record["terms"])]
    sentences = slice(passage.first_sentence, passage.first_sentence + len(passage.sentences))
    sentence = np.repeat(np.arange(len(passage.sentences)), index.sentence_terms[sentences])
    held = np.zeros((len(passage.sentences), len(hashes)), dtype=bool)
    place, term = np.nonzero(own[:, None] == hashes[None, :])
    held[sentence[place], term] = True
    return held


def _lexical_score(held: NDArray[np.bool_], weights: Floats) -> Floats:
    holding = held.sum(axis=0)
    local = weights * np.log1p((len(held) - holding + 0.5) / (holding + 0.5))
    with_previous = held.copy()
    with_previous[1:] |= held[:-1]
    score: Floats = LOCAL_SHARE * _share(held, local) + SHARE_WITH_PREVIOUS * _share(
        with_previous, weights
    )
    return score


def _share(held: NDArray[np.bool_], weights: Floats) -> Floats:
    share: Floats = held @ weights / max(float(weights.sum()), 1e-9)
    return share


def _similarities(
    index: StoredIndex, passage: StoredPassage, vector: NDArray[np.float32]
) -> Floats:
    first = passage.first_sentence
    sentences = slice(first, first + len(passage.sentences))
    return sentence_similarities(index, sentences, vector).astype(np.float64)
