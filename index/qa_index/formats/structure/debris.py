"""Detects the boilerplate of saved web pages: menus, link lists, repeated headlines.

It uses structural rules, and a short list of phrases that pages of all kinds share. Anything that
might be a sentence is kept.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from qa_index.formats.structure.paragraphs import Entry, Form, ends_sentence

_URL = re.compile(r"(?:https?://|www\.)\S+")
_ALPHANUMERIC = re.compile(r"[^\W_]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_TRUNCATED = re.compile(r"\s*(?:\.\.\.|…)\s*$")

_DIGITS = re.compile(r"\d+")

_KEPT = frozenset({Form.FIELDS, Form.ROWS, Form.CODE})
"""Forms in which repetition and links are normal."""
_LINKS = frozenset({Form.FLOW, Form.ITEM})

_LEAST_REPEATED_WORDS = 6
"""Shorter lines may be repeated on purpose: "Example", "Not applicable"."""
_COMPARED = 300
"""Characters of a line that are compared; headlines and their copies are shorter."""
_LEAST_PREFIX = 20
"""Characters of a truncated line that its full copy must share."""
_LEAST_PAGES = 3
"""Copies, ignoring page numbers, that make a line a running head."""
_MENU_WORDS = 3
_MENU_ENTRIES = 3


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in text.split(","))


_ALWAYS = _phrases(
    "skip to content, skip to main content, skip navigation, scroll to top, back to top, "
    "read also, read more, also read, read next, related articles, related posts, related stories, "
    "related news, recommended for you, you may also like, advertisement, share this, "
    "share this article, follow us, subscribe now, leave a comment, leave a reply, "
    "accept all cookies, leer más, lee también, ir al contenido, saltar al contenido, mehr lesen, "
    "lesen sie auch, zum inhalt springen, lire aussi, lire la suite, aller au contenu, "
    "читайте также"
)
_UNLESS_HEADING = _phrases(
    "top, home, menu, search, print, share, subscribe, sign up, sign in, log in, login, previous, "
    "next, previous post, next post, comments, see also, related, recommended, more from, latest, "
    "latest news, most read, most popular, trending, further reading, sponsored, privacy policy, "
    "terms of use, terms of service, cookie policy, compartir, últimas noticias, nach oben, "
    "teilen, anzeige, partager, publicité, поделиться, реклама, наверх"
)
_LABELS = _phrases(
    "read more, read also, also read, read next, lee también, lesen sie auch, lire aussi, "
    "читайте также"
)
_OFFERS = re.compile(
    r"(?:share|tweet|e-?mail|print|pin)(?: this| it)?(?: (?:on|via|to|by)\b.*)?"
    r"|(?:sign up|subscribe)\b.*\bnewsletters?\b.*"
    r"|(?:we|this (?:web)?site) uses? cookies\b.*"
    r"|.*\ball rights reserved",
    re.IGNORECASE,
)
_LONGEST_OFFER = 160


def find_debris(text: str, entries: Sequence[Entry]) -> list[bool]:
    """For each paragraph of ``text`` whether it is debris."""
    lines = [_single_line(entry) for entry in entries]
    phrases = [is_phrase(line) for line in lines]
    named = [phrase or is_label(line) for phrase, line in zip(phrases, lines, strict=True)]
    found = [
        phrase or copied or _is_alone(text, entry)
        for phrase, copied, entry in zip(phrases, _copies(entries), entries, strict=True)
    ]
    for number in range(len(entries) - 1, -1, -1):
        found[number] = found[number] or (named[number] and _heads_nothing(entries, found, number))
    _mark_menu_above(entries, found, named)
    _mark_links_below(entries, found, named)
    return found


def _is_alone(text: str, entry: Entry) -> bool:
    """Whether it is debris regardless of its neighbours."""
    paragraph, line = entry
    start, end = paragraph.start, paragraph.end
    if _ALPHANUMERIC.search(text, start, end) is None:
        return True
    if paragraph.form in _KEPT:
        return False
    if paragraph.form is Form.SHORT_LINES:
        return _is_menu(line.splitlines())
    linked = text.find("://", start, end) >= 0 or text.find("www.", start, end) >= 0
    return linked and is_link_list(text[start:end])


def _is_menu(lines: Sequence[str]) -> bool:
    """Whether short lines are a menu, or a list of links under its title."""
    if is_phrase(lines[0]) and not any(map(ends_sentence, lines)):
        return True
    known = any(is_label(line) or is_phrase(line) for line in lines)
    return known and all(map(_is_menu_entry, lines))


def _single_line(entry: Entry) -> str:
    """The text of a one-line paragraph that may be boilerplate, otherwise an empty string."""
    if entry.paragraph.lines > 1 or entry.paragraph.form in _KEPT:
        return ""
    return entry.line


def _heads_nothing(entries: Sequence[Entry], found: Sequence[bool], number: int) -> bool:
    below = number + 1
    return below == len(entries) or found[below] or not ends_sentence(entries[below].line)


def _mark_menu_above(entries: Sequence[Entry], found: list[bool], named: Sequence[bool]) -> None:
    """Mark the first lines of a page if they are short and one is known from menus."""
    end = 0
    while end < len(entries) and (found[end] or _is_entry(entries[end])):
        end += 1
    if end < len(entries) and end > 0 and not found[end - 1]:
        end -= 1  # the title may be as short
    if end >= _MENU_ENTRIES and any(named[:end]):
        found[:end] = [True] * end


def _mark_links_below(entries: Sequence[Entry], found: list[bool], named: Sequence[bool]) -> None:
    """Mark "Further reading" or the like and the titles after it, up to the end of the page."""
    start = len(entries)
    while start > 0 and (found[start - 1] or _is_link(entries[start - 1])):
        start -= 1
    if start == 0:
        return
    for number in range(start, len(entries)):
        if found[number] and named[number]:
            found[number:] = [True] * (len(entries) - number)
            return


def _is_entry(entry: Entry) -> bool:
    return entry.paragraph.lines == 1 and _is_menu_entry(entry.line)


def _is_link(entry: Entry) -> bool:
    short = entry.paragraph.lines == 1 and len(entry.line) <= _COMPARED
    return short and entry.paragraph.form in _LINKS and not ends_sentence(entry.line)


def is_link_list(text: str) -> bool:
    """Whether there is hardly anything but URLs: ``[1] https://… [2] https://…``."""
    urls = len(_URL.findall(text))
    if urls == 0:
        return False
    words = len(_WORD.findall(_URL.sub(" ", text)))
    return words == 0 or (urls > 1 and words <= urls)


