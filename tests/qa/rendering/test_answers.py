"""Rendering of answers, from records made by hand."""

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa.answering.surroundings import Surroundings
from qa.answers import Answer, Citation, Confidence, Explanation, IndexUsed, Reason, Scores, Status
from qa.places import Lines, Place, Source, SourceSpan
from qa.rendering.answers import HINT, NEAREST, render_answer
from qa.rendering.characters import width
from qa.rendering.terminal import ASCII, Terminal, terminal_of
from qa.rendering.view import view_of
from qa.turns import CarriedOver
from qa.values import Agreement, NormalValue, ValueGroup, ValueKind, ValueMember, VersionSource
from qa_index.records import Correction, DateSource

QUOTE = "The forum was held in Mexico City. It gathered 300 people. Then it ended."
STYLES = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;;[^\x1b]*\x1b\\")


def citation(quote: str = QUOTE, *, stale: bool = False, **changes: object) -> Citation:
    values: dict[str, object] = {
        "id": "0123456789abcdef",
        "rank": 1,
        "quote": quote,
        "quote_sha256": hashlib.sha256(quote.encode()).hexdigest(),
        "source": Source("a/b c.txt", "A title", "text/plain", "0" * 64, stale),
        "span": SourceSpan(100, 100 + len(quote)),
        "lines": Lines(7, 7),
        "heading_path": ("Part", "Chapter"),
        "evidence": (SourceSpan(135, 158),),
        "scores": Scores(3.1, 7.2, 0.61, -0.001),
        "also_in": (),
        "root": "/root of it",
    }
    return Citation(**{**values, **changes})  # type: ignore[arg-type]


def answer(*citations: Citation, reason: Reason | None = None) -> Answer:
    return Answer(
        explanation=Explanation(0.61, 0.95, 0.8, 0.9, 1.0, 31, 0.3, 0.61),
        question="Where?",
        status=Status.ANSWERED if reason is None else Status.NO_ANSWER,
        reason=reason,
        confidence=Confidence.HIGH if reason is None else Confidence.LOW,
        probability=0.934,
        citations=citations,
        index=IndexUsed(1, "m"),
    )


def lines_of(
    shown: Answer,
    terminal: Terminal | None = None,
    *,
    here: str = "/root of it",
    surroundings: Mapping[str, Surroundings] | None = None,
    **how: bool,
) -> list[str]:
    view = view_of(shown, here=Path(here), surroundings=surroundings)
    return render_answer(view, terminal or Terminal(), **how)


def plain(lines: list[str]) -> list[str]:
    return [STYLES.sub("", line) for line in lines]


def found(rank: int, **changes: Any) -> Citation:
    return citation(rank=rank, id=f"{rank:016x}", **changes)


