"""Citations of what was found: the passage with its place, its copies and what limits it."""

import hashlib
from collections.abc import Sequence

import numpy as np

from qa.answering.continuing import continuations
from qa.answering.finding import Finding
from qa.answers import Citation, Scores
from qa.places import Lines, Place, SourceSpan, UnitRange, source_of, units_at
from qa_index.collection.protocol import Collection
from qa_index.collection.records import StoredPassage
from qa_index.search.scoring import Floats
from qa_index.sources.freshness import Hashed, is_stale
from qa_index.vectors import Rows

MAX_ALSO_IN = 100
"""Most copies of one passage that are listed; a licence text can be in thousands of files."""


class Citing:
    """Cites passages of an index. ``hashed`` keeps the hashes of sources that were touched."""

    def __init__(self, index: Collection, hashed: Hashed) -> None:
        self._index, self._hashed = index, hashed

    def citation(self, finding: Finding, number: int, among: Rows | None) -> Citation:
        """Citation ``number``, counted from 0, with its copies ``among`` these ascending rows."""
        ranking, place = finding.ranking, finding.places[number]
        row = int(ranking.rows[place])
        passage = self._index.passage(row)
        document = passage.document
        marked = finding.evidence[number].sentences
        answer = finding.answer_in(number)
        return Citation(
            id=passage.id,
            rank=number + 1,
            quote=passage.text,
            quote_sha256=hashlib.sha256(passage.text.encode()).hexdigest(),
            source=source_of(document, stale=is_stale(document, self._index.root, self._hashed)),
            span=SourceSpan(passage.start, passage.end),
            lines=_lines(passage),
            heading_path=passage.heading_path,
            evidence=tuple(SourceSpan(*passage.sentences[each]) for each in sorted(marked)),
            scores=Scores(
                fused=_rounded(ranking.fused[place]),
                bm25=_score(ranking.bm25, place),
                passage=_score(ranking.passage, place),
                sentence=_score(ranking.sentence, place),
                reading=finding.reading_of(number),
            ),
            also_in=tuple(map(self._copy, copies_of(self._index, row, among))),
            root=str(self._index.root),
            index_folder=str(self._index.folder),
            answer_span=SourceSpan(*answer) if answer else None,
            continues=continuations(self._index, passage, marked),
            units=units_at(document.units, passage.start, passage.end),
        )

    def _copy(self, row: int) -> Place:
        passage = self._index.passage(row)
        return Place(
            passage.document.path,
            SourceSpan(passage.start, passage.end),
            _lines(passage),
            UnitRange.of(units_at(passage.document.units, passage.start, passage.end)),
        )


def copies_of(index: Collection, row: int, among: Rows | None) -> Sequence[int]:
    """The first rows with the same text, only ``among`` these ascending ones if given."""
    copies = index.duplicates_of(row)
    if among is not None and copies:
        found = among.take(np.searchsorted(among, copies), mode="clip").tolist()
        copies = [copy for copy, left in zip(copies, found, strict=True) if copy == left]
    return copies[:MAX_ALSO_IN]


def _lines(passage: StoredPassage) -> Lines | None:
    """The lines of a passage; ``None`` if its text was extracted."""
    extracted = not passage.document.encoding
    return None if extracted else Lines(passage.first_line, passage.last_line)


def _score(scores: Floats | None, place: int) -> float | None:
    return None if scores is None else _rounded(scores[place])


def _rounded(score: np.float64) -> float:
    """Six decimals: further digits depend on how passages were batched when encoded."""
    return round(float(score), 6)
