"""The terms of a passage: packed, and what a question makes of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_index.collection.local.bm25 import SparseBM25
from qa_index.collection.protocol import Statistics
from qa_index.collection.weighting import scored_terms
from tests.support import milvus

if milvus.MISSING:
    pytest.skip(f"{milvus.MISSING} is not installed", allow_module_level=True)

from qa_index.collection.milvus.layout import NO_TERM, dimension_of
from qa_index.collection.milvus.terms import (
    most_growth,
    pack_terms,
    question_weights,
    scores,
    stored_weights,
    unpack_terms,
)

TERMS = st.text(max_size=6)
PASSAGES = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=30), min_size=1, max_size=12)


@given(st.dictionaries(TERMS, st.integers(1, 1 << 20), max_size=20))
def test_terms_are_what_they_were(frequencies: dict[str, int]) -> None:
    assert unpack_terms(pack_terms(frequencies)) == frequencies


def test_what_is_cut_or_changed_is_refused() -> None:
    raw = pack_terms({"whale": 2, "\udcff": 1})
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        for damaged in (raw[:place], bytes(changed)):
            with pytest.raises(ValueError, match="checksum"):
                unpack_terms(damaged)


def counted(passage: list[str]) -> dict[str, int]:
    return {term: passage.count(term) for term in dict.fromkeys(passage)}


@given(PASSAGES, st.lists(st.sampled_from("abcdefghx"), max_size=8), st.floats(0.5, 60))
def test_no_score_is_above_what_the_server_can_tell(
    passages: list[list[str]], asked: list[str], average: float
) -> None:
    """Scores are those of the embedded engine; the server's, times the growth, are no lower."""
    expected = SparseBM25.from_corpus(passages)
    terms = scored_terms(asked, expected.frequency)
    own = [counted(each) for each in passages]
    statistics = Statistics(
        passages=len(passages),
        average_length=expected.avgdl,
        k1=expected.postings.k1,
        b=expected.postings.b,
        frequencies={},
        model="",
        passage_similarity=None,
        sentence_similarity=None,
    )
    exact = scores(own, terms, statistics)
    assert exact.tolist() == expected.score(asked).dense.tolist()
    question = question_weights(terms, len(passages))
    growth = most_growth(average, expected.avgdl)
    for score, frequencies in zip(exact.tolist(), own, strict=True):
        stored = stored_weights(frequencies, average)
        told = sum(np.float32(stored.get(each, 0)) * question[each] for each in question)
        assert score <= told * growth * (1 + 1e-5) + 1e-6


def test_a_passage_without_terms_has_a_vector_nevertheless() -> None:
    assert stored_weights({}, 10.0) == {NO_TERM: 1.0}
    assert dimension_of("whale") < NO_TERM