class TestScreen:
    def test_an_answer_as_a_whole(self) -> None:
        shown = answer(found(1), found(2, heading_path=(), lines=Lines(3, 4)))
        assert lines_of(shown, Terminal(width=44)) == [
            "Very likely (93%)",
            "",
            "1  a/b c.txt:7  A title › Part › Chapter",
            "   ▌ It gathered 300 people.",
            "",
            "2  a/b c.txt:3  A title",
            "   │ It gathered 300 people.",
        ]

    def test_it_says_which_words_were_read_as_others(self) -> None:
        shown = replace(answer(found(1)), corrections=(Correction("rety", "retry"),))
        assert lines_of(shown)[1] == '"rety" is in no document; read as "retry"'
        assert shown.to_dict()["corrections"] == [{"written": "rety", "read": "retry"}]

    def test_it_says_with_which_questions_it_was_read(self) -> None:
        after = CarriedOver(("Who built it? \x1b[2J",), (), ())
        shown = replace(answer(found(1)), after=after)
        told = 'Read with the question before: "Who built it? \\x1b[2J"'
        assert lines_of(shown)[1] == told
        long = replace(shown, after=CarriedOver(("word " * 50, "when?"), (), ()))
        for columns in (20, 44, 80):
            lines = lines_of(long, Terminal(width=columns))
            assert max(map(width, lines)) <= columns
            assert '"when?"' in " ".join(lines)
        assert shown.to_dict()["after"] == after.to_dict()

    def test_on_a_terminal_the_last_line_says_how_to_see_more(self) -> None:
        lines = lines_of(answer(found(1)), Terminal(interactive=True))
        assert lines[-2:] == ["", HINT.format(1)]
        person = Terminal(interactive=True)
        assert lines_of(answer(found(1), found(2)), person)[-1] == HINT.format(2)
        assert lines_of(answer(found(1)), person, hint=False) == lines[:-2]
        assert HINT[:9] not in "".join(lines_of(answer(reason=Reason.NO_MATCH), person))

    def test_the_words_that_answer_are_emphasised(self) -> None:
        shown = answer(found(1, answer_span=SourceSpan(147, 150)))
        lines = lines_of(shown, Terminal(color=True))
        assert lines[3].endswith("It gathered \x1b[1;4m300\x1b[0m people.")
        bold = lines_of(answer(found(1)), Terminal(color=True))[3]
        assert bold.endswith("\x1b[1mIt gathered 300 people.\x1b[0m")

    def test_sentences_that_do_not_follow_one_another_are_set_apart(self) -> None:
        both = (SourceSpan(100, 134), SourceSpan(159, 173))
        assert lines_of(answer(found(1, evidence=both)))[3:] == [
            "   ▌ The forum was held in Mexico City.",
            "   …",
            "   ▌ Then it ended.",
        ]

    def test_of_two_sentences_the_one_that_answers_is_shown_for_another_passage(self) -> None:
        both = (SourceSpan(100, 134), SourceSpan(135, 158))
        one = found(2, evidence=both, answer_span=SourceSpan(147, 157))
        assert lines_of(answer(found(1), one))[-1] == "   ▌ It gathered 300 people."
        one = found(2, evidence=both)
        shown = replace(answer(found(1), one), question="Which city was the forum held in?")
        assert lines_of(shown)[-1] == "   │ The forum was held in Mexico City."

    def test_the_line_is_that_of_the_sentence(self) -> None:
        quote = "One.\r\nTwo.\n\nThree."
        one = found(1, quote=quote, evidence=(SourceSpan(112, 118),))
        assert lines_of(answer(one))[2].startswith("1  a/b c.txt:10  ")

    def test_a_long_sentence_is_cut_between_words(self) -> None:
        quote = "word " * 400 + "end."
        whole = (SourceSpan(100, 100 + len(quote)),)
        lines = lines_of(answer(*(found(n, quote=quote, evidence=whole) for n in (1, 2, 3))))
        assert len(lines) <= 22
        assert lines[-1].endswith("word word …")
        assert max(map(width, lines)) <= 80

    @pytest.mark.parametrize("place", [0, 900, 1990])
    def test_the_words_that_answer_stay_in_sight(self, place: int) -> None:
        quote = "word " * 400
        quote = quote[:place] + "Rollo " + quote[place:]
        span = SourceSpan(100 + place, 105 + place)
        one = found(1, quote=quote, evidence=(SourceSpan(100, 100 + len(quote)),), answer_span=span)
        for lines in (lines_of(answer(one)), lines_of(answer(found(1), replace(one, rank=2)))):
            cut = [line for line in lines if "…" in line]
            assert any("Rollo" in line for line in lines)
            assert cut
            assert max(map(width, lines)) <= 80

    def test_five_passages_fit_a_screen(self) -> None:
        quote = "This sentence goes on and on about the harbour, the ferry and its ships. " * 3
        whole = (SourceSpan(100, 100 + len(quote)),)
        places = tuple(Place(f"{name}.txt", SourceSpan(0, 1), Lines(3, 3)) for name in "pqrst")
        five = [found(n, quote=quote, evidence=whole, also_in=places) for n in range(1, 6)]
        assert len(lines_of(answer(*five), Terminal(height=24, interactive=True))) <= 22

    def test_more_than_a_screen_holds_is_not_left_out(self) -> None:
        lines = lines_of(answer(*(found(n) for n in range(1, 41))))
        assert [line[:2] for line in lines if line[:1].isdigit()] == [
            f"{n:<2}" for n in range(1, 41)
        ]

    def test_a_long_heading_path_keeps_its_inner_end(self) -> None:
        headings = ("An outer heading of some length", "A middle one", "Inner")
        shown = answer(found(1, heading_path=headings), found(2, heading_path=headings))
        lines = lines_of(shown, Terminal(width=50))
        assert lines[2] == "1  a/b c.txt:7  … › A middle one › Inner"
        assert lines[-2] == "2  a/b c.txt:7  … › A middle one › Inner"
        lines = lines_of(shown, Terminal(width=40, marks=ASCII))
        assert lines[2:4] == ["1  a/b c.txt:7", "   ... > A middle one > Inner"]
        assert lines[-2] == "2  a/b c.txt:7  ... > Inner"


