"""Which sentences of a passage answer the question: found by meaning and by shared words."""

import numpy as np
from numpy.typing import NDArray

from qa_index.analysis import AnalyzedQuestion
from qa_index.search import sentence_similarities
from qa_index.stored import StoredIndex, StoredPassage


def evidence_sentences(
    index: StoredIndex,
    passage: StoredPassage,
    question: AnalyzedQuestion,
    vector: NDArray[np.float32] | None,
) -> list[int]:
    """Numbers of the sentences to mark, ascending."""
    overlap = np.array(
        [
            shared_weight(index, question, passage, number)
            for number in range(len(passage.sentences))
        ]
    )
    score = overlap
    if vector is not None:
        rows = passage.first_sentence + np.arange(len(passage.sentences))
        score = overlap + sentence_similarities(index, rows, vector)
    return [int(np.argmax(score))]


def shared_weight(
    index: StoredIndex, question: AnalyzedQuestion, passage: StoredPassage, number: int
) -> float:
    """Share of the question's idf weight whose words stand in a sentence, 0 to 1."""
    start, end = passage.sentences[number]
    text = passage.text[start - passage.start : end - passage.start]
    terms = set(index.analyzer.analyze(text, passage.document.language))
    held = total = 0.0
    for alternatives in question.words:
        weight = min(index.bm25.idf(term) for term in alternatives)
        total += weight
        held += weight * any(term in terms for term in alternatives)
    return held / total if total else 0.0
