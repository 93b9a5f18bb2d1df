"""What has changed in the answer to a kept question."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from qa.keeping.options import from_json
from qa.keeping.questions import KeptQuestion, KeptQuote, kept_questions

if TYPE_CHECKING:
    from qa.answering.answerer import Answerer
    from qa.answers import Answer, Citation
    from qa.session.opened import Session

SCHEMA = "qa.again/1"

ANSWERING = 0.5
"""Least probability by the reader from which a passage after the first counts as an answer."""

ALIKE = 0.5
"""Least share of equal words from which two passages of one source are versions of one text."""

_MOST_WORDS = 2_000
"""Words of a passage that are compared; passages have about 150."""

_WORD = re.compile(r"\S+")


class QuoteChangeKind(StrEnum):
    """How a quote differs from what was kept."""

    NEW = "new"
    """It answers now and was not among the citations."""
    CHANGED = "changed"
    """The source now has another wording in its place."""
    GONE = "gone"
    """Its source does not hold it any more."""
    OUTRANKED = "outranked"
    """It was the first and is still there, but another passage is first now."""


class WordRun(NamedTuple):
    """A run of words in the comparison of two texts."""

    text: str
    side: str
    """``both``, ``before`` or ``now``."""


@dataclass(frozen=True, slots=True)
class QuoteChange:
    """A quote that differs from what was kept."""

    kind: QuoteChangeKind
    before: KeptQuote | None
    now: KeptQuote | None

    def wording(self) -> tuple[WordRun, ...]:
        """The words of both, in order. Empty unless it is ``CHANGED``."""
        if self.kind is not QuoteChangeKind.CHANGED or self.before is None or self.now is None:
            return ()
        return compared(self.before.quote, self.now.quote)

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON types."""
        return {
            "kind": str(self.kind),
            "before": _quote(self.before),
            "now": _quote(self.now),
            "wording": [each._asdict() for each in self.wording()],
        }


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A kept question with its answer now."""

    kept: KeptQuestion
    answer: "Answer"
    changes: tuple[QuoteChange, ...]

    @property
    def status_changed(self) -> bool:
        """Whether it was answered and is not, or the other way round."""
        return self.kept.answered != self.answer.answered

    @property
    def changed(self) -> bool:
        """Whether anything is different."""
        return self.status_changed or bool(self.changes)

    def renewed(self) -> KeptQuestion:
        """The question with its answer now, to be kept instead."""
        return KeptQuestion.of(self.answer, self.kept.options)

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON types, schema ``qa.again/1``."""
        return {
            "schema": SCHEMA,
            "question": self.kept.question,
            "options": dict(self.kept.options),
            "kept": self.kept.kept,
            "changed": self.changed,
            "answered_before": self.kept.answered,
            "answered": self.answer.answered,
            "probability": self.answer.probability,
            "generation": self.answer.index.generation,
            "changes": [each.to_dict() for each in self.changes],
        }


def ask_again(session: "Session") -> Iterator[AskedAgain]:
    """Asks all questions kept with an index of what it holds now, and compares the answers.

    All are asked of one generation. Raises as ``Answerer.ask`` and ``kept_questions`` do.
    """
    answerer = session.pinned()
    for kept in kept_questions(session.folder):
        answer = answerer.ask(kept.question, **from_json(kept.options))
        yield AskedAgain(kept, answer, tuple(_changes(kept, answer, answerer)))


def _changes(kept: KeptQuestion, answer: "Answer", answerer: "Answerer") -> Iterator[QuoteChange]:
    cited = answer.citations if answer.answered else ()
    held, shown = ({each.quote for each in some} for some in (kept.quotes, answer.citations))
    fresh = [each for each in cited if each.quote not in held]
    lost = [each for each in kept.quotes if each.quote not in shown and not _stands(each, answerer)]
    for before in lost:
        now = _version_of(before, fresh)
        if now is None:
            yield QuoteChange(QuoteChangeKind.GONE, before, None)
        else:
            fresh.remove(now)
            yield QuoteChange(QuoteChangeKind.CHANGED, before, _kept(now))
    for citation in fresh:
        if citation.rank == 1 or (citation.scores.reading or 0) >= ANSWERING:
            yield QuoteChange(QuoteChangeKind.NEW, None, _kept(citation))
    first = kept.quotes[0] if kept.quotes else None
    if first is not None and first not in lost and cited and cited[0].quote != first.quote:
        yield QuoteChange(QuoteChangeKind.OUTRANKED, first, _kept(cited[0]))


def _stands(quote: KeptQuote, answerer: "Answerer") -> bool:
    """Whether the index still holds a quote, as its passage or anywhere in its source."""
    index = answerer.index
    if index.row_of(quote.citation) is not None:
        return True
    paths = index.paths_and_rows[0]
    if quote.path not in paths:
        return False
    return quote.quote in index.text_of(index.document(paths.index(quote.path)))


def _version_of(before: KeptQuote, among: "Sequence[Citation]") -> "Citation | None":
    """The passage of the same source that is most like a quote, if one is."""
    same = [each for each in among if each.source.path == before.path]
    shares = [_alike(before.quote, each.quote) for each in same]
    best = max(range(len(same)), key=shares.__getitem__, default=None)
    return same[best] if best is not None and shares[best] >= ALIKE else None


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, _words(one), _words(other), autojunk=False).ratio()


def compared(before: str, now: str) -> tuple[WordRun, ...]:
    """The words of two texts in order, as runs in both, only before, or only now."""
    one, other = _words(before), _words(now)
    runs: list[WordRun] = []
    for tag, start, end, begin, stop in SequenceMatcher(None, one, other, False).get_opcodes():
        if tag == "equal":
            runs.append(WordRun(" ".join(one[start:end]), "both"))
            continue
        if start < end:
            runs.append(WordRun(" ".join(one[start:end]), "before"))
        if begin < stop:
            runs.append(WordRun(" ".join(other[begin:stop]), "now"))
    return tuple(runs)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)[:_MOST_WORDS]


def _kept(citation: "Citation") -> KeptQuote:
    return KeptQuote(citation.id, citation.source.path, citation.location, citation.quote)


def _quote(quote: KeptQuote | None) -> dict[str, Any] | None:
    if quote is None:
        return None
    return {"citation": quote.citation, "path": quote.path, "location": quote.location} | {
        "quote": quote.quote
    }
