"""Finds the texts of annotations in an index: by hash, then by the text and what is around it.

A file with the hash that an annotation tells is the one that was annotated, whatever its name.
Otherwise its text is sought in all documents, first as it is written and then in any typography. Of
several places the text around it decides, then the name of the file; nothing is chosen by chance.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from qa.annotations.names import file_name_of
from qa.annotations.records import AnnotationTarget, AnnotationVerdict, FoundTarget
from qa.checking.quotes.alignment import changes_between
from qa.checking.quotes.finding import LISTED, Found
from qa.checking.quotes.interrupted import interrupted, numbers_of
from qa.checking.quotes.looking_up import listed, look_up, place_of, rows_of
from qa.checking.quotes.naming import documents_named
from qa.checking.quotes.pattern import Pattern, pattern_of
from qa.checking.quotes.placing import (
    Placed,
    agreement,
    is_near,
    letters_of,
    places_of,
    told,
    typography_at,
)
from qa.checking.quotes.records import Concern, QuoteCheck, QuotePlace, QuoteVerdict
from qa.checking.quotes.words import words_of
from qa.checking.searching import Around
from qa.checking.sources import Sources
from qa.checking.verification import Claim, verify
from qa.places import Place, SourceSpan
from qa_index.collection.index import Index
from qa_index.records import Span
from qa_index.sources.filters import lies_in

_SPEAKS = 20
"""Words of a text that is taken to be the annotated one although the text around it differs: a
shorter one may stand elsewhere too, and be cut by a page or column where it was annotated."""

_PAGES = "\f"
"""What separates the pages of a PDF in the text that other programs make of it."""

_Key = tuple[int, bool, bool, bool, bool]


class _Candidate(NamedTuple):
    """A place, and what speaks for it."""

    placed: Placed
    key: _Key
    """Agreement of the text around it; same name; character by character; offset; page."""


class AnnotationFinder:
    """Finds targets among the documents of an index, of which those ``within`` count."""

    def __init__(self, index: Index, *, within: Sequence[str] = ()) -> None:
        self._index = index
        self._sources = Sources(index.root, lambda: index, within=within)
        paths = index.paths_and_rows[0]
        self._among = {
            number for number, path in enumerate(paths) if not within or lies_in(path, within)
        }
        self._read = (-1, "")
        """Number and text of the last document: places come document by document."""

    def _text_of(self, number: int) -> str:
        if self._read[0] != number:
            self._read = (number, self._index.text_of(self._index.document(number)))
        return self._read[1]

    def find(self, target: AnnotationTarget) -> FoundTarget:
        """Where the text of a target stands."""
        pattern = pattern_of(target.quote) if target.quote else None
        if pattern is None:
            detail = "the annotation quotes no text" if not target.quote else "it holds no word"
            return FoundTarget(target, AnnotationVerdict.NOT_CHECKED, detail)
        return self._in_same_file(target) or self._by_text(target, pattern)

    def _in_same_file(self, target: AnnotationTarget) -> FoundTarget | None:
        """The text in a file with the bytes that were annotated."""
        if target.sha256 is None:
            return None
        path, span = target.path, target.span or SourceSpan(0, len(target.quote))
        around = target.before, target.after
        claim = _claim(path, target.sha256, span, target.quote, self._sources.encoding_of(path))
        claim = replace(claim, around=around if any(around) else None)
        checked = verify(claim, self._sources, may_open=self._sources.lists(path))
        if not checked.stands or checked.source_changed or checked.place is None:
            return None
        place = checked.place
        if place.path == path:
            verdict, what = AnnotationVerdict.SAME, ""
        else:
            verdict, what = AnnotationVerdict.RENAMED, "the file has another name now; "
        detail = f"{what}stands at {place.location}"
        return FoundTarget(target, verdict, detail, place, target.quote)

    def _by_text(self, target: AnnotationTarget, pattern: Pattern) -> FoundTarget:
        around = Around(target.before, target.after)
        named = self._named(target)
        placed = places_of(self._index, target.quote, pattern, around, self._among)
        if max((each.agreement for each in placed), default=0) < max(told(around), 1):
            placed += self._in_parts(target, pattern, placed)
        if not placed:
            return self._nearly(target, named)
        candidates = [self._candidate(each, target, named) for each in placed]
        best = max(each.key for each in candidates)
        chosen = _distinct(self._index, [each for each in candidates if each.key == best])
        first = chosen[0].placed
        places = [place_of(self._index, each.placed.found) for each in chosen[:LISTED]]
        found = FoundTarget(
            target,
            AnnotationVerdict.AMBIGUOUS,
            "",
            _place(places[0]),
            places[0].quote,
            others=tuple(map(_place, places[1:])),
            further=len(chosen) - len(places),
        )
        if first.parts:
            known = frozenset(word.folded for word in pattern.words)
            stands = words_of(places[0].quote, known)
            changes = changes_between(target.quote, pattern.words, places[0].quote, stands)
            parts = tuple(SourceSpan(*part) for part in first.parts)
            found = replace(found, changes=changes, parts=parts if len(parts) > 1 else ())
        elif not first.exact:
            differing = typography_at(self._index, target.quote, pattern, first.found)
            found = replace(found, typography=differing)
        if len(chosen) > 1:
            detail = f"stands at {len(chosen):,} places that fit alike; the first is at "
            return replace(found, detail=f"{detail}{places[0].location}")
        is_named = first.found.document in named
        if not (is_named or first.agreement or self._is_meant(first.found, pattern, around)):
            detail = f"stands at {places[0].location}, but the text around it is another"
            return replace(found, detail=detail)
        return self._confirmed(found, places[0], is_named=is_named)

    def _is_meant(self, found: Found, pattern: Pattern, around: Around) -> bool:
        """Whether the only place of a text is the annotated one if what adjoins it is another."""
        if not told(around) or sum(word.is_word for word in pattern.words) >= _SPEAKS:
            return True
        return is_near(self._text_of(found.document), found.span, around)

    def _in_parts(
        self, target: AnnotationTarget, pattern: Pattern, placed: Sequence[Placed]
    ) -> list[Placed]:
        """Where the text has something else between its lines, apart from the other places.

        They count as exact if one of those does: a page that has two columns is no worse.
        """
        around = Around(target.before, target.after)
        rows = rows_of(self._index, self._among)
        exact = any(each.exact for each in placed)
        return [
            Placed(
                place.found,
                exact,
                agreement(self._text_of(place.document), place.found.span, around),
                place.parts,
            )
            for place in interrupted(self._index, target.quote, pattern, rows)
            if not any(place.found.overlaps(each.found) for each in placed)
        ]

    def _candidate(self, placed: Placed, target: AnnotationTarget, named: set[int]) -> _Candidate:
        number, span = placed.found
        starts = target.span is not None and target.span.start == span.start
        on_page = target.page is not None and target.page == self._page_of(number, span)
        key = (placed.agreement, number in named, placed.exact, starts, on_page)
        return _Candidate(placed, key)

    def _page_of(self, number: int, span: Span) -> int | None:
        """The page on which a place begins, also in a text with form feeds."""
        document = self._index.document(number)
        for unit in document.units:
            if unit.start <= span.start < unit.end:
                return unit.number
        text = self._text_of(number) if document.encoding else ""
        return text.count(_PAGES, 0, span.start) + 1 if _PAGES in text else None

    def _confirmed(self, found: FoundTarget, place: QuotePlace, *, is_named: bool) -> FoundTarget:
        """The verdict on a place, whose file is read again if it changed since it was indexed."""
        now = found.place
        if place.source.stale:
            source = place.source
            claim = _claim(source.path, source.sha256, place.span, place.quote, source.encoding)
            checked = verify(claim, self._sources)
            if not checked.stands:
                detail = f"stood at {place.location} when it was indexed, and no longer does"
                return replace(found, verdict=AnnotationVerdict.CHANGED, detail=detail)
            now = checked.place
        if not is_named:
            verdict, what = AnnotationVerdict.CONVERTED, "another file;"
        else:
            verdict = AnnotationVerdict.NAMED
            told_hash = found.target.sha256 is not None
            what = "the file has changed;" if told_hash else "a file of that name;"
        detail = f"{what} stands at {now.location if now else place.location}"
        if found.parts:
            detail += ", but for what the page has between its lines"
        elif found.changes:
            detail += ", but for marks and white space"
        elif found.typography:
            detail += f", but for {listed(found.typography)}"
        return replace(found, verdict=verdict, detail=detail, place=now)

    def _nearly(self, target: AnnotationTarget, named: set[int]) -> FoundTarget:
        """What is nearest to a text that no document holds."""
        for among in filter(None, (named, self._among)):
            check = look_up(self._index, target.quote, among=frozenset(among))
            if check.verdict is QuoteVerdict.ABSENT:
                continue
            place = check.places[0]
            number = self._index.paths_and_rows[0].index(place.source.path)
            found = FoundTarget(
                target,
                AnnotationVerdict.CHANGED,
                check.detail,
                _place(place),
                place.quote,
                typography=check.typography,
                changes=check.changes,
                concerns=check.concerns,
                similarity=check.similarity,
            )
            if check.stands or self._is_same(check, target, number, named):
                return self._confirmed(found, place, is_named=number in named)
            return found
        detail = "no document holds it or anything near it"
        return FoundTarget(target, AnnotationVerdict.ABSENT, detail)

    def _is_same(
        self, check: QuoteCheck, target: AnnotationTarget, number: int, named: set[int]
    ) -> bool:
        """Whether what is nearest has the same letters and numbers, and is the place.

        Conversions change bullets, the rules of tables, and white space inside words.
        """
        place = check.places[0]
        if set(check.concerns) - {Concern.NUMBER}:
            return False
        if letters_of(target.quote) != letters_of(place.quote):
            return False
        # "S2" may become "S 2", but "3 0" not "30".
        if numbers_of(target.quote) != numbers_of(place.quote):
            return False
        around = Around(target.before, target.after)
        if number in named or not told(around):
            return True
        text, span = self._text_of(number), Span(place.span.start, place.span.end)
        return agreement(text, span, around) > 0 or is_near(text, span, around)

    def _named(self, target: AnnotationTarget) -> set[int]:
        """The documents that have the name of the source."""
        name = file_name_of(target.path)
        if not name:
            return set()
        paths = self._index.paths_and_rows[0]
        found = documents_named(self._index, target.path) or documents_named(self._index, name)
        return {
            number
            for number in found & self._among
            if file_name_of(paths[number]).casefold() == name.casefold()
        }


def _claim(path: str, sha256: str, span: SourceSpan, quote: str, encoding: str | None) -> Claim:
    digest = hashlib.sha256(quote.encode("utf-8", "surrogatepass")).hexdigest()
    return Claim(path, sha256, span, quote, digest, encoding)


def _distinct(index: Index, candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """Without the same place in copies of a file."""
    first: dict[tuple[str, Found], _Candidate] = {}
    for each in candidates:
        found = each.placed.found
        sha256 = index.document(found.document).sha256
        first.setdefault((sha256, found._replace(document=0)), each)
    return list(first.values())


def _place(place: QuotePlace) -> Place:
    return Place(place.source.path, place.span, place.lines, place.unit)
