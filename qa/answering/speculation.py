"""Speculative reading: what words alone put first is read while the question is encoded.

For seven in ten questions that is what is read in the end, and the answer hardly waits for it: it
takes a quarter less time, and a second core. So only a question that is asked alone reads ahead.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Thread
from typing import Self

from qa.answering.evidence import evidence
from qa.reader.network import Reading, reader, reading
from qa_index.collection.protocol import Collection
from qa_index.encoding.onnx_engine import usable_cores
from qa_index.search.query import Mode, Query, candidates
from qa_index.terms.analyzer import AnalyzedQuestion
from qa_index.vectors import Rows


class _InProgress:
    """Counts the questions that are being answered in this process, whose cores they share."""

    def __init__(self) -> None:
        self.count = 0
        self._changing = Lock()

    def add(self, number: int) -> None:
        with self._changing:
            self.count += number


_in_progress = _InProgress()


class SpeculativeReading:
    """The reading of a question, which may begin before it is known what is to be read.

    Entered while the question is answered. Leaving it waits for the thread, so that no file of the
    index is in use afterwards.
    """

    def __init__(self, collection: Collection, question: str) -> None:
        self._collection, self._question = collection, question
        self._thread: Thread | None = None
        self._place: tuple[int, int] | None = None
        """Row and sentence that are being read, or were."""
        self._told: Reading | None = None

    def __enter__(self) -> Self:
        _in_progress.add(1)
        return self

    def __exit__(self, *_: object) -> None:
        _in_progress.add(-1)
        if self._thread:
            self._thread.join()

    def begin(self, analyzed: AnalyzedQuestion, among: Rows | None) -> None:
        """Read what words put first, in a thread, if no other question is being answered.

        ``among`` are the ascending rows that alone may answer.
        """
        if not self._may_use_another_core():
            return
        thread = Thread(target=self._try, args=(analyzed, among))
        with suppress(RuntimeError):  # no more threads are to be had
            thread.start()
            self._thread = thread

    def read_all(self, places: Sequence[tuple[int, int]]) -> list[Reading | None]:
        """What ``read`` tells of some rows and sentences, two at a time if it may."""
        if len(places) < 2 or not self._may_use_another_core():
            return [self.read(*place) for place in places]
        with ThreadPoolExecutor(1) as pool:
            last = None
            with suppress(RuntimeError):  # no more threads are to be had
                last = pool.submit(self.read, *places[-1])
            found = [self.read(*place) for place in places[:-1]]
            return [*found, last.result() if last else self.read(*places[-1])]

    def read(self, row: int, sentence: int) -> Reading | None:
        """What ``reading`` tells of a sentence: what was read ahead, or else what is read now."""
        if self._thread and self._place == (row, sentence):
            self._thread.join()
            if self._place:
                return self._told
        return self._read(row, sentence)

    def _may_use_another_core(self) -> bool:
        return _in_progress.count == 1 and usable_cores() > 1

    def _try(self, analyzed: AnalyzedQuestion, among: Rows | None) -> None:
        try:
            reader()  # opened first: once, that takes longer than all the rest
            query = Query.of(self._collection, analyzed)
            block = candidates(self._collection, query, mode=Mode.BM25, among=among, depth=1)
            marks = evidence(block, query)
            for row, marked in zip(block.rows.tolist(), marks, strict=True):
                self._place = row, marked.sentences[0]
                self._told = self._read(*self._place)
        except Exception:  # noqa: BLE001 - raised again if it is in the way of the answer
            self._place = None

    def _read(self, row: int, sentence: int) -> Reading | None:
        return reading(self._question, self._collection.passage(row), sentence)
