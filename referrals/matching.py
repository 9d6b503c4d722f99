"""Which services fit a person and a need, best first, each with its reasons: rules and an order, nothing learnt.

A service that the person cannot have by a condition that is known not to be met comes last, and says which one it is.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from heapq import nsmallest
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, String, Text, bindparam, cast, false, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from cases.rules import NeedKind
from foundation import clock
from foundation.database import STATEMENTS_KEPT
from foundation.language import Message, _, _n
from referrals.agreements import TODAY, is_agreed
from referrals.eligibility import Criterion, Found, Judged, Person, judge, judge_age
from referrals.freshness import is_stale, stale_before
from referrals.hsds import ACTIVE
from referrals.models import Service, ServiceReach
from referrals.rules import KINDS_FOR_NEED, ServiceKind

MOST = 20
ENOUGH_TO_TELL = 10
"""Finished referrals: fewer say nothing about a service."""
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
class Match:
    service: Service
    conditions: tuple[Judged, ...]
    """What must be met."""
    first_for: tuple[Judged, ...]
    """Who goes first."""
    speaks: bool
    is_near: bool
    """It names the very area."""
    has_agreement: bool
    """Without one its organisation can be sent nobody."""

    @property
    def fits(self) -> Found:
        """As the worst of its conditions."""
        return worst(self.conditions)

    @property
    def goes_first(self) -> bool:
        """The service takes people like this one first."""
        return any(each.found is Found.MET for each in self.first_for)


async def matching_services(session: AsyncSession, wanted: Wanted, *, most: int = MOST) -> list[Match]:
    """Services for the need where the person lives, best first, with their organisation.

    The order: whether its organisation has an agreement; whether it fits (met, not known, not met); who goes first; the
    language; a place left; the very area; the kind; whether it was checked in time; what came of it for others; free of
    charge; the newest check; the name.
    """
    kinds = KINDS_FOR_NEED[wanted.need]
    own_area = area_code(wanted.country, wanted.area)
    rows = await session.execute(_offered(kinds, wanted.country, own_area), {"today": clock.today()})
    judging = _Judging(wanted, kinds)
    best = nsmallest(most, [judging.ranked(row) for row in rows], key=lambda each: each.order)
    # The full records of all that may fit would be most of what is read.
    services = {each.id: each for each in await session.scalars(_WHOLE, {"ids": [each.id for each in best]})}
    return [Match(services[each.id], *each.reasons) for each in best]


def worst(conditions: Iterable[Judged]) -> Found:
    return max((each.found for each in conditions), key=_RANK.__getitem__, default=Found.MET)


def reaches(
    kinds: tuple[ServiceKind, ...], country: str | None, own_area: str | None, *, widely: bool = True
) -> ColumnElement[bool]:
    """A service of one of the kinds that is offered there. An unknown area is any of the country.

    `widely`: also if it is offered in the whole country.
    """
    offered = select(ServiceReach.service_id).where(ServiceReach.kind.in_(kinds))
    if country is not None:
        offered = offered.where(ServiceReach.country == country)
    if country is not None and own_area is not None:
        area = own_area.partition(":")[2]
        offered = offered.where(ServiceReach.area.in_(["", area] if widely else [area]))
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
        _results(service),
    ]
    if service.assured_date is None:
        said.append(_("Nobody has said when this was checked last."))
    elif is_stale(service.assured_date, today):
        said.append(_("Last checked on {day}: ask whether it still holds.").of(day=service.assured_date))
    return [each for each in said if each is not None]


def area_code(country: str | None, area: str | None) -> str | None:
    """The directory's code of an area of the arrival form: `tn_greater_tunis` in `TN` is `TN:greater_tunis`."""
    if not (country and area):
        return None
    return f"{country}:{area.removeprefix(f'{country.lower()}_')}"


def speaks(languages: Sequence[str], language: str) -> bool:
    """`pt_BR` is served by `pt`, and the other way round."""
    return _base(language) in map(_base, languages)


