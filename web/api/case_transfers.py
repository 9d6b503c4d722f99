"""Handing a case on: to another team at once, to another organisation with the person's yes and its own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from access.models import Organisation
from access.rules import Permission
from cases.casework_rules import TransferDecline, TransferState
from cases.rules import Urgency
from cases.safeguarding import may_be_child
from cases.transfer import move_team, teams_of
from referrals.transferring import (
    LONGEST_NOTE,
    accept_transfer,
    ask_transfer,
    confirm_transfer_deletion,
    decline_transfer,
    revoke_transfer,
)
from referrals.transfers import (
    Contact,
    given_away,
    offers_to,
    open_transfer,
    other_operators,
    taken_over,
    to_delete,
)
from web.api.one_case import changing, in_sight, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Line, Text
from web.guard import Visit, guarded

router = api_router("", "transfers")

_mover, _receiver = guarded(Permission.CASE_TRANSFER), guarded(Permission.CASE_TAKE_OVER)


class OrganisationTold(Answer):
    id: UUID
    name: str


class WaitingTransfer(Answer):
    """An organisation to which the case is offered, or will be once the person says yes."""

    id: UUID
    to: OrganisationTold
    state: TransferState
    asked_at: datetime
    urgency: Urgency
    due_at: datetime | None
    """By when the organisation must answer; null while the person has not."""


class TakenOverTold(Answer):
    """How the case came to your organisation from another."""

    sender: str
    at: datetime
    note: str
    """The hand-over."""


class TransferTold(Answer):
    team: str | None
    """The team now."""
    teams: list[str]
    """Where the case can go within the organisation."""
    organisations: list[OrganisationTold]
    """To whom it can be offered: with an agreement in force to take over cases."""
    is_child: bool
    """A child does not agree alone: an offer says who agreed for them."""
    waiting: WaitingTransfer | None
    taken_over: TakenOverTold | None


class OfferTold(Answer):
    """A case that another organisation offers to yours, as far as it may be known before anyone accepts."""

    id: UUID
    number: str
    sender: str
    urgency: Urgency
    offered_at: datetime
    due_at: datetime
    note: str
    """The hand-over."""


class ContactTold(Answer):
    """Whom to ask; name and address are empty if nobody is named."""

    organisation: str
    name: str
    email: str


class GivenAwayTold(Answer):
    """All that your organisation still sees of a case that it no longer has."""

    number: str
    to: str
    state: TransferState
    at: datetime
    is_open: bool | None
    """Null when the person took their agreement back: then nothing more is told."""
    contact: ContactTold | None


class DeletionTold(Answer):
    """A case of which your organisation must delete every copy, because the person took their agreement back."""

    id: UUID
    """Of the transfer."""
    number: str
    asked_at: datetime


class TransfersTold(Answer):
    offers: list[OfferTold]
    """What is due first at the top; empty for whoever may not take over."""
    given_away: list[GivenAwayTold]
    """Newest first."""
    to_delete: list[DeletionTold]
    """The longest asked for first; empty for whoever may not take over."""


class TeamBody(Body):
    team: Line


class OfferBody(Body):
    organisation_id: UUID
    urgency: Urgency = Urgency.NORMAL
    """How soon it must answer once the person has said yes: 24 hours, 72 hours, 14 days."""
    note: Annotated[Text, Field(max_length=LONGEST_NOTE)] = ""
    """What the other organisation should know. It reads it once the person has said yes."""
    guardian_evidence: Text = ""
    """For a child: who agreed, when, and how it was checked."""


class DeclineBody(Body):
    reason: TransferDecline


class AcceptedCase(Answer):
    number: str
    """Of the case that is now yours."""


@router.get("/cases/{number}/transfer")
async def transfer(visit: Annotated[Visit, _mover], number: CaseNumber) -> TransferTold:
    async with viewing(visit, number) as (session, case):
        waiting = await open_transfer(session, case)
        recipient = await session.get_one(Organisation, waiting.to_organisation_id) if waiting else None
        came = await taken_over(session, case)
        return TransferTold(
            team=case.team,
            teams=[team for team in await teams_of(session, case.organisation_id) if team != case.team],
            organisations=[_organisation(each) for each in await other_operators(session, case.organisation_id)],
            is_child=await may_be_child(session, case.id),
            waiting=WaitingTransfer(
                id=waiting.id,
                to=_organisation(recipient),
                state=waiting.state,
                asked_at=waiting.asked_at,
                urgency=waiting.urgency,
                due_at=waiting.due_at,
            )
            if waiting and recipient
            else None,
            taken_over=TakenOverTold(sender=came.sender, at=came.at, note=came.note) if came else None,
        )


@router.put("/cases/{number}/team", status_code=204)
async def change_team(visit: Annotated[Visit, _mover], number: CaseNumber, body: TeamBody) -> None:
    """It takes effect at once. The owner goes along only if they belong to the new team."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            await move_team(session, case, body.team, actor=visit.actor)


