import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_eval import (
    Candidate,
    LabelError,
    LabelSession,
    QuestionSetError,
    Span,
    label,
    load_questions,
    resolve,
)
from qa_eval.labelling import mark
from tests.eval.builders import TEXT, sentence, text_of


def candidate(first: int) -> Candidate:
    """Three sentences of ``TEXT``."""
    start, end = sentence(first).start, sentence(first + 2).end
    spans = tuple(sentence(number) for number in range(first, first + 3))
    return Candidate("a.txt", start, TEXT[start:end], spans)


CANDIDATES = [candidate(number) for number in (0, 10, 20, 30)]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "mine.jsonl"


class TestSession:
    def test_what_is_written_is_a_question_set(self, output: Path) -> None:
        session = LabelSession(CANDIDATES, output)
        passage = session.current
        assert passage is not None
        session.add(" What is said? ", passage.sentences[1], ["number", " ", "number "])
        session.add_unanswerable("Why is it said?")
        read = resolve(load_questions(output), text_of)
        first, second = read.questions
        assert (first.id, first.text, first.tags) == ("q0001", "What is said?", ("number",))
        assert first.gold[0].quote == passage.sentence(passage.sentences[1])
        assert (second.id, second.answerable) == ("q0002", False)

    def test_goes_on_where_it_was_left(self, output: Path) -> None:
        whole = LabelSession(CANDIDATES, output)
        seen = []
        while whole.current is not None:
            seen.append(whole.current.key)
            whole.done()
        (output.parent / "mine.jsonl.progress").unlink()

        resumed = []
        for _ in CANDIDATES:
            session = LabelSession(CANDIDATES, output)
            assert session.current is not None
            resumed.append(session.current.key)
            session.add("What?", session.current.sentences[0])
            session.done()
        assert resumed == seen
        assert LabelSession(CANDIDATES, output).current is None
        assert [q.id for q in load_questions(output).questions] == [f"q000{n}" for n in range(1, 5)]

    def test_the_seed_draws_the_order(self, output: Path) -> None:
        firsts = {
            session.current.key
            for seed in range(20)
            if (session := LabelSession(CANDIDATES, output, seed=seed)).current
        }
        assert firsts == {passage.key for passage in CANDIDATES}

    def test_goes_on_in_a_set_written_by_hand(self, output: Path) -> None:
        output.write_text('{"id": "q0041", "question": "x", "answerable": false}')
        session = LabelSession(CANDIDATES, output)
        assert session.add_unanswerable("y").id == "q0042"
        assert [q.id for q in load_questions(output).questions] == ["q0041", "q0042"]

    def test_a_failure_leaves_the_set_as_it_was(
        self, output: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session = LabelSession(CANDIDATES, output)
        session.add_unanswerable("first")
        before = output.read_bytes()

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            session.add_unanswerable("second")
        assert output.read_bytes() == before
        assert len(session.questions) == 1

    def test_an_empty_question_and_a_place_elsewhere_are_refused(self, output: Path) -> None:
        session = LabelSession(CANDIDATES[:1], output)
        with pytest.raises(LabelError, match="at least one word"):
            session.add_unanswerable("  ")
        with pytest.raises(LabelError, match="is not inside"):
            session.add("What?", Span(90, 150))
        session.done()
        with pytest.raises(LabelError, match="all passages are done"):
            session.add("What?", Span(0, 5))
        assert not output.exists()

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [("{", "not JSON.*delete it"), ('{"schema": "x", "done": []}', "not the progress")],
    )
    def test_damaged_progress_is_named(self, output: Path, content: str, complaint: str) -> None:
        output.with_name("mine.jsonl.progress").write_text(content)
        with pytest.raises(QuestionSetError, match=complaint):
            LabelSession(CANDIDATES, output)


class TestMark:
    def test_sentences_and_words(self) -> None:
        passage = candidate(10)
        assert mark(passage, " 2 ") == sentence(11)
        assert mark(passage, "1-2") == Span(sentence(10).start, sentence(11).end)
        assert mark(passage, "Sentence 012") == Span(sentence(12).start, sentence(12).start + 12)

    @pytest.mark.parametrize(
        ("answer", "complaint"),
        [
            ("0", "numbered 1 to 3"),
            ("4", "numbered 1 to 3"),
            ("3-2", "numbered 1 to 3"),
            ("nowhere", "do not stand in the passage"),
            ("", "do not stand in the passage"),
            ("something else", "more than once"),
        ],
    )
    def test_what_is_no_place(self, answer: str, complaint: str) -> None:
        with pytest.raises(LabelError, match=complaint):
            mark(candidate(10), answer)


def typing(*lines: str) -> Callable[[str], str]:
    """A reader of input that returns the lines, then signals the end of input."""
    waiting = iter(lines)

    def read(_: str) -> str:
        try:
            return next(waiting)
        except StopIteration:
            raise EOFError from None

    return read


