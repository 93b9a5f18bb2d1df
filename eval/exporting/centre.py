"""The mean vector that the multilingual model's graph takes off.

The model puts all texts close together: unrelated ones have a similarity of 0.75. Without the mean
of all texts they have about 0.1, and similarity says something again. The mean is that of English,
moved half of the way to other languages: how far each of these lies from English is measured on a
text that all of them have, so that what it is about makes no difference.

English comes from ``squad_train`` in BEIR layout, the other text is the Universal Declaration of
Human Rights (https://github.com/eric-muller/udhr, commit f93dd61, folder ``data/udhr``).
"""

import json
import random
import tempfile
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding import multilingual
from qa_index.encoding.onnx_engine import forward_of, open_session
from qa_index.encoding.packed import PackedModel

from .multilingual import write

SAMPLE = 100
"""Passages and questions of English."""
CHARACTERS = 700
"""Of a text that are read: two or three sentences more or less say nothing about the mean."""
DOCUMENT, QUESTION = "passage: ", "query: "
LANGUAGES = (
    *("arb", "ces", "cmn_hans", "deu_1996", "ell_monotonic", "fin", "fra", "heb", "hin", "ind"),
    *("ita", "jpn", "kor", "nld", "pes_1", "pol", "por_BR", "rus", "spa", "swh", "tha", "tur"),
    *("ukr", "vie"),
)
"""As the files of the declaration are named."""


def mean_of(model: PackedModel, english: Path, declarations: Path) -> NDArray[np.float32]:
    """The mean, shape (dimension,)."""
    with tempfile.TemporaryDirectory(prefix="grounded-qa-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        multilingual.unpack(place)
        write(model, np.zeros(model.dimension, np.float32), place / "graph.onnx")
        tokenizer = multilingual.tokenizer_in(place, model)
        forward = forward_of(open_session(place / "graph.onnx", weights=place), words=model.words())

    def mean(prompt: str, texts: Iterable[str]) -> NDArray[np.float32]:
        rows = [np.array([tokenizer.encode(prompt + text).ids]) for text in texts]
        pooled = [forward(row, np.ones_like(row))[0].mean(axis=0) for row in rows]
        vector: NDArray[np.float32] = np.mean(pooled, axis=0)
        return vector

    passages = mean(DOCUMENT, sampled(english / "corpus.jsonl"))
    questions = mean(QUESTION, sampled(english / "queries.jsonl"))
    others = [mean(DOCUMENT, articles(declarations, each)) for each in LANGUAGES]
    away = np.mean(others, axis=0) - mean(DOCUMENT, articles(declarations, "eng"))
    return np.asarray((passages + questions) / 2 + away / 2, dtype=np.float32)


def sampled(path: Path) -> list[str]:
    """Texts of a file in BEIR layout."""
    lines = path.read_text(encoding="utf-8").splitlines()
    chosen = random.Random(1).sample(lines, SAMPLE)  # noqa: S311 - the same ones each time
    return [json.loads(line)["text"][:CHARACTERS] for line in chosen]


def articles(folder: Path, language: str) -> list[str]:
    """The articles of the declaration."""
    root = ElementTree.parse(folder / f"udhr_{language}.xml").getroot()  # noqa: S314 - pinned files
    space = "{http://efele.net/udhr}"
    return [
        "\n".join("".join(part.itertext()) for part in article.iter(f"{space}para"))[:CHARACTERS]
        for article in root.iter(f"{space}article")
    ]
