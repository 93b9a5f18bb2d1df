"""How postings are packed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_index.collection.postgres.packing import PostingList
from qa_index.errors import IndexDamaged

LISTS = st.lists(
    st.tuples(st.integers(1, 1 << 20), st.integers(1, 70_000), st.integers(1, 1 << 20)),
    min_size=1,
    max_size=30,
)


def listed(rows: list[tuple[int, int, int]], first: int) -> PostingList:
    steps, frequencies, lengths = (
        np.array(each, dtype=np.int64) for each in zip(*rows, strict=True)
    )
    return PostingList(first + np.cumsum(steps), frequencies, lengths)


@given(LISTS, LISTS)
def test_joined_blocks_are_the_postings_of_both(
    one: list[tuple[int, int, int]], other: list[tuple[int, int, int]]
) -> None:
    lists = listed(one, 5), listed(other, 1 << 40)
    found = PostingList.unpack(b"".join(each.pack() for each in lists), "postings")
    for name in PostingList.__slots__:
        expected = np.concatenate([getattr(each, name) for each in lists])
        assert getattr(found, name).tolist() == expected.tolist()


def test_most_postings_take_six_bytes() -> None:
    postings = PostingList(np.arange(10_000), np.full(10_000, 3), np.full(10_000, 200))
    assert len(postings.pack()) < 6 * 10_000 + 20


def test_what_is_cut_is_refused() -> None:
    postings = listed([(1, 2, 3)], 0).pack()
    for place in range(1, len(postings)):
        with pytest.raises(IndexDamaged, match="postings is cut"):
            PostingList.unpack(postings[:place], "postings")
