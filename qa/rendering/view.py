"""The view of an answer: one record from which terminal output or a page is rendered.

It is independent of the output medium. Texts are verbatim and may hold anything that a document
holds: the renderer escapes control characters. Spans are offsets into the quote.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from qa import (
    ContinuationKind,
    Lines,
    Reason,
    SourceSpan,
    Span,
    UnitRange,
    line_ends,
    location_of,
)
from qa.rendering.agreement import ValueGroupView, value_groups

if TYPE_CHECKING:
    from qa import Answer, Citation, Continuation, Place, Source, Surroundings

LIKELIHOODS = ((90, "Very likely"), (66, "Likely"), (33, "Uncertain"), (10, "Unlikely"))
"""Percentage from which each term is used, following the IPCC's guidance note of 2010, with
"uncertain" for its "about as likely as not"."""

LEAST_LIKELY = "Very unlikely"

GOES_ON = "it goes on:"
INTRODUCED = "introduced by:"
FOOTNOTE = "footnote {}:"
"""Formatted with the mark of the footnote."""

READ_WITH = "Read with the question before:", "Read with the questions before:"
"""Followed by it or them, where the question followed up one or several."""

PLACES_NAMED = 2
"""Most other places of the same text that are named; the rest are counted."""


@dataclass(frozen=True, slots=True)
class ContinuationView:
    """What the source says beside the evidence, in the form that is displayed."""

    relation: str
    """What it is to the evidence, such as ``GOES_ON``."""
    text: str
    in_quote: bool
    """Whether the whole quote shows it."""


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage in the form that is displayed."""

    rank: int
    citation: str
    """The citation's id."""
    place: str
    """``path:line`` or ``path, page 12`` of the best sentence, the path relative to the working
    folder."""
    whole_place: str
    """The same for the whole passage."""
    file: Path
    """The file that a link opens."""
    fragment: str
    """What the link adds for viewers that can show a page, with ``#``; empty for none."""
    trail: tuple[str, ...]
    """Title and headings down to the passage, outermost first."""
    changed: bool
    """Whether the source changed or is gone since it was indexed."""
    recognised: bool
    """Whether the quote was recognised on a picture, at least in part."""
    markdown: bool
    """Whether its text is Markdown."""
    quote: str
    evidence: tuple[Span, ...]
    """The sentences to show, in order; never empty."""
    best: Span
    """The one to show if there is room for only one."""
    answer: Span | None
    """The answering words in ``best``, if they are known."""
    continues: tuple[ContinuationView, ...]
    """What limits the evidence in the sentences beside it."""
    also_in: tuple[str, ...]
    """The first other places of the same text, like ``place``."""
    also_more: int
    """Number of other places that are not named."""
    before: str
    after: str
    """Text around the quote, if it was requested."""
    scores: str
    """The scores that rank it, in words."""
    sure: str = ""
    """How likely it answers, in percent, if that is known of each passage."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer in the form that is displayed."""

    question: str
    answered: bool
    likelihood: str
    """The probability in words: one of ``LIKELIHOODS``."""
    percent: str
    """The probability in percent, as in "78%"."""
    needed: str
    """The lowest probability that counts as an answer, in percent."""
    remedy: str
    """What to do if there is no answer; otherwise empty."""
    passages: tuple[PassageView, ...]
    """Best first; if there is no answer, the nearest passages."""
    values: tuple[ValueGroupView, ...]
    """The values of the kind asked for, if several passages hold one."""
    corrections: tuple[tuple[str, str], ...]
    """Words of the question that are read as others: as written, and as read."""
    after: tuple[str, ...]
    """The questions that it was read with, oldest first; empty if it was asked by itself."""
    explanation: tuple[str, ...]
    """The reasons for the decision, one sentence each."""


def view_of(
    answer: "Answer", *, here: Path, surroundings: "Mapping[str, Surroundings] | None" = None
) -> AnswerView:
    """The view of an answer. Paths are relative to ``here``, an absolute folder.

    ``surroundings``: by citation id, for citations shown with surroundings.
    """
    around = surroundings or {}
    passages = tuple(
        _passage(each, answer.question, here, around.get(each.id)) for each in answer.citations
    )
    return AnswerView(
        question=answer.question,
        answered=answer.answered,
        likelihood=likelihood(answer.probability),
        percent=percent(answer.probability),
        needed=percent(answer.explanation.threshold),
        remedy="" if answer.answered else _remedy(answer),
        passages=passages,
        values=value_groups(answer.agreement),
        corrections=answer.corrections,
        after=answer.after.questions if answer.after else (),
        explanation=tuple(_explanation(answer)),
    )


