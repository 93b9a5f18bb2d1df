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
from qa_index.search import sentence_similarities, shrunk_deviation
from qa_index.stored import StoredIndex, StoredPassage
from qa_index.vectors import similarity_distribution

LOCAL_SHARE = 8.0
SHARE_WITH_PREVIOUS = 2.0

TIE = 1.0
"""A second sentence that scores less than this behind the first is marked too."""

NEAR = 3.0
"""So is one less than this behind that adds ``ADDED_SHARE`` of the question's idf."""

ADDED_SHARE = 0.2

Floats = NDArray[np.float64]


def evidence_sentences(
    index: StoredIndex,
    passage: StoredPassage,
    idf: Mapping[str, float],
    vector: NDArray[np.float32] | None,
    trust: float,
) -> list[int]:
    """Numbers of the sentences to mark, the best first, and then a second that it needs.

    ``idf`` is the weight of each term of the question, ``vector`` the question's, ``trust`` how
    far the encoder knows its language.
    """
    held = _held(index, passage, list(idf))
    weights = np.fromiter(idf.values(), dtype=np.float64)
    score = _lexical_score(held, weights)
    if vector is not None:
        score += trust * _similarity(index, passage, vector)
    order: list[int] = np.argsort(-score, kind="stable").tolist()
    if len(order) > 1:
        behind = score[order[0]] - score[order[1]]
        added = _share(held[order[1]] & ~held[order[0]], weights)
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
    present = dict(zip(terms, _held(index, passage, terms)[sentence].tolist(), strict=True))
    held = sum(weight for word, weight in weights.items() if any(present[term] for term in word))
    return held / max(sum(weights.values()), 1e-9)


def _held(index: StoredIndex, passage: StoredPassage, terms: list[str]) -> NDArray[np.bool_]:
    """Whether each sentence holds each term, shape (sentences, terms)."""
    hashes = np.array([term_hash(term) for term in terms], dtype=np.uint32)
    record = index.passages[passage.row]
    first = int(record["first_term"])
    own = index.terms[first + int(record["context_terms"]) : first + int(record["terms"])]
    sentences = slice(passage.first_sentence, passage.first_sentence + len(passage.sentences))
    sentence = np.repeat(np.arange(len(passage.sentences)), index.sentence_terms[sentences])
    held = np.zeros((len(passage.sentences), len(terms)), dtype=bool)
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


def _similarity(index: StoredIndex, passage: StoredPassage, vector: NDArray[np.float32]) -> Floats:
    rows = passage.first_sentence + np.arange(len(passage.sentences))
    distribution = similarity_distribution(vector, index.sentence_moments)
    deviation = shrunk_deviation(distribution, index.manifest.counts.sentences)
    similarities: Floats = sentence_similarities(index, rows, vector).astype(np.float64)
    return similarities / deviation
