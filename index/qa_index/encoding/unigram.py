"""The tokenizer of XLM-RoBERTa, opened in a millisecond.

Of all ways to cut a word into pieces of the vocabulary the most probable one is taken, found by
Viterbi's algorithm (Kudo 2018, https://arxiv.org/abs/1804.10959). A library reads 17 MB and builds
a tree of 250,000 pieces for that, which takes half a second and 300 MB; here a piece is found by
its hash in a memory-mapped table. Each word is cut once and remembered, since most words of a text
are frequent ones. Ids are those of sentencepiece; the interface is what is used here of the package
``tokenizers``.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding.packed import PackedModel

FIRST, PADDING, LAST, UNKNOWN = range(4)
"""Ids of the special tokens: before and after a text, behind it, and for unknown characters."""
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
"""No text is cut into these, even where it holds them."""
SPACE = "\u2581"
"""Begins each word, as the pieces have it. In a text it counts as white space."""

_LONGEST = 16
"""Characters of the longest piece."""
_UNKNOWN_PENALTY = 10.0
"""How far the score of an unknown character is below the least of all pieces: sentencepiece's."""
_COMPOSED = 4
"""Most characters that Unicode composes into one: a letter and three marks."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_REMEMBERED = 1 << 15
"""Words: about 10 MB."""
_BLOCK = 4096
"""Places whose pieces are looked up together, which bounds memory."""

_PLAIN = re.compile("[ -~]*")
"""Text that normalisation does not change."""
_WORD = re.compile(f"[^ {SPACE}]+")


@dataclass(slots=True)
class Encoding:
    """A text as pieces, or as much of it as one window holds."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    """Start and end of each piece in the text; (0, 0) of special tokens. A piece of nothing but the
    space before a word has the place of the word's first character."""
    overflowing: list["Encoding"] = field(default_factory=list)
    """The windows behind the first."""

    @property
    def tokens(self) -> list[str]:
        """Only unknown ones are told."""
        return ["<unk>" if piece == UNKNOWN else "" for piece in self.ids]

    def __len__(self) -> int:
        return len(self.ids)


