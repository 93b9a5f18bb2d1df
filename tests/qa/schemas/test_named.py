"""``json_schema`` itself."""

import re
from pathlib import Path
from typing import Any

import pytest

import qa
from tests.support.command import ROOT

jsonschema = pytest.importorskip("jsonschema", reason="comes with the extra mcp")

DOCS = "\n".join((ROOT / "docs" / name).read_text("utf-8") for name in ("json.md", "service.md"))

OF_FILES = {"qa.engine/1", "qa.label/1", "qa.questions/1"}
"""Schemas of files that only the tool reads."""

WEB_ANNOTATIONS = {"Annotation", "AnnotationCollection"}
"""Schemas of the W3C's documents, which have no field ``schema``."""


@pytest.mark.parametrize("name", qa.SCHEMA_NAMES)
def test_each_is_a_schema_of_documents_that_bear_its_name(name: str) -> None:
    field = "type" if name in WEB_ANNOTATIONS else "schema"
    schema = qa.json_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["type"] == "object"
    for each in schema.get("anyOf", [schema]):
        if "$ref" in each:
            each = schema["$defs"][each["$ref"].removeprefix("#/$defs/")]
        assert each["properties"][field] == {"type": "string", "const": name}
        assert field in each["required"]


def test_others_are_refused_with_the_names_of_all() -> None:
    with pytest.raises(qa.InputError) as refused:
        qa.json_schema("qa.answer/2")
    assert "'qa.answer/2'" in str(refused.value)
    assert all(name in str(refused.value) for name in qa.SCHEMA_NAMES)


def test_each_call_gives_a_new_one() -> None:
    first = qa.json_schema("qa.answer/1")
    first["$defs"]["Citation"]["properties"].clear()
    first["required"].clear()
    assert qa.json_schema("qa.answer/1") != first
    assert qa.json_schema("qa.answer/1") == qa.json_schema("qa.answer/1")


def test_a_title_means_the_same_in_all_of_them() -> None:
    """So that a program generates each type once."""
    seen: dict[str, Any] = {}
    for name in qa.SCHEMA_NAMES:
        schema = qa.json_schema(name)
        parts = schema.pop("$defs", {})
        del schema["$schema"]
        for title, part in {**parts, schema.pop("title"): schema}.items():
            assert seen.setdefault(title, part) == part, title


@pytest.mark.parametrize("name", qa.SCHEMA_NAMES)
def test_every_reference_leads_to_a_part_and_every_part_is_used(name: str) -> None:
    schema = qa.json_schema(name)
    found = set(re.findall(r"'\$ref': '#/\$defs/(\w+)'", str(schema)))
    assert found == set(schema.get("$defs", ()))


def test_the_documentation_names_the_same_ones() -> None:
    told = set(re.findall(r"qa\.[a-z-]+/\d", DOCS))
    assert told == set(qa.SCHEMA_NAMES) - WEB_ANNOTATIONS
    assert all(f"`{name}`" in DOCS for name in WEB_ANNOTATIONS)


def test_there_is_one_for_every_name_in_the_code() -> None:
    """But for files that only the tool reads."""
    named = set()
    for package in ("qa", "index/qa_index", "eval/qa_eval"):
        for path in (ROOT / package).rglob("*.py"):
            named |= _names_in(path)
    assert named - OF_FILES == set(qa.SCHEMA_NAMES) - WEB_ANNOTATIONS


def _names_in(path: Path) -> set[str]:
    return set(re.findall(r'"(qa\.[a-z-]+/\d)"', path.read_text("utf-8")))
