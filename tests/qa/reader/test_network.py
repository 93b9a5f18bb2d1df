"""The reader: its input, and that it distinguishes an answer from text on the same topic."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

import qa
import qa.reader.network
from qa.answering.answerer import Answerer
from qa.reader.network import WORDS, TextRead, is_english, open_tokenizer, reader
from qa.reader.rows import (
    ENGLISH,
    MULTILINGUAL,
    QUESTION,
    ROW,
    TEXT,
    Layout,
    Pieces,
    Tokenizer,
    around,
    asked_pieces,
    context_pieces,
    pieces_of,
    row_of,
    segments_of,
)
from qa_index.encoding import multilingual
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
    "Who led the Norse raiders?",
    "When did the Normans give their name to Normandy?",
    "To whom did the raiders swear fealty?",
)
UNANSWERED = (
    "Who was the wife of Rollo?",
    "How many people live in Normandy?",
    "What language did King Charles III speak?",
    "What is the capital of Peru?",
)


NORMANNEN = (
    "Die Normannen gaben der Normandie ihren Namen, einer Region in Frankreich. Sie stammten von "
    "Plünderern aus Dänemark, Island und Norwegen ab, die unter ihrem Anführer Rollo dem König "
    "Karl III. Treue schworen."
)


LAYOUTS = pytest.mark.parametrize("layout", [ENGLISH, MULTILINGUAL], ids=["english", "all"])


@pytest.fixture(scope="module")
def own() -> tokenizers.Tokenizer:
    """The packaged model's own, splitting special tokens like text and without truncation."""
    opened = tokenizers.Tokenizer.from_file(str(packaged() / "tokenizer.json"))
    opened.no_padding()
    opened.no_truncation()
    opened.encode_special_tokens = True
    return opened


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return reader(MULTILINGUAL).tokenizer


class TestIsEnglish:
    @pytest.mark.parametrize(
        "question",
        [
            "May I keep a dog?",
            "Who is he?",
            "Does integrity_check notice broken foreign keys?",
            "default OneDrive space per user",
        ],
    )
    def test_short_words_and_names_are_english(self, question: str) -> None:
        assert is_english(question)

    @pytest.mark.parametrize(
        "question",
        [
            "Wer ist der Anführer?",
            "Darf ich einen Hund halten?",
            "Puis-je avoir un chien ?",
            "¿Puedo tener un perro?",
            "Можно держать собаку?",
            "可以养狗吗？",
        ],
    )
    def test_other_languages_are_not(self, question: str) -> None:
        assert not is_english(question)


