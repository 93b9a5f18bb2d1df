import json
from pathlib import Path
from typing import Any

import pytest

from qa_eval import (
    Gold,
    QuestionSetError,
    beir_documents,
    load_beir,
    load_questions,
    load_squad,
    load_trec,
    squad_documents,
)
from qa_eval.fields import MAX_LINE
from tests.eval.builders import write

LINE = {"id": "q1", "question": "Who?", "gold": [{"path": "a.txt", "quote": "Ada"}]}


def native(folder: Path, *lines: dict[str, Any] | str) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return write(folder / "set.jsonl", *texts)


class TestOwnFormat:
    def test_reads_every_field(self, tmp_path: Path) -> None:
        path = native(
            tmp_path,
            LINE
            | {
                "answerable": True,
                "tags": ["name", "name", "easy"],
                "answers": ["Ada"],
                "gold": [
                    {"path": "a.txt", "quote": "Ada", "grade": 2, "part": "x"},
                    {"path": "b.txt", "start": 3, "end": 9, "grade": 2, "part": "x"},
                    {"path": "c.txt", "quote": "Bo", "start": 4},
                ],
            },
            {"id": "q2", "question": "Why?", "answerable": False},
        )
        first, second = load_questions(path).questions
        assert first.gold == (
            Gold("a.txt", "Ada", None, None, 2, "x"),
            Gold("b.txt", None, 3, 9, 2, "x"),
            Gold("c.txt", "Bo", 4, None, 1, "#3"),
        )
        assert first.tags == ("name", "easy")
        assert first.answers == ("Ada",)
        assert first.where == f"{path}:1"
        assert not second.answerable
        assert second.gold == ()

    def test_blank_lines_and_byte_order_mark_are_no_error(self, tmp_path: Path) -> None:
        path = native(tmp_path, "\ufeff" + json.dumps(LINE), "", "  ")
        assert [question.id for question in load_questions(path).questions] == ["q1"]

    @pytest.mark.parametrize(
        ("line", "complaint"),
        [
            ('{"id": "q1"', "not JSON"),
            ("[1]", "expected a JSON object"),
            ('{"id": "a", "id": "b"}', '"id" stands twice'),
            ('{"id": NaN}', "NaN is no JSON number"),
            ("[" * 100_000, "nested too deeply"),
            (LINE | {"awnserable": True}, 'unknown field "awnserable"'),
            (LINE | {"id": ""}, '"id" must be a string'),
            (LINE | {"id": 7}, '"id" must be a string'),
            (LINE | {"question": " \n"}, '"question" must be a string'),
            ({"id": "q1", "gold": LINE["gold"]}, '"question" is missing'),
            (LINE | {"answerable": "yes"}, '"answerable" must be true or false'),
            (LINE | {"answerable": False}, '"gold" on a question with "answerable": false'),
            (LINE | {"gold": []}, 'no "gold"'),
            (LINE | {"gold": {}}, '"gold" must be a list'),
            (LINE | {"gold": ["a.txt"]}, "gold 1: expected a JSON object"),
            (LINE | {"gold": [{"quote": "Ada"}]}, 'gold 1: "path" is missing'),
            (LINE | {"gold": [{"path": "a", "qoute": "Ada"}]}, 'unknown field "qoute"'),
            (LINE | {"gold": [{"path": "a", "quote": ""}]}, '"quote" must be a string'),
            (LINE | {"gold": [{"path": "a", "start": 3}]}, '"start" and "end" go together'),
            (LINE | {"gold": [{"path": "a", "end": 3}]}, '"start" and "end" go together'),
            (LINE | {"gold": [{"path": "a", "start": 3, "end": 3}]}, '"end" must be greater'),
            (LINE | {"gold": [{"path": "a", "start": -1, "end": 3}]}, '"start" must be'),
            (LINE | {"gold": [{"path": "a", "quote": "x", "end": 3}]}, '"end" without "start"'),
            (LINE | {"gold": [{"path": "a", "quote": "x", "grade": 0}]}, '"grade" must be'),
            (LINE | {"gold": [{"path": "a", "quote": "x", "grade": True}]}, '"grade" must be'),
            (LINE | {"gold": [{"path": "a"}, {"path": "a", "quote": "x"}]}, "all whole documents"),
            (
                LINE
                | {
                    "gold": [
                        {"path": "a", "quote": "x", "part": "p"},
                        {"path": "a", "quote": "y", "part": "p", "grade": 2},
                    ]
                },
                "different grades",
            ),
            (LINE | {"tags": "number"}, '"tags" must be a list'),
            (LINE | {"tags": [""]}, '"tags" must be a list of strings'),
        ],
    )
    def test_a_malformed_line_is_named(
        self, tmp_path: Path, line: dict[str, Any] | str, complaint: str
    ) -> None:
        path = native(tmp_path, LINE | {"id": "q0"}, line)
        with pytest.raises(QuestionSetError) as caught:
            load_questions(path)
        assert str(caught.value).startswith(f"{path}:2: ")
        assert complaint in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_duplicate_ids_name_both_lines(self, tmp_path: Path) -> None:
        path = native(tmp_path, LINE, LINE | {"id": "q2"}, LINE)
        with pytest.raises(QuestionSetError, match=r':3: id "q1" stands already at .*:1'):
            load_questions(path)

    def test_an_empty_set_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(QuestionSetError, match="the set is empty"):
            load_questions(native(tmp_path, ""))

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(QuestionSetError, match=r"nothing\.jsonl: cannot be read"):
            load_questions(tmp_path / "nothing.jsonl")

    def test_bytes_that_are_no_utf8_are_named(self, tmp_path: Path) -> None:
        path = tmp_path / "set.jsonl"
        path.write_bytes(b'{"id": "\xff"}\n')
        with pytest.raises(QuestionSetError, match="not UTF-8 at byte 9"):
            load_questions(path)

    def test_an_endless_line_is_not_read_whole(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert MAX_LINE <= 100 * 1024 * 1024
        monkeypatch.setattr("qa_eval.fields.MAX_LINE", 1000)
        with pytest.raises(QuestionSetError, match=":2: line longer than 1000 bytes"):
            load_questions(native(tmp_path, LINE, "x" * 5000))


class TestHash:
    def test_does_not_depend_on_order_or_name(self, tmp_path: Path) -> None:
        second = LINE | {"id": "q2"}
        one = load_questions(native(tmp_path / "one", LINE, second))
        other = load_questions(native(tmp_path / "other", second, LINE))
        assert one.sha256 == other.sha256

    @pytest.mark.parametrize(
        "change", [{"question": "What?"}, {"tags": ["x"]}, {"gold": [{"path": "b", "quote": "A"}]}]
    )
    def test_depends_on_questions_and_labels(self, tmp_path: Path, change: dict[str, Any]) -> None:
        one = load_questions(native(tmp_path / "one", LINE))
        other = load_questions(native(tmp_path / "other", LINE | change))
        assert one.sha256 != other.sha256

    def test_takes_a_lone_surrogate(self, tmp_path: Path) -> None:
        path = native(tmp_path, '{"id": "q", "question": "\\ud800?", "answerable": false}')
        assert len(load_questions(path).sha256) == 64


class TestBeir:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        write(
            tmp_path / "corpus.jsonl",
            '{"_id": "d1", "title": "One", "text": "First", "metadata": {}}',
            '{"_id": "d2", "text": ""}',
        )
        write(
            tmp_path / "queries.jsonl",
            '{"_id": "1", "text": "one?", "answers": ["First"], "metadata": {"url": "x"}}',
            '{"_id": "2", "text": "two?"}',
            '{"_id": "3", "text": "three?", "answerable": false, "answers": []}',
        )
        write(
            tmp_path / "qrels" / "test.tsv",
            "query-id\tcorpus-id\tscore",
            "1\td1\t2",
            "1\td2\t1",
            "2\td1\t0",
        )
        return tmp_path

    def test_documents_come_in_order(self, folder: Path) -> None:
        assert list(beir_documents(folder)) == [("d1", "One", "First"), ("d2", "", "")]

    def test_gold_is_documents_with_grades(self, folder: Path) -> None:
        question_set = load_beir(folder)
        first, third = question_set.questions
        assert first.gold == (Gold("d1", grade=2, part="d1"), Gold("d2", grade=1, part="d2"))
        assert first.by_document
        assert first.answers == ("First",)
        assert third.id == "3"
        assert not third.answerable

    def test_queries_without_a_relevant_document_are_left_out(self, folder: Path) -> None:
        question_set = load_beir(folder)
        assert [question.id for question in question_set.questions] == ["1", "3"]
        assert question_set.left_out == 1

    def test_a_missing_split_names_those_there_are(self, folder: Path) -> None:
        with pytest.raises(QuestionSetError, match=r"dev\.tsv: no such file; splits here are test"):
            load_beir(folder, "dev")

    def test_a_folder_that_is_no_set(self, tmp_path: Path) -> None:
        with pytest.raises(QuestionSetError, match="is this a BEIR folder"):
            load_beir(tmp_path)

    @pytest.mark.parametrize(
        ("line", "complaint"),
        [
            ("1\td1", ":5: expected query-id"),
            ("1\td1\thigh", ":5: expected query-id"),
            ("1\td1\t1", ':5: document "d1" is judged twice for "1"'),
            ("9\td1\t1", 'query "9" is not in'),
            ("3\td1\t1", '"answerable" is false, but "d1" is relevant'),
        ],
    )
    def test_a_wrong_judgment_is_named(self, folder: Path, line: str, complaint: str) -> None:
        with (folder / "qrels" / "test.tsv").open("a") as file:
            file.write(line + "\n")
        with pytest.raises(QuestionSetError, match=complaint):
            load_beir(folder)

    def test_no_relevant_document_at_all(self, folder: Path) -> None:
        write(folder / "queries.jsonl", '{"_id": "2", "text": "two?"}')
        write(folder / "qrels" / "test.tsv", "2\td1\t0")
        with pytest.raises(QuestionSetError, match="no question has a relevant document"):
            load_beir(folder)

    def test_a_document_twice(self, folder: Path) -> None:
        write(folder / "corpus.jsonl", *['{"_id": "d1", "text": "x"}'] * 2)
        with pytest.raises(QuestionSetError, match=':2: document "d1" stands twice'):
            list(beir_documents(folder))


class TestTrec:
    QRELS = ("301 0 d1 1", "301 0 d2 0", "302 0 d9 2")

    @pytest.mark.parametrize(
        "topics",
        [
            (
                "<top>",
                "<num> Number: 301",
                "<title> Topic: Organized",
                "Crime",
                "<desc> Description:",
                "Longer.",
                "</top>",
                "<top><num>302</num><desc>Only described</desc></top>",
                "<top><num>303<title>Not judged</top>",
            ),
            ("301\tOrganized Crime", "302\tOnly described", "303\tNot judged"),
        ],
        ids=["classic", "tab-separated"],
    )
    def test_topics(self, tmp_path: Path, topics: tuple[str, ...]) -> None:
        question_set = load_trec(
            write(tmp_path / "topics", *topics), write(tmp_path / "qrels", *self.QRELS)
        )
        first, second = question_set.questions
        assert (first.id, first.text) == ("301", "Organized Crime")
        assert first.gold == (Gold("d1", part="d1"),)
        assert second.text == "Only described"
        assert second.gold[0].grade == 2
        assert question_set.left_out == 1

    @pytest.mark.parametrize(
        ("topics", "qrels", "complaint"),
        [
            ("301 no tab", "301 0 d1 1", "topics:1: expected id, a tab"),
            ("<top><title>x</top>", "301 0 d1 1", "topics:1: a topic needs a number"),
            ("301\tx", "301 0 d1", "qrels:1: expected topic, iteration"),
            ("301\tx", "301 0 d1 1.5", "qrels:1: expected topic, iteration"),
            ("301\tx", "7 0 d1 1", "names no relevant document for any topic"),
            ("301\tx", "301 0 d1 0", "names no relevant document for any topic"),
            ("301\tx\n301\ty", "301 0 d1 1", 'topics:2: id "301" stands already'),
        ],
    )
    def test_errors_name_file_and_line(
        self, tmp_path: Path, topics: str, qrels: str, complaint: str
    ) -> None:
        with pytest.raises(QuestionSetError, match=complaint):
            load_trec(write(tmp_path / "topics", topics), write(tmp_path / "qrels", qrels))


SQUAD_QUESTION: dict[str, Any] = {
    "id": "x",
    "question": "Who?",
    "is_impossible": False,
    "answers": [{"text": "Ada", "answer_start": 0}, {"text": "Ada", "answer_start": 0}],
}
SQUAD_IMPOSSIBLE: dict[str, Any] = {
    "id": "y",
    "question": "Why?",
    "is_impossible": True,
    "answers": [],
    "plausible_answers": [],
}


class TestSquad:
    def file(self, folder: Path, *questions: dict[str, Any], context: str = "Ada wrote.") -> Path:
        paragraph = {"context": context, "qas": list(questions)}
        data = {"version": "v2.0", "data": [{"title": "Ada_L", "paragraphs": [paragraph]}]}
        return write(folder / "squad.json", json.dumps(data))

    def test_paragraphs_are_documents_and_gold(self, tmp_path: Path) -> None:
        path = self.file(tmp_path, SQUAD_QUESTION, SQUAD_IMPOSSIBLE)
        assert list(squad_documents(path)) == [("Ada_L#0", "Ada L", "Ada wrote.")]
        first, second = load_squad(path).questions
        assert first.gold == (Gold("Ada_L#0", part="Ada_L#0"),)
        assert first.answers == ("Ada",)
        assert not second.answerable

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"answers": [{"text": "Ada", "answer_start": 4}]}, '"Ada" does not stand at 4'),
            ({"answers": []}, "no answer, and not marked as impossible"),
            ({"id": None}, '"id" is missing'),
        ],
    )
    def test_errors_name_the_question(
        self, tmp_path: Path, change: dict[str, Any], complaint: str
    ) -> None:
        with pytest.raises(QuestionSetError, match=complaint) as caught:
            load_squad(self.file(tmp_path, SQUAD_QUESTION | change))
        assert 'paragraph "Ada_L#0", question 1' in str(caught.value)

    def test_a_file_that_is_no_json(self, tmp_path: Path) -> None:
        with pytest.raises(QuestionSetError, match="not JSON"):
            load_squad(write(tmp_path / "squad.json", "{"))
