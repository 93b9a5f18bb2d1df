"""What is written is what the W3C data model demands, and says where the quote stands."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

import qa
from qa.annotations.citing import AROUND
from qa.annotations.names import iri_of, path_of, sha256_in
from qa.answers import Answer, Citation
from tests.support.web_annotation import check_annotation, check_collection

HONEY = "How much honey does a strong colony consume?"


@pytest.fixture(scope="module")
def answer(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Answer:
    folder = tmp_path_factory.mktemp("asked")
    for name in ("bees.pdf", "remarks.md"):
        (folder / name).write_bytes((kept / name).read_bytes())
    qa.index(folder, into=folder / ".qa", offline=True)
    with qa.open(folder / ".qa") as session:
        return session.ask(HONEY)


def selectors(annotation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["type"]: each for each in annotation["target"]["selector"]}


def text_of(citation: Citation) -> str:
    with qa.open(citation.index_folder) as session:
        index = session.index
        paths = index.paths_and_rows[0]
        return index.text_of(index.document(paths.index(citation.source.path)))


def test_every_citation_is_a_valid_annotation(answer: Answer) -> None:
    for citation in answer.citations:
        check_annotation(citation.to_annotation())
        for part in citation.evidence:
            check_annotation(citation.to_annotation(part))


def test_selectors_name_the_quote(answer: Answer) -> None:
    for citation in answer.citations:
        for part in (citation.span, *citation.evidence):
            told = selectors(citation.to_annotation(part))
            place, quote = told["TextPositionSelector"], told["TextQuoteSelector"]
            text = text_of(citation)
            assert (place["start"], place["end"]) == (part.start, part.end)
            assert quote["exact"] == text[part.start : part.end]
            assert quote.get("prefix", "") == text[max(0, part.start - AROUND) : part.start]
            assert quote.get("suffix", "") == text[part.end : part.end + AROUND]


def test_the_state_is_the_content_of_the_file(answer: Answer) -> None:
    citation = answer.citations[0]
    file = Path(citation.root, citation.source.path)
    name = citation.to_annotation()["target"]["state"]["cached"]
    digest = base64.urlsafe_b64decode(name.removeprefix("ni:///sha-256;") + "=")
    assert digest == hashlib.sha256(file.read_bytes()).digest()


def test_a_pdf_has_its_page_and_the_quote_on_it(answer: Answer) -> None:
    whole = [each for each in answer.citations if each.source.path == "bees.pdf" and each.unit]
    assert whole
    for citation in whole:
        page = selectors(citation.to_annotation())["FragmentSelector"]
        assert citation.unit is not None
        assert page["value"] == f"page={citation.page}"
        if citation.unit.first == citation.unit.last:
            assert page["refinedBy"]["exact"] == citation.quote
        else:
            assert "refinedBy" not in page
    assert {citation.unit.first == citation.unit.last for citation in whole if citation.unit} == {
        True,
        False,
    }


def test_a_text_has_no_page(answer: Answer) -> None:
    [text] = [each for each in answer.citations if each.source.path == "remarks.md"][:1]
    assert "FragmentSelector" not in selectors(text.to_annotation())


def test_ids_depend_on_content_and_span_alone(answer: Answer) -> None:
    first, second, *_ = answer.citations
    assert first.to_annotation() == first.to_annotation()
    ids = [first.to_annotation()["id"], second.to_annotation()["id"]]
    ids += [first.to_annotation(part)["id"] for part in first.evidence if part != first.span]
    assert len(set(ids)) == len(ids)


def test_a_part_has_to_be_inside(answer: Answer) -> None:
    citation = answer.citations[0]
    outside = type(citation.span)(citation.span.start, citation.span.end + 1)
    with pytest.raises(qa.InputError, match="is not a part of the citation"):
        citation.to_annotation(outside)


def test_an_answer_is_a_collection(answer: Answer) -> None:
    told = answer.to_annotations()
    check_collection(told)
    assert told["label"] == HONEY
    assert told["total"] == len(answer.citations)
    assert json.loads(json.dumps(told)) == answer.to_annotations()


def test_what_answers_nothing_is_not_cited(answer: Answer) -> None:
    with qa.open(answer.citations[0].index_folder) as session:
        other = session.ask("Who won the chess championship in Reykjavik?")
    assert other.citations
    told = other.to_annotations()
    check_collection(told)
    assert told["total"] == 0


def test_a_saved_answer_gives_the_same(answer: Answer) -> None:
    folder = answer.citations[0].index_folder
    assert (
        qa.annotate_answers(json.dumps(answer.to_dict()), index=folder) == answer.to_annotations()
    )


def test_without_its_index_a_saved_answer_lacks_only_what_is_around(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = qa.annotate_answers(json.dumps(answer.to_dict()))
    check_collection(told)
    here, there = told["first"]["items"][0], answer.to_annotations()["first"]["items"][0]
    assert here["id"] == there["id"]
    quote = selectors(here)["TextQuoteSelector"]
    assert quote.keys() == {"type", "exact"}
    assert quote["exact"] == answer.citations[0].quote


def test_the_session_makes_the_same(answer: Answer) -> None:
    citation = answer.citations[0]
    with qa.open(citation.index_folder) as session:
        assert session.annotation(citation.id) == citation.to_annotation()
        part = citation.evidence[0]
        span = qa.Span(part.start, part.end)
        assert session.annotation(citation.id, part=span) == citation.to_annotation(part)


@pytest.mark.parametrize(
    ("path", "iri"),
    [
        ("docs/bees.pdf", "docs/bees.pdf"),
        ("a b/50% (new)#1?.pdf", "a%20b/50%25%20(new)%231%3F.pdf"),
        ("a:b.txt", "a%3Ab.txt"),
        ("/home/ann/x.txt", "file:///home/ann/x.txt"),
        ("C:/Users/x.txt", "file:///C:/Users/x.txt"),
        ("Bücher/größe.txt", "B%C3%BCcher/gr%C3%B6%C3%9Fe.txt"),
        ("old\udcff.txt", "old%FF.txt"),
    ],
)
def test_paths_are_iris_and_back(path: str, iri: str) -> None:
    assert iri_of(path) == iri
    assert path_of(iri) == path


@pytest.mark.parametrize("iri", ["urn:x-pdf:1234", "http://[broken", "a%00b", "javascript:x", ""])
def test_what_names_no_path(iri: str) -> None:
    assert path_of(iri) == ""


@pytest.mark.parametrize("form", ["sha256:{}", "urn:sha256:{}", "hash://sha256/{}", "sha-256:{}"])
def test_hashes_of_others(form: str) -> None:
    assert sha256_in(form.format("AB" * 32)) == "ab" * 32
    assert sha256_in(form.format("AB" * 31)) is None
