"""Reads a BEIR folder: the questions that are asked and the relevant documents."""

import csv
import hashlib
import json
import random
from pathlib import Path
from typing import NamedTuple


class QuestionSet(NamedTuple):
    """The questions that are asked, and the relevant documents of each."""

    name: str
    corpus: Path
    documents: int
    questions: list[tuple[str, str]]
    relevant: dict[str, dict[str, int]]

    def fingerprint(self) -> str:
        """Equal for two runs exactly if questions, judgments and documents are the same."""
        asked = json.dumps([self.questions, self.relevant], sort_keys=True).encode()
        return hashlib.sha256(self.corpus.read_bytes() + asked).hexdigest()


def read_relevant(path: Path) -> dict[str, dict[str, int]]:
    """Question id to document id to grade, without the documents that are graded 0."""
    relevant: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return relevant


def read(folder: Path, *, split: str, limit: int | None, seed: int) -> QuestionSet:
    """Read a BEIR folder; with a limit, a random sample of the questions that have labels.

    Raises:
        ValueError: no question of the folder has a relevant document.
    """
    relevant = read_relevant(folder / "qrels" / f"{split}.tsv")
    with (folder / "queries.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    # Without labels there is nothing to score: those questions are left out for every tool.
    questions = [(row["_id"], row["text"]) for row in rows if row["_id"] in relevant]
    if not questions:
        raise ValueError(f"{folder}: no question has a relevant document in split {split!r}")
    if limit is not None and limit < len(questions):
        questions = random.Random(seed).sample(questions, limit)
    corpus = folder / "corpus.jsonl"
    with corpus.open("rb") as lines:
        documents = sum(1 for _ in lines)
    kept = {question: relevant[question] for question, _ in questions}
    return QuestionSet(folder.resolve().name, corpus.resolve(), documents, questions, kept)
