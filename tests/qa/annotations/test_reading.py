"""Annotations of other programs are read as far as they say where a text stands."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa.annotations import reading
from qa.annotations.reading import LARGEST, MOST_TARGETS
from qa.places import SourceSpan

QUOTE = {"type": "TextQuoteSelector", "exact": "one dog", "prefix": "may keep ", "suffix": " in"}
PLACE = {"type": "TextPositionSelector", "start": 16, "end": 23}
SPECIFIC = {"source": "http://x.example/docs/pets.html?a=1#top", "selector": [QUOTE, PLACE]}
ANNOTATION = {"type": "Annotation", "id": "urn:x", "target": SPECIFIC}
COLLECTION = {"type": "AnnotationCollection", "total": 1}
PAGE: dict[str, Any] = {"type": "AnnotationPage", "items": [ANNOTATION]}
PAGE_IRI = "http://x.example/page2"

HYPOTHESIS_ROW = {
    "id": "Ab3",
    "uri": "https://x.example/docs/pets.html",
    "text": "Is this so?",
    "document": {"title": ["Pets"]},
    "target": [
        {
            "source": "https://x.example/docs/pets.html",
            "selector": [
                {"type": "RangeSelector", "startContainer": "/p[1]", "endContainer": "/p[1]"},
                PLACE,
                QUOTE,
            ],
        }
    ],
}
"""As its service gives it."""


def read(value: Any) -> tuple[qa.AnnotationTarget, ...]:
    return qa.read_annotations(value if isinstance(value, str) else json.dumps(value))


def target_of(selector: Any, **fields: Any) -> qa.AnnotationTarget:
    [target] = read({"type": "Annotation", "target": {"selector": selector, **fields}})
    return target


@pytest.mark.parametrize(
    "told",
    [
        ANNOTATION,
        [ANNOTATION],
        json.dumps(ANNOTATION, indent=2),
        {"@graph": [ANNOTATION]},
        {**ANNOTATION, "target": [SPECIFIC]},
        {**ANNOTATION, "target": {"type": "Choice", "items": [SPECIFIC]}},
        {**ANNOTATION, "target": {**SPECIFIC, "source": {"id": SPECIFIC["source"]}}},
        {**ANNOTATION, "body": {"type": "TextualBody", "value": "x"}, "unknown": [1, {}]},
        {"type": "AnnotationPage", "items": [ANNOTATION]},
        {**COLLECTION, "first": {"type": "AnnotationPage", "items": [ANNOTATION]}},
        {"@type": "oa:Annotation", "oa:hasTarget": {**SPECIFIC, "type": "oa:SpecificResource"}},
        {"rows": [HYPOTHESIS_ROW], "total": 1},
        {"export_date": "2026-01-01", "annotations": [HYPOTHESIS_ROW]},
        HYPOTHESIS_ROW,
    ],
)
def test_forms(told: Any) -> None:
    assert qa.is_annotations(told if isinstance(told, str) else json.dumps(told))
    [target] = read(told)
    assert target.quote == "one dog"
    assert (target.before, target.after) == ("may keep ", " in")
    assert target.span == SourceSpan(16, 23)
    assert target.path == "docs/pets.html"
    assert target.sha256 is None
    json.dumps(target.to_dict())


def test_one_per_line() -> None:
    lines = f"{json.dumps(ANNOTATION)}\n\n{json.dumps(ANNOTATION)}\n"
    assert qa.is_annotations(lines)
    assert len(read(lines)) == 2


@pytest.mark.parametrize(
    ("selector", "quote"),
    [
        (QUOTE, "one dog"),
        ({"type": "Choice", "items": [{"type": "CssSelector", "value": "p"}, QUOTE]}, "one dog"),
        ({"type": "FragmentSelector", "value": "page=2", "refinedBy": QUOTE}, "one dog"),
        ({**QUOTE, "exact": "The tenant may keep one dog", "refinedBy": QUOTE}, "one dog"),
        ([QUOTE, {**QUOTE, "exact": "another"}], "one dog"),
        ({"type": ["oa:TextQuoteSelector"], "exact": {"@value": "one dog"}}, "one dog"),
        ({"type": "XPathSelector", "value": "/p"}, ""),
        ({"type": "TextQuoteSelector"}, ""),
        ({"type": "TextQuoteSelector", "exact": " \n"}, ""),
        (["http://x.example/selector", 7, None], ""),
        (None, ""),
    ],
)
def test_selectors(selector: Any, quote: str) -> None:
    assert target_of(selector).quote == quote


def test_several_targets() -> None:
    told = {**ANNOTATION, "target": [SPECIFIC, "http://x.example/other.html"]}
    first, second = read(told)
    assert (first.quote, second.quote) == ("one dog", "")
    assert second.path == "other.html"
    assert {first.annotation, second.annotation} == {"urn:x"}


@pytest.mark.parametrize(
    ("selector", "page"),
    [
        ({"type": "FragmentSelector", "value": "page=12"}, 12),
        ({"type": "FragmentSelector", "value": "page=2&viewrect=1,2,3,4"}, 2),
        ([QUOTE, {"type": "PageSelector", "index": 3, "label": "iv"}], 4),
        ({"type": "FragmentSelector", "value": "page=0"}, None),
        ({"type": "FragmentSelector", "value": "homepage=2"}, None),
        ({"type": "PageSelector", "index": -1}, None),
        ({"type": "FragmentSelector", "value": "page=" + "9" * 50}, None),
    ],
)
def test_pages(selector: Any, page: int | None) -> None:
    assert target_of(selector).page == page


@pytest.mark.parametrize(
    "place", [{"start": -1, "end": 2}, {"start": 5, "end": 2}, {"start": "1", "end": 2}, {}]
)
def test_places_that_are_none_are_ignored(place: dict[str, Any]) -> None:
    assert target_of([QUOTE, {"type": "TextPositionSelector", **place}]).span is None


@pytest.mark.parametrize(
    "where",
    [
        {"state": {"type": "TimeState", "cached": "ni:///sha-256;{}"}},
        {"state": [{"type": "HttpRequestState"}, {"cached": ["ni:///sha-256;{}"]}]},
        {"source": {"id": "x.pdf", "dc:identifier": "ni:///sha-256;{}"}},
    ],
)
def test_hashes(where: dict[str, Any]) -> None:
    name = "dgbNunz_8nzAl4kk983a5IHmUs44uBLDvUKikJ48ll0"
    told = json.loads(json.dumps(where).replace("{}", name))
    assert target_of(QUOTE, **told).sha256 == (
        "7606cdba7cfff27cc0978924f7cddae481e652ce38b812c3bd42a2909e3c965d"
    )


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("", "is empty"),
        ("{", "is not JSON"),
        ("%PDF-1.7 \x00\x01", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"type": "Annotation", "target": ' + "[" * 40 + "]" * 40 + "}", "nested too deeply"),
        ("[" * 40 + "]" * 40, "nested too deeply"),
        ("3", "no Web Annotation"),
        ('{"a": 1}', "no Web Annotation"),
        ('{"type": "Annotation"}', "has no target"),
        ('[{"type": "Annotation", "target": "x"}, "y"]', "no Web Annotation"),
        ('{"type": "Annotation", "target": [3]}', "neither an IRI nor an object"),
        (
            {"type": "Annotation", "target": {"selector": {**QUOTE, "exact": 5}}},
            "whose exact is no text",
        ),
        (
            {"type": "Annotation", "target": {"selector": {**QUOTE, "prefix": ["x"]}}},
            "whose prefix is no text",
        ),
        (
            {"type": "Annotation", "target": {"selector": {**QUOTE, "exact": "x" * 100_001}}},
            "quotes more than 100,000 characters",
        ),
        ({**COLLECTION, "first": "http://x.example/page1"}, "which is not fetched"),
        (
            {**COLLECTION, "first": {**PAGE, "next": PAGE_IRI}},
            f"further annotations at '{PAGE_IRI}'",
        ),
        ({**COLLECTION, "first": {**PAGE, "next": {**PAGE, "next": PAGE_IRI}}}, "not fetched"),
        ({**PAGE, "next": PAGE_IRI}, "not fetched"),
        ({**PAGE, "next": {"type": "AnnotationPage", "id": PAGE_IRI}}, "not fetched"),
        ({**COLLECTION, "first": {"type": "AnnotationPage", "id": PAGE_IRI}}, "not fetched"),
        ({**PAGE, "next": 3}, "no Web Annotation"),
        ([ANNOTATION] * (MOST_TARGETS + 1), "more than 2,000 targets"),
        (" " * (LARGEST + 1), "is longer than"),
        (f'{{"type": "Annotation", "target": {"9" * 10_000}}}', "is not JSON"),
    ],
)
def test_what_is_broken_is_one_clear_line(told: Any, reason: str) -> None:
    with pytest.raises(qa.InputError, match=reason) as raised:
        qa.read_annotations(told if isinstance(told, str) else json.dumps(told), "x.jsonld")
    assert str(raised.value).startswith("x.jsonld")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "told",
    [
        '{"schema": "qa.answer/1", "citations": []}',
        '{"schema": "qa.absence/1"}',
        "[]",
        "",
        "plain text",
        '{"target": "x", "schema": "qa.answer/1"}',
    ],
)
def test_what_is_something_else(told: str) -> None:
    assert not qa.is_annotations(told)


def test_an_empty_collection_has_no_targets() -> None:
    assert read({**COLLECTION, "total": 0}) == ()


def page_of(exact: str, **fields: Any) -> dict[str, Any]:
    selector = {**QUOTE, "exact": exact}
    return {**PAGE, "items": [{**ANNOTATION, "target": {"selector": selector}}], **fields}


class TestPagesOfACollection:
    def test_inside_one_another(self) -> None:
        pages = page_of("a", next=page_of("b", next=page_of("c", next=page_of("d"))))
        for told in (pages, {**COLLECTION, "first": pages}):
            assert [each.quote for each in read(told)] == ["a", "b", "c", "d"]

    def test_that_refer_to_one_another_in_one_text(self) -> None:
        first, second = page_of("a", id="urn:1", next="urn:2"), page_of("b", id="urn:2")
        collection = {**COLLECTION, "first": "urn:1"}
        lines = "\n".join(map(json.dumps, (collection, first, second)))
        for told in ([first, second], [second, first], [collection, first, second], lines):
            assert {each.quote for each in read(told)} == {"a", "b"}

    def test_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pages = page_of("a", next=page_of("b", next=page_of("c")))
        monkeypatch.setattr(reading, "_MOST_PAGES", 3)
        assert len(read(pages)) == 3
        monkeypatch.setattr(reading, "_MOST_PAGES", 2)
        with pytest.raises(qa.InputError, match="more than 2 pages"):
            read(pages)


def test_targets_beyond_the_limit_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def target(reader: Any, annotation: Any, each: Any) -> Any:
        made.append(each)

    monkeypatch.setattr(reading._Reader, "_target", target)
    with pytest.raises(qa.InputError, match=r"more than 2,000 targets"):
        read({**ANNOTATION, "target": ["x"] * 10_000})
    assert len(made) == MOST_TARGETS + 1


NAMES = st.just("next") | st.sampled_from(
    ["type", "target", "selector", "source", "items", "first", "refinedBy", "exact", "state", "id"]
)
TYPES = st.sampled_from(
    ["Annotation", "AnnotationCollection", "AnnotationPage", "TextQuoteSelector", "Choice"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | TYPES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_rubbish_is_refused_or_read(value: Any) -> None:
    text = json.dumps({"type": "Annotation", "target": value})
    try:
        targets = qa.read_annotations(text)
    except qa.InputError as error:
        targets, told = (), str(error)
    else:
        told = json.dumps([each.to_dict() for each in targets])
    assert "\n" not in told
