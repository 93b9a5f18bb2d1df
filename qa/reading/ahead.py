"""Reading ahead: what words alone put first is read while the question is encoded.

For seven in ten questions that is what is read in the end, and the answer hardly waits for it: it
takes a quarter less time, and a second core. So only a question that is asked alone reads ahead.
"""

from contextlib import suppress
from threading import Lock, Thread

from qa.evidence import evidence
from qa.reading import reader, reading
from qa_index.analysis import AnalyzedQuestion
from qa_index.encoding.onnx_engine import usable_cores
from qa_index.search import Mode, Query, candidates
from qa_index.stored import StoredIndex
from qa_index.vectors import Rows


class ReadingAhead:
    """A question's reading, which may begin before it is known what is to be read."""

    def __init__(
        self, index: StoredIndex, question: str, analyzed: AnalyzedQuestion, among: Rows | None
    ) -> None:
        """Begin, in a thread, if it is asked alone.

        ``among`` are the ascending rows that alone may answer.
        """
        self._index, self._question = index, question
        self._place: tuple[int, int] | None = None
        """Row and sentence that are being read, or were."""
        self._told: float | None = None
        self._thread = Thread(target=self._try, args=(analyzed, among))
        if asking.count == 1 and usable_cores() > 1:
            with suppress(RuntimeError):  # no more threads are to be had
                self._thread.start()

    def read(self, row: int, sentence: int) -> float | None:
        """What ``reading`` tells of a sentence: what was read ahead, or else what is read now."""
        if self._place == (row, sentence):
            self._thread.join()
            if self._place:
                return self._told
        return self._read(row, sentence)

    def _try(self, analyzed: AnalyzedQuestion, among: Rows | None) -> None:
        try:
            reader()  # opened first: once, that takes longer than all the rest
            query = Query.of(self._index, analyzed)
            rows = candidates(self._index, query, mode=Mode.BM25, among=among, depth=1).rows
            for row, marked in zip(rows.tolist(), evidence(self._index, rows, query), strict=True):
                self._place = row, marked.sentences[0]
                self._told = self._read(*self._place)
        except Exception:  # noqa: BLE001 - raised again if it is in the way of the answer
            self._place = None

    def _read(self, row: int, sentence: int) -> float | None:
        return reading(self._question, self._index.passage(row), sentence)


class Asking:
    """Counts the questions that are being answered."""

    def __init__(self) -> None:
        self.count = 0
        self._changing = Lock()

    def __enter__(self) -> None:
        with self._changing:
            self.count += 1

    def __exit__(self, *_: object) -> None:
        with self._changing:
            self.count -= 1


asking = Asking()
"""In all of the process, whose cores they share."""
