"""Answers a question: rank passages, quote them, mark the evidence, and estimate confidence."""

import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypedDict

import numpy as np
from numpy.typing import NDArray

from qa.answering.agreement.grouping import agreement_of, may_agree
from qa.answering.citing import Citing
from qa.answering.columns import AskedWords, Similarities
from qa.answering.evidence import evidence
from qa.answering.finding import LIMIT, Finding
from qa.answering.following import Before, before_of, both_of
from qa.answering.selecting import Selection, facts_of, select
from qa.answering.speculation import SpeculativeReading
from qa.answering.surroundings import Surroundings, surroundings_of_passage
from qa.answers import (
    Answer,
    Citation,
    Confidence,
    IndexUsed,
    Reason,
    Status,
)
from qa.confidence.assessing import Assessment, assess
from qa.confidence.profiles import doubt_of
from qa.confidence.shipped import shipped_for
from qa.confidence.signals import FIRST
from qa.confidence.store import calibration_of
from qa.errors import EmptyQuestion, InputError, StaleSource
from qa.filters import Filter
from qa.inputs import choice, share, text, whole_number
from qa.reader.network import model_weight
from qa.turns import Turn
from qa.values import Agreement
from qa_index.collection.protocol import CandidateBlock, Collection
from qa_index.encoding import Encoder
from qa_index.encoding.profile import fertility_range
from qa_index.search.parameters import CANDIDATES
from qa_index.search.query import Mode, Query, candidates
from qa_index.search.scoring import Ranking, scored
from qa_index.search.wording import Wording, wording
from qa_index.sources.filters import Strings, several
from qa_index.sources.freshness import Hashed, told_stale
from qa_index.vectors import Rows

if TYPE_CHECKING:
    from qa.listings import PassageList

OnProgress = Callable[[int, int], None]
"""Called with the passages read so far and the number to read."""

DEFAULT_COUNT = 5
MAX_COUNT = 100
"""Largest ``k``. A question has a few hundred candidates, and nobody reads more citations."""

DEFAULT_LEAST = 0.2
"""Limit of the probability of what is listed. A review looks at five to find one more."""

MOST_SAMPLED = 200
"""Largest sample of what is not listed."""

REMEMBERED_FILTERS = 8
"""Number of filter results that are cached, at 8 bytes per passage each."""

CITED_TOGETHER = 256
"""Number of listed passages that are fetched together: half of the documents that an index on a
server keeps, so that they are still there when they are cited."""

REMEMBERED_LABELS = 512
"""Number of short texts, mostly names of columns, whose vectors are cached."""


class AskOptions(TypedDict, total=False):
    """The options of ``Answerer.ask``."""

    k: int
    mode: Mode | str
    min_confidence: Confidence | str
    filter: Filter | Strings | None
    within: Strings
    strict: bool
    read: bool
    after: Answer | Turn | None


class AskAllOptions(TypedDict, total=False):
    """The options of ``Answerer.ask_all``."""

    least: float
    mode: Mode | str
    filter: Filter | Strings | None
    within: Strings
    strict: bool
    read: bool
    sample: int
    on_progress: OnProgress | None


