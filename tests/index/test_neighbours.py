"""Passage vectors in both layouts, against numpy over the vectors themselves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray

from qa_index import layout
from qa_index.checked import CheckedArray, CheckedFile, CheckedWriter
from qa_index.errors import IndexDamaged
from qa_index.generations import ArrayWriter
from qa_index.grouped import (
    Earlier,
    GroupedVectors,
    estimates,
    fixed_point,
    group_count,
    sign_products,
    write_grouped,
)
from qa_index.neighbours import FAISS_FROM, FlatVectors, PassageVectors, nearest_among
from qa_index.vectors import Rows

Floats = NDArray[np.float32]


class Arrays:
    """Writes arrays into a folder, then opens them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, ArrayWriter] = {}
        self._digests: dict[str, NDArray[np.uint64]] = {}

    def array(self, name: str, dtype: DTypeLike, row: tuple[int, ...] = ()) -> ArrayWriter:
        writer = ArrayWriter(CheckedWriter(self._folder / name), np.dtype(dtype), row)
        self._writers[name] = writer
        return writer

    def finish(self) -> None:
        for name, writer in self._writers.items():
            self._digests[name] = writer.file.finish()

    def open(self, name: str) -> CheckedArray:
        writer = self._writers[name]
        file = CheckedFile(self._folder / name, size=writer.file.size, digests=self._digests[name])
        return CheckedArray(file, writer.dtype, (writer.length, *writer.row))


def flat(vectors: Floats, folder: Path) -> PassageVectors:
    arrays = Arrays(folder)
    arrays.array(layout.VECTORS, "<f4", vectors.shape[1:]).append(vectors)
    arrays.finish()
    return FlatVectors(arrays.open)


def grouped(
    vectors: Floats,
    folder: Path,
    previous: GroupedVectors | None = None,
    rows: Rows | None = None,
) -> GroupedVectors:
    folder.mkdir(exist_ok=True)
    arrays: Any = Arrays(folder)
    earlier = None if previous is None or rows is None else Earlier(previous, rows)
    write_grouped(arrays, vectors, earlier)
    arrays.finish()
    return GroupedVectors(arrays.open)


Store = Callable[[Floats, Path], PassageVectors]


@pytest.fixture(params=[flat, grouped], ids=["flat", "grouped"])
def store(request: pytest.FixtureRequest) -> Store:
    chosen: Store = request.param
    return chosen


def unit(vectors: NDArray[Any]) -> Floats:
    scaled: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def scattered(count: int, *, seed: int = 0) -> Floats:
    """Without any structure."""
    return unit(np.random.default_rng(seed).normal(size=(count, 48)))


def clustered(count: int, *, seed: int = 0) -> Floats:
    """Around 300 topics, as texts are; each ``seed`` draws others around the same topics."""
    topics = scattered(300, seed=99)
    generator = np.random.default_rng(seed)
    noise = generator.normal(scale=0.1, size=(count, topics.shape[1]))
    return unit(topics[generator.integers(300, size=count)] + noise)


@pytest.mark.parametrize(("count", "wanted"), [(1, 100), (99, 100), (3000, 1), (1000, 100)])
def test_the_nearest_are_those_that_numpy_finds(
    store: Store, tmp_path: Path, count: int, wanted: int
) -> None:
    vectors, question = scattered(count), scattered(1, seed=1)[0]
    found = store(vectors, tmp_path).nearest(question, wanted)
    np.testing.assert_array_equal(found, np.argsort(-(vectors @ question))[:wanted])


def test_faiss_finds_the_same(tmp_path: Path) -> None:
    vectors, question = scattered(FAISS_FROM + 1), scattered(1, seed=1)[0]
    found = flat(vectors, tmp_path).nearest(question, 100)
    np.testing.assert_array_equal(found, np.argsort(-(vectors @ question))[:100])


def test_grouped_vectors_find_99_of_the_100_nearest(tmp_path: Path) -> None:
    vectors, questions = clustered(60_000), clustered(50, seed=1)
    stored = grouped(vectors, tmp_path)
    exact = np.argsort(-(questions @ vectors.T), axis=1)[:, :100]
    shares = [
        np.isin(stored.nearest(question, 100), nearest).mean()
        for question, nearest in zip(questions, exact, strict=True)
    ]
    assert np.mean(shares) >= 0.99


def test_many_are_found_where_many_are_wanted(store: Store, tmp_path: Path) -> None:
    found = store(clustered(30_000), tmp_path).nearest(clustered(1, seed=1)[0], 26_000)
    assert len(np.unique(found)) == 26_000


def test_rows_are_read_in_the_order_asked_for(store: Store, tmp_path: Path) -> None:
    vectors = scattered(1000) * np.linspace(0.01, 40, 1000, dtype=np.float32)[:, None]
    stored = store(vectors, tmp_path)
    assert len(stored) == 1000
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    for rows in (np.array([999, 0, 5, 5]), slice(100, 300), slice(0, 0)):
        difference = np.abs(stored[rows] - vectors[rows]) / largest[rows]
        assert difference.max(initial=0) < 1 / 32_767
        assert stored[rows].shape == vectors[rows].shape


def test_nearest_among_some_rows(store: Store, tmp_path: Path) -> None:
    vectors, question = scattered(20_000), scattered(1, seed=1)[0]
    rows = np.arange(3, 20_000, 2)
    found = nearest_among(store(vectors, tmp_path), question, 10, rows)
    np.testing.assert_array_equal(found, rows[np.argsort(-(vectors[rows] @ question))[:10]])


