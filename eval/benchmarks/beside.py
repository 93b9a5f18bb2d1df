"""Quantities that are measured with both packaged models, in turns."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple, TypeVar

from qa_index.encoding.models import SHORT_NAMES

T = TypeVar("T")

MODELS = ("e5", "minilm")
"""Short names; the first is the default."""
RATIO = " / ".join(MODELS)
COLUMNS = ("what", *(SHORT_NAMES[model] for model in MODELS), RATIO, "wanted")


class Measure(NamedTuple):
    """One quantity, measured with each model in every turn."""

    name: str
    unit: str
    """``ms``, ``MB`` or another one; empty if the values are ratios themselves."""
    turns: dict[str, list[float]]
    """By model."""
    wanted: str = ""
    """Of the default model."""

    def ratios(self) -> list[float]:
        """The first model's value in multiples of the second's, turn by turn."""
        first, second = (self.turns[model] for model in MODELS)
        return [one / other for one, other in zip(first, second, strict=True)]

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        ratio = _spread(self.ratios())
        return {"name": self.name, "unit": self.unit, "turns": self.turns, RATIO: ratio}

    def row(self) -> tuple[str, ...]:
        """As ``COLUMNS``: the median of the turns, of memory the highest, and the ratio."""
        if not self.unit:
            cells = [_told(self.turns[model]) for model in MODELS]
            return (self.name, *cells, "", self.wanted)
        reduce: Callable[[list[float]], float] = max if self.unit == "MB" else median
        cells = [_with_unit(reduce(self.turns[model]), self.unit) for model in MODELS]
        return (self.name, *cells, _told(self.ratios()), self.wanted)


def by_model(
    found: Mapping[str, Sequence[T]], value: Callable[[T], float]
) -> dict[str, list[float]]:
    """One value of what was found with each model in every turn."""
    return {model: [value(each) for each in found[model]] for model in MODELS}


def _spread(ratios: Sequence[float]) -> dict[str, float]:
    return {"median": median(ratios), "least": min(ratios), "most": max(ratios)}


def _told(ratios: Sequence[float]) -> str:
    return "{median:.2f} ({least:.2f} to {most:.2f})".format(**_spread(ratios))


def _with_unit(value: float, unit: str) -> str:
    if unit == "ms" and value >= 10_000:
        return f"{value / 1e3:,.1f} s"
    return f"{value:,.{1 if value < 10 else 0}f} {unit}"
