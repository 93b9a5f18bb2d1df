"""Exported models of every kind against sentence-transformers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from qa_index.encoding import Encoder, EncoderInput, gpu, joined
from qa_index.encoding.exported import ExportedEncoder
from qa_index.encoding.models import ModelFolder
from qa_index.encoding.opening import open_encoder
from qa_index.encoding.recipe import Output
from qa_index.encoding.reference import SentenceTransformerEncoder, load, quiet
from qa_index.errors import ModelUnavailable
from qa_index.records import Span
from tests.support.tiny_models import tiny_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TOLERANCE = 1e-5
PROMPTS = {"query": "the cat: ", "passage": "a dog: "}
TEXT = "The cat sat on the mat. A dog ran home, not big! Red or blue?"
INPUT = EncoderInput("cat home", TEXT, (Span(0, 23), Span(24, 48), Span(49, 61)))
OTHER = EncoderInput("", "Home.", (Span(0, 5),))

SHAPES: dict[str, tuple[dict[str, Any], Output]] = {
    "mean": ({}, Output.TOKENS),
    "mean, any length": ({"normalize": False}, Output.TOKENS),
    "mean with prompts": ({"prompts": PROMPTS}, Output.TOKENS),
    "cls": ({"pooling": "cls"}, Output.EMBEDDING),
    "max, any length": ({"pooling": "max", "normalize": False}, Output.EMBEDDING),
    "last token with prompts": ({"pooling": "lasttoken", "prompts": PROMPTS}, Output.EMBEDDING),
    "mean and a dense layer": ({"dense": True}, Output.EMBEDDING),
}


class Case(NamedTuple):
    encoder: Encoder
    model: "SentenceTransformer"
    output: Output

    def documents(self, *texts: str) -> NDArray[np.float32]:
        return np.asarray(self.model.encode_document(list(texts), show_progress_bar=False))


@pytest.fixture(scope="module", params=SHAPES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    options, output = SHAPES[request.param]
    place = tmp_path_factory.mktemp("tiny")
    folder = tiny_model(place, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_CACHE", str(place / "cache"))
        encoder = open_encoder(str(folder), offline=True)
    return Case(encoder, load(ModelFolder("tiny", folder), device="cpu"), output)


def test_it_is_exported(case: Case) -> None:
    assert isinstance(case.encoder, ExportedEncoder)
    assert case.encoder.output is case.output


def test_passages(case: Case) -> None:
    vectors = case.encoder.encode_passages([INPUT, OTHER]).passages
    expected = case.documents(joined("cat home", TEXT), OTHER.text)
    np.testing.assert_allclose(vectors, expected, atol=TOLERANCE, rtol=0)
    assert vectors.shape == (2, case.encoder.description.dimension)


def test_questions(case: Case) -> None:
    expected = case.model.encode_query("Red or blue?", show_progress_bar=False)
    np.testing.assert_allclose(
        case.encoder.encode_question("Red or blue?"), expected, atol=TOLERANCE, rtol=0
    )


def test_sentences(case: Case) -> None:
    """From the passage's forward pass if the model uses mean pooling, otherwise one pass each."""
    vectors = case.encoder.encode_passages([INPUT, OTHER]).sentences
    alone = case.documents(*(TEXT[a:b] for a, b in INPUT.sentences), OTHER.text)
    equal = np.abs(vectors - alone).max(axis=1) <= TOLERANCE
    assert equal.all() == (case.output is Output.EMBEDDING)
    assert vectors.shape == alone.shape


def test_lengths(case: Case) -> None:
    encoded = case.encoder.encode_passages([INPUT, OTHER])
    for vectors in encoded:
        unit = np.abs(np.linalg.norm(vectors, axis=1) - 1) < TOLERANCE
        assert unit.all() == case.encoder.description.normalize


def test_torch_as_engine_gives_the_same(case: Case) -> None:
    """The engine used on a GPU, run here on the CPU."""
    assert isinstance(case.encoder, ExportedEncoder)
    with quiet():
        engine = gpu.engine(case.model, case.output)
    other = case.encoder.with_passage_engine(engine)
    for ours, theirs in zip(
        case.encoder.encode_passages([INPUT, OTHER]),
        other.encode_passages([INPUT, OTHER]),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, atol=TOLERANCE, rtol=0)


def test_without_export(case: Case) -> None:
    """The slow encoder agrees on passages and questions, and encodes each sentence separately."""
    slow = SentenceTransformerEncoder("tiny", "0" * 64, case.model)
    encoded = slow.encode_passages([INPUT, OTHER])
    fast = case.encoder.encode_passages([INPUT, OTHER])
    np.testing.assert_allclose(encoded.passages, fast.passages, atol=TOLERANCE, rtol=0)
    alone = case.documents(*(TEXT[a:b] for a, b in INPUT.sentences), OTHER.text)
    np.testing.assert_allclose(encoded.sentences, alone, atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(
        slow.encode_question(TEXT), case.encoder.encode_question(TEXT), atol=TOLERANCE, rtol=0
    )
    texts = ["", TEXT, "the \ud800 cat"]
    assert slow.count_tokens(texts) == case.encoder.count_tokens(texts)
    assert slow.description.dimension == case.encoder.description.dimension
    assert slow.description.normalize == case.encoder.description.normalize
    assert slow.encode_passages([]).passages.shape == (0, slow.description.dimension)


def test_weights_that_do_not_fit_their_configuration(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path)
    (folder / "model.safetensors").write_bytes(b"no such format")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        open_encoder(str(folder), offline=True)


def test_a_gpu_is_used_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    folder = tiny_model(tmp_path)
    devices: list[str | None] = []

    def load_on_cpu(
        model: ModelFolder, *, device: str | None = None, for_export: bool = False
    ) -> "SentenceTransformer":
        devices.append(device)
        return load(model, device="cpu", for_export=for_export)

    monkeypatch.setattr("qa_index.encoding.opening.load", load_on_cpu)
    monkeypatch.setattr(gpu, "is_there", lambda: True)
    encoder = open_encoder(str(folder), use_gpu=True)
    assert devices == ["cpu", "cuda"]
    expected = open_encoder(str(folder)).encode_passages([INPUT])
    np.testing.assert_allclose(
        encoder.encode_passages([INPUT]).passages, expected.passages, atol=TOLERANCE, rtol=0
    )


def test_a_model_without_a_transformer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    with quiet():
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import StaticEmbedding
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(tiny_model(tmp_path) / "tokenizer.json"))
        static = SentenceTransformer(
            modules=[StaticEmbedding(tokenizer, embedding_dim=8)], device="cpu"
        )
        static.save(str(tmp_path / "static"), create_model_card=False)
    encoder = open_encoder(str(tmp_path / "static"))
    assert "it begins with a StaticEmbedding module" in caplog.text
    expected = static.encode([joined("cat home", TEXT)], show_progress_bar=False)
    np.testing.assert_allclose(encoder.encode_passages([INPUT]).passages, expected, atol=TOLERANCE)
    assert encoder.count_tokens(["the cat", ""]) == [2, 0]
