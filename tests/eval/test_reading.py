"""The reader's training: examples match their labels, and the shipped network is the trained
one."""

import json
import random
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import eval.reading.__main__ as command
from eval.calibration.sources import LEARNT, LabelledSet, load
from eval.reading.examples import Example, Kind, examples, save, saved
from eval.reading.network import Network, padded, ship, shipped
from eval.reading.outside import articles, write
from eval.reading.questions import Collection, Maker
from eval.reading.training import _batches, _ranking, train
from qa.reader.network import Reader
from qa.reader.rows import MULTILINGUAL
from qa_index.encoding import multilingual
from qa_index.encoding.onnx_engine import open_session

TOKENIZER = multilingual.open_tokenizer()
PIECES = multilingual.open_packed().pieces()
TRADES = ("spices", "glass", "salt", "amber", "paper")


def write_set(folder: Path, articles: int) -> Path:
    """Articles of three towns each; every town has an answerable question and one that is not."""
    (folder / "qrels").mkdir(parents=True)
    corpus, queries, qrels = [], [], ["query-id\tcorpus-id\tscore"]
    for number in range(3 * articles):
        document, town = f"article {number // 3}#{number % 3}", f"Townville{number}"
        text = (
            f"{town} lies by a river. Its {1000 + number} people trade in {TRADES[number % 5]}. "
            f"It rains in {town} from May on."
        )
        corpus.append({"_id": document, "title": f"Land {number // 3}", "text": text})
        queries += [
            {"_id": f"q{number}", "text": f"What do people of {town} trade in?",
             "answers": [TRADES[number % 5]]},
            {"_id": f"n{number}", "text": f"Who founded {town}?",
             "answerable": False, "source_doc": document},
        ]  # fmt: skip
        qrels.append(f"q{number}\t{document}\t1")
    for name, lines in (("corpus", corpus), ("queries", queries)):
        written = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(written, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> LabelledSet:
    return load(write_set(tmp_path_factory.mktemp("data") / "towns", articles=20))


@pytest.fixture(scope="module")
def made(labelled: LabelledSet) -> list[Example]:
    return list(examples(labelled, TOKENIZER, random.Random(0)))


def said(pieces: np.ndarray[tuple[int], np.dtype[np.int32]]) -> str:
    return "".join(PIECES[each] for each in pieces.tolist()).replace("\u2581", " ").strip()


def text_of(example: Example) -> str:
    return said(example.row)


class TestExamples:
    def test_every_question_is_read_and_some_twice(self, made: list[Example]) -> None:
        counts = {kind: sum(each.kind is kind for each in made) for kind in Kind}
        assert (counts[Kind.ANSWERED], counts[Kind.OWN], counts[Kind.MISSED]) == (60, 60, 0)
        assert 10 < counts[Kind.NEIGHBOUR] < 45
        assert 10 < counts[Kind.SWAPPED] < 45

    def test_an_answer_is_where_it_is_said_to_be(self, made: list[Example]) -> None:
        for each in made:
            first, last = each.answer
            if each.answered:
                assert said(each.row[first : last + 1]).strip(".") in TRADES
                begin, end = each.evidence
                assert said(each.row[begin : end + 1]).startswith("Its 1")
                assert said(each.row[begin : end + 1]).endswith(".")
            else:
                assert each.answer == each.evidence == (0, 0)

    def test_a_neighbour_is_of_the_article_and_does_not_answer(self, made: list[Example]) -> None:
        for each in (each for each in made if each.kind is Kind.NEIGHBOUR):
            question, text = said(each.row[: each.begin]), said(each.row[each.begin :])
            own = int("".join(filter(str.isdigit, question.partition("</s>")[0])))
            other = int(text.split("Townville")[1].split()[0].strip("."))
            assert own != other
            assert own // 3 == other // 3

    def test_most_are_read_under_their_title(self, made: list[Example]) -> None:
        titled = np.mean(["</s> Land" in text_of(each) for each in made])
        assert 0.6 < titled < 0.9

    def test_a_question_has_a_number_of_its_own(self, made: list[Example]) -> None:
        asked: dict[int, set[str]] = {}
        for each in made:
            asked.setdefault(each.group, set()).add(text_of(each).partition("</s>")[0])
        assert all(len(questions) == 1 for questions in asked.values())

    def test_they_can_be_kept(self, made: list[Example], tmp_path: Path) -> None:
        save(made, tmp_path / "rows.npz")
        for kept, each in zip(saved(tmp_path / "rows.npz"), made, strict=True):
            assert kept.row.tolist() == each.row.tolist()
            assert (kept.kind, kept.group, kept.begin, kept.answer, kept.evidence) == (
                each.kind, each.group, each.begin, each.answer, each.evidence
            )  # fmt: skip

    def test_they_are_repeatable(self, labelled: LabelledSet, made: list[Example]) -> None:
        again = examples(labelled, TOKENIZER, random.Random(0))
        assert [text_of(each) for each in again] == [text_of(each) for each in made]


def test_no_article_is_both_learnt_from_and_asked_about(tmp_path: Path) -> None:
    for name, share in LEARNT.items():
        folder = write_set(tmp_path / name, articles=40)
        learnt, asked = (
            {
                (q.about or min(q.gold)).partition("#")[0]
                for q in load(folder, learnt=each).questions
            }
            for each in (True, False)
        )
        assert learnt.isdisjoint(asked)
        assert len(learnt | asked) == 40
        assert learnt
        assert bool(asked) == (share < 1)


LEASE = """# Lease

## Rent

The rent is 900 euros a month. It is due on the third working day.

## Ending

The tenant may end the lease with three months' notice. The landlord may end it only for own use.
"""

RENT = {
    "id": "1",
    "question": "When do I have to pay?",
    "answerable": True,
    "gold": [{"path": "lease.md", "quote": "It is due on the third working day."}],
}
PETS = {"id": "2", "question": "May the tenant keep a dog?", "answerable": False, "gold": []}


class TestQuestions:
    @pytest.fixture
    def made(self, tmp_path: Path) -> list[Example]:
        (tmp_path / "lease.md").write_text(LEASE, encoding="utf-8")
        (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n")
        maker = Maker(Collection(tmp_path), TOKENIZER, random.Random(0))
        return list(maker.make([RENT, PETS], first_group=7))

    def test_the_answer_is_read_beside_what_shares_its_words(self, made: list[Example]) -> None:
        answered, *others = (each for each in made if each.group == 7)
        begin, end = answered.evidence
        assert answered.answered
        assert said(answered.row[begin : end + 1]) == RENT["gold"][0]["quote"]  # type: ignore[index]
        assert others
        assert {each.kind for each in others} == {Kind.NEIGHBOUR}
        assert not any("third working day" in text_of(each) for each in others)

    def test_what_has_no_answer_is_read_as_such(self, made: list[Example]) -> None:
        asked = [each for each in made if each.group == 8]
        assert asked
        assert {(each.kind, each.answer, each.evidence) for each in asked} == {
            (Kind.OWN, (0, 0), (0, 0))
        }

    def test_passages_are_read_under_their_headings(self, made: list[Example]) -> None:
        assert any("</s> Lease - Ending</s>" in text_of(each) for each in made)

    def test_a_question_without_its_passage_is_left_out(self, tmp_path: Path) -> None:
        (tmp_path / "lease.md").write_text(LEASE, encoding="utf-8")
        maker = Maker(Collection(tmp_path), TOKENIZER, random.Random(0))
        gold = [{"path": "lease.md", "quote": "not there"}]
        assert list(maker.make([RENT | {"gold": gold}], first_group=0)) == []


class TestOutside:
    def test_a_set_is_written_as_it_is_read(self, tmp_path: Path) -> None:
        asked = [
            {"question": "Wo?", "answers": [{"text": "Hier"}, {"text": "Hier"}]},
            {"question": "Wann?", "answers": [{"text": "gestern"}]},
        ]
        data = {"data": [{"title": "Ort", "paragraphs": [{"context": "Hier.", "qas": asked}]}]}
        content = json.dumps(data).encode()
        # A question whose answer does not stand in its paragraph is left out.
        assert write(articles("some.json", content), tmp_path / "some") == 1
        its = load(tmp_path / "some")
        assert [(each.text, each.answers) for each in its.questions] == [("Wo?", ("Hier",))]
        assert [each.title for each in its.documents.values()] == ["Ort"]


@pytest.fixture
def untaught() -> Network:
    torch.manual_seed(0)
    return Network().eval()


def opened(path: Path) -> Reader:
    return Reader(open_session(path), TOKENIZER, multilingual.open_words())


def test_what_is_shipped_says_what_was_trained(
    tmp_path: Path, untaught: Network, made: list[Example]
) -> None:
    ship(untaught, tmp_path / "r")
    rows = [each.row for each in made[:20]]
    with torch.inference_mode():
        logits, ends = untaught(*padded(rows, 16))
    shipped = [opened(tmp_path / "r").outputs(row.tolist()) for row in rows]
    assert [logit for logit, _ in shipped] == pytest.approx(logits.tolist(), abs=0.1)
    for (_, its), row, trained in zip(shipped, rows, ends, strict=True):
        assert its == pytest.approx(trained[: len(row)].numpy(), abs=0.3)


def test_what_is_shipped_can_be_trained_further(
    tmp_path: Path, untaught: Network, made: list[Example]
) -> None:
    ship(untaught, tmp_path / "r")
    rows = [each.row for each in made[:20]]
    with torch.inference_mode():
        before, ends = untaught(*padded(rows, 16))
        after, its = shipped(tmp_path / "r").eval()(*padded(rows, 16))
    assert after.tolist() == pytest.approx(before.tolist(), abs=0.05)
    assert torch.allclose(its, ends, atol=0.1)


class TestTraining:
    def test_the_rows_of_a_question_are_in_one_batch(self, made: list[Example]) -> None:
        batches = _batches(made)
        found = [{each.group for each in batch} for batch in batches]
        assert sum(map(len, found)) == len(set().union(*found))
        assert sorted(id(each) for batch in batches for each in batch) == sorted(map(id, made))

    def test_the_answer_is_ranked_among_those_of_its_question(self) -> None:
        batch = [SimpleNamespace(group=group) for group in (1, 1, 1, 2, 2)]
        answered = torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0])
        logits = torch.tensor([2.0, 0.0, 1.0, 3.0, 3.0])
        own = [np.exp(2) / (np.exp(2) + 1 + np.e), 0.5]
        expected = -np.log(own).sum() / 5
        assert float(_ranking(batch, logits, answered)) == pytest.approx(expected)  # type: ignore[arg-type]
        assert float(_ranking(batch, logits, torch.ones(5))) == 0  # type: ignore[arg-type]

    def test_it_can_be_stopped_and_taken_up_again(
        self, tmp_path: Path, made: list[Example]
    ) -> None:
        some = made[:80]
        told: list[str] = []
        for state, stops in (("whole", 0), ("parts", 3)):
            torch.manual_seed(0)
            network = Network()
            for _ in range(stops):
                assert not train(network, some, tmp_path / state, until=0, tell=told.append)
                network = Network()
            assert train(network, some, tmp_path / state, tell=told.append)
        whole, parts = (torch.load(tmp_path / state)["network"] for state in ("whole", "parts"))
        assert all(torch.allclose(whole[name], parts[name], atol=1e-6) for name in whole)
        assert told


