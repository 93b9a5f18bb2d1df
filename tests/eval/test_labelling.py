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
    """Types the lines, then ends the input."""
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
