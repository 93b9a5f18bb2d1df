"""The steps of ``qa eval``: open the index, ask the questions, and write the results."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qa
from qa import (
    Answerer,
    Change,
    Corpus,
    Failure,
    Filter,
    Gates,
    InputError,
    Result,
    Run,
    SetLocation,
)
from qa.cli.exit_codes import USAGE
from qa.cli.options import Options
from qa.cli.terminal.output import note, say, terminal, write_json, write_lines
from qa.cli.terminal.progress import Progress, Unit
from qa.cli.terminal.tables import drawn
from qa.rendering.promises import render_promise_check
from qa.rendering.reports import LISTED


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions to ask, how to ask them, and what to measure."""

    location: SetLocation
    corpus: Corpus | None
    filter: Filter
    modes: tuple[str, ...]
    measures: tuple[str, ...]
    limit: int | None
    seed: int
    threads: int


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of a run."""

    save: str | None
    reports: tuple[str, ...]
    junit: str | None
    as_json: bool
    failures: bool = False
    """Whether failed questions are listed."""

    def check(self, gates: Gates) -> None:
        """Refuses outputs that would fail only after all questions were asked."""
        for report in self.reports:
            if Path(report).suffix.lower() not in qa.REPORT_SUFFIXES:
                raise InputError(
                    f"{report}: a report is a file in {' or '.join(qa.REPORT_SUFFIXES)}"
                )
        for file in filter(None, (self.save, self.junit, *self.reports)):
            if Path(file).is_dir():
                raise InputError(f"{file}: is a folder; name a file")
        if self.junit and not gates:
            raise InputError("--junit writes the results of gates; add --fail-under or --max-drop")


def run_questions(asked: Questions, gates: Gates, outputs: Outputs, options: Options) -> int:
    """Asks the questions, reports the results and checks the gates."""
    outputs.check(gates)
    question_set = asked.location.load()
    answerer = _open(asked.corpus, options)
    if gates.baseline is not None:
        chosen = qa.resolve_questions(answerer, question_set, limit=asked.limit, seed=asked.seed)
        gates.check_baseline(chosen, asked.modes)
    with Progress("asking", options, unit=Unit.QUESTIONS) as progress:
        run = qa.evaluate(
            answerer,
            question_set,
            modes=asked.modes,
            measures=(*asked.measures, *gates.measures),
            limit=asked.limit,
            seed=asked.seed,
            threads=asked.threads,
            filter=asked.filter,
            on_question=progress.in_mode,
            command=shlex.join(["qa", *sys.argv[1:]]),
            collection=None if asked.corpus is None else asked.corpus.to_dict(),
        )
    if question_set.left_out:
        note(
            f"{question_set.left_out:,} questions without a relevant document were left out",
            options,
        )
    return _report(run, answerer, gates, outputs, options)


def repeat_run(file: str, threads: int, gates: Gates, outputs: Outputs, options: Options) -> int:
    """Asks the questions of a saved run again; returns 1 if any result differs."""
    outputs.check(gates)
    saved = qa.load_run(file)
    kept = saved.provenance.get("collection")
    answerer = _open(Corpus.from_dict(kept) if kept else None, options)
    gates.check_baseline(qa.QuestionSet(saved.set_name, saved.questions), tuple(saved.modes))
    with Progress("asking", options, unit=Unit.QUESTIONS) as progress:
        run = qa.repeat(answerer, saved, threads=threads, on_question=progress.in_mode)
    code = _report(run, answerer, gates, outputs, options)
    changed = _changed(saved.provenance, run.provenance)
    differing = {
        new.question_id
        for mode in saved.modes
        for old, new in zip(saved.modes[mode], run.modes[mode], strict=True)
        if old != new
    }
    if not differing:
        note(f"every result is the same as in {file}", options)
        return code
    why = f"; {' and '.join(changed)} changed since" if changed else ""
    say(
        f"{len(differing)} of {len(run.questions)} questions have other results than in {file}{why}"
    )
    return 1


def check_questions(location: SetLocation, options: Options, *, as_json: bool) -> int:
    """Only checks the labels against the sources, and reports each one that is wrong."""
    question_set = location.load()
    sources = location if location.brings_documents else _open(None, options)
    problems = qa.check_labels(question_set, sources)
    if as_json:
        write_json(
            {
                "schema": "qa.check/1",
                "questions": len(question_set.questions),
                "problems": list(problems),
            }
        )
    for problem in problems:
        say(problem)
    if problems:
        return USAGE
    if not as_json:
        labels = sum(len(question.gold) for question in question_set.questions)
        counts = f"{labels:,} in {len(question_set.questions):,} questions"
        write_lines([f"every label stands in its source: {counts}"])
    return 0


def show_changes(
    files: tuple[str, str],
    modes: Sequence[str],
    measures: Sequence[str],
    outputs: Outputs,
    options: Options,
) -> int:
    """Shows the questions whose results differ most between two saved runs."""
    before, after = map(qa.load_run, files)
    changes = qa.diff(
        before,
        after,
        measure=measures[0] if measures else None,
        mode=modes[-1] if modes else None,
        before_mode=modes[0] if modes else None,
    )
    for report in outputs.reports:
        qa.write_report(report, changes)
    if outputs.as_json:
        write_json({"schema": "qa.diff/1", "changes": list(map(_change, changes))})
    else:
        write_lines(drawn(lambda console: qa.print_changes(changes, console), terminal(options)))
    return 0


def _open(corpus: Corpus | None, options: Options) -> Answerer:
    if corpus is None:
        return options.open().pinned()
    with Progress("indexing the collection", options) as progress:
        return qa.open_corpus(corpus, offline=options.offline, on_progress=progress)


def _report(run: Run, answerer: Answerer, gates: Gates, outputs: Outputs, options: Options) -> int:
    """Writes, prints and judges a run."""
    if outputs.save:
        qa.save_run(run, outputs.save)
    view = qa.overview(run)
    results = gates.results(run)
    promise = qa.check_promise(answerer, run)
    for report in outputs.reports:
        qa.write_report(report, view)
    if outputs.junit:
        qa.write_junit(outputs.junit, results)
    failed = {mode: qa.failures(run, mode) for mode in run.modes if outputs.failures}
    if outputs.as_json:
        data = view.to_dict()
        for mode, found in failed.items():
            data["modes"][mode]["failures"] = [failure.to_dict() for failure in found]
        if promise is not None:
            data["promise"] = promise.to_dict()
        write_json(data)
    else:
        shown = terminal(options)
        write_lines(drawn(lambda console: qa.print_overview(view, console), shown))
        if promise is not None:
            write_lines(["", *render_promise_check(promise, shown)])
        for mode, found in failed.items():
            write_lines(_failures(found, mode, len(run.questions), options))
        write_lines(drawn(lambda console: qa.print_gates(results, console), shown))
    missed = [result for result in results if not result.passed]
    if outputs.as_json:  # stdout holds only data
        for result in missed:
            say(f"gate not met: {result.message}")
    return 1 if missed else 0


def _failures(found: Sequence[Failure], mode: str, questions: int, options: Options) -> list[str]:
    """The failed questions, after an empty line."""
    count = None if options.verbose else LISTED
    return [
        "",
        *drawn(
            lambda console: qa.print_failures(
                found, console, mode=mode, questions=questions, count=count
            ),
            terminal(options),
        ),
    ]


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The inputs of a run that have changed since."""
    names = ("tool", "model", "index", "calibration")
    return [f"the {name}" for name in names if before.get(name) != after[name]]


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.question.id,
        "question": change.question.text,
        "difference": change.difference,
        "before": _side(change.before),
        "after": _side(change.after),
    }


def _side(result: Result) -> dict[str, Any]:
    return {
        "answered": result.answered,
        "probability": result.probability,
        "found": result.found,
        "measures": result.measures,
    }
