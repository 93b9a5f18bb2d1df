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
    from qa.answering.answerer import Answerer as Answerer
    from qa.answering.answerer import AskOptions as AskOptions
    from qa.answering.excerpts import Excerpt as Excerpt
    from qa.answering.surroundings import Surroundings as Surroundings
    from qa.answers import Answer as Answer
    from qa.answers import Citation as Citation
    from qa.answers import Confidence as Confidence
    from qa.answers import Explanation as Explanation
    from qa.answers import IndexUsed as IndexUsed
    from qa.answers import Reason as Reason
    from qa.answers import Scores as Scores
    from qa.answers import Status as Status
    from qa.checking.verification import Claim as Claim
    from qa.checking.verification import Verdict as Verdict
    from qa.checking.verification import Verification as Verification
    from qa.confidence.fit import Calibrated as Calibrated
    from qa.confidence.fit import calibrate as calibrate
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
    from qa.errors import RootGone as RootGone
    from qa.errors import StaleSource as StaleSource
    from qa.errors import UnknownCitation as UnknownCitation
    from qa.measuring.evaluation import evaluate as evaluate
    from qa.places import Lines as Lines
    from qa.places import Place as Place
    from qa.places import Source as Source
    from qa.places import SourceSpan as SourceSpan
    from qa.places import UnitName as UnitName
    from qa.places import UnitRange as UnitRange
    from qa.session.library import find_index as find_index
    from qa.session.library import index as index
    from qa.session.library import open as open
    from qa.session.opened import Session as Session
    from qa_eval.records import QuestionSet as QuestionSet
    from qa_eval.runs import Run as Run
    from qa_index.building.build import BuildReport as BuildReport
    from qa_index.records import Cells as Cells
    from qa_index.records import Fragment as Fragment
    from qa_index.records import Rectangle as Rectangle
    from qa_index.records import Unit as Unit
    from qa_index.records import UnitKind as UnitKind
    from qa_index.search.query import Mode as Mode
    from qa_index.sources.plan import SkippedFile as SkippedFile
else:
    from qa_eval.lazy import face

    __all__, __getattr__, __dir__ = face(__name__)
