"""Makes annotations of citations, also of those in saved answers."""

from itertools import islice
from typing import Any

from qa.annotations.writing import annotation_of, collection_of
from qa.checking.saved import OF_LISTS, claims_of, json_objects
from qa.checking.searching import exact
from qa.checking.sources import Sources
from qa.places import Source, SourceSpan, UnitRange
from qa_index.errors import InputError

AROUND = 32
"""Characters before and after a quote that are written, as by other tools."""

MOST_AROUND = 1_000
"""The most that are written where the document holds the quote several times."""

_BEYOND = 16
"""Characters by which the text around a quote goes beyond what another place shares with it."""

_MOST_PLACES = 1_000


def annotate(
    source: Source,
    span: SourceSpan,
    quote: str,
    unit: UnitRange | None,
    sources: Sources,
    *,
    part: SourceSpan | None = None,
) -> dict[str, Any]:
    """The annotation of a quote or a ``part`` of it, which begins on ``unit``.

    The text around it is that of the index; where the index no longer holds it, only the quote
    itself is known. Raises ``InputError`` for a part that is not inside the quote.
    """
    part = part or span
    if not span.start <= part.start < part.end <= span.end:
        raise InputError(f"{part.start}-{part.end} is not a part of the citation")
    text, start = quote, span.start
    indexed = sources.indexed(
        source.path,
        sha256=source.sha256,
        format_name=source.format,
        version=source.format_version,
        recognition=source.recognition,
    )
    if indexed is not None and indexed.text[span.start : span.end] == quote:
        text, start = indexed.text, 0
    first, last = part.start - start, part.end - start
    around = _around(text, first, last)
    return annotation_of(
        source,
        part,
        text[first:last],
        before=text[max(0, first - around) : first],
        after=text[last : last + around],
        unit=unit,
    )


def annotate_saved(answers: str, name: str, sources: Sources) -> dict[str, Any]:
    """The collection of annotations of the answers and lists that were saved.

    All passages of a list are annotated. Citations of answers that answer nothing are left out.
    Raises ``InputError``.
    """
    questions: list[str] = []
    made: list[dict[str, Any]] = []
    for number, answer in enumerate(json_objects(answers, name), 1):
        claims = claims_of(answer, name, number)
        if answer["schema"] != OF_LISTS and answer.get("status") != "answered":
            continue
        questions.append(str(answer.get("question", "")))
        for claim, citation in zip(claims, answer["citations"], strict=True):
            title, media_type = map(citation["source"].get, ("title", "media_type"))
            source = Source(
                path=claim.path,
                title=title if isinstance(title, str) else "",
                media_type=media_type if isinstance(media_type, str) else "",
                sha256=claim.source_sha256,
                stale=False,
                format=claim.format,
                format_version=claim.format_version,
                recognition=claim.recognition,
            )
            made.append(annotate(source, claim.span, claim.quote, claim.unit, sources))
    return collection_of(made, "; ".join(questions))


def _around(text: str, first: int, last: int) -> int:
    """How many characters before and after ``text[first:last]`` tell it from its other places."""
    most = AROUND
    for start, end in islice(exact(text, text[first:last]), _MOST_PLACES):
        if start == first or most >= MOST_AROUND:
            continue
        after = _shared(*(text[at : at + MOST_AROUND] for at in (last, end)))
        before = _shared(*(text[max(0, at - MOST_AROUND) : at][::-1] for at in (first, start)))
        most = max(most, min(before, after) + _BEYOND)
    return min(most, MOST_AROUND)


def _shared(left: str, right: str) -> int:
    """Length of the beginning that two texts share."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(left), len(right)))
