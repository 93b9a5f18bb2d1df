"""Build an index, or bring it up to date: only what changed is read, split and encoded again.

A build goes over the files twice. The first pass plans: it hashes each file and compares it with
the live generation; if nothing differs, nothing is written. The second writes a new generation
in the order of paths, copying the rows of unchanged documents. New documents go through three
steps, each a module: ``prepare``, ``encode`` and ``write``.
"""

import json
import os
import re
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path

from qa_index.building.cluster.address import Address
from qa_index.building.cluster.connection import require_ray
from qa_index.building.cluster.workers import ClusterWorkers
from qa_index.building.encode import EncodeStep, Known
from qa_index.building.prepare import splitter_settings
from qa_index.building.progress import OnProgress, Progress
from qa_index.building.report import BuildReport
from qa_index.building.workers import LocalWorkers, Workers
from qa_index.building.write import Assembler
from qa_index.collection.engines import engine_of
from qa_index.collection.index import Index
from qa_index.collection.local import journal
from qa_index.collection.local.journal import EncodingJournal
from qa_index.collection.manifest import BuildSettings, Manifest
from qa_index.collection.names import absolute
from qa_index.collection.records import Counts
from qa_index.encoding import Encoder
from qa_index.errors import IndexMissing, IndexNotWritable, IndexProblem, InputError, NothingToIndex
from qa_index.parsing import Recognition
from qa_index.records import Ocr
from qa_index.sources import touched
from qa_index.sources.plan import (
    Plan,
    SkippedFile,
    Unparsed,
    compare,
    roots_of,
    stored_path,
)
from qa_index.terms.analyzer import Analyzer
from qa_index.version import tool_version

MOST_JOBS = 4
"""Processes that parse, by default: more of them are hardly ever faster than the encoder."""

DETECTED = "auto"
"""Value of ``language`` that detects the language of each document."""

_LANGUAGE_CODE = re.compile("[a-z]{2,3}")


def build(
    paths: Sequence[Path],
    folder: Path,
    *,
    encoder: Encoder,
    language: str | None = None,
    ocr: str | None = None,
    ocr_languages: str | None = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    default_excludes: bool = True,
    full: bool = False,
    prune: bool = False,
    keep_gone: bool = False,
    dry_run: bool = False,
    jobs: int | None = None,
    workers: str | None = None,
    on_progress: OnProgress | None = None,
) -> BuildReport:
    """Index ``paths`` into ``folder``, in addition to the paths indexed before.

    ``language`` is that of all documents, or ``DETECTED``; by default it stays unchanged. ``ocr``
    is a value of ``Ocr``, ``ocr_languages`` those of ``Recognition``; they stay in the same way.

    Without ``paths`` the index is brought up to date. With ``full`` it is rebuilt from ``paths``
    alone or, if there are none, from the paths indexed before. With ``prune``, indexed paths that
    no longer exist are dropped together with their documents; with ``keep_gone`` these documents
    stay as they are and all others are updated. ``jobs`` processes parse files that are not text;
    it changes nothing but the time it takes. Nor does the address of a Ray cluster as ``workers``,
    which prepare and encode documents.

    Raises ``InputError``, ``RootGone``, ``NothingToIndex``, ``WorkersUnavailable`` or an
    ``IndexProblem``; the index is then unchanged.
    """
    job = _Build(
        absolute(folder),
        encoder,
        _checked_language(language),
        _checked_ocr(ocr),
        ocr_languages,
        _checked_jobs(jobs),
        _checked_workers(workers),
        on_progress,
    )
    make_plan = partial(
        job.plan,
        paths,
        include=include,
        exclude=exclude,
        default_excludes=default_excludes,
        full=full,
        prune=prune,
        keep_gone=keep_gone,
    )
    if dry_run:
        return job.report(make_plan())
    try:
        with job.engine.writing():
            plan = make_plan()
            report = job.run(plan, full=full)
            job.keep_touched(plan, full=full)
            return report
    except OSError as error:
        raise IndexNotWritable(
            f"cannot write {error.filename or job.folder}: {error.strerror or error}; "
            "the index is as it was before"
        ) from error


def _checked_language(language: str | None) -> str | None:
    """Validate ``language``: the stored value must be readable again. Raises ``InputError``."""
    if language in (None, DETECTED) or (
        isinstance(language, str) and _LANGUAGE_CODE.fullmatch(language)
    ):
        return language
    raise InputError(
        f"language must be an ISO 639 code such as en, or {DETECTED}, not {language!r}"
    )


def _checked_ocr(ocr: str | None) -> Ocr | None:
    """When pictures are recognised. Raises ``InputError``."""
    if ocr is None:
        return None
    try:
        return Ocr(ocr)
    except ValueError:
        raise InputError(f"ocr must be {' or '.join(Ocr)}, not {ocr!r}") from None


