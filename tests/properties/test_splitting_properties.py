"""Properties of parsing and splitting, tested on generated and hostile text."""

from collections.abc import Sequence
from itertools import pairwise

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.formats import parse
from qa_index.records import BlockKind, Parsed, Passage
from qa_index.splitting.graphemes import LONGEST_CLUSTER
from qa_index.splitting.passages import WordRange, split

_PARTS = [
    "\n", "\r\n", "\r", "\n\n", " ", "  ", "\t", "\f", "\x0b", "\x85", "\u2028", "\u00a0", "\u3000",
    ".", "!", "?", "...", "。", "！", "؟", "।", ",", ":", ";", "，", "-", "—", "*", "_", "`",
    "#", ">", "|", "[", "]", "(", ")", "<", "!--", "```", "~~~", "---", "===", "1. ", "- ", "* ",
    "# ", "## ",
    "    ", "https://a.b/c ", "Mr. ", "U.S. ", "e.g. ", "\u0301", "\u200d", "\ufe0f", "\u0903",
    "\u0600", "\u093f", "क्ष", "👨\u200d👩\u200d👧", "👍🏽", "🇩🇪", "각", "\u1100\u1161\u11a8",
    "שלום ", "مرحبا ", "\u202e",
    "word ", "Word ", "Another sentence stands here. ", "我们来了", "x" * 40, "Skip to content",
]  # fmt: skip
_CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
_TEXTS = st.one_of(
    st.lists(st.sampled_from(_PARTS), max_size=60).map("".join),
    st.text(_CHARACTERS, max_size=200),
    st.lists(st.one_of(st.sampled_from(_PARTS), st.text(_CHARACTERS, max_size=5)), max_size=40).map(
        "".join
    ),
)
_READINGS = st.builds(
    lambda text, suffix: _read(text, suffix), _TEXTS, st.sampled_from([".txt", ".md"])
)
_BUDGETS = st.integers(min_value=LONGEST_CLUSTER, max_value=200)
_WORDS = st.sampled_from([WordRange(135, 150), WordRange(6, 8), WordRange(1, 1)])


def _read(text: str, suffix: str) -> Parsed:
    # With a byte order mark the codec is kept and control characters are accepted.
    cleaned = regex.sub(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]", "", text)
    return parse(b"\xef\xbb\xbf" + cleaned.encode(), name="x" + suffix)


def _count(texts: Sequence[str]) -> list[int]:
    return [sum(not character.isspace() for character in text) for text in texts]


def _filled(text: str, spans: Sequence[tuple[int, int]]) -> list[int]:
    """Places of the characters in ``spans`` that are not white space."""
    return [at for start, end in spans for at in range(start, end) if not text[at].isspace()]


def _sentences(passages: Sequence[Passage]) -> list[tuple[int, int]]:
    return [span for passage in passages for span in passage.sentences]


class TestReading:
    """Blocks are disjoint, in order, and cover every character that is not white space;
    headings are the blocks of kind ``HEADING`` again."""

    @given(_READINGS)
    def test_blocks_cover_the_text(self, parsed: Parsed) -> None:
        spans = [(block.start, block.end) for block in parsed.blocks]
        assert all(start < end for start, end in spans)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))
        everything = _filled(parsed.text, [(0, len(parsed.text))])
        assert _filled(parsed.text, spans) == everything

    @given(_READINGS)
    def test_headings_are_blocks(self, parsed: Parsed) -> None:
        blocks = [block for block in parsed.blocks if block.kind is BlockKind.HEADING]
        assert [(block.start, block.end) for block in blocks] == [
            (heading.start, heading.end) for heading in parsed.headings
        ]

    @given(_TEXTS, st.sampled_from([".txt", ".md"]))
    def test_the_text_is_unchanged(self, text: str, suffix: str) -> None:
        assert _read(text, suffix).text == regex.sub(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]", "", text)


class TestPassages:
    """A passage is a run of whole sentences; every sentence is in exactly one."""

    @settings(max_examples=300)
    @given(_READINGS, _BUDGETS, _WORDS)
    def test_every_character_is_in_one_sentence(
        self, parsed: Parsed, budget: int, words: WordRange
    ) -> None:
        passages = split(parsed, count_tokens=_count, max_tokens=budget, words=words)
        spans = _sentences(passages)
        assert all(start < end for start, end in spans)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))
        assert _filled(parsed.text, spans) == _filled(parsed.text, [(0, len(parsed.text))])
        for passage in passages:
            assert passage.start == passage.sentences[0].start
            assert passage.end == passage.sentences[-1].end

    @settings(max_examples=300)
    @given(_READINGS, _BUDGETS, _WORDS)
    def test_no_character_is_cut(self, parsed: Parsed, budget: int, words: WordRange) -> None:
        boundaries = {0} | {match.end() for match in regex.finditer(r"\X", parsed.text)}
        passages = split(parsed, count_tokens=_count, max_tokens=budget, words=words)
        assert boundaries.issuperset(at for span in _sentences(passages) for at in span)

    @given(_READINGS, _BUDGETS, _WORDS)
    def test_passages_fit(self, parsed: Parsed, budget: int, words: WordRange) -> None:
        for passage in split(parsed, count_tokens=_count, max_tokens=budget, words=words):
            assert _count([parsed.text[passage.start : passage.end]]) <= [budget]

    @given(_READINGS, _WORDS)
    def test_no_heading_is_crossed(self, parsed: Parsed, words: WordRange) -> None:
        for passage in split(parsed, words=words):
            below = [
                number
                for number, heading in enumerate(parsed.headings)
                if heading.start < passage.end
            ]
            assert passage.heading == (below[-1] if below else -1)
            inside = [
                heading for heading in parsed.headings if heading.start >= passage.start
                and heading.end <= passage.end
            ]  # fmt: skip
            levels = [heading.level for heading in inside]
            assert levels == sorted(set(levels))
            between = [
                span for span in passage.sentences if inside and span.end <= inside[-1].start
            ]
            assert all(
                any(heading.start <= span.start < heading.end for heading in parsed.headings)
                for span in between
            )

    @given(_READINGS, _WORDS)
    def test_debris_is_not_mixed(self, parsed: Parsed, words: WordRange) -> None:
        debris = [block for block in parsed.blocks if block.kind is BlockKind.DEBRIS]
        for passage in split(parsed, words=words):
            inside = [
                any(block.start <= span.start < block.end for block in debris)
                for span in passage.sentences
            ]
            assert all(inside) if passage.kind is BlockKind.DEBRIS else not any(inside)

    @given(_READINGS)
    def test_lines_are_those_of_the_text(self, parsed: Parsed) -> None:
        for passage in split(parsed):
            before = parsed.text[: passage.start]
            within = parsed.text[: passage.end]
            assert passage.first_line == 1 + len(regex.findall(r"\r\n|\r|\n", before))
            assert passage.last_line == 1 + len(regex.findall(r"\r\n|\r|\n", within))
