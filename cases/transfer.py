"""Handing a case on: at once to another team; to another organisation only with the person's yes and its own.

The person is asked as for every share, and may take their yes back: then the case goes back to where it came from.
The organisation that gave a case away goes on to see its number, what became of the transfer, and when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, Actor, require
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import SCOPES, Permission, Scope
from cases import consent
from cases.casework_models import CaseTransfer, Closing
from cases.casework_rules import (
    CASE_TRANSFER,
    OPEN_TRANSFERS,
    TRANSFER_STEPS,
    WHOLE_FILE_CODE,
    ClosingState,
    TransferDecline,
    TransferState,
)
from cases.messages import announce, call_attention, person_of, tell
from cases.models import Case
from cases.person_words import NO_LONGER_OPEN, NOT_TAKEN_OVER, NOTHING_SENT, SENT, TAKEN_BACK, TAKEN_OVER, TAKING_OVER
from cases.person_words import WHOLE_FILE as WHOLE_FILE_WORDS
from cases.rules import CaseStatus
from cases.safeguarding import may_be_child
from cases.same_person import files_of_person
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import open_subject
from foundation.language import _, say


@dataclass(frozen=True, slots=True)
class Offer:
    """A case that another organisation offers, as far as it may be known before anyone accepts."""

    transfer_id: UUID
    number: str
    sender: str
    offered_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class GivenAway:
    """All that an organisation still sees of a case that it gave away."""

    number: str
    recipient: str
    state: TransferState
    at: datetime


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
    await _lock_open(session, case)
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


async def other_operators(session: AsyncSession, organisation_id: UUID) -> Sequence[Organisation]:
    """To whom a case can be offered."""
    found = await session.scalars(
        select(Organisation)
        .where(Organisation.kind == OrganisationKind.OPERATOR, Organisation.id != organisation_id)
        .order_by(Organisation.name)
    )
    return found.all()


async def ask_transfer(
    session: AsyncSession, case: Case, recipient_id: UUID, note: str, *, guardian_evidence: str = "", actor: Actor
) -> CaseTransfer:
    """Ask the person whether another organisation may take over. It learns nothing before they have said yes.

    A child does not consent alone; see `cases.consent.request_share`.
    """
    require(actor, Permission.CASE_TRANSFER)
    await _lock_open(session, case)
    recipient = await session.get(Organisation, recipient_id)
    if recipient is None or recipient not in await other_operators(session, case.organisation_id):
        raise Invalid(_("Choose an organisation that works with cases here."))
    if await open_transfer(session, case) is not None:
        raise Conflict(_("This case is offered to an organisation already."))
    person = await person_of(session, case)
    asked = await consent.request_share(
        session,
        case,
        referral_id=None,
        recipient=recipient,
        service_name=say(person.language, TAKING_OVER),
        purpose=CASE_TRANSFER,
        fields=list(WHOLE_FILE_WORDS),
        field_codes=[WHOLE_FILE_CODE],
        guardian_evidence=guardian_evidence,
        actor=actor,
    )
    await session.flush()
    key = await open_subject(session, person.id)
    transfer_id, words = uuid4(), note.strip()
    transfer = CaseTransfer(
        id=transfer_id,
        case_id=case.id,
        from_organisation_id=case.organisation_id,
        to_organisation_id=recipient.id,
        consent_id=asked.id,
        state=TransferState.ASKED,
        note=key.seal(CaseTransfer.note, transfer_id, words) if words else None,
        asked_by=actor.id,
        asked_at=clock.now(),
    )
    session.add(transfer)
    audit.record(session, actor.id, "case.transfer_asked", case.id, transfer=transfer_id, recipient=recipient.id)
    return transfer


async def answer_transfer(session: AsyncSession, person_id: UUID, consent_id: UUID, *, agrees: bool) -> None:
    """The person's yes or no in the chat. Raises Conflict when it was answered or taken back before."""
    transfer, case = await _find_of_person(session, person_id, consent_id)
    if transfer.state is not TransferState.ASKED:
        raise Conflict(NO_LONGER_OPEN)
    decided = await consent.decide(session, consent_id, person_id, agrees=agrees, actor=PERSON)
    if agrees:
        if decided.authorised_by is None and await may_be_child(session, case.id):
            raise NotAllowed(_("Somebody from our team will talk with you before anything is sent."))
        await consent.require_data_consent(session, person_id)
        _step(session, transfer, TransferState.OFFERED, actor=PERSON)
        transfer.offered_at = clock.now()
    else:
        _step(session, transfer, TransferState.REFUSED, actor=PERSON)
        call_attention(case)
    await tell(session, await person_of(session, case), SENT if agrees else NOTHING_SENT)