def test_the_best_span_is_found_where_the_answer_is_overlapped() -> None:
    begin, end = MULTILINGUAL.begin, MULTILINGUAL.end
    row = np.array([begin, 5, end, 6, 7, 8, end], np.int32)
    ends = np.zeros((7, 3), np.float32)
    ends[[0, 3, 4], [0, 0, 1]] = 9, 2, 2  # places before the text do not count
    for place, share in (((4, 5), 1.0), ((5, 5), 0.0), ((3, 3), 1.0)):
        each = Example(Kind.ANSWERED, 0, row, 3, place, place)
        assert command.found([each], [ends]) == share
    assert command.found([], []) is None


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in command.REPORTED:
        write_set(tmp_path / "data" / name, articles=12)
    monkeypatch.setattr(command, "FIRST_ROWS", 32)
    monkeypatch.setattr(command, "SECOND_ROWS", 64)
    where = {"data": "data", "documents": "docs", "work": "work", "network": "r", "out": "results"}
    options = [part for key, name in where.items() for part in (f"--{key}", str(tmp_path / name))]
    assert command.main([*options, "--minutes", "0"]) == 0
    assert "stopped" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()
    assert command.main(options) == 0
    told = capsys.readouterr()
    assert "left out" in told.err
    for measured in json.loads(told.out).values():
        assert measured["trained"].keys() == measured["shipped"].keys() >= {"own", "neighbour"}
        assert 0 <= measured["found"] <= 1
    options[options.index("--work") + 1] = str(tmp_path / "further")
    assert command.main([*options, "--further"]) == 0
    assert not (tmp_path / "further/first.pt").exists()
    trade = opened(tmp_path / "r").read("What do they trade in?", "They trade in salt.")
    assert np.isfinite(trade.logit)
