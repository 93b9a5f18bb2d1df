"""Saves runs as JSON and loads them with checks."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qa_eval.errors import MeasureError, QuestionSetError, RunError
from qa_eval.fields import Fields, parse_json
from qa_eval.files import write_atomically
from qa_eval.matching import Verdict
from qa_eval.measures import OF_TEXT, parse_measures, retrieval_measures
from qa_eval.records import Place, Question, Retrieved, Span, questions_sha256
from qa_eval.runs import KEPT, SCHEMA, Judged, Result, Run, Timing, Timings
from qa_eval.sets.native import parse_question


def save_run(run: Run, path: str | Path) -> None:
    """Write the run atomically. Raises ``RunError`` if it cannot be written."""
    text = json.dumps(run_to_dict(run), allow_nan=False, separators=(",", ":"))
    try:
        write_atomically(Path(path), text + "\n")
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error


def load_run(path: str | Path) -> Run:
    """Load a run. Raises ``RunError`` if it is damaged or inconsistent."""
    try:
        data = parse_json(Path(path).read_bytes())
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise RunError(f"{path}: {error}; save the run again") from error
    return run_from_dict(data, where=str(path))


def run_to_dict(run: Run) -> dict[str, Any]:
    """The run as JSON types, schema ``qa.run/1``."""
    return {
        "schema": SCHEMA,
        "set": {"name": run.set_name, "sha256": run.set_sha256},
        "limit": run.limit,
        "seed": run.seed,
        "measures": list(run.measures),
        "questions": [question.to_dict() for question in run.questions],
        "modes": {
            mode: [_result_to_dict(result) for result in results]
            for mode, results in run.modes.items()
        },
        "provenance": run.provenance,
        "timings": {
            "started": run.timings.started,
            "threads": run.timings.threads,
            "modes": {
                mode: {"wall_s": timing.wall_s, "latency_ms": list(timing.latency_ms)}
                for mode, timing in run.timings.modes.items()
            },
        },
    }


def run_from_dict(data: object, *, where: str = "run") -> Run:
    """Reverse of ``run_to_dict``. Raises ``RunError``, prefixed by ``where``, if invalid."""
    fields = Fields(data, where, RunError)
    if fields.text("schema", "none") != SCHEMA:
        raise fields.problem(f'not a saved run of schema "{SCHEMA}"')
    set_fields = Fields(fields.mapping("set"), f"{where}: set", RunError)
    try:
        questions = tuple(
            parse_question(Fields(item, f"{where}: question {number}", QuestionSetError))
            for number, item in enumerate(fields.items("questions"), start=1)
        )
    except QuestionSetError as error:
        raise RunError(str(error)) from error
    if questions_sha256(questions) != set_fields.text("sha256"):
        raise fields.problem("questions do not match the hash beside them; the file was changed")
    if len({question.id for question in questions}) != len(questions):
        raise fields.problem("a question id stands twice")
    try:
        measures = parse_measures(fields.texts("measures"))
    except MeasureError as error:
        raise fields.problem(str(error)) from error
    modes = {
        mode: _results(results, questions, measures, f'{where}: mode "{mode}"')
        for mode, results in fields.mapping("modes").items()
    }
    return Run(
        set_name=set_fields.text("name"),
        set_sha256=set_fields.text("sha256"),
        questions=questions,
        measures=measures,
        modes=modes,
        limit=fields.integer("limit", least=1) if fields.given("limit") else None,
        seed=fields.integer("seed"),
        provenance=dict(fields.mapping("provenance")),
        timings=_timings(fields.mapping("timings"), modes, len(questions), f"{where}: timings"),
    )


def _result_to_dict(result: Result) -> dict[str, Any]:
    return {
        "id": result.question_id,
        "answered": result.answered,
        "probability": result.probability,
        "retrieved": result.retrieved,
        "found": result.found,
        "measures": result.measures,
        "passages": [
            {
                "path": passage.path,
                "start": passage.start,
                "end": passage.end,
                "quote": passage.quote,
                "score": passage.score,
                "evidence": [list(span) for span in passage.evidence],
                "also_in": [list(place) for place in passage.also_in],
                "verdict": str(verdict),
                "evidence_right": list(evidence),
            }
            for passage, verdict, evidence in result.passages
        ],
    }


def _results(
    data: object, questions: tuple[Question, ...], measures: tuple[str, ...], where: str
) -> tuple[Result, ...]:
    """Results of one mode, with measures recomputed from the ranks."""
    if not isinstance(data, list) or len(data) != len(questions):
        raise RunError(f"{where}: expected one result for each of {len(questions)} questions")
    results = tuple(
        _result(Fields(item, f"{where}, result {number}", RunError), question)
        for number, (item, question) in enumerate(zip(data, questions, strict=True), start=1)
    )
    found = {result.question_id: result.found for result in results}
    expected = retrieval_measures(questions, found, measures)
    for result in results:
        claimed = {k: v for k, v in result.measures.items() if k not in OF_TEXT}
        if not _close(claimed, expected.get(result.question_id, {})):
            raise RunError(
                f'{where}: the measures of question "{result.question_id}" do not follow from '
                "its ranks; the file was changed"
            )
    return results


def _result(fields: Fields, question: Question) -> Result:
    if fields.text("id") != question.id:
        raise fields.problem(f'expected question "{question.id}"')
    probability = fields.number("probability")
    if not 0 <= probability <= 1:
        raise fields.problem('"probability" must lie between 0 and 1')
    found = Fields(fields.mapping("found"), f"{fields.where}: found", RunError)
    found.only(*question.parts)
    measures = Fields(fields.mapping("measures"), f"{fields.where}: measures", RunError)
    passages = fields.items("passages")
    if len(passages) != min(KEPT, fields.integer("retrieved")):
        raise fields.problem(f"{len(passages)} passages do not go with what was retrieved")
    return Result(
        question_id=question.id,
        answered=fields.flag("answered"),
        probability=probability,
        retrieved=fields.integer("retrieved"),
        found={part: found.integer(part, least=1) for part in fields.mapping("found")},
        measures={name: measures.number(name) for name in fields.mapping("measures")},
        passages=tuple(
            _judged(Fields(item, f"{fields.where}, passage {number}", RunError))
            for number, item in enumerate(passages, start=1)
        ),
    )


def _judged(fields: Fields) -> Judged:
    try:
        evidence = tuple(Span(*map(_offset, span)) for span in fields.items("evidence"))
        also_in = tuple(
            Place(str(path), _offset(start), _offset(end))
            for path, start, end in fields.items("also_in")
        )
        verdict = Verdict(fields.text("verdict"))
    except (TypeError, ValueError) as error:
        raise fields.problem("unsound evidence, places or verdict") from error
    right = fields.items("evidence_right")
    if len(right) != len(evidence) or not all(isinstance(value, bool) for value in right):
        raise fields.problem('"evidence_right" does not go with "evidence"')
    passage = Retrieved(
        path=fields.string("path"),
        start=fields.integer("start"),
        end=fields.integer("end"),
        quote=fields.string("quote"),
        score=fields.number("score"),
        evidence=evidence,
        also_in=also_in,
    )
    return Judged(passage, verdict, tuple(right))


def _offset(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("an offset is a whole number")
    return value


def _timings(
    data: Mapping[str, Any], modes: Mapping[str, object], questions: int, where: str
) -> Timings:
    fields = Fields(dict(data), where, RunError)
    timings: dict[str, Timing] = {}
    for mode in modes:
        timing = Fields(fields.mapping("modes").get(mode), f'{where} of "{mode}"', RunError)
        latencies = timing.items("latency_ms")
        if len(latencies) != questions:
            raise timing.problem(f"expected {questions} latencies")
        if not all(isinstance(value, int | float) for value in latencies):
            raise timing.problem("a latency is a number of milliseconds")
        timings[mode] = Timing(timing.number("wall_s"), tuple(map(float, latencies)))
    return Timings(fields.text("started"), fields.integer("threads", least=1), timings)


def _close(left: Mapping[str, float], right: Mapping[str, float]) -> bool:
    return left.keys() == right.keys() and all(
        math.isclose(left[name], right[name], abs_tol=1e-9) for name in left
    )