async def take_back_transfer(session: AsyncSession, person_id: UUID, consent_id: UUID) -> None:
    """The person takes their yes back: an offer ends, and a case that was taken over goes back where it came from."""
    transfer, case = await _find_of_person(session, person_id, consent_id)
    await consent.withdraw(session, consent_id, person_id, actor=PERSON)
    was_accepted = transfer.state is TransferState.ACCEPTED
    if was_accepted or transfer.state in OPEN_TRANSFERS:
        _step(session, transfer, TransferState.REFUSED, actor=PERSON)
    if was_accepted and case.organisation_id == transfer.to_organisation_id:
        await _give_to(session, case, transfer.from_organisation_id)
    call_attention(case)
    await tell(session, await person_of(session, case), TAKEN_BACK)


async def end_transfers(session: AsyncSession, person_id: UUID) -> None:
    """The agreement to data has ended: nothing of this person is offered to anyone any more."""
    waiting = await session.scalars(
        select(CaseTransfer)
        .join(Case, Case.id == CaseTransfer.case_id)
        .where(Case.person_id == person_id, CaseTransfer.state.in_(OPEN_TRANSFERS))
        .with_for_update(of=CaseTransfer)
    )
    for transfer in waiting.all():
        _step(session, transfer, TransferState.REFUSED, actor=PERSON)


