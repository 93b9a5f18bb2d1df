"""Answers questions from your own documents with quoted, checkable passages and nothing else.

    import qa

    qa.index(["seeds"], into=".qa")
    answerer = qa.open(".qa")
    answer = answerer.ask("Who heads the forum?", k=3)
    answer.answered, answer.confidence, answer.citations[0].quote
    answer.citations[0].verify()
    qa.evaluate(answerer, "questions.jsonl")

Importing is cheap: what a name stands for is imported when it is first used, numpy, FAISS and the
model's runtime when they are first needed, torch only to export a model once.
"""

import typing as _typing

if _typing.TYPE_CHECKING:
    from qa.answers import (
        Answer,
        Citation,
        Confidence,
        Lines,
        Place,
        Reason,
        Scores,
        Source,
        SourceSpan,
        Status,
    )
    from qa.checking.verification import Verdict, Verification
    from qa.confidence.fit import calibrate
    from qa.errors import (
        EmptyQuestion,
        IndexClosed,
        IndexDamaged,
        IndexIncompatible,
        IndexLocked,
        IndexMissing,
        IndexNotWritable,
        IndexProblem,
        InputError,
        ModelUnavailable,
        NothingToIndex,
        QAError,
        QuestionSetError,
        RootGone,
        StaleSource,
        UnknownCitation,
    )
    from qa.measuring.evaluation import evaluate
    from qa.session.library import find_index, index, open
    from qa.session.opened import Session
else:
    # A name is imported when it is first used: the command needs few of them, and ``--help`` none.
    _NAMES = {
        "qa.answers": (
            "Answer",
            "Citation",
            "Confidence",
            "Lines",
            "Place",
            "Reason",
            "Scores",
            "Source",
            "SourceSpan",
            "Status",
        ),
        "qa.confidence.fit": ("calibrate",),
        "qa.errors": (
            "EmptyQuestion",
            "IndexClosed",
            "IndexDamaged",
            "IndexIncompatible",
            "IndexLocked",
            "IndexMissing",
            "IndexNotWritable",
            "IndexProblem",
            "InputError",
            "ModelUnavailable",
            "NothingToIndex",
            "QAError",
            "QuestionSetError",
            "RootGone",
            "StaleSource",
            "UnknownCitation",
        ),
        "qa.measuring.evaluation": ("evaluate",),
        "qa.session.library": ("find_index", "index", "open"),
        "qa.session.opened": ("Session",),
        "qa.checking.verification": ("Verdict", "Verification"),
    }
    _MODULES = {name: module for module, names in _NAMES.items() for name in names}

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_MODULES[name]), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "Answer",
    "Citation",
    "Confidence",
    "EmptyQuestion",
    "IndexClosed",
    "IndexDamaged",
    "IndexIncompatible",
    "IndexLocked",
    "IndexMissing",
    "IndexNotWritable",
    "IndexProblem",
    "InputError",
    "Lines",
    "ModelUnavailable",
    "NothingToIndex",
    "Place",
    "QAError",
    "QuestionSetError",
    "Reason",
    "RootGone",
    "Scores",
    "Session",
    "Source",
    "SourceSpan",
    "StaleSource",
    "Status",
    "UnknownCitation",
    "Verdict",
    "Verification",
    "calibrate",
    "evaluate",
    "find_index",
    "index",
    "open",
]
