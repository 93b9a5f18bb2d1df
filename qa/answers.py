"""The records of an answer: frozen, with methods to serialise and verify them.

``to_dict`` gives the JSON of schema ``qa.answer/1``; the terminal output is rendered from the same
records. Offsets are code points, spans half open.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from qa.errors import StaleSource
from qa.places import (
    Lines,
    Place,
    Source,
    SourceSpan,
    UnitRange,
    location_of,
    unit_to_dict,
    units_at,
)
from qa.turns import CarriedOver, Turn
from qa.values import Agreement
from qa_index.formats.pictures import RESOLUTION
from qa_index.records import Correction

if TYPE_CHECKING:
    from qa.checking.sources import Sources
    from qa.checking.verification import Verification
    from qa_index.records import Cells, Fragment, Rectangle, Unit

SCHEMA = "qa.answer/1"


class Status(StrEnum):
    """Whether the sources answer the question."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"


class Reason(StrEnum):
    """Why there is no answer."""

    BELOW_THRESHOLD = "below_threshold"
    NO_MATCH = "no_match"
    EMPTY_INDEX = "empty_index"
    FILTERED_OUT = "filtered_out"
    """The filter leaves no passage."""


class Confidence(StrEnum):
    """Bands of the probability that the first citation answers the question: ``HIGH`` from 0.7,
    ``MEDIUM`` from 0.5."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    def at_least(self, least: "Confidence") -> bool:
        """Whether this band is ``least`` or a higher one."""
        order = list(Confidence)
        return order.index(self) >= order.index(least)


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores that rank a passage; a signal that the mode does not use is ``None``."""

    fused: float
    bm25: float | None
    passage: float | None
    """Similarity of question and passage vector."""
    sentence: float | None
    """Similarity of question and best sentence vector."""
    reading: float | None = None
    """Probability, 0 to 1, that its best sentence and neighbours answer; ``None`` if not read."""


