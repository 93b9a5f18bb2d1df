"""Pseudo-relevance feedback, against counts by hand."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qa_index.building.build import build
from qa_index.collection.local.candidates import block_of
from qa_index.collection.local.stored import StoredIndex
from qa_index.search.feedback import feedback
from qa_index.search.parameters import SHIPPED
from qa_index.search.query import Mode, Query
from qa_index.search.scoring import rank
from tests.support.hashing_encoder import HashingEncoder

TEXTS = [
    "The harbour of Genoa was built by Romans.",
    "Romans built the harbour of Genoa, and Genoa built its walls.",
    "Whales breathe air.",
    "Romans breathe air in the harbour.",
    "The harbour of Genoa was built by Romans.",
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> StoredIndex:
    folder = tmp_path_factory.mktemp("feedback")
    for number, text in enumerate(TEXTS):
        (folder / f"{number}").mkdir()
        name = f"{TEXTS.index(text)}.txt"  # the same for copies: names have terms, too
        (folder / f"{number}" / name).write_text(text, encoding="utf-8")
    build([folder], folder / ".qa", encoder=HashingEncoder())
    return StoredIndex(folder / ".qa")


def by_hand(index: StoredIndex, rows: Sequence[int], shares: Sequence[float]) -> list[float]:
    counts = []
    for row in rows:
        record = index.passages[row]
        first = int(record["first_term"])
        counts.append(Counter(index.terms[first : first + int(record["terms"])].tolist()))
    held_by = Counter(term for each in counts for term in each)
    vectors = []
    for each in counts:
        weights = {
            term: count * math.log1p((len(rows) - held_by[term] + 0.5) / (held_by[term] + 0.5))
            for term, count in each.items()
        }
        norm = math.sqrt(sum(weight**2 for weight in weights.values()))
        vectors.append({term: weight / norm for term, weight in weights.items()})
    return [
        sum(
            share * sum(own[term] * model.get(term, 0.0) for term in own)
            for share, model in zip(shares, vectors, strict=False)
        )
        for own in vectors
    ]


@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [3, 1, 0], [2]])
@pytest.mark.parametrize("shares", [[1.0], [0.7, 0.2, 0.1]])
def test_is_the_cosine_with_each_model_by_its_share(
    index: StoredIndex, rows: list[int], shares: list[float]
) -> None:
    shares = shares[: len(rows)]
    # The order of the block differs from the places asked for.
    block = block_of(index, np.arange(len(TEXTS))[::-1])
    found = feedback(block, len(TEXTS) - 1 - np.array(rows), np.array(shares))
    np.testing.assert_allclose(found, by_hand(index, rows, shares), rtol=1e-12)


def test_a_copy_of_the_only_model_is_all_like_it_and_a_stranger_not_at_all(
    index: StoredIndex,
) -> None:
    found = feedback(block_of(index, np.array([0, 4, 2])), np.arange(3), np.array([1.0]))
    np.testing.assert_allclose(found, [1, 1, 0], atol=1e-12)


def query(index: StoredIndex, text: str) -> Query:
    vector = HashingEncoder().encode_question(text)
    return Query.of(index, index.analyzer.analyze_question(text), vector)


NO_FEEDBACK = replace(SHIPPED, feedback=replace(SHIPPED.feedback, weight=0.0))


def test_scores_rise_by_no_more_than_its_weight(index: StoredIndex) -> None:
    asked = query(index, "Who built the harbour of Genoa?")
    after = rank(index, asked)
    before = rank(index, asked, parameters=NO_FEEDBACK)
    scores = dict(zip(before.rows.tolist(), before.fused.tolist(), strict=True))
    gains = [
        score - scores[row]
        for row, score in zip(after.rows.tolist(), after.fused.tolist(), strict=True)
    ]
    assert min(gains) >= -1e-12
    assert 0 < max(gains) <= 2 + 1e-12


def test_vectors_alone_know_nothing_of_it(index: StoredIndex) -> None:
    asked = query(index, "Who built the harbour of Genoa?")
    after = rank(index, asked, mode=Mode.DENSE)
    without = rank(index, asked, mode=Mode.DENSE, parameters=NO_FEEDBACK)
    np.testing.assert_array_equal(after.fused, without.fused)
