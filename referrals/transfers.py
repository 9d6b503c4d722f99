"""What organisations read of cases that are handed over: offers to them, what they gave away, whom to write to.

Before it accepts, the receiving organisation learns no more than the number and the hand-over; afterwards the one that
gave the case away keeps the number, to whom it went and when, whether it is open, and whom to ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case as either
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.actor import Actor, require
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Permission, Role
from cases.casework_models import CaseTransfer
from cases.casework_rules import OPEN_TRANSFERS, TransferState
from cases.models import Case
from cases.rules import CaseStatus, Urgency
from foundation import clock
from foundation.keys import open_subject
from referrals.agreements import takes_over
from referrals.clocks import half_way, last_reminder
from referrals.models import Disclosure


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to about a case. Of the organisation alone if nobody there is named."""

    organisation: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A case that another organisation offers, as far as it may be known before anyone accepts."""

    transfer_id: UUID
    number: str
    sender: str
    urgency: Urgency
    offered_at: datetime
    due_at: datetime
    note: str

    @property
    def is_pressing(self) -> bool:
        """Half of its time has passed."""
        return clock.now() >= half_way(self.offered_at, self.due_at)

    @property
    def is_nearly_over(self) -> bool:
        return clock.now() >= last_reminder(self.offered_at, self.due_at)


@dataclass(frozen=True, slots=True)
class TakenOver:
    """From whom a case came, and what they wrote for whoever goes on with it."""

    sender: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class GivenAway:
    """All that an organisation still sees of a case that it no longer has."""

    number: str
    other: str
    """To whom it went, or went back."""
    state: TransferState
    at: datetime
    is_open: bool | None
    """None: the person took their yes back, and nothing more is told."""
    contact: Contact | None


@dataclass(frozen=True, slots=True)
class ToDelete:
    """What an organisation was given of a case, and was told to delete."""

    transfer_id: UUID
    number: str
    asked_at: datetime


async def other_operators(session: AsyncSession, organisation_id: UUID) -> Sequence[Organisation]:
    """To whom a case can be offered: who works with cases here, and has an agreement to take some over."""
    found = await session.scalars(
        select(Organisation)
        .where(
            Organisation.kind == OrganisationKind.OPERATOR,
            Organisation.id != organisation_id,
            takes_over(Organisation.id),
        )
        .order_by(Organisation.name)
    )
    return found.all()


async def open_transfer(session: AsyncSession, case: Case, *, lock: bool = False) -> CaseTransfer | None:
    waiting = select(CaseTransfer).where(CaseTransfer.case_id == case.id, CaseTransfer.state.in_(OPEN_TRANSFERS))
    return await session.scalar(waiting.with_for_update() if lock else waiting)


async def offers_to(session: AsyncSession, actor: Actor) -> list[Offer]:
    """What others offer to the actor's organisation, what is due first at the top; none without an agreement."""
    require(actor, Permission.CASE_TAKE_OVER)
    rows = await session.execute(
        select(CaseTransfer, Case, Organisation.name)
        .join(Case, Case.id == CaseTransfer.case_id)
        .join(Organisation, Organisation.id == CaseTransfer.from_organisation_id)
        .where(
            CaseTransfer.to_organisation_id == actor.organisation_id,
            CaseTransfer.state == TransferState.OFFERED,
            takes_over(CaseTransfer.to_organisation_id),
        )
        .order_by(CaseTransfer.due_at, CaseTransfer.id)
    )
    offers = []
    for transfer, case, sender in rows.all():
        note = ""
        if transfer.note is not None and case.person_id is not None:
            key = await open_subject(session, case.person_id)
            note = str(key.open(CaseTransfer.note, transfer.id, transfer.note))
        if transfer.offered_at is not None and transfer.due_at is not None:
            offers.append(
                Offer(transfer.id, case.number, sender, transfer.urgency, transfer.offered_at, transfer.due_at, note)
            )
    return offers