class TestPlaces:
    @pytest.mark.parametrize(
        ("here", "place"),
        [
            ("/root of it", "a/b c.txt:7"),
            ("/root of it/a", "b c.txt:7"),
            ("/root of it/z", "../a/b c.txt:7"),
            ("/", "root of it/a/b c.txt:7"),
            ("/w/x/y/z/some/where/else", "/root of it/a/b c.txt:7"),
        ],
    )
    def test_a_path_is_told_as_seen_from_here(self, here: str, place: str) -> None:
        also = (Place("a/b c.txt", SourceSpan(0, 1), Lines(9, 9)),)
        for full in (False, True):
            lines = lines_of(answer(found(1, also_in=also)), here=here, full=full)
            assert lines[2].startswith(f"1  {place}")
            assert lines[-1] == f"   also in: {place[:-1]}9"

    def test_other_places_of_the_same_text(self) -> None:
        places = tuple(Place(f"{name}.txt", SourceSpan(0, 1), Lines(3, 3)) for name in "pqrst")
        shown = answer(found(1, also_in=places), found(2, also_in=places[:1], heading_path=()))
        lines = lines_of(shown)
        assert lines[4] == "   also in: p.txt:3, q.txt:3 (+3)"
        assert lines[-2] == "2  a/b c.txt:7  A title · also in: p.txt:3"


class TestSureness:
    @pytest.mark.parametrize(
        ("probability", "told"),
        [
            (0.999, "Very likely (over 99%)"),
            (0.9, "Very likely (90%)"),
            (0.78, "Likely (78%)"),
            (0.655, "Likely (66%)"),
            (0.41, "Uncertain (41%)"),
            (0.31, "Unlikely (31%)"),
            (0.04, "Very unlikely (4%)"),
            (0.001, "Very unlikely (under 1%)"),
            (0.0, "Very unlikely (0%)"),
            (1.0, "Very likely (100%)"),
        ],
    )
    def test_words_mean_their_percentage(self, probability: float, told: str) -> None:
        assert lines_of(replace(answer(found(1)), probability=probability))[0] == told

    def test_no_answer_says_so_and_how_sure_and_what_to_do(self) -> None:
        nearest = replace(answer(found(1), reason=Reason.BELOW_THRESHOLD), probability=0.04)
        assert lines_of(nearest) == [
            "No answer. An answer here is very unlikely (4%); 30% is needed.",
            "Ask in other words, add documents, or accept less with `--min-confidence low`.",
            "",
            NEAREST,
            "1  a/b c.txt:7  A title › Part › Chapter",
            "   │ It gathered 300 people.",
        ]
        assert lines_of(nearest, Terminal(width=60))[0] == "No answer."

    def test_an_empty_index_names_the_command_that_fills_it(self) -> None:
        lines = lines_of(answer(reason=Reason.EMPTY_INDEX))
        remedy = "The index holds no text; add documents with `qa index PATH`."
        assert lines == ["No answer.", remedy]


