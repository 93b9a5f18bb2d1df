"""The journal: later builds reuse what was encoded, but nothing that is damaged."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from qa_index.collection.local import disk, journal
from qa_index.collection.local.journal import JOURNAL, EncodingJournal, KeyTable
from qa_index.vectors import Encoded, Quantised

DIMENSION = 6
Key = tuple[int, int]


def opened(folder: Path, made_with: str = "model", *, anew: bool = False) -> EncodingJournal:
    return EncodingJournal(folder, made_with=made_with, dimension=DIMENSION, anew=anew)


def batch(number: int, counts: Sequence[int]) -> tuple[list[Key], np.ndarray, Encoded]:
    """Vectors that identify their batch."""
    random = np.random.default_rng(number)
    total = sum(counts)
    encoded = Encoded(
        random.standard_normal((len(counts), DIMENSION), dtype=np.float32),
        Quantised(
            random.integers(-127, 128, (total, DIMENSION), dtype=np.int8),
            random.random(total, dtype=np.float32),
        ),
    )
    keys = [(10 * number + row, (1 << 64) - 1 - number) for row in range(len(counts))]
    return keys, np.array(counts), encoded


BATCHES = [batch(0, [2, 0, 3]), batch(1, [1]), batch(2, [4, 1, 1, 2])]


def write(folder: Path, batches: Sequence[tuple[list[Key], np.ndarray, Encoded]]) -> None:
    with opened(folder) as kept:
        for each in batches:
            kept.append(*each)
        kept.sync()


def assert_holds(kept: EncodingJournal, batches: Sequence[object]) -> None:
    """Each batch of ``BATCHES`` is held completely, in any order, or not at all."""
    for keys, counts, encoded in BATCHES:
        expected = any(encoded is each[2] for each in batches)  # type: ignore[index]
        rows = kept.rows_of_keys(keys[::-1])
        assert (rows >= 0).all() == expected
        if expected:
            found = kept.encoded(rows)
            assert np.array_equal(found.passages, encoded.passages[::-1])
            ends = np.cumsum([0, *counts])
            order = [
                sentence
                for row in reversed(range(len(counts)))
                for sentence in range(ends[row], ends[row + 1])
            ]
            assert np.array_equal(found.sentences.codes, encoded.sentences.codes[order])
            assert np.array_equal(found.sentences.scales, encoded.sentences.scales[order])


def test_what_was_appended_is_found_again(tmp_path: Path) -> None:
    write(tmp_path, BATCHES[:2])
    with opened(tmp_path) as kept:
        assert_holds(kept, BATCHES[:2])
        kept.append(*BATCHES[2])
    with opened(tmp_path) as kept:
        assert len(kept) == 8
        assert_holds(kept, BATCHES)


def test_without_one_nothing_is_known(tmp_path: Path) -> None:
    with opened(tmp_path) as kept:
        assert_holds(kept, [])
    assert list(tmp_path.iterdir()) == []


def test_cut_anywhere(tmp_path: Path) -> None:
    """A torn record is ignored, and overwritten by the next."""
    write(tmp_path, BATCHES)
    path = tmp_path / JOURNAL
    whole = path.read_bytes()
    sizes = []
    for count in range(4):
        path.unlink()
        write(tmp_path, BATCHES[:count] or [])
        sizes.append(path.stat().st_size if count else 0)
        path.touch()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        there = max(count for count, size in enumerate(sizes) if size <= length)
        with opened(tmp_path) as kept:
            assert_holds(kept, BATCHES[:there])
            for each in BATCHES[there:]:
                kept.append(*each)
        with opened(tmp_path) as kept:
            assert_holds(kept, BATCHES)


def test_a_flipped_bit_never_gives_another_vector(tmp_path: Path) -> None:
    write(tmp_path, BATCHES)
    path = tmp_path / JOURNAL
    whole = path.read_bytes()
    for byte in range(len(whole)):
        for bit in (1, 128):
            path.write_bytes(whole[:byte] + bytes([whole[byte] ^ bit]) + whole[byte + 1 :])
            with opened(tmp_path) as kept:
                count = {8: 3, 4: 2, 3: 1, 0: 0}[len(kept)]
                assert_holds(kept, BATCHES[:count])


@pytest.mark.parametrize("raw", [b"", b"\x80\x04K\x01.", b"qa.encoded/1\n", bytes(5000)])
def test_what_is_no_journal_is_removed(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / JOURNAL).write_bytes(raw)
    with opened(tmp_path) as kept:
        assert_holds(kept, [])
        assert not journal.holds_work(tmp_path)
        kept.append(*BATCHES[0])
    with opened(tmp_path) as kept:
        assert_holds(kept, BATCHES[:1])


def test_of_another_model(tmp_path: Path) -> None:
    write(tmp_path, BATCHES)
    with opened(tmp_path, "another") as kept:
        assert_holds(kept, [])
    assert not journal.holds_work(tmp_path)


def test_anew_takes_only_what_was_encoded_anew(tmp_path: Path) -> None:
    write(tmp_path, BATCHES)
    with opened(tmp_path, anew=True) as kept:
        assert_holds(kept, [])
        kept.append(*BATCHES[0])
    with opened(tmp_path, anew=True) as kept:
        assert_holds(kept, BATCHES[:1])
    with opened(tmp_path) as kept:
        assert_holds(kept, BATCHES[:1])


def test_no_more_than_the_limit_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LIMIT", 100)
    write(tmp_path, BATCHES)
    with opened(tmp_path) as kept:
        assert_holds(kept, BATCHES[:1])


def test_both_halves_of_a_key_count() -> None:
    low, high = np.array([5, 1, 6], dtype=np.uint64), np.array([7, 2, 8], dtype=np.uint64)
    found = KeyTable(low, high).rows_of([(1, 2), (5, 7), (5, 9), (0, 0), (9, 9)])
    assert found.tolist() == [1, 0, -1, -1, -1]
    assert KeyTable(low[:0], high[:0]).rows_of([(1, 2)]).tolist() == [-1]


def test_it_is_waited_for_the_disk_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "SYNC_EVERY", 2)
    steps: list[str] = []
    disk.watch(lambda when, step, _: steps.append(step) if when == "after" else None)
    try:
        with opened(tmp_path) as kept:
            for each in BATCHES:
                kept.append(*each)
            kept.sync()
            kept.sync()
    finally:
        disk.watch(None)
    created = ["remove", "create", "write", "sync"]
    assert steps == [*created, "write", "write", "sync", "write", "sync"]
