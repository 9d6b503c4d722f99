"""Partners, and those who may take over cases: their agreements, by administrators, and their accounts."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from access.models import OrganisationKind
from access.rules import Permission, Role
from referrals.agreements import LONGEST_REFERENCE, Terms, add_agreement, end_agreement
from referrals.deletion import deletions_overdue
from referrals.organisations import AgreementView, OrganisationView, Standing, operators, organisation_file, partners
from referrals.rules import ServiceKind
from web.api.paging import STANDARD, Limit, NumberCursor, Page, part_of
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import Line
from web.guard import Visit, guarded

router = api_router("", "organisations")

_reader, _manager = guarded(Permission.AGREEMENT_READ), guarded(Permission.AGREEMENT_MANAGE)


class AgreementBody(Body):
    reference: Annotated[Line, Field(min_length=1, max_length=LONGEST_REFERENCE)]
    """Such as the number of the signed document."""
    starts_on: date
    ends_on: date | None = None
    """The last day; null: without an end."""
    purposes: Annotated[list[ServiceKind], Field(max_length=len(ServiceKind))]
    """At least one for a partner; none for an organisation that works with cases: it takes them over."""


class AgreementTold(Answer):
    id: UUID
    reference: str
    standing: Standing
    """`ending`: it ends within 60 days."""
    starts_on: date
    ends_on: date | None
    ended_at: datetime | None
    """When it was ended before its time."""
    purposes: list[ServiceKind]
    takes_over: bool
    """It is about taking over cases."""


class PeopleTold(Answer):
    role: Role
    active: int
    disabled: int


class OrganisationTold(Answer):
    id: UUID
    name: str
    kind: OrganisationKind
    agreements: list[AgreementTold]
    """The newest start first."""
    people: list[PeopleTold]


class OverdueDeletion(Answer):
    organisation: str
    reference: str
    """Of the referral, as the partner reads it too."""
    asked_at: datetime


@router.get("/organisations")
async def all_partners(
    visit: Annotated[Visit, _reader], limit: Limit = STANDARD, after: NumberCursor = ""
) -> Page[OrganisationTold]:
    """Every partner, by name; after them, where there are several, those who work with cases here."""
    async with visit.database.reading() as session:
        found = await partners(session, visit.actor) + await operators(session, visit.actor)
    items, following = part_of(found, limit, after)
    return Page[OrganisationTold](items=[_told(each) for each in items], next=following)


@router.get("/organisations/{organisation_id}")
async def one_partner(visit: Annotated[Visit, _reader], organisation_id: UUID) -> OrganisationTold:
    async with visit.database.reading() as session:
        return _told(await organisation_file(session, visit.actor, organisation_id))


@router.post("/organisations/{organisation_id}/agreements", status_code=201)
async def add(visit: Annotated[Visit, _manager], organisation_id: UUID, body: AgreementBody) -> Made:
    """Terms do not change: what changes is another agreement. Several may be in force at once."""
    terms = Terms(body.reference, body.purposes, body.starts_on, body.ends_on)
    async with visit.database.transaction() as session:
        made = await add_agreement(session, organisation_id, terms, actor=visit.actor)
    return Made(id=made.id)


@router.post("/organisations/{organisation_id}/agreements/{agreement_id}/end", status_code=204)
async def end(visit: Annotated[Visit, _manager], organisation_id: UUID, agreement_id: UUID) -> None:
    """At once: the partner sees and answers nothing any more that rests on this agreement alone."""
    async with visit.database.transaction() as session:
        await end_agreement(session, organisation_id, agreement_id, actor=visit.actor)


@router.get("/overdue-deletions")
async def overdue(visit: Annotated[Visit, _reader]) -> list[OverdueDeletion]:
    """Partners that have not confirmed within 7 days that they have deleted what they were told to; oldest first."""
    async with visit.database.reading() as session:
        found = await deletions_overdue(session, visit.actor)
    return [
        OverdueDeletion(organisation=each.organisation, reference=each.reference, asked_at=each.asked_at)
        for each in found
    ]


def _told(view: OrganisationView) -> OrganisationTold:
    return OrganisationTold(
        id=view.organisation.id,
        name=view.organisation.name,
        kind=view.organisation.kind,
        agreements=[_agreement(each) for each in view.agreements],
        people=[PeopleTold(role=each.role, active=each.active, disabled=each.disabled) for each in view.people],
    )


def _agreement(view: AgreementView) -> AgreementTold:
    agreement = view.agreement
    return AgreementTold(
        id=agreement.id,
        reference=agreement.reference,
        standing=view.standing,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        ended_at=agreement.ended_at,
        purposes=[each.kind for each in agreement.purposes],
        takes_over=agreement.takes_over,
    )
