"""Where a draft says that a quotation is from: footnotes, links, names of files, and pages."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache

from qa.drafts.records import Attribution
from qa_index.formats import built_in
from qa_index.records import Parsed, Span

_REACH = 300
"""Characters around a quotation in which its source is named."""

_SHORT = 80
"""Characters after a name in which its page is given."""

_MARKER = re.compile(
    r"\[\^?(?P<label>[^\[\]\s^]{1,40})\]|(?P<raised>[\u00b9\u00b2\u00b3\u2070-\u2079]+)"
)
_RAISED = str.maketrans(
    "\u00b9\u00b2\u00b3\u2070\u2074\u2075\u2076\u2077\u2078\u2079", "1230456789"
)
_NOTE = re.compile(
    r"^[ \t]{0,3}(?:\[\^?(?P<label>[^\[\]\s^]{1,40})\]:?|(?P<number>\d{1,4})[.)])[ \t]+"
    r"(?P<text>[^\n]+(?:\n(?![ \t]*(?:\n|\[\^?[^\[\]\s]{1,40}\]|\d{1,4}[.)][ \t]))[^\n]+)*)",
    re.MULTILINE,
)
_IMMEDIATE = re.compile(
    r"[.,;:!?\u2026\"'\u201d\u2019\u00bb)]*\s*"
    r"(?:(?:\[[^\[\]\n]{1,100}\](?:\([^()\n]{1,300}\))?|[\u00b9\u00b2\u00b3\u2070-\u2079]+"
    r"|\([^()\n]{1,300}\))\s*)+"
)
"""What stands directly behind a quotation: marks of notes, links and brackets."""
_SENTENCE_END = re.compile(
    r"[.!?\u2026\u3002](?=[\"'\u201d\u2019\u00bb)\]]{0,4}(?:\s{1,9}(?![\s\d])|\Z))"
)
_LINK = re.compile(r"\]\(\s*<?(?P<target>[^()\s<>\n]{1,300})")
_PAGE = re.compile(
    r"(?i:\b(?:pp?|pages?|pgs?|s|seiten?|p\u00e1gs?|p\u00e1ginas?|pagine?|str|bls?|slides?|folien?)\b\.?"
    r"|\u0441\u0442\u0440(?:\.|\u0430\u043d\u0438\u0446[\u0430\u044b\u0435])?|\u0441\.)"
    r"\s*(?P<first>\d{1,5}|[ivxlc]{1,8}\b)(?:\s*[-\u2013\u2014]\s*(?P<last>\d{1,5}))?"
)
_LINE = re.compile(
    r":(?P<line>\d{1,7})(?!\d)|[,(]?\s*(?i:lines?|zeilen?|ln?\.)\s*(?P<told>\d{1,7})"
)
_FILE = re.compile(r"\.(?P<suffix>[A-Za-z0-9]{1,9})(?![A-Za-z0-9])")
_NAME_START = re.compile(r"(?<![^\s(\[<\"'\u201c\u201e\u00ab`/])\S")
_LONGEST_NAME = 120
"""Characters of a file's name with its folders."""

Known = Callable[[str], bool]
"""Whether the index holds a source of this name."""


def notes_of(parsed: Parsed) -> dict[str, str]:
    """The texts of footnotes and of numbered references, by label; the last one counts."""
    found = list(_NOTE.finditer(parsed.text))
    numbered = {match["number"]: match["text"] for match in found if match["number"]}
    return numbered | {match["label"]: match["text"] for match in found if match["label"]}


def note_spans(parsed: Parsed) -> Iterator[Span]:
    """Where notes of Markdown are defined, which claim nothing."""
    for match in _NOTE.finditer(parsed.text):
        if match["label"] is not None:
            yield Span(*match.span())