def member(rank: int, quote: str, value: str, **changes: Any) -> ValueMember:
    start = quote.index(value)
    span = SourceSpan(100 + start, 100 + start + len(value))
    none: dict[str, Any] = {"date": None, "date_from": None, "version": None, "version_from": None}
    sentence = SourceSpan(100, 100 + len(quote))
    told = {**none, "copies": 0, **changes}
    return ValueMember(rank, f"{rank:016x}", span, value, sentence, quote, **told)


def group(*members: ValueMember) -> ValueGroup:
    return ValueGroup(members[0].text, NormalValue(number="30", unit="day"), members)


class TestValues:
    """Each value is shown with how many passages hold it, which, and their dates; no verdict."""

    def lines(self, *groups: ValueGroup, **how: Any) -> list[str]:
        agreement = Agreement(ValueKind.DURATION, groups)
        shown = replace(answer(found(1), found(2), found(3)), agreement=agreement)
        return lines_of(shown, Terminal(**how))

    def test_by_how_many_passages_they_are_held(self) -> None:
        stated = {"date": "2024-03-01", "date_from": DateSource.FRONT_MATTER}
        lines = self.lines(
            group(
                member(1, "It ends after 30 days.", "30 days", **stated),
                member(3, "Thirty days are enough.", "Thirty days"),
            ),
            group(
                member(
                    2,
                    "It ends after 60 days.",
                    "60 days",
                    date="2019",
                    date_from=DateSource.FILE_NAME,
                    version="2.1",
                    version_from=VersionSource.TITLE,
                )
            ),
        )
        assert lines[1:3] == [
            "2 passages: 30 days  [1] 2024-03-01 (front matter), [3]",
            "1 passage: 60 days  [2] 2019 (file name), version 2.1 (title)",
        ]

    def test_on_a_narrow_terminal_the_passages_have_lines_of_their_own(self) -> None:
        changed = {"date": "2024-03-01", "date_from": DateSource.MTIME}
        lines = self.lines(group(member(1, "30 days", "30 days", **changed)), width=40)
        assert lines[1:3] == ["1 passage: 30 days", "   [1] 2024-03-01 (file changed)"]

    def test_copies_are_no_witnesses_of_their_own(self) -> None:
        quotes = "It ends after 30 days.", "It  ends after 30 days."
        twice = (member(rank, quote, "30 days") for rank, quote in enumerate(quotes, 1))
        [line] = self.lines(group(*twice))[1:2]
        assert line.startswith("2 passages in the same words: 30 days")
        three = (member(rank, quotes[0], "30 days") for rank in (1, 2))
        other = member(3, "Thirty days.", "Thirty days", copies=2)
        [line] = self.lines(group(*three, other))[1:2]
        told = "3 passages in 2 wordings and 2 copies of the same text: 30 days"
        assert line.startswith(told)

    def test_control_characters_of_a_value_are_escaped(self) -> None:
        [line] = self.lines(group(member(1, "30\x1b[2J days", "30\x1b[2J days")))[1:2]
        assert "\x1b" not in line
        assert "30" in line

    def test_without_an_agreement_there_are_none(self) -> None:
        assert not any("passage" in line for line in lines_of(answer(found(1), found(2))))


