import pytest


@pytest.fixture
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that ask whether numbers are the same, not how good they are."""
    monkeypatch.setattr("qa_eval.statistics.RESAMPLES", 100)
    monkeypatch.setattr("qa_eval.statistics.PERMUTATIONS", 199)
    monkeypatch.setattr("qa_eval.statistics.SLOW_PERMUTATIONS", 49)
