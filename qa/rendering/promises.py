"""Shows what is promised of the answers, what that does not cover, and whether it was kept."""

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa import PromiseVerdict
from qa.rendering.characters import counted, visible

if TYPE_CHECKING:
    from qa import OwnCalibration, Promise, PromiseCheck, Promised, QuestionDrift, State
    from qa.rendering.terminal import Terminal

NOT_COVERED = (
    "questions of another kind, on other subjects or in another mixture than these, such as with "
    "more that nothing answers; `qa status --questions FILE` compares them",
    "documents that are added, changed or removed later; `qa status` says how many",
    "each group of questions by itself, such as those in one language: it is for all together",
    "follow-ups, and answers asked with a filter, --no-read, --mode or --min-confidence",
    "passages after the first, and the labels: what they call right is what is promised",
)

LABEL = 11
"""Columns of the labels that facts of the state stand beside."""

_SIGNALS = {
    "probability": "the probability of an answer",
    "similarity": "the similarity to the nearest sentence",
    "evidence_share": "the share of their words in the marked sentence",
    "reading": "the reader's verdict",
    "words": "the number of words",
    "trust": "how well the model knows the language",
}


def percents(share: float) -> str:
    """A share in percent with up to three digits, as in "2.5%"."""
    return f"{100 * share:.3g}%"


def render_promised(done: "Promised", terminal: "Terminal") -> Iterator[str]:
    """A promise that was given."""
    promise = done.promise
    if promise is None or done.threshold is None:
        return
    told = [
        f"At most {percents(promise.risk)} of what is answered is wrong, with "
        f"{percents(promise.confidence_level)} confidence, on questions like these.",
        f"An answer now takes a probability of {100 * done.threshold:.4g}%. Of the "
        f"{counted(promise.questions, 'question')}, {promise.answered:,} reach it "
        f"({promise.share_answered:.0%}), and {promise.wrong:,} of these answers "
        f"{'is' if promise.wrong == 1 else 'are'} wrong.",
        _mixture(promise.questions, promise.unanswerable, done.repeated),
        f"They are about {counted(promise.documents, 'document')}. Questions about one document "
        "tend to be right or wrong together, which the promise does not reckon with.",
    ]
    for each in told:
        yield from _wrapped(each, terminal)
    yield ""
    yield "It does not cover"
    for each in NOT_COVERED:
        yield from _wrapped(each, terminal, mark="- ")


def _wrapped(text: str, terminal: "Terminal", *, mark: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        terminal.width,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_on_hyphens=False,
    )


def _mixture(questions: int, unanswerable: int, repeated: int) -> str:
    left_out = f"; {counted(repeated, 'repeated question')} did not count" if repeated else ""
    if not unanswerable:
        return (
            f"All of them have an answer in the documents{left_out}: nothing is promised for "
            "questions that have none. Add such questions, as many as will be asked."
        )
    share = f"{unanswerable / questions:.0%}"
    return (
        f"No document answers {unanswerable:,} of them ({share}){left_out}; if that is more often "
        "so later, more will be wrong."
    )


def shortfall(done: "Promised") -> str:
    """Why there is no promise, in one line."""
    asked = f"{percents(done.risk)} cannot be promised with {percents(done.confidence_level)}"
    told = f"{asked} confidence on {counted(done.questions, 'question')}, nothing is changed"
    if done.enough is not None:
        more = done.enough - done.questions
        told += f"; {more:,} more of this kind would probably do"
    elif done.questions >= done.least_answers:
        told += "; too many of the surest answers are wrong for more questions to help"
    else:
        told += f"; it takes {done.least_answers:,} answers, all of them right"
    if done.least_risk is not None:
        told += f", and {percents(done.least_risk)} can be promised with these"
    return told


def promise_facts(state: "State") -> Iterator[tuple[str, str]]:
    """Label and text of each fact about the promise of an index."""
    own = state.calibration
    if own is None or own.promise is None:
        return
    promise = own.promise
    yield (
        "promise",
        f"at most {percents(promise.risk)} of answers wrong, with "
        f"{percents(promise.confidence_level)} confidence",
    )
    yield "", _made_on(own, promise)
    if state.drift is not None and not state.doubts_of_promise:
        new, gone = (f"{share:.0%}" for share in state.drift)
        yield "", f"{new} of the passages are new since, {gone} are gone"


def _made_on(own: "OwnCalibration", promise: "Promise") -> str:
    return (
        f"by {promise.questions:,} questions in {own.questions}, {promise.share_answered:.0%} "
        f"answered, {own.made[:10]}"
    )


def doubts_of(state: "State", terminal: "Terminal") -> Iterator[str]:
    """Why the promise of an index may not hold any more."""
    for doubt in state.doubts_of_promise:
        told = f"may not hold: {visible(doubt)}; run `qa calibrate` on questions of now"
        for line in textwrap.wrap(told, terminal.width - LABEL, break_on_hyphens=False):
            yield terminal.doubtful(line)


def render_question_drift(found: "QuestionDrift", terminal: "Terminal") -> Iterator[str]:
    """Whether questions are like those of the promise."""
    signal = _SIGNALS[found.signal]
    share = (
        f"of those {found.answered_then:.0%} were answered, of these {found.answered_now:.0%} are"
    )
    if not found.drifted:
        told = (
            f"{counted(found.questions, 'question')} look like those of the promise "
            f"(p = {found.p:.3f}); {share}"
        )
        yield terminal.good(told)
        return
    medians = (
        ""
        if None in (found.median_then, found.median_now)
        else f" (median {found.median_then:.2f} then, {found.median_now:.2f} now)"
    )
    told = (
        f"{counted(found.questions, 'question')} are of another kind than those of the promise "
        f"(p = {found.p:.3f}), so it may not hold for them: what differs most is "
        f"{signal}{medians}; {share}"
    )
    for line in _wrapped(told, terminal):
        yield terminal.doubtful(line)


def render_promise_check(check: "PromiseCheck", terminal: "Terminal") -> Iterator[str]:
    """Whether labelled questions show that the promise was kept."""
    told = f"Promise of at most {percents(check.risk)} wrong: "
    if check.left_out and not check.answered:
        told += "not tested, no other question than those that it was made on was answered."
    elif not check.answered:
        told += "not tested, no question was answered."
    else:
        low, high = check.interval
        verdict = {
            PromiseVerdict.HELD: "it holds here",
            PromiseVerdict.OPEN: "these answers do not decide it",
            PromiseVerdict.BROKEN: "it is broken; run `qa calibrate` on questions like these",
        }[check.verdict]
        share = f"{check.wrong / check.answered:.1%}, 95% interval {low:.1%} to {high:.1%}"
        told += f"{check.wrong:,} of {counted(check.answered, 'answer')} ({share}); {verdict}."
        if check.left_out:
            told += f" {counted(check.left_out, 'question')} did not count: it was made on them."
    for line in _wrapped(told, terminal):
        broken = check.verdict is PromiseVerdict.BROKEN
        yield terminal.bad(line) if broken else line
