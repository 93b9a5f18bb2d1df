"""Checks a draft: every quotation, and every sentence that claims something."""

import hashlib
import os
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa import inputs
from qa.answers import IndexUsed
from qa.checking.quotes.looking_up import LONGEST_QUOTE, look_up
from qa.checking.quotes.naming import documents_named
from qa.checking.quotes.records import QuoteCheck
from qa.drafts.judging import judged
from qa.drafts.quotations import Quoted, QuotedText, quoted_text
from qa.drafts.records import ClaimCheck, DraftCheck, DraftPlace, Quotation, QuotationKind
from qa.drafts.sentences import Claim, claims_of
from qa.drafts.support import SHIPPED, THRESHOLD, support_of
from qa.places import Lines, SourceSpan, UnitRange, units_at
from qa.session.library import Pathlike, open
from qa.session.opened import Session
from qa_index import formats, parsing
from qa_index.errors import InputError
from qa_index.records import Parsed, Span
from qa_index.sources import files
from qa_index.sources.filters import selection
from qa_index.sources.freshness import told_stale

if TYPE_CHECKING:
    from qa.answering.answerer import Answerer
    from qa_index.collection.index import Index

_LINE_END = re.compile(r"\r\n?|\n")

MOST_CLAIMS = 2_000
"""Sentences of a draft that are asked about, at a few per second."""

OnChecked = Callable[[int, int], None]
"""Called with how many quotations and sentences are done, and how many there are."""


def check(
    draft: Pathlike,
    *,
    index: "Pathlike | Session | None" = None,
    within: Sequence[str] = (),
    claims: bool = True,
    offline: bool = False,
    on_progress: OnChecked | None = None,
) -> DraftCheck:
    """Checks a text that somebody wrote against the indexed sources.

    Quotations are looked up as ``Session.verify_quote`` does, and compared with where the draft
    says that they are from. For each sentence that claims something, the passage that supports it
    best is sought. If the draft itself is indexed, it does not count as a source.

    Args:
        draft: A file in any format that can be indexed.
        index: An open session or the folder of an index; by default the nearest ``.qa`` in this
            folder or above.
        within: Files and folders that count as sources, named as stored; by default all.
        claims: Whether to look for support of sentences, which needs the model.
        offline: Look for the model on this machine only.
        on_progress: Called after each quotation and sentence.

    Raises:
        InputError: The draft cannot be read.
        IndexProblem: The index is missing, damaged or incompatible.
        ModelUnavailable: The model cannot be loaded.
    """
    path = inputs.path(draft, "the draft")
    data, parsed = _read(path)
    with ExitStack() as opened:
        session = (
            index
            if isinstance(index, Session)
            else opened.enter_context(open(index, offline=offline))
        )
        answerer = session.pinned()
        drafted = _Draft(path, data, parsed, session.index, within, on_progress)
        return drafted.checked(answerer if claims else None)


def _read(path: Path) -> tuple[bytes, Parsed]:
    try:
        data = files.read_bytes(path)
        return data, parsing.parse(data, name=path.name)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except formats.UnreadableSource as error:
        raise InputError(f"cannot read {path}: {error}") from None


