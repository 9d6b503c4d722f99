"""One service whole, in words, for the page that anyone may read and for whoever keeps the directory.

What the directory does not say is told as unknown, and a place that is for staff only is in nothing that this is made
from; see `referrals.visibility`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import get_day_names

from cases.hours import hours_of
from foundation import clock
from foundation.language import Message, _, listed, say, say_day
from referrals.eligibility import CONDITIONS, Criterion
from referrals.finding import Found, Position, Wish, address_of, found_of, parts
from referrals.freshness import is_stale
from referrals.hsds import Contact, Location, Schedule, ServiceAtLocation
from referrals.models import Service
from referrals.opening import DAYS, days_named, opening
from referrals.telling import cost_text, for_whom_text, languages_text, offers_text, opening_text, time_range


@dataclass(frozen=True, slots=True)
class Place:
    """One place where the service is given."""

    name: str
    address: str
    position: Position | None
    directions: str
    opening: str
    hours: list[str]
    phones: list[str]
    access: list[str]
    """For people who find stairs or doors hard."""


@dataclass(frozen=True, slots=True)
class Described:
    found: Found
    offers: str
    """Of a financial service."""
    cost: str
    for_whom: str
    conditions: list[Message]
    """What must be met."""
    first_for: list[Message]
    languages: str
    interpreters: str
    apply: str
    wait: str
    alert: str
    places: list[Place]
    contacts: list[Contact]
    email: str
    web: str
    checked_on: date | None
    is_stale: bool
    is_holiday: bool
    """Today, in the country: hours may be others."""

    @property
    def service(self) -> Service:
        return self.found.service


def describe(service: Service, language: str, moment: datetime) -> Described:
    """Its organisation must have been read."""
    country = country_of(service)
    found = found_of(service, Wish(country, language=language), moment)
    hsds = service.hsds
    holder = hsds.get("organization") or {}
    return Described(
        found=found,
        offers=offers_text(language, service),
        cost=cost_text(language, found),
        for_whom=for_whom_text(language, service),
        conditions=[CONDITIONS[Criterion(code)].name for code in service.criteria.split()],
        first_for=[CONDITIONS[Criterion(code)].name for code in service.first_for.split()],
        languages=languages_text(language, found),
        interpreters=str(hsds.get("interpretation_services") or ""),
        apply=str(hsds.get("application_process") or ""),
        wait=str(hsds.get("wait_time") or ""),
        alert=str(hsds.get("alert") or ""),
        places=_places(service, language, country, moment),
        contacts=parts(Contact, hsds, "contacts"),
        email=str(hsds.get("email") or holder.get("email") or ""),
        web=str(hsds.get("url") or holder.get("website") or ""),
        checked_on=service.assured_date,
        is_stale=is_stale(service.assured_date, moment.date()),
        is_holiday=_is_holiday(country, moment),
    )


def country_of(service: Service) -> str:
    """Whose time zone its hours are told in: the first that it is offered in."""
    return service.areas[0].partition(":")[0] if service.areas else ""


def hours_text(language: str, schedules: Sequence[Schedule]) -> list[str]:
    """The week, a line each; what has ended is left out, and so is what cannot be read and says nothing in words."""
    today = clock.today()
    lines = (_hours(language, each) for each in schedules if (each.valid_to or each.until or today) >= today)
    return list(dict.fromkeys(line for line in lines if line))


def _places(service: Service, language: str, country: str, moment: datetime) -> list[Place]:
    general = parts(Schedule, service.hsds, "schedules")
    found = [
        _place(each.location, [*each.schedules, *each.location.schedules] or general, language, country, moment)
        for each in parts(ServiceAtLocation, service.hsds, "service_at_locations")
        if each.location is not None
    ]
    return found or [
        Place("", "", None, "", opening_text(language, opening(general, country, moment)), hours, [], [])
        for hours in [hours_text(language, general)]
        if service.is_public
    ]


def _place(location: Location, schedules: Sequence[Schedule], language: str, country: str, moment: datetime) -> Place:
    is_there = location.location_type == "physical" and location.latitude is not None and location.longitude is not None
    access = [" ".join(part for part in (each.description, each.details) if part) for each in location.accessibility]
    return Place(
        name=location.name or "",
        address=address_of(location),
        position=(location.latitude or 0.0, location.longitude or 0.0) if is_there else None,
        directions=location.transportation or "",
        opening=opening_text(language, opening(schedules, country, moment)),
        hours=hours_text(language, schedules),
        phones=[each.number for each in location.phones],
        access=[each for each in access if each],
    )


def _hours(language: str, schedule: Schedule) -> str:
    told = [_when(language, schedule), schedule.description or "", schedule.notes or ""]
    return " · ".join(each for each in dict.fromkeys(told) if each)


def _when(language: str, schedule: Schedule) -> str:
    days = _days(language, schedule)
    first, last = schedule.valid_from, schedule.valid_to
    span = ""
    if first and last:
        # Translators: two days, such as the first and the last of a summer
        span = say(language, _("{first} to {last}"), first=say_day(language, first), last=say_day(language, last))
    if schedule.opens_at is None or schedule.closes_at is None:
        return " ".join(part for part in (span, days) if part) if span else ""
    hours = time_range(language, schedule.opens_at, schedule.closes_at)
    when = f"{days}: {hours}" if days else hours
    return f"{span}: {when}" if span else when


def _days(language: str, schedule: Schedule) -> str:
    """Days of every week; a run of them as its first and last. Anything else is told by the schedule's own words."""
    if schedule.freq not in (None, "WEEKLY") or (schedule.interval or 1) != 1:
        return ""
    named = days_named(schedule.byday)
    places = sorted(DAYS.index(day) for ordinal, day in named if not ordinal)
    names = get_day_names("wide", locale=language)
    if not places:
        return ""
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):  # noqa: PLR2004  # two days are no run
        # Translators: two days of the week, such as Monday and Friday
        return say(language, _("{first} to {last}"), first=names[places[0]], last=names[places[-1]])
    return listed(language, (names[place] for place in places))


def _is_holiday(country: str, moment: datetime) -> bool:
    hours = hours_of(country)
    today = moment.astimezone(hours.zone).date().isoformat()
    return bool({today, today[5:]} & hours.closed)
