"""Evaluation: question sets, measures, runs, comparisons, gates, reports and calibration.

Names are imported when first used, so ``import qa_eval`` is cheap.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_eval.answerability import Bin as Bin
    from qa_eval.calibration import Quality as Quality
    from qa_eval.calibration import Recalibration as Recalibration
    from qa_eval.calibration import Rescaling as Rescaling
    from qa_eval.calibration import calibrate as calibrate
    from qa_eval.comparison import Change as Change
    from qa_eval.comparison import Comparison as Comparison
    from qa_eval.comparison import Estimate as Estimate
    from qa_eval.comparison import Slice as Slice
    from qa_eval.comparison import compare as compare
    from qa_eval.comparison import diff as diff
    from qa_eval.comparison import metrics as metrics
    from qa_eval.comparison import slices as slices
    from qa_eval.comparison import summarise as summarise
    from qa_eval.dialogue import label as label
    from qa_eval.errors import CalibrationError as CalibrationError
    from qa_eval.errors import EvaluationError as EvaluationError
    from qa_eval.errors import GateError as GateError
    from qa_eval.errors import LabelError as LabelError
    from qa_eval.errors import MeasureError as MeasureError
    from qa_eval.errors import QuestionSetError as QuestionSetError
    from qa_eval.errors import RunError as RunError
    from qa_eval.failing import Failure as Failure
    from qa_eval.failing import FailureKind as FailureKind
    from qa_eval.failing import failures as failures
    from qa_eval.failing import failures_to_dict as failures_to_dict
    from qa_eval.gate import GateResult as GateResult
    from qa_eval.gate import Limit as Limit
    from qa_eval.gate import fail_under as fail_under
    from qa_eval.gate import max_drop as max_drop
    from qa_eval.gate import parse_limit as parse_limit
    from qa_eval.gold import check as check
    from qa_eval.gold import resolve as resolve
    from qa_eval.junit import junit_xml as junit_xml
    from qa_eval.labelling import Candidate as Candidate
    from qa_eval.labelling import LabelSession as LabelSession
    from qa_eval.matching import Judgment as Judgment
    from qa_eval.matching import Verdict as Verdict
    from qa_eval.matching import judge as judge
    from qa_eval.measures import DEFAULT_MEASURES as DEFAULT_MEASURES
    from qa_eval.measures import depth as depth
    from qa_eval.measures import parse_measures as parse_measures
    from qa_eval.overviews import Overview as Overview
    from qa_eval.overviews import overview as overview
    from qa_eval.records import Ask as Ask
    from qa_eval.records import Document as Document
    from qa_eval.records import Gold as Gold
    from qa_eval.records import Place as Place
    from qa_eval.records import Question as Question
    from qa_eval.records import QuestionSet as QuestionSet
    from qa_eval.records import Response as Response
    from qa_eval.records import Retrieved as Retrieved
    from qa_eval.records import Span as Span
    from qa_eval.records import TextOf as TextOf
    from qa_eval.report.failures import print_failures as print_failures
    from qa_eval.report.markdown import changes_to_markdown as changes_to_markdown
    from qa_eval.report.markdown import to_markdown as to_markdown
    from qa_eval.report.notebook import run_to_html as run_to_html
    from qa_eval.report.page import to_html as to_html
    from qa_eval.report.terminal import print_changes as print_changes
    from qa_eval.report.terminal import print_gates as print_gates
    from qa_eval.report.terminal import print_overview as print_overview
    from qa_eval.runner import run as run
    from qa_eval.runs import Judged as Judged
    from qa_eval.runs import Result as Result
    from qa_eval.runs import Run as Run
    from qa_eval.runs import Timing as Timing
    from qa_eval.runs import Timings as Timings
    from qa_eval.sets import beir_documents as beir_documents
    from qa_eval.sets import load_beir as load_beir
    from qa_eval.sets import load_questions as load_questions
    from qa_eval.sets import load_squad as load_squad
    from qa_eval.sets import load_trec as load_trec
    from qa_eval.sets import squad_documents as squad_documents
    from qa_eval.statistics import Interval as Interval
    from qa_eval.storage import load_run as load_run
    from qa_eval.storage import run_from_dict as run_from_dict
    from qa_eval.storage import run_to_dict as run_to_dict
    from qa_eval.storage import save_run as save_run
else:
    from qa_eval.lazy import face

    __all__, __getattr__, __dir__ = face(__name__)
