"""Where documents are prepared and passages encoded: in this process, or elsewhere."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol

from qa_index.building.encode import Executor, LocalExecutor
from qa_index.building.prefetch import prefetch
from qa_index.building.prepare import Outcome, Source, parse, prepare, read
from qa_index.encoding import Encoder
from qa_index.parsing import Parsers, Recognition
from qa_index.sources.plan import PlannedFile, SkippedFile, Unparsed

PREFETCH_BYTES = 2 << 20
"""Bytes of sources prepared ahead of the encoder: twice as much as is encoded together."""

Run = list[PlannedFile]
"""One new file, or unchanged files that follow one another in the live generation."""


class Workers(Protocol):
    """Prepares documents and encodes passages. The results do not depend on where that happens.

    A context manager: leaving it ends all work in progress.
    """

    @property
    def executor(self) -> Executor:
        """Encodes passages."""
        ...

    def prepared(self, planned: Sequence[PlannedFile]) -> Generator[tuple[Run, Outcome | None]]:
        """What became of the planned files, in order; unchanged ones come in runs, with ``None``.

        Some are prepared ahead, within bounds of memory. Close the iterator to stop early.
        """
        ...

    def __enter__(self) -> "Workers": ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class LocalWorkers(AbstractContextManager["LocalWorkers"]):
    """Prepares documents in other threads, with ``jobs`` processes that parse, and encodes in
    this one."""

    def __init__(
        self, encoder: Encoder, language: str | None, recognition: Recognition, *, jobs: int
    ) -> None:
        """``language`` is that of all documents, ``None`` to detect each one's."""
        self.executor = LocalExecutor(encoder)
        self._encoder = encoder
        self._language = language
        self._recognition = recognition
        self._jobs = jobs

    def __exit__(self, *_: object) -> None:
        """``prepared`` ends what it began when it is closed."""

    def prepared(self, planned: Sequence[PlannedFile]) -> Generator[tuple[Run, Outcome | None]]:
        """See ``Workers``."""
        parsers = Parsers(jobs=self._jobs)

        def extract(run: Run) -> Source | SkippedFile | Unparsed | None:
            """Parse it here if that happens in another process, which this thread waits for."""
            is_ours = is_unchanged(run) or run[0].is_text
            return None if is_ours else self._parse(run[0], parsers)

        def finish(run: Run, source: Source | SkippedFile | Unparsed | None) -> Outcome | None:
            if is_unchanged(run):
                return None
            if source is None:
                source = self._parse(run[0], parsers)
            if isinstance(source, Source):
                return prepare(source, self._encoder, self._language)
            return source

        return prefetch(
            extract,
            finish,
            runs(planned),
            threads=self._jobs,
            weigh=weight,
            weigh_begun=lambda source: len(source.parsed.text) if isinstance(source, Source) else 0,
            limit=PREFETCH_BYTES,
            stop=parsers.close,
        )

    def _parse(self, file: PlannedFile, parsers: Parsers) -> Source | SkippedFile | Unparsed:
        data = read(file)
        return parse(file, data, parsers, self._recognition) if isinstance(data, bytes) else data


def runs(planned: Sequence[PlannedFile]) -> Iterator[Run]:
    """New files one by one; unchanged files grouped if adjacent in the live generation."""
    run: Run = []
    for file in planned:
        last = run[-1].unchanged if run else None
        follows = last is not None and file.unchanged == last + 1
        if run and not follows:
            yield run
            run = []
        run.append(file)
    if run:
        yield run


def is_unchanged(run: Run) -> bool:
    """Whether its files are copied from the live generation."""
    return run[0].unchanged is not None


def weight(run: Run) -> int:
    """Bytes to read for a run, plus the memory that even the smallest file takes."""
    return 4096 + (0 if is_unchanged(run) else run[0].size)
