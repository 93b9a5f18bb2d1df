"""Build an index, or bring it up to date: only what changed is read, split and encoded again.

A build goes over the files twice. The first pass plans: it hashes each file and compares it with
the live generation; if nothing differs, nothing is written. The second writes a new generation
in the order of paths, copying the rows of unchanged documents and encoding new passages in
windows, so that memory does not grow with the collection.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from qa_index import files, language, readers, splitting
from qa_index.analysis import Analyzer
from qa_index.assembly import Assembler, SplitDocument
from qa_index.documents import Document
from qa_index.encoding import Encoder, text_budget
from qa_index.errors import IndexMissing, IndexNotWritable, IndexProblem, NothingToIndex
from qa_index.generations import GenerationWriter, writing
from qa_index.manifest import Counts, Manifest
from qa_index.planning import (
    Plan,
    PlannedFile,
    SkippedFile,
    absolute,
    compare,
    reason_of,
    roots_of,
)
from qa_index.stored import StoredIndex
from qa_index.version import tool_version

WINDOW = 2048
"""Passages that are encoded together: enough to sort by length and fill every batch."""

OnProgress = Callable[[int, int], None]
"""Called with the bytes of source files done so far, and in all."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, or with ``dry_run`` would do. Paths are as stored."""

    generation: int | None
    """The live generation afterwards; ``None`` where there is none."""
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    skipped: tuple[SkippedFile, ...]
    documents: int
    passages: int
    encoded: int
    """Passages whose vectors were computed; those of the others were kept."""
    seconds: float

    @property
    def idle(self) -> bool:
        """Whether every file was as it was."""
        return not (self.added or self.changed or self.removed)


def build(
    paths: Sequence[Path],
    folder: Path,
    *,
    encoder: Encoder,
    forced_language: str | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    full: bool = False,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
) -> BuildReport:
    """Index ``paths`` into ``folder``, in addition to what it was made from before.

    Without ``paths`` the index is brought up to date. With ``full`` it is made anew of ``paths``
    alone, or without them of what it was made from before.

    Raises ``InputError``, ``NothingToIndex`` or an ``IndexProblem``; the index then is as before.
    """
    job = _Build(absolute(folder), encoder, forced_language, on_progress)
    make_plan = partial(job.plan, paths, include=include, exclude=exclude, full=full)
    if dry_run:
        return job.report(make_plan())
    try:
        with writing(job.folder):
            return job.run(make_plan(), full=full)
    except OSError as error:
        raise IndexNotWritable(
            f"cannot write {error.filename or job.folder}: {error.strerror or error}; "
            "the index is as it was before"
        ) from error


