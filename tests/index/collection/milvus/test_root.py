"""Lists of documents, and which of them an update writes anew."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import milvus

if milvus.MISSING:
    pytest.skip(f"{milvus.MISSING} is not installed", allow_module_level=True)

from qa_index.collection.milvus.root import ENTRY, Named, PageRef, Table, bounds
from qa_index.collection.milvus.writer import _covered


def table(counts: list[int], first: int = 7) -> Table:
    entries = np.zeros(len(counts), ENTRY)
    entries["passages"] = counts
    entries["first_passage"] = first + np.cumsum([0, *counts])[:-1]
    return Table(entries, [Named(f"{number}\udcff", "en", "0") for number in range(len(counts))])


@given(st.lists(st.integers(0, 5), max_size=9))
def test_a_page_is_what_it_was(counts: list[int]) -> None:
    own = table(counts)
    again = Table.unpack(own.pack(), len(counts))
    assert again.names == own.names
    np.testing.assert_array_equal(again.entries, own.entries)
    passages = [number for run in own.runs() for number in range(*run)]
    assert passages == list(range(7, 7 + sum(counts)))
    assert bounds(own.entries) == ((7, 7 + sum(counts)) if sum(counts) else (0, 0))


@pytest.mark.parametrize("documents", [0, 2, 4])
def test_a_page_of_other_documents_is_refused(documents: int) -> None:
    with pytest.raises(ValueError, match="page"):
        Table.unpack(table([1, 2, 3]).pack(), documents)


@given(st.lists(st.integers(1, 5), max_size=6), st.data())
def test_a_range_is_made_of_whole_pages_and_the_rest(sizes: list[int], data: st.DataObject) -> None:
    pages = [PageRef(10 * number, 1, size) for number, size in enumerate(sizes)]
    total = sum(sizes)
    first = data.draw(st.integers(0, total))
    last = data.draw(st.integers(first, total))
    parts = list(_covered(pages, first, last))
    assert [each for _, part in parts for each in range(*part)] == list(range(first, last))
    starts = np.cumsum([0, *sizes])
    for page, part in parts:
        if page is not None:
            number = page.start // 10
            assert part == (starts[number], starts[number + 1])
