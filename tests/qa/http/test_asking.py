"""Questions, passages and verification: the same objects as the library's."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")

import qa
from tests.qa.http.conftest import Serve, error_of
from tests.support.web_annotation import check_collection

if TYPE_CHECKING:
    from starlette.testclient import TestClient

QUESTION = "How much oil is Pemex supposed to produce?"


def without_times(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "timing_ms"}


def test_an_answer_is_that_of_the_library(client: "TestClient", session: qa.Session) -> None:
    given = client.post("/ask", json={"question": QUESTION, "k": 3})
    assert given.status_code == 200
    assert given.headers["content-type"] == "application/json"
    expected = session.ask(QUESTION, k=3).to_dict()
    assert without_times(given.json()) == without_times(json.loads(json.dumps(expected)))


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "bm25"},
        {"mode": "dense", "k": 1},
        {"read": False},
        {"min_confidence": "high"},
        {"strict": True},
    ],
)
def test_options_reach_the_library(
    client: "TestClient", session: qa.Session, options: dict[str, Any]
) -> None:
    given = client.post("/ask", json={"question": QUESTION, **options}).json()
    expected = session.ask(QUESTION, **options).to_dict()
    assert without_times(given) == without_times(json.loads(json.dumps(expected)))


@pytest.mark.parametrize(
    "options", [{}, {"least": 0.05, "read": False}, {"mode": "bm25", "sample": 5}]
)
def test_every_passage_is_listed_as_the_library_does(
    client: "TestClient", session: qa.Session, options: dict[str, Any]
) -> None:
    given = client.post("/ask/all", json={"question": QUESTION, **options})
    assert given.status_code == 200
    expected = session.ask_all(QUESTION, **options).to_dict()
    assert without_times(given.json()) == without_times(json.loads(json.dumps(expected)))


@pytest.mark.parametrize(
    "options",
    [
        {"k": 3},
        {"mode": "dense"},
        {"least": 2},
        {"least": "0.2"},
        {"after": {}},
        {"least": -0.1},
        {"sample": 201},
        {"sample": -1},
    ],
)
def test_what_means_nothing_for_a_list_is_refused(
    client: "TestClient", options: dict[str, Any]
) -> None:
    given = client.post("/ask/all", json={"question": QUESTION, **options})
    assert error_of(given)[:2] == (422, "invalid_input")


def test_a_judged_list_is_estimated_as_the_library_does(client: "TestClient") -> None:
    listed = client.post("/ask/all", json={"question": QUESTION, "sample": 5}).json()
    unjudged = client.post("/ask/all/review", json=listed)
    assert error_of(unjudged)[:2] == (422, "invalid_input")
    for number, each in enumerate(listed["sample"]["passages"]):
        each["answers"] = not number
    given = client.post("/ask/all/review", json=listed)
    assert given.status_code == 200
    assert given.json() == json.loads(json.dumps(qa.read_review(listed).estimate().to_dict()))
    assert given.json()["answering"] == [listed["sample"]["passages"][0]["id"]]
    shorter = client.post("/ask/all/review", json={**listed, "citations": []})
    assert shorter.json() == given.json()
    for wrong in ({}, {"schema": "qa.answer/1"}, {**listed, "sample": None}, [listed]):
        assert client.post("/ask/all/review", json=wrong).status_code == 422


def test_annotations_are_found_as_the_library_does(
    client: "TestClient", session: qa.Session
) -> None:
    citation = session.ask(QUESTION).citations[0]
    own = client.get(f"/passages/{citation.id}/annotation").json()
    other = {
        "type": "Annotation",
        "target": {"selector": {"type": "TextQuoteSelector", "exact": "cheese of the moon"}},
    }
    for annotations in (own, [own, other]):
        given = client.post("/verify", json={"annotations": annotations})
        expected = session.find_annotations(qa.read_annotations(json.dumps(annotations)))
        assert given.json() == json.loads(json.dumps(expected.to_dict()))
        assert given.json()["targets"][0]["verdict"] == "same"


@pytest.mark.parametrize(
    "annotations", [1, "x", {"type": "Dog"}, [{}] * 3, None, [{"type": "Annotation"}] * 201]
)
def test_what_is_no_annotation_is_refused(client: "TestClient", annotations: Any) -> None:
    given = client.post("/verify", json={"annotations": annotations})
    status, code, message = error_of(given)
    assert (status, code) == (422, "invalid_input")
    assert "<" not in message


def test_an_answer_is_followed_up(client: "TestClient", session: qa.Session) -> None:
    before = client.post("/ask", json={"question": QUESTION}).json()
    asked = {"question": "and how many wells does it have?", "after": before}
    given = client.post("/ask", json=asked).json()
    expected = session.ask(asked["question"], after=session.ask(QUESTION)).to_dict()
    assert without_times(given) == without_times(json.loads(json.dumps(expected)))
    assert given["after"]["questions"] == [QUESTION]
    again = client.post("/ask", json={"question": "where?", "after": given}).json()
    assert again["after"]["questions"] == [QUESTION, asked["question"]]


@pytest.mark.parametrize("after", [{}, {"schema": "qa.answer/1"}, "last", [], {"citations": 1}])
def test_nothing_else_is_followed_up(client: "TestClient", after: Any) -> None:
    refused = client.post("/ask", json={"question": QUESTION, "after": after})
    assert refused.status_code in (400, 422)


def test_places_are_given_if_asked_for(client: "TestClient") -> None:
    question = "When was the Office of the Saltfleet Lights founded?"
    asked = {"question": question, "k": 1}
    (without,) = client.post("/ask", json=asked).json()["citations"]
    (citation,) = client.post("/ask", json={**asked, "places": True}).json()["citations"]
    assert without["places"] is None
    assert citation["places"][0]["page"] == citation["page"]


def test_a_filter_restricts_the_documents(client: "TestClient") -> None:
    asked = {"question": "lighthouse keepers", "filter": {"paths": ["*.pdf"]}, "k": 20}
    citations = client.post("/ask", json=asked).json()["citations"]
    assert {each["source"]["path"] for each in citations} <= {"article.pdf", "copy.pdf"}
    assert citations


@pytest.mark.parametrize(
    "filter",
    [{"types": ["pdf"]}, {"languages": ["en"], "since": "1990"}, {"headings": ["no such heading"]}],
)
def test_filters_are_those_of_the_library(
    client: "TestClient", session: qa.Session, filter: dict[str, Any]
) -> None:
    given = client.post("/ask", json={"question": QUESTION, "filter": filter}).json()
    expected = session.ask(QUESTION, filter=qa.Filter.from_dict(filter)).to_dict()
    assert without_times(given) == without_times(json.loads(json.dumps(expected)))


def test_a_filter_that_says_nothing_is_refused(client: "TestClient") -> None:
    asked = {"question": QUESTION, "filter": {"since": "yesterday"}}
    status, code, message = error_of(client.post("/ask", json=asked))
    assert (status, code) == (422, "invalid_input")
    assert message.startswith("since must be a year, month or day")


@pytest.mark.parametrize("source", [None, "article.pdf", "no such file"])
def test_a_quote_is_looked_up_as_the_library_does(
    client: "TestClient", session: qa.Session, source: str | None
) -> None:
    quote = session.ask(QUESTION).citations[0].quote[:80]
    given = client.post("/verify", json={"quote": quote, "source": source})
    if source == "no such file":
        assert error_of(given)[:2] == (404, "not_found")
    else:
        assert given.json() == session.verify_quote(quote, source=source).to_dict()


def test_no_answer_is_an_answer(client: "TestClient") -> None:
    given = client.post("/ask", json={"question": "How do I bake bread?"})
    assert (given.status_code, given.json()["status"]) == (200, "no_answer")


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"{", 400, "the body is not JSON"),
        (b"", 422, "body is missing"),
        (b"[]", 422, "send a JSON object"),
        (b'"x"', 422, "send a JSON object"),
        (b"{}", 422, "question is missing"),
        (b'{"question": ""}', 422, "question: "),
        (b'{"question": "  "}', 422, "the question is empty"),
        (b'{"question": 1}', 422, "question: "),
        (b'{"question": "x", "k": 0}', 422, "k: "),
        (b'{"question": "x", "k": "5"}', 422, "k: "),
        (b'{"question": "x", "k": 101}', 422, "k: "),
        (b'{"question": "x", "mode": "best"}', 422, "mode: "),
        (b'{"question": "x", "colour": 1}', 422, "there is no 'colour' to be set"),
        (b'{"question": "x", "filter": {"path": "x"}}', 422, "there is no"),
        (b'{"question": "x", "filter": {"paths": ["*.none"]}}', 422, "no source matches"),
        (b'{"question": "\\ud800"}', 422, "question: "),
        (b'{"question": "x", "strict": null}', 422, "strict: "),
        (b'{"question": "' + b"x" * 5000 + b'"}', 422, "question: "),
        (b'{"question": "x", "k": NaN}', 422, "k: "),
        (b"[" * 100_000, 400, "the body is not JSON"),
        (b"\xff\xfe", 400, "the body is not JSON"),
    ],
)
def test_wrong_bodies_are_refused_in_one_line(
    client: "TestClient", body: bytes, status: int, told: str
) -> None:
    response = client.post("/ask", content=body, headers={"content-type": "application/json"})
    found, _, message = error_of(response)
    assert (found, message.startswith(told)) == (status, True), message


def test_a_form_of_another_site_is_no_question(client: "TestClient") -> None:
    """Browsers send those types to other sites without asking first."""
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        body = json.dumps({"question": QUESTION})
        response = client.post("/ask", content=body, headers={"content-type": media_type})
        assert error_of(response)[0] == 422


def test_a_changed_source_is_refused_under_strict(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The mill was built in 1788 by Anna Kessler.")
    qa.index([tmp_path / "a.txt"], into=tmp_path / ".qa")
    with qa.open(tmp_path / ".qa") as session:
        client = serve(over=session)
        (tmp_path / "a.txt").write_text("The mill was built in 1790 by Anna Kessler.")
        asked = {"question": "When was the mill built?", "min_confidence": "low"}
        assert client.post("/ask", json=asked).json()["warnings"]
        assert error_of(client.post("/ask", json={**asked, "strict": True}))[:2] == (
            409,
            "stale_source",
        )


def test_a_passage_is_shown_in_its_surroundings(client: "TestClient", session: qa.Session) -> None:
    citation = session.ask(QUESTION, k=1).citations[0]
    given = client.get(f"/passages/{citation.id}?sentences=1").json()
    assert given == json.loads(json.dumps(session.excerpt(citation.id, sentences=1).to_dict()))
    assert given["quote"] == citation.quote


@pytest.mark.parametrize(
    ("name", "status"),
    [("0" * 16, 404), ("x", 422), ("seeds:1", 422), ("..%2f..%2fetc%2fpasswd", 404)],
)
def test_unknown_passages(client: "TestClient", name: str, status: int) -> None:
    assert error_of(client.get(f"/passages/{name}"))[0] == status


def test_a_passage_is_cited_as_a_web_annotation(client: "TestClient", session: qa.Session) -> None:
    citation = session.ask(QUESTION, k=1).citations[0]
    given = client.get(f"/passages/{citation.id}/annotation")
    assert given.headers["content-type"] == "application/ld+json"
    assert given.json() == citation.to_annotation()
    part = citation.evidence[0]
    given = client.get(f"/passages/{citation.id}/annotation?part={part.start}-{part.end}")
    assert given.json() == citation.to_annotation(part)


@pytest.mark.parametrize("options", [{}, {"k": 1}, {"filter": {"types": ["txt"]}}, {"read": False}])
def test_a_whole_answer_is_cited_as_web_annotations(
    client: "TestClient", session: qa.Session, options: dict[str, Any]
) -> None:
    given = client.post("/ask/annotations", json={"question": QUESTION, **options})
    assert given.status_code == 200
    assert given.headers["content-type"] == "application/ld+json"
    found = client.post("/ask", json={"question": QUESTION, **options}).json()
    check_collection(given.json())
    assert given.json()["total"] == len(found["citations"]) > 0
    for annotated, citation in zip(given.json()["first"]["items"], found["citations"], strict=True):
        alone = client.get(f"/passages/{citation['id']}/annotation").json()
        assert {"@context": alone["@context"], **annotated} == alone
    expected = session.ask(QUESTION, k=options.get("k", 5)).to_annotations()
    if options in ({}, {"k": 1}):
        assert given.json() == json.loads(json.dumps(expected))
    verified = client.post("/verify", json={"annotations": given.json()}).json()
    assert {each["verdict"] for each in verified["targets"]} <= {"same", "renamed"}


def test_a_follow_up_is_cited(client: "TestClient", session: qa.Session) -> None:
    before = client.post("/ask", json={"question": QUESTION}).json()
    asked = {"question": "and according to whom?", "after": before, "min_confidence": "low"}
    given = client.post("/ask/annotations", json=asked).json()
    after = session.ask(QUESTION)
    expected = session.ask(asked["question"], after=after, min_confidence="low")
    assert given == json.loads(json.dumps(expected.to_annotations()))


def test_no_answer_has_no_annotations(client: "TestClient") -> None:
    question = "How long does bread have to be in the oven?"
    given = client.post("/ask/annotations", json={"question": question})
    assert given.status_code == 200
    check_collection(given.json())
    assert (given.json()["label"], given.json()["total"]) == (question, 0)


@pytest.mark.parametrize("more", [{"places": True}, {"least": 0.1}, {"k": 0}, {"after": {}}])
def test_what_annotations_do_not_take(client: "TestClient", more: dict[str, Any]) -> None:
    refused = client.post("/ask/annotations", json={"question": QUESTION, **more})
    assert error_of(refused)[:2] == (422, "invalid_input")


@pytest.mark.parametrize("part", ["0-999999999", "5-3", "x", "1-2-3", ""])
def test_parts_that_are_none(client: "TestClient", session: qa.Session, part: str) -> None:
    citation = session.ask(QUESTION, k=1).citations[0]
    assert error_of(client.get(f"/passages/{citation.id}/annotation?part={part}"))[0] == 422


def test_answers_are_verified(client: "TestClient") -> None:
    answer = client.post("/ask", json={"question": QUESTION}).json()
    found = client.post("/verify", json=answer).json()
    assert (found["schema"], found["verified"]) == ("qa.verification/1", True)
    answer["citations"][0]["quote"] += "!"
    found = client.post("/verify", json={"answers": [answer, answer]}).json()
    assert not found["stands"]
    assert [each["verdict"] for each in found["citations"]].count("changed") == 2


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "send an answer"),
        ({"answers": []}, "there is no answer"),
        ({"answers": [1]}, "answers.0"),
        ({"answers": [{}]}, "the text: object 1 is not an answer"),
        ({"schema": "qa.answer/1"}, "the text: object 1 has a malformed citation"),
        ({"schema": "qa.answer/2", "citations": []}, "schema"),
    ],
)
def test_what_is_no_answer_is_not_verified(
    client: "TestClient", body: dict[str, Any], told: str
) -> None:
    status, _, message = error_of(client.post("/verify", json=body))
    assert (status, message.startswith(told)) == (422, True), message


def test_verifying_opens_only_files_of_the_index(client: "TestClient", folder: Path) -> None:
    """Otherwise who may ask could guess what other files say."""
    answer = client.post("/ask", json={"question": QUESTION, "k": 1}).json()
    for path in ("secret.txt", str(folder / "secret.txt"), "../secret.txt", "/etc/passwd"):
        answer["citations"][0]["source"]["path"] = path
        answer["citations"][0]["quote"] = "swordfish"
        found = client.post("/verify", json=answer).json()["citations"][0]
        assert found["verdict"] in {"not_checked", "missing", "changed"}
        assert (found["found"], found["source_changed"]) == (None, None), found


def test_too_many_citations_are_not_verified(client: "TestClient") -> None:
    answer = client.post("/ask", json={"question": QUESTION, "k": 1}).json()
    body = {"answers": [answer] * 201}
    assert "more than 200 citations" in error_of(client.post("/verify", json=body))[2]


def test_only_the_named_paths_are_served(serve: Serve, session: qa.Session) -> None:
    client = serve(places=("seeds",))
    asked = {"question": "When was the Office of the Saltfleet Lights founded?", "k": 100}
    citations = client.post("/ask", json=asked).json()["citations"]
    assert all(each["source"]["path"].startswith("seeds/") for each in citations)
    answer = session.ask(asked["question"], k=1)  # type: ignore[arg-type]
    hidden = answer.citations[0]
    assert hidden.source.path == "article.pdf"
    sha256 = hidden.source.sha256
    for path in ("", "/text", f"/text?citation={hidden.id}", "/page/1"):
        assert error_of(client.get(f"/documents/{sha256}{path}"))[0] == 404
    for path in ("", "/annotation"):
        assert error_of(client.get(f"/passages/{hidden.id}{path}"))[0] == 404
    verdict = client.post("/verify", json=answer.to_dict()).json()["citations"][0]["verdict"]
    assert verdict == "not_checked"
