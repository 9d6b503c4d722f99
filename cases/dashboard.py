"""How a team's work stands: who has how many cases, what is overdue, which flags are open, how long people wait.

Counts and days only. Inside the house small numbers are no secret; who the cases are about is not told.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.case_list import Narrowing, narrowed
from cases.models import Case, CaseMessage, Flag, Task
from cases.queries import visible_cases
from cases.rules import CaseStatus, Direction, FlagKind, Phase
from foundation import clock

LOOKED_BACK = timedelta(days=90)
AGE_BANDS: tuple[tuple[str, int], ...] = (("0-2", 0), ("3-7", 3), ("8-30", 8), ("31+", 31))
"""Of open flags: code, and from how many whole days on."""


@dataclass(frozen=True, slots=True)
class Load:
    owner_name: str | None
    """None: nobody yet."""
    by_phase: Mapping[Phase, int]
    overdue: int
    """People who have waited too long for an answer."""

    @property
    def total(self) -> int:
        return sum(self.by_phase.values())


@dataclass(frozen=True, slots=True)
class Wait:
    """How long something took, in whole days: half of them at most `median`, nine of ten at most `most`."""

    count: int
    median: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    loads: list[Load]
    """By name; the cases without an owner last."""
    flags: dict[FlagKind, dict[str, int]]
    """Open flags by kind and age band; kinds without any are left out."""
    first_answer: Wait
    flag_settled: Wait
    task_done: Wait
    tasks_open: int
    tasks_overdue: int


async def dashboard(session: AsyncSession, actor: Actor, *, team: str | None = None) -> Dashboard:
    """The open cases that the actor sees, of one team or of all; waits of what began within `LOOKED_BACK`."""
    require(actor, Permission.DASHBOARD_READ)
    seen = visible_cases(actor) if team is None else visible_cases(actor).where(Case.team == team)
    open_ids = seen.where(Case.status == CaseStatus.OPEN).with_only_columns(Case.id)
    all_ids = seen.with_only_columns(Case.id)
    since = clock.now() - LOOKED_BACK
    tasks = (
        await session.execute(
            select(func.count(), func.count().filter(Task.due_at < clock.now()))
            .select_from(Task)
            .where(Task.done_at.is_(None), Task.case_id.in_(open_ids))
        )
    ).one()
    return Dashboard(
        await _loads(session, actor, team, open_ids),
        await _flags(session, open_ids),
        await _first_answers(session, seen, since),
        await _wait(session, Flag.raised_at, Flag.settled_at, Flag.case_id.in_(all_ids) & (Flag.raised_at >= since)),
        await _wait(session, Task.created_at, Task.done_at, Task.case_id.in_(all_ids) & (Task.created_at >= since)),
        *tasks,
    )


def wait_of(days: Iterable[tuple[int, int]]) -> Wait:
    """From how often each number of days occurs. The median and the 90th percentile are days that did occur."""
    known = sorted((max(day, 0), count) for day, count in days)
    total = sum(count for _day, count in known)
    return Wait(total, _at(known, total, 50), _at(known, total, 90))


def _at(known: list[tuple[int, int]], total: int, percent: int) -> int | None:
    """The smallest number of days within which so many of a hundred were done."""
    reached = 0
    for day, count in known:
        reached += count
        if reached * 100 >= total * percent:
            return day
    return None


async def _loads(session: AsyncSession, actor: Actor, team: str | None, open_ids: Select[UUID]) -> list[Load]:
    by_owner: defaultdict[UUID | None, dict[Phase, int]] = defaultdict(dict)
    counts = (
        select(Case.owner_id, Case.phase, func.count()).where(Case.id.in_(open_ids)).group_by(Case.owner_id, Case.phase)
    )
    for owner_id, phase, count in await session.execute(counts):
        by_owner[owner_id][phase] = count
    late = narrowed(actor, Narrowing(overdue=True))
    if team is not None:
        late = late.where(Case.team == team)
    lates = await session.execute(late.with_only_columns(Case.owner_id, func.count()).group_by(Case.owner_id))
    overdue = {owner_id: count for owner_id, count in lates}  # noqa: C416  # a row is not yet a pair to the type checker
    ids = {*by_owner, *overdue} - {None}
    rows = await session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids)))
    names = {row.id: row.name for row in rows}
    found = [
        Load(names.get(owner_id) if owner_id else None, by_owner[owner_id], overdue.get(owner_id, 0))
        for owner_id in {*by_owner, *overdue}
    ]
    return sorted(found, key=lambda load: (load.owner_name is None, load.owner_name or ""))


async def _flags(session: AsyncSession, open_ids: Select[UUID]) -> dict[FlagKind, dict[str, int]]:
    now = clock.now()
    band = case(
        *((Flag.raised_at <= now - timedelta(days=days), code) for code, days in reversed(AGE_BANDS)),
        else_=AGE_BANDS[0][0],
    )
    rows = await session.execute(
        select(Flag.kind, band, func.count())
        .where(Flag.settled_at.is_(None), Flag.case_id.in_(open_ids))
        .group_by(Flag.kind, band)
    )
    found: defaultdict[FlagKind, dict[str, int]] = defaultdict(dict)
    for kind, code, count in rows:
        found[kind][code] = count
    return {kind: found[kind] for kind in FlagKind if kind in found}


async def _first_answers(session: AsyncSession, seen: Select[Case], since: datetime) -> Wait:
    """From the opening of a case to the first message of someone of the staff."""
    recent = seen.where(Case.opened_at >= since).with_only_columns(Case.id)
    first = (
        select(CaseMessage.case_id, func.min(CaseMessage.sent_at).label("at"))
        .where(
            CaseMessage.direction == Direction.TO_PERSON,
            CaseMessage.author_id.is_not(None),
            CaseMessage.case_id.in_(recent),
        )
        .group_by(CaseMessage.case_id)
        .subquery()
    )
    days = _whole_days(session, Case.opened_at, first.c.at)
    counts = select(days, func.count()).select_from(Case).join(first, first.c.case_id == Case.id).group_by(days)
    return wait_of([(day, count) for day, count in await session.execute(counts)])


async def _wait(session: AsyncSession, begun: Any, ended: Any, which: ColumnElement[bool]) -> Wait:
    days = _whole_days(session, begun, ended)
    counts = select(days, func.count()).where(which, ended.is_not(None)).group_by(days)
    return wait_of([(day, count) for day, count in await session.execute(counts)])


def _whole_days(session: AsyncSession, begun: Any, ended: Any) -> ColumnElement[int]:
    """Days between two moments, rounded down; the two databases say it in their own ways."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.floor(func.julianday(ended) - func.julianday(begun)), Integer)
    return cast(func.floor(func.extract("epoch", ended - begun) / 86400), Integer)
