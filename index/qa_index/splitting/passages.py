"""Splits a document into passages: whole sentences, evenly sized, never across a heading.

Each run of blocks between two headings is cut so that passages have nearly equal numbers of words,
preferably between paragraphs: a shortest path over the sentences.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from math import inf
from operator import attrgetter
from typing import NamedTuple

from qa_index.records import Block, BlockKind, Parsed, Passage, Span
from qa_index.splitting.graphemes import trim
from qa_index.splitting.sentences import MAX_CHARACTERS, cut, sentences

SPLITTER = "sentences-4"
"""Version of the splitter, kept in the manifest. Change it when any document would be split
differently."""

CountTokens = Callable[[Sequence[str]], list[int]]


class WordRange(NamedTuple):
    """Target length of passages, in words."""

    usual: int
    most: int
    """Only a passage of one sentence may be longer."""


PASSAGE_WORDS = WordRange(usual=135, most=150)

_ALONE = frozenset({BlockKind.DEBRIS, BlockKind.METADATA})
"""Blocks of these kinds share no passage with other kinds."""
_BY_LINE = frozenset({BlockKind.TABLE, BlockKind.CODE, BlockKind.METADATA})
"""Blocks whose lines count as sentences."""

_COUNTED_TOGETHER = 1024
"""Sentences per call of the tokenizer: enough for its threads, few enough for memory."""

# Costs are squared relative deviations from the target length: 0.2 is as bad as a passage that
# is 45 % too short.
_CUT_IN_PARAGRAPH = 0.2
_CUT_IN_SENTENCE = 0.4
_CUT_AFTER_COLON = 0.5
"""Keeps what a colon announces with the colon."""
_CUT_AFTER_HEADING = 100.0

_LINE_END = re.compile(r"\r\n?|\n")
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
)
"""Scripts written without spaces: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
_CHARACTERS_A_WORD = 2
"""For these scripts; Chinese words have 1.6 to 2 characters in the mean."""
_LONGEST_WORD = 16
"""Most characters that count as one word, to bound passages of text without spaces."""


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """Consecutive blocks that may share passages."""

    heading: int
    blocks: list[Block]


@dataclass(slots=True, eq=False)
class _Atom:
    """A sentence with what packing needs."""

    run: _Run
    kind: BlockKind
    start: int
    end: int
    cut_cost: float
    """Cost of ending a passage after it."""
    words: int = 0
    tokens: int = 0


def split(
    parsed: Parsed,
    *,
    count_tokens: CountTokens | None = None,
    max_tokens: int = 0,
    words: WordRange = PASSAGE_WORDS,
) -> list[Passage]:
    """Passages of ``parsed`` in order; every sentence is in exactly one of them.

    ``count_tokens`` gives the word pieces of each text. No passage has more than ``max_tokens`` of
    them, and a longer sentence is cut. Without ``count_tokens``, only words limit a passage.
    Counts are assumed to add up over sentences, as for tokenizers that split at spaces.
    """
    if count_tokens is not None and max_tokens < 1:
        raise ValueError("max_tokens must be positive where count_tokens is given")
    text = parsed.text
    atoms = _measured(text, _atoms(text, _runs(parsed)), count_tokens, max_tokens)
    passages: list[Passage] = []
    line, counted_to = 1, 0
    for run, members in groupby(atoms, key=attrgetter("run")):
        for packed in _pack(list(members), max_tokens, words):
            start, end = packed[0].start, packed[-1].end
            first_line = line + _line_ends(text, counted_to, start)
            line = first_line + _line_ends(text, start, end)
            counted_to = end
            passages.append(
                Passage(
                    start=start,
                    end=end,
                    sentences=tuple(Span(atom.start, atom.end) for atom in packed),
                    heading=run.heading,
                    kind=_main_kind(packed),
                    first_line=first_line,
                    last_line=line,
                )
            )
    return passages


def _runs(parsed: Parsed) -> Iterator[_Run]:
    """A heading begins a run, except directly below a heading of a higher level."""
    heading = -1
    blocks: list[Block] = []
    for block in parsed.blocks:
        if block.kind is BlockKind.HEADING:
            below = (
                bool(blocks)
                and blocks[-1].kind is BlockKind.HEADING
                and parsed.headings[heading + 1].level > parsed.headings[heading].level
            )
            if blocks and not below:
                yield _Run(heading, blocks)
                blocks = []
            heading += 1
        elif blocks and _apart(blocks[-1].kind, block.kind):
            yield _Run(heading, blocks)
            blocks = []
        blocks.append(block)
    if blocks:
        yield _Run(heading, blocks)


def _apart(kind: BlockKind, other: BlockKind) -> bool:
    return kind is not other and (kind in _ALONE or other in _ALONE)


def _atoms(text: str, runs: Iterable[_Run]) -> Iterator[_Atom]:
    for run in runs:
        for block in run.blocks:
            spans = _sentences(text, block)
            for span in spans[:-1]:
                yield _Atom(run, block.kind, span.start, span.end, _CUT_IN_PARAGRAPH)
            for span in spans[-1:]:
                yield _Atom(
                    run,
                    block.kind,
                    span.start,
                    span.end,
                    _cost_after(block.kind, text[span.end - 1]),
                )


