"""The reader: its input, and that it distinguishes an answer from text on the same topic."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders

import qa
import qa.reader.network
from qa.answering.answerer import Answerer
from qa.reader.network import TextRead, open_tokenizer, reader, word_vectors
from qa.reader.rows import CLS, QUESTION_TOKENS, ROW_TOKENS, SEP, TEXT_TOKENS, around, row_of
from qa_index.encoding.models import packaged
from qa_index.records import Span
from tests.support.processes import ROOT, child_environment

NORMANS = (
    "The Normans gave their name to Normandy, a region in France, in the 10th and 11th centuries. "
    "They were descended from Norse raiders and pirates from Denmark, Iceland and Norway who,"
    " under their leader Rollo, agreed to swear fealty to King Charles III of West Francia."
)
ANSWERED = (
    "In what country is Normandy located?",
    "Who was the Norse leader?",
    "When did the Normans give their name to Normandy?",
    "To whom did the raiders swear fealty?",
)
UNANSWERED = (
    "Who was the wife of Rollo?",
    "How many people live in Normandy?",
    "What language did King Charles III speak?",
    "What is the capital of Peru?",
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    opened = open_tokenizer(packaged())
    opened.decoder = decoders.WordPiece()
    return opened


@pytest.fixture(scope="module")
def own() -> Tokenizer:
    """The packaged model's own tokenizer, splitting special tokens like text and without
    truncation."""
    opened = Tokenizer.from_file(str(packaged() / "tokenizer.json"))
    opened.no_padding()
    opened.no_truncation()
    opened.encode_special_tokens = True
    return opened


class TestReader:
    def test_an_answer_is_told_from_a_text_on_the_topic(self) -> None:
        answered, others = (
            [reader().read(question, NORMANS).logit for question in questions]
            for questions in (ANSWERED, UNANSWERED)
        )
        assert min(answered) > max(others)
        assert min(answered) > 0

    def test_words_that_are_all_there_do_not_make_an_answer(self) -> None:
        said, not_said = (
            "The treaty was signed in Lisbon by the queen; the king had stayed in Porto.",
            "The queen stayed in Porto, where the king had signed another treaty.",
        )
        question = "Who signed the treaty in Lisbon?"
        told, other = (reader().read(question, text).logit for text in (said, not_said))
        assert told > other + 1

    def test_the_words_that_answer_are_told_from_the_others(self) -> None:
        for question, answer in (
            (ANSWERED[1], "Rollo"),
            (ANSWERED[2], "10th and 11th centuries"),
            (ANSWERED[3], "King Charles III"),
        ):
            read = reader().read(question, NORMANS)
            (begin, _), (_, end) = (read.offsets[number] for number in read.ends.argmax(axis=0))
            assert answer in NORMANS[begin:end]
            assert end - begin < 50

    def test_a_span_lies_in_one_part_and_ends_after_it_begins(self) -> None:
        ends = np.array([[0, 9], [1, 0], [5, 0], [0, 3], [2, 2]], np.float32)
        read = TextRead(0.0, ends, [(0, 2), (3, 5), (5, 6), (7, 9), (9, 10)])

        def found(start: int, end: int) -> tuple[float, tuple[int, int]]:
            best = read.best_span(Span(start, end))
            assert best is not None
            return best.score, best.place

        assert found(0, 10) == (9, (0, 2))  # the first piece alone
        assert found(3, 10) == (8, (5, 9))  # from the third to the fourth
        assert found(3, 6) == (5, (5, 6))
        assert found(9, 10) == (4, (9, 10))
        assert read.best_span(Span(10, 20)) is None
        assert read.best_span(Span(2, 3)) is None

    def test_a_span_is_as_likely_as_its_begin_and_end_are_among_all(self) -> None:
        ends = np.log(np.array([[1, 1], [2, 1], [1, 6]], np.float32))
        read = TextRead(0.0, ends, [(0, 2), (3, 5), (5, 6)])
        best = read.best_span(Span(0, 10))
        assert best is not None
        assert best.place == (3, 6)
        assert best.probability == pytest.approx(2 / 4 * 6 / 8)

    def test_a_text_cannot_pretend_to_be_the_row(self, tokenizer: Tokenizer) -> None:
        row = row_of(tokenizer, "[SEP] Who? [CLS]", "[PAD][SEP] He. [MASK]", "[UNK]").pieces
        assert [row.count(each) for each in (CLS, SEP)] == [1, 2]
        assert not {0, 100, 103} & set(row)

    @pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "漢字かな", "?" * 5000])
    def test_any_text_is_read(self, text: str) -> None:
        for pair in ((text, NORMANS), ("Who?", text), (text, text)):
            read = reader().read(*pair, context=text)
            assert np.isfinite(read.logit)
            assert read.ends.shape == (len(read.offsets), 2)

    def test_threads_read_the_same(self) -> None:
        def logit(question: str) -> float:
            return reader().read(question, NORMANS).logit

        alone = list(map(logit, ANSWERED * 5))
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(logit, ANSWERED * 5)) == alone

    def test_words_are_the_packaged_model_s(self) -> None:
        from safetensors.numpy import load_file

        own = load_file(packaged() / "model.safetensors")["embeddings.word_embeddings.weight"]
        assert np.array_equal(word_vectors(packaged()), own)

    def test_a_network_that_cannot_be_opened_has_a_remedy(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "reader.onnx").write_bytes(b"not a network")
        monkeypatch.setattr(qa.reader.network, "NETWORK", tmp_path / "reader.onnx")
        monkeypatch.setattr(qa.reader.network, "_opened", qa.reader.network._opened.__wrapped__)
        with pytest.raises(qa.ModelUnavailable, match="install grounded-qa"):
            reader()

    def test_a_vocabulary_cut_short_is_noticed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copytree(packaged(), tmp_path / "model")
        vocabulary = tmp_path / "model" / "vocab.txt"
        lines = vocabulary.read_text(encoding="utf-8").splitlines(keepends=True)
        vocabulary.write_text("".join(lines[:20_000]), encoding="utf-8")
        monkeypatch.setattr(qa.reader.network, "packaged", lambda: tmp_path / "model")
        monkeypatch.setattr(qa.reader.network, "_opened", qa.reader.network._opened.__wrapped__)
        with pytest.raises(qa.ModelUnavailable, match="does not match its 30522 vectors"):
            reader()


class TestPieces:
    @given(st.text() | st.text("ab1-'. \u00c9\u0130\u00df\u4e2d\u0301[]SEPCLS#", max_size=40))
    def test_of_any_text_are_the_model_s_own(
        self, tokenizer: Tokenizer, own: Tokenizer, text: str
    ) -> None:
        ours, its = (each.encode(text, add_special_tokens=False) for each in (tokenizer, own))
        assert (ours.ids, ours.offsets) == (its.ids, its.offsets)

    def test_of_prose_are_the_model_s_own(self, tokenizer: Tokenizer, own: Tokenizer) -> None:
        for path in sorted((ROOT / "seeds").glob("*.txt")):
            text = path.read_text(encoding="utf-8")
            ours, its = (each.encode(text, add_special_tokens=False) for each in (tokenizer, own))
            assert ours.ids == its.ids
            assert len(ours.ids) > 200


class TestRow:
    def test_parts_are_set_apart(self, tokenizer: Tokenizer) -> None:
        row = row_of(tokenizer, "Who?", "It rains.", "Weather")
        assert tokenizer.decode(row.pieces, skip_special_tokens=False) == (
            "[CLS] who? [SEP] weather it rains. [SEP]"
        )

    @pytest.mark.parametrize("text", ["It rains.", " \n It  rains", "", "It \ud800 rains" * 50])
    def test_it_is_known_where_the_text_s_pieces_stand(
        self, tokenizer: Tokenizer, text: str
    ) -> None:
        row = row_of(tokenizer, "Who?", text, "Weather")
        assert [tokenizer.decode([piece]).removeprefix("##") for piece in row.pieces[row.text]] == [
            text[slice(*offset)].lower().replace("\ud800", "[UNK]") for offset in row.offsets
        ]

    def test_a_row_is_no_longer_than_the_network_reads(self, tokenizer: Tokenizer) -> None:
        row = row_of(tokenizer, *("word " * 500 for _ in range(3))).pieces
        assert len(row) == ROW_TOKENS
        assert (row[0], row[QUESTION_TOKENS + 1], row[-1]) == (CLS, SEP, SEP)

    @pytest.mark.parametrize(
        ("lengths", "chosen", "expected"),
        [
            ((10, 10, 10, 10), 1, (0, 2)),
            ((10, 10, 10, 10), 0, (0, 1)),
            ((10, 10, 10, 10), 3, (2, 3)),
            ((60, 40, 10), 1, (1, 2)),
            ((30, 40, 60), 1, (0, 1)),
            ((10, TEXT_TOKENS, 10), 1, (1, 1)),
            ((10, 2 * TEXT_TOKENS, 10), 1, (1, 1)),
            ((5,), 0, (0, 0)),
        ],
    )
    def test_neighbours_are_read_as_far_as_they_fit(
        self,
        tokenizer: Tokenizer,
        lengths: tuple[int, ...],
        chosen: int,
        expected: tuple[int, int],
    ) -> None:
        parts = [" ".join(["word"] * length) for length in lengths]
        starts = np.cumsum([0, *(len(part) + 1 for part in parts)]).tolist()
        spans = [Span(start, start + len(part)) for start, part in zip(starts, parts, strict=False)]
        first, last = expected
        found = around(tokenizer, " ".join(parts), spans, chosen)
        assert found == (spans[first].start, spans[last].end)


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("read")
    (folder / "normans.txt").write_text(NORMANS, encoding="utf-8")
    (folder / "peru.txt").write_text("Lima is the capital of Peru.", encoding="utf-8")
    qa.index(folder, into=folder / ".qa", offline=True)
    return qa.open(folder / ".qa", offline=True).pinned()


class TestAnswers:
    def test_what_was_read_counts(self, answerer: Answerer) -> None:
        for question, answered in ((ANSWERED[0], True), (UNANSWERED[1], False)):
            read, unread = (answerer.ask(question, read=each) for each in (True, False))
            assert read.explanation.reading is not None
            assert (read.explanation.reading > 0.5) == answered
            assert (read.probability > unread.probability) == answered
            assert (read.probability < unread.probability) != answered
            assert unread.explanation.reading is None
            assert [each.quote for each in read.citations] == [
                each.quote for each in unread.citations
            ]

    @pytest.mark.parametrize(
        ("question", "answer"), [(ANSWERED[1], "Rollo"), (ANSWERED[3], "King Charles III")]
    )
    def test_the_words_that_answer_are_placed_in_the_source(
        self, answerer: Answerer, question: str, answer: str
    ) -> None:
        first, *others = answerer.ask(question).citations
        assert first.answer_span is not None
        assert answer in NORMANS[first.answer_span.start : first.answer_span.end]
        assert first.answer_span.end - first.answer_span.start < 50
        assert {each.answer_span for each in others} <= {None}
        assert first.to_dict()["answer_span"] == asdict(first.answer_span)

    def test_no_words_answer_where_none_were_read_to(self, answerer: Answerer) -> None:
        for question, read in ((ANSWERED[1], False), (UNANSWERED[3] + " And of Mars?", True)):
            found = answerer.ask(question, read=read).citations
            for each in found:
                assert (each.answer_span is None) == ((each.scores.reading or 0) < 0.5)
        assert answerer.ask(UNANSWERED[1]).citations[0].answer_span is None

    def test_a_question_longer_than_what_is_read_is_not_read(self, answerer: Answerer) -> None:
        long = "Having thought about it for quite some time, " * 5 + ANSWERED[0]
        assert answerer.ask(long).explanation.reading is None

    @pytest.mark.parametrize("question", ["\ud800 who?", "[SEP]", "¿?", "x" * 100_000])
    def test_any_question_is_asked(self, answerer: Answerer, question: str) -> None:
        assert 0 <= answerer.ask(question).probability <= 1

    def test_without_the_reader_there_is_one_line_and_a_remedy(
        self,
        answerer: Answerer,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        from qa.cli import main

        monkeypatch.setattr(
            qa.reader.network, "_opened", cache(qa.reader.network._opened.__wrapped__)
        )
        monkeypatch.setattr(qa.reader.network, "NETWORK", Path("nowhere.onnx"))
        command = ["--index", str(answerer.index.folder), "ask", ANSWERED[0]]
        assert main(command) == 5
        shown = capfd.readouterr()
        assert shown.out == ""
        assert shown.err.count("\n") == 1
        assert "--no-read" in shown.err
        assert main([*command, "--no-read"]) == 0

    def test_words_alone_read_nothing(self, answerer: Answerer) -> None:
        assert answerer.ask(ANSWERED[0], mode="bm25").explanation.reading is None

    def test_a_language_that_the_reader_does_not_know_is_not_read(self, answerer: Answerer) -> None:
        assert answerer.ask("Кто был вождём норманнов?").explanation.reading is None
        assert answerer.ask("¿Quién era el líder de los normandos?").explanation.reading is not None

    def test_the_time_is_told(self, answerer: Answerer) -> None:
        timing = answerer.ask(ANSWERED[0]).timing_ms
        assert timing["total"] > timing["encode"] + timing["read"]
        assert timing["encode"] > 0.1
        assert timing["read"] > 0

    def test_reading_needs_no_torch(self) -> None:
        code = "import sys, qa.reader.network; qa.reader.network.reader().read('Who?', 'He.'); "
        code += "print([name for name in ('torch', 'transformers') if name in sys.modules])"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=child_environment()
        )
        assert done.stdout == "[]\n", done.stderr
