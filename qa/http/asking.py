"""Questions, passages, and verification."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from starlette.responses import Response

from qa import Answer, Filter, InputError, Turn, read_annotations, read_review
from qa.http.errors import BODIES
from qa.http.examples import (
    ANNOTATION,
    ANNOTATIONS,
    ANSWER,
    EXAMPLES,
    EXCERPT,
    PASSAGES,
    REVIEW,
    VERIFICATION,
    described,
)
from qa.http.observing import QUESTION
from qa.http.service import Served, Service
from qa.http.spans import SPAN, span_of

router = APIRouter()

MOST_CITATIONS = 200
"""Verified in one request. Each may need its file to be parsed again."""

LONGEST_QUOTE = 100_000
"""Characters. The library looks up no longer ones."""

LONGEST_QUESTION = 4_000
"""Characters. The model reads about a thousand of them."""

CitationId = Annotated[str, Path(pattern="^[0-9a-f]{16}$", examples=["0a1b2c3d4e5f6071"])]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


Texts = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=100)]


class Wanted(_Strict):
    """Which documents and passages may answer: of each field one value, of all fields each."""

    model_config = ConfigDict(json_schema_extra={"title": "Filter"})

    paths: Texts = Field(
        default=[],
        description="Patterns as in .gitignore that paths must match.",
        examples=[["*.md", "!drafts/"]],
    )
    types: Texts = Field(
        default=[], description="Formats or media types.", examples=[["pdf", "text/*"]]
    )
    languages: Texts = Field(default=[], description="ISO 639-1 codes.", examples=[["en"]])
    since: str | None = Field(
        default=None,
        max_length=10,
        description="Year, month or day of the document, at the earliest.",
        examples=["2024-01"],
    )
    until: str | None = Field(
        default=None, max_length=10, description="At the latest.", examples=["2024"]
    )
    tags: Texts = Field(default=[], description="Of the document.", examples=[["contract"]])
    headings: Texts = Field(
        default=[], description="Words of a heading above the passage.", examples=[["Scope"]]
    )


class _Asked(_Strict):
    question: str = Field(min_length=1, max_length=LONGEST_QUESTION)
    filter: Wanted | None = None
    strict: bool = Field(default=False, description="Fail if a cited source has changed.")
    read: bool = Field(default=True, description="Let the reader read the best passages.")

    def selected(self) -> Filter | None:
        """The filter of the library."""
        return Filter.from_dict(self.filter.model_dump()) if self.filter else None


Places = Annotated[
    bool, Field(description="Add where quotes are in their files, such as rectangles.")
]


class QuestionToCite(_Asked):
    """A question whose answer is wanted as Web Annotations, with the options of `qa ask`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"question": "Who heads the St. Petersburg forum?", "k": 3}]
        }
    )

    k: int = Field(default=5, ge=1, le=100, description="Passages at most.")
    mode: Literal["hybrid", "bm25", "dense"] = "hybrid"
    min_confidence: Literal["low", "medium", "high"] = Field(
        default="medium", description="Report that there is no answer below this confidence."
    )
    after: dict[str, Any] | None = Field(
        default=None,
        description="The answer that the question follows up, as this service gave it.",
    )

    def answered(self, service: Service) -> Answer:
        """The answer of the library."""
        answer = service.session.pinned().ask(
            self.question,
            k=self.k,
            mode=self.mode,
            min_confidence=self.min_confidence,
            filter=self.selected(),
            within=service.places,
            strict=self.strict,
            read=self.read,
            after=Turn.from_dict(self.after) if self.after is not None else None,
        )
        service.metrics.answers.labels(str(answer.status)).inc()
        return answer


class Question(QuestionToCite):
    """A question, with the options of `qa ask`."""

    places: Places = False


class EveryPassage(_Asked):
    """A question of which every passage is wanted, with the options of `qa ask --all`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"question": "Who heads the St. Petersburg forum?", "least": 0.1}]
        }
    )

    least: float = Field(
        default=0.2, ge=0, le=1, description="Probability of a passage to be listed."
    )
    mode: Literal["hybrid", "bm25"] = "hybrid"
    sample: int = Field(
        default=0, ge=0, le=200, description="Passages to draw from what is not listed."
    )
    places: Places = False


class Judged(BaseModel):
    """A list with a sample, as `POST /ask/all` gives it, with `answers` filled in."""

    model_config = ConfigDict(extra="allow", strict=True)

    schema_: Literal["qa.passages/1"] = Field(alias="schema")


class Quoted(_Strict):
    """A quote that somebody wrote."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"quote": "word for word"}]})

    quote: str = Field(min_length=1, max_length=LONGEST_QUOTE)
    source: str | None = Field(
        default=None, max_length=4096, description="The document that it should be from."
    )


class Annotations(_Strict):
    """Web Annotations, whoever wrote them."""

    annotations: dict[str, Any] | list[dict[str, Any]] = Field(
        description="An annotation, a list of them, a collection or a page of one."
    )


class Saved(_Strict):
    """Answers to be verified: one as `POST /ask` gives it, or several."""

    model_config = ConfigDict(extra="allow", strict=True)

    schema_: Literal["qa.answer/1"] | None = Field(default=None, alias="schema")
    answers: list[dict[str, Any]] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Saved":
        if (self.schema_ is None) == (self.answers is None):
            raise ValueError("send an answer of schema qa.answer/1, or a list of them in 'answers'")
        return self