class TestReader:
    def test_an_answer_is_told_from_a_text_on_the_topic(self) -> None:
        answered, others = (
            [reader(ENGLISH).read(question, NORMANS).logit for question in questions]
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
        told, other = (reader(ENGLISH).read(question, text).logit for text in (said, not_said))
        assert told > other + 1

    def test_question_and_text_may_be_in_any_language(self) -> None:
        its = reader(MULTILINGUAL)
        for text, answered, other in (
            (NORMANNEN, "Wer war der Anführer der Plünderer?", "Wie viele Menschen leben dort?"),
            (NORMANS, "Who was the leader of the raiders?", "How many people live there?"),
            (NORMANS, "Кто был вождём норманнов?", "Сколько людей там живёт?"),
        ):
            assert its.read(answered, text).logit > its.read(other, text).logit + 1

    @LAYOUTS
    def test_the_sentence_that_answers_is_told_from_the_others(self, layout: Layout) -> None:
        first, second = NORMANS.index("They"), len(NORMANS)
        for question, place in ((ANSWERED[2], 0), (ANSWERED[3], 1)):
            read = reader(layout).read(question, NORMANS)
            parts = [read.best_span(Span(0, first)), read.best_span(Span(first, second))]
            evidence = [part.evidence for part in parts if part]
            assert evidence[place] == max(evidence)

    def test_the_words_that_answer_are_told_from_the_others(self) -> None:
        for question, answer in (
            (ANSWERED[1], "Rollo"),
            (ANSWERED[2], "10th and 11th centuries"),
            (ANSWERED[3], "King Charles III"),
        ):
            read = reader(ENGLISH).read(question, NORMANS)
            best = read.best_span(Span(0, len(NORMANS)))
            assert best is not None
            begin, end = best.place
            assert answer in NORMANS[begin:end]
            assert end - begin < 50

    def test_a_span_lies_in_one_part_and_ends_after_it_begins(self) -> None:
        ends = np.array([[0, 9, 0], [1, 0, 1], [5, 0, 2], [0, 3, 3], [2, 2, 4]], np.float32)
        offsets = [(0, 2), (3, 5), (5, 6), (7, 9), (9, 10)]
        read = TextRead(0.0, ends, Pieces(range(5), offsets))

        def found(start: int, end: int) -> tuple[float, Span, float | None]:
            best = read.best_span(Span(start, end))
            assert best is not None
            return best.score, best.place, best.evidence

        assert found(0, 10) == (9, (0, 2), 2.0)  # the first piece alone
        assert found(3, 10) == (8, (5, 9), 2.5)  # from the third to the fourth
        assert found(3, 6) == (5, (5, 6), 1.5)
        assert found(9, 10) == (4, (9, 10), 4.0)
        assert read.best_span(Span(10, 20)) is None
        assert read.best_span(Span(2, 3)) is None

    def test_a_span_is_as_likely_as_its_begin_and_end_are_among_all(self) -> None:
        ends = np.log(np.array([[1, 1, 1], [2, 1, 1], [1, 6, 1]], np.float32))
        read = TextRead(0.0, ends, Pieces(range(3), [(0, 2), (3, 5), (5, 6)]))
        best = read.best_span(Span(0, 10))
        assert best is not None
        assert best.place == (3, 6)
        assert best.probability == pytest.approx(2 / 4 * 6 / 8)

    @LAYOUTS
    def test_a_text_cannot_pretend_to_be_the_row(self, layout: Layout) -> None:
        tokenizer = reader(layout).tokenizer
        special = "</s><s>[SEP][CLS]"
        row = row_of(
            layout,
            asked_pieces(tokenizer, f"{special} Who?"),
            context_pieces(tokenizer, special),
            pieces_of(tokenizer, f"<pad>[PAD]{special} He.").ids,
        )
        assert [row.count(each) for each in (layout.begin, layout.end)] == [1, 3]

    @LAYOUTS
    @pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "漢字かな", "?" * 5000])
    def test_any_text_is_read(self, layout: Layout, text: str) -> None:
        for pair in ((text, NORMANS), ("Who?", text), (text, text)):
            read = reader(layout).read(*pair, context=text)
            assert np.isfinite(read.logit)
            assert len(read.ends) == len(read.pieces.ids)

    def test_threads_read_the_same(self) -> None:
        def logit(question: str) -> float:
            return sum(
                reader(each).read(question, NORMANS).logit for each in (ENGLISH, MULTILINGUAL)
            )

        alone = list(map(logit, ANSWERED * 5))
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(logit, ANSWERED * 5)) == alone

    def test_words_of_its_own_are_as_many_as_the_vocabulary(self) -> None:
        words = np.load(WORDS, mmap_mode="r")
        assert (words.shape, words.dtype) == ((30_522, 384), np.float16)
        assert np.isfinite(words).all()

    @LAYOUTS
    def test_a_network_that_cannot_be_opened_has_a_remedy(
        self, layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "reader.onnx").write_bytes(b"not a network")
        for name in ("NETWORK", "OF_ALL_LANGUAGES"):
            monkeypatch.setattr(qa.reader.network, name, tmp_path / "reader.onnx")
        monkeypatch.setattr(qa.reader.network, "_opened", qa.reader.network._opened.__wrapped__)
        with pytest.raises(qa.ModelUnavailable, match="install grounded-qa"):
            reader(layout)

    def test_a_vocabulary_cut_short_is_noticed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copytree(packaged(), tmp_path / "model")
        vocabulary = tmp_path / "model" / "vocab.txt"
        lines = vocabulary.read_text(encoding="utf-8").splitlines(keepends=True)
        vocabulary.write_text("".join(lines[:20_000]), encoding="utf-8")
        monkeypatch.setattr(qa.reader.network, "packaged", lambda: tmp_path / "model")
        monkeypatch.setattr(qa.reader.network, "_opened", qa.reader.network._opened.__wrapped__)
        with pytest.raises(qa.ModelUnavailable, match=r"does not match english-words\.npy"):
            reader(ENGLISH)


class TestPieces:
    @given(text=st.text() | st.text("ab1-'. \u00c9\u0130\u00df\u4e2d\u0301[]SEPCLS#", max_size=40))
    def test_of_any_text_are_the_model_s_own(self, own: tokenizers.Tokenizer, text: str) -> None:
        ours = open_tokenizer(packaged()) if not _OURS else _OURS[0]
        _OURS[:] = [ours]
        found, its = (each.encode(text, add_special_tokens=False) for each in (ours, own))
        assert (found.ids, found.offsets) == (its.ids, its.offsets)

    def test_of_prose_are_the_model_s_own(self, own: tokenizers.Tokenizer) -> None:
        ours = open_tokenizer(packaged())
        for path in sorted((ROOT / "seeds").glob("*.txt")):
            text = path.read_text(encoding="utf-8")
            found, its = (each.encode(text, add_special_tokens=False) for each in (ours, own))
            assert found.ids == its.ids
            assert len(found.ids) > 200


_OURS: list[tokenizers.Tokenizer] = []


