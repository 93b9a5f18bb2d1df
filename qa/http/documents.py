"""Documents of the index, by the SHA-256 of their files: what they are, their pages, their text."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from qa import InputError, SourceSpan, Span, tool_version
from qa.http.examples import DOCUMENT, TEXT, described, described_picture
from qa.http.service import Served, encoded
from qa.http.spans import SPAN, span_of

router = APIRouter(prefix="/documents")

DocumentId = Annotated[
    str,
    Path(pattern="^[0-9a-f]{64}$", description="`source.sha256` of a citation."),
]
Citation = Annotated[
    str | None, Query(pattern="^[0-9a-f]{16}$", description="Id of a citation from it.")
]

_CACHED = "private, no-cache"
"""Kept by the browser alone, which asks each time whether it is still the same."""


class Marked:
    """What is to be marked besides the quote, as spans of an answer."""

    def __init__(
        self,
        evidence: Annotated[
            list[Annotated[str, Query(pattern=SPAN)]],
            Query(max_length=32, description="Spans to mark more strongly, as START-END."),
        ] = [],  # noqa: B006 - never changed
        answer: Annotated[
            str | None, Query(pattern=SPAN, description="Span to underline, as START-END.")
        ] = None,
    ) -> None:
        self.evidence = [span_of(each) for each in evidence]
        self.answer = None if answer is None else span_of(answer)


@router.get("/{id}", summary="Describe a document", responses=described(DOCUMENT, 404, 503))
async def document(id: DocumentId, service: Served) -> Response:
    """Its paths, language, headings, and number of pages (`qa.document/1`)."""
    return await service.send(lambda: service.session.document(id, within=service.places).to_dict())


@router.get(
    "/{id}/page/{n}",
    summary="Draw a page",
    response_class=Response,
    responses=described_picture(404, 409, 503, 504),
)
async def page(
    request: Request,
    id: DocumentId,
    n: Annotated[int, Path(ge=1, le=1_000_000, description="From 1.")],
    service: Served,
    marked: Annotated[Marked, Depends()],
    citation: Citation = None,
    width: Annotated[int, Query(ge=100, le=2000, description="Pixels, about.")] = 900,
) -> Response:
    """The page as a PNG, with a passage marked and the sentences that answer more strongly."""
    tag = _tag(id, n, citation, marked.evidence, marked.answer, width)
    sent = request.headers.get("if-none-match", "").split(",")
    known = tag in {each.strip().removeprefix("W/") for each in sent}

    def drawn() -> bytes | None:
        session, places = service.session, service.places
        found = session.document(id, within=places)
        window = session.window(id, citation=citation, within=places) if citation else None
        spans = [*marked.evidence, *([marked.answer] if marked.answer else [])]
        if any(span.end > found.characters for span in spans):
            raise InputError(f"a span is beyond the {found.characters} characters of the document")
        if known and 1 <= n <= found.units and not found.source.stale:
            return None
        quote = window.quote if window else None
        span = None if quote is None else Span(quote.start, quote.end)
        return found.picture(n, span, marked.evidence, marked.answer, width=width)

    picture = await service.run(drawn)
    headers = {"etag": tag, "cache-control": _CACHED}
    if picture is None:
        return Response(status_code=304, headers=headers)
    return Response(picture, headers=headers, media_type="image/png")


@router.get("/{id}/text", summary="Show text", responses=described(TEXT, 404, 503))
async def text(
    id: DocumentId,
    service: Served,
    marked: Annotated[Marked, Depends()],
    citation: Citation = None,
    start: Annotated[int | None, Query(ge=0, le=2**31)] = None,
    end: Annotated[int | None, Query(ge=0, le=2**31)] = None,
) -> Response:
    """A window of the text with its structure (`qa.text/1`), at most 50,000 characters.

    Around the passage of a citation, or from `start` to `end`, or else the beginning.
    """
    if citation is not None and (start is not None or end is not None):
        raise InputError("name a citation, or start and end, not both")
    if (start is None) != (end is None):
        raise InputError("start and end go together")
    span = None if start is None or end is None else Span(start, end)

    def window() -> dict[str, Any]:
        found = service.session.window(id, citation=citation, span=span, within=service.places)
        return {
            **found.to_dict(),
            "evidence": [SourceSpan(*each).to_dict() for each in marked.evidence],
            "answer_span": SourceSpan(*marked.answer).to_dict() if marked.answer else None,
        }

    return await service.send(window)


def _tag(*drawn: Any) -> str:
    """The entity tag of a picture: of all that it is made from, the program included."""
    made_of = encoded([tool_version(), *drawn])
    return f'"{hashlib.sha256(made_of).hexdigest()[:32]}"'
