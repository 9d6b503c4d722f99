"""The calendar of releases: for which day each quarter's figures are announced, and how that was changed.

Whoever reads the figures knows beforehand when they come, so that nobody is suspected of choosing the day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.facts import quarter_of
from foundation import audit, clock
from foundation.errors import Conflict, Invalid
from foundation.language import _
from monitoring.models import Release, ReleaseDay, ReleaseState

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Announced:
    """One quarter in the calendar. `days`: every day it was announced for, the oldest first."""

    quarter: date
    days: tuple[ReleaseDay, ...]
    published_on: date | None
    release: int | None

    @property
    def due_on(self) -> date:
        return self.days[-1].due_on

    @property
    def is_late(self) -> bool:
        return (self.published_on or clock.today()) > self.due_on


async def announce(session: AsyncSession, *, quarter: date, due_on: date, reason: str = "", actor: Actor) -> ReleaseDay:
    """Say when a quarter's figures will be published; a second time, with the reason, to move it."""
    require(actor, Permission.RELEASE_PUBLISH)
    quarter = quarter_of(quarter)
    if due_on < clock.today():
        raise Invalid(_("The day must be still to come."))
    if quarter_of(due_on) <= quarter:
        raise Invalid(_("The figures of a quarter cannot come before it has ended."))
    before = await due_day(session, quarter)
    if await _published(session, quarter):
        raise Conflict(_("This quarter has been published already."))
    said = reason.strip()
    if before is not None and (not said or len(said) > LONGEST):
        raise Invalid(_("Say why the day is moved, in at most {count} letters."), count=LONGEST)
    made = ReleaseDay(
        id=uuid4(),
        quarter=quarter,
        due_on=due_on,
        reason=said if before is not None else "",
        announced_at=clock.now(),
        announced_by=actor.id,
    )
    session.add(made)
    audit.record(session, actor.id, "release.announced", made.id, quarter=quarter.isoformat(), day=due_on.isoformat())
    return made


async def due_day(session: AsyncSession, quarter: date) -> date | None:
    """For which day the quarter is announced at present."""
    found: date | None = await session.scalar(
        select(ReleaseDay.due_on)
        .where(ReleaseDay.quarter == quarter)
        .order_by(ReleaseDay.announced_at.desc(), ReleaseDay.id)
        .limit(1)
    )
    return found


async def calendar(session: AsyncSession) -> list[Announced]:
    """Every announced quarter, the newest first; open to everyone."""
    days: dict[date, list[ReleaseDay]] = {}
    for day in await session.scalars(select(ReleaseDay).order_by(ReleaseDay.announced_at, ReleaseDay.id)):
        days.setdefault(day.quarter, []).append(day)
    out = {release.quarter: release for release in await _all_published(session)}
    return [_announced(quarter, days[quarter], out.get(quarter)) for quarter in sorted(days, reverse=True)]


def _announced(quarter: date, days: Iterable[ReleaseDay], release: Release | None) -> Announced:
    if release is None or release.published_at is None:
        return Announced(quarter, tuple(days), None, None)
    return Announced(quarter, tuple(days), release.published_at.date(), release.number)


async def _published(session: AsyncSession, quarter: date) -> bool:
    return quarter in {release.quarter for release in await _all_published(session)}


async def _all_published(session: AsyncSession) -> list[Release]:
    """The first release of each quarter; a correction has no announced day."""
    return list(
        await session.scalars(
            select(Release).where(Release.state == ReleaseState.PUBLISHED, Release.corrects.is_(None))
        )
    )
