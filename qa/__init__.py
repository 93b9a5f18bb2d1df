"""Answers questions from your own documents with quoted, checkable passages and nothing else.

    import qa

    qa.index(["seeds"], into=".qa")
    answerer = qa.open(".qa")
    answer = answerer.ask("Who heads the forum?", k=3)
    answer.answered, answer.confidence, answer.citations[0].quote
    answer.citations[0].verify()
    qa.evaluate(answerer, "questions.jsonl")

Importing is cheap: each name is imported on first use, and numpy, FAISS and the model's runtime
when they are first needed. torch is needed only once, to export a model.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.annotations.reading import is_annotations as is_annotations
    from qa.annotations.reading import read_annotations as read_annotations
    from qa.annotations.records import AnnotationTarget as AnnotationTarget
    from qa.annotations.records import AnnotationVerdict as AnnotationVerdict
    from qa.annotations.records import FoundAnnotations as FoundAnnotations
    from qa.annotations.records import FoundTarget as FoundTarget
    from qa.answering.answerer import Answerer as Answerer
    from qa.answering.answerer import AskAllOptions as AskAllOptions
    from qa.answering.answerer import AskOptions as AskOptions
    from qa.answering.documents import IndexedDocument as IndexedDocument
    from qa.answering.documents import TextBlock as TextBlock
    from qa.answering.documents import TextWindow as TextWindow
    from qa.answering.excerpts import Excerpt as Excerpt
    from qa.answering.surroundings import Surroundings as Surroundings
    from qa.answers import Answer as Answer
    from qa.answers import Citation as Citation
    from qa.answers import Confidence as Confidence
    from qa.answers import Continuation as Continuation
    from qa.answers import ContinuationKind as ContinuationKind
    from qa.answers import Explanation as Explanation
    from qa.answers import IndexUsed as IndexUsed
    from qa.answers import Reason as Reason
    from qa.answers import Scores as Scores
    from qa.answers import Status as Status
    from qa.checking.quotes.records import Concern as Concern
    from qa.checking.quotes.records import DifferenceKind as DifferenceKind
    from qa.checking.quotes.records import QuoteCheck as QuoteCheck
    from qa.checking.quotes.records import QuotePlace as QuotePlace
    from qa.checking.quotes.records import QuoteVerdict as QuoteVerdict
    from qa.checking.quotes.records import Typography as Typography
    from qa.checking.quotes.records import WordChange as WordChange
    from qa.checking.saved import saved_turn as saved_turn
    from qa.checking.verification import Claim as Claim
    from qa.checking.verification import Verdict as Verdict
    from qa.checking.verification import Verification as Verification
    from qa.checking.verified import VerifiedAnswers as VerifiedAnswers
    from qa.confidence.profiles import ProfileUsed as ProfileUsed
    from qa.confidence.promise import PassageDrift as PassageDrift
    from qa.confidence.promise import Promise as Promise
    from qa.confidence.store import OwnCalibration as OwnCalibration
    from qa.drafts.checking import check as check
    from qa.drafts.page import write_check as write_check
    from qa.drafts.records import Attribution as Attribution
    from qa.drafts.records import ClaimCheck as ClaimCheck
    from qa.drafts.records import DraftCheck as DraftCheck
    from qa.drafts.records import DraftPlace as DraftPlace
    from qa.drafts.records import Quotation as Quotation
    from qa.drafts.records import QuotationKind as QuotationKind
    from qa.drafts.records import QuotationVerdict as QuotationVerdict
    from qa.errors import EmptyQuestion as EmptyQuestion
    from qa.errors import IndexClosed as IndexClosed
    from qa.errors import IndexDamaged as IndexDamaged
    from qa.errors import IndexIncompatible as IndexIncompatible
    from qa.errors import IndexLocked as IndexLocked
    from qa.errors import IndexMissing as IndexMissing
    from qa.errors import IndexNotWritable as IndexNotWritable
    from qa.errors import IndexProblem as IndexProblem
    from qa.errors import InputError as InputError
    from qa.errors import ModelUnavailable as ModelUnavailable
    from qa.errors import NothingToIndex as NothingToIndex
    from qa.errors import QAError as QAError
    from qa.errors import QuestionSetError as QuestionSetError
    from qa.errors import QuoteNotHeld as QuoteNotHeld
    from qa.errors import RootGone as RootGone
    from qa.errors import StaleSource as StaleSource
    from qa.errors import UnknownCitation as UnknownCitation
    from qa.errors import WorkersUnavailable as WorkersUnavailable
    from qa.filters import Filter as Filter
    from qa.keeping.absence import AbsenceCertificate as AbsenceCertificate
    from qa.keeping.absence import CertificateChecked as CertificateChecked
    from qa.keeping.absence import CertifiedFile as CertifiedFile
    from qa.keeping.absence import FileVerdict as FileVerdict
    from qa.keeping.absence import certify_absence as certify_absence
    from qa.keeping.absence import check_certificate as check_certificate
    from qa.keeping.absence import is_certificate as is_certificate
    from qa.keeping.changes import AskedAgain as AskedAgain
    from qa.keeping.changes import QuoteChange as QuoteChange
    from qa.keeping.changes import QuoteChangeKind as QuoteChangeKind
    from qa.keeping.changes import WordRun as WordRun
    from qa.keeping.changes import ask_again as ask_again
    from qa.keeping.questions import KeptQuestion as KeptQuestion
    from qa.keeping.questions import KeptQuote as KeptQuote
    from qa.keeping.questions import forget_questions as forget_questions
    from qa.keeping.questions import keep_questions as keep_questions
    from qa.keeping.questions import kept_questions as kept_questions
    from qa.listings import ListedPassage as ListedPassage
    from qa.listings import MissedEstimate as MissedEstimate
    from qa.listings import PassageList as PassageList
    from qa.measuring.collections import open_corpus as open_corpus
    from qa.measuring.drifting import QuestionDrift as QuestionDrift
    from qa.measuring.drifting import compare_questions as compare_questions
    from qa.measuring.evaluation import check_labels as check_labels
    from qa.measuring.evaluation import evaluate as evaluate
    from qa.measuring.evaluation import repeat as repeat
    from qa.measuring.evaluation import resolve_questions as resolve_questions
    from qa.measuring.fit import Calibrated as Calibrated
    from qa.measuring.fit import calibrate as calibrate
    from qa.measuring.gates import Gates as Gates
    from qa.measuring.labelling import Labelled as Labelled
    from qa.measuring.labelling import label as label
    from qa.measuring.promising import PromiseCheck as PromiseCheck
    from qa.measuring.promising import Promised as Promised
    from qa.measuring.promising import PromiseVerdict as PromiseVerdict
    from qa.measuring.promising import check_promise as check_promise
    from qa.measuring.reports import REPORT_SUFFIXES as REPORT_SUFFIXES
    from qa.measuring.reports import write_junit as write_junit
    from qa.measuring.reports import write_report as write_report
    from qa.measuring.runs import diff as diff
    from qa.measuring.runs import load_run as load_run
    from qa.measuring.runs import save_run as save_run
    from qa.measuring.sets import Corpus as Corpus
    from qa.measuring.sets import SetFormat as SetFormat
    from qa.measuring.sets import SetLocation as SetLocation
    from qa.packing.checked import PackChecked as PackChecked
    from qa.packing.checked import QuoteInPack as QuoteInPack
    from qa.packing.containers import is_pack as is_pack
    from qa.packing.packing import pack as pack
    from qa.packing.records import Pack as Pack
    from qa.packing.records import PackedAnswer as PackedAnswer
    from qa.packing.records import PackedPicture as PackedPicture
    from qa.packing.records import PackedQuote as PackedQuote
    from qa.packing.records import PackedSource as PackedSource
    from qa.packing.records import PackPart as PackPart
    from qa.packing.signing import SignatureChecked as SignatureChecked
    from qa.packing.signing import sign_pack as sign_pack
    from qa.packing.verifying import verify_pack as verify_pack
    from qa.places import Lines as Lines
    from qa.places import Place as Place
    from qa.places import Source as Source
    from qa.places import SourceSpan as SourceSpan
    from qa.places import UnitName as UnitName
    from qa.places import UnitRange as UnitRange
    from qa.places import line_ends as line_ends
    from qa.places import location_of as location_of
    from qa.session.copying import CopyReport as CopyReport
    from qa.session.copying import copy as copy
    from qa.session.indexed import Indexed as Indexed
    from qa.session.indexed import open_indexed as open_indexed
    from qa.session.last import Cited as Cited
    from qa.session.last import LastAnswer as LastAnswer
    from qa.session.last import keep_answer as keep_answer
    from qa.session.last import last_answer as last_answer
    from qa.session.library import DEFAULT_INDEX as DEFAULT_INDEX
    from qa.session.library import excerpt as excerpt
    from qa.session.library import find_index as find_index
    from qa.session.library import index as index
    from qa.session.library import index_folder as index_folder
    from qa.session.library import index_name as index_name
    from qa.session.library import open as open
    from qa.session.library import reset_calibration as reset_calibration
    from qa.session.opened import Session as Session
    from qa.session.saved import annotate_answers as annotate_answers
    from qa.session.saved import find_annotations as find_annotations
    from qa.session.saved import verify as verify
    from qa.status import IndexedGap as IndexedGap
    from qa.status import IndexedSource as IndexedSource
    from qa.status import RecognisedSource as RecognisedSource
    from qa.status import State as State
    from qa.turns import CarriedOver as CarriedOver
    from qa.turns import Turn as Turn
    from qa.values import Agreement as Agreement
    from qa.values import Bound as Bound
    from qa.values import NormalValue as NormalValue
    from qa.values import ValueGroup as ValueGroup
    from qa.values import ValueKind as ValueKind
    from qa.values import ValueMember as ValueMember
    from qa.values import VersionSource as VersionSource
    from qa.watching.events import WatchEvent as WatchEvent
    from qa.watching.events import WatchKind as WatchKind
    from qa.watching.watching import watch as watch
    from qa_eval.calibration import Recalibration as Recalibration
    from qa_eval.comparison import Change as Change
    from qa_eval.failing import Failure as Failure
    from qa_eval.failing import failures as failures
    from qa_eval.gate import GateResult as GateResult
    from qa_eval.measures import DEFAULT_MEASURES as DEFAULT_MEASURES
    from qa_eval.overviews import Overview as Overview
    from qa_eval.overviews import overview as overview
    from qa_eval.records import QuestionSet as QuestionSet
    from qa_eval.report.failures import print_failures as print_failures
    from qa_eval.report.terminal import print_changes as print_changes
    from qa_eval.report.terminal import print_gates as print_gates
    from qa_eval.report.terminal import print_overview as print_overview
    from qa_eval.runs import Result as Result
    from qa_eval.runs import Run as Run
    from qa_index.building.pace import Pace as Pace
    from qa_index.building.pace import duration as duration
    from qa_index.building.report import BuildReport as BuildReport
    from qa_index.collection.manifest import Root as Root
    from qa_index.collection.records import Counts as Counts
    from qa_index.encoding import ModelDescription as ModelDescription
    from qa_index.records import BlockKind as BlockKind
    from qa_index.records import Cells as Cells
    from qa_index.records import Correction as Correction
    from qa_index.records import DateSource as DateSource
    from qa_index.records import Fragment as Fragment
    from qa_index.records import Heading as Heading
    from qa_index.records import Rectangle as Rectangle
    from qa_index.records import Span as Span
    from qa_index.records import Unit as Unit
    from qa_index.records import UnitKind as UnitKind
    from qa_index.search.query import Mode as Mode
    from qa_index.sources.condition import Condition as Condition
    from qa_index.sources.plan import GoneRoot as GoneRoot
    from qa_index.sources.plan import SkippedFile as SkippedFile
    from qa_index.version import tool_version as tool_version
else:
    from qa_eval.lazy import face

    __all__, __getattr__, __dir__ = face(__name__)
