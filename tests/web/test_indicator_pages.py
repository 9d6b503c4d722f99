"""Indicators on pages and at the API: what releases say and nothing else; structural facts by two people."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select
from web_browser import Browsers, email_of

from access.actor import Actor
from access.models import StaffMember
from access.rules import Role
from cases.fact_models import Fact
from cases.fact_rules import Thing
from foundation import clock
from foundation.database import Database
from foundation.errors import Conflict, Invalid, NotAllowed
from monitoring.models import ReleaseFile, StructuralFact
from monitoring.publication import INDICATORS
from monitoring.structural import Entry, confirm, enter, in_force, rate_of, withdraw
from tests.monitoring.releasing import QUARTER, fact, release

TYPED = {"indicator": "21i-S1", "year": "2025", "figure": "7", "total": "12", "source": "Register 4 of 2025"}


async def monitor_of(database: Database, email: str = email_of(Role.MONITOR)) -> Actor:
    async with database.reading() as session:
        found = await session.scalars(select(StaffMember).where(StaffMember.email == email))
        staff = found.one()
    return Actor(staff.id, staff.role, staff.organisation_id, staff.team)


@pytest.fixture
async def released(database: Database, second_monitor: str) -> None:
    """A release of 120 complaints, 90 of them answered in time: 75 percent."""
    monitor, second = await monitor_of(database), await monitor_of(database, second_monitor)
    async with database.transaction() as session:
        session.add_all(
            fact(Thing.COMPLAINT, QUARTER, kind=kind, outcome=outcome, detail="closed")
            for kind in ("staff", "service")
            for outcome, number in (("in_time", 45), ("late", 15))
            for _each in range(number)
        )
        with clock.moved_to(datetime(2025, 5, 1, tzinfo=UTC)):
            await release(session, QUARTER, monitor, second)


async def test_without_a_release_the_list_says_so_and_what_is_ours(app: FastAPI, browsers: Browsers) -> None:
    page = (await (await browsers.signed_in(Role.MONITOR)).get("/monitoring/indicators")).text
    assert "Nothing has been published yet." in page
    assert page.count("Official, SDG") == 5
    assert page.count("Candidate, ours") == 65
    assert "Not available" in page


async def test_an_indicator_says_what_the_release_says_and_how_it_is_made(
    browsers: Browsers, released: None, database: Database
) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    assert "75.0 %" in (await browser.get("/monitoring/indicators")).text
    page = (await browser.get("/monitoring/indicators/21f-P7b")).text
    for told in ("75.0 %", ">90<", ">120<", "<svg", "Answered within 20 working days: In time.", "Version of the"):
        assert told in page, told
    async with database.transaction() as session:
        await session.execute(delete(Fact))
    assert (await browser.get("/monitoring/indicators/21f-P7b")).text.count("75.0 %") == page.count("75.0 %")
    assert (await browser.get("/monitoring/indicators/21z-P9")).status_code == 404
    assert "does not ask about pressure" in (await browser.get("/monitoring/indicators/21b-O1")).text


async def test_a_release_holds_every_definition_and_what_it_says(released: None, database: Database) -> None:
    async with database.reading() as session:
        content = await session.scalar(select(ReleaseFile.content).where(ReleaseFile.name == INDICATORS))
    assert content is not None
    stored = json.loads(content)["indicators"]
    assert len(stored) == 70
    told = next(each for each in stored if each["definition"]["id"] == "21f-P7b")
    assert told["definition"]["version"] == told["told"]["version"] == "1"
    assert (told["told"]["figure"]["numerator"], told["told"]["figure"]["rate"]) == (90, "75.0")
    assert all(each["told"] is None for each in stored if each["definition"]["value"]["by"] != "counting")


async def test_what_is_refused_comes_back_as_it_was_typed(app: FastAPI, browsers: Browsers) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    answer = await browser.send("/monitoring/structural", TYPED | {"total": "3", "note": "Read on paper."})
    assert answer.status_code == 422
    for typed in ('value="7"', 'value="3"', "Register 4 of 2025", "Read on paper.", "no smaller than the figure"):
        assert typed in answer.text


async def test_a_fact_counts_once_another_person_has_confirmed_it(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    assert (await browser.send("/monitoring/structural", TYPED)).status_code == 303
    async with database.reading() as session:
        entered = (await session.scalars(select(StructuralFact))).one()
    own = await browser.send(f"/monitoring/structural/{entered.id}/confirm")
    assert (own.status_code, "Someone else must confirm this." in own.text) == (409, True)
    assert "Register 4" not in (await browser.get("/monitoring/indicators/21i-S1")).text
    monitor = await monitor_of(database)
    async with database.transaction() as session:
        other = await session.scalar(select(StaffMember.id).where(StaffMember.email == email_of(Role.SUPERVISOR)))
        assert other is not None
        colleague = Actor(other, Role.MONITOR, monitor.organisation_id, None)
        await confirm(session, entered.id, actor=colleague)
        with pytest.raises(Conflict):
            await confirm(session, entered.id, actor=colleague)
    page = (await browser.get("/monitoring/indicators/21i-S1")).text
    assert "58.3 % (7 of 12)" in page
    assert "Register 4 of 2025" in page
    assert (await browser.send(f"/monitoring/structural/{entered.id}/withdraw")).status_code == 303
    assert "Register 4" not in (await browser.get("/monitoring/indicators/21i-S1")).text
    assert "Taken back" in (await browser.get("/monitoring/structural")).text


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"indicator": "21h-P1"}, "entered"),
        ({"indicator": "nothing"}, "entered"),
        ({"year": "1066"}, "Year"),
        ({"year": "soon"}, "Year"),
        ({"figure": "many"}, "number"),
        ({"figure": "-1"}, "number"),
        ({"figure": "NaN"}, "number"),
        ({"figure": "2.5"}, "whole"),
        ({"total": ""}, "number"),
        ({"total": "0", "figure": "0"}, "Out of"),
        ({"source": " "}, "Source"),
        ({"address": "http://example.org"}, "https"),
        ({"indicator": "21f-S1", "total": ""}, "highest"),
        ({"indicator": "21b-S1", "figure": "1"}, "share"),
    ],
)
async def test_what_does_not_fit_the_indicator_is_refused_in_words(
    app: FastAPI, database: Database, changes: dict[str, str], word: str
) -> None:
    entry = Entry(**{"address": "", "note": "", **TYPED, **changes})
    async with database.transaction() as session:
        with pytest.raises(Invalid, match=word):
            await enter(session, entry, actor=await monitor_of(database))
        assert (await session.scalars(select(StructuralFact))).all() == []


async def test_only_monitors_enter_and_a_share_of_few_has_no_rate(app: FastAPI, database: Database) -> None:
    monitor = await monitor_of(database)
    few: dict[str, Any] = {"address": "https://example.org/law", "note": "", **TYPED, "figure": "٣", "total": "4"}
    async with database.transaction() as session:
        with pytest.raises(NotAllowed):
            await enter(session, Entry(**few), actor=Actor(monitor.id, Role.SUPERVISOR, monitor.organisation_id))
        entered = await enter(session, Entry(**few), actor=monitor)
        await session.flush()
        assert (int(entered.figure), rate_of(entered)) == (3, None)
        assert await in_force(session, actor=monitor) == {}
        await withdraw(session, entered.id, actor=monitor)
        with pytest.raises(Conflict):
            await withdraw(session, entered.id, actor=monitor)
