"""What the description of the API shows: schemas of responses, each with an example."""

from typing import Any, NamedTuple

from qa import Confidence, Reason, Status


class Described(NamedTuple):
    """A response in JSON."""

    summary: str
    schema: dict[str, Any]
    example: dict[str, Any]
    media_type: str = "application/json"


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


_STRING = {"type": "string"}
_INTEGER = {"type": "integer"}
_BOOLEAN = {"type": "boolean"}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}


def _list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_SPAN = _object(start=_INTEGER, end=_INTEGER)
_LINES = _or_null(_object(start=_INTEGER, end=_INTEGER))
_SOURCE = _object(path=_STRING, title=_STRING, media_type=_STRING, sha256=_STRING, stale=_BOOLEAN)
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

_VALUE_MEMBER = _object(
    rank=_INTEGER,
    citation=_STRING,
    span=_SPAN,
    text=_STRING,
    sentence=_SPAN,
    quote=_STRING,
    date=_or_null(_STRING),
    date_from=_or_null({"enum": ["front_matter", "properties", "file_name", "mtime"]}),
    version=_or_null(_STRING),
    version_from=_or_null({"enum": ["file_name", "title"]}),
    copies=_INTEGER,
)
_VALUE_GROUP = _object(
    value=_STRING,
    normal={"type": "object"},
    passages=_INTEGER,
    wordings=_INTEGER,
    copies=_INTEGER,
    members=_list_of(_VALUE_MEMBER),
)

_CITATION = _object(
    id=_STRING,
    rank=_INTEGER,
    quote=_STRING,
    quote_sha256=_STRING,
    source=_SOURCE,
    span=_SPAN,
    lines=_LINES,
    heading_path=_list_of(_STRING),
    evidence=_list_of(_SPAN),
    continues=_list_of(
        _object(
            kind={"enum": ["limited", "unfinished", "negated", "footnote"]},
            cue=_STRING,
            span=_SPAN,
            quote=_STRING,
        )
    ),
    scores={"type": "object"},
    also_in={"type": "array"},
)
_CITATION_EXAMPLE = {
    "id": "0a1b2c3d4e5f6071",
    "rank": 1,
    **_QUOTE,
    "source": _SOURCE_EXAMPLE,
    **_PLACE_EXAMPLE,
    "heading_path": [],
    "evidence": [{"start": 1042, "end": 1082}],
    "continues": [],
    "scores": {
        "fused": 3.1,
        "bm25": 7.2,
        "passage": 0.61,
        "sentence": 0.7,
        "reading": 0.98,
    },
    "also_in": [],
    "answer_span": {"start": 1065, "end": 1080},
    "places": None,
    "evidence_places": None,
}

ANSWER = Described(
    "The answer",
    _object(
        schema={"const": "qa.answer/1"},
        question=_STRING,
        status={"enum": [*map(str, Status)]},
        reason={"enum": [*map(str, Reason), None]},
        confidence={"enum": [*map(str, Confidence)]},
        probability=_SHARE,
        citations=_list_of(_CITATION),
        index=_object(generation=_INTEGER, model=_STRING),
        explanation={"type": "object"},
        agreement=_or_null(_object(kind=_STRING, groups=_list_of(_VALUE_GROUP))),
        corrections={"type": "array"},
        after={"type": ["object", "null"]},
        warnings=_list_of(_STRING),
        timing_ms={"type": "object"},
    ),
    {
        "schema": "qa.answer/1",
        "question": "Who heads the St. Petersburg forum?",
        "status": "answered",
        "reason": None,
        "confidence": "high",
        "probability": 0.93,
        "citations": [_CITATION_EXAMPLE],
        "index": {"generation": 12, "model": "all-MiniLM-L6-v2"},
        "explanation": {"threshold": 0.5},
        "agreement": None,
        "corrections": [],
        "after": None,
        "warnings": [],
        "timing_ms": {"encode": 2.1, "read": 12.4, "total": 21.9},
    },
)