class Citing:
    """Finds out where the quotations of a draft are said to be from."""

    def __init__(self, parsed: Parsed, known: Known) -> None:
        """``known`` tells whether the index holds a source of some name."""
        self._text = parsed.text
        self._notes: Mapping[str, str] = notes_of(parsed)
        self._known = lru_cache(maxsize=4096)(known)

    def of(self, outer: Span, paragraph: Span, following: int, told: str = "") -> list[Attribution]:
        """Where a quotation is said to be from; none if the draft does not say.

        Args:
            outer: The quotation with its marks.
            paragraph: Where it stands.
            following: Where the next quotation begins, or the end of the text.
            told: What is written below a block quote.
        """
        text = self._text
        behind = text[outer.end : min(outer.end + _REACH, following)]
        immediate = _IMMEDIATE.match(behind)
        near = immediate.group() if immediate else ""
        for context in (*self._in_notes(told), told, *self._in_notes(near), near):
            found = self._named(context)
            if found:
                return found
        rest = text[outer.end : min(paragraph.end, outer.end + _REACH, following)]
        end = _SENTENCE_END.search(rest)
        rest = rest[: end.start()] if end else rest
        for context in (*self._in_notes(rest), rest):
            found = self._named(context)
            if found:
                return found
        before = text[max(paragraph.start, outer.start - _REACH) : outer.start]
        ends = [match.end() for match in _SENTENCE_END.finditer(before)]
        return self._named(before[ends[-1] :] if ends else before, last=True)

    def _in_notes(self, text: str) -> Iterator[str]:
        """The notes that a text refers to."""
        for match in _MARKER.finditer(text):
            label = match["label"] or match["raised"].translate(_RAISED)
            if label in self._notes:
                yield self._notes[label]

    def _named(self, text: str, *, last: bool = False) -> list[Attribution]:
        """The sources that a text names, with their pages."""
        links = {match["target"]: match.end() for match in _LINK.finditer(text)}
        names = {name: end for target, end in links.items() for name in self._target(target)}
        names |= {name: end for name, end in self._files(text) if name not in names}
        found = [self._with_place(name, text[end : end + _SHORT]) for name, end in names.items()]
        known = [each for each in found if each.indexed]
        found = known or found
        return found[-1:] if last else found

    def _target(self, target: str) -> Iterator[str]:
        path = target.partition("#")[0]
        if path and "://" not in path and not path.startswith("mailto:"):
            yield path

    def _files(self, text: str) -> Iterator[tuple[str, int]]:
        """Names of files in a text, each with where it ends."""
        done = 0
        for match in _FILE.finditer(text):
            end = match.end()
            start = max(done, end - _LONGEST_NAME)
            starts = [each.start() + start for each in _NAME_START.finditer(text[start:end])]
            names = [text[at:end].lstrip("(<[\"'\u201c\u201e\u00ab`") for at in starts]
            held = next((name for name in names if name and self._known(name)), None)
            if held is None and f".{match['suffix'].lower()}" in _suffixes() and names:
                held = names[-1] or None
            if held is not None:
                done = end
                yield held, end

    def _with_place(self, name: str, behind: str) -> Attribution:
        attribution = Attribution(name, indexed=self._known(name))
        line = _LINE.match(behind)
        if line is not None:
            return replace(attribution, line=int(line["line"] or line["told"]))
        page = _PAGE.search(behind.partition(";")[0])
        if page is None:
            return attribution
        return replace(attribution, pages=tuple(_pages(page["first"], page["last"])))


def _pages(first: str, last: str | None) -> Iterator[str]:
    if last is None or not first.isdigit():
        yield first
        return
    start, end = int(first), int(last)
    if end < start:  # pp. 123-25
        end = int(first[: len(first) - len(last)] + last) if len(last) < len(first) else start
    yield from map(str, range(start, min(end, start + _MOST_PAGES) + 1))


_MOST_PAGES = 100


@cache
def _suffixes() -> frozenset[str]:
    """Suffixes of files that can be sources, with their full stops."""
    return frozenset().union(*(each.suffixes for each in built_in().values()))
