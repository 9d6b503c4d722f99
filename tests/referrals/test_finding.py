"""Finding services: open when the directory says so and never by guess, in an order that can be foretold."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from referral_scene import EXAMPLE
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from access.models import Organisation, OrganisationKind
from foundation import clock
from foundation.language import PDI, isolate
from referrals.directory import import_directory, read_directory
from referrals.finding import Wish, distance_km, find_services, town_named, towns, towns_of
from referrals.hsds import Schedule
from referrals.models import Service, reach_of
from referrals.opening import Opening, State, opening
from referrals.rules import ServiceKind
from referrals.telling import areas_of, lines, opening_text

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""10:00 in Tunis, 9:00 in Banjul."""
ID = UUID(int=1)
TUNIS, SOUSSE, SFAX = (36.8065, 10.1815), (35.8256, 10.6370), (34.7406, 10.7603)


def weekly(byday: str | None, opens: str | None = "08:30", closes: str | None = "16:30", **more: Any) -> Schedule:
    hours = {"opens_at": time.fromisoformat(opens) if opens else None}
    hours["closes_at"] = time.fromisoformat(closes) if closes else None
    return Schedule(id=ID, **({"freq": "WEEKLY", "byday": byday} | hours | more))


def state_at(moment: datetime, *schedules: Schedule, country: str = "TN") -> tuple[State, str]:
    found = opening(schedules, country, moment)
    return found.state, found.at.strftime("%a %H:%M") if found.at else ""


WORKDAYS = weekly("MO,TU,WE,TH,FR")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (MONDAY, (State.OPEN, "Mon 16:30")),
        (MONDAY.replace(hour=7, minute=29), (State.LATER, "Mon 08:30")),
        (MONDAY.replace(hour=7, minute=30), (State.OPEN, "Mon 16:30")),
        (MONDAY.replace(hour=15, minute=30), (State.LATER, "Tue 08:30")),
        (MONDAY + timedelta(days=4, hours=8), (State.LATER, "Mon 08:30")),
    ],
)
def test_weekdays_are_read_in_the_country_s_own_time(moment: datetime, expected: tuple[State, str]) -> None:
    assert state_at(moment, WORKDAYS) == expected


def test_the_same_hours_are_another_hour_in_another_country() -> None:
    moment = MONDAY.replace(hour=7, minute=45)
    assert state_at(moment, WORKDAYS)[0] is State.OPEN
    assert state_at(moment, WORKDAYS, country="GM")[0] is State.LATER


def test_a_night_that_began_yesterday_still_counts() -> None:
    night = weekly("SU", "20:00", "06:00")
    assert state_at(datetime(2026, 3, 2, 4, 30, tzinfo=UTC), night) == (State.OPEN, "Mon 06:00")
    assert state_at(datetime(2026, 3, 2, 5, 0, tzinfo=UTC), night)[0] is State.LATER


def test_day_and_night_has_no_gap_at_midnight() -> None:
    always = weekly("MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59")
    for hour in range(24):
        assert opening([always], "TN", MONDAY.replace(hour=hour, minute=59, second=30)) == Opening(State.OPEN)


def test_a_time_without_hours_puts_its_own_days_in_doubt_and_no_others() -> None:
    closed = Schedule(id=ID, valid_from=date(2026, 3, 3), valid_to=date(2026, 3, 4), description="Holidays")
    assert state_at(MONDAY, WORKDAYS, closed)[0] is State.OPEN
    assert state_at(MONDAY + timedelta(hours=8), WORKDAYS, closed) == (State.LATER, "Thu 08:30")
    assert state_at(MONDAY + timedelta(days=1), WORKDAYS, closed)[0] is State.UNKNOWN
    assert state_at(MONDAY + timedelta(days=3), WORKDAYS, closed)[0] is State.OPEN
    assert state_at(MONDAY, closed)[0] is State.UNKNOWN


def test_two_times_of_day_are_two_openings() -> None:
    both = (weekly("MO", "08:00", "10:30"), weekly("MO", "14:00", "18:00"))
    assert state_at(MONDAY, *both) == (State.OPEN, "Mon 10:30")
    assert state_at(MONDAY.replace(hour=10), *both) == (State.LATER, "Mon 14:00")


