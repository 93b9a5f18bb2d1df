"""The same files in an embedded index and in one on a server, which must be the same."""

from pathlib import Path

import numpy as np

from qa_index.building.build import build
from qa_index.collection.engines import folder_of, open_index
from qa_index.collection.index import Index
from qa_index.collection.local.stored import StoredIndex
from tests.support.hashing_encoder import HashingEncoder

ENCODER = HashingEncoder()
WORDS = "harbour whale genoa stone tide lamp rope iron salt mast sail crane quay fish".split()  # noqa: SIM905 - shorter
QUESTIONS = ("Which whale is in the harbour?", "iron and salt and rope and rope", "lamp lamp lamp")


def text(seed: int, sentences: int = 60) -> str:
    """Sentences of random words, enough for several passages."""
    random = np.random.default_rng(seed)
    made = (" ".join(random.choice(WORDS, 9)).capitalize() + "." for _ in range(sentences))
    return "\n\n".join(made)


class Twins:
    """The same files in an embedded index and in one on a server."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.place = folder_of(f"{address}?root={folder}")
        self.files = folder / "files"
        self.files.mkdir()

    def write(self, name: str, content: str) -> None:
        (self.files / name).write_text(content)

    def build(self) -> tuple[StoredIndex, Index]:
        build([self.files], self.folder / ".qa", encoder=ENCODER)
        build([self.files], self.place, encoder=ENCODER)
        return StoredIndex(self.folder / ".qa"), open_index(self.place)


def assert_same(one: Index, other: Index) -> None:
    """Documents, passages, statistics and candidates are the same, to the last digit."""
    assert one.counts == other.counts
    assert one.paths_and_rows[0] == other.paths_and_rows[0]
    assert one.paths_and_rows[1].tolist() == other.paths_and_rows[1].tolist()
    for row in range(one.passage_count):
        mine, theirs = one.passage(row), other.passage(row)
        assert (mine.id, mine.text, mine.sentences) == (theirs.id, theirs.text, theirs.sentences)
        assert mine.document.path == theirs.document.path
        assert one.row_of(mine.id) == other.row_of(mine.id) == row
        assert one.duplicates_of(row) == other.duplicates_of(row)
    for document, same in zip(one.documents(), other.documents(), strict=True):
        assert one.text_of(document) == other.text_of(same)
    among = np.arange(0, one.passage_count, 2)
    for question in QUESTIONS:
        terms = one.analyzer.analyze_question(question).terms
        vector = ENCODER.encode_question(question)
        here, there = (each.statistics(terms, vector) for each in (one, other))
        assert here.frequencies == there.frequencies
        assert here.average_length == there.average_length
        assert here.passage_similarity is not None
        assert there.passage_similarity is not None
        np.testing.assert_allclose(
            [*here.passage_similarity.distribution, here.passage_similarity.length],
            [*there.passage_similarity.distribution, there.passage_similarity.length],
            rtol=1e-5,
        )
        for rows in (None, among):
            blocks = [
                each.candidates(
                    terms, vector, depth=7, held=tuple(dict.fromkeys(terms)), among=rows
                )
                for each in (one, other)
            ]
            for name in blocks[0].__slots__:
                a, b = (getattr(block, name) for block in blocks)
                if name == "held":
                    assert a.terms == b.terms
                    np.testing.assert_array_equal(a.own, b.own)
                    np.testing.assert_array_equal(a.adjacent, b.adjacent)
                else:
                    np.testing.assert_array_equal(a, b, name)
