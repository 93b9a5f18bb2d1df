"""Documents of the library and the command beside the schemas."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

import qa
from tests.qa.schemas.conftest import Documents

Path = tuple[str, ...]

jsonschema = pytest.importorskip("jsonschema", reason="comes with the extra mcp")

MAY_BE_MISSING = {
    "qa.answer/1": {"timing_ms.*", "normal.number", "normal.unit"},
    "qa.passages/1": {"timing_ms.*"},
    "qa.text/1": {"evidence", "answer_span"},
    "Annotation": {"prefix", "suffix", "refinedBy"},
    "AnnotationCollection": {"first", "last", "prefix", "suffix", "refinedBy"},
    "qa.status/1": {
        "languages.*",
        "engine",
        "engine.dead_passages",
        "sources",
        "question_drift",
    },
    "qa.question/1": {"options.k", "options.min_confidence"},
    "qa.again/1": {"options.k", "options.min_confidence"},
    "qa.absence/1": {"options.k"},
    "qa.eval/1": {
        "modes.*",
        "metrics.*",
        "intervals.*",
        "tags.*",
        "failures",
        "gold.quote",
        "gold.start",
        "gold.end",
        "promise",
    },
    "qa.diff/1": {"found.*", "measures.*"},
    "qa.run/1": {
        "modes.*",
        "measures.*",
        "found.*",
        "gold.quote",
        "gold.start",
        "gold.end",
    },
}
"""What need not be there, each by the end of its path; ``*`` are names that are data."""

NOT_TOLD: dict[str, set[Path]] = {
    "qa.status/1": {("calibration", "model")},
    "qa.calibration/4": {("model",)},
    "qa.run/1": {("provenance",)},
}
"""Paths of objects whose fields are not promised."""


def test_there_are_documents_of_every_schema(documents: Documents) -> None:
    assert documents.keys() == set(qa.SCHEMA_NAMES)


@pytest.mark.parametrize("name", qa.SCHEMA_NAMES)
def test_they_have_exactly_the_fields_of_the_schema(name: str, documents: Documents) -> None:
    check = jsonschema.Draft202012Validator(closed(qa.json_schema(name)))
    for document in documents[name]:
        check.validate(document)


def closed(schema: Any) -> Any:
    """The same schema, which forbids all that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(value) for name, value in schema.items()}
    return {**shut, "additionalProperties": False} if "required" in shut else shut


@pytest.mark.parametrize("name", qa.SCHEMA_NAMES)
def test_every_span_says_what_it_counts(name: str, documents: Documents) -> None:
    for document in documents[name]:
        for path, holder, field in fields_of(document, set()):
            value = holder[field]
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict) and each.keys() == {"start", "end"}:
                    assert field == "lines", path


@pytest.mark.parametrize("name", qa.SCHEMA_NAMES)
def test_a_missing_or_mistyped_field_fails(name: str, documents: Documents) -> None:
    check = jsonschema.Draft202012Validator(qa.json_schema(name))
    optional = MAY_BE_MISSING.get(name, set())
    tried: set[Path] = set()
    for document in deepcopy(documents[name]):
        for path, holder, field in fields_of(document, maps_of(optional)):
            if path in tried or is_not_told(name, path):
                continue
            tried.add(path)
            value = holder.pop(field)
            may_be_missing = bool(ends_of(path) & optional)
            assert check.is_valid(document) == may_be_missing, f"without {path}"
            holder[field] = 0.5 if isinstance(value, dict) else {"of another": "type"}
            assert not check.is_valid(document), f"mistyped {path}"
            holder[field] = value
    assert tried >= {(field,) for field in qa.json_schema(name).get("required", ())}


def fields_of(
    value: Any, maps: set[str], above: Path = ()
) -> Iterator[tuple[Path, dict[str, Any], str]]:
    """The path of each field, without the numbers of lists, the object that has it, and its name.

    ``maps`` are names of objects whose fields are data; all these have one path.
    """
    if isinstance(value, list):
        for each in value:
            yield from fields_of(each, maps, above)
    elif isinstance(value, dict):
        for name in list(value):
            path = (*above, "*" if maps & set(above[-1:]) else name)
            yield path, value, name
            yield from fields_of(value[name], maps, path)


def maps_of(optional: set[str]) -> set[str]:
    return {each.removesuffix(".*") for each in optional if each.endswith(".*")}


def ends_of(path: Path) -> set[str]:
    return {".".join(path[place:]) for place in range(len(path))}


def is_not_told(name: str, path: Path) -> bool:
    return any(path[:place] in NOT_TOLD.get(name, ()) for place in range(len(path)))
