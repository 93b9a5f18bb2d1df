"""The columns of a generation."""

from pathlib import Path

import pytest

from qa_index.building.build import build
from qa_index.collection.local import columns
from qa_index.collection.local.stored import StoredIndex
from qa_index.vectors import Floats, usual_length
from tests.support.hashing_encoder import HashingEncoder


def test_lengths_of_vectors_are_computed_once_a_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "note.txt").write_text("The ferry leaves at nine. It takes an hour.")
    encoder = HashingEncoder()
    build([tmp_path], tmp_path / ".qa", encoder=encoder)
    asked: list[Floats] = []

    def spied(moments: Floats) -> float:
        asked.append(moments)
        return usual_length(moments)

    monkeypatch.setattr(columns, "usual_length", spied)
    index = StoredIndex(tmp_path / ".qa")
    vector = encoder.encode_question("When does the ferry leave?")
    first, second = (index.statistics((), vector) for _ in range(2))
    assert first.passage_similarity == second.passage_similarity
    assert first.passage_similarity is not None
    assert first.passage_similarity.length == usual_length(index.passage_moments)
    assert first.sentence_similarity is not None
    assert first.sentence_similarity.length == usual_length(index.sentence_moments)
    assert len(asked) == 2
