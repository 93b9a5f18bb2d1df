"""What the description of the API shows: schemas of responses, with examples."""

import json
from typing import Any, NamedTuple

from qa import json_schema

_COMPONENTS = "#/components/schemas/"


class Described(NamedTuple):
    """A response in JSON."""

    summary: str
    schema: dict[str, Any]
    media_type: str = "application/json"


_SENT = (
    "qa.answer/1",
    "qa.passages/1",
    "qa.review/1",
    "qa.excerpt/1",
    "qa.verification/1",
    "qa.quote/1",
    "qa.annotations/1",
    "Annotation",
    "AnnotationCollection",
    "qa.document/1",
    "qa.text/1",
    "qa.status/1",
)
"""Names of the schemas of all that is sent."""


def components() -> dict[str, Any]:
    """The schemas that responses refer to, by title, with their parts and examples.

    The examples are not with the responses, where FastAPI would leave out each ``None``.
    """
    found: dict[str, Any] = {}
    for name in _SENT:
        schema = json_schema(name)
        del schema["$schema"]
        found |= schema.pop("$defs")
        found[schema["title"]] = schema | (
            {"examples": [EXAMPLES[name]]} if name in EXAMPLES else {}
        )
    moved: dict[str, Any] = json.loads(json.dumps(found).replace("#/$defs/", _COMPONENTS))
    return moved


def _component(name: str) -> dict[str, Any]:
    return {"$ref": _COMPONENTS + json_schema(name)["title"]}


_SHA = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"
_SOURCE_EXAMPLE = {
    "path": "notes/forum.txt",
    "title": "forum",
    "media_type": "text/plain",
    "sha256": _SHA,
    "stale": False,
    "encoding": "utf-8",
    "format": "plain",
    "format_version": 1,
    "recognition": None,
}
_PLACE_EXAMPLE = {
    "span": {"start": 1042, "end": 1082, "unit": "codepoint"},
    "lines": {"start": 7, "end": 7},
    "page": None,
    "page_label": None,
    "unit": None,
}
_QUOTE = {
    "quote": "The forum is headed by Aleksey Valkov.",
    "quote_sha256": "2fd1c5b0ef6a1f8dd2b6ad4d6d6b2d5dbe01f6b4b6f57ec1a2f1cc0f5d5d3c1a",
}

_CITATION_EXAMPLE = {
    "id": "0a1b2c3d4e5f6071",
    "rank": 1,
    **_QUOTE,
    "source": _SOURCE_EXAMPLE,
    **_PLACE_EXAMPLE,
    "heading_path": [],
    "evidence": [{"start": 1042, "end": 1082, "unit": "codepoint"}],
    "continues": [],
    "scores": {
        "fused": 3.1,
        "bm25": 7.2,
        "passage": 0.61,
        "sentence": 0.7,
        "reading": 0.98,
    },
    "also_in": [],
    "answer_span": {"start": 1065, "end": 1080, "unit": "codepoint"},
    "places": None,
    "evidence_places": None,
}

_ANNOTATION_EXAMPLE = {
    "id": "urn:uuid:31a83c2b-848c-5abd-8d50-356267ce0e4e",
    "type": "Annotation",
    "motivation": "highlighting",
    "target": {
        "type": "SpecificResource",
        "source": {
            "id": "notes/forum.txt",
            "type": "Text",
            "format": "text/plain",
            "dc:title": "forum",
        },
        "state": {
            "type": "TimeState",
            "cached": "ni:///sha-256;tbudgBSg-bHWHiHnlteNzN8TUvI80ygS9IULh4rklEw",
        },
        "selector": [
            {"type": "TextQuoteSelector", "exact": _QUOTE["quote"]},
            {"type": "TextPositionSelector", "start": 1042, "end": 1082},
        ],
    },
}
_CONTEXT = {"@context": "http://www.w3.org/ns/anno.jsonld"}
_COLLECTION = "urn:uuid:5d9e3a52-90f0-5b43-8f0a-53cf8a0b3b35"
_PAGE = "urn:uuid:0b1df6fb-27f3-5c8f-9c35-6f0b9f6a5a0f"

