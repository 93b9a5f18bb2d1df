"""Runs on disk: saved, loaded and compared."""

import qa_eval
from qa import inputs
from qa.measuring.errors import public_errors
from qa.session.library import Pathlike


def load_run(file: Pathlike) -> qa_eval.Run:
    """The run saved in ``file``. Raises ``InputError`` if it is not one or cannot be read."""
    with public_errors():
        return qa_eval.load_run(inputs.path(file, "file"))


def save_run(run: qa_eval.Run, file: Pathlike) -> None:
    """Saves a run, to compare with or to repeat. Raises ``InputError`` if it cannot be written."""
    with public_errors():
        qa_eval.save_run(run, inputs.path(file, "file"))


def diff(
    before: qa_eval.Run,
    after: qa_eval.Run,
    *,
    measure: str | None = None,
    mode: str | None = None,
    before_mode: str | None = None,
) -> tuple[qa_eval.Change, ...]:
    """The questions whose result differs between two runs, the largest change first.

    Args:
        before: The earlier run.
        after: The later run, of the same questions.
        measure: The retrieval measure that is compared, by default the first of ``after``.
        mode: The mode that is compared; needed if ``after`` has several.
        before_mode: The mode of ``before``; by default the same.

    Raises:
        InputError: The runs are of different questions, or one lacks the measure or the mode.
    """
    with public_errors():
        return qa_eval.diff(before, after, measure=measure, mode=mode, before_mode=before_mode)
