"""What is read while a question is answered."""

import pytest

from qa.answering.speculation import SpeculativeReading
from qa.reader.network import Reading


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows that are read in the end, in order."""
    rows: list[int] = []
    plain = SpeculativeReading.read

    def spied(self: SpeculativeReading, row: int, sentence: int) -> Reading | None:
        rows.append(row)
        return plain(self, row, sentence)

    monkeypatch.setattr(SpeculativeReading, "read", spied)
    return rows
