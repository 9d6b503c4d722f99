"""Who opened a person's file: roles and days, never names."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import StaffMember
from access.rules import Role
from cases.models import Case
from documents.moments import local_time
from foundation import audit

OPENED = frozenset(["case.viewed", "referral.viewed"])
"""What the audit log calls it when someone has looked: staff at the case, a partner at what was shared with them."""


@dataclass(frozen=True, slots=True)
class OpenedDay:
    """`roles`: who looked on that day and how often, by role."""

    day: date
    roles: tuple[tuple[Role, int], ...]


async def openings_of(session: AsyncSession, case: Case) -> list[OpenedDay]:
    """Every day on which someone opened the file, newest first, as the person's own calendar has it."""
    entries = await audit.entries_about(session, case.id, OPENED)
    roles = await _roles(session, {entry.actor_id for entry in entries})
    days: dict[date, Counter[Role]] = {}
    for entry in reversed(entries):
        # The role at that time stands in the entry of a case; a partner has only the one.
        told = entry.facts.get("role")
        role = Role(str(told)) if told else roles.get(entry.actor_id)
        if role is not None:
            days.setdefault(local_time(case.country, entry.at).date(), Counter())[role] += 1
    return [
        OpenedDay(day, tuple((role, counts[role]) for role in Role if counts[role])) for day, counts in days.items()
    ]


async def _roles(session: AsyncSession, actor_ids: set[UUID]) -> dict[UUID, Role]:
    found = await session.execute(select(StaffMember.id, StaffMember.role).where(StaffMember.id.in_(actor_ids)))
    return {row.id: row.role for row in found}
