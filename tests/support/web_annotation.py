"""What the W3C Web Annotation Data Model (2017) demands, clause by clause, of what we write.

Every field must be one of the vocabulary's JSON-LD context: an unknown one would be lost when the
document is expanded.
"""

import re
from typing import Any

CONTEXT = "http://www.w3.org/ns/anno.jsonld"

FIELDS = {
    *("@context", "id", "type", "motivation", "target", "source", "state", "selector", "cached"),
    *("refinedBy", "conformsTo", "value", "exact", "prefix", "suffix", "start", "end", "format"),
    *("label", "total", "first", "last", "items", "partOf", "startIndex", "dc:title"),
}
"""Those of the context that we write."""

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_RELATIVE = re.compile(r"[^\s<>\"{}|\\^`:]+")


def check_annotation(annotation: dict[str, Any], *, embedded: bool = False) -> None:
    """Section 3: an annotation with one target, a part of a source."""
    _known(annotation)
    if embedded:
        assert "@context" not in annotation
    else:
        assert annotation["@context"] == CONTEXT
    assert _IRI.fullmatch(annotation["id"])
    assert annotation["type"] == "Annotation"
    assert annotation["motivation"] == "highlighting"
    target = annotation["target"]
    assert target["type"] == "SpecificResource"
    source = target["source"]
    assert _IRI.fullmatch(source["id"]) or _RELATIVE.fullmatch(source["id"])
    assert source["type"] == "Text"
    _check_state(target["state"])
    assert target["selector"]
    for selector in target["selector"]:
        _check_selector(selector)


def check_collection(collection: dict[str, Any]) -> None:
    """Section 5: a collection, and the page that it holds."""
    _known(collection)
    assert collection["@context"] == CONTEXT
    assert _IRI.fullmatch(collection["id"])
    assert collection["type"] == "AnnotationCollection"
    assert isinstance(collection["label"], str)
    assert collection["total"] >= 0
    if not collection["total"]:
        assert "first" not in collection
        return
    page = collection["first"]
    assert "@context" not in page
    assert _IRI.fullmatch(page["id"])
    assert page["type"] == "AnnotationPage"
    assert page["partOf"] == collection["id"]
    assert collection["last"] == page["id"]
    assert page["startIndex"] == 0
    assert len(page["items"]) == collection["total"]
    for each in page["items"]:
        check_annotation(each, embedded=True)
    ids = [collection["id"], page["id"], *(each["id"] for each in page["items"])]
    assert len(set(ids)) == len(ids)


def _check_state(state: dict[str, Any]) -> None:
    """Section 4.3.1: a time state may name a copy."""
    assert state["type"] == "TimeState"
    assert re.fullmatch(r"ni:///sha-256;[A-Za-z0-9_-]{43}", state["cached"])


def _check_selector(selector: dict[str, Any]) -> None:
    """Section 4.2: exactly one type, and what each type demands."""
    kind = selector["type"]
    if kind == "TextQuoteSelector":
        assert isinstance(selector["exact"], str)
        assert selector["exact"]
        for name in ("prefix", "suffix"):
            assert isinstance(selector.get(name, "x"), str)
            assert selector.get(name, "x")
    elif kind == "TextPositionSelector":
        assert 0 <= selector["start"] < selector["end"]
    else:
        assert kind == "FragmentSelector"
        assert selector["conformsTo"] == "http://tools.ietf.org/rfc/rfc3778"
        assert re.fullmatch(r"page=[1-9]\d*", selector["value"])
    if "refinedBy" in selector:
        _check_selector(selector["refinedBy"])


def _known(value: Any) -> None:
    if isinstance(value, dict):
        assert value.keys() <= FIELDS, value.keys() - FIELDS
        for each in value.values():
            _known(each)
    elif isinstance(value, list):
        for each in value:
            _known(each)
