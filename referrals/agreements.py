"""Agreements: a partner without one in force for a kind of service is given nothing, and sees nothing any more.

An organisation that works with cases here takes none over without one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, SQLColumnExpression, bindparam, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor, require
from access.models import Organisation, OrganisationKind
from access.rules import Permission
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import _
from referrals.partner_models import Agreement, AgreementPurpose
from referrals.rules import ServiceKind

LONGEST_REFERENCE = 100
"""Characters."""


@dataclass(frozen=True, slots=True)
class Terms:
    reference: str
    purposes: Collection[ServiceKind]
    """None of an organisation that works with cases here: its agreement is about taking cases over."""
    starts_on: date
    ends_on: date | None = None
    """The last day; None: without an end."""


async def add_agreement(session: AsyncSession, organisation_id: UUID, terms: Terms, *, actor: Actor) -> Agreement:
    """Enter what was signed. Raises NotFound for an organisation that is given nothing, Invalid for odd terms."""
    require(actor, Permission.AGREEMENT_MANAGE)
    takes_cases = await _takes_cases(session, organisation_id)
    reference = terms.reference.strip()
    if not reference or len(reference) > LONGEST_REFERENCE:
        raise Invalid(_("Name the signed document in at most {count} characters."), count=LONGEST_REFERENCE)
    if takes_cases and terms.purposes:
        raise Invalid(_("This agreement is about taking over cases. It names no kind of service."))
    if not takes_cases and not terms.purposes:
        raise Invalid(_("Choose at least one kind of service that the agreement is for."))
    if terms.ends_on is not None and terms.ends_on < terms.starts_on:
        raise Invalid(_("An agreement cannot end before it begins."))
    made = Agreement(
        id=uuid4(),
        organisation_id=organisation_id,
        reference=reference,
        takes_over=takes_cases,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        entered_at=clock.now(),
        entered_by=None if actor is SYSTEM else actor.id,
        ended_at=None,
        ended_by=None,
        purposes=[AgreementPurpose(kind=kind) for kind in ServiceKind if kind in terms.purposes],
    )
    session.add(made)
    kinds = [each.kind for each in made.purposes]
    audit.record(session, actor.id, "agreement.added", organisation_id, agreement=made.id, purposes=kinds)
    await session.flush()
    return made


async def end_agreement(session: AsyncSession, organisation_id: UUID, agreement_id: UUID, *, actor: Actor) -> None:
    """End it before its time, at once: the partner sees nothing more of what rests on it. Conflict if it has ended."""
    require(actor, Permission.AGREEMENT_MANAGE)
    found = await session.scalar(
        select(Agreement)
        .where(Agreement.id == agreement_id, Agreement.organisation_id == organisation_id)
        .with_for_update()
    )
    if found is None:
        raise NotFound(_("There is no such agreement."))
    if found.ended_at is not None or (found.ends_on is not None and found.ends_on < clock.today()):
        raise Conflict(_("This agreement has ended already."))
    found.ended_at, found.ended_by = clock.now(), None if actor is SYSTEM else actor.id
    audit.record(session, actor.id, "agreement.ended", organisation_id, agreement=found.id)


async def has_agreement(session: AsyncSession, organisation_id: UUID, kind: ServiceKind) -> bool:
    """Whether the organisation may be given referrals for this kind of service today."""
    asked = {"organisation": organisation_id, "kind": kind, "today": clock.today()}
    return bool(await session.scalar(_OF_KIND, asked))


def is_agreed(
    organisation: SQLColumnExpression[UUID], kind: SQLColumnExpression[ServiceKind], today: SQLColumnExpression[date]
) -> ColumnElement[bool]:
    """`has_agreement` as a condition, on the columns of another statement."""
    return (
        select(Agreement.id)
        .join(AgreementPurpose, AgreementPurpose.agreement_id == Agreement.id)
        .where(in_force(today), Agreement.organisation_id == organisation, AgreementPurpose.kind == kind)
        .exists()
    )


async def may_take_over(session: AsyncSession, organisation_id: UUID) -> bool:
    """Whether the organisation may take over cases today."""
    return bool(await session.scalar(select(takes_over(literal(organisation_id, Agreement.organisation_id.type)))))


def takes_over(organisation_id: SQLColumnExpression[UUID]) -> ColumnElement[bool]:
    """That an agreement of the organisation in this column, to take over cases, is in force today."""
    return exists().where(Agreement.organisation_id == organisation_id, Agreement.takes_over, in_force(clock.today()))


def in_force(today: object) -> ColumnElement[bool]:
    """That an agreement runs on a day: given as a day, or as the place in a kept statement where it is put."""
    return (
        Agreement.ended_at.is_(None)
        & (Agreement.starts_on <= today)
        & or_(Agreement.ends_on.is_(None), Agreement.ends_on >= today)
    )


TODAY = bindparam("today", type_=Agreement.starts_on.type)
"""Where a kept statement is given the day."""
_OF_KIND = select(
    is_agreed(
        bindparam("organisation", type_=Agreement.organisation_id.type),
        bindparam("kind", type_=AgreementPurpose.kind.type),
        TODAY,
    )
)


async def _takes_cases(session: AsyncSession, organisation_id: UUID) -> bool:
    """Whether what it can be given are cases, and not referrals."""
    found = await session.get(Organisation, organisation_id)
    if found is None or found.kind not in (OrganisationKind.PARTNER, OrganisationKind.OPERATOR):
        raise NotFound(_("There is no such organisation."))
    return found.kind is OrganisationKind.OPERATOR
