"""The description of the API: its schemas and examples."""

from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")
jsonschema = pytest.importorskip("jsonschema", reason="comes with the extra mcp")

import qa
from qa.http.examples import EXAMPLES, components
from tests.qa.http.conftest import Serve

ASKED = "How much oil is Pemex supposed to produce?"


@pytest.fixture
def described(serve: Serve) -> Any:
    return serve().get("/openapi.json").json()


def validator(schema: Any, described: Any) -> Any:
    """Of a schema that refers to components of the description."""
    whole = {**schema, "components": described["components"]}
    jsonschema.Draft202012Validator.check_schema(whole)
    return jsonschema.Draft202012Validator(whole)


def test_the_examples_are_valid(described: Any) -> None:
    parts = described["components"]["schemas"]
    for name in EXAMPLES:
        title = qa.json_schema(name)["title"]
        check = validator({"$ref": f"#/components/schemas/{title}"}, described)
        [example] = parts[title]["examples"]
        check.validate(example)
        for field in check.schema["components"]["schemas"][title]["required"]:
            lacking = {key: value for key, value in example.items() if key != field}
            assert not check.is_valid(lacking), field


def test_responses_are_described_and_have_an_example(described: Any) -> None:
    parts = described["components"]["schemas"]
    found = [
        content["schema"]
        for routes in described["paths"].values()
        for content in next(iter(routes.values()))["responses"]["200"].get("content", {}).values()
        if content.get("schema", {}).keys() & {"$ref", "anyOf", "properties"}
    ]
    assert len(found) == 10
    for schema in found:
        first = schema.get("anyOf", [schema])[0]
        part = parts[first["$ref"].rpartition("/")[2]] if "$ref" in first else first
        [example] = part["examples"]
        validator(schema, described).validate(example)


def test_the_schemas_are_those_of_the_library(described: Any) -> None:
    parts = described["components"]["schemas"]
    answer = qa.json_schema("qa.answer/1")
    assert parts["Source"] == answer["$defs"]["Source"]
    assert parts["Answer"]["required"] == answer["required"]
    assert parts["Answer"]["properties"]["index"] == {"$ref": "#/components/schemas/IndexUsed"}


def test_they_replace_no_schema_of_a_request(described: Any) -> None:
    from fastapi import FastAPI
    from fastapi.routing import APIRoute

    from qa.http.app import ROUTERS

    plain = FastAPI(routes=[each for router in ROUTERS for each in router.routes])
    assert any(isinstance(route, APIRoute) for route in plain.routes)
    assert not plain.openapi()["components"]["schemas"].keys() & components().keys()


def test_verify_sends_what_is_described(serve: Serve, described: Any) -> None:
    """Which of three schemas it is depends on what is to be verified."""
    client = serve()
    answer = client.post("/ask", json={"question": ASKED, "k": 1}).json()
    bodies = {
        "qa.verification/1": answer,
        "qa.quote/1": {"quote": "The moon is made of cheese"},
        "qa.annotations/1": {"annotations": {"type": "Annotation", "target": "none"}},
    }
    content = described["paths"]["/verify"]["post"]["responses"]["200"]["content"]
    check = validator(content["application/json"]["schema"], described)
    for name, body in bodies.items():
        told = client.post("/verify", json=body).json()
        assert told["schema"] == name
        check.validate(told)
    assert not check.is_valid(answer)
