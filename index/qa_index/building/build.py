"""Build an index, or bring it up to date: only what changed is read, split and encoded again.

A build goes over the files twice. The first pass plans: it hashes each file and compares it with
the live generation; if nothing differs, nothing is written. The second writes a new generation
in the order of paths, copying the rows of unchanged documents.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from qa_index import formats
from qa_index.building.prefetch import prefetch
from qa_index.building.write import AnalyzedPassage, Assembler, analyzed
from qa_index.collection.local.generations import GenerationWriter, live_manifest, writing
from qa_index.collection.local.manifest import Counts, Manifest, Root
from qa_index.collection.local.stored import StoredIndex, absolute
from qa_index.encoding import Encoder, text_budget
from qa_index.errors import IndexMissing, IndexNotWritable, IndexProblem, NothingToIndex
from qa_index.records import Document, Parsed, Passage
from qa_index.sources import files
from qa_index.sources.plan import (
    Plan,
    PlannedFile,
    SkippedFile,
    compare,
    reason_of,
    roots_of,
)
from qa_index.splitting import passages as splitting
from qa_index.terms.language import detect
from qa_index.terms.analyzer import Analyzer
from qa_index.version import tool_version

DETECTED = "auto"
"""As a language: each document's is detected."""

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
    language: str | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    full: bool = False,
    prune: bool = False,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
) -> BuildReport:
    """Index ``paths`` into ``folder``, in addition to what it was made from before.

    ``language`` is that of all documents, or ``DETECTED``; by default it stays as it was.

    Without ``paths`` the index is brought up to date. With ``full`` it is made anew of ``paths``
    alone, or without them of what it was made from before. With ``prune`` paths from before that
    are gone are forgotten together with their documents.

    Raises ``InputError``, ``RootGone``, ``NothingToIndex`` or an ``IndexProblem``; the index then
    is as before.
    """
    job = _Build(absolute(folder), encoder, language, on_progress)
    make_plan = partial(job.plan, paths, include=include, exclude=exclude, full=full, prune=prune)
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
        language: str | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.folder = folder
        self._encoder = encoder
        self._forced_language = None if language == DETECTED else language
        self._keeps_language = language is None
        self._on_progress = on_progress
        self._started = time.perf_counter()
        self._previous: StoredIndex | None = None

    def plan(
        self,
        paths: Sequence[Path],
        *,
        include: Sequence[str],
        exclude: Sequence[str],
        full: bool,
        prune: bool,
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
        if self._keeps_language:
            self._forced_language = self._language_before()
        before = None if full and paths else self._previous
        roots = roots_of(paths, self.folder, before, include=include, exclude=exclude)
        return compare(roots, self.folder, self._previous, named=paths, prune=prune)

    def _language_before(self) -> str | None:
        """The language that was forced; what else is damaged does not matter."""
        try:
            return live_manifest(self.folder).language
        except IndexProblem:
            return None

    def run(self, plan: Plan, *, full: bool) -> BuildReport:
        """Carry out the plan."""
        reusable = None if full else self._reusable()
        if reusable and plan.idle and plan.roots == reusable.manifest.roots:
            return self.report(plan)
        planned = plan.files if reusable else [f._replace(unchanged=None) for f in plan.files]
        with GenerationWriter(self.folder) as writer:
            assembler = Assembler(
                writer,
                encoder=self._encoder,
                previous=reusable,
                on_bytes=self._progress(sum(file.size for file in planned)),
            )
            work = prefetch(self._prepared, _runs(planned), weigh=_weight, limit=PREFETCH_BYTES)
            with closing(work) as prepared:
                for run, new in prepared:
                    if run[0].unchanged is not None:
                        assembler.copy(run[0].unchanged, run[0].unchanged + len(run))
                    elif isinstance(new, SkippedFile):
                        plan.skipped.append(new)
                    elif new is not None:
                        assembler.add(*new)
                    del new  # a huge one is not held while the next is waited for
            if not assembler.counts.passages and (self._previous is None or full):
                raise NothingToIndex(_nothing(plan))
            commit(
                writer,
                assembler,
                encoder=self._encoder,
                splitter=splitter_settings(self._encoder),
                language=self._forced_language,
                roots=plan.roots,
            )
        return self._report(
            plan,
            generation=writer.generation,
            counts=assembler.counts,
            encoded=assembler.encoded,
        )

    def _progress(self, total: int) -> Callable[[int], None]:
        done = 0

        def add(size: int) -> None:
            nonlocal done
            done = min(done + size, total)
            if self._on_progress:
                self._on_progress(done, total)

        return add

    def report(self, plan: Plan) -> BuildReport:
        """What would be done, or that there is nothing to do."""
        if self._previous is None:
            return self._report(plan, generation=None, counts=Counts(0, 0, 0))
        manifest = self._previous.manifest
        return self._report(plan, generation=manifest.generation, counts=manifest.counts)

    def _report(
        self, plan: Plan, *, generation: int | None, counts: Counts, encoded: int = 0
    ) -> BuildReport:
        return BuildReport(
            generation=generation,
            added=tuple(plan.added),
            changed=tuple(plan.changed),
            removed=tuple(plan.removed),
            unchanged=len(plan.files) - len(plan.added) - len(plan.changed),
            skipped=tuple(plan.skipped),
            documents=counts.documents,
            passages=counts.passages,
            encoded=encoded,
            seconds=time.perf_counter() - self._started,
        )

    def _reusable(self) -> StoredIndex | None:
        """The live generation, if rows of it mean the same in the next one."""
        live = self._previous
        if live is None:
            return None
        manifest = live.manifest
        same = (
            manifest.model.sha256 == self._encoder.description.sha256
            and manifest.splitter == splitter_settings(self._encoder)
            and manifest.language == self._forced_language
            and live.analyzer.version == Analyzer().version
        )
        return live if same else None

    def _prepared(self, run: Sequence[PlannedFile]) -> "_New | SkippedFile | None":
        """What is to be added of a run: nothing of files that are unchanged.

        Runs beside the encoder, which most of the time of a build goes into.
        """
        file = run[0]
        if file.unchanged is not None:
            return None
        try:
            data = files.read_bytes(file.file)
            parsed = formats.parse(data, name=file.path)
        except (OSError, formats.UnreadableSource) as error:
            # It went away or changed since it was planned.
            return SkippedFile(file.path, reason_of(error))
        document = Document(
            path=file.path,
            parsed=parsed,
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            mtime_ns=file.mtime_ns,
            language=self._forced_language or detect(parsed.text),
        )
        passages = split(parsed, self._encoder)
        return _New(document, analyzed(document, passages))


class _New(NamedTuple):
    """A document that was read, split and analysed."""

    document: Document
    passages: list[AnalyzedPassage]


def _weight(run: Sequence[PlannedFile]) -> int:
    """Bytes to read of a run, and what even the smallest file takes in memory."""
    return 4096 + (0 if run[0].unchanged is not None else run[0].size)


PREFETCH_BYTES = 2 << 20
"""Bytes of sources that are read, split and analysed while others are encoded: twice as much as
is encoded together."""

SPELLING_SAMPLE = 500
"""Characters by which the language of a text is judged: about a hundred words."""

KNOWN_FERTILITY = 0.3
"""Of a language that the encoder knows: 0.23 in English, which full trust goes up to."""


def split(parsed: Parsed, encoder: Encoder) -> list[Passage]:
    """The passages of a text for this encoder.

    They fit its window, unless its vocabulary cuts the language finely: then they hold as many
    words as in a language that it knows. What is left of the vectors is not worth scattering the
    words, which such a language is found by.
    """
    fineness = encoder.fertility(parsed.text[:SPELLING_SAMPLE]) / KNOWN_FERTILITY
    budget = int(text_budget(encoder.description) * max(fineness, 1.0))
    return splitting.split(parsed, count_tokens=encoder.count_tokens, max_tokens=budget)


def splitter_settings(encoder: Encoder) -> dict[str, Any]:
    """What passages depend on, beside the text: kept in the manifest."""
    return {"version": splitting.SPLITTER, "max_tokens": text_budget(encoder.description)}


def commit(
    writer: GenerationWriter,
    assembler: Assembler,
    *,
    encoder: Encoder,
    splitter: dict[str, Any],
    language: str | None = None,
    roots: Sequence[Root] = (),
) -> None:
    """Finish a generation and make it the live one."""
    statistics = assembler.finish()
    writer.commit(
        Manifest(
            generation=writer.generation,
            tool=tool_version(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            model=encoder.description,
            analyzer=Analyzer(languages=tuple(sorted(assembler.languages))).to_dict(),
            splitter=splitter,
            language=language,
            roots=tuple(roots),
            counts=assembler.counts,
            statistics=statistics,
            files=writer.finish_files(),
        )
    )


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
