"""Texts to index and questions to ask: from a folder in BEIR layout, or else those of the seeds."""

import json
import shutil
from itertools import islice
from pathlib import Path

from eval.benchmarks.processes import ROOT

PASSAGES_A_FILE = 10


def write_sources(folder: Path, data: Path | None, passages: int) -> None:
    """Write files of ten passages each, from ``data`` or else from the seeds."""
    folder.mkdir(parents=True)
    if data is None:
        for path in (ROOT / "seeds").glob("*.txt"):
            shutil.copy(path, folder)
        return
    with (data / "corpus.jsonl").open(encoding="utf-8") as corpus:
        for number, line in enumerate(islice(corpus, passages)):
            path = folder / f"{number // PASSAGES_A_FILE:06}.txt"
            with path.open("a", encoding="utf-8") as file:
                file.write(json.loads(line)["text"] + "\n\n")


def questions_of(data: Path | None, count: int) -> list[str]:
    """The first questions about those texts."""
    path = data / "queries.jsonl" if data else ROOT / "eval" / "questions" / "seeds.jsonl"
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text" if data else "question"] for line in islice(lines, count)]
