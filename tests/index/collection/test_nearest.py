"""Passage vectors in both layouts, against numpy on the original vectors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray

from qa_index.collection.local import layout
from qa_index.collection.local.checked import CheckedArray, CheckedFile, CheckedWriter
from qa_index.collection.local.generations import ArrayWriter
from qa_index.collection.local.ivfpq import (
    EXACT,
    IvfPqVectors,
    fixed_point,
    group_count,
    nearest_among,
    write_ivfpq,
)
from qa_index.collection.local.nearest import FAISS_FROM, FlatVectors, PassageVectors
from qa_index.collection.local.subset import Subsets
from qa_index.errors import IndexDamaged
from qa_index.search.parameters import CANDIDATES

Floats = NDArray[np.float32]


class Files:
    """Writes files into a folder, then opens them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, ArrayWriter] = {}
        self._bytes: dict[str, CheckedWriter] = {}
        self._digests: dict[str, NDArray[np.uint64]] = {}

    def bytes(self, name: str) -> CheckedWriter:
        self._bytes[name] = CheckedWriter(self._folder / name)
        return self._bytes[name]

    def array(self, name: str, dtype: DTypeLike, row: tuple[int, ...] = ()) -> ArrayWriter:
        writer = ArrayWriter(CheckedWriter(self._folder / name), np.dtype(dtype), row)
        self._bytes[name] = writer.file
        self._writers[name] = writer
        return writer

    def finish(self) -> None:
        for name, file in self._bytes.items():
            self._digests[name] = file.finish()

    def file(self, name: str) -> CheckedFile:
        size = self._bytes[name].size
        return CheckedFile(self._folder / name, size=size, digests=self._digests[name])

    def open(self, name: str) -> CheckedArray:
        writer = self._writers[name]
        return CheckedArray(self.file(name), writer.dtype, (writer.length, *writer.row))


def flat(vectors: Floats, folder: Path) -> PassageVectors:
    files = Files(folder)
    files.array(layout.VECTORS, "<f4", vectors.shape[1:]).append(vectors)
    files.finish()
    return FlatVectors(files.open)


def ivfpq(vectors: Floats, folder: Path, earlier: IvfPqVectors | None = None) -> IvfPqVectors:
    folder.mkdir(exist_ok=True)
    files: Any = Files(folder)
    write_ivfpq(files, vectors, earlier)
    files.finish()
    return IvfPqVectors(files.open, files.file(layout.IVFPQ))


Store = Callable[[Floats, Path], PassageVectors]


@pytest.fixture(params=[flat, ivfpq], ids=["flat", "ivfpq"])
def store(request: pytest.FixtureRequest) -> Store:
    chosen: Store = request.param
    return chosen


def unit(vectors: NDArray[Any]) -> Floats:
    scaled: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def scattered(count: int, *, seed: int = 0) -> Floats:
    """Random vectors without structure."""
    return unit(np.random.default_rng(seed).normal(size=(count, 48)))


def clustered(count: int, *, seed: int = 0) -> Floats:
    """Vectors around 300 topics, as with texts; each ``seed`` draws others around the same
    topics."""
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


def test_ivfpq_vectors_find_99_of_the_100_nearest(tmp_path: Path) -> None:
    vectors, questions = clustered(60_000), clustered(50, seed=1)
    stored = ivfpq(vectors, tmp_path)
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


def test_a_subset_is_searched_as_if_nothing_else_were_there(store: Store, tmp_path: Path) -> None:
    vectors, questions = clustered(12_000), clustered(10, seed=1)
    stored, subsets = store(vectors, tmp_path), Subsets(len(vectors))
    for share in (0.9, 0.5, 0.1, 0.001):
        mask = np.random.default_rng(2).random(len(vectors)) < share
        rows = np.flatnonzero(mask)
        shares = []
        for question in questions:
            exact = rows[np.argsort(-(vectors[rows] @ question), kind="stable")[:100]]
            found = stored.nearest(question, 100, subsets.of(rows))
            assert mask[found].all()
            assert len(found) == min(100, len(rows))
            shares.append(np.isin(exact, found).mean())
        is_exact = len(rows) <= EXACT or isinstance(stored, FlatVectors)
        assert np.mean(shares) >= (1 if is_exact else 0.98)


