"""Which values are together: whatever their order, and only if every two of them agree."""

from itertools import combinations, permutations
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.agreement.finding import Value
from qa.answering.agreement.grouping import _grouped
from qa.answering.agreement.names import name_in
from qa.answering.agreement.subject import Found, agree
from qa.values import NormalValue, ValueKind
from qa_index.records import Span

PARTS = ["John", "Jane", "J.", "Smith", "Smythe", "Isabella", "I", "of Castile", "Dr."]
NAMES = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map(" ".join).filter(name_in)


def named(written: str) -> Value:
    name = name_in(written)
    assert name
    normal = NormalValue(name=name.told)
    return Value(0, len(written), ValueKind.NAME, normal, "name", name)


def found(written: str, rank: int) -> Found:
    """A name in a passage of nothing else."""
    metadata = SimpleNamespace(date=None)
    document = SimpleNamespace(title="", path="x.txt", metadata=metadata, mtime_ns=0)
    passage = SimpleNamespace(document=document)
    citation = SimpleNamespace(rank=rank, id=f"{rank:016x}", also_in=())
    span = Span(0, len(written))
    return Found(cast("Any", citation), cast("Any", passage), span, written, named(written))


def groups(names: list[str]) -> list[list[str]]:
    """The names of each group, as they are written."""
    grouped = _grouped([found(name, rank) for rank, name in enumerate(names, 1)])
    return [[each.text for each in group.members] for group in grouped]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Isabella", "Isabella of Castile"], [["Isabella", "Isabella of Castile"]]),
        (
            ["Isabella", "Isabella of Castile", "Isabella I"],
            [["Isabella"], ["Isabella I"], ["Isabella of Castile"]],
        ),
        (
            ["Smith", "Smith", "John Smith", "Jane Smith"],
            [["Jane Smith"], ["John Smith"], ["Smith", "Smith"]],
        ),
        (
            ["Dr. John Smith", "J. Smith", "Smith", "John Smith"],
            [["Dr. John Smith", "J. Smith", "John Smith", "Smith"]],
        ),
        (
            ["J. Smith", "John Smith", "James Smith"],
            [["J. Smith"], ["James Smith"], ["John Smith"]],
        ),
    ],
)
def test_the_order_decides_nothing(names: list[str], expected: list[list[str]]) -> None:
    for order in permutations(names):
        assert sorted(map(sorted, groups(list(order)))) == expected


@given(st.lists(NAMES, min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_the_order_of_any_names_decides_nothing(names: list[str], random: Any) -> None:
    other = random.sample(names, len(names))
    assert sorted(map(sorted, groups(names))) == sorted(map(sorted, groups(other)))


@given(st.lists(NAMES, min_size=1, max_size=7))
def test_every_two_names_of_a_group_agree(names: list[str]) -> None:
    for group in groups(names):
        assert all(agree(named(one), named(other)) for one, other in combinations(group, 2))


@given(st.lists(NAMES, min_size=1, max_size=7))
def test_those_that_agree_are_apart_only_where_one_could_be_two(names: list[str]) -> None:
    place = {name: number for number, group in enumerate(groups(names)) for name in group}
    for pair in combinations(place, 2):
        if place[pair[0]] != place[pair[1]] and agree(*map(named, pair)):
            like = [[it for it in names if agree(named(it), named(each))] for each in pair]
            assert any(
                not agree(*map(named, two)) for each in like for two in combinations(each, 2)
            )


@given(st.lists(NAMES, min_size=1, max_size=7))
def test_members_and_groups_keep_the_order_of_the_citations(names: list[str]) -> None:
    grouped = _grouped([found(name, rank) for rank, name in enumerate(names, 1)])
    ranks = [[each.rank for each in group.members] for group in grouped]
    assert all(each == sorted(each) for each in ranks)
    assert [each[0] for each in ranks] == sorted(each[0] for each in ranks)
