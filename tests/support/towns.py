"""A folder of small files with questions about them, and broken retrievers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_index.terms.analyzer import UNKNOWN, AnalyzedQuestion, Analyzer
from tests.support.hashing_encoder import HashingEncoder

TRADES = [
    "paint",
    "jump",
    "walk",
    "climb",
    "hunt",
    "cook",
    "plant",
    "print",
    "roast",
    "sail",
    "farm",
    "camp",
    "weld",
    "knit",
    "mend",
    "sort",
    "press",
    "melt",
    "grind",
    "pump",
    "film",
    "wash",
    "quilt",
    "thatch",
]
NAMES = [f"{first}{last}" for first in ("Bel", "Kor", "Mar", "Ost") for last in
         ("dorf", "gata", "hus", "lund", "mar", "vik")]  # fmt: skip


def write_towns(folder: Path) -> Path:
    """One file per town in ``folder/towns``, and ``folder/questions.jsonl`` about them.

    Half the questions name the town. The other half share one word with the text, in another form.
    """
    towns = folder / "towns"
    towns.mkdir(parents=True)
    lines: list[dict[str, Any]] = []
    for number, (name, trade) in enumerate(zip(NAMES, TRADES, strict=True)):
        quote = f"The people of {name} live from {trade}ing."
        text = f"{quote} Their market opens every morning. It rains there in autumn."
        (towns / f"{name}.txt").write_text(text, encoding="utf-8")
        gold = [{"path": f"towns/{name}.txt", "quote": quote}]
        lines += [
            {"id": f"name{number}", "question": f"What do people of {name} live from?",
             "gold": gold, "tags": ["name"]},
            {"id": f"stem{number}", "question": f"Who {trade}ed?", "gold": gold, "tags": ["stem"]},
        ]  # fmt: skip
    lines.append({"id": "none", "question": "How long is a flight to Mars?", "answerable": False})
    questions = folder / "questions.jsonl"
    questions.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return questions


class ShuffledEncoder(HashingEncoder):
    """Reverses the components of question vectors, so that similarities are noise."""

    def encode_question(self, question: str) -> NDArray[np.float32]:
        return np.ascontiguousarray(super().encode_question(question)[::-1])


def analyze_without_stemming(analyzer: Analyzer, text: str) -> AnalyzedQuestion:
    """Replaces ``Analyzer.analyze_question``: words are looked up as written."""
    return _ANALYZE(replace(analyzer, languages=(UNKNOWN,)), text)


_ANALYZE = Analyzer.analyze_question
