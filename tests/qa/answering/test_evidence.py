"""Marked sentences of many passages at once, against the formula for a single passage."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa.answering.evidence import SHIPPED, Evidence, evidence
from qa.reader.network import Reading
from qa_index.building.build import build
from qa_index.collection.local.candidates import block_of
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.protocol import Similarity
from qa_index.encoding.profile import MINILM
from qa_index.search.query import Query, shrunk_deviation
from qa_index.vectors import similarity_distribution
from tests.support.hashing_encoder import HashingEncoder

ROOT = Path(__file__).parents[3]

QUESTIONS = [
    "How much oil is Pemex supposed to produce?",
    "Who said that the price of oil rose, and when did production fall?",
    "Which company did the president visit?",
    "zzz qqq",
    "the of and",
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> StoredIndex:
    folder = tmp_path_factory.mktemp("evidence") / ".qa"
    build([ROOT / "seeds"], folder, encoder=HashingEncoder())
    return StoredIndex(folder)


def query(index: StoredIndex, text: str, *, with_vector: bool) -> Query:
    vector = HashingEncoder().encode_question(text) if with_vector else None
    return Query.of(index, index.analyzer.analyze_question(text), vector, trust=0.8)


def by_the_formula(index: StoredIndex, row: int, asked: Query) -> tuple[int, ...]:
    """The formula of the module's docstring, sentence by sentence and term by term."""
    record, passage = index.passages[row], index.passage(row)
    first = int(record["first_term"]) + int(record["context_terms"])
    first_sentence, count = int(record["first_sentence"]), int(record["sentences"])
    lengths = index.sentence_terms[first_sentence : first_sentence + count].tolist()
    held: list[set[int]] = []
    for length in lengths:
        held.append(set(index.terms[first : first + length].tolist()))
        first += length
    assert count == len(passage.sentences)
    idf = dict(zip(asked.terms.hashes.tolist(), asked.terms.idf.tolist(), strict=True))
    total = max(sum(idf.values()), 1e-9)
    holding = {term: sum(term in own for own in held) for term in idf}
    local = {
        term: weight * math.log1p((count - holding[term] + 0.5) / (holding[term] + 0.5))
        for term, weight in idf.items()
    }
    scores = []
    for number, own in enumerate(held):
        both = own | (held[number - 1] if number else set())
        score = 8 * sum(local[t] for t in idf if t in own) / max(sum(local.values()), 1e-9)
        score += 2 * sum(idf[t] for t in idf if t in both) / total
        if asked.vector is not None:
            row_of = first_sentence + number
            codes = index.sentence_vectors[row_of].astype(np.float32)
            similarity = float(codes @ asked.vector.components) * float(
                index.sentence_scales[row_of]
            )
            over_all = similarity_distribution(asked.vector.components, index.sentence_moments)
            similarity_of_all = Similarity(over_all, index.manifest.counts.sentences, 1.0)
            spread = shrunk_deviation(similarity_of_all, MINILM.deviation)
            score += asked.trust * similarity / spread
        scores.append(score)
    heading = int(record["heading"])
    if heading >= 0:
        end = passage.document.headings[heading].end
        above = sum(last <= end for _, last in passage.sentences)
        for number in range(above if above < count else 0):
            scores[number] -= 1e6
    best, *others = sorted(range(count), key=lambda number: -scores[number])
    if others:
        behind = scores[best] - scores[others[0]]
        added = sum(idf[t] for t in idf if t in held[others[0]] - held[best]) / total
        if behind < SHIPPED.tie or (behind < SHIPPED.near and added >= SHIPPED.added_share):
            return best, others[0]
    return (best,)


@pytest.mark.parametrize("with_vector", [True, False])
@pytest.mark.parametrize("text", QUESTIONS)
def test_marks_what_the_formula_marks(index: StoredIndex, text: str, with_vector: bool) -> None:
    asked = query(index, text, with_vector=with_vector)
    rows = np.arange(len(index.passages))
    found = evidence(block_of(index, rows), asked)
    assert [each.sentences for each in found] == [
        by_the_formula(index, row, asked) for row in rows.tolist()
    ]


def test_a_passage_is_marked_the_same_alone(index: StoredIndex) -> None:
    asked = query(index, QUESTIONS[0], with_vector=True)
    rows = np.arange(len(index.passages))[::-1]
    together = evidence(block_of(index, rows), asked)
    for number, each in enumerate(together):
        [alone] = evidence(block_of(index, rows[number : number + 1]), asked)
        assert alone.sentences == each.sentences
        assert all(alone.holds(word) == each.holds(word) for word in asked.question.words)
    assert any(len(each.sentences) == 2 for each in together)
    assert any(len(each.sentences) == 1 for each in together)


def test_tells_which_words_stand_in_the_best_sentence(index: StoredIndex) -> None:
    asked = query(index, QUESTIONS[0], with_vector=False)
    [found] = [
        each
        for row in range(len(index.passages))
        for each in evidence(block_of(index, np.array([row])), asked)
        if "1.8 million" in sentence(index, row, each.sentences[0])
    ][:1]
    words = asked.question.words
    held = {word[0] for word in words if found.holds(word)}
    assert "pemex" in held
    assert held < {word[0] for word in words}


def sentence(index: StoredIndex, row: int, number: int) -> str:
    passage = index.passage(row)
    start, end = passage.sentences[number]
    return passage.text[start - passage.start : end - passage.start]


def test_nothing_is_marked_in_no_passage(index: StoredIndex) -> None:
    assert (
        evidence(block_of(index, np.empty(0, np.int64)), query(index, "oil", with_vector=True))
        == []
    )


