"""The reader's training: examples match their labels, and the shipped network is the trained
one."""

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import decoders

from eval.calibration.sources import LEARNT, LabelledSet, load
from eval.reading.__main__ import main
from eval.reading.ends import add_ends, found
from eval.reading.examples import Example, Kind, examples
from eval.reading.network import Network, ship
from eval.reading.training import padded
from qa.reader.network import NETWORK, Reader, open_tokenizer, word_vectors
from qa.reader.rows import CLS, SEP
from qa_index.encoding.models import packaged
from qa_index.encoding.onnx_engine import open_session

TOKENIZER = open_tokenizer(packaged())
TOKENIZER.decoder = decoders.WordPiece()
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


def text_of(example: Example) -> str:
    return TOKENIZER.decode(example.row.tolist(), skip_special_tokens=False)


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
                assert TOKENIZER.decode(each.row[first : last + 1].tolist()) in TRADES
            else:
                assert each.answer == (0, 0)

    def test_a_neighbour_is_of_the_article_and_does_not_answer(self, made: list[Example]) -> None:
        for each in (each for each in made if each.kind is Kind.NEIGHBOUR):
            question, text = text_of(each).removeprefix("[CLS] ").split("[SEP]")[:2]
            own = int("".join(filter(str.isdigit, question)))
            other = int(text.split("townville")[1].split()[0].strip("."))
            assert own != other
            assert own // 3 == other // 3

    def test_most_are_read_under_their_title(self, made: list[Example]) -> None:
        titled = np.mean(["[SEP] land" in text_of(each) for each in made])
        assert 0.6 < titled < 0.9

    def test_they_are_repeatable(self, labelled: LabelledSet, made: list[Example]) -> None:
        again = examples(labelled, TOKENIZER, random.Random(0))
        assert [text_of(each) for each in again] == [text_of(each) for each in made]


def test_no_article_is_both_learnt_from_and_asked_about(tmp_path: Path) -> None:
    for name in LEARNT:
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
        assert asked


@pytest.fixture
def untaught() -> Network:
    torch.manual_seed(0)
    return Network().eval()


def opened(path: Path) -> Reader:
    return Reader(open_session(path), TOKENIZER, word_vectors(packaged()))


def test_what_is_shipped_says_what_was_trained(
    tmp_path: Path, untaught: Network, made: list[Example]
) -> None:
    ship(untaught, tmp_path / "r")
    add_ends(tmp_path / "r", made, word_vectors(packaged()))
    rows = [each.row for each in made[:20]]
    with torch.inference_mode():
        trained = untaught(padded(rows))[0].tolist()
    shipped = [opened(tmp_path / "r").outputs(row.tolist())[0] for row in rows]
    assert shipped == pytest.approx(trained, abs=0.1)


class TestEnds:
    def test_they_are_learnt_and_change_nothing_else(
        self, tmp_path: Path, made: list[Example]
    ) -> None:
        path = tmp_path / "r"
        shutil.copy(NETWORK, path)
        before = [opened(path).outputs(each.row.tolist())[0] for each in made[:20]]
        answered = [each for each in made if each.placed]
        learnt, unseen = answered[:40], answered[40:]
        add_ends(path, learnt, word_vectors(packaged()))
        outputs = [opened(path).outputs(each.row.tolist()) for each in made]
        assert [logit for logit, _ in outputs[:20]] == before
        ends = {id(each): its for each, (_, its) in zip(made, outputs, strict=True)}
        assert found(unseen, [ends[id(each)] for each in unseen]) == 1
        assert [each.name for each in tmp_path.iterdir()] == ["r"]

    def test_they_are_found_where_the_answer_is_overlapped(self) -> None:
        row = np.array([CLS, 5, SEP, 6, 7, 8, SEP])
        ends = np.zeros((7, 2), np.float32)
        ends[[0, 3, 4], [0, 0, 1]] = 9, 2, 2  # positions before the text do not count
        for place, share in (((4, 5), 1.0), ((5, 5), 0.0), ((3, 3), 1.0)):
            assert found([Example(Kind.ANSWERED, row, place)], [ends]) == share


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in LEARNT:
        write_set(tmp_path / name, articles=12)
    where = ["--network", str(tmp_path / "r"), "--out", str(tmp_path / "results")]
    assert main(["--data", str(tmp_path), "--examples", "96", *where]) == 0
    report = json.loads(capsys.readouterr().out)
    for measured in report.values():
        assert measured["trained"].keys() == measured["shipped"].keys() >= {"own", "neighbour"}
        assert 0 <= measured["found"] <= 1
    trade = opened(tmp_path / "r").read("What do they trade in?", "They trade in salt.")
    assert np.isfinite(trade.logit)
    assert main(["--data", str(tmp_path), "--ends", *where]) == 0
    report = json.loads(capsys.readouterr().out)
    assert all("trained" not in measured for measured in report.values())
    assert opened(tmp_path / "r").read("What do they trade in?", "They trade in salt.").logit == (
        trade.logit
    )
    # No intermediate files are left.
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*LEARNT, "r", "results"])
