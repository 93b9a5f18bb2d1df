"""The comparison of the adapters with the frameworks' own retrievers."""

import pytest

from eval.adapters.__main__ import FRAMEWORKS, TOOLS, line, questions_of, sources
from eval.adapters.measuring import Returned, measure, silent_unless_answered
from qa_eval import Gold, Question

SOURCES = {"a.txt": "The ferry leaves at ten. The baker sleeps.", "b.txt": "Nothing else."}
FERRY = {"text": "The ferry leaves at ten.", "path": "a.txt", "start": 0, "answered": True}
BAKER = {"text": "The baker sleeps.", "path": "a.txt", "start": 25, "answered": True}
MOVED = {"text": "Nothing else.", "path": "b.txt", "start": 3, "answered": False}
CHANGED = {"text": "the FERRY leaves", "path": "a.txt", "start": None, "answered": False}


def question(name: str, gold: str | None, *tags: str) -> Question:
    start = None if gold is None else SOURCES["a.txt"].index(gold)
    places = () if gold is None else (Gold("a.txt", gold, start, (start or 0) + len(gold)),)
    return Question(name, name, answerable=gold is not None, gold=places, tags=tags)


QUESTIONS = (
    question("when", "The ferry leaves at ten.", "core"),
    question("who", "The baker sleeps.", "core"),
    question("other", "The baker sleeps."),
    question("why", None),
    question("where", None),
)


def test_a_row_is_measured_as_its_fields_say() -> None:
    returned: Returned = {
        "when": [FERRY, BAKER],
        "who": [FERRY, MOVED, BAKER],
        "other": [],
        "why": [CHANGED],
        "where": [],
    }
    row = measure(QUESTIONS, returned, SOURCES, 12.0)
    assert (row.first, row.in_three) == (1 / 2, 1)
    assert row.all_first == pytest.approx(1 / 3)
    assert row.all_in_three == pytest.approx(2 / 3)
    assert row.silent == 1 / 2
    assert row.verbatim == pytest.approx(5 / 6)
    assert row.placed == pytest.approx(4 / 6)
    assert row.characters == pytest.approx((24 + 17 + 24 + 13 + 17) / 3)
    assert line("tool", row).startswith("| tool | 50% | 100% | 33% | 67% | 50% | 83% | 67% | 32 |")


def test_by_default_our_adapter_is_silent_where_it_does_not_answer() -> None:
    silent = silent_unless_answered({"when": [FERRY], "why": [MOVED, CHANGED]})
    assert silent == {"when": [FERRY], "why": []}


def test_the_gold_of_the_seeds_is_found_in_them() -> None:
    texts = sources()
    for each in questions_of(texts):
        for gold in each.gold:
            assert texts[gold.path][gold.start : gold.end] == gold.quote


def test_each_framework_has_its_two_tools() -> None:
    wanted = {f"{whose}_{each}.py" for whose in ("own", "our") for each in FRAMEWORKS}
    assert {path.name for path in TOOLS.glob("*.py")} == wanted
