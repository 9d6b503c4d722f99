"""Organisations as administrators and supervisors read them: their agreements, how these stand, their people.

Partners; and, where there are several, those that work with cases here, which may hand some over to each other.

Nothing about anyone who was referred, and of the people of a partner no more than their role.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Permission, Role
from foundation import clock
from foundation.errors import NotFound
from foundation.language import Message, _, _p
from referrals.agreements import in_force
from referrals.partner_models import Agreement

ENDS_SOON = timedelta(days=60)
PRESSES = timedelta(days=30)
"""What ends within it stands on top."""


class Standing(StrEnum):
    COMING = "coming"
    RUNNING = "running"
    ENDING = "ending"
    """It runs, and ends within `ENDS_SOON`."""
    ENDED = "ended"


STANDING_NAMES: dict[Standing, Message] = {
    Standing.COMING: _p("agreement", "Not begun yet"),
    Standing.RUNNING: _p("agreement", "In force"),
    Standing.ENDING: _p("agreement", "Ends soon"),
    Standing.ENDED: _p("agreement", "Ended"),
}


@dataclass(frozen=True, slots=True)
class AgreementView:
    agreement: Agreement
    standing: Standing


@dataclass(frozen=True, slots=True)
class People:
    """How many accounts of one role an organisation has."""

    role: Role
    active: int
    disabled: int


@dataclass(frozen=True, slots=True)
class OrganisationView:
    organisation: Organisation
    agreements: list[AgreementView]
    """The newest start first."""
    people: list[People]

    @property
    def takes_over(self) -> bool:
        """It is given cases, and no referrals."""
        return self.organisation.kind is OrganisationKind.OPERATOR

    @property
    def is_agreed(self) -> bool:
        """An agreement runs today, for whatever it is."""
        return any(each.standing in (Standing.RUNNING, Standing.ENDING) for each in self.agreements)


@dataclass(frozen=True, slots=True)
class EndingSoon:
    organisation_id: UUID
    name: str
    reference: str
    ends_on: date


def standing_of(agreement: Agreement, today: date) -> Standing:
    if agreement.ended_at is not None or (agreement.ends_on is not None and agreement.ends_on < today):
        return Standing.ENDED
    if agreement.starts_on > today:
        return Standing.COMING
    ends_soon = agreement.ends_on is not None and agreement.ends_on <= today + ENDS_SOON
    return Standing.ENDING if ends_soon else Standing.RUNNING


async def partners(session: AsyncSession, actor: Actor) -> list[OrganisationView]:
    """Every partner, by name."""
    return await _of_kind(session, actor, OrganisationKind.PARTNER)


async def operators(session: AsyncSession, actor: Actor) -> list[OrganisationView]:
    """Every organisation that works with cases here, by name; none where there is but one."""
    found = await _of_kind(session, actor, OrganisationKind.OPERATOR)
    return found if len(found) > 1 else []


async def organisation_file(session: AsyncSession, actor: Actor, organisation_id: UUID) -> OrganisationView:
    """Raises NotFound for one that is given nothing, such as the body that monitors."""
    require(actor, Permission.AGREEMENT_READ)
    found = await session.get(Organisation, organisation_id)
    if found is None or found.kind not in (OrganisationKind.PARTNER, OrganisationKind.OPERATOR):
        raise NotFound(_("There is no such organisation."))
    (view,) = await _views(session, [found])
    return view


async def ending_soon(session: AsyncSession, actor: Actor) -> list[EndingSoon]:
    """What ends within `PRESSES`, the soonest first."""
    require(actor, Permission.AGREEMENT_READ)
    today = clock.today()
    rows = await session.execute(
        select(Agreement.organisation_id, Organisation.name, Agreement.reference, Agreement.ends_on)
        .join(Organisation, Organisation.id == Agreement.organisation_id)
        .where(in_force(today), Agreement.ends_on <= today + PRESSES)
        .order_by(Agreement.ends_on, Organisation.name)
    )
    return [EndingSoon(each, name, reference, day) for each, name, reference, day in rows if day is not None]


async def _of_kind(session: AsyncSession, actor: Actor, kind: OrganisationKind) -> list[OrganisationView]:
    require(actor, Permission.AGREEMENT_READ)
    found = await session.scalars(select(Organisation).where(Organisation.kind == kind).order_by(Organisation.name))
    return await _views(session, found.all())


async def _views(session: AsyncSession, organisations: Sequence[Organisation]) -> list[OrganisationView]:
    ids = [each.id for each in organisations]
    agreements = await _agreements(session, ids)
    people = await _people(session, ids)
    return [OrganisationView(each, agreements[each.id], people[each.id]) for each in organisations]


async def _agreements(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[AgreementView]]:
    found: defaultdict[UUID, list[AgreementView]] = defaultdict(list)
    today = clock.today()
    rows = await session.scalars(
        select(Agreement)
        .where(Agreement.organisation_id.in_(ids))
        .order_by(Agreement.starts_on.desc(), Agreement.entered_at.desc(), Agreement.id)
    )
    for each in rows:
        found[each.organisation_id].append(AgreementView(each, standing_of(each, today)))
    return found


async def _people(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[People]]:
    found: defaultdict[UUID, list[People]] = defaultdict(list)
    active = func.count().filter(StaffMember.disabled_at.is_(None))
    rows = await session.execute(
        select(StaffMember.organisation_id, StaffMember.role, active, func.count())
        .where(StaffMember.organisation_id.in_(ids))
        .group_by(StaffMember.organisation_id, StaffMember.role)
        .order_by(StaffMember.role)
    )
    for organisation_id, role, count, every in rows:
        found[organisation_id].append(People(role, count, every - count))
    return found
