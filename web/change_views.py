"""How a change from release to release is read: before, now, and the difference where both are published."""

from dataclasses import dataclass
from decimal import Decimal

from foundation.language import Message, _, _p, say
from monitoring.changes import CellChange, Change, change_of_cells, change_of_indicators, change_of_tables
from monitoring.indicator_values import Figure, Why
from monitoring.indicator_words import WHY_NONE, figure_of
from monitoring.indicators import RATES, Indicator, Unit, find_indicator
from monitoring.ledger import PublishedTable
from monitoring.reading import Side
from monitoring.tables import BY_NAME, TOTAL_NAME

NO_DIFFERENCE = "–"
_LEFT_TO_RIGHT, _END = "\u2066", "\u2069"
"""A sign stands on the left of its number in every language."""
OTHER_DEFINITION = _p("difference between releases", "Counted in another way")
_POINTS = _("{difference} points")


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """`key`: the name of a table, or the id of an indicator."""

    key: str
    name: str
    before: str
    now: str
    difference: str
    indicator: Indicator | None = None


@dataclass(frozen=True, slots=True)
class CellRows:
    """The cells of one table. Of those that say nothing in either release there is a count."""

    rows: list[ChangeRow]
    withheld: int
    """Withheld in both."""
    nothing: int
    """0 in both."""


def table_rows(before: Side, now: Side, language: str) -> list[ChangeRow]:
    return [
        _row(name, say(language, BY_NAME[name].title), change, Unit.COUNT, language)
        for name, change in change_of_tables(before.tables, now.tables).items()
    ]


def indicator_rows(before: Side, now: Side, language: str) -> list[ChangeRow]:
    found = []
    for each, change in change_of_indicators(before.indicators, now.indicators).items():
        indicator = find_indicator(each)
        if indicator is not None:
            name = say(language, indicator.words[0])
            unit = Unit((now.indicators.get(each) or before.indicators[each]).unit)
            found.append(_row(each, name, change, unit, language, indicator))
    return found


def cell_rows(name: str, before: PublishedTable | None, now: PublishedTable | None, language: str) -> CellRows:
    rows, withheld, nothing = [], 0, 0
    for cell in change_of_cells(before, now):
        change = cell.change
        if change.before.why is change.now.why is Why.WITHHELD:
            withheld += 1
        elif change.before.numerator == 0 == change.now.numerator:
            nothing += 1
        else:
            rows.append(_row(name, _cell_name(name, cell, language), change, Unit.COUNT, language))
    return CellRows(rows, withheld, nothing)


def difference_text(change: Change, unit: Unit, language: str) -> str:
    """With its sign; a minus is a minus and no hyphen."""
    if change.is_other_definition:
        return say(language, OTHER_DEFINITION)
    if change.difference is None:
        return NO_DIFFERENCE
    text = signed(change.difference)
    return say(language, _POINTS, difference=text) if unit is Unit.PERCENT else text


def signed(difference: Decimal) -> str:
    text = f"{difference:+f}".replace("-", "−") if difference else "0"
    return f"{_LEFT_TO_RIGHT}{text}{_END}"


def _row(
    key: str, name: str, change: Change, unit: Unit, language: str, indicator: Indicator | None = None
) -> ChangeRow:
    before, now = (_figure(each, unit, language) for each in (change.before, change.now))
    return ChangeRow(key, name, before, now, difference_text(change, unit, language), indicator)


def _figure(figure: Figure, unit: Unit, language: str) -> str:
    if figure.why is not None:
        return say(language, WHY_NONE[figure.why])
    return figure_of(figure, unit, language) if unit in (*RATES, Unit.MEDIAN_DAYS) else str(figure.numerator)


def _cell_name(name: str, cell: CellChange, language: str) -> str:
    """The codes of a cell in words, without what is added up; the total by its own name."""
    return " · ".join(say(language, _word(name, *each)) for each in cell.at) or say(language, TOTAL_NAME)


def _word(name: str, dimension: str, code: str) -> Message:
    """A code that an old release has and the catalogue no more stands for itself."""
    axis = next((axis for axis in BY_NAME[name].axes if axis.name == dimension), None)
    return axis.codes.get(code, Message(code)) if axis else Message(code)
