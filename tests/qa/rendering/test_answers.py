"""An answer as a person reads it, from records made by hand."""

import hashlib
import io
import re
from dataclasses import replace

import pytest

from qa.answering.surroundings import Surroundings
from qa.answers import (
    Answer,
    Citation,
    Confidence,
    Explanation,
    IndexUsed,
    Lines,
    Place,
    Reason,
    Scores,
    Source,
    SourceSpan,
    Status,
)
from qa.rendering.answers import NEAREST, render_answer
from qa.rendering.characters import width
from qa.rendering.terminal import ASCII, Terminal, terminal_of

QUOTE = "The forum was held in Mexico City. It gathered 300 people. Then it ended."
STYLES = re.compile(r"\x1b\[\d*m|\x1b\]8;;[^\x1b]*\x1b\\")


def citation(quote: str = QUOTE, *, stale: bool = False, **changes: object) -> Citation:
    values: dict[str, object] = {
        "id": "0123456789abcdef",
        "rank": 1,
        "quote": quote,
        "quote_sha256": hashlib.sha256(quote.encode()).hexdigest(),
        "source": Source("a/b c.txt", "A title", "text/plain", "0" * 64, stale),
        "span": SourceSpan(100, 100 + len(quote)),
        "lines": Lines(7, 7),
        "page": None,
        "heading_path": ("Part", "Chapter"),
        "evidence": (SourceSpan(135, 158),),
        "scores": Scores(3.1, 7.2, 0.61, -0.001),
        "also_in": (),
        "root": "/root of it",
    }
    return Citation(**{**values, **changes})  # type: ignore[arg-type]


def answer(*citations: Citation, reason: Reason | None = None) -> Answer:
    return Answer(
        explanation=Explanation(0.61, 0.95, 0.8, 0.9, 1.0, 31, 0.3),
        question="Where?",
        status=Status.ANSWERED if reason is None else Status.NO_ANSWER,
        reason=reason,
        confidence=Confidence.HIGH if reason is None else Confidence.LOW,
        probability=0.934,
        citations=citations,
        index=IndexUsed(1, "m"),
    )


def lines_of(shown: Answer, terminal: Terminal | None = None, **how: object) -> list[str]:
    return list(render_answer(shown, terminal or Terminal(), **how))  # type: ignore[arg-type]


def test_an_answer_as_a_whole() -> None:
    assert lines_of(answer(citation()), Terminal(width=44)) == [
        "Confidence: high",
        "",
        "1  a/b c.txt:7",
        "   A title › Part › Chapter",
        "   ▌ The forum was held in Mexico City. It",
        "   ▌ gathered 300 people. Then it ended.",
    ]


def test_evidence_is_marked_at_the_margin_and_bold_where_there_is_colour() -> None:
    lines = lines_of(answer(citation()), Terminal(width=26, color=True))
    plain = [STYLES.sub("", line) for line in lines[4:]]
    assert plain == [
        "│ The forum was held in",
        "▌ Mexico City. It gathered",
        "▌ 300 people. Then it",
        "│ ended.",
    ]
    bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", "\n".join(lines[4:]))
    assert bold == ["It gathered", "300 people."]


@pytest.mark.parametrize("columns", [20, 39, 40, 80])
def test_every_line_but_the_place_fits(columns: int) -> None:
    shown = answer(citation("日本語の文章です。" * 30), reason=Reason.BELOW_THRESHOLD)
    around = {"0123456789abcdef": Surroundings("what came before " * 9, " and after" * 9)}
    lines = lines_of(shown, Terminal(width=columns), surroundings=around, explain=True)
    assert max(map(width, lines)) <= columns


def test_no_answer_says_so_and_what_to_do_and_shows_the_nearest_as_such() -> None:
    lines = lines_of(answer(citation(), reason=Reason.BELOW_THRESHOLD), Terminal(width=200))
    assert lines[0] == "No answer."
    assert "`--min-confidence low`" in lines[1]
    assert lines[2:4] == ["", NEAREST]


def test_an_empty_index_names_the_command_that_fills_it() -> None:
    lines = lines_of(answer(reason=Reason.EMPTY_INDEX))
    assert lines == ["No answer.", "The index holds no text; add documents with `qa index PATH`."]


def test_what_stands_around_a_quote_is_told_apart_from_it() -> None:
    around = {"0123456789abcdef": Surroundings("Before it.\n\n", " After it.")}
    lines = lines_of(answer(citation()), surroundings=around)
    assert lines[4:6] == ["   before the quote:", "     Before it."]
    assert lines[-2:] == ["   after the quote:", "     After it."]


