"""Reads annotations that any program wrote: the parts by which a text can be found again.

They come from strangers. Sizes are limited, what is not known is ignored, and nothing that an
annotation names is opened or fetched here.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from qa.annotations.citing import MOST_AROUND
from qa.annotations.names import path_of, sha256_in
from qa.annotations.records import AnnotationTarget
from qa.checking.quotes.looking_up import LONGEST_QUOTE
from qa.checking.saved import json_objects
from qa.places import SourceSpan
from qa_index.errors import InputError

LARGEST = 16_000_000
"""Characters of a file of annotations."""

MOST_TARGETS = 2_000
"""Targets that are looked up at once."""

_MOST_PAGES = 1_000
"""Pages of a collection, each inside the one before."""

_DEEPEST = 12
"""Levels of collections, choices and refinements inside one another."""

_LONGEST_NAME = 4_096
"""Characters of an IRI or title; the rest of a longer one is ignored."""

_PAGES = {"AnnotationPage", "OrderedCollectionPage"}
_KINDS = {"Annotation", "AnnotationCollection", "OrderedCollection", *_PAGES}
_SETS = {"Choice", "Composite", "List", "Independents"}
_LISTS = ("@graph", "annotations", "rows")
"""Fields in which JSON-LD and the exports of Hypothesis hold annotations."""
_PAGE = re.compile(r"(?:^|[#&])page=(\d{1,9})(?:$|&)", re.ASCII)


def is_annotations(text: str) -> bool:
    """Whether a text claims to be Web Annotations, or what Hypothesis exports."""
    try:
        first = next(json_objects(text, "the text"), None)
    except InputError:
        return False
    return _is_annotation(first[0] if isinstance(first, list) and first else first)


def _is_annotation(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    if _types(value) & _KINDS:
        return True
    inside = (value[name] for name in _LISTS if isinstance(value.get(name), list))
    held = next(inside, None)
    if held is not None:
        return not held or (isinstance(held[0], dict) and _get(held[0], "target") is not None)
    return _get(value, "target") is not None and "schema" not in value


def read_annotations(
    text: str, name: str = "the text", *, most: int = MOST_TARGETS
) -> tuple[AnnotationTarget, ...]:
    """The targets of annotations, in order.

    Args:
        text: A JSON-LD annotation, several in an array, a collection or page that holds them, one
            per line, or an export of Hypothesis.
        name: Where it comes from, for messages.
        most: Targets to accept.

    Raises:
        InputError: It is something else, is broken or too large, or refers to a page elsewhere.
    """
    if len(text) > LARGEST:
        raise InputError(f"{name} is longer than {LARGEST:,} characters; split it")
    targets: list[AnnotationTarget] = []
    number = 0
    held = _Held(name)
    for value in json_objects(text, name, "it should be a Web Annotation", lone=name):
        for annotation in held.annotations(value, 0):
            number += 1
            reader = _Reader(f"{name}: annotation {number}")
            targets += islice(reader.targets(annotation), most + 1 - len(targets))
            if len(targets) > most:
                raise InputError(f"{name} has more than {most:,} targets; split it")
    held.check_pages()
    return tuple(targets)


class _Held:
    """The annotations that a text holds, and the pages that it refers to."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pages: set[str] = set()
        self._referred: list[str] = []

    def annotations(self, value: Any, depth: int) -> Iterator[dict[str, Any]]:
        """Those in lists, collections and pages, in order."""
        if depth > _DEEPEST:
            raise InputError(f"{self._name} is nested too deeply")
        if isinstance(value, list):
            for each in value:
                yield from self.annotations(each, depth + 1)
            return
        if not isinstance(value, dict):
            raise InputError(f"{self._name} holds something that is no Web Annotation")
        types = _types(value)
        if types & {"AnnotationCollection", "OrderedCollection"}:
            yield from self._linked(_get(value, "first"), depth)
        elif types & _PAGES:
            yield from self._linked(value, depth)
        elif "Annotation" in types or _get(value, "target") is not None:
            yield value
        else:
            inside = next((value[each] for each in _LISTS if each in value), None)
            if inside is None:
                raise InputError(f"{self._name} holds something that is no Web Annotation")
            yield from self.annotations(inside, depth + 1)

    def _linked(self, page: Any, depth: int) -> Iterator[dict[str, Any]]:
        """Those of a page and of the pages after it, as far as they are here."""
        for _ in range(_MOST_PAGES + 1):
            if page is None:
                return
            if isinstance(page, str):
                self._referred.append(page)
                return
            if not isinstance(page, dict) or not _types(page) & _PAGES:
                yield from self.annotations(page, depth + 1)
                return
            items, iri = _get(page, "items"), _iri(page)
            if items is None and iri:  # it is named only
                self._referred.append(iri)
            else:
                self._pages.add(iri)
                yield from self.annotations([] if items is None else items, depth + 1)
            page = _get(page, "next")
        raise InputError(f"{self._name} has more than {_MOST_PAGES:,} pages inside one another")

    def check_pages(self) -> None:
        """Raises ``InputError`` if a page that was referred to is not in the text."""
        for iri in self._referred:
            if iri[:_LONGEST_NAME] not in self._pages:
                raise InputError(
                    f"{self._name} has further annotations at {iri[:200]!r}, which is not fetched; "
                    "save that page, too, and name a file with all pages in one array"
                )


class _Selected(NamedTuple):
    """What the selectors of a target say."""

    quote: dict[str, Any]
    """The ``TextQuoteSelector``; empty if there is none."""
    span: SourceSpan | None
    page: int | None


