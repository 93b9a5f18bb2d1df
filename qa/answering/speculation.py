"""Speculative reading: reads BM25's first passage while the question is being encoded.

For seven in ten questions this is the passage that has to be read, and the answer comes in a
quarter less time. This takes a second core, so it is done only while no other question is being
answered.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Thread
from typing import Self, TypeVar

from qa.answering.evidence import evidence
from qa.reader.network import Reading, reader, reading, second_reading
from qa.reader.rows import ENGLISH
from qa_index.collection.protocol import Collection
from qa_index.encoding.onnx_engine import usable_cores
from qa_index.search.query import Mode, Query, candidates
from qa_index.terms.analyzer import AnalyzedQuestion
from qa_index.vectors import Rows

One = TypeVar("One")
Other = TypeVar("Other")


class _InProgress:
    """Counts the questions being answered in this process, which share its cores."""

    def __init__(self) -> None:
        self.count = 0
        self._changing = Lock()

    def add(self, number: int) -> None:
        with self._changing:
            self.count += number


_in_progress = _InProgress()


class SpeculativeReading:
    """Reads for one question, possibly before it is known which sentence has to be read.

    A context manager around answering the question. Leaving it waits for the thread, so that no
    file of the index is in use afterwards.
    """

    def __init__(self, collection: Collection, question: str) -> None:
        self._collection, self._question = collection, question
        self._thread: Thread | None = None
        self._place: tuple[int, int] | None = None
        """Row and sentence that the thread reads, or has read."""
        self._told: Reading | None = None

    def __enter__(self) -> Self:
        _in_progress.add(1)
        return self

    def __exit__(self, *_: object) -> None:
        _in_progress.add(-1)
        if self._thread:
            self._thread.join()

    def begin(self, analyzed: AnalyzedQuestion, among: Rows | None) -> None:
        """Reads BM25's first passage in a thread, if no other question is being answered.

        ``among`` restricts the search to these rows, in ascending order.
        """
        if not self._may_use_another_core():
            return
        thread = Thread(target=self._try, args=(analyzed, among))
        with suppress(RuntimeError):  # no more threads are to be had
            thread.start()
            self._thread = thread

    def read_all(self, places: Sequence[tuple[int, int]]) -> list[Reading | None]:
        """``read`` for several rows and sentences, two at a time if a core is free."""
        half = len(places) // 2
        if not half:
            return self._read_in_turn(places)
        sooner, later = self._both(
            lambda: self._read_in_turn(places[:half]), lambda: self._read_in_turn(places[half:])
        )
        return [*sooner, *later]

    def _read_in_turn(self, places: Sequence[tuple[int, int]]) -> list[Reading | None]:
        return [self.read(*place) for place in places]

    def read(self, row: int, sentence: int) -> Reading | None:
        """The reading of a sentence: the speculative one if it matches, otherwise a new one."""
        if self._thread and self._place == (row, sentence):
            self._thread.join()
            if self._place:
                return self._told
        return self._read(row, sentence)

    def again(self, row: int, best: int, unread: int | None) -> tuple[float | None, Reading | None]:
        """``second_reading`` of the best sentence, and the reading of one that was not read yet."""
        passage = self._collection.passage(row)
        if unread is None:
            return second_reading(self._question, passage, best), None
        return self._both(
            lambda: second_reading(self._question, passage, best),
            lambda: reading(self._question, passage, unread),
        )

    def _both(self, one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
        """What both return; the other is called at the same time if a core is free."""
        if not self._may_use_another_core():
            return one(), other()
        with ThreadPoolExecutor(1) as pool:
            later = None
            with suppress(RuntimeError):  # no more threads are to be had
                later = pool.submit(other)
            return one(), later.result() if later else other()

    def _may_use_another_core(self) -> bool:
        return _in_progress.count == 1 and usable_cores() > 1

    def _try(self, analyzed: AnalyzedQuestion, among: Rows | None) -> None:
        try:
            if "en" in self._collection.analyzer.languages:
                reader(ENGLISH)  # opened first: the first time, this takes longer than all the rest
            query = Query.of(self._collection, analyzed)
            block = candidates(self._collection, query, mode=Mode.BM25, among=among, depth=1)
            marks = evidence(block, query)
            for row, marked in zip(block.rows.tolist(), marks, strict=True):
                self._place = row, marked.sentences[0]
                self._told = self._read(*self._place)
        except Exception:  # noqa: BLE001 - raised again if the answer needs it
            self._place = None

    def _read(self, row: int, sentence: int) -> Reading | None:
        return reading(self._question, self._collection.passage(row), sentence)
