"""The arguments of the tools."""

from collections.abc import Iterator
from typing import Any

import pytest

import qa
from qa.mcp.arguments import (
    Arguments,
    AskArguments,
    FilterArguments,
    ShowArguments,
    StatusArguments,
    VerifyQuoteArguments,
)


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (AskArguments, {}, "question: field required"),
        (AskArguments, {"question": "x" * 2001}, "at most 2000 characters"),
        (AskArguments, {"question": ""}, "at least 1 character"),
        (AskArguments, {"question": ["x"]}, "question: input should be a valid string"),
        (AskArguments, {"question": "x", "k": 0}, "k: input should be greater than or equal to 1"),
        (AskArguments, {"question": "x", "k": 21}, "k: input should be less than or equal to 20"),
        (AskArguments, {"question": "x", "path": "a"}, "there is no argument path, only question"),
        (AskArguments, {"question": "x", "min_confidence": "sure"}, "'low', 'medium' or 'high'"),
        (ShowArguments, {"passage": "x" * 1001}, "passage: string should have at most 1000"),
        (ShowArguments, {"passage": "x", "sentences": 21}, "less than or equal to 20"),
        (StatusArguments, {"documents": "perhaps"}, "documents: input should be a valid boolean"),
        (StatusArguments, {"\x1b[31m" + "y" * 99: 1}, r"no argument \x1b[31m" + "y" * 32 + "..."),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_in_one_line(
    kind: type[Arguments], given: Any, told: str
) -> None:
    with pytest.raises(qa.InputError) as raised:
        kind.parse(given)
    assert told in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert len(str(raised.value)) < 500


def test_many_mistakes_are_counted() -> None:
    with pytest.raises(qa.InputError, match=r"and 8 more$"):
        StatusArguments.parse(dict.fromkeys("abcdefghijk"))


def test_numbers_may_come_as_text() -> None:
    assert AskArguments.parse({"question": "x", "k": "7"}) == AskArguments(question="x", k=7)


@pytest.mark.parametrize(
    "kind", [AskArguments, ShowArguments, VerifyQuoteArguments, StatusArguments]
)
def test_schemas_describe_every_argument_and_forbid_others(kind: type[Arguments]) -> None:
    schema = kind.schema_for_models()
    assert schema["additionalProperties"] is False
    assert set(schema) <= {"type", "properties", "required", "additionalProperties"}
    for field in schema["properties"].values():
        assert field["description"]
        for inner in field.get("properties", {}).values():
            assert inner["description"]
    assert not {"$ref", "title"} & set(_keys(schema))


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _keys(each)
    elif isinstance(value, dict):
        yield from value
        yield from _keys(list(value.values()))


@pytest.mark.parametrize(
    "given", ['{"types": ["pdf"]}', {"types": "pdf"}, {"types": '["pdf"]'}, {"types": ["pdf"]}]
)
def test_a_filter_may_come_as_clients_send_it(given: object) -> None:
    parsed = AskArguments.parse({"question": "x", "filter": given})
    assert parsed == AskArguments(question="x", filter=FilterArguments(types=["pdf"]))
