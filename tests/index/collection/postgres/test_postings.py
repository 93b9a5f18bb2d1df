"""What is remembered of postings."""

import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest

from tests.support import postgres

if postgres.MISSING:
    pytest.skip(f"{postgres.MISSING} is not installed", allow_module_level=True)

from qa_index.collection.postgres import postings
from qa_index.collection.postgres.packing import PostingList
from qa_index.collection.postgres.postings import FetchedPostings, key_of
from qa_index.collection.served.numbering import Numbering

NUMBERING = Numbering.of(np.array([1]), np.array([1]), np.array([3]))
"""One document of three passages."""
KNOWN = PostingList(np.array([1, 3]), np.array([1, 2]), np.array([5, 6])).pack()


def test_words_that_no_passage_holds_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "REMEMBERED", 200 * 64)

    def fetch(keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: KNOWN for key in keys if key == key_of("known")}

    found = FetchedPostings(fetch, NUMBERING, average_length=5.5, k1=1.2, b=0.75)
    assert found.bounds("known") == (0, 2)
    assert found.rows[0:2].tolist() == [0, 2]
    # A first round fills what is kept on purpose.
    for number in range(1000):
        assert found.bounds(f"unknown{number}") == (0, 0)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(1000, 6000):
            found.bounds(f"unknown{number}")
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    # 531 bytes for each were 2.6 MB; what is kept is replaced by what tracemalloc counts.
    assert grown < 400_000
    assert found.bounds("known") == (0, 2)
    assert found.rows[0:2].tolist() == [0, 2]
