"""Lines of *Today* for whoever keeps the directory: what providers say has changed, and who does not answer."""

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.rules import Permission
from cases.waiting import Source, Waiting
from foundation import clock
from foundation.language import _n
from referrals.check_reminders import unanswered
from referrals.directory_models import ServiceUpkeep
from referrals.hsds import INACTIVE
from referrals.models import Service

TOLD, UNANSWERED = "told", "unanswered"
"""Filters of the list in the directory, see `referrals.directory_list`."""


async def directory_waiting(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """A line for all where providers say that something is not right any more, and one where nobody answers."""
    if not actor.may(Permission.DIRECTORY_EDIT):
        return []
    told = and_(ServiceUpkeep.told_at.is_not(None), Service.status != INACTIVE)
    row = await session.execute(
        select(
            func.count().filter(told),
            func.min(ServiceUpkeep.told_at),
            func.count().filter(unanswered()),
            func.min(ServiceUpkeep.reminded_at).filter(unanswered()),
        ).join(Service, Service.id == ServiceUpkeep.service_id)
    )
    changed, told_at, silent, asked_at = row.one()
    lines = ((changed, told_at, _CHANGED, TOLD), (silent, asked_at, _SILENT, UNANSWERED))
    return [
        Waiting(
            Source.DIRECTORY, None, "", why.of(count=count), since or clock.now(), page=f"/directory?state={standing}"
        )
        for count, since, why, standing in lines
        if count
    ]


_CHANGED = _n(
    "A provider says that its entry in the directory has changed",
    "{count} providers say that their entry in the directory has changed",
)
_SILENT = _n(
    "A service in the directory was not checked in time, and mail gets no answer",
    "{count} services in the directory were not checked in time, and mail gets no answer",
)