class _Build:
    """One build; holds what its steps share."""

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        forced_language: str | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.folder = folder
        self._encoder = encoder
        self._forced_language = forced_language
        self._on_progress = on_progress
        self._started = time.perf_counter()
        self._previous: StoredIndex | None = None

    def plan(
        self, paths: Sequence[Path], *, include: Sequence[str], exclude: Sequence[str], full: bool
    ) -> Plan:
        """Find out what there is to do."""
        try:
            self._previous = StoredIndex(self.folder)
        except IndexMissing:
            pass
        except IndexProblem:
            # A full build replaces what cannot be read; it then knows only the paths it is given.
            if not full:
                raise
        before = None if full and paths else self._previous
        roots = roots_of(paths, self.folder, before, include=include, exclude=exclude)
        return compare(roots, self.folder, self._previous, named=paths)

    def run(self, plan: Plan, *, full: bool) -> BuildReport:
        """Carry out the plan."""
        reusable = None if full else self._reusable()
        if reusable and plan.idle and plan.roots == reusable.manifest.roots:
            return self.report(plan)
        with GenerationWriter(self.folder) as writer:
            assembler = Assembler(writer, encoder=self._encoder, previous=reusable)
            self._assemble(plan, assembler, keep=reusable is not None)
            if not assembler.passages and (self._previous is None or full):
                raise NothingToIndex(_nothing(plan))
            statistics = assembler.finish()
            writer.commit(
                Manifest(
                    generation=writer.generation,
                    tool=tool_version(),
                    created=datetime.now(UTC).isoformat(timespec="seconds"),
                    model=self._encoder.description,
                    analyzer=Analyzer(languages=tuple(sorted(assembler.languages))).to_dict(),
                    splitter=self._splitter_settings(),
                    language=self._forced_language,
                    roots=plan.roots,
                    counts=Counts(assembler.documents, assembler.passages, assembler.sentences),
                    statistics=statistics,
                    files=writer.finish_files(),
                )
            )
        self._previous = StoredIndex(self.folder)
        return self.report(plan, encoded=assembler.encoded)

    def report(self, plan: Plan, *, encoded: int = 0) -> BuildReport:
        """What was done, or would be."""
        live = self._previous
        return BuildReport(
            generation=live.generation if live else None,
            added=tuple(plan.added),
            changed=tuple(plan.changed),
            removed=tuple(plan.removed),
            unchanged=len(plan.files) - len(plan.added) - len(plan.changed),
            skipped=tuple(plan.skipped),
            documents=live.manifest.counts.documents if live else 0,
            passages=live.manifest.counts.passages if live else 0,
            encoded=encoded,
            seconds=time.perf_counter() - self._started,
        )

    def _splitter_settings(self) -> dict[str, Any]:
        return {
            "version": splitting.SPLITTER,
            "max_tokens": text_budget(self._encoder.description),
        }

    def _reusable(self) -> StoredIndex | None:
        """The live generation, if rows of it mean the same in the next one."""
        live = self._previous
        if live is None:
            return None
        manifest = live.manifest
        same = (
            manifest.model.sha256 == self._encoder.description.sha256
            and manifest.splitter == self._splitter_settings()
            and manifest.language == self._forced_language
            and live.analyzer.version == Analyzer().version
        )
        return live if same else None

    def _assemble(self, plan: Plan, assembler: Assembler, *, keep: bool) -> None:
        done, total = 0, sum(file.size for file in plan.files)
        window: list[SplitDocument] = []

        def flush() -> None:
            assembler.add(window)
            window.clear()

        for run in _runs(plan.files if keep else [f._replace(unchanged=None) for f in plan.files]):
            first = run[0].unchanged
            if first is not None:
                flush()
                assembler.copy(first, first + len(run))
            else:
                document = self._read(run[0], plan)
                if document is not None:
                    window.append(document)
                if sum(len(split.passages) for split in window) >= WINDOW:
                    flush()
            done += sum(file.size for file in run)
            if self._on_progress:
                self._on_progress(done, total)
        flush()

    def _read(self, file: PlannedFile, plan: Plan) -> SplitDocument | None:
        """Read and split a file; ``None``, and skipped, if it went away since it was planned."""
        try:
            data = files.read_bytes(file.file)
            reading = readers.read(data, name=file.path)
        except (OSError, readers.UnreadableSource) as error:
            plan.skipped.append(SkippedFile(file.path, reason_of(error)))
            return None
        document = Document(
            path=file.path,
            reading=reading,
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            mtime_ns=file.mtime_ns,
            language=self._forced_language or language.detect(reading.text),
        )
        passages = splitting.split(
            reading,
            count_tokens=self._encoder.count_tokens,
            max_tokens=text_budget(self._encoder.description),
        )
        return SplitDocument(document, passages)


def _runs(planned: Sequence[PlannedFile]) -> Iterator[list[PlannedFile]]:
    """New files one by one, unchanged ones together with those that followed them before."""
    run: list[PlannedFile] = []
    for file in planned:
        last = run[-1].unchanged if run else None
        follows = last is not None and file.unchanged == last + 1
        if run and not follows:
            yield run
            run = []
        run.append(file)
    if run:
        yield run


def _nothing(plan: Plan) -> str:
    names = ", ".join(root.path for root in plan.roots)
    if not plan.skipped:
        return f"nothing to index: no text in {names}"
    first = plan.skipped[0]
    return (
        f"nothing to index in {names}: {len(plan.skipped)} skipped, such as {first.path} "
        f"({first.reason})"
    )