def _plain(line: str) -> str:
    return line.strip().strip("«»<>↑↓←→‹›|•·-–—:.…!").strip()


def is_phrase(line: str) -> bool:
    """Whether a line is a boilerplate phrase of web pages."""
    plain = _plain(line)
    if plain.casefold() in _ALWAYS:
        return True
    if len(plain) > _LONGEST_OFFER:
        return False
    label, colon, _ = plain.partition(":")
    if colon and label.strip().casefold() in _LABELS and line.rstrip()[-1] not in ".!":
        return True
    return _OFFERS.fullmatch(plain) is not None


def is_label(line: str) -> bool:
    """Whether a line is boilerplate unless it is the heading of a section."""
    return _plain(line).casefold() in _UNLESS_HEADING


def _is_menu_entry(line: str) -> bool:
    """Whether a line can be a menu entry: a few words of letters only."""
    return len(line) <= 40 and len(line.split()) <= _MENU_WORDS and line.replace(" ", "").isalpha()


def _copies(entries: Sequence[Entry]) -> list[bool]:
    """For each entry whether it repeats an earlier one or is a truncated copy of another."""
    lines = [_normalized(entry.line) for entry in entries]
    cut = [_TRUNCATED.sub("", line) if _TRUNCATED.search(line[-8:]) else None for line in lines]
    full = sorted(line for line, prefix in zip(lines, cut, strict=True) if prefix is None)
    heads = Counter(_masked(entry.line) for entry in entries if _is_running_head(entry))
    seen: set[str] = set()
    result = []
    for entry, line, prefix in zip(entries, lines, cut, strict=True):
        copied = line in seen and len(line.split()) >= _LEAST_REPEATED_WORDS
        copied = copied and len(entry.line) <= _COMPARED and entry.paragraph.form is Form.FLOW
        seen.add(line)
        if prefix is not None and len(prefix) >= _LEAST_PREFIX:
            at = bisect_left(full, prefix)
            copied = copied or (at < len(full) and full[at].startswith(prefix))
        if _is_running_head(entry):
            copied = copied or heads[_masked(entry.line)] >= _LEAST_PAGES
        result.append(copied)
    return result


def _normalized(line: str) -> str:
    """What two copies of a line have in common."""
    return " ".join(line.split()).casefold()[:_COMPARED]


def _is_running_head(entry: Entry) -> bool:
    """Whether it looks like the first or last line of a printed page."""
    return entry.paragraph.lines == 1 and "   " in entry.line


def _masked(line: str) -> str:
    return " ".join(_DIGITS.sub("0", line[:_COMPARED]).split())