def test_a_changed_source_and_other_places_are_told() -> None:
    places = tuple(Place(f"{name}.txt", SourceSpan(0, 1), Lines(3, 3)) for name in "pqrst")
    lines = lines_of(answer(citation(stale=True, also_in=places)))
    assert lines[2] == "1  a/b c.txt:7 (changed or gone since it was indexed)"
    assert lines[-1] == "   also in p.txt:3, q.txt:3, r.txt:3 and 2 more"


def test_explained_scores_are_in_words() -> None:
    lines = lines_of(answer(citation()), Terminal(width=200), explain=True)
    assert lines[1:6] == [
        "Probability that the first passages answer it: 93% (high); 30% is enough for an answer.",
        "Of the question's words, rare ones weighing more, the marked sentence holds 80% and the "
        "best passage 90%.",
        "The nearest sentence is similar to the question by 0.61 of 1; the model's word for it "
        "counts 100% in this language.",
        "Read beside the question, the best sentence of the first passage and its neighbours "
        "answer it with 95%.",
        "Passages searched: 31.",
    ]
    assert lines[-1] == (
        "   citation 0123456789abcdef, score 3.10 (shared words 7.20, "
        "passage similarity 0.61, best sentence similarity 0.00)"
    )
    read = replace(citation(), scores=Scores(3.1, 7.2, 0.61, 0.5, reading=0.95))
    lines = lines_of(answer(read), Terminal(width=200), explain=True)
    assert lines[-1].endswith("best sentence similarity 0.50, read as an answer 0.95)")


def test_a_title_made_from_the_file_name_is_not_repeated() -> None:
    source = Source("a/some-name.txt", "Some name", "text/plain", "0" * 64, False)
    assert lines_of(answer(citation(source=source, heading_path=())))[3].startswith("   ▌ ")


class TestHostileDocument:
    """Terminal escapes, hyperlinks, clipboard writes and bidirectional overrides inside a document
    are escaped on a terminal."""

    HOSTILE = "\x1b[2J\x1b]8;;http://e.vil\x1b\\x\x1b]52;c;aGk=\x07\u202e\x9b1m\r\nnext"

    @pytest.mark.parametrize("color", [False, True])
    def test_wherever_it_stands(self, color: bool) -> None:
        hostile = self.HOSTILE
        shown = answer(
            citation(
                hostile,
                source=Source(hostile, hostile, "text/plain", "0" * 64, True),
                heading_path=(hostile,),
                evidence=(SourceSpan(101, 110),),
                also_in=(Place(hostile, SourceSpan(0, 1), Lines(1, 1)),),
            ),
            reason=Reason.BELOW_THRESHOLD,
        )
        around = {"0123456789abcdef": Surroundings(hostile, hostile)}
        terminal = Terminal(color=color, links=color)
        for line in lines_of(shown, terminal, surroundings=around, explain=True):
            own = STYLES.sub("", line)
            assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", own)
            assert "http://e.vil" not in "".join(STYLES.findall(line))

    def test_a_path_is_percent_encoded_in_a_link(self) -> None:
        lines = lines_of(answer(citation()), Terminal(color=True, links=True))
        assert "\x1b]8;;file:///root%20of%20it/a/b%20c.txt\x1b\\" in lines[2]


class Stream(io.StringIO):
    """A text stream that may be a terminal."""

    def __init__(self, encoding: str, *, terminal: bool = True) -> None:
        super().__init__()
        self._encoding, self._terminal = encoding, terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("variables", "is_terminal", "no_color", "color", "links"),
    [
        ({"TERM": "xterm"}, True, False, True, True),
        ({"TERM": "linux"}, True, False, True, False),
        ({"TERM": "dumb"}, True, False, False, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False, False, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, False, True, True),
        ({"TERM": "xterm"}, True, True, False, False),
        ({"TERM": "xterm"}, False, False, False, False),
    ],
)
def test_colours_and_links_only_where_they_can_be_shown(
    variables: dict[str, str], is_terminal: bool, no_color: bool, color: bool, links: bool
) -> None:
    stream = Stream("utf-8", terminal=is_terminal)
    found = terminal_of(stream, variables, no_color=no_color)
    assert (found.color, found.links) == (color, links)


def test_marks_that_cannot_be_written_are_replaced() -> None:
    assert terminal_of(Stream("latin-1"), {}).marks is ASCII