class _Reader:
    """Reads one annotation; ``where`` begins its messages."""

    def __init__(self, where: str) -> None:
        self._where = where

    def targets(self, annotation: dict[str, Any]) -> Iterator[AnnotationTarget]:
        """Its targets, in order."""
        target = _get(annotation, "target")
        if target is None:
            raise InputError(f"{self._where} has no target")
        for each in self._single(target, 0):
            yield self._target(annotation, each)

    def _single(self, value: Any, depth: int) -> Iterator[Any]:
        """The members of lists and of sets such as ``Choice``."""
        if depth > _DEEPEST:
            raise InputError(f"{self._where} is nested too deeply")
        if isinstance(value, list):
            for each in value:
                yield from self._single(each, depth + 1)
        elif isinstance(value, dict) and _types(value) & _SETS:
            yield from self._single(_get(value, "items") or [], depth + 1)
        else:
            yield value

    def _target(self, annotation: dict[str, Any], target: Any) -> AnnotationTarget:
        if not isinstance(target, str | dict):
            raise InputError(f"{self._where} has a target that is neither an IRI nor an object")
        whole = {"source": target} if isinstance(target, str) else target
        source = next(self._single(_get(whole, "source"), 0), None)
        iri = _iri(source) or _iri(whole) or _text(annotation.get("uri"))
        selected = self._selected(_get(whole, "selector"))
        described = [source, whole, *self._single(_get(whole, "state"), 0)]
        about = annotation.get("document")  # of Hypothesis
        titles = [each.get("dc:title") for each in (source, whole) if isinstance(each, dict)]
        titles += [about.get("title")] if isinstance(about, dict) else []
        quote = self._string(selected.quote, "exact")
        if len(quote) > LONGEST_QUOTE:
            raise InputError(f"{self._where} quotes more than {LONGEST_QUOTE:,} characters")
        return AnnotationTarget(
            annotation=_iri(annotation),
            source=iri,
            path=path_of(iri),
            title=next(filter(None, map(_text, titles)), ""),
            sha256=next(filter(None, map(_content, described)), None),
            quote=quote if quote.strip() else "",
            before=self._string(selected.quote, "prefix")[-MOST_AROUND:],
            after=self._string(selected.quote, "suffix")[:MOST_AROUND],
            span=selected.span,
            page=selected.page,
        )

    def _string(self, selector: dict[str, Any], name: str) -> str:
        value = _get(selector, name)
        if isinstance(value, dict):
            value = value.get("@value")
        if value is None:
            return ""
        if not isinstance(value, str):
            raise InputError(f"{self._where} has a TextQuoteSelector whose {name} is no text")
        return value

    def _selected(self, selector: Any) -> _Selected:
        """Of selectors beside one another the first counts, of refinements the innermost."""
        quote: dict[str, Any] = {}
        span, page = None, None
        for chain in self._chains(selector, 0):
            quotes = [each for each in chain if "TextQuoteSelector" in _types(each)]
            quote = quote or (quotes[-1] if quotes else {})
            page = page or next(filter(None, map(_page, chain)), None)
            if len(chain) == 1 and "TextPositionSelector" in _types(chain[0]):
                span = span or _span(chain[0])
        return _Selected(quote, span, page)

    def _chains(self, selector: Any, depth: int) -> Iterator[list[dict[str, Any]]]:
        """Each selector, followed by what refines it."""
        for each in self._single(selector, depth):
            if not isinstance(each, dict):
                continue
            refined = _get(each, "refinedBy")
            if refined is None:
                yield [each]
            else:
                for chain in self._chains(refined, depth + 1):
                    yield [each, *chain]


def _types(value: dict[str, Any]) -> set[str]:
    given = value.get("type", value.get("@type"))
    several = given if isinstance(given, list) else [given]
    return {each.rpartition(":")[2].rpartition("#")[2] for each in several if isinstance(each, str)}


_LONG_NAMES = {"target": "hasTarget", "source": "hasSource", "selector": "hasSelector"}
_LONG_NAMES["state"] = "hasState"


def _get(value: dict[str, Any], name: str) -> Any:
    """A field by its name in the data model, or as other profiles of the vocabulary write it."""
    long = _LONG_NAMES.get(name, name)
    given = (value.get(each) for each in (name, f"oa:{name}", long, f"oa:{long}"))
    return next((each for each in given if each is not None), None)


def _iri(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("id", value.get("@id"))
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    return value[:_LONGEST_NAME] if isinstance(value, str) else ""


def _content(value: Any) -> str | None:
    """The SHA-256 that a source or its state tells."""
    if not isinstance(value, dict):
        return None
    given = (value.get(name) for name in ("cached", "dc:identifier", "dcterms:identifier"))
    names = (_text(each) or _iri(each) for each in given)
    return next(filter(None, map(sha256_in, names)), None)


def _page(selector: dict[str, Any]) -> int | None:
    """The page of a fragment of a PDF, or of Hypothesis's ``PageSelector``."""
    if "PageSelector" in _types(selector):
        index = selector.get("index")
        return index + 1 if type(index) is int and 0 <= index < 10**9 else None
    match = _PAGE.search(_text(_get(selector, "value")))
    is_fragment = "FragmentSelector" in _types(selector)
    return int(match[1]) or None if match and is_fragment else None


def _span(selector: dict[str, Any]) -> SourceSpan | None:
    start, end = _get(selector, "start"), _get(selector, "end")
    sound = type(start) is int and type(end) is int and 0 <= start <= end < 2**53
    return SourceSpan(start, end) if sound else None
