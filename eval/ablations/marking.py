"""How often the marked sentence contains the answer, given the right passage."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from qa.answering.evidence import evidence
from qa.reader.network import reading
from qa_eval.evidence import holds_answer
from qa_index.collection.local.candidates import block_of
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.records import StoredPassage
from qa_index.search.query import question_weights
from qa_index.search.scoring import sentence_similarities

from .asking import Asked

Marked = list[int]
"""Sentence numbers, best first."""


def _by_vector(index: StoredIndex, passage: StoredPassage, asked: Asked) -> Marked:
    block = block_of(index, np.array([passage.row]))
    return [int(np.argmax(sentence_similarities(block, asked.vector)))]


def _by_idf(index: StoredIndex, passage: StoredPassage, asked: Asked) -> Marked:
    weights = _weights(index, asked)
    language = passage.document.language
    shared = [
        math.fsum(
            weights.get(term, 0.0) for term in set(index.analyzer.analyze(sentence, language))
        )
        for sentence in _sentences(passage)
    ]
    return [int(np.argmax(shared))]


def _unread(index: StoredIndex, passage: StoredPassage, asked: Asked) -> Marked:
    [found] = evidence(block_of(index, np.array([passage.row])), asked.query(index))
    return list(found.sentences)


def _read(index: StoredIndex, passage: StoredPassage, asked: Asked) -> Marked:
    [found] = evidence(block_of(index, np.array([passage.row])), asked.query(index))
    told = reading(asked.question.text, passage, found.sentences[0])
    if told is None:
        return list(found.sentences)
    unread = found.unread(told)
    rest = None if unread is None else reading(asked.question.text, passage, unread)
    return list(found.read(told if rest is None else told.with_sentences_of(rest)).sentences)


VARIANTS: Mapping[str, Callable[[StoredIndex, StoredPassage, Asked], Marked]] = {
    "vector alone": _by_vector,
    "idf overlap alone": _by_idf,
    "kept, not read": _unread,
    "kept, read": _read,
}

MAY_MARK_SEVERAL = (_unread, _read)


def compare(index: StoredIndex, asked: Sequence[Asked]) -> dict[str, float]:
    """Share of questions whose marked sentence contains an answer string, by variant.

    Variants that may mark several sentences also report: the share of questions where one of them
    contains an answer, the share of marked sentences that do, and the mean number of those marked.
    Documents must be whole, so that the right passage is the document. Questions without answer
    strings are left out; without any question the result is empty.
    """
    first_rows = {document.path: document.passages.start for document in index.documents()}
    given = [
        (index.passage(first_rows[each.question.gold[0].path]), each)
        for each in asked
        if each.question.answers
    ]
    if not given:
        return {}
    figures = {}
    for name, mark in VARIANTS.items():
        right = [_right(mark(index, *pair), *pair) for pair in given]
        figures[f"{name}: first"] = float(np.mean([each[0] for each in right]))
        if mark in MAY_MARK_SEVERAL:
            figures[f"{name}: either"] = float(np.mean([any(each) for each in right]))
            figures[f"{name}: of the marked"] = float(np.mean(np.concatenate(right)))
            figures[f"{name}: marked"] = float(np.mean([len(each) for each in right]))
    return figures


def _right(marked: Marked, passage: StoredPassage, asked: Asked) -> list[bool]:
    sentences = _sentences(passage)
    return [holds_answer(sentences[number], asked.question.answers) for number in marked]


def _sentences(passage: StoredPassage) -> list[str]:
    start = passage.start
    return [passage.text[a - start : b - start] for a, b in passage.sentences]


def _weights(index: StoredIndex, asked: Asked) -> dict[str, float]:
    query = asked.query(index)
    return question_weights(query.statistics, query.question)
