"""Which services fit a person and a need, best first, each with its reasons: rules and an order, nothing learnt.

A service that the person cannot have by a condition that is known not to be met comes last, and says which one it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer, joinedload, undefer

from cases.rules import NeedKind
from foundation import clock
from foundation.language import Message, _, _n
from referrals.eligibility import Criterion, Found, Judged, Person, judge, judge_age
from referrals.hsds import ACTIVE
from referrals.models import Referral, Service, ServiceReach
from referrals.rules import KINDS_FOR_NEED, ReferralState, ServiceKind

MOST = 20
ENOUGH_TO_TELL = 10
"""Finished referrals: fewer say nothing about a service."""
STALE = timedelta(days=180)
"""What nobody has checked for so long may be wrong."""
_FINISHED = (ReferralState.COMPLETED, ReferralState.UNSUCCESSFUL)
_RANK = {Found.MET: 0, Found.UNKNOWN: 1, Found.NOT_MET: 2}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A need of a person, and what decides who can help. What is not known rules nothing out."""

    need: NeedKind
    country: str | None
    area: str | None
    """A code of the arrival form."""
    language: str
    person: Person = field(default_factory=Person)


@dataclass(frozen=True, slots=True)
class Past:
    """What came of referrals to a service."""

    finished: int
    completed: int


@dataclass(frozen=True, slots=True)
class Match:
    service: Service
    conditions: tuple[Judged, ...]
    """What must be met."""
    first_for: tuple[Judged, ...]
    """Who goes first."""
    speaks: bool
    is_near: bool
    """It names the very area."""
    past: Past | None

    @property
    def fits(self) -> Found:
        """As the worst of its conditions."""
        return max((each.found for each in self.conditions), key=_RANK.__getitem__, default=Found.MET)

    @property
    def goes_first(self) -> bool:
        """The service takes people like this one first."""
        return any(each.found is Found.MET for each in self.first_for)


async def matching_services(session: AsyncSession, wanted: Wanted, *, most: int = MOST) -> list[Match]:
    """Services for the need where the person lives, best first, with their organisation.

    The order: whether it fits (met, not known, not met); who goes first; the language; a place left; the very area; the
    kind; what came of it for others; free of charge; the newest check; the name.
    """
    kinds = KINDS_FOR_NEED[wanted.need]
    own_area = area_code(wanted.country, wanted.area)
    found = select(Service).where(Service.status == ACTIVE, reaches(kinds, wanted.country, own_area))
    services = list(await session.scalars(found.options(defer(Service.hsds))))
    past = await _past_of(session, [service.id for service in services])
    matches = [_match(service, wanted, own_area, past) for service in services]
    best = sorted(matches, key=lambda match: _order(match, kinds))[:most]
    # The full records of all that may fit would be most of what is read.
    shown = select(Service).where(Service.id.in_([match.service.id for match in best]))
    whole = shown.options(undefer(Service.hsds), joinedload(Service.organisation))
    await session.scalars(whole, execution_options={"populate_existing": True})
    return best


def reaches(kinds: tuple[ServiceKind, ...], country: str | None, own_area: str | None) -> ColumnElement[bool]:
    """A service of one of the kinds that is offered there. An unknown area is any of the country."""
    offered = select(ServiceReach.service_id).where(ServiceReach.kind.in_(kinds))
    if country is not None:
        offered = offered.where(ServiceReach.country == country)
    if country is not None and own_area is not None:
        offered = offered.where(ServiceReach.area.in_(["", own_area.partition(":")[2]]))
    return Service.id.in_(offered)


def why(match: Match) -> list[Message]:
    """What speaks for and against it besides its conditions, a line each."""
    service, today = match.service, clock.today()
    said = [
        _("They speak the person’s language.") if match.speaks else _("They do not speak the person’s language."),
        _("It is in the person’s own area.") if match.is_near else None,
        _("It takes people in this situation first.") if match.goes_first else None,
        _places(service),
        _("It costs nothing.") if service.is_free else None,
        _results(match.past),
    ]
    if service.assured_date is None:
        said.append(_("Nobody has said when this was checked last."))
    elif today - service.assured_date > STALE:
        said.append(_("Last checked on {day}: ask whether it still holds.").of(day=service.assured_date))
    return [each for each in said if each is not None]


def area_code(country: str | None, area: str | None) -> str | None:
    """The directory's code of an area of the arrival form: `tn_greater_tunis` in `TN` is `TN:greater_tunis`."""
    if not (country and area):
        return None
    return f"{country}:{area.removeprefix(f'{country.lower()}_')}"


def speaks(service: Service, language: str) -> bool:
    """`pt_BR` is served by `pt`, and the other way round."""
    return _base(language) in {_base(code) for code in service.languages}


def _match(service: Service, wanted: Wanted, own_area: str | None, past: Mapping[UUID, Past]) -> Match:
    person = wanted.person
    must = judge(person, map(Criterion, service.criteria))
    return Match(
        service,
        (*judge_age(person, service.minimum_age, service.maximum_age), *must),
        tuple(judge(person, map(Criterion, service.first_for))),
        speaks(service, wanted.language),
        own_area is not None and own_area in service.areas,
        past.get(service.id),
    )


def _order(match: Match, kinds: tuple[ServiceKind, ...]) -> tuple[object, ...]:
    service = match.service
    tells = match.past is not None and match.past.finished >= ENOUGH_TO_TELL
    return (
        _RANK[match.fits],
        not match.goes_first,
        not match.speaks,
        service.places_left == 0,
        not match.is_near,
        kinds.index(service.kind),
        -(match.past.completed / match.past.finished) if tells and match.past else 0.0,
        not service.is_free,
        -(service.assured_date or date.min).toordinal(),
        service.name,
        str(service.id),
    )


async def _past_of(session: AsyncSession, service_ids: list[UUID]) -> dict[UUID, Past]:
    completed = func.sum(cast(Referral.state == ReferralState.COMPLETED, Integer))
    rows = await session.execute(
        select(Referral.service_id, func.count(), completed)
        .where(Referral.service_id.in_(service_ids), Referral.state.in_(_FINISHED))
        .group_by(Referral.service_id)
    )
    return {service_id: Past(finished, done) for service_id, finished, done in rows}


def _places(service: Service) -> Message | None:
    if service.places_left is None or service.places_at is None:
        return None
    left = _n("{count} place left on {day}.", "{count} places left on {day}.")
    return left.of(count=service.places_left, day=service.places_at.date())


def _results(past: Past | None) -> Message | None:
    if past is None or past.finished < ENOUGH_TO_TELL:
        return None
    return _("Of {all} referrals that ended there, {done} were completed.").of(all=past.finished, done=past.completed)


def _base(language: str) -> str:
    return language.replace("-", "_").partition("_")[0]
