"""What vacancies and courses have in common: who enters them, what is checked, how they close and are listed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Select, false, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import SYSTEM, Actor
from access.models import Organisation, OrganisationKind
from access.rules import Permission, Role
from cases.rules import COUNTRY_NAMES
from cases.sheets import ARRIVAL, built_in_sheets
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.language import _
from referrals.models import Service
from referrals.opening_models import Course, CourseOccupation, Opening, Vacancy, is_offered
from referrals.opening_rules import OpeningStatus

EXPIRED_AT_ONCE = 200
COUNTRIES = tuple(code for code in COUNTRY_NAMES if code != "other")
Table = type[Vacancy] | type[Course]
Either = TypeVar("Either", Vacancy, Course)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said of either."""

    reference: str
    title: str
    country: str
    area: str | None
    languages: tuple[str, ...]
    level: int | None
    places: int | None
    starts_on: date | None
    apply_until: date


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list is narrowed to. `offered`: only what can be offered to someone today."""

    country: str | None = None
    area: str | None = None
    isco: str | None = None
    organisation_id: UUID | None = None
    offered: bool = False


def may_write(actor: Actor, organisation_id: UUID) -> bool:
    """A partner may write what is of their own organisation, others whatever they like."""
    if actor is SYSTEM:
        return True
    is_reached = not _only_own(actor) or actor.organisation_id == organisation_id
    return actor.may(Permission.OPENING_WRITE) and is_reached


def require_write(actor: Actor, organisation_id: UUID) -> None:
    """Raises NotAllowed: of another organisation an actor may not even know."""
    if not may_write(actor, organisation_id):
        raise NotAllowed(_("You may not do this."))


def areas_in(country: str) -> list[str]:
    """Codes of the areas that the arrival form knows."""
    form = built_in_sheets()[ARRIVAL]
    return [choice.code for choice in form.question("area").choices if choice.code.startswith(f"{country.lower()}_")]


async def listed(
    session: AsyncSession, actor: Actor, table: type[Either], narrowing: Narrowing, *, first: int, most: int
) -> list[Either]:
    """Those that the actor may read, open ones first, by the day they expire; `most` from the one numbered `first`."""
    found = _readable(actor, table).options(joinedload(table.organisation))
    if narrowing.offered:
        found = found.where(is_offered(table))
    if narrowing.country:
        found = found.where(table.country == narrowing.country)
    if narrowing.area:
        found = found.where(table.area.is_(None) | (table.area == narrowing.area))
    if narrowing.organisation_id:
        found = found.where(table.organisation_id == narrowing.organisation_id)
    if narrowing.isco:
        found = found.where(_leads_to(table, narrowing.isco))
    order = ((table.status != OpeningStatus.OPEN), table.apply_until, table.title, table.id)
    return list(await session.scalars(found.order_by(*order).offset(first).limit(most)))


async def find_opening(
    session: AsyncSession, actor: Actor, table: type[Either], opening_id: UUID, *, for_change: bool = False
) -> Either:
    """With its organisation and service. Raises NotFound for one that is missing or not for this actor."""
    found = _readable(actor, table).where(table.id == opening_id)
    found = found.with_for_update(of=table) if for_change else found
    opening: Either | None = await session.scalar(
        found.options(joinedload(table.organisation), joinedload(table.service)),
        execution_options={"populate_existing": True},
    )
    if opening is None:
        raise NotFound(_("There is no such vacancy or course."))
    return opening


async def close(session: AsyncSession, table: type[Either], opening_id: UUID, *, actor: Actor) -> None:
    """Nobody is told of it any more. Raises Conflict if it is closed or has expired."""
    opening = await find_opening(session, actor, table, opening_id, for_change=True)
    require_write(actor, opening.organisation_id)
    if opening.status is not OpeningStatus.OPEN:
        raise Conflict(_("This has closed already."))
    opening.status, opening.changed_at = OpeningStatus.CLOSED, clock.now()
    audit.record(session, actor.id, "opening.closed", opening.id, kind=opening.kind)


async def expire_openings(session: AsyncSession) -> int:
    """Close what nobody can apply for any more, some at a time; returns how many. They were not offered since."""
    return await _expire(session, Vacancy) + await _expire(session, Course)


async def _expire(session: AsyncSession, table: type[Either]) -> int:
    over = (
        select(table)
        .where(table.status == OpeningStatus.OPEN, table.apply_until < clock.today())
        .order_by(table.apply_until, table.id)
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    expired = (await session.scalars(over)).all()
    for opening in expired:
        opening.status = OpeningStatus.EXPIRED
        audit.record(session, SYSTEM.id, "opening.expired", opening.id, kind=opening.kind)
    return len(expired)


async def providers(session: AsyncSession, actor: Actor) -> list[Organisation]:
    """The organisations for which the actor may enter something."""
    found = select(Organisation).order_by(Organisation.name, Organisation.id)
    if _only_own(actor):
        return list(await session.scalars(found.where(Organisation.id == actor.organisation_id)))
    wanted = (OrganisationKind.PARTNER, OrganisationKind.OPERATOR)
    return list(await session.scalars(found.where(Organisation.kind.in_(wanted))))


async def services_of(session: AsyncSession, organisations: list[Organisation]) -> list[Service]:
    ids = [each.id for each in organisations]
    return list(
        await session.scalars(
            select(Service).where(Service.organisation_id.in_(ids)).order_by(Service.name, Service.id)
        )
    )


async def enter(
    session: AsyncSession,
    table: type[Either],
    terms: Terms,
    write: Callable[[Any], None],
    *,
    organisation_id: UUID,
    service_id: UUID | None,
    actor: Actor,
) -> Either:
    """A new one. `write` puts into it what it has alone. Raises Invalid for what does not fit together."""
    require_write(actor, organisation_id)
    await _check(session, terms, organisation_id, service_id)
    if await by_reference(session, table, organisation_id, terms.reference) is not None:
        raise Conflict(_("The organisation has one with this reference already."))
    now = clock.now()
    opening = table(id=uuid4(), organisation_id=organisation_id, status=OpeningStatus.OPEN, entered_at=now)
    opening.places_left = terms.places
    _put(opening, terms, service_id)
    write(opening)
    session.add(opening)
    audit.record(session, actor.id, "opening.entered", opening.id, kind=opening.kind)
    await session.flush()
    return opening


async def change(
    session: AsyncSession,
    opening: Either,
    terms: Terms,
    write: Callable[[Any], None],
    *,
    service_id: UUID | None,
    actor: Actor,
) -> None:
    """Write it anew. One that has expired opens again with a later day; one closed by hand opens again too.

    Raises Conflict when fewer places are offered than are taken.
    """
    require_write(actor, opening.organisation_id)
    await _check(session, terms, opening.organisation_id, service_id)
    table = type(opening)
    other = await by_reference(session, table, opening.organisation_id, terms.reference)
    if other is not None and other.id != opening.id:
        raise Conflict(_("The organisation has one with this reference already."))
    taken = 0 if opening.places is None or opening.places_left is None else opening.places - opening.places_left
    if terms.places is not None and terms.places < taken:
        raise Conflict(_("More places than that are taken already: {count}."), count=taken)
    opening.places_left = None if terms.places is None else terms.places - taken
    _put(opening, terms, service_id)
    write(opening)
    opening.status = OpeningStatus.OPEN
    audit.record(session, actor.id, "opening.changed", opening.id, kind=opening.kind)
    await session.flush()


async def by_reference(
    session: AsyncSession, table: type[Either], organisation_id: UUID, reference: str
) -> Either | None:
    found: Either | None = await session.scalar(
        select(table).where(table.organisation_id == organisation_id, table.reference == reference)
    )
    return found


def _put(opening: Opening, terms: Terms, service_id: UUID | None) -> None:
    for name in ("reference", "title", "country", "area", "level", "places", "starts_on", "apply_until"):
        setattr(opening, name, getattr(terms, name))
    opening.languages = f" {' '.join(terms.languages)} " if terms.languages else ""
    opening.service_id, opening.changed_at = service_id, clock.now()


async def _check(session: AsyncSession, terms: Terms, organisation_id: UUID, service_id: UUID | None) -> None:
    if terms.apply_until < clock.today():
        raise Invalid(_("The last day to apply lies in the past."))
    if terms.starts_on is not None and terms.starts_on < clock.today():
        raise Invalid(_("The day it starts lies in the past."))
    if await session.get(Organisation, organisation_id) is None:
        raise Invalid(_("There is no such organisation."))
    if service_id is not None:
        service = await session.get(Service, service_id)
        if service is None or service.organisation_id != organisation_id:
            raise Invalid(_("Choose a service of the same organisation."))


def _readable(actor: Actor, table: Table) -> Select[Any]:
    """A partner reads what is their own."""
    found: Select[Any] = select(table)
    if actor is not SYSTEM and not actor.may(Permission.OPENING_READ):
        return found.where(false())
    return found.where(table.organisation_id == actor.organisation_id) if _only_own(actor) else found


def _only_own(actor: Actor) -> bool:
    return actor.role is Role.PARTNER


def _leads_to(table: Table, isco: str) -> Any:
    """In this occupation, or in the group that is given by its first digits."""
    if table is Vacancy:
        return Vacancy.isco.startswith(isco, autoescape=True)
    return Course.occupations.any(CourseOccupation.isco.startswith(isco, autoescape=True))
