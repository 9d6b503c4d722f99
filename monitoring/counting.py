"""Counting facts, in SQL. Only `monitoring.publication` may import this: raw counts never go anywhere else.

The facts of one kind of thing are read once, whatever number of tables is made of them: the database groups them by
every column that any of its tables needs, and the tables are added up from that.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from cases.fact_models import Fact, FactPartner
from cases.fact_rules import Thing
from monitoring.disclosure import RawTable
from monitoring.ledger import Period
from monitoring.tables import CATALOGUE, TableSpec

Column = InstrumentedAttribute[str]


Held = dict[str, list[RawTable]]
"""What each partner knows by itself of what is counted, by the fingerprint of the partner."""


async def count(session: AsyncSession, quarter: date, period: Period) -> list[RawTable]:
    """Raw counts of every table of the catalogue for one quarter, named by its first day."""
    found: dict[str, RawTable] = {}
    for thing, specs in _by_thing():
        columns = columns_of(specs)
        rows = (await session.execute(grouped(thing, columns, quarter))).all()
        for spec in specs:
            found[spec.name] = _table(spec, _add_up(spec, columns, rows), period)
    return [found[spec.name] for spec in CATALOGUE]


async def count_held(session: AsyncSession, quarter: date, period: Period) -> Held:
    """The same of those facts only that a partner knows of, partner by partner; tables with nobody in them left out."""
    held: Held = {}
    for thing, specs in _by_thing():
        columns = columns_of(specs)
        statement = grouped(thing, columns, quarter).join(FactPartner, FactPartner.fact_id == Fact.id)
        statement = statement.add_columns(FactPartner.partner).group_by(FactPartner.partner)
        rows = (await session.execute(statement.order_by(FactPartner.partner))).all()
        for partner, of_partner in groupby(rows, key=lambda row: str(row[-1])):
            known = [row[:-1] for row in of_partner]
            for spec in specs:
                if counts := _add_up(spec, columns, known):
                    held.setdefault(partner, []).append(_table(spec, counts, period))
    return held


def _table(spec: TableSpec, counts: Mapping[tuple[str, ...], int], period: Period) -> RawTable:
    dimensions = tuple(axis.dimension for axis in spec.axes)
    return RawTable(spec.name, dimensions, counts, period, spec.counted_in)


def grouped(thing: Thing, columns: Sequence[Column], quarter: date) -> Select[*tuple[Any, ...]]:
    """One row for each combination of codes that occurs, with how many facts have it."""
    return select(*columns, func.count()).where(Fact.thing == thing, Fact.quarter == quarter).group_by(*columns)


def columns_of(specs: Iterable[TableSpec]) -> tuple[Column, ...]:
    """What the tables of a thing need to know of its facts, each column once."""
    wanted = [axis.column for spec in specs for axis in spec.axes]
    wanted += [Fact.kind for spec in specs if spec.kind]
    return tuple({column.key: column for column in wanted}.values())


def _by_thing() -> Iterator[tuple[Thing, list[TableSpec]]]:
    for thing, specs in groupby(sorted(CATALOGUE, key=lambda spec: spec.thing), key=lambda spec: spec.thing):
        yield thing, list(specs)


def _add_up(spec: TableSpec, columns: Sequence[Column], rows: Iterable[Any]) -> dict[tuple[str, ...], int]:
    place = {column.key: at for at, column in enumerate(columns)}
    read = [(axis, place[axis.column.key]) for axis in spec.axes]
    counts: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        if not spec.kind or row[place["kind"]] == spec.kind:
            counts[tuple(axis.published(row[at]) for axis, at in read)] += row[-1]
    return dict(counts)
