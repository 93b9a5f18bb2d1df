"""JSON Schemas of what the tools return: the JSON of the command, see ``docs/json.md``.

A client checks results against them. Nothing forbids other fields: a schema of the command gains
fields within its version.
"""

from typing import Any

from qa import AnnotationVerdict, ContinuationKind

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
TRUTH: Schema = {"type": "boolean"}


def _object(**fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(fields)}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _told(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _counts() -> Schema:
    return {"type": "object", "additionalProperties": WHOLE}


def _one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


SPAN = _object(start=WHOLE, end=WHOLE)
LINES = _or_null(_object(start=WHOLE, end=WHOLE))
UNIT_NAME = _object(number=WHOLE, label=_or_null(TEXT))
UNIT = _or_null(_object(kind=TEXT, first=UNIT_NAME, last=UNIT_NAME, recognised=TRUTH))
PAGES: dict[str, Schema] = {"page": _or_null(WHOLE), "page_label": _or_null(TEXT), "unit": UNIT}

SOURCE = _object(
    path=TEXT,
    title=TEXT,
    media_type=TEXT,
    sha256=TEXT,
    stale=_told(TRUTH, "The file has changed or gone since it was indexed."),
    encoding=_or_null(TEXT),
    format=_or_null(TEXT),
    format_version=_or_null(WHOLE),
    recognition=_or_null(TEXT),
)

QUOTED: dict[str, Schema] = {
    "quote": _told(TEXT, "Verbatim text of the source."),
    "quote_sha256": TEXT,
    "source": SOURCE,
    "span": _object(start=WHOLE, end=WHOLE, unit=TEXT),
    "lines": LINES,
    **PAGES,
}
PASSAGE = {**QUOTED, "heading_path": _list(TEXT)}

PLACES = _or_null({"type": "array"})

CITATION = _object(
    id=_told(TEXT, "`show` takes it."),
    rank=WHOLE,
    **PASSAGE,
    evidence=_told(_list(SPAN), "The sentences that answer, as offsets into the source."),
    answer_span=_or_null(SPAN),
    continues=_told(
        _list(
            _object(
                kind=_one_of(*ContinuationKind),
                cue=TEXT,
                span=_object(start=WHOLE, end=WHOLE, unit=TEXT),
                quote=TEXT,
            )
        ),
        "What limits these sentences in those beside them; quote it, too.",
    ),
    scores=_object(
        fused=NUMBER,
        bm25=_or_null(NUMBER),
        passage=_or_null(NUMBER),
        sentence=_or_null(NUMBER),
        reading=_or_null(NUMBER),
    ),
    also_in=_list(_object(path=TEXT, span=SPAN, lines=LINES, **PAGES)),
    places=PLACES,
    evidence_places=PLACES,
)

VALUE_GROUP = _object(
    value=TEXT,
    normal={"type": "object"},
    passages=WHOLE,
    wordings=_told(WHOLE, "How many of the passages' sentences differ."),
    copies=_told(WHOLE, "Other places of the same texts, which are no witnesses of their own."),
    members=_list(
        _object(
            rank=WHOLE,
            citation=TEXT,
            span=SPAN,
            text=TEXT,
            sentence=SPAN,
            quote=TEXT,
            date=_or_null(TEXT),
            date_from=_or_null(TEXT),
            version=_or_null(TEXT),
            version_from=_or_null(TEXT),
            copies=WHOLE,
        )
    ),
)

ANSWER = _object(
    schema={"const": "qa.answer/1"},
    question=TEXT,
    status=_one_of("answered", "no_answer"),
    reason=_or_null(_one_of("below_threshold", "no_match", "empty_index", "filtered_out")),
    confidence=_one_of("low", "medium", "high"),
    probability=_told(NUMBER, "That the first citations answer the question."),
    citations=_told(
        _list(CITATION), "Best first. With no_answer the nearest passages, which are no answers."
    ),
    index=_object(generation=WHOLE, model=TEXT),
    explanation=_object(
        similarity=_or_null(NUMBER),
        reading=_or_null(NUMBER),
        second_reading=_or_null(NUMBER),
        evidence_share=NUMBER,
        passage_share=NUMBER,
        trust=NUMBER,
        passages=WHOLE,
        threshold=NUMBER,
        standardised_similarity=_or_null(NUMBER),
        column_agreement=_or_null(NUMBER),
        strangeness=NUMBER,
        promised_risk=_or_null(NUMBER),
    ),
    agreement=_or_null(
        _told(
            _object(kind=TEXT, groups=_list(VALUE_GROUP)),
            "Which passages give equal values and which give others; not which is right.",
        )
    ),
    corrections=_list(_object(written=TEXT, read=TEXT)),
    after=_or_null(
        _object(questions=_list(TEXT), words=_list(TEXT), documents=_list(TEXT)),
    ),
    warnings=_list(TEXT),
    timing_ms={"type": "object", "additionalProperties": NUMBER},
)

PASSAGES = _object(
    schema={"const": "qa.passages/1"},
    question=TEXT,
    least=NUMBER,
    reason=ANSWER["properties"]["reason"],
    citations=_told(
        _list(
            {
                **CITATION,
                "properties": {
                    **CITATION["properties"],
                    "probability": _told(NUMBER, "That it is one of those that answer."),
                },
                "required": [*CITATION["required"], "probability"],
            }
        ),
        "The likeliest first.",
    ),
    expected=_told(NUMBER, "How many of those listed answer."),
    missed=_told(
        _object(expected=NUMBER, low=WHOLE, high=WHOLE, level=NUMBER),
        "How many passages that answer are not listed, estimated.",
    ),
    searched=WHOLE,
    candidates=WHOLE,
    read=WHOLE,
    index=_object(generation=WHOLE, model=TEXT),
    corrections=_list(_object(written=TEXT, read=TEXT)),
    warnings=_list(TEXT),
    timing_ms={"type": "object", "additionalProperties": NUMBER},
)

PLACE = _object(path=TEXT, span=SPAN, lines=LINES, **PAGES)
ANNOTATIONS = _object(
    schema={"const": "qa.annotations/1"},
    stands=TRUTH,
    targets=_list(
        _object(
            target=_object(
                annotation=TEXT,
                source=TEXT,
                path=TEXT,
                title=TEXT,
                sha256=_or_null(TEXT),
                quote=TEXT,
                before=TEXT,
                after=TEXT,
                span=_or_null(SPAN),
                page=_or_null(WHOLE),
            ),
            verdict=_one_of(*AnnotationVerdict),
            stands=_told(TRUTH, "Whether its text was found, and in one place."),
            detail=TEXT,
            place=_or_null(PLACE),
            quote=_told(_or_null(TEXT), "What stands there, verbatim."),
            parts=_list(SPAN),
            others=_list(PLACE),
            further=WHOLE,
            typography=_list(TEXT),
            changes=_list(_object(kind=TEXT, written=TEXT, stands=TEXT)),
            concerns=_list(TEXT),
            similarity=_or_null(NUMBER),
        )
    ),
)

EXCERPT = _object(schema={"const": "qa.excerpt/1"}, **PASSAGE, before=TEXT, after=TEXT)

QUOTE = _object(
    schema={"const": "qa.quote/1"},
    quote=TEXT,
    source=_or_null(TEXT),
    verdict=_one_of("exact", "typography", "drifted", "elsewhere", "absent"),
    stands=_told(
        TRUTH, "Whether it may be used as a quote, at least with the source's typography."
    ),
    detail=TEXT,
    places=_told(_list(_object(**QUOTED)), "What really stands in the sources, and where."),
    further=WHOLE,
    counted_all=TRUTH,
    unspecific=TRUTH,
    typography=_list(TEXT),
    changes=_list(_object(kind=TEXT, written=TEXT, stands=TEXT)),
    concerns=_list(TEXT),
    similarity=_or_null(NUMBER),
    nearest=_or_null(_object(**QUOTED)),
)

STATUS = _object(
    schema={"const": "qa.status/1"},
    index=TEXT,
    generation=WHOLE,
    created=TEXT,
    tool=TEXT,
    model=_object(name=TEXT, sha256=TEXT, dimension=WHOLE, max_tokens=WHOLE, normalize=TRUTH),
    size=WHOLE,
    documents=WHOLE,
    passages=WHOLE,
    sentences=WHOLE,
    languages=_counts(),
    roots=_list(
        _object(path=TEXT, include=_list(TEXT), exclude=_list(TEXT), default_excludes=TRUTH)
    ),
    gone_roots=_list(_object(path=TEXT, reason=TEXT)),
    fresh=_told(TRUTH, "Whether the index matches the files as they are now."),
    changed=_list(TEXT),
    vanished=_list(TEXT),
    new=_list(TEXT),
    skipped=_list(_object(path=TEXT, reason=TEXT)),
    profile=TEXT,
    calibration=_or_null({"type": "object"}),
    promise_drift=_or_null(_object(new=NUMBER, gone=NUMBER)),
    promise_doubts=_list(TEXT),
    gaps=_list(_object(path=TEXT, place=TEXT, reason=TEXT)),
    recognised=_list(_object(path=TEXT, pages=WHOLE, by=TEXT)),
    checked=TRUTH,
    undated=WHOLE,
)
STATUS["properties"] |= {
    "sources": _list(
        _object(
            path=TEXT,
            title=TEXT,
            media_type=TEXT,
            language=TEXT,
            passages=WHOLE,
            sha256=TEXT,
            format=TEXT,
            date=_or_null(TEXT),
            date_from=_or_null(TEXT),
            tags=_list(TEXT),
        )
    ),
    "left_out": _told(_counts(), "How many entries of a list were left out to keep this short."),
}
