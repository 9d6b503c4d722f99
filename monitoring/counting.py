"""Counting facts, in SQL. Only `monitoring.publication` may import this: raw counts never go anywhere else."""

from collections import Counter
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.models import Fact
from monitoring.disclosure import RawTable
from monitoring.ledger import Period
from monitoring.tables import CATALOGUE, TableSpec


async def count(session: AsyncSession, quarter: date, period: Period) -> list[RawTable]:
    """Raw counts of every table of the catalogue for one quarter, named by its first day."""
    return [await _count_table(session, spec, quarter, period) for spec in CATALOGUE]


async def _count_table(session: AsyncSession, spec: TableSpec, quarter: date, period: Period) -> RawTable:
    columns = [axis.column for axis in spec.axes]
    rows = await session.execute(
        select(*columns, func.count()).where(Fact.thing == spec.thing, Fact.quarter == quarter).group_by(*columns)
    )
    counts: Counter[tuple[str, ...]] = Counter()
    for *stored, number in rows:
        counts[tuple(axis.published(code) for axis, code in zip(spec.axes, stored, strict=True))] += number
    return RawTable(
        name=spec.name,
        dimensions=tuple(axis.dimension for axis in spec.axes),
        counts=dict(counts),
        period=period,
        population=spec.name,
    )