class TestMarkdown:
    QUOTE = (
        '1\\. The <a name="x"></a>[lessor](http://e.org) may **end** it <!-- so -->within 30 days.'
    )

    def shown(self, terminal: Terminal, media_type: str = "text/markdown", **how: Any) -> str:
        source = Source("a.md", "A", media_type, "0" * 64, False)
        start = 100 + self.QUOTE.index("30 days")
        one = found(
            1,
            quote=self.QUOTE,
            source=source,
            evidence=(SourceSpan(100, 100 + len(self.QUOTE)),),
            answer_span=SourceSpan(start, start + 7),
        )
        return "\n".join(lines_of(answer(one), terminal, **how))

    @pytest.mark.parametrize("full", [False, True])
    def test_marks_are_left_out_on_a_terminal_alone(self, full: bool) -> None:
        wide = Terminal(width=100, interactive=True)
        assert "1. The lessor may end it within 30 days." in self.shown(wide, full=full)
        assert self.QUOTE in self.shown(Terminal(width=100), full=full)
        assert self.QUOTE in self.shown(wide, "text/plain", full=full)

    @pytest.mark.parametrize("full", [False, True])
    def test_the_words_that_answer_move_along(self, full: bool) -> None:
        wide = Terminal(width=100, interactive=True, color=True)
        assert "\x1b[1;4m30 days\x1b[0m" in self.shown(wide, full=full)

    def test_lines_of_a_sentence_are_joined_on_a_terminal_alone(self) -> None:
        quote = "It gathered\n   300\npeople."
        one = found(1, quote=quote, evidence=(SourceSpan(100, 100 + len(quote)),))
        assert "   ▌ It gathered 300 people." in lines_of(answer(one), Terminal(interactive=True))
        assert lines_of(answer(one))[3:] == ["   ▌ It gathered", "   ▌    300", "   ▌ people."]


class TestWholePassages:
    def test_an_answer_as_a_whole(self) -> None:
        assert lines_of(answer(citation()), Terminal(width=44), full=True) == [
            "Very likely (93%)",
            "",
            "1  a/b c.txt:7  A title › Part › Chapter",
            "   ▌ The forum was held in Mexico City. It",
            "   ▌ gathered 300 people. Then it ended.",
        ]

    def test_evidence_is_marked_at_the_margin_and_bold_where_there_is_colour(self) -> None:
        lines = lines_of(answer(citation()), Terminal(width=26, color=True), full=True)[4:]
        assert plain(lines) == [
            "│ The forum was held in",
            "▌ Mexico City. It gathered",
            "▌ 300 people. Then it",
            "│ ended.",
        ]
        bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", "\n".join(lines))
        assert bold == ["It gathered", "300 people."]

    def test_what_stands_around_a_quote_is_told_apart_from_it(self) -> None:
        around = {"0123456789abcdef": Surroundings("Before it.\n\n", " After it.")}
        lines = lines_of(answer(citation()), surroundings=around, full=True)
        assert lines[3:5] == ["   before the quote:", "     Before it."]
        assert lines[-2:] == ["   after the quote:", "     After it."]


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("interactive", [False, True])
@pytest.mark.parametrize("columns", [20, 39, 40, 80])
@pytest.mark.parametrize(
    "text", ["日本語の文章です。", "שלום עולם, ", "\U0001f468\u200d\U0001f469 e\u0301 "]
)
def test_every_line_but_the_place_fits(
    columns: int, text: str, interactive: bool, full: bool
) -> None:
    quote = text * 30
    whole = (SourceSpan(100, 100 + len(quote)),)
    span = SourceSpan(200, 203)
    one = citation(quote, heading_path=(text * 9, text), evidence=whole, answer_span=span)
    shown = answer(one, replace(one, rank=2), reason=Reason.BELOW_THRESHOLD)
    around = {"0123456789abcdef": Surroundings("what came before " * 9, " and after" * 9)}
    terminal = Terminal(width=columns, interactive=interactive)
    for which in (shown, replace(shown, status=Status.ANSWERED)):
        lines = lines_of(which, terminal, surroundings=around, full=full, explain=True)
        assert max(map(width, lines)) <= columns


def test_a_changed_source_is_told() -> None:
    for full in (False, True):
        lines = lines_of(answer(citation(stale=True)), full=full)
        assert lines[2].startswith("1  a/b c.txt:7 (changed or gone since it was indexed)")


@pytest.mark.parametrize(
    ("standardised", "told"),
    [
        (0.61, None),
        (0.2, "in this index, that is as much as 0.20 under all-MiniLM-L6-v2."),
        (None, "What that is worth under this model is not known, so it did not count."),
    ],
)
def test_it_is_explained_what_similarity_is_judged_by(
    standardised: float | None, told: str | None
) -> None:
    given = answer(citation())
    explanation = replace(given.explanation, standardised_similarity=standardised)
    lines = lines_of(replace(given, explanation=explanation), Terminal(width=200), explain=True)
    doubts = [line for line in lines if "as much as" in line or "did not count" in line]
    assert len(doubts) == (told is not None)
    assert all(told in line for line in doubts if told)