class _Cut(NamedTuple):
    """The pieces of a word."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    """In the word."""


class UnigramTokenizer:
    """Cuts texts into pieces. Safe to share between threads."""

    def __init__(self, model: PackedModel, table: Path, *, max_tokens: int) -> None:
        """``table`` is a file of :func:`table_of`; ``max_tokens`` of a window, special ones too."""
        self._model = model
        self._max_tokens = max_tokens
        count = model.piece_count - len(SPECIAL)
        self._hashes = np.memmap(table, "<u8", "r", shape=(count,))
        self._ids = np.memmap(table, "<i4", "r", offset=8 * count, shape=(count,))
        self._cuts: dict[str, _Cut] = {}

    @cached_property
    def _replacements(self) -> dict[int, str]:
        return self._model.replacements()

    @cached_property
    def _unknown_score(self) -> float:
        return float(self._model.scores.min()) - _UNKNOWN_PENALTY

    def encode(self, text: str, *, add_special_tokens: bool = True) -> Encoding:
        """The text's windows; without special tokens, all pieces as one."""
        [encoding] = self.encode_batch([text], add_special_tokens=add_special_tokens)
        return encoding

    def encode_batch(
        self, texts: Sequence[str], *, add_special_tokens: bool = True
    ) -> list[Encoding]:
        """Each text as by :meth:`encode`."""
        parts = [self._words(text) for text in texts]
        cuts = self._cut_each({word for part in parts for word in part.words})
        whole = [_joined(part, cuts) for part in parts]
        return [self._windows(each) for each in whole] if add_special_tokens else whole

    encode_batch_fast = encode_batch

    def _windows(self, whole: Encoding) -> Encoding:
        room = self._max_tokens - 2
        windows = [
            Encoding(
                [FIRST, *whole.ids[start : start + room], LAST],
                [(0, 0), *whole.offsets[start : start + room], (0, 0)],
            )
            for start in range(0, max(len(whole), 1), room)
        ]
        windows[0].overflowing = windows[1:]
        return windows[0]

    def normalised(self, text: str) -> list[str]:
        """The words of a text, in the characters that pieces are made of."""
        return self._words(text).words

    def _words(self, text: str) -> "_Words":
        """The words of a text, normalised."""
        blank = text.replace("\n", " ").replace("\t", " ")
        if _PLAIN.fullmatch(blank):
            return _split(blank, None)
        composed = unicodedata.is_normalized("NFC", blank)
        if composed and blank.translate(self._replacements) == blank:
            return _split(blank, None)
        characters: list[str] = []
        places: list[tuple[int, int]] = []
        for start, end in _clusters(blank):
            for character in unicodedata.normalize("NFC", blank[start:end]):
                replaced = self._replacements.get(ord(character), character)
                characters.append(replaced)
                places += [(start, end)] * len(replaced)
        return _split("".join(characters), places)

    def _cut_each(self, words: Iterable[str]) -> dict[str, _Cut]:
        known = self._cuts
        found = {word: known[word] for word in words if word in known}
        if new := [word for word in words if word not in found]:
            cut = dict(zip(new, self._cut(new), strict=True))
            found.update(cut)
            if len(known) + len(cut) > _REMEMBERED:
                known = self._cuts = {}
            known.update((word, each) for word, each in cut.items() if len(word) <= 2 * _LONGEST)
        return found

    def _cut(self, words: Sequence[str]) -> Iterator[_Cut]:
        """The most probable pieces of each word."""
        text = "".join(f"{SPACE}{word}" for word in words)
        lengths = [len(word) + 1 for word in words]
        pieces = self._pieces_at_each_place(_codes(text), np.cumsum(lengths).repeat(lengths))
        for length in lengths:
            yield _most_probable(length, pieces, self._unknown_score)

    def _pieces_at_each_place(
        self, codes: NDArray[np.uint64], ends: NDArray[np.int64]
    ) -> "Iterator[list[_Piece]]":
        """For each place the pieces that begin there and stop before the end of its word."""
        for begin in range(0, len(codes), _BLOCK):
            places = np.arange(begin, min(begin + _BLOCK, len(codes)))
            starts, lengths, hashes = _substrings(codes, ends, places)
            at = np.searchsorted(self._hashes, hashes)
            at[at == len(self._hashes)] = 0
            found = np.flatnonzero(self._hashes[at] == hashes)
            found = found[np.argsort(starts[found], kind="stable")]
            ids = self._ids[at[found]]
            scores = self._model.scores[ids].tolist()
            pieces = list(zip(lengths[found].tolist(), ids.tolist(), scores, strict=True))
            bounds = np.searchsorted(starts[found], [*places, places[-1] + 1]).tolist()
            yield from (pieces[first:stop] for first, stop in pairwise(bounds))


_Piece = tuple[int, int, float]
"""Length, id, and logarithm of the probability."""


def _most_probable(length: int, pieces: Iterator[list[_Piece]], unknown_score: float) -> _Cut:
    """The cut of a word of ``length`` characters, of whose places ``pieces`` are the next.

    Adjacent unknown characters are one piece.
    """
    best = [-math.inf] * (length + 1)
    best[0] = 0.0
    last = [UNKNOWN] * (length + 1)
    start_of_last = [0] * (length + 1)
    for place in range(length):
        here, is_known = best[place], False
        for size, piece, score in next(pieces):
            is_known |= size == 1
            if here + score > best[place + size]:
                best[place + size] = here + score
                last[place + size], start_of_last[place + size] = piece, place
        if not is_known and here + unknown_score > best[place + 1]:
            best[place + 1] = here + unknown_score
            last[place + 1], start_of_last[place + 1] = UNKNOWN, place
    ids: list[int] = []
    offsets: list[tuple[int, int]] = []
    stop = length
    while stop:
        start = start_of_last[stop]
        while last[stop] == UNKNOWN and start and last[start] == UNKNOWN:
            start = start_of_last[start]
        ids.append(last[stop])
        offsets.append((max(start - 1, 0), max(stop - 1, 1)))
        stop = start
    return _Cut(ids[::-1], offsets[::-1])


