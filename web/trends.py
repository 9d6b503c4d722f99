"""A line over time as inline SVG: no script, mirrored for right-to-left. The table of the data stands beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from markupsafe import Markup

WIDTH, HEIGHT = 300, 150
EDGE, TOP, BOTTOM = 30, 10, 120
"""All lengths are SVG user units."""
DOT = 4


@dataclass(frozen=True, slots=True)
class Point:
    """`value` from 0 to 1; None: nothing is known, and the line has a gap.

    Only points of one `series` are joined: what was counted in different ways is no line.
    """

    label: str
    value: Fraction | None
    series: str


def trend_chart(points: Sequence[Point], *, title: str, direction: str) -> Markup:
    """Points from the earliest on, evenly spaced, with the lines at nought and one."""
    places = _places(len(points), direction)
    known = [(x, _height(each.value), each) for x, each in zip(places, points, strict=True) if each.value is not None]
    grid = Markup("").join(_grid(level) for level in (Fraction(0), Fraction(1, 3), Fraction(2, 3), Fraction(1)))
    lines = Markup("").join(
        Markup('<line class="trend" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(x, y, next_x, next_y)
        for (x, y, each), (next_x, next_y, following) in pairwise(known)
        if each.series == following.series
    )
    dots = Markup("").join(
        Markup('<circle class="bar" cx="{}" cy="{}" r="{}"/>').format(x, y, DOT) for x, y, _ in known
    )
    labels = Markup("").join(
        Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(x, HEIGHT - EDGE // 3, each.label)
        for x, each in zip(places, points, strict=True)
    )
    return Markup(
        '<svg class="chart" role="img" aria-label="{title}" viewBox="0 0 {width} {height}">{content}</svg>'
    ).format(title=title, width=WIDTH, height=HEIGHT, content=grid + lines + dots + labels)


def _places(count: int, direction: str) -> list[float]:
    """The first stands where reading begins."""
    step = (WIDTH - 2 * EDGE) / max(count - 1, 1)
    places = [round(EDGE + step * number, 1) for number in range(count)]
    return [WIDTH - place for place in places] if direction == "rtl" else places


def _height(value: Fraction | None) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * float(value or 0), 1)


def _grid(level: Fraction) -> Markup:
    y = _height(level)
    return Markup('<line class="grid" x1="0" y1="{}" x2="{}" y2="{}"/>').format(y, WIDTH, y)