@pytest.mark.parametrize(
    ("schedule", "open_on"),
    [
        (weekly("1MO", freq="MONTHLY"), {2}),
        (weekly("-1MO", freq="MONTHLY"), {30}),
        (weekly("MO", freq="MONTHLY"), {2, 9, 16, 23, 30}),
        (weekly(None, freq="MONTHLY", bymonthday="1, 15,-1"), {1, 15, 31}),
        (weekly("MO", interval=2.0, dtstart=date(2026, 3, 2)), {2, 16, 30}),
        (weekly("MO", valid_from=date(2026, 3, 9), valid_to=date(2026, 3, 16)), {9, 16}),
        (weekly("MO", freq=None), {2, 9, 16, 23, 30}),
    ],
)
def test_the_days_of_a_month_on_which_it_opens(schedule: Schedule, open_on: set[int]) -> None:
    noons = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in range(1, 32))
    assert {noon.day for noon in noons if opening([schedule], "TN", noon).state is State.OPEN} == open_on


@pytest.mark.parametrize(
    "schedule",
    [
        weekly("MO", None, None),
        weekly("MO", "08:00", None),
        weekly(None),
        weekly("1MO"),
        weekly("someday"),
        weekly("MO", count=3.0),
        weekly("MO", interval=2.0),
        weekly(None, freq="MONTHLY"),
        weekly(None, freq="MONTHLY", bymonthday="first"),
        weekly("MO", valid_to=date(2025, 12, 31)),
    ],
)
def test_what_the_directory_does_not_say_is_unknown_and_never_open(schedule: Schedule) -> None:
    for hours in range(0, 24 * 7, 5):
        assert opening([schedule], "TN", MONDAY + timedelta(hours=hours)).state is State.UNKNOWN
    assert opening([], "TN", MONDAY).state is State.UNKNOWN
    assert state_at(MONDAY, schedule, WORKDAYS) == (State.OPEN, "Mon 16:30")
    assert state_at(MONDAY.replace(hour=20), schedule, WORKDAYS)[0] is State.UNKNOWN


def test_a_country_of_several_zones_needs_the_schedule_s_own() -> None:
    assert opening([WORKDAYS], "US", MONDAY).state is State.UNKNOWN
    assert state_at(MONDAY, weekly("MO", timezone=2.0), country="US") == (State.OPEN, "Mon 16:30")


async def add(session: AsyncSession, name: str, **more: Any) -> Service:
    hsds = more.pop("hsds", {})
    organisation = await session.scalar(select(Organisation).where(Organisation.name == "Partner"))
    if organisation is None:
        organisation = Organisation(id=uuid4(), name="Partner", kind=OrganisationKind.PARTNER)
        session.add(organisation)
        await session.flush()
    fields: dict[str, Any] = {
        "description": "",
        "kind": ServiceKind.HEALTH,
        "status": "active",
        "languages": ["ar"],
        "areas": ["TN"],
    }
    service = Service(id=uuid4(), organisation_id=organisation.id, name=name, hsds=hsds, **(fields | more))
    session.add_all([service, *reach_of(service)])
    await session.flush()
    return service


def at(position: tuple[float, float] | None, byday: str | None = None) -> dict[str, Any]:
    """A record with one place and, if said, its days."""
    location: dict[str, Any] = {"id": str(uuid4()), "location_type": "physical", "name": "Here"}
    if position:
        location |= {"latitude": position[0], "longitude": position[1]}
    hours = {"id": str(uuid4()), "freq": "WEEKLY", "byday": byday, "opens_at": "08:00", "closes_at": "18:00"}
    one = {"id": str(uuid4()), "location": location, "schedules": [hours] if byday else []}
    return {"service_at_locations": [one]}


async def names(session: AsyncSession, moment: datetime = MONDAY, **wish: Any) -> list[str]:
    found = await find_services(session, Wish(**({"country": "TN"} | wish)), moment=moment)
    return [each.service.name for each in found]


async def test_open_ones_come_first_then_the_language_then_the_nearest_then_the_name(session: AsyncSession) -> None:
    await add(session, "closed near", hsds=at(TUNIS, "TU"))
    await add(session, "open far", hsds=at(SFAX, "MO"))
    await add(session, "open near", hsds=at(SOUSSE, "MO"))
    await add(session, "open in English", hsds=at(SFAX, "MO"), languages=["en"])
    await add(session, "b unknown")
    await add(session, "a unknown")
    order = ["open in English", "open near", "open far", "closed near", "a unknown", "b unknown"]
    assert await names(session, position=TUNIS, language="en") == order
    assert await names(session, position=TUNIS, language="en", only_open=True) == order[:3]
    assert await names(session, language="en", only_language=True) == ["open in English"]
    assert await names(session, language="en", only_language=True, only_open=True, moment=MONDAY.replace(hour=20)) == []


