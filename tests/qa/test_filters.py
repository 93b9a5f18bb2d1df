"""The record of a filter: what it accepts, what it refuses, and its JSON form."""

from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import qa


def test_one_text_counts_as_one() -> None:
    made = qa.Filter("*.md", types=".PDF", languages="de-AT", tags=" Annual  report ", headings="B")
    assert made == qa.Filter(
        paths=["*.md"], types=["pdf"], languages=["de"], tags=["Annual report"], headings=("B",)
    )
    assert made.paths == ("*.md",)


def test_paths_may_be_paths() -> None:
    assert qa.Filter([Path("docs"), "*.md"]).paths == ("docs", "*.md")


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-06-30", date(2024, 6, 30), date(2024, 6, 30)),
        (date(2024, 6, 30), date(2024, 6, 30), date(2024, 6, 30)),
        (datetime(2024, 6, 30, 23, 59), date(2024, 6, 30), date(2024, 6, 30)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_year_or_month_means_all_of_its_days(given: str | date, first: date, last: date) -> None:
    assert qa.Filter(since=given).since == first
    assert qa.Filter(until=given).until == last


@pytest.mark.parametrize(
    "options",
    [
        {"since": "2024-02-30"},
        {"since": "2024-13"},
        {"since": "0000"},
        {"since": "24"},
        {"until": "03/04/2024"},
        {"until": "9" * 10_000},
        {"until": "٢٠٢٤"},
        {"until": 2024},
        {"until": ""},
        {"since": "2025", "until": "2024"},
        {"types": 7},
        {"types": "text/a/b"},
        {"types": [None]},
        {"tags": b"x"},
        {"tags": ["fine", " \n"]},
        {"tags": {"a": 1}},
        {"headings": ""},
        {"headings": [["a"]]},
        {"languages": "german"},
        {"paths": 7},
        {"paths": b"*.md"},
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(options: dict[str, Any]) -> None:
    with pytest.raises(qa.InputError) as caught:
        qa.Filter(**options)
    with pytest.raises(qa.InputError):
        qa.Filter.from_dict(options)
    told = str(caught.value)
    assert "\n" not in told
    assert len(told) < 200


def test_json_form() -> None:
    given = {
        "paths": ["docs/"],
        "types": ["pdf", "text/*"],
        "languages": ["de"],
        "since": "2024-01-01",
        "until": "2024-06",
        "tags": ["report"],
        "headings": ["Summary"],
    }
    made = qa.Filter.from_dict(given)
    assert made.until == date(2024, 6, 30)
    assert made.to_dict() == {**given, "until": "2024-06-30"}
    assert qa.Filter.from_dict(made.to_dict()) == made


def test_fields_of_the_json_form_may_be_missing_or_null() -> None:
    empty = qa.Filter()
    assert qa.Filter.from_dict({}) == empty
    assert qa.Filter.from_dict(dict.fromkeys(empty.to_dict())) == empty
    assert empty.to_dict() == {
        "paths": [],
        "types": [],
        "languages": [],
        "since": None,
        "until": None,
        "tags": [],
        "headings": [],
    }


def test_unknown_fields_are_named() -> None:
    with pytest.raises(qa.InputError, match="no path, tag; it has paths, types"):
        qa.Filter.from_dict({"path": "x", "tag": "y", "tags": []})


@pytest.mark.parametrize("given", [None, [], "x", 7])
def test_the_json_form_is_an_object(given: Any) -> None:
    with pytest.raises(qa.InputError, match="must be an object"):
        qa.Filter.from_dict(given)


def test_an_empty_filter_is_false() -> None:
    assert not qa.Filter()
    assert not qa.Filter("", tags=[])
    assert all(
        qa.Filter(**{name: given})
        for name, given in [
            ("paths", "x"),
            ("types", "x"),
            ("languages", "xx"),
            ("since", "2024"),
            ("until", "2024"),
            ("tags", "x"),
            ("headings", "x"),
        ]
    )


def test_it_is_frozen_and_can_be_a_key() -> None:
    made = qa.Filter("a")
    with pytest.raises(FrozenInstanceError):
        made.tags = ("b",)  # type: ignore[misc]
    assert {made: 1}[qa.Filter(["a"])] == 1
    assert replace(made, tags=("b",)) == qa.Filter("a", tags=["b"])


def test_patterns_are_a_filter() -> None:
    assert qa.Filter.of(None) == qa.Filter()
    assert qa.Filter.of("*.md") == qa.Filter.of(["*.md"]) == qa.Filter(paths="*.md")
    made = qa.Filter(tags="a")
    assert qa.Filter.of(made) is made