def _cost_after(kind: BlockKind, last_character: str) -> float:
    if kind is BlockKind.HEADING:
        return _CUT_AFTER_HEADING
    return _CUT_AFTER_COLON if last_character in ":：" else 0.0


def _sentences(text: str, block: Block) -> list[Span]:
    if block.kind is BlockKind.HEADING:  # "4. The Deposit" does not end at its number
        return _line(text, block.start, block.end, block.kind)
    if block.kind not in _BY_LINE:
        return sentences(text, block.start, block.end)
    spans: list[Span] = []
    start = block.start
    for line_end in _LINE_END.finditer(text, block.start, block.end):
        spans += _line(text, start, line_end.start(), block.kind)
        start = line_end.end()
    spans += _line(text, start, block.end, block.kind)
    return spans


def _line(text: str, start: int, end: int, kind: BlockKind) -> list[Span]:
    span = trim(text, start, end)
    cells = kind is BlockKind.TABLE
    return cut(text, span, MAX_CHARACTERS, cells=cells) if span.start < span.end else []


def _measured(
    text: str, atoms: Iterator[_Atom], count_tokens: CountTokens | None, max_tokens: int
) -> Iterator[_Atom]:
    """Yield atoms with their words and tokens; cut those with too many tokens."""
    unspaced = not text.isascii() and _UNSPACED.search(text) is not None
    while batch := list(islice(atoms, _COUNTED_TOGETHER)):
        if count_tokens is not None:
            batch = _fitting(text, batch, count_tokens, max_tokens)
        for atom in batch:
            atom.words = _count_words(text[atom.start : atom.end], unspaced=unspaced)
            yield atom


def _fitting(
    text: str, atoms: list[_Atom], count_tokens: CountTokens, max_tokens: int
) -> list[_Atom]:
    """The atoms with their tokens, cut into ever smaller pieces until each fits."""
    counts = count_tokens([text[atom.start : atom.end] for atom in atoms])
    fitting: list[_Atom] = []
    for atom, tokens in zip(atoms, counts, strict=True):
        length = atom.end - atom.start
        # The length that fits if tokens are spread evenly, and at most half.
        limit = min(length * max_tokens // max(tokens, 1), length // 2)
        pieces: list[Span] = []
        if tokens > max_tokens:
            cells = atom.kind is BlockKind.TABLE
            pieces = cut(text, Span(atom.start, atom.end), max(limit, 1), cells=cells)
        if len(pieces) < 2:
            atom.tokens = tokens
            fitting.append(atom)
            continue
        inner = [_Atom(atom.run, atom.kind, *piece, _CUT_IN_SENTENCE) for piece in pieces[:-1]]
        last = _Atom(atom.run, atom.kind, *pieces[-1], atom.cut_cost)
        fitting += _fitting(text, [*inner, last], count_tokens, max_tokens)
    return fitting


def _count_words(text: str, *, unspaced: bool) -> int:
    words = max(len(text.split()), len(text) // _LONGEST_WORD, 1)
    if unspaced:
        words = max(words, len(_UNSPACED.findall(text)) // _CHARACTERS_A_WORD)
    return words


def _pack(atoms: list[_Atom], max_tokens: int, words: WordRange) -> Iterator[list[_Atom]]:
    """Cut the atoms of a run into passages at least cost.

    Dynamic programming; ``cheapest[i]`` is the cost of the first ``i`` atoms. The inner loop ends
    where a passage would be too long, so the run time is linear.
    """
    total = sum(atom.words for atom in atoms)
    if total <= words.most and sum(atom.tokens for atom in atoms) <= max_tokens:
        yield atoms
        return
    aim = total / max(-(-total // words.most), round(total / words.usual))
    cheapest = [0.0]
    opened_at = [0]
    for last, atom in enumerate(atoms):
        best, opened = inf, last
        size = tokens = 0
        for first in range(last, -1, -1):
            size += atoms[first].words
            tokens += atoms[first].tokens
            if first < last and (size > words.most or tokens > max_tokens):
                break
            deviation = size / aim - 1
            cost = cheapest[first] + deviation * deviation
            if cost < best:
                best, opened = cost, first
        cheapest.append(best + atom.cut_cost)
        opened_at.append(opened)
    cuts = [len(atoms)]
    while cuts[-1] > 0:
        cuts.append(opened_at[cuts[-1]])
    for end, first in zip(cuts[-2::-1], cuts[:0:-1], strict=True):
        yield atoms[first:end]


def _main_kind(atoms: list[_Atom]) -> BlockKind:
    """The kind with the most characters; headings count only if there is nothing else."""
    sizes: dict[BlockKind, int] = {}
    for atom in atoms:
        if atom.kind is not BlockKind.HEADING:
            sizes[atom.kind] = sizes.get(atom.kind, 0) + atom.end - atom.start
    return max(sizes, key=sizes.__getitem__, default=BlockKind.HEADING)


def _line_ends(text: str, start: int, end: int) -> int:
    """Number of LF, CRLF and CR in ``text[start:end]``, which must not begin or end in a CRLF."""
    returns = text.count("\r", start, end)
    return text.count("\n", start, end) + (
        returns - text.count("\r\n", start, end) if returns else 0
    )