def passage_view(citation: "Citation", *, here: Path, question: str = "") -> PassageView:
    """The view of one citation, by itself."""
    return _passage(citation, question, here, None)


def likelihood(probability: float) -> str:
    """The term for a probability."""
    told = round(100 * probability)
    return next((word for least, word in LIKELIHOODS if told >= least), LEAST_LIKELY)


def percent(share: float) -> str:
    """Whole percent; 0% and 100% are shown only for exactly 0 and 1."""
    told = round(100 * share)
    if told == 0 and share > 0:
        return "under 1%"
    return "over 99%" if told == 100 and share < 1 else f"{told}%"


def seen_from(here: Path, root: str, path: str) -> str:
    """``path`` relative to the folder ``here``, or absolute if that is shorter."""
    whole = os.path.join(root, path)  # noqa: PTH118 - pathlib drops what ".." would undo
    try:
        near = os.path.relpath(whole, here) if os.path.isabs(whole) else path  # noqa: PTH117
    except ValueError:  # on another drive
        return whole
    return near if len(near) <= len(whole) else whole


def location_seen_from(
    here: Path, root: str, path: str, lines: Lines | None, unit: UnitRange | None
) -> str:
    """``path:line`` or ``path, page 12``, with the path as ``seen_from`` gives it."""
    return location_of(seen_from(here, root, path), lines, unit)


def viewer_fragment(media_type: str, unit: UnitRange | None) -> str:
    """The fragment with which viewers of PDF show a page (RFC 8118); empty for other documents."""
    page = unit.page if unit else None
    return f"#page={page}" if page and media_type == "application/pdf" else ""


def trail_of(source: "Source", headings: tuple[str, ...]) -> tuple[str, ...]:
    """Title and headings down to a passage.

    A title equal to the first heading is shown once; one made from the file name is not shown.
    """
    told_already = headings[:1] == (source.title,) or _is_name(source.title, source.path)
    steps = headings if told_already else (source.title, *headings)
    return tuple(step for step in steps if step)


def _passage(
    citation: "Citation", question: str, here: Path, around: "Surroundings | None"
) -> PassageView:
    path = citation.source.path
    evidence = tuple(_inside(each, citation) for each in citation.evidence)
    evidence = evidence or (Span(0, len(citation.quote)),)
    answer = _inside(citation.answer_span, citation) if citation.answer_span else None
    best = _best(citation.quote, evidence, answer, question)
    shown = answer if answer and best.start <= answer.start and answer.end <= best.end else None
    unit = citation.unit_of(SourceSpan(*(citation.span.start + at for at in best)))
    # Copies in one line of a file are one place.
    also = list(dict.fromkeys(_also(each, citation.root, here) for each in citation.also_in))
    return PassageView(
        rank=citation.rank,
        citation=citation.id,
        place=location_seen_from(here, citation.root, path, _lines_at(citation, best), unit),
        whole_place=location_seen_from(here, citation.root, path, citation.lines, citation.unit),
        file=Path(citation.root, path),
        fragment=viewer_fragment(citation.source.media_type, unit),
        trail=trail_of(citation.source, citation.heading_path),
        changed=citation.source.stale,
        recognised=citation.unit is not None and citation.unit.recognised,
        markdown=citation.source.media_type == "text/markdown",
        quote=citation.quote,
        evidence=evidence,
        best=best,
        answer=shown,
        continues=tuple(_continuation(each, citation.span) for each in citation.continues),
        also_in=tuple(also[:PLACES_NAMED]),
        also_more=max(0, len(also) - PLACES_NAMED),
        before=around.before if around else "",
        after=around.after if around else "",
        scores=_scores(citation),
    )


def _continuation(continuation: "Continuation", quoted: "SourceSpan") -> ContinuationView:
    relation = GOES_ON
    if continuation.kind is ContinuationKind.NEGATED:
        relation = INTRODUCED
    elif continuation.kind is ContinuationKind.FOOTNOTE:
        relation = FOOTNOTE.format(continuation.cue.rstrip(":"))
    span = continuation.span
    inside = quoted.start <= span.start and span.end <= quoted.end
    return ContinuationView(relation, continuation.quote, inside)


