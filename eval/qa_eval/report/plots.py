"""The plots of the page: intervals, risk and coverage, calibration, latency."""

import math

import numpy as np

from qa_eval.answerability import Array, reliability, risk_coverage
from qa_eval.overviews import Overview
from qa_eval.report.chart import Axis, Chart, series, unit_axis
from qa_eval.report.markup import Markup, element
from qa_eval.report.numbers import interval, label, milliseconds

_POINTS = 200
"""Most points of a curve; more are not visible at this size."""
_LATENCY_BINS = 24


def probability_and_correct(view: Overview, mode: str) -> tuple[Array, Array]:
    """Probability of each question, and whether it was correct; shape (n,) each."""
    results = view.run.modes[mode]
    return (
        np.array([result.probability for result in results], float),
        np.array([result.correct for result in results], float),
    )


def intervals_plot(view: Overview) -> Markup:
    """One row per measure, with a dot and a 95% interval for each mode."""
    left, width, step = 160, 900, 13
    band = step * len(view.estimates) + 12
    height = band * len(view.measures) + 30

    def x(value: float) -> float:
        return left + value * (width - left - 20)

    marks: list[Markup] = []
    for tenth in range(0, 11, 2):
        at = x(tenth / 10)
        marks.append(element("line", class_="grid", x1=at, x2=at, y1=4, y2=height - 24))
        marks.append(element("text", f"{tenth / 10:g}", class_="tick", x=at, y=height - 8))
    for row, measure in enumerate(view.measures):
        top = row * band + 6
        middle = top + (band - 12) / 2
        marks.append(element("text", label(measure), class_="name", x=left - 12, y=middle))
        if row:
            marks.append(element("line", class_="grid", x1=0, x2=width, y1=top - 6, y2=top - 6))
        for number, (mode, estimates) in enumerate(view.estimates.items()):
            estimate = estimates[measure]
            y = top + (number + 0.5) * step
            low, high = (x(end) for end in estimate.interval)
            class_ = series(number)
            marks.append(element("line", class_=f"whisker {class_}", x1=low, x2=high, y1=y, y2=y))
            told = f"{mode}: {label(measure)} {estimate.value:.3f} ({interval(estimate)})"
            dot = element("title", told)
            marks.append(
                element("circle", dot, class_=f"dot {class_}", cx=x(estimate.value), cy=y, r=4.5)
            )
    return element(
        "svg",
        element("title", "Measures by mode with 95% intervals; the table below has the numbers"),
        *marks,
        viewBox=f"0 0 {width} {height}",
        role="img",
        class_="chart wide",
    )


def risk_coverage_plot(view: Overview) -> Markup:
    """Share of errors among the answered questions by coverage."""
    chart = Chart(
        unit_axis("coverage: share of questions answered"), unit_axis("risk: share wrong")
    )
    lines: list[Markup] = []
    for number, mode in enumerate(view.run.modes):
        coverage, risk = risk_coverage(*probability_and_correct(view, mode))
        shown = np.unique(np.linspace(0, len(risk) - 1, _POINTS).astype(int))
        points = [(float(coverage[index]), float(risk[index])) for index in shown]
        lines.append(chart.line(points, series(number)))
    return chart.draw("Risk against coverage by mode; lower is better", *lines)


def calibration_plot(view: Overview) -> Markup:
    """Observed share of correct answers against the probability; dots grow with the questions."""
    chart = Chart(unit_axis("mean probability of the bin"), unit_axis("share correct"))
    marks = [chart.line([(0, 0), (1, 1)], "ideal")]
    for number, mode in enumerate(view.run.modes):
        bins = reliability(*probability_and_correct(view, mode))
        most = max(bin_.count for bin_ in bins)
        points = [(bin_.probability, bin_.observed) for bin_ in bins]
        marks.append(chart.line(points, series(number)))
        for bin_ in bins:
            told = (
                f"{mode}: {bin_.count} questions at {bin_.probability:.2f}, "
                f"{bin_.observed:.0%} correct"
            )
            radius = 2.5 + 4.5 * math.sqrt(bin_.count / most)
            marks.append(chart.dot(bin_.probability, bin_.observed, radius, series(number), told))
    return chart.draw("Calibration by mode; on the dashed line is ideal", *marks)


def latency_plot(view: Overview, mode: str, number: int) -> Markup:
    """Histogram of one mode's latencies over a logarithmic axis that all modes share."""
    timings = view.run.timings.modes
    everything = [value for timing in timings.values() for value in timing.latency_ms]
    low = max(min(everything), 0.001) * 0.95
    high = max(max(everything), low) * 1.05
    edges = np.geomspace(low, high, _LATENCY_BINS + 1)
    latencies = np.clip(timings[mode].latency_ms, low, high)
    counts = np.histogram(latencies, edges)[0]
    chart = Chart(
        Axis("milliseconds", low, high, _decades(low, high), logarithmic=True),
        _count_axis(int(counts.max())),
        width=350,
        height=220,
    )
    bars = [
        chart.bar(
            (left, right),
            int(count),
            series(number),
            f"{count} questions from {milliseconds(left)} to {milliseconds(right)}",
        )
        for left, right, count in zip(edges, edges[1:], counts, strict=False)
        if count
    ]
    lines = [
        chart.line([(value, 0), (value, chart.y.high)], "percentile")
        for value in (timings[mode].percentile(50), timings[mode].percentile(95))
        if low <= value <= high
    ]
    return chart.draw(f"Latency of {mode}; the lines are p50 and p95", *bars, *lines)


def _decades(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Ticks at 1, 2 and 5 times each power of ten in range; for a narrow range, its ends."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    candidates = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    ticks = [value for value in candidates if low <= value <= high]
    if len(ticks) > 7:
        ticks = [value for value in ticks if f"{value:e}".startswith("1")]
    if len(ticks) < 2:
        ticks = [low, high]
    return tuple((value, f"{value:.3g}") for value in ticks)


def _count_axis(most: int) -> Axis:
    power = 10 ** max(0, math.floor(math.log10(max(most, 1) / 2)))
    step = next(digit * power for digit in (1, 2, 5, 10) if digit * power * 5 >= most)
    top = step * max(1, math.ceil(most / step))
    ticks = tuple((float(value), str(value)) for value in range(0, top + 1, step))
    return Axis("questions", 0, top, ticks)
