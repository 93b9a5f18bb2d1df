"""Evaluation: question sets, measures, runs, comparisons, gates, reports and calibration.

Names are imported when first used, so ``import qa_eval`` is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa_eval.calibration import Quality, Recalibration, calibrate
    from qa_eval.comparison import (
        Change,
        Comparison,
        Estimate,
        Slice,
        compare,
        diff,
        metrics,
        slices,
        summarise,
    )
    from qa_eval.dialogue import label
    from qa_eval.errors import (
        CalibrationError,
        EvaluationError,
        GateError,
        LabelError,
        MeasureError,
        QuestionSetError,
        RunError,
    )
    from qa_eval.gate import GateResult, Limit, fail_under, max_drop, parse_limit
    from qa_eval.gold import check, resolve
    from qa_eval.junit import junit_xml
    from qa_eval.labelling import Candidate, LabelSession
    from qa_eval.matching import Judgment, Verdict, judge
    from qa_eval.measures import DEFAULT_MEASURES, depth, parse_measures
    from qa_eval.overviews import Overview, overview
    from qa_eval.records import (
        Ask,
        Document,
        Gold,
        Place,
        Question,
        QuestionSet,
        Response,
        Retrieved,
        Span,
        TextOf,
    )
    from qa_eval.report.markdown import changes_to_markdown, to_markdown
    from qa_eval.report.page import to_html
    from qa_eval.report.terminal import print_changes, print_gates, print_overview
    from qa_eval.runner import run
    from qa_eval.runs import Judged, Result, Run, Timing, Timings
    from qa_eval.sets import (
        beir_documents,
        load_beir,
        load_questions,
        load_squad,
        load_trec,
        squad_documents,
    )
    from qa_eval.storage import load_run, run_from_dict, run_to_dict, save_run

__all__ = [
    "DEFAULT_MEASURES",
    "Ask",
    "CalibrationError",
    "Candidate",
    "Change",
    "Comparison",
    "Document",
    "Estimate",
    "EvaluationError",
    "GateError",
    "GateResult",
    "Gold",
    "Judged",
    "Judgment",
    "LabelError",
    "LabelSession",
    "Limit",
    "MeasureError",
    "Overview",
    "Place",
    "Quality",
    "Question",
    "QuestionSet",
    "QuestionSetError",
    "Recalibration",
    "Response",
    "Result",
    "Retrieved",
    "Run",
    "RunError",
    "Slice",
    "Span",
    "TextOf",
    "Timing",
    "Timings",
    "Verdict",
    "beir_documents",
    "calibrate",
    "changes_to_markdown",
    "check",
    "compare",
    "depth",
    "diff",
    "fail_under",
    "judge",
    "junit_xml",
    "label",
    "load_beir",
    "load_questions",
    "load_run",
    "load_squad",
    "load_trec",
    "max_drop",
    "metrics",
    "overview",
    "parse_limit",
    "parse_measures",
    "print_changes",
    "print_gates",
    "print_overview",
    "resolve",
    "run",
    "run_from_dict",
    "run_to_dict",
    "save_run",
    "slices",
    "squad_documents",
    "summarise",
    "to_html",
    "to_markdown",
]

_MODULES = {
    "calibration": "Quality Recalibration calibrate",
    "comparison": "Change Comparison Estimate Slice compare diff metrics slices summarise",
    "errors": (
        "CalibrationError EvaluationError GateError LabelError MeasureError "
        "QuestionSetError RunError"
    ),
    "gate": "GateResult Limit fail_under max_drop parse_limit",
    "gold": "check resolve",
    "junit": "junit_xml",
    "dialogue": "label",
    "labelling": "Candidate LabelSession",
    "matching": "Judgment Verdict judge",
    "measures": "DEFAULT_MEASURES depth parse_measures",
    "records": "Ask Document Gold Place Question QuestionSet Response Retrieved Span TextOf",
    "overviews": "Overview overview",
    "report.markdown": "changes_to_markdown to_markdown",
    "report.page": "to_html",
    "report.terminal": "print_changes print_gates print_overview",
    "runner": "run",
    "runs": "Judged Result Run Timing Timings",
    "sets": "beir_documents load_beir load_questions load_squad load_trec squad_documents",
    "storage": "load_run run_from_dict run_to_dict save_run",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
