"""A published table laid out for reading: rows, columns, a section for each code of a third dimension, and a chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from markupsafe import Markup

from foundation.language import Message, _p, direction, say
from monitoring.ledger import TOTAL, PublishedTable
from monitoring.tables import NUMBER, NamedAxis, NamedTable, code_name, named
from web.charts import Bar, bar_chart

WITHHELD = _p("a number that is not published", "withheld")


@dataclass(frozen=True, slots=True)
class Row:
    name: Message
    values: list[int | None]
    """None: withheld."""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows and columns for one code of the dimension that is neither; `name` is None when there is only one section."""

    name: Message | None
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Layout:
    words: NamedTable
    row_label: Message
    columns: list[Message]
    sections: list[Section]
    chart: Markup
    suppressed: int


def lay_out(table: PublishedTable, language: str) -> Layout:
    """The last dimension goes across, the one before it down, a first of three into sections. The total comes first.

    Of a single dimension there is a single column.
    """
    words = named(table)
    axes = words.axes
    if len(axes) == 1:
        return _column(table, words, axes[0], language)
    *outer, down, across = axes
    return Layout(
        words=words,
        row_label=down.label,
        columns=[code_name(across, code) for code in _codes(across)],
        sections=[_section(table, outer, fixed, down, across) for fixed in product(*map(_codes, outer))],
        chart=_chart(table, axes, language),
        suppressed=table.suppressed,
    )


def _column(table: PublishedTable, words: NamedTable, down: NamedAxis, language: str) -> Layout:
    rows = [Row(code_name(down, code), [table.cells.get((code,))]) for code in _codes(down)]
    return Layout(
        words=words,
        row_label=down.label,
        columns=[NUMBER],
        sections=[Section(None, rows)],
        chart=_chart(table, [down], language),
        suppressed=table.suppressed,
    )


def _section(
    table: PublishedTable, outer: Sequence[NamedAxis], fixed: tuple[str, ...], down: NamedAxis, across: NamedAxis
) -> Section:
    rows = [
        Row(code_name(down, code), [table.cells.get((*fixed, code, other)) for other in _codes(across)])
        for code in _codes(down)
    ]
    return Section(code_name(outer[0], fixed[0]) if outer else None, rows)


def _chart(table: PublishedTable, axes: Sequence[NamedAxis], language: str) -> Markup:
    """The first dimension, all others in total."""
    first, rest = axes[0], (TOTAL,) * (len(axes) - 1)
    bars = [Bar(say(language, name), table.cells.get((code, *rest))) for code, name in first.codes.items()]
    return bar_chart(
        bars,
        title=say(language, first.label),
        withheld=say(language, WITHHELD),
        direction=direction(language),
    )


def _codes(axis: NamedAxis) -> tuple[str, ...]:
    return (TOTAL, *axis.codes)
