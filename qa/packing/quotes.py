"""A quote on the page of a pack, with what is beside it in its source."""

from base64 import b64encode
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from qa.answers import ContinuationKind
from qa.checking.saved import spans_in
from qa.checking.searching import alike
from qa.checking.verification import Claim, Verdict
from qa.packing.records import PackedQuote
from qa.places import location_of
from qa_eval.report.markup import Markup, element, join

_BESIDE = {
    ContinuationKind.LIMITED: "The source goes on",
    ContinuationKind.UNFINISHED: "The source goes on",
    ContinuationKind.NEGATED: "Introduced by",
    ContinuationKind.FOOTNOTE: "Footnote",
}

_VERDICTS = {
    Verdict.VERIFIED: ("good", "stands in the source"),
    Verdict.MOVED: ("doubt", "stands elsewhere in the source"),
    Verdict.CHANGED: ("bad", "does not stand in the source"),
    Verdict.MISSING: ("bad", "the source could not be read"),
    Verdict.NOT_CHECKED: ("bad", "was not checked"),
}


class _Context(NamedTuple):
    before: str = ""
    after: str = ""


def quote_of(
    quote: PackedQuote, claim: Claim, citation: dict[str, Any], parts: Mapping[str, bytes]
) -> Markup:
    """The quote in its context, pictures of its pages, and its hashes; raises as ``page_of``."""
    kind, told = _VERDICTS[quote.verdict]
    place = location_of(claim.path, claim.lines, claim.unit)
    trail = " › ".join(map(text_of, citation.get("heading_path") or ()))
    around = _text_around(quote, claim, parts)
    recognised = claim.unit is not None and claim.unit.recognised
    return element(
        "article",
        element("h3", f"{quote.citation}. {place}"),
        element("p", trail, class_="soft", dir="auto") if trail else "",
        element("p", element("span", f"It {told}", class_=f"verdict {kind}"), f": {quote.detail}."),
        _around("Before", around.before),
        element("blockquote", *_marked(claim, citation), dir="auto"),
        _around("After", around.after),
        *_continues(citation),
        soft("The text was recognised on a picture.") if recognised else "",
        *_pictures(quote, place, parts),
        element("p", f"Not in the pack: {quote.lacking}.", class_="verdict doubt")
        if quote.lacking is not None
        else "",
        _facts(claim, citation),
        class_=f"is-{kind}",
    )


def _text_around(quote: PackedQuote, claim: Claim, parts: Mapping[str, bytes]) -> _Context:
    if quote.context is None:
        return _Context()
    text = parts[quote.context].decode("utf-8", "surrogatepass")
    if not is_around(text, quote, claim):
        raise ValueError("a quote does not stand in the text around it")
    return _Context(text[: quote.start], text[quote.end :])


def is_around(text: str, quote: PackedQuote, claim: Claim) -> bool:
    """Whether the quote stands in a text at its place; one that had moved may do so loosely."""
    if not 0 <= quote.start <= quote.end <= len(text):
        return False
    there = text[quote.start : quote.end]
    return there == claim.quote or (quote.verdict is Verdict.MOVED and alike(there, claim.quote))


def _around(label: str, text: str) -> Markup:
    """The text before or after the quote, without the empty lines between."""
    shown = _lines(text).strip("\n")
    if not shown.strip():
        return join()
    return element(
        "p",
        element("span", f"{label} it: ", class_="label"),
        element("span", shown, dir="auto"),
        class_="around",
    )


def _marked(claim: Claim, citation: dict[str, Any]) -> Iterator[str]:
    """The quote in pieces, of which the evidence and the answering words are marked."""
    start, length = claim.span.start, len(claim.quote)

    def inside(listed: Any) -> list[tuple[int, int]]:
        cut = (
            (max(0, each.start - start), min(length, each.end - start)) for each in spans_in(listed)
        )
        return [each for each in cut if each[0] < each[1]]

    evidence, words = inside(citation.get("evidence")), inside([citation.get("answer_span")])
    places = sorted({0, length, *(end for span in evidence + words for end in span)})
    in_evidence, in_words = _Union(evidence), _Union(words)
    for begin, end in pairwise(places):
        piece = _lines(claim.quote[begin:end])
        shown: str = piece
        if begin in in_words:
            shown = element("u", piece)
        if begin in in_evidence:
            shown = element("mark", shown)
        yield shown


class _Union:
    """The places in some spans, found in logarithmic time: a stranger may list a million."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def __contains__(self, place: int) -> bool:
        at = bisect_right(self._starts, place) - 1
        return at >= 0 and place < self._ends[at]


def _continues(citation: dict[str, Any]) -> Iterator[Markup]:
    for each in citation.get("continues") or ():
        relation = _BESIDE[ContinuationKind(each["kind"])]
        yield element(
            "p", f"{relation}: ", element("q", _lines(text_of(each["quote"]))), class_="continues"
        )


def _pictures(quote: PackedQuote, place: str, parts: Mapping[str, bytes]) -> Iterator[Markup]:
    for picture in quote.pictures:
        shown = b64encode(parts[picture.part]).decode("ascii")
        caption = f"Page {picture.page} of the file, with the passage marked"
        image = element(
            "img",
            data_part=picture.part,
            src=f"data:image/png;base64,{shown}",
            alt=f"{caption}: {place}",
        )
        yield element("figure", image, element("figcaption", f"{caption}."))


def _facts(claim: Claim, citation: dict[str, Any]) -> Markup:
    source, span = citation["source"], claim.span
    facts = {
        "Source": claim.path,
        "Title": text_of(source.get("title") or ""),
        "Kind": text_of(source.get("media_type") or ""),
        "Parsed as": " ".join(
            str(each) for each in (claim.format, claim.format_version) if each is not None
        ),
        "Encoding": claim.encoding or "",
        "Recognised by": claim.recognition or "",
        "Characters": f"{span.start:,} to {span.end:,}",
        "Lines": f"{claim.lines.start:,} to {claim.lines.end:,}" if claim.lines else "",
        "SHA-256 of the source": claim.source_sha256,
        "SHA-256 of the quote": claim.quote_sha256,
        "Citation": text_of(citation.get("id") or ""),
    }
    pairs = [
        element("div", element("dt", name), element("dd", told))
        for name, told in facts.items()
        if told
    ]
    return element("dl", *pairs)


def soft(told: str) -> Markup:
    """A paragraph of lesser weight."""
    return element("p", told, class_="soft")


def _lines(text: str) -> str:
    """The text with line ends as HTML has them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def counted(number: int, what: str) -> str:
    """``1 quote``, ``2 quotes``."""
    return f"{number:,} {what}" + "s" * (number != 1)


def text_of(value: Any) -> str:
    """``value``, which comes from JSON. Raises ``TypeError`` if it is no text."""
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    return value