PASSAGES = Described(
    "Every passage that answers",
    _object(
        schema={"const": "qa.passages/1"},
        question=_STRING,
        least=_SHARE,
        reason=ANSWER.schema["properties"]["reason"],
        citations=_list_of(
            {
                **_CITATION,
                "required": [*_CITATION["required"], "probability"],
                "properties": {**_CITATION["properties"], "probability": _SHARE},
            }
        ),
        expected={"type": "number", "minimum": 0},
        missed=_object(
            expected={"type": "number", "minimum": 0}, low=_INTEGER, high=_INTEGER, level=_SHARE
        ),
        searched=_INTEGER,
        candidates=_INTEGER,
        read=_INTEGER,
        index=_object(generation=_INTEGER, model=_STRING),
        corrections={"type": "array"},
        warnings=_list_of(_STRING),
        timing_ms={"type": "object"},
    ),
    {
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
        "corrections": [],
        "warnings": [],
        "timing_ms": {"encode": 2.1, "total": 84.0},
    },
)

EXCERPT = Described(
    "The passage",
    _object(
        schema={"const": "qa.excerpt/1"},
        quote=_STRING,
        quote_sha256=_STRING,
        source=_SOURCE,
        span=_SPAN,
        lines=_LINES,
        heading_path=_list_of(_STRING),
        before=_STRING,
        after=_STRING,
    ),
    {
        "schema": "qa.excerpt/1",
        **_QUOTE,
        "source": _SOURCE_EXAMPLE,
        **_PLACE_EXAMPLE,
        "heading_path": [],
        "before": "It opens in June. ",
        "after": " He has done so since 2019.",
    },
)

ANNOTATION = Described(
    "The annotation",
    {
        "type": "object",
        "required": ["@context", "id", "type", "motivation", "target"],
        "properties": {
            "@context": {"const": "http://www.w3.org/ns/anno.jsonld"},
            "id": _STRING,
            "type": {"const": "Annotation"},
            "motivation": _STRING,
            "target": {"type": "object"},
        },
    },
    {
        "@context": "http://www.w3.org/ns/anno.jsonld",
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
    },
    media_type="application/ld+json",
)

VERIFICATION = Described(
    "The verdicts",
    _object(
        schema={"const": "qa.verification/1"},
        verified=_BOOLEAN,
        stands=_BOOLEAN,
        citations=_list_of(
            _object(
                verdict={"enum": ["verified", "moved", "changed", "missing", "not_checked"]},
                path=_STRING,
            )
        ),
    ),
    {
        "schema": "qa.verification/1",
        "verified": True,
        "stands": True,
        "citations": [{"verdict": "verified", "path": "notes/forum.txt"}],
    },
)

DOCUMENT = Described(
    "The document",
    _object(
        schema={"const": "qa.document/1"},
        id=_STRING,
        source=_SOURCE,
        paths=_list_of(_STRING),
        language=_STRING,
        size=_INTEGER,
        characters=_INTEGER,
        passages=_INTEGER,
        headings=_list_of(_object(level=_INTEGER, title=_STRING, start=_INTEGER, end=_INTEGER)),
        unit=_or_null(_STRING),
        units=_INTEGER,
        has_pictures=_BOOLEAN,
    ),
    {
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
)

TEXT = Described(
    "The text",
    _object(
        schema={"const": "qa.text/1"},
        id=_STRING,
        source=_SOURCE,
        characters=_INTEGER,
        span=_SPAN,
        text=_STRING,
        lines=_LINES,
        heading_path=_list_of(_STRING),
        headings={"type": "array"},
        units={"type": "array"},
        blocks=_list_of(_object(kind=_STRING, start=_INTEGER, end=_INTEGER, header=_STRING)),
        quote=_or_null(_SPAN),
        evidence=_list_of(_SPAN),
        answer_span=_or_null(_SPAN),
    ),
    {
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
)

STATUS = Described(
    "The state",
    _object(
        schema={"const": "qa.status/1"},
        index=_STRING,
        generation=_INTEGER,
        documents=_INTEGER,
        passages=_INTEGER,
        fresh=_BOOLEAN,
    ),
    {
        "schema": "qa.status/1",
        "index": "/srv/documents/.qa",
        "generation": 12,
        "documents": 120,
        "passages": 5120,
        "fresh": True,
    },
)

_ERROR = _object(error=_object(code=_STRING, message=_STRING))

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
    content = {response.media_type: {"schema": response.schema, "example": response.example}}
    return {200: {"description": response.summary, "content": content}, **_errors(*statuses)}


def described_picture(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of a route that sends a picture."""
    content = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    return {
        200: {"description": "The page", "content": content},
        304: {"description": "The page has not changed"},
        **_errors(*statuses),
    }


def example_of(response: Described) -> dict[str, Any]:
    """An example that can be sent back."""
    return response.example
