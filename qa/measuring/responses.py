"""Responses of an answerer, in the form that the evaluation judges.

Each question needs the places of a hundred passages, but quote and evidence only of the few that
are stored in a run. So no citations are made: hashing a hundred quotes and checking their sources
would take longer than the search.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from qa.answering.answerer import Answerer
from qa.answering.citing import copies_of
from qa.answering.evidence import Evidence
from qa.answering.finding import Finding
from qa.answers import Confidence
from qa.confidence.assessing import Assessment
from qa.filters import Filter
from qa_eval import Place, Response, Retrieved, Span
from qa_eval.runs import KEPT
from qa_index.search.parameters import CANDIDATES
from qa_index.search.query import Mode
from qa_index.search.scoring import rank
from qa_index.vectors import Rows

DEEPEST = 16 * CANDIDATES
"""Most candidates per list that are searched to fill a ranking; anything beyond counts as not
found. Documents of ten passages still fill a hundred ranks."""


class Responder:
    """Asks an answerer; safe to share between threads.

    The first passages, their evidence and the probability are those that ``Answerer.ask`` gives.
    ``depth`` is the number of passages to return, or with ``by_document`` the number of documents
    whose passages to return, if there are that many. A ``filter`` leaves out what ``Answerer.ask``
    leaves out; raises ``InputError`` if it leaves nothing.
    """

    def __init__(
        self, answerer: Answerer, depth: int, *, by_document: bool, filter: Filter | None = None
    ) -> None:
        self._answerer = answerer
        self._index = answerer.index
        self._depth = depth
        self._by_document = by_document
        self._among = answerer.rows_left(filter)
        self._paths = [document.path for document in answerer.index.documents()]

    def respond(self, question: str, mode: Mode) -> Response:
        """Ask one question. Raises as ``Answerer.ask`` does."""
        found = self._answerer.find_and_assess(
            question, KEPT, mode=mode, among=self._among, further=True
        )
        return self.response_to(*found, mode)

    def response_to(self, finding: Finding, assessment: Assessment, mode: Mode) -> Response:
        """The response built from a question's finding, of ``KEPT`` or more passages."""
        retrieved = self._retrieved(self._scores(finding, mode))
        head = [
            self._quoted(*each)
            for each in zip(
                retrieved[:KEPT],
                finding.rows[:KEPT].tolist(),
                finding.evidence[:KEPT],
                strict=True,
            )
        ]
        confident = assessment.confidence.at_least(Confidence.MEDIUM)
        return Response(
            retrieved=(*head, *retrieved[KEPT:]),
            probability=assessment.probability,
            answered=bool(head) and confident,
        )

    def _scores(self, finding: Finding, mode: Mode) -> dict[int, float]:
        """Scores of the rows to return, best first: one row for each distinct text."""
        ranking, reach = finding.ranking, CANDIDATES
        order = [*finding.places, *range(len(ranking.rows))]
        scores: dict[int, float] = {}
        seen: set[int | str] = set()
        while True:
            rows = ranking.rows[order]
            texts, fused = self._index.text_keys(rows), ranking.fused[order].tolist()
            for row, text, score in zip(rows.tolist(), texts, fused, strict=True):
                if text not in seen:
                    seen.add(text)
                    scores[row] = round(score, 6)  # the precision of a citation
            enough = self._enough(_array(scores))
            if enough is not None:
                return dict(list(scores.items())[:enough])
            # Deeper candidates are only appended: what `ask` shows first stays first.
            if reach >= min(DEEPEST, self._index.passage_count) or len(ranking.rows) < reach:
                return scores
            reach *= 4
            ranking = rank(self._index, finding.query, mode=mode, among=self._among, depth=reach)
            order = list(range(len(ranking.rows)))

    def _enough(self, rows: Rows) -> int | None:
        """Number of leading rows that reach the depth; ``None`` if there are too few."""
        if not self._by_document:
            return self._depth if len(rows) >= self._depth else None
        documents = [place.document for place in self._index.places(rows)]
        _, first = np.unique(documents, return_index=True)
        return int(np.sort(first)[self._depth - 1]) + 1 if len(first) >= self._depth else None

    def _retrieved(self, scores: dict[int, float]) -> list[Retrieved]:
        rows = _array(scores)
        return [
            Retrieved(*place, score=score, also_in=self._also_in(row))
            for place, (row, score) in zip(self._places(rows), scores.items(), strict=True)
        ]

    def _also_in(self, row: int) -> tuple[Place, ...]:
        return tuple(self._places(_array(copies_of(self._index, row, self._among))))

    def _places(self, rows: Rows) -> list[Place]:
        return [
            Place(self._paths[place.document], place.start, place.end)
            for place in self._index.places(rows)
        ]

    def _quoted(self, passage: Retrieved, row: int, marked: Evidence) -> Retrieved:
        """The passage with its quote and evidence, as a citation has them."""
        stored = self._index.passage(row)
        return replace(
            passage,
            quote=stored.text,
            evidence=tuple(
                Span(*stored.sentences[sentence]) for sentence in sorted(marked.sentences)
            ),
        )


def _array(rows: Collection[int]) -> Rows:
    return np.fromiter(rows, dtype=np.int64, count=len(rows))
