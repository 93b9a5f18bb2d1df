"""Documents by the hash of their files: metadata, pages, windows of their text."""

import io
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")

import qa
from tests.qa.http.conftest import Serve, error_of

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

QUESTION = "When was the Office of the Saltfleet Lights founded?"


@pytest.fixture(scope="module")
def cited(session: qa.Session) -> qa.Citation:
    (citation,) = session.ask(QUESTION, k=1).citations
    assert citation.source.path == "article.pdf"
    return citation


@pytest.fixture(scope="module")
def sheet(session: qa.Session) -> qa.Citation:
    question = "How many Stanley Cups does the team in TOR have?"
    found = session.ask(question, filter="*.xlsx", min_confidence="low").citations
    return found[0]


def spans(citation: qa.Citation) -> dict[str, Any]:
    return {
        "citation": citation.id,
        "evidence": [f"{each.start}-{each.end}" for each in citation.evidence],
    }


def picture_in(response: Any) -> Any:
    from PIL import Image

    assert response.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(response.content)).convert("RGB")


def yellow(picture: Any, least: int) -> int:
    """Number of pixels whose red and green exceed their blue by at least ``least``."""
    counted = picture.getcolors(1 << 24)
    return sum(count for count, (red, green, blue) in counted if min(red, green) - blue >= least)


def test_a_document_and_its_copy(client: "TestClient", cited: qa.Citation) -> None:
    found = client.get(f"/documents/{cited.source.sha256}").json()
    assert (found["schema"], found["id"]) == ("qa.document/1", cited.source.sha256)
    assert found["paths"] == ["article.pdf", "copy.pdf"]
    assert (found["unit"], found["units"], found["has_pictures"]) == ("page", 11, True)
    assert found["headings"][0]["title"] == "The Year in Brief"


@pytest.mark.parametrize("path", ["", "/text", "/page/1"])
def test_unknown_documents(client: "TestClient", path: str) -> None:
    assert error_of(client.get(f"/documents/{'0' * 64}{path}"))[:2] == (404, "not_found")
    for name in ("seeds", "..%2f..%2fetc%2fpasswd", "A" * 64, "0" * 63):
        assert error_of(client.get(f"/documents/{name}{path}"))[0] in {404, 422}


def test_a_page_has_the_quote_and_the_evidence_marked(
    client: "TestClient", cited: qa.Citation
) -> None:
    address = f"/documents/{cited.source.sha256}/page/{cited.page}"
    plain, quoted, marked = (
        picture_in(client.get(address, params=params))
        for params in ({}, {"citation": cited.id}, spans(cited))
    )
    assert plain.size == quoted.size == marked.size
    pale, strong = 30, 100
    assert [yellow(each, pale) > 1000 for each in (plain, quoted, marked)] == [False, True, True]
    assert [yellow(each, strong) > 1000 for each in (plain, quoted, marked)] == [False, False, True]


@pytest.mark.parametrize("width", [100, 450, 900, 2000])
def test_a_page_is_as_wide_as_asked(client: "TestClient", cited: qa.Citation, width: int) -> None:
    address = f"/documents/{cited.source.sha256}/page/2?width={width}"
    assert picture_in(client.get(address)).width == pytest.approx(width, rel=0.03)


def test_a_page_is_sent_again_only_if_it_is_another(
    client: "TestClient", cited: qa.Citation
) -> None:
    address = f"/documents/{cited.source.sha256}/page/{cited.page}"
    first = client.get(address)
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}'):
        again = client.get(address, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert client.get(address, headers={"if-none-match": '"x"'}).content == first.content
    other = client.get(f"{address}?width=300", headers={"if-none-match": tag})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("page", "query", "status", "told"),
    [
        ("12", "", 404, "article.pdf has no page 12; the last is page 11"),
        ("0", "", 422, "n: "),
        ("x", "", 422, "n: "),
        ("1", "?width=9000", 422, "width: "),
        ("1", "?evidence=5", 422, "evidence.0: "),
        ("1", "?evidence=5-5", 422, "5-5 is no span"),
        ("1", "?answer=5-999999", 422, "a span is beyond"),
        ("1", "?citation=0000000000000000", 404, "the document holds no citation"),
        ("1", "?citation=x", 422, "citation: "),
    ],
)
def test_pages_that_are_not_drawn(
    client: "TestClient", cited: qa.Citation, page: str, query: str, status: int, told: str
) -> None:
    response = client.get(f"/documents/{cited.source.sha256}/page/{page}{query}")
    found, _, message = error_of(response)
    assert (found, message.startswith(told)) == (status, True), message