class _Words(NamedTuple):
    """The words of a text after normalisation."""

    words: list[str]
    starts: list[int]
    """In the normalised text."""
    places: list[tuple[int, int]] | None
    """Of each of its characters, start and end in the text; ``None`` where they are the same."""


def _split(text: str, places: list[tuple[int, int]] | None) -> _Words:
    found = [(match[0], match.start()) for match in _WORD.finditer(text)]
    return _Words([word for word, _ in found], [start for _, start in found], places)


def _joined(part: _Words, cuts: dict[str, _Cut]) -> Encoding:
    """The pieces of all words of a text."""
    ids: list[int] = []
    offsets: list[tuple[int, int]] = []
    for word, shift in zip(part.words, part.starts, strict=True):
        cut = cuts[word]
        ids += cut.ids
        if part.places is None:
            offsets += [(start + shift, end + shift) for start, end in cut.offsets]
        else:
            offsets += [
                (part.places[start + shift][0], part.places[end + shift - 1][1])
                for start, end in cut.offsets
            ]
    return Encoding(ids, offsets)


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each character, together with those that become one with it.

    Marks that do not are left in their order, as sentencepiece leaves them.
    """
    start = 0
    while start < len(text):
        stop = start + 1
        while stop < min(start + _COMPOSED, len(text)) and _joins(text[stop]):
            stop += 1
        while stop > start + 1 and len(unicodedata.normalize("NFC", text[start:stop])) > 1:
            stop -= 1
        yield start, stop
        start = stop


def _joins(character: str) -> bool:
    """Whether a character may be composed with the one before: a mark, or a part of Hangul."""
    return unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"


def _codes(text: str) -> NDArray[np.uint64]:
    """A number for each character, never 0: one in front of a piece would not change its hash."""
    return np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.uint64) + np.uint64(1)


def _substrings(
    codes: NDArray[np.uint64], ends: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    """Start, length and hash of all substrings from ``starts``, shorter ones first.

    Those as long as a piece at most, up to the end of each start's word. The hash is polynomial.
    """
    value = np.zeros(len(starts), dtype=np.uint64)
    found = []
    for length in range(1, _LONGEST + 1):
        inside = starts + length <= ends[starts]
        starts = starts[inside]
        value = value[inside] * _FACTOR + codes[starts + length - 1]
        found.append((starts, np.full(len(starts), length), value))
    columns = zip(*found, strict=True)
    starts, lengths, hashes = (np.concatenate(column) for column in columns)
    return starts, lengths, hashes


def table_of(pieces: Sequence[str]) -> bytes:
    """The table of a vocabulary in the order of ids: sorted hashes, then the id of each.

    Raises ``ValueError`` if two pieces have the same hash or one is too long.
    """
    kept = [number for number, piece in enumerate(pieces) if piece not in SPECIAL]
    lengths = np.array([len(pieces[number]) for number in kept])
    ends = np.cumsum(lengths)
    codes = _codes("".join(pieces[number] for number in kept))
    hashes = np.zeros(len(kept), dtype=np.uint64)
    for place in range(lengths.max()):
        longer = lengths > place
        hashes[longer] = hashes[longer] * _FACTOR + codes[(ends - lengths)[longer] + place]
    if lengths.max() > _LONGEST or len(np.unique(hashes)) < len(hashes):
        raise ValueError("the vocabulary does not fit the table")
    order = np.argsort(hashes)
    return hashes[order].tobytes() + np.array(kept, dtype="<i4")[order].tobytes()
