"""Raises the errors of ``qa_eval`` as those of this library."""

from collections.abc import Iterator
from contextlib import contextmanager

import qa_eval
from qa.errors import QuestionSetError
from qa_index.errors import InputError


@contextmanager
def public_errors() -> Iterator[None]:
    """Raise the errors of ``qa_eval`` as those of this library."""
    try:
        yield
    except qa_eval.QuestionSetError as error:
        raise QuestionSetError(str(error)) from error
    except qa_eval.EvaluationError as error:
        raise InputError(str(error)) from error