class ContinuationKind(StrEnum):
    """How the source goes on beside a marked sentence."""

    LIMITED = "limited"
    """The sentence after it limits or takes it back."""
    UNFINISHED = "unfinished"
    """It ends with a word that leaves it open, such as "unless"."""
    NEGATED = "negated"
    """It is an item of a list that a negation introduces."""
    FOOTNOTE = "footnote"
    """It carries the mark of a footnote."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """What the source says beside the marked sentences, without which they could mislead."""

    kind: ContinuationKind
    cue: str
    """The words by which it was noticed, or the mark of the footnote."""
    span: SourceSpan
    """Absolute; it may lie outside the quote."""
    quote: str
    """``text[span.start:span.end]`` of the source."""

    def to_dict(self) -> dict[str, Any]:
        """The continuation as JSON types."""
        return {
            "kind": str(self.kind),
            "cue": self.cue,
            "span": self.span.to_dict(),
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage quoted from a source, with everything needed to check it."""

    id: str
    rank: int
    """1 for the best."""
    quote: str
    """``text[span.start:span.end]`` of the source, character by character."""
    quote_sha256: str
    """Of the quote in UTF-8."""
    source: Source
    span: SourceSpan
    lines: Lines | None
    """``None`` if the text was extracted, as from a PDF."""
    heading_path: tuple[str, ...]
    evidence: tuple[SourceSpan, ...]
    """The sentences inside ``span`` that match the question best; absolute, in order."""
    scores: Scores
    also_in: tuple[Place, ...]
    root: str = field(default="", repr=False)
    """Folder that ``source.path`` is relative to; not part of the JSON."""
    index_folder: str = field(default="", repr=False)
    """Folder of the index that it was found in; not part of the JSON."""
    answer_span: SourceSpan | None = None
    """The words of the evidence that answer the question, absolute; ``None`` unless the reader
    gives the passage a probability of at least one half and it is clear which words answer. In a
    row of a table they are the cell under the column that is asked for."""
    continues: tuple[Continuation, ...] = ()
    """What limits the evidence in the sentences beside it, in the order of the text."""
    units: "tuple[Unit, ...]" = field(default=(), repr=False)
    """The pages or similar units that the quote touches, in the order of the text; not part of the
    JSON."""

    @property
    def location(self) -> str:
        """``path:line``, as editors and terminals understand it, or ``path, page 12``."""
        return location_of(self.source.path, self.lines, self.unit)

    @property
    def unit(self) -> UnitRange | None:
        """First and last page, or similar unit; ``None`` if the document has none."""
        return UnitRange.of(self.units)

    @property
    def page(self) -> int | None:
        """Number of the page on which the quote begins, from 1; ``None`` without pages."""
        return self.unit.page if self.unit else None

    @property
    def page_label(self) -> str | None:
        """Printed number of that page; ``None`` if there is none."""
        return self.unit.page_label if self.unit else None

    def unit_of(self, span: SourceSpan) -> UnitRange | None:
        """The same as ``unit`` for a span inside the quote, such as one of the ``evidence``."""
        return UnitRange.of(units_at(self.units, span.start, span.end))

    def places(self) -> "tuple[Rectangle | Cells | Fragment, ...]":
        """Where the quote is in the original file; empty if the format does not tell.

        The file is read again. Raises ``StaleSource`` if it is not as it was indexed, or if this
        version of the program reads it in another way.
        """
        return self.places_of(self.span)[0]

    def places_of(self, *spans: SourceSpan) -> "list[tuple[Rectangle | Cells | Fragment, ...]]":
        """The same for each of some spans of the source, such as the ``evidence``."""
        from qa.checking.locating import places_of

        return places_of(self.source, spans, self._sources())

    def pictures(self, *, dots_per_inch: int = RESOLUTION) -> dict[int, bytes]:
        """The pages of the quote as PNG files, by page number, with it marked.

        The ``evidence`` is marked more strongly, and the answering words are underlined. Empty if
        the document has no pages or its format cannot draw them. Raises ``StaleSource`` as
        ``places`` does.
        """
        from qa.checking.locating import pictures_of
        from qa_index.records import MarkKind

        marked = [(MarkKind.PASSAGE, self.span)]
        marked += [(MarkKind.EVIDENCE, span) for span in self.evidence]
        if self.answer_span is not None:
            marked.append((MarkKind.ANSWER, self.answer_span))
        return pictures_of(self.source, marked, self._sources(), dots_per_inch=dots_per_inch)

    def verify(self) -> "Verification":
        """Reads the source again and checks whether the quote is still there, or elsewhere.

        A renamed source is searched for among the files that the index was made from.
        """
        from qa.checking.verification import Claim, verify

        source = self.source
        claim = Claim(
            path=source.path,
            source_sha256=source.sha256,
            span=self.span,
            quote=self.quote,
            quote_sha256=self.quote_sha256,
            encoding=source.encoding,
            lines=self.lines,
            unit=self.unit,
            format=source.format,
            format_version=source.format_version,
            recognition=source.recognition,
        )
        return verify(claim, self._sources())

    def to_annotation(self, part: SourceSpan | None = None) -> dict[str, Any]:
        """The citation as a W3C Web Annotation, which other tools read.

        ``part`` is a span inside the quote that is annotated instead, such as one of the
        ``evidence``. Raises ``InputError`` if it is not inside.
        """
        return self._annotated(self._sources(), part)

    def _annotated(self, sources: "Sources", part: SourceSpan | None = None) -> dict[str, Any]:
        from qa.annotations.citing import annotate

        unit = self.unit_of(part or self.span)
        return annotate(self.source, self.span, self.quote, unit, sources, part=part)

    def _sources(self) -> "Sources":
        from qa.checking.sources import sources_of

        return sources_of(self.root, self.index_folder)

    def _repr_html_(self) -> str:
        """What notebooks show."""
        from qa.rendering.notebook import citation_html

        return citation_html(self)

    def to_dict(self, *, places: bool = False) -> dict[str, Any]:
        """The citation as JSON types.

        With ``places``, those of the quote and of each of the ``evidence`` are taken from the file;
        raises as ``places()`` does.
        """
        found = self.places_of(self.span, *self.evidence) if places else None
        told = None if found is None else [[each._asdict() for each in one] for one in found]
        data = asdict(self)
        del data["root"], data["index_folder"], data["units"]
        data["span"] = self.span.to_dict()
        data["heading_path"] = list(self.heading_path)
        data["evidence"] = [each.to_dict() for each in self.evidence]
        data["answer_span"] = self.answer_span.to_dict() if self.answer_span else None
        data["continues"] = [each.to_dict() for each in self.continues]
        data["also_in"] = [place.to_dict() for place in self.also_in]
        return {
            **data,
            **unit_to_dict(self.unit),
            "places": told and told[0],
            "evidence_places": told and told[1:],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """The values that the probability of an answer was computed from."""

    similarity: float | None
    """Similarity of the question and the nearest sentence of the first citation."""
    reading: float | None
    """Probability, 0 to 1, that the best sentence of the first citation and its neighbours answer,
    as the reader estimates it. ``None`` if it was not read."""
    evidence_share: float
    """Share of the question's idf weight that the evidence sentence holds."""
    passage_share: float
    """The same for the whole passage."""
    trust: float
    """Weight of similarity and reading in the question's language; the rest is that of words
    alone."""
    passages: int
    """Number of passages searched."""
    threshold: float
    """Lowest probability that counts as an answer."""
    standardised_similarity: float | None = None
    """``similarity`` on the scale of the packaged model, for which the two are equal; the
    probability is computed from this one. ``None`` if similarity did not count."""
    second_reading: float | None = None
    """``reading`` of the multilingual network, where the English one read; else ``None``."""
    column_agreement: float | None = None
    """How well the names of the columns agree with what is asked, at most 1, if the first citation
    is of a table; ``None`` for prose. Below 0.42 the probability falls."""
    strangeness: float = 0.0
    """How far question and documents are unlike all that the probability was fitted to; above 0 it
    falls."""
    promised_risk: float | None = None
    """Share of the answers at this threshold that is wrong at most, if that was promised for the
    collection and the question is asked as it was promised for (``qa.calibrate``)."""


@dataclass(frozen=True, slots=True)
class IndexUsed:
    """The generation and model of the index that answered."""

    generation: int
    model: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's status and the passages that answer it; nothing in it is generated."""

    question: str
    status: Status
    reason: Reason | None
    confidence: Confidence
    probability: float
    """Probability that the first citation answers the question, 0 to 1."""
    citations: tuple[Citation, ...]
    """Best first. With ``NO_ANSWER``, the nearest passages, which do not answer it."""
    index: IndexUsed
    explanation: Explanation
    corrections: tuple[Correction, ...] = ()
    """Words of the question that no document holds, and as what they were read."""
    agreement: Agreement | None = None
    """The values of the kind asked for, if several citations hold one; ``None`` if the question
    asks for none, or it is not plain."""
    warnings: tuple[str, ...] = ()
    timing_ms: dict[str, float] = field(default_factory=dict, compare=False)
    """Milliseconds per step, and ``total``."""
    after: CarriedOver | None = None
    """What was carried over from the questions before it; ``None`` if it was asked by itself."""

    @property
    def turn(self) -> Turn:
        """What a question that follows up this one needs of it."""
        before = self.after.questions if self.after else ()
        return Turn.of(self.question, before, tuple(each.id for each in self.citations))

    @property
    def answered(self) -> bool:
        """Whether the sources answer the question."""
        return self.status is Status.ANSWERED

    def _repr_html_(self) -> str:
        """What notebooks show."""
        from qa.rendering.notebook import answer_html

        return answer_html(self)

    def to_annotations(self) -> dict[str, Any]:
        """The citations as a W3C ``AnnotationCollection`` labelled with the question.

        It is empty if the sources do not answer: the nearest passages are no citations of an
        answer.
        """
        from qa.annotations.writing import collection_of
        from qa.checking.sources import sources_of

        cited = self.citations if self.answered else ()
        if not cited:
            return collection_of((), self.question)
        sources = sources_of(cited[0].root, cited[0].index_folder)  # one index gave them all
        made = [each._annotated(sources) for each in cited]
        return collection_of(made, self.question)

    def to_dict(self, *, places: bool = False) -> dict[str, Any]:
        """The answer as JSON types, schema ``qa.answer/1``.

        With ``places``, citations say where quote and evidence are in the original file, unless it
        changed since it was indexed.
        """
        return {
            "schema": SCHEMA,
            "question": self.question,
            "status": str(self.status),
            "reason": None if self.reason is None else str(self.reason),
            "confidence": str(self.confidence),
            "probability": self.probability,
            "citations": [cited(each, places=places) for each in self.citations],
            "index": asdict(self.index),
            "explanation": asdict(self.explanation),
            "agreement": None if self.agreement is None else self.agreement.to_dict(),
            "corrections": [each._asdict() for each in self.corrections],
            "after": None if self.after is None else self.after.to_dict(),
            "warnings": list(self.warnings),
            "timing_ms": dict(self.timing_ms),
        }


def cited(citation: Citation, *, places: bool) -> dict[str, Any]:
    """A citation as JSON types, without places if its source changed since it was indexed."""
    try:
        return citation.to_dict(places=places)
    except StaleSource:
        return citation.to_dict()