def _inside(span: "SourceSpan", citation: "Citation") -> Span:
    """A span of the source as a span of the quote, which contains it."""
    start = citation.span.start
    return Span(max(0, span.start - start), min(len(citation.quote), span.end - start))


def _lines_at(citation: "Citation", span: Span) -> Lines | None:
    """The lines of a span of the quote."""
    if citation.lines is None:
        return None
    first = citation.lines.start + line_ends(citation.quote[: span.start])
    return Lines(first, first + line_ends(citation.quote[slice(*span)]))


def _best(quote: str, sentences: Sequence[Span], answer: Span | None, question: str) -> Span:
    """The sentence with the answering words, otherwise the one with most words of the question."""
    asked = set(_words(question))

    def worth(sentence: Span) -> tuple[bool, int]:
        holds = answer is not None and sentence.start <= answer.start < sentence.end
        return holds, len(asked.intersection(_words(quote[slice(*sentence)])))

    return max(sentences, key=worth)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _also(place: "Place", root: str, here: Path) -> str:
    return location_seen_from(here, root, place.path, place.lines, place.unit)


def _is_name(title: str, path: str) -> bool:
    """Whether a title is the same as the file's name."""

    def letters(text: str) -> str:
        return "".join(filter(str.isalnum, text)).casefold()

    return letters(title) == letters(PurePosixPath(path).stem)


def _remedy(answer: "Answer") -> str:
    if answer.reason is Reason.EMPTY_INDEX:
        return "The index holds no text; add documents with `qa index PATH`."
    if answer.reason is Reason.FILTERED_OUT:
        return "The filter leaves nothing to search; `qa status --documents` shows what it sees."
    if answer.reason is Reason.NO_MATCH:
        return "Nothing matches the question; ask in other words, or add documents."
    way = "Ask it in full" if answer.after else "Ask in other words"
    return f"{way}, add documents, or accept less with `--min-confidence {answer.confidence}`."


def _scores(citation: "Citation") -> str:
    scores = citation.scores
    signals = {
        "shared words": scores.bm25,
        "passage similarity": scores.passage,
        "best sentence similarity": scores.sentence,
        "read as an answer": scores.reading,
    }
    told = ", ".join(
        f"{name} {_number(value)}" for name, value in signals.items() if value is not None
    )
    return f"citation {citation.id}, score {_number(scores.fused)} ({told})"


def _explanation(answer: "Answer") -> list[str]:
    """The reasons for the decision, in words."""
    told = answer.explanation
    lines = [
        f"Probability that the first passage answers it: {percent(answer.probability)} "
        f"(band {answer.confidence}); {percent(told.threshold)} is enough.",
        *(
            []
            if told.promised_risk is None
            else [
                f"With that limit, at most {100 * told.promised_risk:.3g}% of answers are wrong "
                "(`qa status` says on what questions that was promised)."
            ]
        ),
        f"Of the question's words, rare ones weighing more, the marked sentence holds "
        f"{percent(told.evidence_share)} and the best passage {percent(told.passage_share)}.",
    ]
    if told.similarity is not None:
        lines.append(
            f"The nearest sentence is similar to the question by {_number(told.similarity)} of 1; "
            f"the model's word for it counts {percent(told.trust)} in this language."
        )
        if told.standardised_similarity is None:
            lines.append("What that is worth under this model is not known, so it did not count.")
        elif told.standardised_similarity != told.similarity:
            lines.append(
                f"Beside the other similarities in this index, that is as much as "
                f"{_number(told.standardised_similarity)} under all-MiniLM-L6-v2."
            )
    if told.reading is not None:
        lines.append(
            f"Read beside the question, the best sentence of the first passage and its neighbours "
            f"answer it with {percent(told.reading)}."
        )
    if told.second_reading is not None:
        lines.append(f"Read by the multilingual network, too: {percent(told.second_reading)}.")
    if told.strangeness > 0:
        lines.append(
            "Question or documents are unlike those that the probability was fitted to, so it is "
            "lower."
        )
    if told.column_agreement is not None:
        lines.append(
            f"The columns of the table agree with what is asked by "
            f"{_number(told.column_agreement)} of 1."
        )
    return [*lines, f"Passages searched: {told.passages:,}."]


def _number(value: float) -> str:
    """Two decimals, without a minus sign before zero."""
    return f"{round(value, 2) + 0.0:.2f}"
