from dataclasses import replace

import pytest

from qa_eval import Gold, Question, QuestionSet, QuestionSetError, check, resolve
from tests.eval.builders import TEXT, text_of

TWICE = "Sentence one.\nAgain and\tagain. Sentence one."


def the_set(*gold: Gold) -> QuestionSet:
    return QuestionSet("the set", (Question("q1", "Who?", True, gold, where="set.jsonl:3"),))


def located(gold: Gold) -> Gold:
    return resolve(the_set(gold), {"t": TWICE}.get).questions[0].gold[0]


class TestResolve:
    def test_a_quote_gets_its_span(self) -> None:
        assert located(Gold("t", "Again")) == Gold("t", "Again", 14, 19)

    def test_a_span_gets_its_quote(self) -> None:
        assert located(Gold("t", start=14, end=19)).quote == "Again"

    def test_start_picks_one_of_two(self) -> None:
        assert located(Gold("t", "Sentence one.", 31)).end == 44

    def test_a_document_stays_one(self) -> None:
        assert located(Gold("t")).is_document

    def test_resolving_again_changes_nothing(self) -> None:
        once = resolve(the_set(Gold("t", "Again")), {"t": TWICE}.get)
        assert resolve(once, {"t": TWICE}.get) == once

    @pytest.mark.parametrize(
        ("gold", "complaint"),
        [
            (Gold("t", "nowhere"), '"nowhere" is not in "t"; copy it from the source'),
            (Gold("t", "again and again"), "with other white space, case or Unicode forms"),
            (Gold("t", "Sentence one."), r"stands more than once in \"t\" \(at 0 and 31\)"),
            (Gold("t", "Again", 15), 'does not stand at 15 of "t"'),
            (Gold("t", "Again", 14, 20), 'does not stand at 14 of "t"'),
            (Gold("t", start=14, end=99), 'goes past the end of "t", 44 characters long'),
        ],
    )
    def test_a_label_at_the_wrong_place_names_question_and_line(
        self, gold: Gold, complaint: str
    ) -> None:
        with pytest.raises(QuestionSetError, match=complaint) as caught:
            located(gold)
        assert str(caught.value).startswith('set.jsonl:3: question "q1": ')

    def test_an_unknown_source_beside_known_ones(self) -> None:
        both = the_set(Gold("a.txt", TEXT[:33]), Gold("gone.txt", "x"))
        with pytest.raises(QuestionSetError, match=r'source "gone\.txt" is not indexed'):
            check(both, text_of)

    def test_a_set_for_another_index(self) -> None:
        other = the_set(Gold("x.txt", "x"), Gold("y.txt", "y"))
        with pytest.raises(QuestionSetError, match=r"none of the 2 sources .* another index"):
            check(other, text_of)

    def test_every_problem_is_kept_and_the_first_shown(self) -> None:
        bad = the_set(*(Gold("t", f"missing {number}") for number in range(5)))
        with pytest.raises(QuestionSetError, match=r"missing 0.*\(and 4 more\)") as caught:
            check(bad, {"t": TWICE}.get)
        assert len(caught.value.problems) == 5

    def test_each_source_is_read_once(self) -> None:
        read: list[str] = []

        def reading(path: str) -> str:
            read.append(path)
            return TWICE

        check(the_set(Gold("t", "Again"), Gold("t", "again.")), reading)
        assert read == ["t"]

    def test_a_set_without_labels_needs_no_source(self) -> None:
        nothing = the_set()
        unanswerable = replace(nothing.questions[0], answerable=False)
        check(replace(nothing, questions=(unanswerable,)), lambda _: None)
