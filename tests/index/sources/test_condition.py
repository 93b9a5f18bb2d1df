"""Whether an index is up to date with its files."""

import shutil
from pathlib import Path

import pytest

from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.manifest import Root
from qa_index.sources.condition import condition_of
from qa_index.sources.plan import entries_of
from tests.support.hashing_encoder import HashingEncoder


@pytest.fixture
def index(tmp_path: Path) -> StoredIndex:
    for name in ("a", "a/inner", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "note.txt").write_text(f"A note of {name}.")
    build([tmp_path / "a", tmp_path / "b"], tmp_path / ".qa", encoder=HashingEncoder())
    return StoredIndex(tmp_path / ".qa")


@pytest.mark.parametrize(
    ("within", "walked"),
    [
        (None, ["a", "b"]),
        (["."], ["a", "b"]),
        (["a"], ["a"]),
        (["a/inner/note.txt"], ["a"]),
        (["b", "a/inner"], ["a", "b"]),
        (["c"], []),
    ],
)
def test_only_roots_that_matter_are_walked(
    index: StoredIndex,
    within: list[str] | None,
    walked: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []
    plain = entries_of

    def spied(root: Root, path: Path) -> object:
        seen.append(root.path)
        return plain(root, path)

    monkeypatch.setattr("qa_index.sources.condition.entries_of", spied)
    assert condition_of(index, within).fresh
    assert seen == walked


def test_names_start_from_the_base(index: StoredIndex, tmp_path: Path) -> None:
    (tmp_path / "a" / "new.txt").write_text("A new note.")
    shutil.rmtree(tmp_path / "b")
    (tmp_path / "b").mkdir()
    based = StoredIndex(index.folder, base=tmp_path / "a")
    found = condition_of(based)
    assert found.new == ("new.txt",)
    assert found.vanished == (str(tmp_path / "b" / "note.txt"),)
    assert [root.path for root in based.manifest.roots] == [".", str(tmp_path / "b")]