class _Draft:
    """A draft, and the index that it is checked against."""

    def __init__(
        self,
        path: Path,
        data: bytes,
        parsed: Parsed,
        index: "Index",
        within: Sequence[str],
        on_progress: OnChecked | None,
    ) -> None:
        self._path = path
        self._sha256 = hashlib.sha256(data).hexdigest()
        self._parsed = parsed
        self._index = index
        self._within = within
        self._on_progress = on_progress or (lambda done, of: None)
        self._line_ends = [match.end() for match in _LINE_END.finditer(parsed.text)]
        self._own = self._own_documents()
        self._sources = self._source_documents()
        self._looked_up: dict[tuple[str, str | None], QuoteCheck] = {}

    def _own_documents(self) -> set[str]:
        """Paths of the indexed documents that are the draft itself."""
        named = self._index.name_of(os.path.abspath(self._path))  # noqa: PTH100 - links stay
        return {
            document.path
            for document in self._index.documents()
            if document.path == named or document.sha256 == self._sha256
        }

    def _source_documents(self) -> frozenset[int]:
        meant = selection((), tuple(self._within), self._index.root, self._index.root)
        return frozenset(
            number
            for number, path in enumerate(self._index.paths_and_rows[0])
            if path not in self._own and meant(path)
        )

    def checked(self, answerer: "Answerer | None") -> DraftCheck:
        """The check, with sentences if there is an ``answerer``."""
        quoted = quoted_text(self._parsed, self._known)
        sentences = [] if answerer is None else self._sentences(quoted)
        total = len(quoted.quotations) + len(sentences[:MOST_CLAIMS])
        quotations: list[Quotation] = []
        for each in quoted.quotations:
            quotations.append(self._quotation(each))
            self._on_progress(len(quotations), total)
        supported: list[ClaimCheck] = []
        for claim in sentences[:MOST_CLAIMS]:
            if answerer is not None:
                supported.append(self._claim(claim, answerer))
            self._on_progress(len(quotations) + len(supported), total)
        beyond = quoted.beyond + max(0, len(sentences) - MOST_CLAIMS)
        return DraftCheck(
            path=str(self._path),
            sha256=self._sha256,
            quotations=tuple(quotations),
            claims=None if answerer is None else tuple(supported),
            scare_quotes=quoted.scare_quotes,
            unclosed=quoted.unclosed,
            not_checked=beyond,
            threshold=THRESHOLD,
            index=IndexUsed(self._index.generation, self._index.model.name),
            warnings=tuple(_stale(quotations, supported)),
        )

    def _sentences(self, quoted: QuotedText) -> list[Claim]:
        blocks = [each.span for each in quoted.quotations if each.kind is QuotationKind.BLOCK]
        return list(claims_of(self._parsed, quoted.outer, blocks))

    def _known(self, name: str) -> bool:
        return bool(documents_named(self._index, name) & self._sources)

    def _look_up(self, quote: str, source: str | None) -> QuoteCheck:
        key = quote, source
        if key not in self._looked_up:
            found = look_up(self._index, quote[:LONGEST_QUOTE], source=source, among=self._sources)
            self._looked_up[key] = found
        return self._looked_up[key]

    def _quotation(self, quoted: Quoted) -> Quotation:
        verdict, detail, found = judged(quoted, partial(self._look_up, quoted.text))
        return Quotation(
            text=quoted.text,
            place=self._place(quoted.span),
            kind=quoted.kind,
            verdict=verdict,
            detail=detail,
            attributions=quoted.attributions,
            check=found,
        )

    def _claim(self, claim: Claim, answerer: "Answerer") -> ClaimCheck:
        others = [f"!{_escaped(path)}" for path in sorted(self._own)]
        answer = answerer.ask(
            claim.text, k=1, min_confidence="low", within=self._within, filter=others
        )
        citation = answer.citations[0] if answer.citations else None
        if citation is None:
            return ClaimCheck(claim.text, self._place(claim.span), 0.0, False, None, None)
        start = citation.span.start
        marked = [
            citation.quote[span.start - start : span.end - start] for span in citation.evidence
        ]
        quote = " ".join(marked) or citation.quote
        support = support_of(claim.text, quote, citation.quote, answer.probability)
        probability = SHIPPED.probability(support)
        return ClaimCheck(
            text=claim.text,
            place=self._place(claim.span),
            probability=probability,
            supported=probability >= THRESHOLD,
            quote=quote,
            citation=citation,
            answers=answer.probability,
            lacking=support.lacking,
            negation=support.negation,
        )

    def _place(self, span: Span) -> DraftPlace:
        place = SourceSpan(*span)
        lines = None
        if self._parsed.encoding:
            lines = Lines(*(1 + bisect_right(self._line_ends, at) for at in span))
        return DraftPlace(place, lines, UnitRange.of(units_at(self._parsed.units, *span)))


def _escaped(path: str) -> str:
    """A path as a pattern that matches it alone."""
    return "".join(f"\\{sign}" if sign in "\\*?[]!# " else sign for sign in path)


def _stale(quotations: Sequence[Quotation], claims: Sequence[ClaimCheck]) -> list[str]:
    """A line for each source that changed since it was indexed."""
    places = [place.source for each in quotations for place in each.check.places]
    places += [each.citation.source for each in claims if each.citation]
    return list(dict.fromkeys(told_stale(source.path) for source in places if source.stale))
