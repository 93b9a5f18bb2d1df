"""all-MiniLM-L6-v2 as exported against sentence-transformers, value by value."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from qa_index.encoding import Encoder, EncoderInput, context_budget, joined, text_budget
from qa_index.encoding.models import MINILM, locate
from qa_index.encoding.opening import open_encoder
from qa_index.encoding.reference import load
from qa_index.records import Span
from tests.support.processes import child_environment

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TOLERANCE = 1e-5

SENTENCES = (
    "The forum is headed by Dr. Anna Keller.",
    "It met in Zürich on 3 May 2021; 1,200 people came.",
    "Ünïcode, 漢字 and العربية — even 🙂 — keep their place.",
    "A rather longer sentence follows here, which goes on for a while so that lengths differ, "
    "batches are padded, and the mask has something to hide from the attention.",
    "No.",
)


@cache
def encoder() -> Encoder:
    return open_encoder(MINILM, offline=True)


@cache
def reference() -> "SentenceTransformer":
    return load(locate(MINILM, offline=True), device="cpu")


def passage(*sentences: str, context: str = "") -> EncoderInput:
    """The sentences, one space between them."""
    spans: list[Span] = []
    position = 0
    for sentence in sentences:
        spans.append(Span(position, position + len(sentence)))
        position += len(sentence) + 1
    return EncoderInput(context, " ".join(sentences), tuple(spans))


def expected(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.asarray(reference().encode(list(texts), show_progress_bar=False), dtype=np.float32)


def pooled_by_torch(text: str, spans: Sequence[Span]) -> NDArray[np.float32]:
    """Mean of sentence-transformers' token vectors inside each span, normalised to length 1."""
    model = reference()
    tokens = model.encode(text, output_value="token_embeddings", show_progress_bar=False).numpy()
    offsets = model.tokenizer(
        text, return_offsets_mapping=True, truncation=True, max_length=model.max_seq_length
    )["offset_mapping"]
    vectors = [
        np.mean([t for t, (a, b) in zip(tokens, offsets, strict=True) if start <= a < b <= end], 0)
        for start, end in spans
    ]
    return np.array([vector / np.linalg.norm(vector) for vector in vectors], dtype=np.float32)


PASSAGES = (
    passage(*SENTENCES, context="Annual report › Meetings"),
    passage(SENTENCES[0]),
    passage(*SENTENCES[1:3], context="Zürich"),
    passage(*(SENTENCES[3:] * 3), context="A context " * 40),
)


