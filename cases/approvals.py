"""What waits for a second person's approval in the cases that someone sees."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.casework_models import Closing
from cases.casework_rules import ClosingState
from cases.models import Case
from cases.queries import visible_cases


@dataclass(frozen=True, slots=True)
class WaitingClosing:
    closing: Closing
    number: str
    requested_by_name: str


async def waiting_closings(session: AsyncSession, actor: Actor) -> list[WaitingClosing]:
    """Requests to close a case, the oldest first."""
    require(actor, Permission.CASE_APPROVE_CLOSING)
    rows = await session.execute(
        select(Closing, Case.number, StaffMember.name)
        .join(Case, Case.id == Closing.case_id)
        .join(StaffMember, StaffMember.id == Closing.requested_by)
        .where(
            Closing.state == ClosingState.REQUESTED,
            Closing.case_id.in_(visible_cases(actor).with_only_columns(Case.id)),
        )
        .order_by(Closing.requested_at, Closing.id)
    )
    return [WaitingClosing(closing, number, name) for closing, number, name in rows]