@router.post("/ask", summary="Ask a question", responses=described(ANSWER, 409, 503, 504))
async def ask(request: Request, question: Question, service: Served) -> Response:
    """The passages that answer, as `qa ask --json` prints them (`qa.answer/1`)."""
    if service.settings.log_questions:
        request.scope[QUESTION] = question.question

    return await service.send(lambda: question.answered(service).to_dict(places=question.places))


@router.post(
    "/ask/annotations",
    summary="Ask a question, and cite the answer as Web Annotations",
    responses=described(ANNOTATIONS, 409, 503, 504),
)
async def ask_annotations(request: Request, question: QuestionToCite, service: Served) -> Response:
    """The passages that answer as a W3C `AnnotationCollection`, as `qa ask --annotations`.

    It is labelled with the question, and empty if the documents do not answer.
    """
    if service.settings.log_questions:
        request.scope[QUESTION] = question.question
    return await service.send(
        lambda: question.answered(service).to_annotations(), media_type="application/ld+json"
    )


@router.post(
    "/ask/all",
    summary="List every passage that answers",
    responses=described(PASSAGES, 409, 503, 504),
)
async def ask_all(request: Request, question: EveryPassage, service: Served) -> Response:
    """Every passage that answers, as `qa ask --all --json` prints them (`qa.passages/1`).

    With an estimate of how many that answer are not listed. It takes some times as long as an
    answer: all passages are read that may reach `least`.
    """
    if service.settings.log_questions:
        request.scope[QUESTION] = question.question
    list_all, places = service.session.ask_all, service.places
    return await service.send(
        lambda: list_all(
            question.question,
            least=question.least,
            mode=question.mode,
            filter=question.selected(),
            within=places,
            strict=question.strict,
            read=question.read,
            sample=question.sample,
        ).to_dict(places=question.places)
    )


@router.post(
    "/ask/all/review",
    summary="Estimate what a list leaves out",
    responses=described(REVIEW, 503, 504),
)
async def review(
    judged: Annotated[Judged, Body(examples=[EXAMPLES["qa.passages/1"]])], service: Served
) -> Response:
    """What the judged sample of a list tells, as `qa judge --json` prints it (`qa.review/1`).

    The list is that of `POST /ask/all` with `sample`, with true or false in the field `answers` of
    each passage that was judged. Its `citations` may be left out. Nothing is searched.
    """
    saved = judged.model_dump(by_alias=True)
    return await service.send(lambda: read_review(saved, "the body").estimate().to_dict())


@router.get("/passages/{id}", summary="Show a passage", responses=described(EXCERPT, 404, 503))
async def passage(
    id: CitationId,
    service: Served,
    sentences: Annotated[int, Query(ge=0, le=1000, description="On either side.")] = 3,
) -> Response:
    """A passage in its surroundings, as `qa show --json` prints it (`qa.excerpt/1`)."""

    excerpt, places = service.session.excerpt, service.places
    return await service.send(lambda: excerpt(id, sentences=sentences, within=places).to_dict())


@router.get(
    "/passages/{id}/annotation",
    summary="Cite a passage as a Web Annotation",
    responses=described(ANNOTATION, 404, 503),
)
async def annotation(
    id: CitationId,
    service: Served,
    part: Annotated[
        str | None,
        Query(
            pattern=SPAN,
            description="A span inside the passage, as START-END, such as one of the evidence.",
        ),
    ] = None,
) -> Response:
    """A passage, or a part of it, as a W3C Web Annotation in JSON-LD."""
    span = None if part is None else span_of(part)
    annotated, places = service.session.annotation, service.places
    return await service.send(
        lambda: annotated(id, part=span, within=places), media_type="application/ld+json"
    )


def _kind_of(body: object) -> str:
    given = body if isinstance(body, dict) else ()
    if isinstance(body, Quoted) or "quote" in given:
        return BODIES[0]
    is_annotated = isinstance(body, Annotations) or "annotations" in given
    return BODIES[2] if is_annotated else BODIES[1]


Verified = Annotated[
    Annotated[Quoted, Tag(BODIES[0])]
    | Annotated[Saved, Tag(BODIES[1])]
    | Annotated[Annotations, Tag(BODIES[2])],
    Discriminator(_kind_of),
]


@router.post("/verify", summary="Verify answers", responses=described(VERIFICATION, 503, 504))
async def verify(
    saved: Annotated[Verified, Body(examples=[EXAMPLES["qa.answer/1"]])], service: Served
) -> Response:
    """Whether quotes still stand in their sources, as `qa verify --json` (`qa.verification/1`).

    Only files of the index are opened. A quote by itself is looked up in all documents, as `qa
    verify --quote` does (`qa.quote/1`), and so are the texts of Web Annotations
    (`qa.annotations/1`).
    """
    if isinstance(saved, Quoted):
        look_up, quote, source = service.session.verify_quote, saved.quote, saved.source
        return await service.send(
            lambda: look_up(quote, source=source, within=service.places).to_dict()
        )
    if isinstance(saved, Annotations):
        find, text = service.session.find_annotations, json.dumps(saved.annotations)

        def found() -> dict[str, Any]:
            targets = read_annotations(text, "the body", most=MOST_CITATIONS)
            return find(targets, within=service.places).to_dict()

        return await service.send(found)
    answers = [saved.model_dump(by_alias=True)] if saved.answers is None else saved.answers
    if not answers:
        raise InputError("there is no answer to verify")
    lines = "\n".join(json.dumps(answer) for answer in answers)
    check, places = service.session.verify, service.places
    return await service.send(lambda: check(lines, within=places, most=MOST_CITATIONS).to_dict())