class TestRow:
    def test_parts_are_set_apart(self, tokenizer: Tokenizer) -> None:
        who, weather, rain = (
            pieces_of(tokenizer, text).ids for text in ("Who?", "Weather", "It rains.")
        )
        assert row_of(MULTILINGUAL, who, weather, rain) == [0, *who, 2, *weather, 2, *rain, 2]
        assert row_of(MULTILINGUAL, who, [], rain) == [0, *who, 2, *rain, 2]
        row = row_of(ENGLISH, who, weather, rain)
        assert row == [101, *who, 102, *weather, 102, *rain, 102]
        told = segments_of(ENGLISH, row)
        assert told.shape == (len(row), 1)
        assert told.dtype == np.float32
        assert told[:, 0].tolist() == [0.0] * (len(who) + 2) + [1.0] * (len(row) - len(who) - 2)

    @LAYOUTS
    def test_a_row_is_no_longer_than_the_network_reads(self, layout: Layout) -> None:
        tokenizer, long = reader(layout).tokenizer, "word " * 500
        text = pieces_of(tokenizer, long)
        row = row_of(
            layout,
            asked_pieces(tokenizer, long),
            context_pieces(tokenizer, long),
            text.ids[around(text, [Span(0, len(long))], 0)],
        )
        assert len(row) == ROW
        assert (row[0], row[QUESTION + 1], row[-1]) == (
            layout.begin, layout.end, layout.end
        )  # fmt: skip

    def test_of_the_headings_the_nearest_are_read(self, tokenizer: Tokenizer) -> None:
        found = context_pieces(tokenizer, "Handbook - " * 20 + "Holidays")
        assert len(found) == 24
        assert found[-1] == pieces_of(tokenizer, "Holidays").ids[-1]

    @pytest.mark.parametrize(
        ("lengths", "chosen", "expected"),
        [
            ((10, 10, 10, 10), 1, (0, 3)),
            ((10, 10, 10, 10), 3, (0, 3)),
            ((60, 60, 40, 40, 60), 2, (1, 3)),
            ((30, 60, 40, 120, 10), 2, (0, 2)),
            ((100, 40, 100, 10), 1, (1, 2)),
            ((10, 144, 10), 1, (1, 1)),
            ((10, 200, 10), 1, (1, 1)),
            ((5,), 0, (0, 0)),
        ],
    )
    def test_as_much_as_fits_is_read_around_a_sentence(
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
        begin, end = sum(lengths[:first]), sum(lengths[: last + 1])
        pieces = pieces_of(tokenizer, " ".join(parts))
        found = around(pieces, spans, chosen)
        assert found == slice(begin, min(end, begin + TEXT))


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
            if answered:
                assert read.probability > unread.probability
            else:
                assert read.confidence is not qa.Confidence.HIGH
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
        assert first.to_dict()["answer_span"] == first.answer_span.to_dict()

    def test_no_words_answer_where_none_were_read_to(self, answerer: Answerer) -> None:
        for question, read in ((ANSWERED[1], False), (UNANSWERED[3] + " And of Mars?", True)):
            found = answerer.ask(question, read=read).citations
            for each in found:
                assert (each.answer_span is None) == ((each.scores.reading or 0) < 0.5)
        assert answerer.ask(UNANSWERED[1]).citations[0].answer_span is None

    def test_a_question_longer_than_what_is_read_is_not_read(self, answerer: Answerer) -> None:
        long = "Having thought about it for quite some time, " * 5 + ANSWERED[0]
        assert answerer.ask(long).explanation.reading is None

    @pytest.mark.parametrize("question", ["\ud800 who?", "</s>", "¿?", "x" * 100_000])
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

    def test_without_the_multilingual_model_english_is_read(
        self, answerer: Answerer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(multilingual, "is_installed", lambda: False)
        answer = answerer.ask("Кто был вождём норманнов?")
        assert answer.citations
        assert answer.explanation.reading is None
        assert answerer.ask(ANSWERED[0]).explanation.reading is not None

    def test_words_alone_read_nothing(self, answerer: Answerer) -> None:
        assert answerer.ask(ANSWERED[0], mode="bm25").explanation.reading is None

    def test_every_language_is_read(self, answerer: Answerer) -> None:
        for question in ("Кто был вождём норманнов?", "¿Quién era el líder de los normandos?"):
            assert answerer.ask(question).explanation.reading is not None

    def test_the_time_is_told(self, answerer: Answerer) -> None:
        timing = answerer.ask(ANSWERED[0]).timing_ms
        assert timing["total"] > timing["encode"] + timing["read"]
        assert timing["encode"] > 0.1
        assert timing["read"] > 0

    def test_reading_needs_no_torch(self) -> None:
        code = "import sys; from qa.reader.network import reader; from qa.reader import rows; "
        code += "[reader(x).read('Who?', 'He.') for x in (rows.ENGLISH, rows.MULTILINGUAL)]; "
        code += "print([name for name in ('torch', 'transformers') if name in sys.modules])"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=child_environment()
        )
        assert done.stdout == "[]\n", done.stderr
