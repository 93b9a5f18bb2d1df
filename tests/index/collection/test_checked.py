"""Checksummed files: what was written is read back, and damage is always detected."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from qa_index.collection.local.checked import (
    BLOCK,
    CheckedArray,
    CheckedFile,
    CheckedWriter,
    digest_of_digests,
)
from qa_index.errors import IndexDamaged


def write(path: Path, *parts: bytes) -> CheckedFile:
    writer = CheckedWriter(path)
    for part in parts:
        writer.write(part)
    return CheckedFile(path, size=writer.size, digests=writer.finish())


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 40 * BLOCK + 17])
def test_what_was_written_is_read(tmp_path: Path, size: int) -> None:
    data = np.random.default_rng(size).bytes(size)
    file = write(tmp_path / "file", data[: size // 3], data[size // 3 :])
    assert file.read(0, size) == data
    assert file.read(size // 2, size) == data[size // 2 :]


def test_checksums_do_not_depend_on_how_the_bytes_arrived(tmp_path: Path) -> None:
    data = np.random.default_rng(0).bytes(40 * BLOCK + 5)
    whole, pieces = CheckedWriter(tmp_path / "whole"), CheckedWriter(tmp_path / "pieces")
    whole.write(data)
    for start in range(0, len(data), 7919):
        pieces.write(data[start : start + 7919])
    assert digest_of_digests(whole.finish()) == digest_of_digests(pieces.finish())


def test_a_flipped_bit_is_found_when_its_block_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    writer = CheckedWriter(path)
    writer.write(bytes(3 * BLOCK))
    digests = writer.finish()
    flip(path, BLOCK + 5)
    file = CheckedFile(path, size=3 * BLOCK, digests=digests)
    assert file.read(0, BLOCK) == bytes(BLOCK)
    assert file.read(2 * BLOCK, 3 * BLOCK) == bytes(BLOCK)
    with pytest.raises(IndexDamaged, match="file fails its checksum"):
        file.read(BLOCK - 1, BLOCK + 1)
    with pytest.raises(IndexDamaged):
        file.check_all()


@pytest.mark.parametrize("change", [-1, 1, -BLOCK])
def test_a_file_of_another_length_is_refused(tmp_path: Path, change: int) -> None:
    path = tmp_path / "file"
    writer = CheckedWriter(path)
    writer.write(bytes(2 * BLOCK))
    digests = writer.finish()
    path.write_bytes(bytes(2 * BLOCK + change))
    with pytest.raises(IndexDamaged, match="instead of"):
        CheckedFile(path, size=2 * BLOCK, digests=digests)


class TestArrays:
    """An array in a checked file behaves as in numpy, and verifies what it reads."""

    @pytest.fixture
    def values(self) -> NDArray[np.float32]:
        return np.random.default_rng(1).normal(size=(1000, 96)).astype("<f4")

    @pytest.fixture
    def path(self, tmp_path: Path, values: NDArray[np.float32]) -> Path:
        return tmp_path / "array"

    @pytest.fixture
    def array(self, path: Path, values: NDArray[np.float32]) -> CheckedArray:
        return CheckedArray(write(path, values.tobytes()), "<f4", values.shape)

    @pytest.mark.parametrize(
        "key",
        [
            slice(None),
            slice(10, 20),
            slice(5, 5),
            slice(-3, None),
            7,
            -1,
            np.array([3, 999, 3]),
            np.array([], dtype=np.int64),
            np.arange(1000) % 7 == 0,
        ],
        ids=str,
    )
    def test_reads_as_numpy_does(
        self, array: CheckedArray, values: NDArray[np.float32], key: Any
    ) -> None:
        np.testing.assert_array_equal(array[key], values[key])

    def test_rows_outside_are_an_error(self, array: CheckedArray) -> None:
        with pytest.raises(IndexError):
            array[1000]

    def test_only_touched_rows_are_checked(
        self, array: CheckedArray, path: Path, values: NDArray[np.float32]
    ) -> None:
        row = 500  # in the third of six blocks
        flip(path, row * values[0].nbytes)
        np.testing.assert_array_equal(array[np.array([0, 999])], values[[0, 999]])
        for key in (row, slice(row, row + 1), np.array([0, row]), np.array([row - 1, row + 1])):
            with pytest.raises(IndexDamaged):
                array[key]
        with pytest.raises(IndexDamaged):
            array.all()

    def test_rows_wider_than_a_block(self, tmp_path: Path) -> None:
        values = np.random.default_rng(2).integers(0, 255, size=(3, 5 * BLOCK // 2), dtype="u1")
        path = tmp_path / "wide"
        array = CheckedArray(write(path, values.tobytes()), "u1", values.shape)
        flip(path, values.shape[1] + BLOCK + 5)  # in the middle of row 1
        np.testing.assert_array_equal(array[np.array([0])][0, :10], values[0, :10])
        with pytest.raises(IndexDamaged):
            array[np.array([1])]

    def test_a_shape_that_does_not_fit_is_damage(self, tmp_path: Path) -> None:
        file = write(tmp_path / "file", bytes(100))
        with pytest.raises(IndexDamaged, match="shape"):
            CheckedArray(file, "<f4", (26,))