EXAMPLES: dict[str, dict[str, Any]] = {
    "qa.answer/1": {
        "schema": "qa.answer/1",
        "question": "Who heads the St. Petersburg forum?",
        "status": "answered",
        "reason": None,
        "confidence": "high",
        "probability": 0.93,
        "citations": [_CITATION_EXAMPLE],
        "index": {"generation": 12, "model": "all-MiniLM-L6-v2"},
        "explanation": {
            "similarity": 0.7,
            "reading": 0.98,
            "second_reading": None,
            "evidence_share": 0.8,
            "passage_share": 0.9,
            "trust": 1.0,
            "passages": 5120,
            "threshold": 0.5,
            "standardised_similarity": 0.7,
            "column_agreement": None,
            "strangeness": 0.0,
            "promised_risk": None,
        },
        "agreement": None,
        "corrections": [],
        "after": None,
        "warnings": [],
        "timing_ms": {"encode": 2.1, "read": 12.4, "total": 21.9},
    },
    "qa.passages/1": {
        "schema": "qa.passages/1",
        "question": "Who heads the St. Petersburg forum?",
        "least": 0.1,
        "reason": None,
        "citations": [{**_CITATION_EXAMPLE, "probability": 0.71}],
        "expected": 0.71,
        "missed": {"expected": 0.4, "low": 0, "high": 2, "level": 0.9},
        "searched": 5120,
        "candidates": 2110,
        "read": 14,
        "index": {"generation": 12, "model": "all-MiniLM-L6-v2"},
        "sample": {
            "passages": [
                {**_CITATION_EXAMPLE, "probability": 0.04, "logit": -3.1, "answers": None},
            ],
            "others": [{"logit": -4.2, "passages": 61}],
            "answered": 0.98,
            "deviation": 1.4,
        },
        "corrections": [],
        "warnings": [],
        "timing_ms": {"encode": 2.1, "total": 84.0},
    },
    "qa.review/1": {
        "schema": "qa.review/1",
        "question": "Who heads the St. Petersburg forum?",
        "sampled": 40,
        "judged": 40,
        "answering": ["0a1b2c3d4e5f6071"],
        "missed": {"expected": 2.6, "low": 0, "high": 8, "level": 0.9},
    },
    "qa.excerpt/1": {
        "schema": "qa.excerpt/1",
        **_QUOTE,
        "source": _SOURCE_EXAMPLE,
        **_PLACE_EXAMPLE,
        "heading_path": [],
        "before": "It opens in June. ",
        "after": " He has done so since 2019.",
    },
    "qa.verification/1": {
        "schema": "qa.verification/1",
        "verified": True,
        "stands": True,
        "citations": [
            {
                "verdict": "verified",
                "path": "notes/forum.txt",
                "found": _PLACE_EXAMPLE["span"],
                "found_path": "notes/forum.txt",
                **_PLACE_EXAMPLE,
                "source_changed": False,
                "detail": "the quote is where the citation says",
            }
        ],
    },
    "Annotation": {**_CONTEXT, **_ANNOTATION_EXAMPLE},
    "AnnotationCollection": {
        **_CONTEXT,
        "id": _COLLECTION,
        "type": "AnnotationCollection",
        "label": "Who heads the St. Petersburg forum?",
        "total": 1,
        "first": {
            "id": _PAGE,
            "type": "AnnotationPage",
            "partOf": _COLLECTION,
            "startIndex": 0,
            "items": [_ANNOTATION_EXAMPLE],
        },
        "last": _PAGE,
    },
    "qa.document/1": {
        "schema": "qa.document/1",
        "id": _SHA,
        "source": _SOURCE_EXAMPLE,
        "paths": ["notes/forum.txt"],
        "language": "en",
        "size": 5120,
        "characters": 5098,
        "passages": 9,
        "headings": [],
        "unit": None,
        "units": 0,
        "has_pictures": False,
    },
    "qa.text/1": {
        "schema": "qa.text/1",
        "id": _SHA,
        "source": _SOURCE_EXAMPLE,
        "characters": 5098,
        "span": {"start": 1024, "end": 1082, "unit": "codepoint"},
        "text": "It opens in June. The forum is headed by Aleksey Valkov.",
        "lines": {"start": 7, "end": 7},
        "heading_path": [],
        "headings": [],
        "units": [],
        "blocks": [{"kind": "prose", "start": 1024, "end": 1082, "header": ""}],
        "quote": {"start": 1042, "end": 1082, "unit": "codepoint"},
        "evidence": [],
        "answer_span": None,
    },
    "qa.status/1": {
        "schema": "qa.status/1",
        "index": "/srv/documents/.qa",
        "generation": 12,
        "created": "2024-05-02T09:14:07+00:00",
        "tool": "0.1.0",
        "model": {
            "name": "all-MiniLM-L6-v2",
            "sha256": _SHA,
            "dimension": 384,
            "max_tokens": 256,
            "normalize": True,
        },
        "size": 9437184,
        "documents": 120,
        "passages": 5120,
        "sentences": 21504,
        "languages": {"en": 120},
        "roots": [{"path": "notes", "include": [], "exclude": [], "default_excludes": True}],
        "gone_roots": [],
        "fresh": True,
        "changed": [],
        "vanished": [],
        "new": [],
        "skipped": [],
        "profile": "model",
        "calibration": None,
        "promise_drift": None,
        "promise_doubts": [],
        "gaps": [],
        "recognised": [],
        "checked": False,
        "undated": 3,
    },
}
"""By the names of their schemas."""

