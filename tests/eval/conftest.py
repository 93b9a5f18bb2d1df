import pytest


@pytest.fixture
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that compare numbers for equality and do not need precise intervals."""
    monkeypatch.setattr("qa_eval.statistics.RESAMPLES", 100)
    monkeypatch.setattr("qa_eval.statistics.PERMUTATIONS", 199)
    monkeypatch.setattr("qa_eval.statistics.SLOW_PERMUTATIONS", 49)
