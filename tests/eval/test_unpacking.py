"""The multilingual model as other tools open it: pieces and vectors are those of ours."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper
from tokenizers import Tokenizer

from eval.peers import unpacking
from qa_index.encoding import EncoderInput, multilingual
from qa_index.encoding.opening import open_encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TEXTS = (
    "Who heads the forum?",
    "Die Miete beträgt höchstens drei Monatsmieten.",
    "Байкал — самое глубокое озеро на Земле. Его глубина 1642 метра.",
    "长江是亚洲最长的河流。全长六千三百公里。",
    "كم يبلغ عمق البحيرة؟",
    "कितनी गहरी है झील?",
)
ODD = (
    "",
    "   ",
    "한국어 문장입니다",
    "ﬁne ² Ünïcödé\u200b１２ ½ ①\x07 tab\tnew\n\nline  two",
    "Ꭰ ཀ ∮ 🙂 x ᐃ",
    "a ▁ b",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("e5")
    unpacking.unpack(made)
    return made


@pytest.fixture(scope="module")
def model(folder: Path) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu")


@cache
def mean() -> NDArray[np.float32]:
    """What our graph takes off every token."""
    graph = onnx.load(str(multilingual.GRAPH), load_external_data=False).graph
    [found] = [each for each in graph.initializer if each.name == "mean"]
    return numpy_helper.to_array(found)


def test_pieces_are_ours(folder: Path) -> None:
    ours = multilingual.open_tokenizer()
    theirs = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for text in (*TEXTS, *ODD):
        assert theirs.encode(text).ids == ours.encode(text).ids, text


def test_a_text_is_cut_where_ours_begins_another_window(model: "SentenceTransformer") -> None:
    ours = multilingual.open_tokenizer().encode("river " * 600)
    [theirs] = model.tokenize(["river " * 600])["input_ids"].tolist()
    assert theirs == ours.ids
    assert len(theirs) == 512


@pytest.mark.parametrize("kind", ["query", "document"])
def test_vectors_are_ours_as_far_as_the_bits_allow(model: "SentenceTransformer", kind: str) -> None:
    """Theirs have 4 bits; ours round the layers and what they multiply once more."""
    encoder = open_encoder("e5", offline=True)
    if kind == "query":
        ours = [encoder.encode_question(text) for text in TEXTS]
    else:
        ours = list(encoder.encode_passages([EncoderInput("", t, ()) for t in TEXTS]).passages)
    tokens = model.encode(list(TEXTS), prompt_name=kind, output_value="token_embeddings")
    for text, vector, each in zip(TEXTS, ours, tokens, strict=True):
        theirs = each.numpy().mean(axis=0) - mean()
        assert vector @ theirs / np.linalg.norm(theirs) > 0.99, text


def test_the_library_adds_the_prompt_pools_by_mean_and_normalises(
    model: "SentenceTransformer",
) -> None:
    [tokens] = model.encode([f"query: {TEXTS[0]}"], output_value="token_embeddings")
    [vector] = model.encode_query([TEXTS[0]])
    pooled = tokens.numpy().mean(axis=0)
    np.testing.assert_allclose(vector, pooled / np.linalg.norm(pooled), atol=1e-6)
