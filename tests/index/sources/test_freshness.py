"""Whether a source changed, with cached hashes."""

import os
from pathlib import Path

import pytest

from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.sources import freshness
from qa_index.sources.freshness import Hashed, is_stale
from tests.support.hashing_encoder import HashingEncoder


class Emptied(Hashed):
    """A cache that another thread empties after each successful lookup."""

    def __contains__(self, key: object) -> bool:
        found = super().__contains__(key)
        self.clear()
        return found


@pytest.fixture
def index(tmp_path: Path) -> StoredIndex:
    """An index of two files that were touched since."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"This is {name}.")
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    build(paths, tmp_path / ".qa", encoder=HashingEncoder())
    for path in paths:
        os.utime(path, ns=(1, 1))
    return StoredIndex(tmp_path / ".qa")


def test_other_threads_may_forget_a_hash_at_any_time(index: StoredIndex) -> None:
    hashed = Emptied()
    for _ in range(2):
        assert not is_stale(index.document(0), index.root, hashed)


def test_of_many_hashes_only_the_latest_gives_way(
    index: StoredIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "REMEMBERED", 2)
    hashed: Hashed = {("first", 1, 1): "noted", ("second", 1, 1): "noted"}
    for number in range(2):
        assert not is_stale(index.document(number), index.root, hashed)
    assert [Path(path).name for path, _, _ in hashed] == ["first", "b.txt"]


def test_what_cannot_be_read_is_stale_and_not_remembered(
    index: StoredIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "sha256_of", lambda _: None)
    hashed: Hashed = {}
    assert is_stale(index.document(0), index.root, hashed)
    assert hashed == {}