def test_the_ten_nearest_of_a_subset_of_any_size_are_those_of_an_exact_search(
    tmp_path: Path,
) -> None:
    vectors, questions = clustered(30_000), clustered(20, seed=1)
    stored, subsets = ivfpq(vectors, tmp_path), Subsets(len(vectors))
    order = np.random.default_rng(2).permutation(len(vectors))
    for count in (29_999, 27_000, 15_000, 6_000, EXACT + 1, EXACT, 300, 10, 1):
        rows = np.sort(order[:count])
        for question in questions:
            exact = nearest_among(stored, question, 10, rows)
            # As many candidates as a search asks for.
            found = stored.nearest(question, CANDIDATES, subsets.of(rows))
            np.testing.assert_array_equal(found[:10], exact, str(count))


def test_the_subset_of_the_same_rows_is_found_again() -> None:
    subsets, rows = Subsets(20), np.array([0, 9, 17])
    assert subsets.of(rows) is subsets.of(rows)
    assert subsets.of(rows) is not subsets.of(rows.copy())
    assert subsets.of(rows).bits.tolist() == [1, 2, 2]
    for count in range(20):
        assert np.flatnonzero(subsets.of(np.arange(count)).mask).tolist() == list(range(count))


def test_equal_vectors_come_in_the_order_of_rows(store: Store, tmp_path: Path) -> None:
    vectors = np.repeat(scattered(4), 50, axis=0)
    found = store(vectors, tmp_path).nearest(vectors[120], 20)
    np.testing.assert_array_equal(found, np.arange(100, 120))


@pytest.mark.parametrize(
    ("vectors", "question"),
    [
        (np.repeat(scattered(1), 1000, axis=0), scattered(1, seed=1)[0]),
        (
            np.concatenate([np.repeat(scattered(1), 1000, axis=0), scattered(1, seed=1)]),
            -scattered(1)[0],
        ),
        (np.zeros((1000, 48), dtype=np.float32), scattered(1)[0]),
        (scattered(5000), np.zeros(48, dtype=np.float32)),
    ],
    ids=["all the same", "all but one", "zeros", "question of zeros"],
)
def test_vectors_that_codes_do_not_tell_apart(
    store: Store, tmp_path: Path, vectors: Floats, question: Floats
) -> None:
    found = store(vectors, tmp_path).nearest(question, 100)
    np.testing.assert_array_equal(found, np.argsort(-(vectors @ question), kind="stable")[:100])


def test_nothing_is_near_in_an_empty_collection(tmp_path: Path) -> None:
    assert len(flat(scattered(0), tmp_path).nearest(scattered(1)[0], 10)) == 0


@pytest.mark.parametrize("name", [layout.VECTORS, layout.COMPONENTS, layout.VECTOR_SCALES])
def test_a_flipped_bit_is_noticed(tmp_path: Path, name: str) -> None:
    vectors = scattered(3000)
    stored = (flat if name == layout.VECTORS else ivfpq)(vectors, tmp_path)
    path = tmp_path / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(IndexDamaged, match=name):
        stored[np.arange(3000)]