def test_explained_scores_are_in_words() -> None:
    lines = lines_of(answer(citation()), Terminal(width=200), explain=True)
    assert lines[1:6] == [
        "Probability that the first passage answers it: 93% (band high); 30% is enough.",
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
    twice = replace(answer(citation()).explanation, second_reading=0.4)
    lines = lines_of(replace(answer(citation()), explanation=twice), explain=True)
    assert "Read by the multilingual network, too: 40%." in lines
    read = replace(citation(), scores=Scores(3.1, 7.2, 0.61, 0.5, reading=0.95))
    lines = lines_of(answer(read), Terminal(width=200), explain=True)
    assert lines[-1].endswith("best sentence similarity 0.50, read as an answer 0.95)")


@pytest.mark.parametrize(
    ("standardised", "told"), [(None, "under this model is not known"), (0.4, "as much as 0.40")]
)
def test_what_is_judged_by_the_index_is_told(standardised: float | None, told: str) -> None:
    shown = answer(citation())
    explained = replace(shown.explanation, standardised_similarity=standardised)
    lines = lines_of(replace(shown, explanation=explained), Terminal(width=200), explain=True)
    assert sum(told in line for line in lines) == 1
    assert not any(told in line for line in lines_of(shown, explain=True))


def test_a_title_made_from_the_file_name_is_not_repeated() -> None:
    source = Source("a/some-name.txt", "Some name", "text/plain", "0" * 64, False)
    lines = lines_of(answer(citation(source=source, heading_path=())))
    assert lines[2] == "1  a/some-name.txt:7"


class TestHostileDocument:
    """Terminal escapes, hyperlinks, clipboard writes and bidirectional overrides inside a document
    are escaped on a terminal."""

    HOSTILE = "\x1b[2J\x1b]8;;http://e.vil\x1b\\x\x1b]52;c;aGk=\x07\u202e\x9b1m\r\nnext"

    @pytest.mark.parametrize("media_type", ["text/plain", "text/markdown"])
    @pytest.mark.parametrize("full", [False, True])
    @pytest.mark.parametrize("color", [False, True])
    def test_wherever_it_stands(self, color: bool, full: bool, media_type: str) -> None:
        hostile = f"{self.HOSTILE} &#27;]52;c;x&#7; &#x9b;1m"
        shown = answer(
            citation(
                hostile,
                source=Source(hostile, hostile, media_type, "0" * 64, True),
                heading_path=(hostile,),
                evidence=(SourceSpan(101, 110),),
                also_in=(Place(hostile, SourceSpan(0, 1), Lines(1, 1)),),
                answer_span=SourceSpan(103, 106),
            ),
        )
        around = {"0123456789abcdef": Surroundings(hostile, hostile)}
        terminal = Terminal(color=color, links=color, interactive=True)
        for which in (shown, replace(shown, status=Status.NO_ANSWER)):
            for line in lines_of(which, terminal, surroundings=around, explain=True, full=full):
                own = STYLES.sub("", line)
                assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", own)
                assert "http://e.vil" not in "".join(STYLES.findall(line))

    def test_a_path_is_percent_encoded_in_a_link(self) -> None:
        lines = lines_of(answer(citation()), Terminal(color=True, links=True))
        assert "\x1b]8;;file:///root%20of%20it/a/b%20c.txt\x1b\\" in lines[2]

    def test_no_control_character_comes_through_in_a_link(self) -> None:
        name = "a\x1b\\\x07\x9b\u202e\udcff\n.txt"
        link = Terminal(links=True).link("x", Path("/", name))
        assert link == ("\x1b]8;;file:///a%1B%5C%07%C2%9B%E2%80%AE%FF%0A.txt\x1b\\x\x1b]8;;\x1b\\")


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