class Answerer:
    """Answers questions from one generation of an index; ``qa.session`` opens it.

    Read-only, and safe to share between threads. ``open_encoder`` is called for the first
    question that needs a vector. ``hashed`` keeps the hashes of sources that were touched.
    """

    def __init__(
        self,
        index: Collection,
        open_encoder: Callable[[], Encoder],
        *,
        hashed: Hashed | None = None,
    ) -> None:
        self.index = index
        self._citing = Citing(index, {} if hashed is None else hashed)
        facts = lru_cache(maxsize=1)(partial(facts_of, index))
        self._selected = lru_cache(maxsize=REMEMBERED_FILTERS)(partial(select, index, facts))
        own = calibration_of(index)
        self.confidence = shipped_for(index.model.sha256) if own is None else own.model
        self.calibration = own
        self.promise = None if own is None else own.promise
        self._open_encoder = open_encoder
        self._encoder: Encoder | None = None
        # A function that referred to this answerer would keep it alive, with its open files.
        self._encoded = lru_cache(maxsize=REMEMBERED_LABELS)(_encode)
        self._opening = threading.Lock()
        # Scoring a few hundred candidates takes many small numpy calls. Threads that hand over the
        # GIL at each of them get less done than a single thread.
        self._turn = threading.Lock()

    def __repr__(self) -> str:
        counts = self.index.counts
        return (
            f"<Answerer of {self.index.folder}: {counts.documents:,} documents, "
            f"{counts.passages:,} passages>"
        )

    def pinned(self) -> Self:
        """Itself: an answerer never changes its generation."""
        return self

    def ask(
        self,
        question: str,
        *,
        k: int = DEFAULT_COUNT,
        mode: Mode | str = Mode.HYBRID,
        min_confidence: Confidence | str = Confidence.MEDIUM,
        filter: Filter | Strings | None = None,
        within: Strings = (),
        strict: bool = False,
        read: bool = True,
        after: Answer | Turn | None = None,
    ) -> Answer:
        """The passages that answer ``question``, at most ``k``.

        With a confidence below ``min_confidence`` the status is ``no_answer`` and the citations are
        the nearest passages. ``filter`` says which documents and passages are searched: a
        ``Filter``, or patterns as in ``.gitignore`` that the sources' paths must match. If it
        leaves nothing, the reason is ``filtered_out``, and a warning says why. ``within`` restricts
        the search to these files and folders, named as stored. ``strict`` refuses to cite a source
        that changed since it was indexed. Unless ``read`` is false, the reader reads the first
        citation and, in hybrid mode, others that may answer better, up to 16 in English and 8 in
        other languages. Reading takes more time than all else where no passage surely answers, and
        detects far better which one does, and whether one does. To a question that asks for a
        value, all citations up to the sixteenth are read, and ``Answer.agreement`` groups the
        values that they give. ``after`` is an earlier answer that the question follows up: words of
        its question count too, and passages of the documents that it cites are preferred a little.
        ``Answer.after`` tells what was carried over.

        Raises ``EmptyQuestion``, ``InputError`` for options that are out of range, ``StaleSource``
        under ``strict``, ``IndexDamaged``, or ``ModelUnavailable``.
        """
        started = time.perf_counter()
        question = text(question, "the question")
        k = whole_number(k, "k", least=1, most=MAX_COUNT)
        least = choice(min_confidence, "min_confidence", Confidence)
        worded = self._worded(question)
        before = before_of(self.index, after)
        with SpeculativeReading(self.index, worded.text) as reading:
            selected = self._selected(Filter.of(filter), several(within), self._here())
            reads = reading if read else None
            finding = self._find(
                worded, k, mode=mode, among=selected.rows, reading=reads, before=before
            )
            waiting = time.perf_counter()
            finding = self._compared(finding.read(reading) if read else finding, worded.text)
            read_ms = _since(waiting)
            assessment = self._assess(finding)
            filtered = selected.rows is not None and not len(selected.rows)
            count = min(k, len(finding.places))
            reason = self._reason(assessment, least, bool(count), filtered=filtered)
            if reason is None and read:
                waiting = time.perf_counter()
                finding = _read_further(finding, question, reading, count)
                read_ms += _since(waiting)
            self.index.prefetch(finding.rows[:count])
            citations = tuple(
                self._citing.citation(finding, each, selected.rows) for each in range(count)
            )
            stale = list(dict.fromkeys(c.source.path for c in citations if c.source.stale))
            if stale and strict:
                raise StaleSource(told_stale(stale[0]))
        return Answer(
            question=question,
            status=Status.ANSWERED if reason is None else Status.NO_ANSWER,
            reason=reason,
            confidence=assessment.confidence,
            probability=assessment.probability,
            citations=citations,
            index=IndexUsed(self.index.generation, self.index.model.name),
            explanation=replace(
                assessment.explanation,
                threshold=self.confidence.least(least),
                # A follow-up is asked in another way than the questions of a promise.
                promised_risk=None
                if before is not None
                else self._promised(mode, least, selected.rows, read=read),
            ),
            agreement=None if reason else self._agreement(worded, finding, citations),
            corrections=worded.corrections,
            warnings=(
                *selected.warnings,
                *self._doubts(finding.query),
                *map(told_stale, stale),
            ),
            timing_ms={"encode": finding.encode_ms, "read": read_ms, "total": _since(started)},
            after=None if before is None else before.carried_to(worded.question),
        )

    def ask_all(
        self,
        question: str,
        *,
        least: float = DEFAULT_LEAST,
        mode: Mode | str = Mode.HYBRID,
        filter: Filter | Strings | None = None,
        within: Strings = (),
        strict: bool = False,
        read: bool = True,
        sample: int = 0,
        on_progress: OnProgress | None = None,
    ) -> "PassageList":
        """Every passage that answers ``question`` with a probability of ``least`` or more.

        With the number of passages that answer and are not listed, estimated. The reader reads all
        that may reach ``least``, which can take minutes in a large collection: ``on_progress`` is
        called with the passages read and to read. ``mode`` is hybrid or BM25. Up to ``sample``
        passages that are not listed are drawn, to be judged (``qa.read_review``). The other options
        are those of ``ask``.

        Raises as ``ask`` does.
        """
        # A plain question needs neither, and starts sooner without them.
        from qa.answering.listing import Lister
        from qa.listings import ListedPassage, PassageList

        started = time.perf_counter()
        question = text(question, "the question")
        least = share(least, "least")
        sample = whole_number(sample, "sample", least=0, most=MOST_SAMPLED)
        mode = choice(mode, "mode", Mode)
        if mode is Mode.DENSE:
            raise InputError("every passage is listed in mode hybrid or bm25, not dense")
        worded = self._worded(question)
        with SpeculativeReading(self.index, worded.text) as reading:
            selected = self._selected(Filter.of(filter), several(within), self._here())
            reads = reading if read else None
            finding = self._find(worded, 1, mode=mode, among=selected.rows, reading=reads)
            finding = self._compared(finding.read(reading) if read else finding, worded.text)
            first = self._assess(finding).probability
            found = Lister(
                index=self.index,
                mode=mode,
                among=selected.rows,
                least=least,
                reading=reads,
                sample=sample,
                seed=zlib.crc32(question.encode("utf-8", "surrogatepass")),
                on_progress=on_progress,
            ).listing(finding, first)

            def cited(each: Finding, rank: int) -> Citation:
                citation = replace(self._citing.citation(each, 0, selected.rows), rank=rank)
                if citation.source.stale and strict:
                    raise StaleSource(told_stale(citation.source.path))
                return citation

            passages: list[ListedPassage] = []
            for start in range(0, len(found.passages), CITED_TOGETHER):
                part = found.passages[start : start + CITED_TOGETHER]
                self._prefetch([each for each, _ in part])
                passages += (
                    ListedPassage(cited(each, rank), probability)
                    for rank, (each, probability) in enumerate(part, start + 1)
                )
            chosen = None
            if found.sample is not None:
                self._prefetch([each for each, *_ in found.sample.passages])
                chosen = found.sample.cited(cited)
        reason = None if passages else self._reason_of_none(finding, selected)
        shown = [each.citation for each in passages]
        shown += [each.citation for each in (chosen.passages if chosen else ())]
        stale = dict.fromkeys(each.source.path for each in shown if each.source.stale)
        return PassageList(
            question=question,
            least=least,
            reason=reason,
            passages=tuple(passages),
            expected=found.expected,
            missed=found.missed,
            searched=found.searched,
            candidates=found.candidates,
            read=found.read,
            index=IndexUsed(self.index.generation, self.index.model.name),
            sample=chosen,
            corrections=worded.corrections,
            warnings=(*selected.warnings, *self._doubts(finding.query), *map(told_stale, stale)),
            timing_ms={"encode": finding.encode_ms, "total": _since(started)},
        )

    def _prefetch(self, findings: Sequence[Finding]) -> None:
        """Fetch together what citing findings of one passage each takes."""
        self.index.prefetch(np.array([each.rows[0] for each in findings], dtype=np.int64))

    def _reason_of_none(self, finding: Finding, selected: Selection) -> Reason:
        """Why no passage is listed."""
        if not self.index.passage_count:
            return Reason.EMPTY_INDEX
        if selected.rows is not None and not len(selected.rows):
            return Reason.FILTERED_OUT
        return Reason.BELOW_THRESHOLD if finding.places else Reason.NO_MATCH

    def surroundings(self, citation: str, *, sentences: int) -> Surroundings:
        """Up to ``sentences`` sentences before and after the passage with this citation id.

        Both are empty if the index does not hold it.
        """
        return surroundings_of_passage(self.index, citation, sentences=sentences)

    def rows_left(self, filter: Filter | Strings | None) -> Rows | None:
        """The ascending rows that a filter leaves; ``None`` for all.

        Raises ``InputError`` if it leaves nothing.
        """
        selected = self._selected(Filter.of(filter), (), self._here())
        if selected.rows is not None and not len(selected.rows):
            raise InputError("; ".join(selected.warnings))
        return selected.rows

    def _here(self) -> Path:
        """The working folder, which patterns may be relative to; the index's root if it is gone."""
        try:
            return Path.cwd()
        except OSError:
            return self.index.root

    def _worded(self, question: str) -> Wording:
        """A question as the documents word it. Raises ``EmptyQuestion``."""
        if not question.strip():
            raise EmptyQuestion("the question is empty; ask something")
        return wording(self.index, question)

    def _find(
        self,
        worded: Wording,
        k: int,
        *,
        mode: Mode | str = Mode.HYBRID,
        among: Rows | None = None,
        reading: SpeculativeReading | None,
        before: Before | None = None,
    ) -> Finding:
        """Finds the rows to cite, and at least those that count, only from ``among`` if given.

        ``reading``, if given, begins in parallel, unless the question follows up those ``before``.
        """
        mode = choice(mode, "mode", Mode)
        question, analyzed = worded.text, worded.question
        if reading is not None and mode is not Mode.BM25 and before is None:
            reading.begin(analyzed, among)
        encoder = None if mode is Mode.BM25 else self.encoder
        started = time.perf_counter()
        vector = None if encoder is None else encoder.encode_question(question)
        told = question
        if before is not None:
            told = f"{before.text} {question}"
            if encoder is not None and vector is not None:
                vector = both_of(vector, encoder.encode_question(before.text))
        encode_ms = _since(started)
        trust = 0.0 if encoder is None else self._trust(encoder.fertility(told))
        earlier = None if before is None else before.earlier
        query = Query.of(self.index, analyzed, vector, trust=trust, earlier=earlier)
        found = candidates(self.index, query, mode=mode, among=among)
        least = FIRST if reading is None or mode is Mode.BM25 else LIMIT
        ranking, places = self._choose(query, found, mode=mode, among=among, count=max(k, least))
        with self._turn:
            marked = evidence(ranking.candidates(places), query)
        return Finding(query, ranking, places, marked, encode_ms)

    def _trust(self, fertility: float) -> float:
        """How well the index's model knows the language of a question, 0 to 1."""
        return fertility_range(self.index.model.sha256).trust(fertility)

    def find_and_assess(
        self,
        question: str,
        k: int,
        *,
        mode: Mode | str = Mode.HYBRID,
        among: Rows | None = None,
        read: bool = True,
        after: Answer | Turn | None = None,
        further: bool = False,
    ) -> tuple[Finding, Assessment]:
        """The finding and assessment of ``ask`` for at least ``k`` rows. Raises as ``ask`` does.

        ``among`` are the rows that a filter leaves (``rows_left``). With ``further``, what is read
        only to compare values is read, too.
        """
        worded = self._worded(question)
        before = before_of(self.index, after)
        with SpeculativeReading(self.index, worded.text) as reading:
            reads = reading if read else None
            finding = self._find(worded, k, mode=mode, among=among, reading=reads, before=before)
            finding = self._compared(finding.read(reading) if read else finding, worded.text)
            assessment = self._assess(finding)
            if further and read and assessment.confidence.at_least(Confidence.MEDIUM):
                finding = _read_further(finding, question, reading, k)
            return finding, assessment

    def _compared(self, finding: Finding, question: str) -> Finding:
        """The finding with what the columns say, if the first passage is of a table."""
        query = finding.query
        scale = None if query.vector is None else query.vector.profile.similarity
        counts = scale is not None and model_weight(query.trust) > 0
        return finding.with_column(
            AskedWords(question, query.question, self.index.analyzer),
            self.index,
            Similarities(self._vector_of, scale) if scale and counts else None,
        )

    def _vector_of(self, text: str) -> NDArray[np.float32]:
        encoder = self.encoder  # hashed by its identity
        return self._encoded(encoder, text)  # type: ignore[arg-type]

    def _assess(self, finding: Finding) -> Assessment:
        with self._turn:
            return assess(
                finding.query,
                finding.ranking,
                finding.places,
                finding.evidence,
                reading=finding.logits[0] if finding.logits else None,
                second=finding.second,
                widened=finding.widened,
                agreement=None if finding.column is None else finding.column.agreement,
                model=self.confidence,
            )

    def _agreement(
        self, worded: Wording, finding: Finding, citations: Sequence[Citation]
    ) -> Agreement | None:
        """What values the citations of a finding give, if the question asks for one."""
        if not may_agree(worded.text):
            return None
        words = AskedWords(worded.text, worded.question, self.index.analyzer)
        cited = []
        for number, citation in enumerate(citations):
            passage = self.index.passage(int(finding.rows[number]))
            best = passage.sentences[finding.evidence[number].sentences[0]]
            cited.append((citation, passage, best))
        return agreement_of(worded.text, words, cited)

    def _promised(
        self, mode: Mode | str, least: Confidence, among: Rows | None, *, read: bool
    ) -> float | None:
        """The promised share of wrong answers, if the question is asked as it was promised for."""
        usual = mode == Mode.HYBRID and least is Confidence.MEDIUM and among is None and read
        return self.promise.risk if self.promise is not None and usual else None

    def _doubts(self, query: Query) -> Iterator[str]:
        """Warnings about a probability that depends on similarities."""
        shipped = shipped_for(self.index.model.sha256)
        if query.vector is not None and (self.confidence is shipped or self.promise is not None):
            doubt = doubt_of(self.index)
            if doubt is not None:
                yield doubt

    @property
    def encoder(self) -> Encoder:
        """The model that the index was made with, opened on first use."""
        with self._opening:
            if self._encoder is None:
                self._encoder = self._open_encoder()
            return self._encoder

    def _choose(
        self, query: Query, found: CandidateBlock, *, mode: Mode, among: Rows | None, count: int
    ) -> tuple[Ranking, list[int]]:
        """A ranking, and the places in it to cite: the first of each distinct text."""
        depth = CANDIDATES
        while True:
            with self._turn:
                ranking = scored(query, found, mode=mode)
            first: dict[int | str, int] = {}  # place of each text
            for place, key in enumerate(self.index.text_keys(ranking.rows)):
                first.setdefault(key, place)
                if len(first) == count:
                    break
            chosen = list(first.values())
            if len(chosen) == count:
                return ranking, chosen
            # Copies of one passage can crowd the others out of the candidates.
            if len(ranking.rows) < depth or depth >= self.index.passage_count:
                return ranking, chosen
            depth *= 4
            found = candidates(self.index, query, mode=mode, among=among, depth=depth)

    def _reason(
        self, assessment: Assessment, least: Confidence, found: bool, *, filtered: bool
    ) -> Reason | None:
        if not self.index.passage_count:
            return Reason.EMPTY_INDEX
        if filtered:
            return Reason.FILTERED_OUT
        if not found:
            return Reason.NO_MATCH
        return None if assessment.confidence.at_least(least) else Reason.BELOW_THRESHOLD


def _read_further(
    finding: Finding, question: str, reading: SpeculativeReading, count: int
) -> Finding:
    """The finding with all rows to cite read, if values that they give may be compared."""
    return finding.read_further(reading, min(count, LIMIT)) if may_agree(question) else finding


def _encode(encoder: Encoder, text: str) -> NDArray[np.float32]:
    return encoder.encode_question(text)


def _since(started: float) -> float:
    """Milliseconds since a time of ``perf_counter``."""
    return round((time.perf_counter() - started) * 1000, 3)
