"""What directly follows or introduces a marked sentence, where it limits or takes it back.

A quote can be true to the letter and still mislead, because it stops before "unless". For each run
of marked sentences this looks at the sentence after it, at how the run itself ends, at the sentence
that introduces the list it is an item of, and at its footnote marks. Whatever is itself marked is
shown anyway and is not reported.
"""

import re
from collections.abc import Collection as Numbers
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from qa.answering.limiters import LimiterPatterns, patterns_of
from qa.answers import Continuation, ContinuationKind
from qa.places import SourceSpan
from qa_index.collection.protocol import Collection
from qa_index.collection.records import StoredPassage
from qa_index.records import BlockKind

MOST = 3
"""Most continuations of one citation: with more, nobody reads them."""

_MOST_ITEMS = 12
"""Most items of a list that are looked through, back to its introduction or on to its end."""

_MOST_CHARACTERS = 600
"""Length of the longest continuation; a longer sentence is a table or a broken text."""

_ITEM = re.compile(r"^\s*(?:[-*+•‣◦▪–—·]|\(?(?:\d{1,3}|[^\W\d_]|[ivx]{1,5})[.)])\s")
_COLON = re.compile(r"[:：]\s*$")
_NOTE_MARK = re.compile(r"\S\s?\[\^?(?P<name>\d{1,3}|[ivx]{1,5}|[^\W\d_]|(?<=\^)[\w-]{1,20})\]")
_REFERENCE = re.compile(
    r"(?i)^#|https?:|\bdoi\b|\bisbn\b|\bpp?\.\s?\d|\bs\.\s?\d|\bibid|\bvgl\.|\bcf\.|\bsee\b|\(\d{4}\)|,[”»]"
)
"""A note that names a source for what is quoted does not limit it."""


class _Sentence(NamedTuple):
    start: int
    end: int
    text: str


class _Found(NamedTuple):
    kind: ContinuationKind
    cue: str
    start: int
    end: int


def continuations(
    index: Collection, passage: StoredPassage, marked: Numbers[int]
) -> tuple[Continuation, ...]:
    """What limits the ``marked`` sentences of a passage, given by their numbers.

    At most ``MOST``, in the order of the text. Empty for documents in languages whose limiting
    words are not known, and for rows of tables.
    """
    patterns = patterns_of(passage.document.language)
    if patterns is None or not marked or passage.kind is BlockKind.TABLE:
        return ()
    own = _sentences(passage)
    before = _neighbour(index, passage, -1) if _ITEM.match(own[0].text) else []
    after = _neighbour(index, passage, +1) if len(own) - 1 in marked else []
    sentences = [*before, *own, *after]
    numbers = {len(before) + number for number in marked}
    told = [_of_sentence(sentences, number, numbers, patterns) for number in sorted(numbers)]
    shown = [own[number] for number in sorted(marked)]
    told.append(_footnotes(index, passage, shown))
    found = {
        (each.start, each.end): each
        for each in chain.from_iterable(told)
        if not any(one.start <= each.start < one.end for one in shown)
    }
    if not found:
        return ()
    text = index.text_of(passage.document)
    return tuple(
        Continuation(kind, cue, SourceSpan(start, end), text[start:end])
        for kind, cue, start, end in sorted(found.values(), key=attrgetter("start"))[:MOST]
    )


def _neighbour(index: Collection, passage: StoredPassage, step: int) -> list[_Sentence]:
    """The sentences of the passage before or after, if it is under the same headings."""
    row, rows = passage.row + step, passage.document.passages
    if not rows.start <= row < rows.end:
        return []
    other = index.passage(row)
    return _sentences(other) if other.heading_path == passage.heading_path else []


def _sentences(passage: StoredPassage) -> list[_Sentence]:
    first = passage.start
    return [
        _Sentence(start, end, passage.text[start - first : end - first])
        for start, end in passage.sentences
    ]


def _of_sentence(
    sentences: Sequence[_Sentence], number: int, marked: set[int], patterns: LimiterPatterns
) -> Iterator[_Found]:
    own = sentences[number].text
    if number + 1 < len(sentences) and number + 1 not in marked:
        following = sentences[number + 1].text[:_MOST_CHARACTERS]
        if limit := patterns.limiting.search(following):
            yield from _told(
                ContinuationKind.LIMITED,
                limit[limit.lastindex or 0],
                *_with_list(sentences, number + 1),
            )
        elif left_open := patterns.open_end.search(own[-_MOST_CHARACTERS:]):
            yield from _told(
                ContinuationKind.UNFINISHED, left_open[1], *_items(sentences, number + 1)
            )
    introduction = _introduction(sentences, number)
    if introduction is not None and introduction not in marked:
        lead = sentences[introduction]
        if negation := patterns.negation(lead.text[-_MOST_CHARACTERS:]):
            yield from _told(ContinuationKind.NEGATED, negation, lead)


def _told(kind: ContinuationKind, cue: str, *sentences: _Sentence) -> Iterator[_Found]:
    """One continuation of as many of ``sentences`` as are not too long to be shown."""
    start = sentences[0].start
    ends = [each.end for each in sentences if each.end - start <= _MOST_CHARACTERS]
    if ends:
        yield _Found(kind, cue, start, ends[-1])


def _with_list(sentences: Sequence[_Sentence], number: int) -> Sequence[_Sentence]:
    """A sentence, and if it ends with a colon what it introduces."""
    introduces = _COLON.search(sentences[number].text) and number + 1 < len(sentences)
    return [sentences[number], *(_items(sentences, number + 1) if introduces else ())]


def _items(sentences: Sequence[_Sentence], first: int) -> Sequence[_Sentence]:
    """The sentence ``first``, and if it is an item of a list the items after it."""
    end = first + 1
    if _ITEM.match(sentences[first].text):
        while end < min(len(sentences), first + _MOST_ITEMS) and _ITEM.match(sentences[end].text):
            end += 1
    return sentences[first:end]


def _introduction(sentences: Sequence[_Sentence], number: int) -> int | None:
    """The sentence ending with a colon that introduces the list of which this one is an item."""
    if not _ITEM.match(sentences[number].text):
        return None
    for place in range(number - 1, max(-1, number - 1 - _MOST_ITEMS), -1):
        if _COLON.search(sentences[place].text):
            return place
        if not _ITEM.match(sentences[place].text):
            return None
    return None


def _footnotes(
    index: Collection, passage: StoredPassage, marked: Sequence[_Sentence]
) -> Iterator[_Found]:
    """The footnotes that marks in these sentences refer to, as far as they are found."""
    marks = {mark["name"] for each in marked for mark in _NOTE_MARK.finditer(each.text)}
    if not marks:
        return
    text = index.text_of(passage.document)
    for name in sorted(marks):
        begins = re.compile(rf"(?m)^[ \t]*\[\^?{re.escape(name)}\]:?[ \t]+(?=\S)")
        # Numbers begin anew in each chapter of a book: the note after the mark is the right one.
        note = begins.search(text, passage.end) or begins.search(text, passage.start)
        if note is None:
            continue
        end = text.find("\n\n", note.end())
        end = len(text) if end < 0 else end
        said = text[note.end() : end]
        if not _REFERENCE.search(said):
            cue = text[note.start() : note.end()].strip()
            yield from _told(ContinuationKind.FOOTNOTE, cue, _Sentence(note.end(), end, said))