class TestDialogue:
    def test_a_session(self, output: Path) -> None:
        shown: list[str] = []
        session = LabelSession(CANDIDATES, output)
        first = session.current
        assert first is not None
        lines = ["What?", "9", "2", "number, easy", "?Why not?", "", "", "Where?", "1", "", ":q"]
        assert label(session, read=typing(*lines), write=shown.append) == 3
        questions = load_questions(output).questions
        assert [q.text for q in questions] == ["What?", "Why not?", "Where?"]
        assert questions[0].tags == ("number", "easy")
        assert questions[0].gold[0].start == first.sentences[1].start
        assert questions[2].gold[0].path == "a.txt"
        assert "sentences are numbered 1 to 3." in shown
        assert session.remaining == 3

    def test_ends_with_the_input_and_with_the_passages(self, output: Path) -> None:
        session = LabelSession(CANDIDATES, output)
        assert label(session, read=typing("What?"), write=lambda _: None) == 0
        assert label(session, read=typing("", "", "", ""), write=lambda _: None) == 0
        assert session.current is None
        progress = json.loads(output.with_name("mine.jsonl.progress").read_text())
        assert len(progress["done"]) == 4

    def test_an_empty_unanswerable_question_is_not_saved(self, output: Path) -> None:
        shown: list[str] = []
        session = LabelSession(CANDIDATES, output)
        assert label(session, read=typing("?", "", ":q"), write=shown.append) == 0
        assert "Not saved: a question has at least one word." in shown

    def test_control_characters_of_documents_are_shown_escaped(self, output: Path) -> None:
        shown: list[str] = []
        hostile = Candidate("x.txt", 0, "a\x1b[2Jb", (Span(0, 6),))
        label(LabelSession([hostile], output), read=typing(":q"), write=shown.append)
        assert "a\\x1b[2Jb" in shown[1]
        assert "\x1b" not in "".join(shown)


class TestPrompts:
    """Input that does not match the current prompt is understood."""

    def session(self, output: Path, *lines: str) -> tuple[LabelSession, list[str]]:
        shown: list[str] = []
        session = LabelSession(CANDIDATES, output)
        label(session, read=typing(*lines), write=shown.append)
        return session, shown

    @pytest.mark.parametrize(
        "second", ["Who came?", " Who came? ", "Wer kam？", "من جاء؟", "Is it one, or two?"]
    )
    def test_a_question_in_place_of_tags_is_the_next_question(
        self, output: Path, second: str
    ) -> None:
        session, shown = self.session(output, "What?", "1", second, "2", "easy", ":q")
        assert [(q.text, q.tags) for q in session.questions] == [
            ("What?", ()),
            (second.strip(), ("easy",)),
        ]
        assert "Saved as q0001 without tags. That is taken as the next question." in shown

    def test_also_one_without_an_answer(self, output: Path) -> None:
        session, _ = self.session(output, "What?", "1", "?Why not", "", ":q")
        assert [(q.text, q.answerable) for q in session.questions] == [
            ("What?", True),
            ("Why not", False),
        ]

    @pytest.mark.parametrize(
        ("reply", "written"),
        [
            ("t", [("What?", ("name of the baker",))]),
            ("Q", [("What?", ()), ("name of the baker", ("easy",))]),
        ],
    )
    def test_several_words_are_asked_back(
        self, output: Path, reply: str, written: list[tuple[str, tuple[str, ...]]]
    ) -> None:
        prompts: list[str] = []
        rest = ["2", "easy"] if reply == "Q" else []
        waiting = iter(["What?", "1", "name of the baker", "perhaps", reply, *rest, ":q"])

        def read(prompt: str) -> str:
            prompts.append(prompt)
            return next(waiting)

        session = LabelSession(CANDIDATES, output)
        label(session, read=read, write=lambda _: None)
        assert [(q.text, q.tags) for q in session.questions] == written
        assert prompts.count("Is that a tag (t) or the next question (q)? ") == 2

    @pytest.mark.parametrize("line", ["number, name of a person, easy", "two words", "name"])
    def test_tags_are_not_asked_about(self, output: Path, line: str) -> None:
        session, _ = self.session(output, "What?", "1", line, ":q")
        assert session.questions[0].tags == tuple(tag.strip() for tag in line.split(","))

    @pytest.mark.parametrize("end", [[":q", "Not asked"], []])
    def test_stop_at_the_tags_keeps_the_question(self, output: Path, end: list[str]) -> None:
        session, _ = self.session(output, "What?", "1", *end)
        assert [(q.text, q.tags) for q in session.questions] == [("What?", ())]

    @pytest.mark.parametrize("end", [[":q", "Not asked"], []])
    def test_stop_where_tags_are_asked_back_keeps_the_question(
        self, output: Path, end: list[str]
    ) -> None:
        session, _ = self.session(output, "What?", "1", "name of the baker", *end)
        assert [(q.text, q.tags) for q in session.questions] == [("What?", ())]

    def test_stop_at_the_place_keeps_nothing(self, output: Path) -> None:
        session, _ = self.session(output, "What?", ":q", "Not asked")
        assert session.questions == ()

    def test_an_empty_place_drops_the_question(self, output: Path) -> None:
        session, shown = self.session(output, "What?", "", "Who?", "1", "", ":q")
        assert [q.text for q in session.questions] == ["Who?"]
        assert "Not saved: no place was given." in shown


class TestShown:
    TEXT = "One word follows another here. " * 3 + "A-very-long-word-that-fits-nowhere."

    def passage(self) -> Candidate:
        spans = (*(Span(100 + 31 * n, 130 + 31 * n) for n in range(3)), Span(193, 100 + 128))
        return Candidate("notes/a.txt", 100, self.TEXT, spans, location="notes/a.txt:7")

    def shown(self, output: Path, width: int) -> list[str]:
        shown: list[str] = []
        session = LabelSession([self.passage()], output)
        label(session, read=typing(":q"), write=shown.append, width=width)
        return [line for text in shown for line in text.split("\n")]

    def test_lines_break_between_words(self, output: Path) -> None:
        lines = self.shown(output, 24)
        start = lines.index("   1  One word follows")
        assert lines[start : start + 3] == [
            "   1  One word follows",
            "      another here.",
            "   2  One word follows",
        ]
        assert max(map(len, lines)) <= 24

    def test_the_place_is_told_as_path_and_line(self, output: Path) -> None:
        assert "notes/a.txt:7  (1 to go)" in self.shown(output, 80)
