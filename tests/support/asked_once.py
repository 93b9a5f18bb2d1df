"""Questions that several calibrations ask, searched and read once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from qa.answering.answerer import Answerer
from qa.answering.finding import Finding
from qa_eval.runs import KEPT


@contextmanager
def asked_once() -> Iterator[None]:
    """What is found does not depend on a calibration: only the assessment is made anew."""
    seen: dict[Any, Finding] = {}
    search = Answerer.find_and_assess

    def remembered(self: Answerer, question: str, k: int, **how: Any) -> tuple[Finding, Any]:
        index, k = self.index, max(k, KEPT)
        key = (index.texts_checksum, index.model.sha256, question, k, *how.items())
        if key not in seen:
            seen[key] = search(self, question, k, **how)[0]
        return seen[key], self._assess(seen[key])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Answerer, "find_and_assess", remembered)
        yield
