"""What staff do with a case: who owns it, and which phase it is in."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import SCOPES, Permission, Scope
from cases.followup import plan_at_phase
from cases.models import Case
from cases.rules import PHASE_STEPS, CaseStatus, Phase
from foundation import audit
from foundation.errors import Conflict, Invalid
from foundation.language import _


async def assign(session: AsyncSession, case: Case, staff_id: UUID | None, *, actor: Actor) -> None:
    """Give the case an owner of the same organisation who may see it, or none."""
    require(actor, Permission.CASE_ASSIGN)
    _require_open(case)
    if staff_id is not None:
        owner = await session.scalar(
            select(StaffMember).where(
                StaffMember.id == staff_id,
                StaffMember.organisation_id == case.organisation_id,
                StaffMember.disabled_at.is_(None),
            )
        )
        if owner is None or SCOPES[owner.role] is Scope.NOTHING:
            raise Invalid(_("Choose a colleague who works on cases."))
    case.owner_id = staff_id
    audit.record(session, actor.id, "case.assigned", case.id, owner=staff_id)


async def move_phase(session: AsyncSession, case: Case, phase: Phase, *, actor: Actor) -> None:
    """Move the case along PHASE_STEPS. Raises Conflict for a step that does not exist."""
    require(actor, Permission.CASE_MOVE)
    _require_open(case)
    if phase not in PHASE_STEPS[case.phase]:
        raise Conflict(_("The case cannot move to this phase from where it is."))
    case.phase = phase
    audit.record(session, actor.id, "case.moved", case.id, phase=phase)
    await plan_at_phase(session, case, actor=actor)


async def attend(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """Someone has seen to what waited; the case leaves the top of the list."""
    require(actor, Permission.CASE_MOVE)
    case.attention_at = None
    audit.record(session, actor.id, "case.attended", case.id)


def _require_open(case: Case) -> None:
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
