"""Removes Markdown marks from text for display, and maps spans accordingly.

For an interactive terminal only: quotes stay verbatim in JSON and in a pipe. Inline marks follow
CommonMark 0.31 (https://spec.commonmark.org), simplified: anything ambiguous is kept.
"""

import re
from collections.abc import Iterator
from html import unescape

from qa.rendering.rewriting import Rewritten, rewritten, unchanged

_URL = r"\(\s*(?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
_REFERENCE = r"\[[^\[\]\n]{0,100}\]"

_MARKS = re.compile(
    r"(?P<fence>^[ ]{0,3}(?P<ticks>`{3,}|~{3,})[^\n]*\n(?P<block>.*?)"
    r"(?:^[ ]{0,3}(?P=ticks)[ \t]*$\n?|\Z))"
    r"|(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<code>(?<!`)(?P<tick>`++)(?P<inside>.+?)(?<!`)(?P=tick)(?!`))"
    r"|(?P<escape>\\(?P<escaped>[!-/:-@\[-`{-~]))"
    r"|(?P<definition>^[ ]{0,3}\[(?!\^)[^\[\]\n]+\]:[ \t]*\S+[^\n]*$\n?)"
    r"|(?P<autolink><(?P<address>[a-z][a-z0-9+.-]{1,31}:[^\s<>]*|[^\s<>@]+@[^\s<>@]+)>)"
    r"|(?P<tag></?[a-z][a-z0-9-]*(?:\s+[^<>]*|/)?>)"
    rf"|(?P<link>!?\[(?P<words>(?:[^\[\]\\]|\\.|!?\[[^\[\]]*\](?:{_URL})?)*)\]"
    rf"(?:{_URL}|{_REFERENCE}))"
    r"|(?P<heading>^[ ]{0,3}\#{1,6}[ \t]+)"
    r"|(?P<rule>^[ ]{0,3}(?:\|?[ \t]*:?-+:?[ \t]*\|[ \t:|-]*|-{3,}[ \t]*)$\n?)"
    r"|(?P<quote>^(?:[ ]{0,3}>[ \t]?)+)"
    r"|(?P<strong>(?P<stars>\*{2,3}|~~)(?=[^\s*~])(?P<loud>(?:[^*~\n]|[*~](?![*~])|\n(?!\n))+?)"
    r"(?<![\s\\])(?P=stars)(?!\*))"
    r"|(?P<star>\*(?=[^\s*])(?P<stressed>(?:[^*\n]|\n(?!\n))+?)(?<![\s\\])\*(?!\*))"
    r"|(?P<emphasis>(?<![\w\\])(?P<bars>_{1,3})(?=[^\s_])(?P<soft>(?:[^_\n]|\n(?!\n)|(?<=\w)_+(?=\w))+?)"
    r"(?<![\s_\\])(?P=bars)(?!\w))"
    r"|(?P<entity>&(?:[a-z][a-z0-9]{1,31}|\#\d{1,7}|\#x[0-9a-f]{1,6});)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)

_CONTENT = {
    "link": "words",
    "strong": "loud",
    "star": "stressed",
    "emphasis": "soft",
}
"""Marks around text that may contain other marks: the group of that text."""

_VERBATIM = {"fence": "block", "code": "inside", "escape": "escaped", "autolink": "address"}
"""Marks around text that contains no other marks."""

_ALONE = ("comment", "definition", "tag", "heading", "rule", "quote", "entity")
_KINDS = (*_CONTENT, *_VERBATIM, *_ALONE)

_LONGEST = 20_000
"""In characters. A longer text is shown unchanged: nobody reads it to the end."""


def without_marks(text: str) -> Rewritten:
    """``text`` without marks; unchanged if nothing would be left."""
    if len(text) <= _LONGEST:
        read = rewritten(_characters(text, 0, len(text)), len(text))
        if read.text.strip():
            return read
    return unchanged(text)


def _characters(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """The characters kept from ``text[start:end]``, each with its place."""
    place = start
    for match in _MARKS.finditer(text, start, end):
        yield from _exactly(text, place, match.start())
        kind = _kind(match)
        place = match.end()
        if kind in _CONTENT:
            yield from _characters(text, *match.span(_CONTENT[kind]))
        elif kind in _VERBATIM:
            yield from _exactly(text, *match.span(_VERBATIM[kind]))
        elif kind == "entity":
            for character in unescape(match[0]):
                yield character, match.start()
        elif kind == "tag" and match[0].casefold().startswith(("<br", "<p", "<td", "<li")):
            yield " ", match.start()
    yield from _exactly(text, place, end)


def _exactly(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    return ((text[place], place) for place in range(start, end))


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in _KINDS if match[kind] is not None)
