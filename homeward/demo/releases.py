"""Example releases: drafted by one monitor, approved and published by another; the next one is announced."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import actor_of
from access.models import StaffMember
from cases.facts import quarter_of
from foundation import clock
from foundation.database import Database
from homeward.demo.staff import MONITOR, SECOND_MONITOR
from monitoring.calendar import announce
from monitoring.drafting import draft_release
from monitoring.publication import approve_release, publish_release

DAYS_AFTER = 45
"""From the end of a quarter to the day for which its figures are announced."""


async def publish_quarter(database: Database, quarter: date, staff: Mapping[str, StaffMember]) -> None:
    drafter, approver = actor_of(staff[MONITOR.email]), actor_of(staff[SECOND_MONITOR.email])
    async with database.transaction() as session:
        await announce(session, quarter=quarter, due_on=clock.today(), actor=drafter)
    release = await draft_release(database, quarter=quarter, actor=drafter)
    async with database.transaction() as session:
        await approve_release(session, release.number, release.sha256, actor=approver)
        await publish_release(session, release.number, actor=approver)


async def announce_next(session: AsyncSession, staff: Mapping[str, StaffMember]) -> None:
    """The quarter at present. The one before it is left for whoever tries the monitor's page."""
    present = quarter_of(clock.today())
    following = quarter_of(present + timedelta(days=100))
    day = following + timedelta(days=DAYS_AFTER)
    await announce(session, quarter=present, due_on=day, actor=actor_of(staff[MONITOR.email]))
