"""Finds sentence boundaries: rules for many scripts, in one pass over the text.

The full stop is the hard case, since it also ends abbreviations, initials and ordinals. The rules
look at the words before and after it. In doubt, a capital letter begins a new sentence. The gold
cases in the tests guard the quality.
"""

import re

from qa_index.records import Span
from qa_index.splitting.graphemes import joined, last_boundary, trim

MAX_CHARACTERS = 1000
"""A longer sentence is cut; it would fill a passage (150 words) alone."""

_CLOSERS = r"""["'”’“‘»›«‹)\]}」』】》〉）］｣*_`~]"""
_OPENERS = "\"'“‘„‚«‹([{¿¡「『【《〈（［*_`~-–—•"
_AFTER = rf"(?:{_CLOSERS}|\[\d{{1,4}}\]|[ \u00a0\u202f]»(?=\s|\Z))*+"
"""Closing quotes and brackets, note marks, and the French » with its space."""
_WIDE = "。！？｡।॥؟۔።፧፨។‼⁇⁈⁉"
"""Always end a sentence."""
# One character class, possessive quantifiers and no lookahead: each
# character is looked at once.
_STOP = re.compile(rf"([.!?…‽{_WIDE}]++){_AFTER}")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_CLAUSE = re.compile(
    rf"(?:[,;:،؛](?:{_CLOSERS})*+(?=\s)|(?<=\s)[–—-](?=\s)|[、，；：](?:{_CLOSERS})*+)"
)
_TAB = re.compile(r"\t")
_DELIMITER = re.compile(r"[,;|](?=\S)")
_SPACE = re.compile(r"\s*+")
_GAP = re.compile(r"\s++")
_WIDE_SET = frozenset(_WIDE)
_FIRST_WORD = re.compile(r"[^\W_]*")