def test_what_has_no_pages_is_told(client: "TestClient", sheet: qa.Citation) -> None:
    response = client.get(f"/documents/{sheet.source.sha256}/page/1")
    assert error_of(response) == (
        404,
        "not_found",
        "stanley-cups.xlsx has no pages that can be drawn",
    )


def test_a_changed_file_is_not_drawn(serve: Serve, folder: "Path", tmp_path: "Path") -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes((folder / "article.pdf").read_bytes())
    qa.index([file], into=tmp_path / ".qa")
    with qa.open(tmp_path / ".qa") as session:
        client = serve(over=session)
        sha256 = session.ask(QUESTION, k=1).citations[0].source.sha256
        tag = client.get(f"/documents/{sha256}/page/1").headers["etag"]
        file.write_bytes(file.read_bytes() + b"\n")
        for headers in ({}, {"if-none-match": tag}):
            response = client.get(f"/documents/{sha256}/page/1", headers=headers)
            assert error_of(response)[:2] == (409, "stale_source")
        assert client.get(f"/documents/{sha256}/text").status_code == 200


def test_text_around_a_citation(client: "TestClient", cited: qa.Citation) -> None:
    address = f"/documents/{cited.source.sha256}/text"
    found = client.get(address, params=spans(cited)).json()
    start, end = found["span"]["start"], found["span"]["end"]
    quote = found["quote"]
    assert (quote["start"], quote["end"]) == (cited.span.start, cited.span.end)
    assert start <= quote["start"] < quote["end"] <= end <= found["characters"]
    assert found["text"][quote["start"] - start : quote["end"] - start] == cited.quote
    assert found["evidence"] == [each.to_dict() for each in cited.evidence]
    for heading in found["headings"]:
        assert start <= heading["start"] < end
    assert {unit["kind"] for unit in found["units"]} == {"page"}
    assert found["lines"] is None


def test_windows_cover_the_whole_text(client: "TestClient", cited: qa.Citation) -> None:
    address = f"/documents/{cited.source.sha256}/text"
    beginning = client.get(address).json()
    assert beginning["span"]["start"] == 0
    texts, at = [], 0
    while at < beginning["characters"]:
        window = client.get(address, params={"start": at, "end": at + 5000}).json()
        assert window["span"]["start"] == at
        texts.append(window["text"])
        at = window["span"]["end"]
    whole = client.get(address, params={"start": 0, "end": 2**31}).json()
    assert "".join(texts) == whole["text"]
    assert len(whole["text"]) == whole["characters"]


def test_blocks_are_in_order_and_within_the_window(
    client: "TestClient", cited: qa.Citation
) -> None:
    found = client.get(f"/documents/{cited.source.sha256}/text?start=100&end=4000").json()
    ends = [100]
    for block in found["blocks"]:
        assert ends[-1] <= block["start"] < block["end"] <= 4000
        ends.append(block["end"])
    assert {"prose"} <= {block["kind"] for block in found["blocks"]}


def test_rows_of_a_table_come_with_their_header(client: "TestClient", sheet: qa.Citation) -> None:
    found = client.get(f"/documents/{sheet.source.sha256}/text?citation={sheet.id}").json()
    start = found["span"]["start"]
    tables = [block for block in found["blocks"] if block["kind"] == "table"]
    assert tables
    rows = found["text"][tables[0]["start"] - start : tables[0]["end"] - start].split("\n")
    assert sum("\t" in row for row in rows) > 2
    assert any("Team" in block["header"] for block in tables) or "Team\tLocation" in "".join(rows)


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("start=1", 422, "start and end go together"),
        ("citation=0000000000000000&start=1&end=2", 422, "name a citation, or start and end"),
        ("start=-1&end=2", 422, "start: "),
        ("start=99999999999&end=2", 422, "start: "),
        ("citation=0000000000000000", 404, "the document holds no citation"),
    ],
)
def test_windows_that_cannot_be(
    client: "TestClient", cited: qa.Citation, query: str, status: int, told: str
) -> None:
    response = client.get(f"/documents/{cited.source.sha256}/text?{query}")
    found, _, message = error_of(response)
    assert (found, message.startswith(told)) == (status, True), message


def test_a_window_beyond_the_end_is_empty(client: "TestClient", cited: qa.Citation) -> None:
    found = client.get(f"/documents/{cited.source.sha256}/text?start=999999&end=1000000").json()
    assert (found["text"], found["blocks"]) == ("", [])
