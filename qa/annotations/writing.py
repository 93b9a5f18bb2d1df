"""Writes quotes as annotations of the W3C Web Annotation Data Model (2017).

Every selector names the same text: its characters with some text around it, its offsets, and for a
PDF its page. The state of the source is the content that has the SHA-256 of the file.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from qa.annotations.names import iri_of, name_of_content
from qa.places import Source, SourceSpan, UnitRange

CONTEXT = "http://www.w3.org/ns/anno.jsonld"

_PDF = "application/pdf"
PDF_FRAGMENTS = "http://tools.ietf.org/rfc/rfc3778"
"""The specification of fragments of PDF, by the name that the data model gives."""


def annotation_of(
    source: Source,
    span: SourceSpan,
    quote: str,
    *,
    before: str,
    after: str,
    unit: UnitRange | None,
) -> dict[str, Any]:
    """The annotation that highlights a quote in its source.

    Its id depends on the content of the source and the span alone. ``before`` and ``after`` are the
    text around the quote; empty where it is not known.
    """
    by_text = {"type": "TextQuoteSelector", "exact": quote}
    if before:
        by_text["prefix"] = before
    if after:
        by_text["suffix"] = after
    by_place = {"type": "TextPositionSelector", "start": span.start, "end": span.end}
    content = name_of_content(source.sha256)
    return {
        "@context": CONTEXT,
        "id": _id(f"{content}#char={span.start},{span.end}"),
        "type": "Annotation",
        "motivation": "highlighting",
        "target": {
            "type": "SpecificResource",
            "source": {
                "id": iri_of(source.path),
                "type": "Text",
                "format": source.media_type,
                "dc:title": source.title,
            },
            "state": {"type": "TimeState", "cached": content},
            "selector": [by_text, by_place, *_by_page(source, unit, by_text)],
        },
    }


def _by_page(
    source: Source, unit: UnitRange | None, by_text: dict[str, str]
) -> list[dict[str, Any]]:
    """The page of a PDF; with the quote on it, if it does not go on on the next page."""
    page = unit.page if unit and source.media_type == _PDF else None
    if unit is None or page is None:
        return []
    by_page = {"type": "FragmentSelector", "conformsTo": PDF_FRAGMENTS, "value": f"page={page}"}
    return [by_page if unit.first != unit.last else {**by_page, "refinedBy": dict(by_text)}]


def collection_of(annotations: Sequence[dict[str, Any]], label: str) -> dict[str, Any]:
    """Annotations as an ``AnnotationCollection`` with one page, which it holds."""
    items = [
        {key: value for key, value in each.items() if key != "@context"} for each in annotations
    ]
    made_of = hashlib.sha256(json.dumps([label, items], sort_keys=True).encode()).hexdigest()
    collection = {
        "@context": CONTEXT,
        "id": _id(f"{made_of}#collection"),
        "type": "AnnotationCollection",
        "label": label,
        "total": len(items),
    }
    if not items:  # a page may not be empty
        return collection
    page = {
        "id": _id(f"{made_of}#page"),
        "type": "AnnotationPage",
        "partOf": collection["id"],
        "startIndex": 0,
        "items": items,
    }
    return {**collection, "first": page, "last": page["id"]}


def _id(name: str) -> str:
    return uuid5(NAMESPACE_URL, name).urn
