"""Finding services in the chat: country, place, kind; a place that is shared is used once and kept nowhere."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from bot_records import only, rows
from phone import CHAT_ID, Phone
from test_bot_privacy import stored_bytes

from access.actor import SYSTEM
from bot.incoming import Did, Incoming
from bot.menu import MENU, SERVICES
from bot.models import Chat
from bot.place import Standing
from bot.replies import LONGEST_DATA
from bot.services import (
    ALSO_CLOSED,
    MORE_SERVICES,
    NEAR_ME,
    ONLY_MY_LANGUAGE,
    ONLY_OPEN,
    OTHER_SERVICES,
    WHOLE_COUNTRY,
)
from bot.turns import take_turn
from cases.models import Case
from foundation.database import Database
from foundation.language import Message
from foundation.outbox import OutboxRow
from homeward.demo.seed import DIRECTORY
from referrals.directory import import_directory, read_directory
from referrals.finding import town_of, towns
from referrals.rules import ServiceKind
from referrals.telling import areas_of

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SERREKUNDA = (13.4383, -16.6781)


@pytest.fixture
async def directory(database: Database) -> list[dict[str, Any]]:
    async with database.transaction() as session:
        await import_directory(session, read_directory(DIRECTORY.read_bytes()), actor=SYSTEM)
    found: list[dict[str, Any]] = json.loads(DIRECTORY.read_text("utf-8"))
    return found


@pytest.fixture
async def crowded(database: Database) -> list[str]:
    """Each training of The Gambia in three towns more; the names of all."""
    entries = json.loads(DIRECTORY.read_text("utf-8"))
    ours = [each for each in entries if is_kind(each, "training", "GM")]
    for each in ours:
        for town in ("banjul", "farafenni", "basse"):
            copy = with_own_ids(each) | {"name": f"{each['name']} ({town})"}
            place = town_of("GM", town)
            assert place is not None
            copy["service_at_locations"][0]["location"] |= {"latitude": place.latitude, "longitude": place.longitude}
            entries.append(copy)
    async with database.transaction() as session:
        await import_directory(session, read_directory(json.dumps(entries).encode()), actor=SYSTEM)
    return sorted(each["name"] for each in entries if is_kind(each, "training", "GM"))


def with_own_ids(record: Any) -> Any:
    """A copy of a service with all that is its own; organisations and terms are those of others too."""
    if isinstance(record, list):
        return [with_own_ids(each) for each in record]
    if not isinstance(record, dict):
        return record
    shared = {name: record[name] for name in ("organization", "taxonomy_term") if name in record}
    return {name: with_own_ids(value) for name, value in record.items()} | {"id": str(uuid4())} | deepcopy(shared)


async def meet(phone: Phone) -> None:
    phone.fixed = MONDAY
    await phone.write("/start")
    await phone.tap("English")
    await phone.tap(SERVICES)


def titles(text: str) -> list[str]:
    return [line.removeprefix("▪️ ") for line in text.split("\n") if line.startswith("▪️")]


async def test_country_area_kind_and_then_what_one_needs_to_know(phone: Phone, directory: object) -> None:
    await meet(phone)
    await phone.tap(Message("Tunisia"))
    await phone.tap(Message("Greater Tunis"))
    (said,) = await phone.tap(Message("Jobs"))
    assert titles(said.text)
    for word in ("🕒 ", "📍 ", "🗣 They speak: ", "💰 Costs", "📞 \u2066+216"):
        assert word in said.text
    assert len(titles(said.text)) <= 3


async def test_pages_of_three_show_every_service_once(phone: Phone, crowded: list[str]) -> None:
    await meet(phone)
    await phone.tap(Message("The Gambia"))
    await phone.tap(WHOLE_COUNTRY)
    (said,) = await phone.tap(Message("Training"))
    seen = titles(said.text)
    while any(MORE_SERVICES.text == text for row in said.buttons for text, _data in row):
        (said,) = await phone.tap(MORE_SERVICES)
        assert 0 < len(titles(said.text)) <= 3
        seen += titles(said.text)
    assert sorted(seen) == crowded
    assert len(seen) == 12


def is_kind(service: dict[str, Any], kind: str, country: str) -> bool:
    kinds = {each["taxonomy_term"]["code"] for each in service["attributes"]}
    return kind in kinds and any(area["extent"].startswith(country) for area in service["service_areas"])


async def test_only_open_ones_and_only_my_language_can_be_asked_for(phone: Phone, directory: object) -> None:
    await meet(phone)
    phone.fixed = MONDAY.replace(hour=22)
    await phone.tap(Message("Tunisia"))
    await phone.tap(WHOLE_COUNTRY)
    (said,) = await phone.tap(Message("Jobs"))
    assert "Closed now. Opens" in said.text
    (said,) = await phone.tap(ONLY_OPEN)
    assert "We know of no such service" in said.text
    (said,) = await phone.tap(ALSO_CLOSED)
    assert titles(said.text)
    (said,) = await phone.tap(ONLY_MY_LANGUAGE)
    for service in said.text.split("\n\n"):
        assert "▪️" not in service or "English" in service


async def test_a_town_that_is_written_sorts_by_distance(phone: Phone, database: Database, directory: object) -> None:
    await meet(phone)
    await phone.tap(Message("The Gambia"))
    await phone.tap(NEAR_ME)
    (said,) = await phone.tap(Message("Training"))
    assert "do not keep it" in said.text
    (said,) = await phone.write("brikama")
    assert "km away" in said.text
    assert (await only(database, Chat)).place.get("search") is None


async def test_an_unknown_town_is_told_and_asked_for_again(phone: Phone, directory: object) -> None:
    await meet(phone)
    await phone.tap(Message("The Gambia"))
    await phone.tap(NEAR_ME)
    await phone.tap(Message("Training"))
    (said,) = await phone.write("Atlantis")
    assert "do not know this place" in said.text
    assert "km away" in (await phone.write("Basse"))[0].text


async def test_a_shared_place_sorts_by_distance_and_is_kept_nowhere(
    phone: Phone, database: Database, directory: object
) -> None:
    await meet(phone)
    await phone.tap(Message("The Gambia"))
    await phone.tap(NEAR_ME)
    await phone.tap(Message("Training"))
    place = {"latitude": 13.437913, "longitude": -16.678217}
    said = await phone.send("place", location=place)
    told = "\n\n".join(each.text for each in said)
    assert 0 < len(titles(told)) <= 9
    carried = [data for each in phone.network.sent for row in each.buttons for _text, data in row]
    found = await stored_bytes(database)
    for digits in ("13.4379", "16.6782", "13.43", "437913", "678217"):
        assert not [data for data in carried if digits in data]
        assert digits not in told
    for digits in (b"437913", b"678217", b"13.437913"):
        assert digits not in found
    assert all(row.body is None for row in await rows(database, OutboxRow))
    assert await rows(database, Case) == []
    assert (await only(database, Chat)).place["standing"] == Standing.MENU


async def test_the_nearest_of_equally_open_services_comes_first(
    phone: Phone, database: Database, crowded: list[str]
) -> None:
    await meet(phone)
    await phone.tap(Message("The Gambia"))
    await phone.tap(NEAR_ME)
    await phone.tap(Message("Training"))
    incoming = Incoming(
        bot_id=1, update_id=99_999_999, chat_id=CHAT_ID, did=Did.SENT_PLACE, message_id=5000, position=SERREKUNDA
    )
    async with database.transaction() as session:
        outgoing = await take_turn(session, incoming, phone.receiver.desk)
    told = "\n\n".join(each.body["text"] for each in outgoing)
    groups: dict[tuple[bool, bool], list[int]] = {}
    for service in told.split("\n\n"):
        if "km away" in service:
            far = 0 if "Less than" in service else int(service.partition("About ")[2].partition(" km")[0])
            groups.setdefault(("Open now" in service, "English" in service), []).append(far)
    assert sum(len(group) for group in groups.values()) == 9
    assert all(group == sorted(group) for group in groups.values())


async def test_nothing_found_says_so_and_leads_on(phone: Phone) -> None:
    await meet(phone)
    await phone.tap(Message("Tunisia"))
    await phone.tap(WHOLE_COUNTRY)
    (said,) = await phone.tap(Message("Training"))
    assert "We know of no such service" in said.text
    await phone.tap(OTHER_SERVICES)
    await phone.tap(MENU)


async def test_a_service_without_hours_is_told_as_unknown(phone: Phone, database: Database, directory: object) -> None:
    await meet(phone)
    async with database.transaction() as session:
        entries = json.loads(DIRECTORY.read_text("utf-8"))
        for each in entries:
            each["service_at_locations"][0]["schedules"] = []
        await import_directory(session, read_directory(json.dumps(entries).encode()), actor=SYSTEM)
    await phone.tap(Message("Tunisia"))
    await phone.tap(WHOLE_COUNTRY)
    (said,) = await phone.tap(Message("Jobs"))
    assert "do not know the opening hours" in said.text
    assert "Open now" not in said.text


def test_every_button_that_can_be_made_fits() -> None:
    for country in ("GM", "TN"):
        places = [code.partition(":")[2] for code in areas_of(country)]
        places += [f"~{town.code}" for town in towns() if town.country == country]
        for place in places:
            for kind in ServiceKind:
                assert len(f"m.find:{country}:{place}:{kind}:lo:99".encode()) <= LONGEST_DATA


@pytest.mark.parametrize(
    "data",
    [
        "m.find:TN:any:weapons:-:0", "m.find:XX:any:jobs:-:0", "m.find:TN:nowhere:jobs:-:0",
        "m.find:TN:~nowhere:jobs:-:0",
        "m.find:TN:any:jobs:-:x", "m.find:TN:any:jobs:zzz:99", "m.find:TN:~banjul:jobs:-:0", "m.kinds:TN:x:9",
        "m.services:TN:-1", "m.find:TN:any:jobs:-:²",
    ],
)  # fmt: skip
async def test_garbled_data_is_answered(phone: Phone, data: str) -> None:
    await meet(phone)
    assert (await phone.tap_data(data))[0].buttons