def _checked_jobs(jobs: int | None) -> int:
    """How many processes parse. Raises ``InputError``."""
    if jobs is None:
        return min(MOST_JOBS, os.cpu_count() or 1)
    if isinstance(jobs, int) and jobs >= 1:
        return jobs
    raise InputError(f"jobs must be a number of processes, at least 1, not {jobs!r}")


def _checked_workers(workers: str | None) -> Address | None:
    """The cluster that works for a build. Raises ``InputError``, also if ray is not installed."""
    if workers is None:
        return None
    address = Address.parse(workers)
    require_ray()
    return address


class _Build:
    """One build, with the state that its steps share."""

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        language: str | None,
        ocr: Ocr | None,
        ocr_languages: str | None,
        jobs: int,
        cluster: Address | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.folder = folder
        self.engine = engine_of(folder)
        self._encoder = encoder
        self._asked_language = language
        self._language: str | None = None
        self._asked_ocr = ocr
        self._asked_ocr_languages = ocr_languages
        self._recognition = Recognition()
        self._jobs = jobs
        self._cluster = cluster
        self._on_progress = on_progress
        self._started = time.perf_counter()
        self._previous: Index | None = None
        self._named: frozenset[str] = frozenset()

    def plan(
        self,
        paths: Sequence[Path],
        *,
        include: str | Sequence[str],
        exclude: str | Sequence[str],
        default_excludes: bool,
        full: bool,
        prune: bool,
        keep_gone: bool,
    ) -> Plan:
        """Determine what there is to do."""
        self._named = frozenset(stored_path(path, self.folder) for path in paths)
        try:
            self._previous = self.engine.open()
        except IndexMissing:
            pass
        except IndexProblem:
            # A full build replaces an unreadable index; it then knows only the paths it is given.
            if not full:
                raise
        self._language = self._forced_language()
        self._recognition = self._chosen_recognition()
        anew = full and bool(paths)
        roots = roots_of(
            paths,
            self.folder,
            None if anew else self._previous,
            include=include,
            exclude=exclude,
            default_excludes=default_excludes,
        )
        plan = compare(
            roots,
            self.folder,
            self._previous,
            self._recognition,
            named=paths,
            prune=prune,
            # Documents of a gone root can only be copied, and only by a build that copies.
            keep_gone=keep_gone and not full and self._reusable() is not None,
            anew=anew,
            retry=full,
        )
        if plan.idle and self._previous is not None and not full:
            # An index reported as up to date must be intact. The check is faster than hashing
            # the sources.
            self._previous.check()
        return plan

    def _forced_language(self) -> str | None:
        """The language of all documents, ``None`` to detect each one's."""
        if self._asked_language is not None:
            return None if self._asked_language == DETECTED else self._asked_language
        try:
            # Only the manifest is read, so damage elsewhere in the index does not matter.
            return self.engine.manifest().language
        except IndexProblem:
            return None

    def _chosen_recognition(self) -> Recognition:
        """How pictures are recognised, as asked for now or before. Raises ``InputError``."""
        before = Recognition()
        try:
            manifest = self.engine.manifest()
            before = Recognition(manifest.ocr, manifest.ocr_languages)
        except IndexProblem:
            pass
        ocr, languages = self._asked_ocr or before.ocr, self._asked_ocr_languages
        chosen = Recognition(ocr, before.languages if languages is None else languages)
        if languages is not None and chosen.missing_languages:
            raise InputError(
                f"tesseract has no language {', '.join(chosen.missing_languages)}; "
                "`tesseract --list-langs` prints those that it has"
            )
        return chosen

    def run(self, plan: Plan, *, full: bool) -> BuildReport:
        """Carry out the plan."""
        reusable = None if full else self._reusable()
        known = reusable.skipped() if reusable else set()
        # A generation stores the skipped files, so that each is reported as new only once.
        told = known.issuperset(plan.skipped)
        if reusable and plan.idle and told and self._same_settings(plan, reusable.manifest):
            journal.discard(self.folder)
            return self.report(plan)
        planned = plan.files if reusable else [f._replace(unchanged=None) for f in plan.files]
        dimension = self._encoder.description.dimension
        with (
            self._workers() as workers,
            self._journal(anew=full) as kept,
            self.engine.writer(dimension=dimension, previous=reusable) as writer,
        ):
            progress = Progress(planned, self._on_progress, workers.executor)
            encode = EncodeStep(
                workers.executor,
                dimension=dimension,
                known=None if full else self._known(),
                journal=kept,
                on_bytes=progress.add,
            )
            assembler = Assembler(writer, encode=encode)
            lost: list[SkippedFile | Unparsed] = []
            incomplete: list[str] = []
            with closing(workers.prepared(planned)) as prepared:
                for run, new in prepared:
                    if run[0].unchanged is not None:
                        assembler.copy(run[0].unchanged, run[0].unchanged + len(run))
                    elif isinstance(new, SkippedFile | Unparsed):
                        lost.append(new)
                    elif new is not None:
                        if new.document.record.gaps:
                            incomplete.append(new.document.record.path)
                        assembler.add(new)
                    del new  # frees a huge document before the next is awaited
            plan.drop(lost)
            if not writer.counts.passages and (self._previous is None or full):
                raise NothingToIndex(_nothing(plan))
            assembler.finish()
            writer.commit(
                BuildSettings(
                    model=self._encoder.description,
                    splitter=splitter_settings(self._encoder),
                    language=self._language,
                    ocr=self._recognition.ocr,
                    ocr_languages=self._recognition.languages,
                    roots=plan.roots,
                    skipped=tuple(plan.unparsed.get(file.path, file) for file in plan.skipped),
                )
            )
        journal.discard(self.folder)
        return self._report(
            plan,
            generation=writer.generation,
            counts=writer.counts,
            encoded=encode.encoded,
            resumed=encode.resumed,
            incomplete=incomplete,
        )

    def _same_settings(self, plan: Plan, manifest: Manifest) -> bool:
        """Whether nothing changed that only the manifest says."""
        kept = manifest.roots, manifest.ocr, manifest.ocr_languages
        return kept == (plan.roots, self._recognition.ocr, self._recognition.languages)

    def _workers(self) -> Workers:
        how = self._encoder, self._language, self._recognition
        if self._cluster is None:
            return LocalWorkers(*how, jobs=self._jobs)
        return ClusterWorkers(self._cluster, *how)

    def _journal(self, *, anew: bool) -> EncodingJournal:
        model = asdict(self._encoder.description)
        del model["name"]
        return EncodingJournal(
            self.folder,
            made_with=json.dumps([tool_version(), model]),
            dimension=self._encoder.description.dimension,
            anew=anew,
        )

    def _known(self) -> Known | None:
        """Vectors of the live generation, if the same model computed them."""
        live = self._previous
        same = live and live.manifest.model.sha256 == self._encoder.description.sha256
        return live if same else None

    def keep_touched(self, plan: Plan, *, full: bool) -> None:
        """Record files whose modification time alone changed; their rows were copied as stored."""
        copied = not full and self._reusable() is not None
        touched.keep(self.folder, [file for file in plan.files if copied and file.touched])

    def report(self, plan: Plan) -> BuildReport:
        """The report of a dry run, or of a build with nothing to do."""
        if self._previous is None:
            return self._report(plan, generation=None, counts=Counts(0, 0, 0))
        manifest = self._previous.manifest
        return self._report(plan, generation=manifest.generation, counts=manifest.counts)

    def _report(
        self,
        plan: Plan,
        *,
        generation: int | None,
        counts: Counts,
        encoded: int = 0,
        resumed: int = 0,
        incomplete: Sequence[str] = (),
    ) -> BuildReport:
        known = self._previous.skipped() if self._previous else set()
        return BuildReport(
            generation=generation,
            added=tuple(plan.added),
            changed=tuple(plan.changed),
            removed=tuple(plan.removed),
            unchanged=len(plan.files) - len(plan.added) - len(plan.changed),
            skipped=tuple(plan.skipped),
            newly_skipped=tuple(
                file for file in plan.skipped if file not in known or file.path in self._named
            ),
            incomplete=tuple(incomplete),
            left_out=tuple(plan.left_out),
            documents=counts.documents,
            passages=counts.passages,
            encoded=encoded,
            resumed=resumed,
            seconds=time.perf_counter() - self._started,
        )

    def _reusable(self) -> Index | None:
        """The live generation, if its rows can be copied into the next one."""
        live = self._previous
        if live is None:
            return None
        manifest = live.manifest
        same = (
            manifest.model.sha256 == self._encoder.description.sha256
            and manifest.splitter == splitter_settings(self._encoder)
            and manifest.language == self._language
            and live.analyzer.version == Analyzer().version
        )
        return live if same else None


def _nothing(plan: Plan) -> str:
    names = ", ".join(root.path for root in plan.roots)
    if not plan.skipped:
        return f"nothing to index: no text in {names}"
    first = plan.skipped[0]
    return (
        f"nothing to index in {names}: {len(plan.skipped)} skipped, such as {first.path} "
        f"({first.reason})"
    )