async def revoke_transfer(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """Whoever offered it takes it back, before it is accepted."""
    require(actor, Permission.CASE_TRANSFER)
    transfer = await open_transfer(session, case, lock=True)
    if transfer is None or transfer.from_organisation_id != actor.organisation_id:
        raise Conflict(_("This case is not offered to anyone."))
    _step(session, transfer, TransferState.REVOKED, actor=actor)


async def accept_transfer(session: AsyncSession, transfer_id: UUID, *, actor: Actor) -> Case:
    """The receiving organisation takes over. The person's yes is looked at again."""
    transfer, case = await _find_offer(session, transfer_id, actor)
    await consent.require_consent(session, transfer.consent_id)
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    _step(session, transfer, TransferState.ACCEPTED, actor=actor)
    await _give_to(session, case, transfer.to_organisation_id)
    call_attention(case)
    await _announce(session, transfer, case)
    return case


async def decline_transfer(session: AsyncSession, transfer_id: UUID, reason: TransferDecline, *, actor: Actor) -> None:
    """The receiving organisation does not take over; the case stays where it is."""
    transfer, case = await _find_offer(session, transfer_id, actor)
    transfer.reason = reason
    _step(session, transfer, TransferState.DECLINED, actor=actor)
    call_attention(case)
    await _announce(session, transfer, case)


async def open_transfer(session: AsyncSession, case: Case, *, lock: bool = False) -> CaseTransfer | None:
    waiting = select(CaseTransfer).where(CaseTransfer.case_id == case.id, CaseTransfer.state.in_(OPEN_TRANSFERS))
    return await session.scalar(waiting.with_for_update() if lock else waiting)


async def offers_to(session: AsyncSession, actor: Actor) -> list[Offer]:
    """What others offer to the actor's organisation, the oldest first."""
    require(actor, Permission.CASE_TRANSFER)
    rows = await session.execute(
        select(CaseTransfer, Case, Organisation.name)
        .join(Case, Case.id == CaseTransfer.case_id)
        .join(Organisation, Organisation.id == CaseTransfer.from_organisation_id)
        .where(CaseTransfer.to_organisation_id == actor.organisation_id, CaseTransfer.state == TransferState.OFFERED)
        .order_by(CaseTransfer.offered_at, CaseTransfer.id)
    )
    offers = []
    for transfer, case, sender in rows.all():
        note = ""
        if transfer.note is not None and case.person_id is not None:
            key = await open_subject(session, case.person_id)
            note = str(key.open(CaseTransfer.note, transfer.id, transfer.note))
        offers.append(Offer(transfer.id, case.number, sender, transfer.offered_at or transfer.asked_at, note))
    return offers


async def given_away(session: AsyncSession, actor: Actor) -> list[GivenAway]:
    """The cases that the actor's organisation no longer has: number, what became of it, and when; newest first.

    For the sender a case that was taken over, for the recipient one that the person took back.
    """
    require(actor, Permission.CASE_TRANSFER)
    mine = CaseTransfer.from_organisation_id == actor.organisation_id
    was_mine = CaseTransfer.to_organisation_id == actor.organisation_id
    rows = await session.execute(
        select(CaseTransfer, Case.number, Organisation.name)
        .join(Case, Case.id == CaseTransfer.case_id)
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(
            Case.organisation_id != actor.organisation_id,
            (mine & (CaseTransfer.state == TransferState.ACCEPTED))
            | (was_mine & (CaseTransfer.state == TransferState.REFUSED) & CaseTransfer.settled_by.is_not(None)),
        )
        .order_by(CaseTransfer.settled_at.desc(), CaseTransfer.id)
    )
    return [GivenAway(number, name, each.state, each.settled_at or each.asked_at) for each, number, name in rows.all()]


async def _lock_open(session: AsyncSession, case: Case) -> None:
    await session.refresh(case, with_for_update=True)
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    waiting = select(Closing.id).where(Closing.case_id == case.id, Closing.state == ClosingState.REQUESTED)
    if await session.scalar(waiting) is not None:
        raise Conflict(_("Somebody has asked that this case be closed. Take that back first."))


async def _give_to(session: AsyncSession, case: Case, organisation_id: UUID) -> None:
    """Every file of the person goes; whoever receives it finds an owner."""
    files = [each.id for each in await files_of_person(session, case)]
    await session.execute(
        update(Case)
        .where(Case.id.in_(files))
        .values(organisation_id=organisation_id, team=None, owner_id=None)
        .execution_options(synchronize_session="fetch")
    )


async def _announce(session: AsyncSession, transfer: CaseTransfer, case: Case) -> None:
    recipient = await session.get_one(Organisation, transfer.to_organisation_id)
    words = TAKEN_OVER if transfer.state is TransferState.ACCEPTED else NOT_TAKEN_OVER
    await announce(session, case, words.of(recipient=recipient.name))


async def _find_offer(session: AsyncSession, transfer_id: UUID, actor: Actor) -> tuple[CaseTransfer, Case]:
    require(actor, Permission.CASE_TRANSFER)
    transfer = await session.scalar(
        select(CaseTransfer)
        .where(
            CaseTransfer.id == transfer_id,
            CaseTransfer.to_organisation_id == actor.organisation_id,
            CaseTransfer.state == TransferState.OFFERED,
        )
        .with_for_update()
    )
    if transfer is None:
        raise NotFound(_("There is no such offer."))
    return transfer, await session.get_one(Case, transfer.case_id, with_for_update=True)


async def _find_of_person(session: AsyncSession, person_id: UUID, consent_id: UUID) -> tuple[CaseTransfer, Case]:
    found = await session.execute(
        select(CaseTransfer, Case)
        .join(Case, Case.id == CaseTransfer.case_id)
        .where(CaseTransfer.consent_id == consent_id, Case.person_id == person_id)
        .with_for_update(),
        execution_options={"populate_existing": True},
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound(NO_LONGER_OPEN)
    transfer, case = row
    return transfer, case


def _step(session: AsyncSession, transfer: CaseTransfer, state: TransferState, *, actor: Actor) -> None:
    """Move along TRANSFER_STEPS; who of the staff ended it stays, also when the person takes back a yes later."""
    if state not in TRANSFER_STEPS[transfer.state]:
        raise Conflict(NO_LONGER_OPEN)
    transfer.state = state
    if state is not TransferState.OFFERED:
        transfer.settled_at = clock.now()
        transfer.settled_by = transfer.settled_by if actor is PERSON else actor.id
    audit.record(session, actor.id, f"case.transfer_{state}", transfer.case_id, transfer=transfer.id)