_WORD_BEFORE = 24
"""Characters before a full stop that are examined; longer words are not abbreviations."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Always followed by the word that they belong to.
_TITLES = _words(
    "mr mrs ms messrs mme mlle dr drs prof st ste sr sra srta dña dn ud uds gen sen rep gov capt "
    "cpt cmdr lt col sgt maj adm rev hon pres supt insp vs cf viz al ca approx incl excl resp "
    "ing dipl hr fr hl bzw vgl evtl ggf sog bspw inkl zzgl exkl mgr msgr mt ft av avda pza "
    "ул просп пл г-н г-жа акад проф доц ср см напр тов гр об"
)
# Before a number they are references: "No. 5", "Art. 12", "p. 7", "Jan. 20".
_BEFORE_NUMBERS = _words(
    "no nos nr núm num n° art arts fig figs abb tab eq eqs sec sect ch chap vol vols p pp pg par "
    "para abs ziff ref refs s ss v vv bd kap lit ed jan feb mar apr jun jul aug sep sept oct nov "
    "dec dez okt mär ene abr ago dic janv févr avr juil août déc стр гл рис табл ст п пп т тт "
    "янв февр апр авг сент окт нояб дек"
)
# May end a sentence: only if a word that opens sentences follows.
_MAYBE_FINAL = _words(
    "inc ltd co corp bros jr llc plc cie dept univ assn ave blvd rd sq "
    "a.m p.m u.s u.k u.n e.u d.c uu u.s.a ph.d m.d b.a m.a m.sc b.sc ee.uu s.a c.v "
    "тыс млн млрд руб долл"
)
# Never end a sentence.
_NEVER_FINAL = _words("ee e.g i.e z.b d.h u.a p.ej p.ex t.ex i.d.r o.ä v.a u.u c.-à-d т.е т.к и.о")
# Words that open sentences and rarely follow an abbreviation within one.
_SENTENCE_OPENERS = _words(
    "The This That These Those There It Its He She They We You His Her Their Our In On At For From "
    "By As When While If But And Or So However Moreover Then Now Today Since After Before Although "
    "A An No Not What Who Why How Where Yes "
    "Der Die Das Ein Eine Es Er Sie Wir Ich Im In Am Auf Mit Bei Doch Aber Und Dies Diese Dieser "
    "El La Los Las Un Una Se Lo Es En Pero Y Sin Según Esto Esta Este "
    "Le Les Une Il Elle Ils Elles Nous Vous On Ce Cette Ces Mais Dans En Selon "
    "Он Она Оно Они Мы Вы Это Этот Эта Эти В На По С У И Но А Как Так Если Когда Также"
)
_ORDINAL_BEFORE = _words(
    "der die das dem den des am im vom zum zur beim bis seit ab und dieser diesem diesen ihr ihrem "
    "ihren sein seinem seinen jeder jedem erster mein meinem"
)
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,3}")
_ENUMERATOR = re.compile(r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[^\W\d_]|[ivxlcIVXLC]{1,6})")
_ROMAN = re.compile(r"[IVXLC]{2,}|[VX]")


def sentences(text: str, start: int, end: int) -> list[Span]:
    """Sentences of ``text[start:end]``, which is treated as one paragraph.

    They are in order, disjoint and without surrounding white space, and cover every other
    character. None exceeds ``MAX_CHARACTERS`` by more than one grapheme cluster. Line breaks count
    as spaces.
    """
    found: list[Span] = []
    begin = start
    for stop in _STOP.finditer(text, start, end):
        at = stop.end()
        if at < end and (
            joined(text, at) or not _ends(text, begin, end, stop[1], stop.start(), at)
        ):
            continue
        _append(found, text, begin, at)
        begin = at
    _append(found, text, begin, end)
    return found


def _append(found: list[Span], text: str, start: int, end: int) -> None:
    span = trim(text, start, end)
    if span.end - span.start > MAX_CHARACTERS:
        found.extend(cut(text, span, MAX_CHARACTERS))
    elif span.start < span.end:
        found.append(span)


def _ends(text: str, begin: int, end: int, marks: str, stop: int, after: int) -> bool:
    """Return True if a sentence that began at ``begin`` ends with the ``marks`` at ``stop``.

    ``after`` is where the text continues after the marks and any closing quotes.
    """
    if not text[after].isspace() and not _UNSPACED.match(text, after):
        return not _WIDE_SET.isdisjoint(marks)  # otherwise a decimal, a URL or a file name
    follow = _SPACE.match(text, after, end).end()  # type: ignore[union-attr]  # always matches
    if follow == end or not _WIDE_SET.isdisjoint(marks):
        return True
    opener = follow
    while opener < end and opener - follow < 3 and text[opener] in _OPENERS:
        opener += 1
    first = text[opener : opener + 2]
    if first[:1].islower() and not first[1:].isupper():  # "iPhone" can open a sentence
        return False
    return marks != "." or _full_stop_ends(text, begin, stop, text[opener : opener + 16])


def _full_stop_ends(text: str, begin: int, dot: int, after: str) -> bool:
    """Return True if the full stop at ``dot`` ends a sentence; ``after`` is the next word."""
    before = text[max(begin, dot - _WORD_BEFORE) : dot].split()
    if not before or text[dot - 1].isspace():
        return True
    word = before[-1].lstrip(_OPENERS)
    previous = before[-2] if len(before) > 1 else ""
    if not previous and _ENUMERATOR.fullmatch(word):
        return False
    opens = _first_word(after) in _SENTENCE_OPENERS
    lower = word.lower()
    if word.isdigit():
        return opens or len(word) > 2 or previous.lower() not in _ORDINAL_BEFORE
    if len(word) == 1 and word.isalpha():
        return _letter_ends(word, previous, after, opens=opens)
    if lower in _NEVER_FINAL:
        return False
    if lower in _TITLES:
        return previous[-1:].isdigit()  # "5 ft.", "10 см."
    if lower in _BEFORE_NUMBERS:
        return not (after[:1].isdigit() or _ROMAN.fullmatch(_first_word(after)))
    if lower in _MAYBE_FINAL or _DOTTED.fullmatch(word):
        return opens
    return True


def _letter_ends(letter: str, previous: str, after: str, *, opens: bool) -> bool:
    """Return True if a sentence ends after a single letter and a full stop."""
    if after[1:2] == "." and after[:1].isalpha():  # the first of "z. B.", "J. R. R."
        return False
    if (previous + letter).lower() in _NEVER_FINAL:
        return False
    if letter.lower() in _BEFORE_NUMBERS and after[:1].isdigit():
        return False
    if letter == "v":  # "Roe v. Wade"
        return False
    if letter == "г":  # the town in "г. Москва", the year in "2024 г."
        return previous[-1:].isdigit()
    initial = letter.isupper() and (not previous or previous[:1].isupper())
    return opens or not initial


def _first_word(text: str) -> str:
    return _FIRST_WORD.match(text)[0]  # type: ignore[index]  # always matches


def cut(text: str, span: Span, limit: int, *, cells: bool = False) -> list[Span]:
    """Cut into pieces of at most ``limit`` characters: after clauses, else words, else clusters.

    With ``cells``, which is for rows of tables, preferably between cells. The pieces are about
    equally long and have no surrounding white space.
    """
    pieces: list[Span] = []
    start, end = span
    while end - start > limit:
        left = end - start
        share = -(-left // -(-left // limit))
        at = _best_cut(
            text, start, start + min(limit, share + share // 4), start + share // 2, cells
        )
        piece = trim(text, start, at)
        if piece.start < piece.end:
            pieces.append(piece)
        start = trim(text, at, end).start
    if start < end:
        pieces.append(trim(text, start, end))
    return pieces


def _best_cut(text: str, start: int, end: int, earliest: int, cells: bool) -> int:
    """Where to cut in ``earliest .. end``."""
    for pattern in (_TAB, _DELIMITER, _CLAUSE, _GAP) if cells else (_CLAUSE, _GAP):
        last = None
        for match in pattern.finditer(text, earliest, end):
            if not joined(text, match.end()):
                last = match.end()
        if last is not None:
            return last
    return last_boundary(text, start, end)
