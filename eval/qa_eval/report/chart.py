"""A chart frame in SVG: axes, grid and scale, coloured by the page's style sheet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qa_eval.report.markup import Markup, element, join

SERIES = 6
"""Colours of the style sheet; further modes reuse them with another line pattern."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 10, 40


def series(number: int) -> str:
    """Class of the ``number``-th mode, the same in every chart and table."""
    return f"s{number % SERIES} d{number // SERIES % 3}"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: range, ticks and title."""

    title: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = False

    def position(self, value: float) -> float:
        """Position of a value on the axis, 0 to 1."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def unit_axis(title: str) -> Axis:
    """An axis from 0 to 1 in fifths."""
    return Axis(title, 0, 1, tuple((tick / 5, f"{tick / 5:g}") for tick in range(6)))


@dataclass(frozen=True, slots=True)
class Chart:
    """A frame for marks at data coordinates."""

    x: Axis
    y: Axis
    width: int = 460
    height: int = 320

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Pixels of a point."""
        across = self.width - _LEFT - _RIGHT
        down = self.height - _TOP - _BOTTOM
        return (
            _LEFT + self.x.position(x) * across,
            _TOP + (1 - self.y.position(y)) * down,
        )

    def line(self, points: Sequence[tuple[float, float]], class_: str) -> Markup:
        """A line through points."""
        pixels = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.at(*point) for point in points))
        return element("polyline", class_=f"line {class_}", points=pixels)

    def dot(self, x: float, y: float, radius: float, class_: str, title: str) -> Markup:
        """A dot with its numbers as a tooltip."""
        across, down = self.at(x, y)
        return element(
            "circle", element("title", title), class_=f"dot {class_}", cx=across, cy=down, r=radius
        )

    def bar(self, x: tuple[float, float], y: float, class_: str, title: str) -> Markup:
        """A bar from the x axis up."""
        left, top = self.at(x[0], y)
        right, bottom = self.at(x[1], self.y.low)
        return element(
            "rect",
            element("title", title),
            class_=f"bar {class_}",
            x=left,
            y=top,
            width=max(right - left - 1, 1),
            height=bottom - top,
        )

    def draw(self, description: str, *marks: Markup) -> Markup:
        """The whole chart; ``description`` is for screen readers."""
        return element(
            "svg",
            element("title", description),
            self._grid(),
            *marks,
            viewBox=f"0 0 {self.width} {self.height}",
            role="img",
            class_="chart",
        )

    def _grid(self) -> Markup:
        left, bottom = self.at(self.x.low, self.y.low)
        right, top = self.at(self.x.high, self.y.high)
        marks: list[Markup] = []
        for value, text in self.x.ticks:
            x, _ = self.at(value, self.y.low)
            marks.append(element("line", class_="grid", x1=x, x2=x, y1=top, y2=bottom))
            marks.append(element("text", text, class_="tick", x=x, y=bottom + 15))
        for value, text in self.y.ticks:
            _, y = self.at(self.x.low, value)
            marks.append(element("line", class_="grid", x1=left, x2=right, y1=y, y2=y))
            marks.append(element("text", text, class_="tick end", x=left - 6, y=y + 3.5))
        middle = (top + bottom) / 2
        marks.append(
            element("text", self.x.title, class_="axis", x=(left + right) / 2, y=self.height - 6)
        )
        marks.append(
            element(
                "text",
                self.y.title,
                class_="axis",
                transform=f"translate(12 {middle:g}) rotate(-90)",
            )
        )
        return join(*marks)
