"""How many are missed, in words."""

import pytest

import qa
from qa.rendering.passages import MAY_BE_LOW, missed_in_words


@pytest.mark.parametrize(
    ("expected", "low", "high", "told"),
    [
        (0.0, 0, 0, "Probably none is missed."),
        (0.04, 0, 0, "Probably none is missed."),
        (0.3, 0, 2, "Probably none is missed (0 to 2)."),
        (0.5, 0, 3, "About 1 more is probably missed (0 to 3)."),
        (3.2, 0, 8, "About 3 more are probably missed (0 to 8)."),
        (1234.5, 20, 5300, "About 1,234 more are probably missed (20 to 5,300)."),
    ],
)
def test_in_words(expected: float, low: int, high: int, told: str) -> None:
    assert missed_in_words(qa.MissedEstimate(expected, low, high, 0.9)) == f"{told} {MAY_BE_LOW}"
