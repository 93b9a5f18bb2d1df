"""The published schemas and the JSON of the command."""

from typing import Any

import pytest

import qa
from qa.mcp.tools import LISTED, TOOLS, _shortened
from tests.qa.mcp.conftest import ASKED, UNANSWERED

jsonschema = pytest.importorskip("jsonschema", reason="comes with the extra mcp")


def annotation(exact: str) -> dict[str, object]:
    selector = {"type": "TextQuoteSelector", "exact": exact}
    return {"type": "Annotation", "target": {"selector": selector}}


CALLS: dict[str, list[dict[str, object]]] = {
    "ask": [{"question": ASKED}, {"question": UNANSWERED}],
    "list_passages": [{"question": ASKED}, {"question": UNANSWERED, "least": 1}],
    "find_annotations": [
        {"annotations": annotation("The keeper of the lighthouse")},
        {"annotations": [annotation("The moon is made of green cheese")]},
    ],
    "show": [{"passage": "keeper.md:3"}],
    "verify_quote": [
        {"quote": "The keeper of the lighthouse"},
        {"quote": "The owner of the lighthouse at Saltfleet", "source": "keeper.md"},
        {"quote": "barrels per day", "source": "keeper.md"},
        {"quote": "The moon is made of green cheese"},
    ],
    "status": [{}, {"documents": True}],
}


def test_a_judged_sample_has_exactly_the_fields_of_the_schema(session: qa.Session) -> None:
    [tool] = (tool for tool in TOOLS if tool.name == "list_passages")
    given = {"question": ASKED, "sample": 2}
    drawn = tool.call(session, tool.takes.parse(given)).data
    jsonschema.validate(_as_json(drawn), closed(tool.returns))
    judged = {each["id"]: True for each in drawn["sample"]["passages"]}
    assert judged
    told = tool.call(session, tool.takes.parse({**given, "judged": judged})).data
    jsonschema.validate(_as_json(told), closed(tool.returns))


def closed(schema: Any) -> Any:
    """The same schema, which forbids all that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(value) for name, value in schema.items()}
    return {**shut, "additionalProperties": False} if "properties" in shut else shut


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_results_have_exactly_the_fields_of_the_schema(tool: Any, session: qa.Session) -> None:
    for given in CALLS[tool.name]:
        data = tool.call(session, tool.takes.parse(given)).data
        jsonschema.validate(_as_json(data), closed(tool.returns))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_schemas_are_schemas_of_objects(tool: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(tool.returns)
    assert tool.returns["type"] == "object"
    assert "$schema" not in tool.returns


def test_results_are_the_json_of_the_command(session: qa.Session) -> None:
    ask, show = (tool for tool in TOOLS if tool.name in {"ask", "show"})
    answer = session.ask(ASKED).to_dict()
    data = ask.call(session, ask.takes.parse({"question": ASKED})).data
    assert {**data, "timing_ms": {}} == {**answer, "timing_ms": {}}
    excerpt = session.excerpt("keeper.md:3").to_dict()
    assert show.call(session, show.takes.parse({"passage": "keeper.md:3"})).data == excerpt


def test_long_lists_are_cut_and_counted() -> None:
    data = {"new": ["x"] * (LISTED + 5), "changed": ["y"] * LISTED, "fresh": False}
    cut = _shortened(data)
    assert cut["left_out"] == {"new": 5}
    assert (len(cut["new"]), len(cut["changed"])) == (LISTED, LISTED)
    assert "left_out" not in _shortened({"changed": ["y"] * LISTED})


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    return [_as_json(each) for each in value] if isinstance(value, list | tuple) else value
