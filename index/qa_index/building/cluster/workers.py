"""Workers on a Ray cluster."""

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from qa_index.building.cluster import tasks
from qa_index.building.cluster.address import Address
from qa_index.building.cluster.connection import (
    LOOK_SECONDS,
    STALLED_SECONDS,
    Cluster,
    Task,
)
from qa_index.building.cluster.messages import (
    Job,
    batch_to_plain,
    encoded_from_plain,
    file_to_plain,
    outcome_from_plain,
)
from qa_index.building.prepare import Outcome, Source, parse, prepare, read
from qa_index.building.workers import Run, is_unchanged, runs, weight
from qa_index.encoding import Encoder, EncoderInput
from qa_index.errors import WorkersUnavailable
from qa_index.parsing import Parsers, Recognition
from qa_index.parsing.limits import Limits
from qa_index.sources.plan import PlannedFile, SkippedFile
from qa_index.vectors import Encoded

TASKS_PER_CORE = 2
"""Tasks of either kind that are sent ahead: one that runs and one that waits, so that no core does
while an answer travels."""

BYTES_PER_CORE = 8 << 20
"""Of sources that are prepared ahead."""

_LEAST_SCAN = 5_000
"""Bytes of a page that is a picture, at least."""

_log = logging.getLogger(__name__)


class ClusterWorkers(AbstractContextManager["ClusterWorkers"]):
    """Prepares documents and encodes passages on a Ray cluster; this process hands them on.

    A file is read by the workers if they see it under its path with the same content, and is sent
    to them otherwise. What no worker can do as this machine would, for want of a format or a
    recogniser, is prepared here.
    """

    def __init__(
        self,
        address: Address,
        encoder: Encoder,
        language: str | None,
        recognition: Recognition,
    ) -> None:
        """``language`` is that of all documents, ``None`` to detect each one's."""
        self._address = address
        self._encoder = encoder
        self._language = language
        self._recognition = recognition
        self._parsers = Parsers(jobs=1)
        self._sends = False
        """Whether files are sent without asking whether the workers see them."""
        self._unlike: set[str] = set()
        """What workers lack that was told."""

    def __enter__(self) -> "ClusterWorkers":
        """Connect. Raises ``WorkersUnavailable``, and ``InputError`` if ray is not installed."""
        model, recognition = self._encoder.description, self._recognition
        self._cluster = Cluster(
            self._address,
            Job(
                model.name,
                model.sha256,
                self._language,
                str(recognition.ocr),
                recognition.languages,
                recognition.identity,
                recognition.remedy,
            ),
        )
        self.executor = ClusterExecutor(self._cluster)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._parsers.close()
        self._cluster.close()

    def prepared(self, planned: Sequence[PlannedFile]) -> Generator[tuple[Run, Outcome | None]]:
        """See ``Workers``."""
        self._look(planned)
        waiting: deque[tuple[Run, Task | Outcome | None]] = deque()
        ahead = 0
        for run in runs(planned):
            waiting.append((run, None if is_unchanged(run) else self._begin(run[0])))
            ahead += weight(run)
            cores = max(1, self._cluster.cores())
            while ahead > BYTES_PER_CORE * cores or len(waiting) > TASKS_PER_CORE * cores:
                first, begun = waiting.popleft()
                ahead -= weight(first)
                yield first, self._finish(first, begun)
        while waiting:
            first, begun = waiting.popleft()
            yield first, self._finish(first, begun)

    def _look(self, planned: Sequence[PlannedFile]) -> None:
        """Ask every machine whether it can do the work, and whether it sees the files."""
        new = [file for file in planned if file.unchanged is None]
        if not new:
            return
        nodes = self._cluster.nodes()
        if not nodes:
            raise WorkersUnavailable(
                f"the Ray cluster at {self._address} has no core for tasks: start a machine with "
                "`ray start --address=…`"
            )
        smallest = file_to_plain(min(new, key=lambda file: file.size))
        begun = [
            self._cluster.begin("look", smallest, seconds=LOOK_SECONDS, node=node) for node in nodes
        ]
        seen = [self._cluster.result(task) for task in begun]
        self._sends = not all(seen)

    def _begin(self, file: PlannedFile, data: bytes | None = None) -> Task | SkippedFile:
        """Send a file: with its bytes if they are given, or if ``_sends`` says so."""
        if data is None and self._sends:
            found = read(file)
            if isinstance(found, SkippedFile):
                return found
            data = found
        return self._cluster.begin(
            "prepare", file_to_plain(file), data, about=file.path, seconds=_seconds(file)
        )

    def _finish(self, run: Run, begun: Task | Outcome | None) -> Outcome | None:
        """Wait for what becomes of a file; ``None`` for files that are unchanged."""
        if not isinstance(begun, Task):
            return begun
        answer = self._cluster.result(begun)
        if answer[0] == tasks.UNSEEN:
            data = read(run[0])
            if isinstance(data, SkippedFile):
                return data
            # A file that changed since it was planned says nothing about the others.
            self._sends |= hashlib.sha256(data).hexdigest() == run[0].sha256
            return self._finish(run, self._begin(run[0], data))
        if answer[0] == tasks.UNLIKE:
            return self._prepared_here(run[0], answer[1])
        return outcome_from_plain(answer)

    def _prepared_here(self, file: PlannedFile, lacking: str) -> Outcome:
        """Prepare a file in this process, as the workers are unlike this machine."""
        if lacking not in self._unlike:
            self._unlike.add(lacking)
            _log.warning(
                "%s: prepared on this machine, as are others like it: not all workers have %s "
                "as it has",
                file.path,
                lacking,
            )
        data = read(file)
        if isinstance(data, SkippedFile):
            return data
        source = parse(file, data, self._parsers, self._recognition)
        if isinstance(source, Source):
            return prepare(source, self._encoder, self._language)
        return source


class ClusterExecutor:
    """Encodes batches of passages on a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def ahead(self) -> int:
        """See ``Executor``."""
        return TASKS_PER_CORE * max(1, self._cluster.cores())

    def begin(self, batch: Sequence[EncoderInput]) -> Callable[[], Encoded]:
        """See ``Executor``."""
        task = self._cluster.begin("encode", batch_to_plain(batch))
        return lambda: encoded_from_plain(self._cluster.result(task))


def _seconds(file: PlannedFile) -> float:
    """Time that preparing a file may take: more for one that may have pages to be recognised."""
    pictures = file.size // _LEAST_SCAN if file.may_be_pictures else 0
    return STALLED_SECONDS + Limits().seconds_for(file.size, pictures=pictures)
