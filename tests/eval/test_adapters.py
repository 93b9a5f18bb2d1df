"""The comparison of the adapters with the frameworks' own retrievers."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.adapters.__main__ import FRAMEWORKS, TOOLS, line, public, questions_of, sources
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
    row = measure(QUESTIONS, returned, SOURCES, p50_ms=12.0, cpu_ms=20.0)
    assert (row.first, row.in_three) == (1 / 2, 1)
    assert row.all_first == pytest.approx(1 / 3)
    assert row.all_in_three == pytest.approx(2 / 3)
    assert row.silent == 1 / 2
    assert row.verbatim == pytest.approx(5 / 6)
    assert row.placed == pytest.approx(4 / 6)
    assert row.characters == pytest.approx((24 + 17 + 24 + 13 + 17) / 3)
    assert line("tool", row) == (
        "| tool | 50% | 100% | 33% | 67% | 50% | 83% | 67% | 32 | 12 | 20 |"
    )


def test_by_default_our_adapter_is_silent_where_it_does_not_answer() -> None:
    silent = silent_unless_answered({"when": [FERRY], "why": [MOVED, CHANGED]})
    assert silent == {"when": [FERRY], "why": []}


def test_the_gold_of_the_seeds_is_found_in_them() -> None:
    texts = sources()
    for each in questions_of(texts):
        for gold in each.gold:
            assert texts[gold.path][gold.start : gold.end] == gold.quote


def test_paragraphs_of_a_public_set_stand_in_one_file_a_title(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    files: dict[str, list[dict[str, Any]]] = {
        "corpus.jsonl": [
            {"_id": "a0", "title": "Ferries", "text": "It leaves at ten."},
            {"_id": "b0", "title": "Bread", "text": "It is baked."},
            {"_id": "a1", "title": "Ferries", "text": "It returns at noon."},
        ],
        "queries.jsonl": [
            {"_id": "q", "text": "When does it return?"},
            {"_id": "r", "text": "Who rows?", "answerable": False},
        ],
    }
    for name, rows in files.items():
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta1\t1\n")
    texts, (found, nothing) = public(tmp_path, 9)
    assert texts == {
        "0000.txt": "Ferries\n\nIt leaves at ten.\n\nIt returns at noon.",
        "0001.txt": "Bread\n\nIt is baked.",
    }
    assert not nothing.answerable
    [gold] = found.gold
    assert texts[gold.path][gold.start : gold.end] == gold.quote == "It returns at noon."


def test_each_framework_has_its_two_tools() -> None:
    wanted = {f"{whose}_{each}.py" for whose in ("own", "our") for each in FRAMEWORKS}
    assert {path.name for path in TOOLS.glob("*.py")} == wanted