@router.post("/cases/{number}/transfer", status_code=201)
async def offer(visit: Annotated[Visit, _mover], number: CaseNumber, body: OfferBody) -> Made:
    """Ask the person whether another organisation may take over. It learns nothing before they have said yes."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            asked = await ask_transfer(
                session,
                case,
                body.organisation_id,
                body.note,
                urgency=body.urgency,
                guardian_evidence=body.guardian_evidence,
                actor=visit.actor,
            )
    return Made(id=asked.id)


@router.post("/cases/{number}/transfer/revoke", status_code=204)
async def take_back(visit: Annotated[Visit, _mover], number: CaseNumber) -> None:
    async with changing(visit, number) as (session, case):
        with in_sight():
            await revoke_transfer(session, case, actor=visit.actor)


@router.get("/transfers")
async def transfers(visit: Annotated[Visit, _mover]) -> TransfersTold:
    """What others offer to your organisation, what it gave away, and what it has to delete."""
    may_answer = visit.may(Permission.CASE_TAKE_OVER)
    async with visit.database.reading() as session:
        offers = await offers_to(session, visit.actor) if may_answer else []
        deleting = await to_delete(session, visit.actor) if may_answer else []
        gone = await given_away(session, visit.actor)
    return TransfersTold(
        offers=[
            OfferTold(
                id=each.transfer_id,
                number=each.number,
                sender=each.sender,
                urgency=each.urgency,
                offered_at=each.offered_at,
                due_at=each.due_at,
                note=each.note,
            )
            for each in offers
        ],
        given_away=[
            GivenAwayTold(
                number=each.number,
                to=each.other,
                state=each.state,
                at=each.at,
                is_open=each.is_open,
                contact=contact_told(each.contact) if each.contact else None,
            )
            for each in gone
        ],
        to_delete=[DeletionTold(id=each.transfer_id, number=each.number, asked_at=each.asked_at) for each in deleting],
    )


@router.post("/transfers/{transfer_id}/accept")
async def accept(visit: Annotated[Visit, _receiver], transfer_id: UUID) -> AcceptedCase:
    """The file is yours from now on, and you are the person's contact until you name another.

    The person's yes is looked at again (403 without it), and your organisation's agreement (409 without one). 404 for
    an offer that was taken back or has run out.
    """
    async with visit.database.transaction() as session:
        with in_sight():
            case = await accept_transfer(session, transfer_id, actor=visit.actor)
        return AcceptedCase(number=case.number)


@router.post("/transfers/{transfer_id}/decline", status_code=204)
async def decline(visit: Annotated[Visit, _receiver], transfer_id: UUID, body: DeclineBody) -> None:
    """The case stays where it is."""
    async with visit.database.transaction() as session:
        await decline_transfer(session, transfer_id, body.reason, actor=visit.actor)


@router.post("/transfers/{transfer_id}/deleted", status_code=204)
async def confirm_deleted(visit: Annotated[Visit, _receiver], transfer_id: UUID) -> None:
    """Your organisation has deleted every copy of what it was given. 409 if there is nothing to confirm."""
    async with visit.database.transaction() as session:
        await confirm_transfer_deletion(session, transfer_id, actor=visit.actor)


def contact_told(contact: Contact) -> ContactTold:
    return ContactTold(organisation=contact.organisation, name=contact.name, email=contact.email)


def _organisation(organisation: Organisation) -> OrganisationTold:
    return OrganisationTold(id=organisation.id, name=organisation.name)
