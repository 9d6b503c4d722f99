"""Handing a case on: to another team at once, to another organisation with the person's yes and its own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from access.models import Organisation
from access.rules import Permission
from cases.casework_rules import TransferDecline, TransferState
from cases.safeguarding import may_be_child
from cases.transfer import (
    accept_transfer,
    ask_transfer,
    decline_transfer,
    given_away,
    move_team,
    offers_to,
    open_transfer,
    other_operators,
    revoke_transfer,
    teams_of,
)
from web.api.one_case import changing, in_sight, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Line, Text
from web.guard import Visit, guarded

router = api_router("", "transfers")

_mover = guarded(Permission.CASE_TRANSFER)


class OrganisationTold(Answer):
    id: UUID
    name: str


class WaitingTransfer(Answer):
    """An organisation to which the case is offered, or will be once the person says yes."""

    id: UUID
    to: OrganisationTold
    state: TransferState
    asked_at: datetime


class TransferTold(Answer):
    team: str | None
    """The team now."""
    teams: list[str]
    """Where the case can go within the organisation."""
    organisations: list[OrganisationTold]
    """To whom it can be offered."""
    is_child: bool
    """A child does not agree alone: an offer says who agreed for them."""
    waiting: WaitingTransfer | None


class OfferTold(Answer):
    """A case that another organisation offers to yours, as far as it may be known before anyone accepts."""

    id: UUID
    number: str
    sender: str
    offered_at: datetime
    note: str
    """The hand-over."""


class GivenAwayTold(Answer):
    """All that your organisation still sees of a case that it no longer has."""

    number: str
    to: str
    state: TransferState
    at: datetime


class TransfersTold(Answer):
    offers: list[OfferTold]
    """The oldest first."""
    given_away: list[GivenAwayTold]
    """Newest first."""


class TeamBody(Body):
    team: Line


class OfferBody(Body):
    organisation_id: UUID
    note: Text = ""
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
        return TransferTold(
            team=case.team,
            teams=[team for team in await teams_of(session, case.organisation_id) if team != case.team],
            organisations=[_organisation(each) for each in await other_operators(session, case.organisation_id)],
            is_child=await may_be_child(session, case.id),
            waiting=WaitingTransfer(
                id=waiting.id, to=_organisation(recipient), state=waiting.state, asked_at=waiting.asked_at
            )
            if waiting and recipient
            else None,
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
    """What others offer to your organisation, and what it gave away."""
    async with visit.database.reading() as session:
        offers = await offers_to(session, visit.actor)
        gone = await given_away(session, visit.actor)
    return TransfersTold(
        offers=[
            OfferTold(
                id=each.transfer_id, number=each.number, sender=each.sender, offered_at=each.offered_at, note=each.note
            )
            for each in offers
        ],
        given_away=[
            GivenAwayTold(number=each.number, to=each.recipient, state=each.state, at=each.at) for each in gone
        ],
    )


@router.post("/transfers/{transfer_id}/accept")
async def accept(visit: Annotated[Visit, _mover], transfer_id: UUID) -> AcceptedCase:
    """The file is yours from now on. The person's yes is looked at again."""
    async with visit.database.transaction() as session:
        case = await accept_transfer(session, transfer_id, actor=visit.actor)
        return AcceptedCase(number=case.number)


@router.post("/transfers/{transfer_id}/decline", status_code=204)
async def decline(visit: Annotated[Visit, _mover], transfer_id: UUID, body: DeclineBody) -> None:
    """The case stays where it is."""
    async with visit.database.transaction() as session:
        await decline_transfer(session, transfer_id, body.reason, actor=visit.actor)


def _organisation(organisation: Organisation) -> OrganisationTold:
    return OrganisationTold(id=organisation.id, name=organisation.name)
