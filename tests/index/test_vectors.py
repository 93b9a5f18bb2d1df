"""Each fast vector routine against a slow reference implementation, value by value."""

import numpy as np
import pytest
from numpy.typing import NDArray

from qa_index.vectors import (
    Moments,
    products,
    quantise,
    ranges,
    similarity_distribution,
)

Floats = NDArray[np.float32]


def unit(count: int, seed: int = 0) -> Floats:
    vectors = np.random.default_rng(seed).normal(size=(count, 48)).astype(np.float32)
    scaled: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def test_quantised_vectors_are_half_a_step_off_at_most() -> None:
    vectors = unit(200) * np.linspace(0.1, 30, 200, dtype=np.float32)[:, None]
    quantised = quantise(vectors)
    assert quantised.codes.dtype == np.int8
    error = np.abs(quantised.restored() - vectors).max(axis=1)
    assert (error <= 0.501 * quantised.scales).all()


def test_a_zero_vector_stays_zero() -> None:
    assert not quantise(np.zeros((2, 8), dtype=np.float32)).restored().any()


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_products_are_those_of_the_matrix(count: int) -> None:
    vectors, question = unit(count), unit(1, seed=1)[0]
    assert np.allclose(products(vectors, question), vectors @ question, atol=1e-6)
    marks = vectors > 0
    assert np.allclose(products(marks, np.arange(48.0)), marks @ np.arange(48.0))


def test_a_product_is_the_same_among_others() -> None:
    vectors, question = unit(5000), unit(1, seed=1)[0]
    some = np.random.default_rng(2).choice(5000, 77)
    assert np.array_equal(products(vectors[some], question), products(vectors, question)[some])


@pytest.mark.parametrize("count", [1, 2, 5000])
def test_closed_form_statistics_equal_a_full_scan(count: int) -> None:
    vectors, question = unit(count) + 0.1, unit(1, seed=1)[0]
    moments = Moments(vectors.shape[1])
    for start in range(0, count, 777):
        moments.add(vectors[start : start + 777])
    closed = similarity_distribution(question, moments.finish())
    scanned = vectors.astype(np.float64) @ question
    assert closed.mean == pytest.approx(scanned.mean(), abs=1e-6)
    assert closed.deviation == pytest.approx(scanned.std(), abs=1e-3 if count < 3 else 1e-6)


def test_ranges_are_laid_end_to_end() -> None:
    starts, counts = np.array([5, 0, 9, 2]), np.array([2, 0, 1, 3])
    expected = np.concatenate([np.arange(s, s + c) for s, c in zip(starts, counts, strict=True)])
    np.testing.assert_array_equal(ranges(starts, counts), expected)
    assert len(ranges(starts[:0], counts[:0])) == 0
