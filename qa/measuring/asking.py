"""Asks a question set and keeps the signals of each answer beside its verdict."""

import qa_eval
from qa.answering.answerer import Answerer
from qa.confidence.signals import Signals
from qa.measuring.evaluation import OnQuestion, texts_of
from qa.measuring.responses import Responder
from qa_eval.runs import KEPT
from qa_index.search.query import Mode


def ask_all(
    answerer: Answerer,
    questions: qa_eval.QuestionSet,
    threads: int,
    on_question: OnQuestion | None,
) -> tuple[dict[str, Signals], tuple[qa_eval.Result, ...]]:
    """The signals for each question text, and the result of each question."""
    signals: dict[str, Signals] = {}
    by_document = any(question.by_document for question in questions.questions)
    responder = Responder(answerer, KEPT, by_document=by_document)

    def ask(question: str) -> qa_eval.Response:
        finding, assessment = answerer.find_and_assess(question, KEPT)
        signals[question] = assessment.signals
        return responder.response_to(finding, assessment, Mode.HYBRID)

    run = qa_eval.run(
        questions,
        {Mode.HYBRID: ask},
        text_of=texts_of(answerer),
        threads=threads,
        progress=on_question,
    )
    return signals, run.modes[Mode.HYBRID]
