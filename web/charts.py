"""Bar charts as inline SVG: no script, mirrored for right-to-left. The table of the data stands beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

WIDTH = 300
ROW = 40
TEXT_LINE = 14
BAR_TOP = 20
BAR_HEIGHT = 12
LONGEST_BAR = WIDTH - 70
"""Leaves room for the number behind the bar. All lengths are SVG user units."""


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: int | Decimal | None
    """None: withheld."""


def bar_chart(bars: Sequence[Bar], *, title: str, withheld: str, direction: str) -> Markup:
    """One bar a row, its label above and its number behind. A withheld bar is a dashed box of a fixed size."""
    longest = max((bar.value or 0 for bar in bars), default=0) or 1
    rows = Markup("").join(_row(place, bar, longest, withheld, direction) for place, bar in enumerate(bars))
    return Markup(
        '<svg class="chart" role="img" aria-label="{title}" viewBox="0 0 {width} {height}" direction="{direction}">'
        "{rows}</svg>"
    ).format(title=title, width=WIDTH, height=ROW * len(bars), direction=direction, rows=rows)


def _row(place: int, bar: Bar, longest: int | Decimal, withheld: str, direction: str) -> Markup:
    top = place * ROW
    length = TEXT_LINE if bar.value is None else round(float(LONGEST_BAR * bar.value / longest), 1)
    is_rtl = direction == "rtl"
    return Markup(
        '<text x="{edge}" y="{label_y}">{label}</text>'
        '<rect class="{kind}" x="{bar_x}" y="{bar_y}" width="{length}" height="{height}" rx="2"/>'
        '<text class="value" x="{value_x}" y="{value_y}">{value}</text>'
    ).format(
        edge=WIDTH if is_rtl else 0,
        label_y=top + TEXT_LINE,
        label=bar.label,
        kind="bar withheld" if bar.value is None else "bar",
        bar_x=round(WIDTH - length, 1) if is_rtl else 0,
        bar_y=top + BAR_TOP,
        length=length,
        height=BAR_HEIGHT,
        value_x=round(WIDTH - length - 6, 1) if is_rtl else length + 6,
        value_y=top + BAR_TOP + BAR_HEIGHT - 1,
        value=withheld if bar.value is None else bar.value,
    )