ANSWER = Described("The answer", _component("qa.answer/1"))
PASSAGES = Described("Every passage that answers", _component("qa.passages/1"))
REVIEW = Described("What the judgements tell", _component("qa.review/1"))
EXCERPT = Described("The passage", _component("qa.excerpt/1"))
VERIFICATION = Described(
    "The verdicts",
    {"anyOf": [*map(_component, ("qa.verification/1", "qa.quote/1", "qa.annotations/1"))]},
)
DOCUMENT = Described("The document", _component("qa.document/1"))
TEXT = Described("The text", _component("qa.text/1"))
STATUS = Described("The state", _component("qa.status/1"))
ANNOTATION = Described("The annotation", _component("Annotation"), media_type="application/ld+json")
ANNOTATIONS = Described(
    "The annotations", _component("AnnotationCollection"), media_type="application/ld+json"
)

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}

_ERRORS = {
    400: "Not HTTP, or not JSON",
    401: "The token is missing or wrong",
    403: "A page of another site asks",
    404: "The index does not hold it",
    408: "The body came too slowly",
    409: "The source has changed since it was indexed",
    413: "The body is too large",
    421: "The service is not called by this name",
    422: "The request does not say what can be done",
    503: "Too many requests wait, or the index cannot be used",
    504: "There was no answer in time",
}
_ALWAYS = (400, 401, 403, 408, 413, 421, 422)


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {
            "description": _ERRORS[status],
            "content": {"application/json": {"schema": _ERROR}},
        }
        for status in sorted({*_ALWAYS, *statuses})
    }


def described(response: Described, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of a route that sends JSON, and its errors."""
    content = {response.media_type: {"schema": response.schema}}
    return {200: {"description": response.summary, "content": content}, **_errors(*statuses)}


def described_picture(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of a route that sends a picture."""
    content = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    return {
        200: {"description": "The page", "content": content},
        304: {"description": "The page has not changed"},
        **_errors(*statuses),
    }