class TestPassages:
    def test_vectors_are_those_of_sentence_transformers(self) -> None:
        short = PASSAGES[:3]
        vectors = encoder().encode_passages(short).passages
        texts = [joined(each.context, each.text) for each in short]
        np.testing.assert_allclose(vectors, expected(texts), atol=TOLERANCE, rtol=0)

    def test_sentence_vectors_are_means_of_the_same_forward_pass(self) -> None:
        vectors = encoder().encode_passages(PASSAGES[:3]).sentences
        reference = []
        for each in PASSAGES[:3]:
            text = joined(each.context, each.text)
            shift = len(text) - len(each.text)
            reference.append(
                pooled_by_torch(text, [Span(a + shift, b + shift) for a, b in each.sentences])
            )
        np.testing.assert_allclose(vectors, np.concatenate(reference), atol=TOLERANCE, rtol=0)

    def test_context_is_cut_to_its_budget(self) -> None:
        long = encoder().encode_passages([PASSAGES[3]]).passages
        budget = context_budget(encoder().description)
        words = joined(" ".join(["A context"] * (budget // 2)), PASSAGES[3].text)
        np.testing.assert_allclose(long, expected([words]), atol=TOLERANCE, rtol=0)

    def test_what_else_is_in_the_list_does_not_matter(self) -> None:
        together = encoder().encode_passages([*PASSAGES, *PASSAGES[::-1]])
        first = 0
        for number, each in enumerate(PASSAGES):
            alone = encoder().encode_passages([each])
            np.testing.assert_allclose(
                together.passages[[number, -1 - number]],
                alone.passages.repeat(2, axis=0),
                atol=1e-6,
                rtol=0,
            )
            last = first + len(each.sentences)
            np.testing.assert_allclose(
                together.sentences[first:last], alone.sentences, atol=1e-6, rtol=0
            )
            first = last

    def test_text_within_its_budget_fits_one_pass(self) -> None:
        budget = text_budget(encoder().description)
        text = "word " * budget
        assert encoder().count_tokens([text]) == [budget]
        context = "title " * 100
        vector = encoder().encode_passages([EncoderInput(context, text, (Span(0, len(text)),))])
        whole = joined("title " * context_budget(encoder().description), text)
        np.testing.assert_allclose(vector.passages, expected([whole]), atol=TOLERANCE, rtol=0)
        [tail] = pooled_by_torch(whole, [Span(len(whole) - len(text), len(whole))])
        np.testing.assert_allclose(vector.sentences[0], tail, atol=TOLERANCE, rtol=0)


class TestBeyondTheWindow:
    long = passage(*(f"Sentence number {i} speaks about topic {i % 7}." for i in range(100)))

    def test_the_passage_is_its_first_window(self) -> None:
        vectors = encoder().encode_passages([self.long]).passages
        np.testing.assert_allclose(vectors, expected([self.long.text]), atol=TOLERANCE, rtol=0)

    def test_sentences_are_means_over_all_windows(self) -> None:
        tokenizer = reference().tokenizer
        offsets = tokenizer(self.long.text, return_offsets_mapping=True, verbose=False)
        words = offsets["offset_mapping"][1:-1]
        room = encoder().description.max_tokens - 2
        tokens = []
        for first in range(0, len(words), room):
            window = self.long.text[words[first][0] : words[first : first + room][-1][1]]
            read = reference().encode(window, output_value="token_embeddings")
            tokens.append(read.numpy()[1:-1])
        vectors = np.concatenate(tokens)
        assert len(vectors) == len(words) > 3 * room
        means = [
            np.mean(
                [v for v, (a, b) in zip(vectors, words, strict=True) if start <= a < b <= end], 0
            )
            for start, end in self.long.sentences
        ]
        ours = encoder().encode_passages([self.long]).sentences
        unit = np.array([mean / np.linalg.norm(mean) for mean in means])
        np.testing.assert_allclose(ours, unit, atol=TOLERANCE, rtol=0)


class TestSentencesWithoutTokens:
    @pytest.mark.parametrize("nothing", ["\x00\x01", "\u200b", "   "])
    def test_have_their_passages_vector(self, nothing: str) -> None:
        inputs = [passage("Before."), passage("A cat.", nothing, "A dog.")]
        encoded = encoder().encode_passages(inputs)
        np.testing.assert_array_equal(encoded.sentences[2], encoded.passages[1])
        assert not np.array_equal(encoded.sentences[1], encoded.passages[1])

    def test_nothing_at_all(self) -> None:
        encoded = encoder().encode_passages(
            [EncoderInput("", "", ()), EncoderInput("", "", (Span(0, 0),))]
        )
        assert encoded.passages.shape == (2, 384)
        assert np.isfinite(encoded.passages).all()
        np.testing.assert_array_equal(encoded.sentences, encoded.passages[1:])

    def test_an_empty_list(self) -> None:
        encoded = encoder().encode_passages([])
        assert encoded.passages.shape == encoded.sentences.shape == (0, 384)


class TestHostileText:
    def test_lone_surrogates_keep_their_place(self) -> None:
        broken = passage("A \ud800 cat.", "A dog \udfff.", context="\udc80")
        whole = passage("A \ufffd cat.", "A dog \ufffd.", context="\ufffd")
        for ours, theirs in zip(
            encoder().encode_passages([broken]), encoder().encode_passages([whole]), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
        assert encoder().count_tokens(["a \ud800 b"]) == [2]
        assert np.isfinite(encoder().encode_question("what \ud800")).all()

    def test_a_word_of_a_million_characters(self) -> None:
        text = "x" * 1_000_000
        encoded = encoder().encode_passages([EncoderInput("", text, (Span(0, len(text)),))])
        assert np.isfinite(encoded.sentences).all()

    @pytest.mark.parametrize("unit", ["why? ", "x", "\u0301", "漢", "\x00"])
    def test_a_question_of_a_megabyte_is_read_in_part(self, unit: str) -> None:
        question = unit * (1_000_000 // len(unit))
        vector = encoder().encode_question(question)
        assert np.isfinite(vector).all()
        np.testing.assert_allclose(vector, expected([question[:10_000]])[0], atol=TOLERANCE)

    def test_white_space_before_a_question_is_skipped(self) -> None:
        np.testing.assert_array_equal(
            encoder().encode_question("\n " * 100_000 + "Who?"), encoder().encode_question("Who?")
        )


class TestQuestions:
    def test_vectors_are_those_of_sentence_transformers(self) -> None:
        ours = np.stack([encoder().encode_question(text) for text in SENTENCES])
        np.testing.assert_allclose(ours, expected(SENTENCES), atol=TOLERANCE, rtol=0)
        assert ours.dtype == np.float32

    def test_threads_get_the_bytes_that_one_caller_gets(self) -> None:
        questions = [f"{text} {i}" for i in range(8) for text in SENTENCES]
        alone = [encoder().encode_question(question).tobytes() for question in questions]
        with ThreadPoolExecutor(8) as pool:
            shared = list(pool.map(encoder().encode_question, questions))
        assert [vector.tobytes() for vector in shared] == alone

    def test_an_empty_question(self) -> None:
        assert np.isfinite(encoder().encode_question("")).all()


def test_word_pieces_are_counted_to_the_end() -> None:
    texts = ["", "a cat", "electroencephalography " * 1000]
    tokenizer = reference().tokenizer
    counted = [
        len(tokenizer.backend_tokenizer.encode(t, add_special_tokens=False)) for t in texts[:2]
    ]
    assert encoder().count_tokens(texts) == [*counted, 5000]


def test_description() -> None:
    description = encoder().description
    assert description.name == MINILM
    assert (description.dimension, description.max_tokens, description.normalize) == (
        384,
        256,
        True,
    )


def test_asking_imports_no_torch_and_opens_no_connection() -> None:
    model = encoder().description
    script = (
        "import json, socket, sys\n"
        "def refuse(*_): raise SystemExit('connected')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from qa_index.encoding.opening import open_encoder\n"
        f"opened = open_encoder({model.name!r}, expected_sha256={model.sha256!r})\n"
        "opened.encode_question('Who?')\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"torch", "transformers", "sentence_transformers", "huggingface_hub", "scipy", "onnx"}
    assert heavy.isdisjoint(json.loads(done.stdout))
