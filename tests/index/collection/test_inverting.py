"""Postings built in runs, and from an earlier generation, against those built at once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_index.collection.local import inverting
from qa_index.collection.local.inverting import PostingsBuilder
from qa_index.collection.local.postings import Postings
from qa_index.collection.local.scratch import Scratch

Row = list[str]

# Two pairs with the same CRC-32, which are ordered by their text.
COLLIDING = ["plumless", "buckeroo", "codding", "gnu"]

rows_of_terms = st.lists(
    st.lists(st.sampled_from(["a", "b", "ä", "zebra", *COLLIDING]), max_size=9)
)


def built(rows: Sequence[Row]) -> Postings:
    builder = PostingsBuilder()
    for row in rows:
        builder.add(row)
    return builder.finish()


def assert_same(one: Postings, other: Postings) -> None:
    for name in Postings.array_names():
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
        assert getattr(one, name).dtype == getattr(other, name).dtype, name
    for name in Postings.scalar_names():
        assert getattr(one, name) == getattr(other, name), name


def by_hand(rows: Sequence[Row]) -> dict[str, list[int]]:
    terms = {term for row in rows for term in row}
    return {term: [n for n, row in enumerate(rows) if term in row] for term in terms}


@given(rows_of_terms)
def test_each_term_has_the_rows_that_hold_it(rows: list[Row]) -> None:
    postings = built(rows)
    expected = by_hand(rows)
    assert sorted(postings.terms()) == sorted(expected)
    for term, own in expected.items():
        assert postings.find(term)[0].tolist() == own


@given(rows_of_terms, st.integers(1, 12), st.integers(1, 12))
def test_runs_and_merges_of_any_size_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], held: int, merged: int
) -> None:
    opened: list[Scratch] = []

    def scratch() -> Scratch:
        opened.append(Scratch(tmp_path_factory.mktemp("runs") / "runs"))
        return opened[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inverting, "HELD", held)
        patch.setattr(inverting, "_MERGED", merged)
        builder = PostingsBuilder(scratch=scratch)
        for row in rows:
            builder.add(row)
        assert_same(builder.finish(), built(rows))
    assert len(opened) == (sum(len(set(row)) for row in rows) >= held)
    for each in opened:
        each.close()


@given(rows_of_terms, rows_of_terms, st.data())
def test_rows_of_an_earlier_generation_are_kept_as_they_were(
    earlier: list[Row], new: list[Row], data: st.DataObject
) -> None:
    """Kept passages stay in order among new ones; the others and their terms are removed."""
    kept = [row for row in range(len(earlier)) if data.draw(st.booleans())]
    builder = PostingsBuilder(earlier=built(earlier))
    rows: list[Row] = []
    for number, row in enumerate(kept):
        for each in new[number : number + 1]:
            builder.add(each)
            rows.append(each)
        builder.keep(row, row + 1)
        rows.append(earlier[row])
    for each in new[len(kept) :]:
        builder.add(each)
        rows.append(each)
    assert_same(builder.finish(), built(rows))


def test_terms_of_one_hash_are_told_apart() -> None:
    postings = built([[term] for term in COLLIDING])
    for number, term in enumerate(COLLIDING):
        assert postings.find(term)[0].tolist() == [number]
    assert postings.find("no such term")[0].tolist() == []


def test_without_an_earlier_generation_nothing_can_be_kept() -> None:
    with pytest.raises(ValueError, match="no earlier generation"):
        PostingsBuilder().keep(0, 1)


class TestScratch:
    """Temporary arrays on disk that are always removed."""

    def test_what_was_appended_is_read_back_in_any_order(self, tmp_path: Path) -> None:
        scratch = Scratch(tmp_path / "scratch")
        parts = [
            np.arange(5, dtype="<i4"),
            np.zeros(0, dtype="<i4"),
            np.arange(9, 3, -1, dtype="<i4"),
        ]
        starts = [scratch.append(part) for part in parts]
        for part, start in reversed(list(zip(parts, starts, strict=True))):
            np.testing.assert_array_equal(scratch.read(start, len(part), "<i4"), part)
        np.testing.assert_array_equal(scratch.read(starts[2] + 4, 2, "<i4"), [8, 7])
        assert scratch.append(parts[0]) == 44
        scratch.close()

    def test_it_is_gone_when_closed(self, tmp_path: Path) -> None:
        scratch = Scratch(tmp_path / "scratch")
        scratch.append(np.arange(5))
        scratch.close()
        scratch.close()
        assert list(tmp_path.iterdir()) == []

    def test_a_file_that_was_cut_is_an_error(self, tmp_path: Path) -> None:
        scratch = Scratch(tmp_path / "scratch")
        start = scratch.append(np.arange(5, dtype="<i4"))
        (tmp_path / "scratch").write_bytes(b"")
        with pytest.raises(OSError, match="ends too soon"):
            scratch.read(start, 5, "<i4")
        scratch.close()
