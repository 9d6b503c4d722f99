"""What differs between two releases: two published numbers and the difference that any reader could work out.

Where one of the two is withheld or was not published there is no difference, and nothing is said that leads to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from monitoring.indicator_values import Figure, Told, Why
from monitoring.indicators import RATES, Unit
from monitoring.ledger import TOTAL, Cell, Place, PublishedTable, cells_of, place_of
from monitoring.tables import BY_NAME

ABSENT = Figure(why=Why.NOT_PUBLISHED)


@dataclass(frozen=True, slots=True)
class Change:
    before: Figure
    now: Figure
    difference: Decimal | None = None
    """Of counts, or of shares in the unit of the share. None unless both are published."""
    is_other_definition: bool = False
    """Of an indicator: it was counted in another way, so the two are not compared."""


@dataclass(frozen=True, slots=True)
class CellChange:
    at: Place
    """Dimension and code, in the order of the newer table that has it; what is added up is left out."""
    change: Change


def change_of_tables(before: Mapping[str, PublishedTable], now: Mapping[str, PublishedTable]) -> dict[str, Change]:
    """The grand total of each table that either release has, in the order of the catalogue."""
    return {
        name: _of_counts(_at(before.get(name), ()), _at(now.get(name), ()))
        for name in BY_NAME
        if name in before or name in now
    }


def change_of_cells(before: PublishedTable | None, now: PublishedTable | None) -> Iterator[CellChange]:
    """Every cell of a table that either release has, as it stands in the newer one and then what is gone.

    Cells are matched by what they mean, so that a dimension more or less does not compare what is not the same.
    """
    seen: set[Place] = set()
    for table in (now, before):
        if table is None:
            continue
        for cell in cells_of(table):
            place = place_of(table, cell)
            if place not in seen:
                seen.add(place)
                yield CellChange(_named(table, cell), _of_counts(_at(before, place), _at(now, place)))


def change_of_indicators(before: Mapping[str, Told], now: Mapping[str, Told]) -> dict[str, Change]:
    """Each indicator that either release tells, by its id."""
    return {each: _of_told(before.get(each), now.get(each)) for each in dict.fromkeys([*now, *before])}


def _named(table: PublishedTable, cell: Cell) -> Place:
    names = (dimension.name for dimension in table.dimensions)
    return tuple((name, code) for name, code in zip(names, cell, strict=True) if code != TOTAL)


def _at(table: PublishedTable | None, place: Place) -> Figure:
    if table is None:
        return ABSENT
    known = dict(place)
    names = {dimension.name: dimension.codes for dimension in table.dimensions}
    if any(code not in names.get(name, ()) for name, code in known.items()):
        return ABSENT
    count = table.cells[tuple(known.get(dimension.name, TOTAL) for dimension in table.dimensions)]
    return Figure(numerator=count, why=Why.WITHHELD if count is None else None)


def _of_counts(before: Figure, now: Figure) -> Change:
    if before.numerator is None or now.numerator is None:
        return Change(before, now)
    return Change(before, now, Decimal(now.numerator - before.numerator))


def _of_told(before: Told | None, now: Told | None) -> Change:
    if before is None or now is None:
        return Change(before.figure if before else ABSENT, now.figure if now else ABSENT)
    if (before.version, before.unit) != (now.version, now.unit):
        return Change(before.figure, now.figure, is_other_definition=True)
    if now.unit == Unit.COUNT:
        return _of_counts(before.figure, now.figure)
    if now.unit in RATES and before.figure.rate is not None and now.figure.rate is not None:
        return Change(before.figure, now.figure, Decimal(now.figure.rate) - Decimal(before.figure.rate))
    return Change(before.figure, now.figure)