async def test_kind_area_and_status_are_kept_apart(session: AsyncSession) -> None:
    await add(session, "capital", areas=["TN:greater_tunis"])
    await add(session, "everywhere")
    await add(session, "south", areas=["TN:south_east"])
    await add(session, "abroad", areas=["GM"])
    await add(session, "gone", status="inactive")
    await add(session, "jobs", kind=ServiceKind.JOBS)
    assert await names(session, area="TN:greater_tunis", kind=ServiceKind.HEALTH) == ["capital", "everywhere"]
    assert await names(session, kind=ServiceKind.HEALTH) == ["capital", "everywhere", "south"]
    assert await names(session, country="GM") == ["abroad"]


async def test_a_service_at_two_places_is_told_at_the_one_that_is_open_or_nearer(session: AsyncSession) -> None:
    places = at(TUNIS, "TU")["service_at_locations"] + at(SFAX, "MO")["service_at_locations"]
    await add(session, "two places", hsds={"service_at_locations": places})
    (found,) = await find_services(session, Wish("TN", position=TUNIS), moment=MONDAY)
    assert (found.opening.state, round(found.km or 0)) == (State.OPEN, 236)
    (found,) = await find_services(session, Wish("TN", position=TUNIS), moment=MONDAY + timedelta(days=2))
    assert round(found.km or 0) == 0


def test_distances_are_those_of_a_map() -> None:
    assert distance_km(TUNIS, TUNIS) == 0
    assert distance_km(TUNIS, SFAX) == pytest.approx(235, abs=3)
    assert distance_km((13.4549, -16.5790), (13.3099, -14.2137)) == pytest.approx(256, abs=3)


@pytest.mark.parametrize(
    ("written", "town"),
    [
        ("Sousse", "sousse"), ("sfax ", "sfax"), ("MEDENINE", "medenine"), ("Kairuan", "kairouan"),
        ("القيروان", "kairouan"), ("صفاقس", "sfax"), ("L’Ariana", "ariana"), ("Djerba", "houmt_souk"),
    ],
)  # fmt: skip
def test_a_town_is_understood_as_people_write_it(written: str, town: str) -> None:
    found = town_named("TN", written)
    assert found is not None
    assert found.code == town


@pytest.mark.parametrize("written", ["", "x", "Atlantis", "Banjul", "I am hiding", "🏠" * 500])
def test_what_is_no_town_of_the_country_is_none(written: str) -> None:
    assert town_named("TN", written) is None


def test_every_town_has_a_code_of_its_own_and_lies_in_its_country() -> None:
    assert len({town.code for town in towns()}) == len(towns()) > 40
    for town in towns_of("TN"):
        assert 30 < town.latitude < 38
        assert 7 < town.longitude < 12
    for town in towns_of("GM"):
        assert 13 < town.latitude < 14
        assert -17 < town.longitude < -13.7


async def test_the_example_directory_is_told_whole(session: AsyncSession) -> None:
    await import_directory(session, read_directory(EXAMPLE.read_bytes()), actor=SYSTEM)
    for country, town in (("TN", "Tunis"), ("GM", "Brikama")):
        place = town_named(country, town)
        assert place is not None
        found = await find_services(session, Wish(country, position=place.position), moment=MONDAY)
        assert len(found) > 20
        assert {each.opening.state for each in found} == {State.OPEN, State.LATER}
        nearest = [each for each in found if each.km is not None and each.km < 3]
        assert nearest
        for each in found:
            assert each.phones
            told = [line.sign for line in lines("en", each) if line.sign != "🏦"]
            assert told[:4] == ["🕒", "📍", "🗣", "💰"]
        assert any("🏦" in {line.sign for line in lines("en", each)} for each in found)
    assert len(areas_of("TN")) == 7
    assert len(areas_of("GM")) == 8


async def test_what_is_unknown_is_told_as_unknown(session: AsyncSession) -> None:
    await add(session, "little known", languages=[])
    (found,) = await find_services(session, Wish("TN"), moment=MONDAY)
    told = "\n".join(line.text for line in lines("en", found))
    assert told.count("We do not know") == 3
    assert "Open now" not in told


def test_the_times_are_said_in_words() -> None:
    local = MONDAY.astimezone()
    with clock.moved_to(MONDAY):
        assert opening_text("en", Opening(State.LATER, local + timedelta(days=1))).startswith(
            "Closed now. Opens tomorrow"
        )
        assert "Monday 9 March" in opening_text("en", Opening(State.LATER, local + timedelta(days=7)))
        assert opening_text("en", Opening(State.OPEN)) == "Open now, day and night"
        arabic = opening_text("ar", Opening(State.OPEN, MONDAY.replace(hour=16, minute=30)))
    assert isolate("16:30") in arabic
    assert arabic.count(PDI) == 1
