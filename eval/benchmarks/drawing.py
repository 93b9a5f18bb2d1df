"""Cost against size as an SVG of two logarithmic axes."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 60, 150, 40, 50
COLOURS = ("#0b6e4f", "#2563a8", "#b45309")
INK = "#1f2933"

Points = Sequence[tuple[float, float]]


def curves(title: str, x_name: str, y_name: str, lines: Mapping[str, Points]) -> str:
    """One curve for each of ``lines``; all values must be positive."""
    points = [point for line in lines.values() for point in line]
    x_axis, y_axis = (_decades([point[axis] for point in points]) for axis in (0, 1))

    def place(x: float, y: float) -> tuple[float, float]:
        across = _share(x, x_axis) * (WIDTH - LEFT - RIGHT)
        up = _share(y, y_axis) * (HEIGHT - TOP - BOTTOM)
        return LEFT + across, HEIGHT - BOTTOM - up

    parts = [_text(LEFT, 20, title, size=14), _text(LEFT, HEIGHT - 12, x_name)]
    parts.append(_text(8, TOP - 8, y_name))
    for power in range(x_axis[0], x_axis[1] + 1):
        x, y = place(10.0**power, 10.0 ** y_axis[0])
        parts += [_line(x, y, x, TOP), _text(x - 14, y + 16, f"{10**power:,}")]
    for power in range(y_axis[0], y_axis[1] + 1):
        x, y = place(10.0 ** x_axis[0], 10.0**power)
        parts += [_line(x, y, WIDTH - RIGHT, y), _text(x - 40, y + 4, f"{10.0**power:g}")]
    for colour, (name, line) in zip(COLOURS, lines.items(), strict=False):
        places = [place(*point) for point in sorted(line)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        parts.append(_text(places[-1][0] + 8, places[-1][1] + 4, name, colour=colour))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" aria-label="{escape(title)}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Exponents of the powers of ten that enclose the values, at least one apart."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _share(value: float, axis: tuple[int, int]) -> float:
    return (math.log10(value) - axis[0]) / (axis[1] - axis[0])


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#d5dbe1"/>'


def _text(x: float, y: float, content: str, *, size: int = 11, colour: str = INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}">{escape(content)}</text>'
    )