def test_equal_vectors_come_in_the_order_of_rows(store: Store, tmp_path: Path) -> None:
    vectors = np.repeat(scattered(4), 50, axis=0)
    found = store(vectors, tmp_path).nearest(vectors[120], 20)
    np.testing.assert_array_equal(found, np.arange(100, 120))


def test_nothing_is_near_in_an_empty_collection(tmp_path: Path) -> None:
    assert len(flat(scattered(0), tmp_path).nearest(scattered(1)[0], 10)) == 0


@pytest.mark.parametrize("name", [layout.VECTORS, layout.COMPONENTS, layout.VECTOR_SCALES])
def test_a_flipped_bit_is_noticed(tmp_path: Path, name: str) -> None:
    vectors = scattered(3000)
    stored = (flat if name == layout.VECTORS else grouped)(vectors, tmp_path)
    path = tmp_path / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(IndexDamaged, match=name):
        stored[np.arange(3000)]


@pytest.mark.parametrize("name", [layout.CENTROIDS, layout.SIGNS, layout.ESTIMATES])
def test_a_flipped_bit_in_what_is_scanned_is_noticed(tmp_path: Path, name: str) -> None:
    stored = grouped(scattered(3000), tmp_path)
    path = tmp_path / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(IndexDamaged, match=name):
        stored.nearest(scattered(1, seed=1)[0], 100)


class TestFixedPoint:
    """16 bits for each component."""

    def test_components_are_half_a_step_off_at_most(self) -> None:
        vectors = scattered(200) * np.linspace(0.1, 30, 200, dtype=np.float32)[:, None]
        stored = fixed_point(vectors)
        assert stored.components.dtype == np.int16
        error = np.abs(stored.restored() - vectors).max(axis=1)
        assert (error <= stored.scales / 2).all()
        # No bit is given away: the largest component takes the upper half of the range.
        assert (np.abs(stored.components).max(axis=1) >= 16_383).all()

    def test_what_was_restored_is_stored_the_same(self) -> None:
        stored = fixed_point(scattered(500))
        again = fixed_point(stored.restored())
        for one, other in zip(stored, again, strict=True):
            np.testing.assert_array_equal(one, other)

    def test_a_zero_vector_stays_zero(self) -> None:
        assert not fixed_point(np.zeros((2, 8), dtype=np.float32)).restored().any()


class TestEstimates:
    """What signs and two numbers say of a vector."""

    @pytest.mark.parametrize("dimension", [8, 64, 100])
    def test_a_product_with_signs_counts_each_component(self, dimension: int) -> None:
        generator = np.random.default_rng(dimension)
        vectors = generator.normal(size=(5000, dimension)).astype(np.float32)
        nothing = np.zeros_like(vectors)
        found = estimates(vectors, nothing)
        assert found.signs.shape == (5000, layout.sign_words(dimension))
        # Of whole numbers with a largest of 7 nothing is rounded away.
        question = generator.integers(-7, 8, size=dimension).astype(np.float32)
        question[0] = 7
        expected = np.sign(vectors) @ question
        np.testing.assert_allclose(sign_products(found.signs, question), expected, atol=1e-3)

    def test_the_product_of_a_vector_with_itself_is_exact(self) -> None:
        """That is what the scale across is chosen for (RaBitQ's estimator)."""
        vectors, centroids = scattered(300), scattered(300, seed=5)
        found = estimates(vectors, centroids)
        along, across = found.scales.T
        rest = vectors - along[:, None] * centroids
        np.testing.assert_allclose(along, (vectors * centroids).sum(axis=1), atol=1e-6)
        np.testing.assert_allclose(np.einsum("ij,ij->i", rest, centroids), 0, atol=1e-6)
        with_signs = across * (np.sign(rest) * rest).sum(axis=1)
        np.testing.assert_allclose(along**2 + with_signs, 1, atol=1e-5)

    def test_a_question_and_a_vector_of_zeros(self) -> None:
        found = estimates(np.zeros((3, 48), dtype=np.float32), scattered(3))
        assert not found.scales.any()
        assert not sign_products(found.signs, np.zeros(48, dtype=np.float32)).any()


class TestRegrouping:
    """An update leaves vectors in their groups, so that it costs little."""

    def test_what_is_kept_stays_in_its_group(self, tmp_path: Path) -> None:
        vectors = clustered(3000)
        before = grouped(vectors, tmp_path / "1")
        rows = np.concatenate([np.arange(100, 2000), [-1, -1, 5]])
        new = clustered(2, seed=1)
        after_vectors = np.concatenate([vectors[100:2000], new, vectors[5:6]])
        after = grouped(after_vectors, tmp_path / "2", before, rows)
        np.testing.assert_array_equal(after.centroids.all(), before.centroids.all())
        kept = rows >= 0
        np.testing.assert_array_equal(after.groups()[kept], before.groups()[rows[kept]])
        nearest = np.argmax(new @ before.centroids.all().T, axis=1)
        np.testing.assert_array_equal(after.groups()[~kept], nearest)
        np.testing.assert_array_equal(after.nearest(new[0], 1), [1900])

    @pytest.mark.parametrize("count", [600, 13_000])
    def test_another_number_of_groups_is_made_anew(self, tmp_path: Path, count: int) -> None:
        before = grouped(clustered(3000), tmp_path / "1")
        vectors = clustered(count, seed=1)
        after = grouped(vectors, tmp_path / "2", before, np.full(count, -1))
        assert len(after.centroids) == group_count(count)

    def test_a_repeated_update_writes_the_same(self, tmp_path: Path) -> None:
        before = grouped(clustered(3000), tmp_path / "1")
        grouped(before[np.arange(3000)], tmp_path / "2", before, np.arange(3000))
        for path in (tmp_path / "1").iterdir():
            assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes(), path.name