class TestDamagedGroups:
    """The file that FAISS reads is checked before loading and compared with the others after."""

    def test_a_flipped_bit(self, tmp_path: Path) -> None:
        stored = ivfpq(scattered(3000), tmp_path)
        path = tmp_path / layout.IVFPQ
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
        with pytest.raises(IndexDamaged, match=layout.IVFPQ):
            stored.nearest(scattered(1, seed=1)[0], 100)

    @pytest.mark.parametrize("other", ["other count", "other dimension", "other kind", "no index"])
    def test_sound_but_another_index(self, tmp_path: Path, other: str) -> None:
        files: Any = Files(tmp_path)
        write_ivfpq(files, scattered(3000))
        files.finish()
        foreign = {
            "other count": faiss.serialize_index(ivfpq(scattered(2999), tmp_path / "2").inverted),
            "other dimension": faiss.serialize_index(
                ivfpq(scattered(3000)[:, :40], tmp_path / "3").inverted
            ),
            "other kind": faiss.serialize_index(faiss.IndexFlatIP(48)),
            "no index": np.zeros(1000, dtype=np.uint8),
        }[other]
        (tmp_path / "foreign").mkdir()
        others = Files(tmp_path / "foreign")
        others.bytes(layout.IVFPQ).write(foreign)
        others.finish()
        stored = IvfPqVectors(files.open, others.file(layout.IVFPQ))
        with pytest.raises(IndexDamaged, match=layout.IVFPQ):
            stored.nearest(scattered(1, seed=1)[0], 100)


class TestFixedPoint:
    """16 bits for each component."""

    def test_components_are_half_a_step_off_at_most(self) -> None:
        vectors = scattered(200) * np.linspace(0.1, 30, 200, dtype=np.float32)[:, None]
        stored = fixed_point(vectors)
        assert stored.components.dtype == np.int16
        error = np.abs(stored.restored() - vectors).max(axis=1)
        assert (error <= stored.scales / 2).all()
        # No bit is wasted: the largest component is in the upper half of the range.
        assert (np.abs(stored.components).max(axis=1) >= 16_383).all()

    def test_what_was_restored_is_stored_the_same(self) -> None:
        stored = fixed_point(scattered(500))
        again = fixed_point(stored.restored())
        for one, other in zip(stored, again, strict=True):
            np.testing.assert_array_equal(one, other)

    def test_a_zero_vector_stays_zero(self) -> None:
        assert not fixed_point(np.zeros((2, 8), dtype=np.float32)).restored().any()


def groups_of(stored: IvfPqVectors) -> NDArray[np.int64]:
    """The group of each row."""
    lists = stored.inverted.invlists
    groups = np.empty(len(stored), dtype=np.int64)
    for number in range(lists.nlist):
        if size := lists.list_size(number):
            groups[faiss.rev_swig_ptr(lists.get_ids(number), size)] = number
    return groups


def centroids_of(stored: IvfPqVectors) -> Floats:
    found: Floats = stored.inverted.quantizer.reconstruct_n(0, stored.inverted.nlist)
    return found


class TestRegrouping:
    """An update leaves vectors in their groups, so that it is cheap."""

    def test_what_is_kept_stays_in_its_group(self, tmp_path: Path) -> None:
        vectors = clustered(3000)
        before = ivfpq(vectors, tmp_path / "1")
        rows = np.concatenate([np.arange(100, 2000), [5]])
        new = clustered(2, seed=1)
        after = ivfpq(np.concatenate([before[rows], new]), tmp_path / "2", before)
        np.testing.assert_array_equal(centroids_of(after), centroids_of(before))
        np.testing.assert_array_equal(groups_of(after)[:-2], groups_of(before)[rows])
        nearest = np.argmax(new @ centroids_of(before).T, axis=1)
        np.testing.assert_array_equal(groups_of(after)[-2:], nearest)
        np.testing.assert_array_equal(after.nearest(new[0], 1), [1901])

    @pytest.mark.parametrize("count", [600, 13_000])
    def test_another_number_of_groups_is_made_anew(self, tmp_path: Path, count: int) -> None:
        before = ivfpq(clustered(3000), tmp_path / "1")
        after = ivfpq(clustered(count, seed=1), tmp_path / "2", before)
        assert len(centroids_of(after)) == group_count(count)

    def test_a_repeated_update_writes_the_same(self, tmp_path: Path) -> None:
        before = ivfpq(clustered(3000), tmp_path / "1")
        ivfpq(before[np.arange(3000)], tmp_path / "2", before)
        for path in (tmp_path / "1").iterdir():
            assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes(), path.name