def test_a_heading_is_marked_only_where_nothing_else_is(tmp_path: Path) -> None:
    heading, text = (
        "# 4. Ending the lease early",
        "The tenant may go in March. Notice takes a month.",
    )
    (tmp_path / "lease.md").write_text(f"{heading}\n\n{text}\n\n# Lease\n", encoding="utf-8")
    build([tmp_path / "lease.md"], tmp_path / ".qa", encoder=HashingEncoder())
    index = StoredIndex(tmp_path / ".qa")
    asked = query(index, "Who may end the lease early?", with_vector=False)
    section, bare = evidence(block_of(index, np.array([0, 1])), asked)
    assert sentence(index, 0, section.sentences[0]) == "The tenant may go in March."
    assert all("nding" not in sentence(index, 0, each) for each in section.sentences)
    assert [sentence(index, 1, each) for each in bare.sentences] == ["# Lease"]
    # A heading's words count for the sentences under it.
    held = {word[0] for word in asked.question.words if section.holds(word)}
    assert "leas" in held


def told(
    spans: dict[int, float],
    logits: dict[int, float],
    *,
    cells: tuple[float, ...] = (),
    best: float | None = None,
) -> Reading:
    return Reading(0.0, spans, {}, logits, cells, best)


class TestReading:
    """A passage of four sentences that only reading can distinguish, below a heading."""

    plain = Evidence(
        np.zeros(5), np.zeros(5), np.zeros((5, 1), bool), np.zeros(1, np.uint32), np.ones(1), 1
    )

    def test_the_sentence_that_answers_is_marked(self) -> None:
        found = self.plain.read(told({1: 2.0, 2: 9.0, 3: 1.0}, {1: -3.0, 2: 1.0, 3: -2.0}))
        assert found.sentences == (2,)

    def test_as_many_are_marked_as_answer(self) -> None:
        logits = {1: 3.0, 2: 5.0, 3: -0.1, 4: 0.1}
        assert self.plain.read(told(dict.fromkeys(logits, 0.0), logits)).sentences == (2, 1, 4)

    def test_but_none_that_is_far_behind(self) -> None:
        far = replace(self.plain, scores=np.array([0.0, 0.0, SHIPPED.near + 0.1, 0.0, 0.2]))
        logits = {1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0}
        assert far.read(told(dict.fromkeys(logits, 0.0), logits)).sentences == (2, 4)

    def test_two_of_which_neither_is_clearly_better(self) -> None:
        logits = dict.fromkeys(range(1, 5), -5.0)
        near = 3.0 - SHIPPED.tie / SHIPPED.span
        clear = self.plain.read(told({1: 3.0, 2: near - 0.1, 3: 0.0, 4: 0.0}, logits))
        assert clear.sentences == (1,)
        alike = self.plain.read(told({1: 3.0, 2: near + 0.1, 3: near + 0.2, 4: 0.0}, logits))
        assert alike.sentences == (1, 3)

    def test_but_none_that_was_not_read(self) -> None:
        near = replace(self.plain, scores=np.array([-9.0, 0.5, 0.0, 0.0, 0.0]))
        assert near.read(told({1: 0.0}, {1: -5.0})).sentences == (1,)

    def test_and_no_heading(self) -> None:
        logits = {0: 9.0, 1: 0.0}
        assert self.plain.read(told(dict.fromkeys(logits, 0.0), logits)).sentences == (0,)

    def test_but_not_more_than_a_few(self) -> None:
        few = SHIPPED.most
        plain = replace(
            self.plain,
            scores=np.zeros(9),
            local=np.zeros(9),
            held=np.zeros((9, 1), bool),
            headings=0,
        )
        logits = {number: 9.0 - number for number in range(9)}
        read = plain.read(told(dict.fromkeys(logits, 0.0), logits))
        assert read.sentences == tuple(range(few))

    def test_what_was_not_read_counts_as_the_least_of_what_was(self) -> None:
        scores = self.plain.read(told({1: -7.0, 2: 4.0}, {1: 1.0, 2: 3.0})).scores
        assert scores.tolist() == [-3.0, -3.0, 3.5, -3.0, -3.0]

    @pytest.mark.parametrize(
        ("best", "cells", "counts"), [(None, (), True), (1.0, (), False), (1.0, (0.0,), True)]
    )
    def test_local_shares_count_unless_the_english_network_read_prose(
        self, best: float | None, cells: tuple[float, ...], counts: bool
    ) -> None:
        local = np.array([0.0, 4.0, 0.0, 0.0, 0.0])
        plain = replace(self.plain, scores=local.copy(), local=local)
        spans = dict.fromkeys(range(1, 5), 0.0)
        scores = plain.read(told(spans, spans, cells=cells, best=best)).scores
        assert scores[1] == (4.0 if counts else 0.0)

    def test_the_best_of_those_that_were_not_read(self) -> None:
        plain = replace(self.plain, scores=np.array([9.0, 1.0, 3.0, 5.0, 4.0]))
        assert plain.unread(told({3: 0.0}, {3: 0.0})) == 4
        assert plain.unread(told(dict.fromkeys(range(1, 5), 0.0), {})) is None

    def test_what_is_not_read_of_tables_and_long_questions(self) -> None:
        assert self.plain.unread(told({3: 0.0}, {3: 0.0}, cells=(0.0,))) is None
        assert self.plain.unread(told({}, {})) is None

    def test_where_nothing_was_read_nothing_changes(self) -> None:
        apart = replace(self.plain, scores=np.array([-9.0, 0.0, 1.2, 0.0, -1.0]))
        assert apart.sentences == apart.read(told({}, {})).sentences == (2,)
