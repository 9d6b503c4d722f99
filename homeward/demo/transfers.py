"""A second organisation that works with cases: one goes to it, one is offered to it, and it offers one back."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor, actor_of
from access.models import Organisation, OrganisationKind, StaffMember
from access.staff import find_or_create_organisation
from cases.models import Case
from cases.rules import CaseStatus
from cases.safeguarding import may_be_child
from foundation import clock
from homeward.demo.staff import OTHER_SUPERVISOR, SUPERVISOR, add_account
from referrals.agreements import Terms, add_agreement
from referrals.transferring import accept_transfer, answer_transfer, ask_transfer

OTHER_OPERATOR = "Upper River Returnee Office"
SHOWN = 3
NOTES = (
    "He moves to Basse, where you have an office. The plan is agreed; the loom is bought.",
    "She lives closer to you now and asked for it herself.",
    "Back in the capital since May. Please go on with the training.",
)


async def add_transfers(session: AsyncSession, staff: dict[str, StaffMember]) -> None:
    """Of adults whose cases the Gambian caseworker has, the longest open; nothing where there are too few."""
    supervisor = actor_of(staff[SUPERVISOR.email])
    home = await session.get_one(Organisation, supervisor.organisation_id)
    there = await find_or_create_organisation(session, OTHER_OPERATOR, OrganisationKind.OPERATOR)
    other = actor_of(await add_account(session, OTHER_SUPERVISOR, there))
    await session.flush()
    for number, organisation in enumerate((home, there), start=1):
        terms = Terms(f"Transfers {clock.today().year}/{number:02}", [], clock.today() - timedelta(days=90))
        await add_agreement(session, organisation.id, terms, actor=SYSTEM)
    cases = await _cases(session, actor_of(staff["caseworker.gm@example.org"]))
    if len(cases) < SHOWN:
        return
    gone, offered, offered_back = cases
    for case, note, days in ((gone, NOTES[0], 30), (offered_back, NOTES[1], 20)):
        with clock.moved_to(clock.now() - timedelta(days=days)):
            await accept_transfer(session, await _offer(session, case, note, supervisor, other), actor=other)
    with clock.moved_to(clock.now() - timedelta(days=2)):
        await _offer(session, offered, NOTES[1], supervisor, other)
        await _offer(session, offered_back, NOTES[2], other, supervisor)


async def _offer(session: AsyncSession, case: Case, note: str, sender: Actor, receiver: Actor) -> UUID:
    """With the person's yes; the transfer's id."""
    if receiver.organisation_id is None or case.person_id is None:
        raise TypeError("an organisation hands a living case to another")
    transfer = await ask_transfer(session, case, receiver.organisation_id, note, actor=sender)
    await session.flush()
    await answer_transfer(session, case.person_id, transfer.consent_id, agrees=True)
    await session.flush()
    return transfer.id


async def _cases(session: AsyncSession, actor: Actor) -> list[Case]:
    found = await session.scalars(
        select(Case)
        .where(Case.owner_id == actor.id, Case.status == CaseStatus.OPEN, Case.person_id.is_not(None))
        .order_by(Case.opened_at)
        .limit(40)
    )
    adults = [case for case in found.all() if not await may_be_child(session, case.id)]
    return adults[:SHOWN]