async def given_away(session: AsyncSession, actor: Actor) -> list[GivenAway]:
    """The cases that the actor's organisation no longer has, each once, the newest first.

    For the sender a case that was taken over, for the recipient one that the person took back.
    """
    require(actor, Permission.CASE_TRANSFER)
    mine = CaseTransfer.from_organisation_id == actor.organisation_id
    was_mine = CaseTransfer.to_organisation_id == actor.organisation_id
    other = aliased(Organisation)
    rows = await session.execute(
        select(CaseTransfer, Case, other)
        .join(Case, Case.id == CaseTransfer.case_id)
        .join(
            other, other.id == either((mine, CaseTransfer.to_organisation_id), else_=CaseTransfer.from_organisation_id)
        )
        .where(
            Case.organisation_id != actor.organisation_id,
            (mine & (CaseTransfer.state == TransferState.ACCEPTED))
            | (was_mine & (CaseTransfer.state == TransferState.REFUSED) & CaseTransfer.settled_by.is_not(None)),
        )
        .order_by(CaseTransfer.settled_at.desc(), CaseTransfer.id)
    )
    told: dict[str, GivenAway] = {}
    for transfer, case, organisation in rows.all():
        if case.number in told:
            continue
        accepted = transfer.state is TransferState.ACCEPTED
        at = transfer.settled_at or transfer.asked_at
        told[case.number] = GivenAway(
            case.number,
            organisation.name,
            transfer.state,
            at,
            is_open=case.status in (CaseStatus.OPEN, CaseStatus.DUPLICATE) if accepted else None,
            contact=await _contact_at(session, organisation, case) if accepted else None,
        )
    return list(told.values())


async def contact_of(session: AsyncSession, case: Case) -> Contact:
    """Whom to write to about a case now: its owner, else a supervisor of the organisation that has it."""
    return await _contact_at(session, await session.get_one(Organisation, case.organisation_id), case)


async def taken_over(session: AsyncSession, case: Case) -> TakenOver | None:
    """How the organisation that has the case came by it; None if it has it from the beginning, or had it back."""
    found = await session.execute(
        select(CaseTransfer, Organisation.name)
        .join(Organisation, Organisation.id == CaseTransfer.from_organisation_id)
        .where(
            CaseTransfer.case_id == case.id,
            CaseTransfer.to_organisation_id == case.organisation_id,
            CaseTransfer.state == TransferState.ACCEPTED,
        )
        .order_by(CaseTransfer.settled_at.desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None:
        return None
    transfer, sender = row
    note = ""
    if transfer.note is not None and case.person_id is not None:
        key = await open_subject(session, case.person_id)
        note = str(key.open(CaseTransfer.note, transfer.id, transfer.note))
    return TakenOver(sender, transfer.settled_at or transfer.asked_at, note)


async def to_delete(session: AsyncSession, actor: Actor) -> list[ToDelete]:
    """What the actor's organisation was given with a transfer and has to delete, the longest asked for first."""
    require(actor, Permission.CASE_TAKE_OVER)
    rows = await session.execute(
        select(Disclosure.transfer_id, Case.number, Disclosure.delete_asked_at)
        .join(Case, Case.id == Disclosure.case_id)
        .where(
            Disclosure.recipient_id == actor.organisation_id,
            Disclosure.transfer_id.is_not(None),
            Disclosure.delete_asked_at.is_not(None),
            Disclosure.deleted_at.is_(None),
        )
        .order_by(Disclosure.delete_asked_at.desc(), Disclosure.id)
    )
    told = {transfer_id: ToDelete(transfer_id, number, at) for transfer_id, number, at in rows if transfer_id and at}
    return list(reversed(told.values()))


async def _contact_at(session: AsyncSession, organisation: Organisation, case: Case) -> Contact:
    """Someone of this organisation: whoever has the case there, else a supervisor."""
    serves = select(StaffMember).where(
        StaffMember.organisation_id == organisation.id, StaffMember.disabled_at.is_(None)
    )
    found = await session.scalar(serves.where(StaffMember.id == case.owner_id)) if case.owner_id else None
    if found is None:
        supervisors = serves.where(StaffMember.role == Role.SUPERVISOR)
        found = await session.scalar(supervisors.order_by(StaffMember.created_at, StaffMember.id).limit(1))
    return Contact(organisation.name, found.name, found.email) if found else Contact(organisation.name)