_RANKED_BY = (
    Service.id,
    type_coerce(Service.kind, String),
    Service.name,
    # As text: nearly all services have one of a few lists, which need not be read each time.
    cast(Service.languages, Text),
    Service.minimum_age,
    Service.maximum_age,
    Service.criteria,
    Service.first_for,
    Service.is_free,
    Service.places_left,
    Service.assured_date,
    Service.finished,
    Service.completed,
)


_WHOLE = (
    select(Service).where(Service.id.in_(bindparam("ids", expanding=True))).options(joinedload(Service.organisation))
)


@lru_cache(STATEMENTS_KEPT)
def _offered(kinds: tuple[ServiceKind, ...], country: str | None, own_area: str | None) -> Select[*tuple[Any, ...]]:
    """Kept: the same is asked again and again, and building it takes longer than running it."""
    near = reaches(kinds, country, own_area, widely=False) if own_area else false()
    agreed = is_agreed(Service.organisation_id, Service.kind, TODAY)
    return select(*_RANKED_BY, near, agreed).where(Service.status == ACTIVE, reaches(kinds, country, own_area))


class _Ranked(NamedTuple):
    order: tuple[object, ...]
    id: UUID
    reasons: tuple[tuple[Judged, ...], tuple[Judged, ...], bool, bool, bool]
    """The fields of a `Match` behind its service."""


class _Judging:
    """Ranks services for one person. What many services share is judged once, however many have it."""

    def __init__(self, wanted: Wanted, kinds: tuple[ServiceKind, ...]) -> None:
        self._wanted = wanted
        self._kinds = {kind.value: place for place, kind in enumerate(kinds)}
        self._criteria = {each.value: judge(wanted.person, each) for each in Criterion}
        self._conditions = cache(self._judge_conditions)
        self._first_for = cache(self._judge_first_for)
        self._fresh_from = stale_before(clock.today())
        self._speaks = cache(lambda languages: speaks(json.loads(languages), wanted.language))

    def ranked(self, row: Row[*tuple[Any, ...]]) -> _Ranked:
        """`row`: the columns of `_RANKED_BY` and what `_offered` adds."""
        id_, kind, name, languages, youngest, oldest, criteria, first_for, is_free, left, *what_was = row
        assured, finished, completed, is_near, has_agreement = what_was
        conditions, fits = self._conditions(youngest, oldest, criteria)
        first, goes_first = self._first_for(first_for)
        is_spoken = self._speaks(languages)
        checked_on = assured or date.min
        order = (
            not has_agreement,
            fits,
            not goes_first,
            not is_spoken,
            left == 0,
            not is_near,
            self._kinds[kind],
            checked_on < self._fresh_from,
            -completed / finished if finished >= ENOUGH_TO_TELL else 0.0,
            not is_free,
            -checked_on.toordinal(),
            name,
            id_,
        )
        return _Ranked(order, id_, (conditions, first, is_spoken, bool(is_near), bool(has_agreement)))

    def _judge_conditions(
        self, youngest: int | None, oldest: int | None, criteria: str
    ) -> tuple[tuple[Judged, ...], int]:
        conditions = (*judge_age(self._wanted.person, youngest, oldest), *self._of(criteria))
        return conditions, _RANK[worst(conditions)]

    def _judge_first_for(self, criteria: str) -> tuple[tuple[Judged, ...], bool]:
        first_for = self._of(criteria)
        return first_for, any(each.found is Found.MET for each in first_for)

    def _of(self, criteria: str) -> tuple[Judged, ...]:
        return tuple(self._criteria[code] for code in criteria.split())


def _places(service: Service) -> Message | None:
    if service.places_left is None or service.places_at is None:
        return None
    left = _n("{count} place left on {day}.", "{count} places left on {day}.")
    return left.of(count=service.places_left, day=service.places_at.date())


def _results(service: Service) -> Message | None:
    if service.finished < ENOUGH_TO_TELL:
        return None
    ended = _("Of {all} referrals that ended there, {done} were completed.")
    return ended.of(all=service.finished, done=service.completed)


def _base(language: str) -> str:
    return language.replace("-", "_").partition("_")[0]
