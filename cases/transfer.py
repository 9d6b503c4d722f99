"""Handing a case on within an organisation, at once; and what moves with a case wherever it goes.

To another organisation it goes only with the person's yes and that organisation's own: see `referrals.transferring`.
"""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import SCOPES, Permission, Scope
from cases.casework_models import Closing
from cases.casework_rules import ClosingState
from cases.messages import call_attention
from cases.models import Case
from cases.plan_models import PlanActivity
from cases.plan_rules import UNSETTLED
from cases.rules import CaseStatus
from cases.same_person import files_of_person
from foundation import audit
from foundation.errors import Conflict, Invalid
from foundation.language import _


async def teams_of(session: AsyncSession, organisation_id: UUID) -> list[str]:
    """The teams of an organisation: those that its active staff who work on cases belong to."""
    rows = await session.execute(
        select(StaffMember.team, StaffMember.role).where(
            StaffMember.organisation_id == organisation_id,
            StaffMember.team.is_not(None),
            StaffMember.disabled_at.is_(None),
        )
    )
    return sorted({team for team, role in rows if team and SCOPES[role] is not Scope.NOTHING})


async def move_team(session: AsyncSession, case: Case, team: str, *, actor: Actor) -> None:
    """Another team of the same organisation works on it from now on. Its owner goes along only if they belong there."""
    require(actor, Permission.CASE_TRANSFER)
    await lock_to_hand_on(session, case)
    if team not in await teams_of(session, case.organisation_id):
        raise Invalid(_("Choose a team of your organisation."))
    if team == case.team:
        raise Conflict(_("The case is with this team already."))
    owner = await session.get(StaffMember, case.owner_id) if case.owner_id else None
    stays = owner is not None and (owner.team == team or SCOPES[owner.role] is Scope.ORGANISATION)
    for each in await files_of_person(session, case):
        each.team, each.owner_id = team, case.owner_id if stays else None
    call_attention(case)
    audit.record(session, actor.id, "case.team_changed", case.id)


async def lock_to_hand_on(session: AsyncSession, case: Case) -> None:
    """Raises Conflict for a case that is not open, or that somebody has asked to close."""
    await session.refresh(case, with_for_update=True)
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    waiting = select(Closing.id).where(Closing.case_id == case.id, Closing.state == ClosingState.REQUESTED)
    if await session.scalar(waiting) is not None:
        raise Conflict(_("Somebody has asked that this case be closed. Take that back first."))


async def give_to(session: AsyncSession, case: Case, organisation_id: UUID, owner: StaffMember | None) -> None:
    """Every file of the person goes, with all that hangs on it; what is still to be done of the plan is the owner's.

    Whoever has left, or is of another organisation, is no owner: then nobody has it, which *Today* says.
    """
    serves = owner is not None and owner.disabled_at is None and owner.organisation_id == organisation_id
    owner_id = owner.id if owner is not None and serves else None
    files = [each.id for each in await files_of_person(session, case)]
    await session.execute(
        update(Case)
        .where(Case.id.in_(files))
        .values(organisation_id=organisation_id, team=None, owner_id=owner_id)
        .execution_options(synchronize_session="fetch")
    )
    if owner_id is not None:
        await session.execute(
            update(PlanActivity)
            .where(PlanActivity.case_id.in_(files), PlanActivity.status.in_(UNSETTLED))
            .values(responsible_id=owner_id)
        )
