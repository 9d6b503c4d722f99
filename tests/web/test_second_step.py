"""Signing in where a second factor is required: nothing opens before it, and nothing but its own pages."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from test_security import protected
from web_browser import ORIGIN, PASSWORD, Browser, Browsers, email_of

from access.models import StaffSession
from access.rules import NEEDS_SECOND_FACTOR, Role
from access.sessions import FRESH, HALF_WAY
from access.staff import reset_password
from access.throttling import MOST_FAILURES
from foundation import clock
from foundation.database import Database
from foundation.settings import Settings
from web.app import connect
from web.guard import SESSION_COOKIE

BEGUN = datetime(2026, 3, 1, 8, tzinfo=UTC)
WORKER = email_of(Role.CASEWORKER)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"


@pytest.fixture
async def strict(app: FastAPI, database: Database) -> AsyncIterator[Browsers]:
    """The same application as it is deployed."""
    connect(app, database, Settings(_env_file=None, public_url=ORIGIN))
    async with AsyncExitStack() as stack:
        yield Browsers(app, stack)


async def half_way(strict: Browsers, email: str = WORKER, address: str = "192.0.2.1") -> Browser:
    browser = await strict.stranger(address)
    assert (await browser.sign_in(email)).status_code == 303
    return browser


async def set_up_app(browser: Browser) -> tuple[str, list[str]]:
    """The secret, and the recovery codes as they were told."""
    page = (await browser.send("/account/second-step/app")).text
    secret = re.search(r"[?&]secret=([A-Z2-7]+)", page)
    assert secret is not None
    answer = await browser.send("/account/second-step/app/code", {"code": code_of(secret[1])})
    assert answer.status_code == 200, answer.text
    return secret[1], re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", answer.text)


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now())


async def assert_shut(browser: Browser) -> None:
    """A stranger's answers on every protected page, and on one's own."""
    for method, address, _needs in protected(browser.client._transport.app):  # type: ignore[attr-defined]
        answer = await browser.client.request(method, address, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 404, address
    assert (await browser.get("/account")).status_code == 404


async def test_whoever_needs_a_second_step_gets_to_its_page_and_nowhere_else(strict: Browsers) -> None:
    with clock.moved_to(BEGUN):
        browser = await half_way(strict)
        assert (await browser.get("/")).headers["location"] == "/account/second-step"
        await assert_shut(browser)
        assert (await browser.get("/second-step")).status_code == 404
        page = (await browser.get("/account/second-step")).text
        assert "<nav" not in page
        assert "/sign-out" in page
        before = browser.client.cookies[SESSION_COOKIE]
        _secret, codes = await set_up_app(browser)
        assert len(codes) == 10
        assert browser.client.cookies[SESSION_COOKIE] != before
        assert (await browser.get("/")).headers["location"] == "/today"
        assert (await browser.get("/cases")).status_code == 200
        again = (await browser.get("/account/second-step")).text
        assert not [code for code in codes if code in again]
        assert (await browser.send("/account/second-step/app/remove")).status_code == 409


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_each_role_is_asked_as_the_rules_say(strict: Browsers) -> None:
    for role in Role:
        browser = await half_way(strict, email_of(role))
        asked = (await browser.get("/")).headers["location"] == "/account/second-step"
        assert asked is (role in NEEDS_SECOND_FACTOR), role
        # Everyone may set one up.
        assert (await browser.get("/account/second-step")).status_code == 200


async def test_an_administrator_reads_secret_addresses_only_after_the_second_step(strict: Browsers) -> None:
    """The first sign-in leads to its set-up, the directory and its exports stay shut, and then both open."""
    secret_pages = ("/directory", "/directory/imports", "/directory/export/json")
    with clock.moved_to(BEGUN):
        browser = await half_way(strict, email_of(Role.ADMINISTRATOR))
        assert (await browser.get("/")).headers["location"] == "/account/second-step"
        for address in secret_pages:
            assert (await browser.get(address)).status_code == 404, address
        await set_up_app(browser)
        for address in secret_pages[:2]:
            assert (await browser.get(address)).status_code == 200, address


async def test_a_password_alone_no_longer_lets_in_and_each_code_does_once(strict: Browsers) -> None:
    with clock.moved_to(BEGUN):
        secret, codes = await set_up_app(await half_way(strict))
    with clock.moved_to(BEGUN + timedelta(minutes=5)):
        browser = await half_way(strict)
        assert (await browser.get("/")).headers["location"] == "/second-step"
        await assert_shut(browser)
        # Nor is a factor added, or taken away, by someone who has yet to show one.
        for path in ("", "/app", "/app/code", "/app/remove", "/recovery", "/confirm", "/passkeys/options"):
            method = "GET" if not path else "POST"
            answer = await browser.client.request(method, f"/account/second-step{path}")
            assert answer.status_code == 404, path
        wrong = await browser.send("/second-step", {"code": "12345"})
        assert wrong.status_code == 401
        assert (await browser.get("/cases")).status_code == 404
        assert (await browser.send("/second-step", {"code": code_of(secret)})).status_code == 303
        assert (await browser.get("/cases")).status_code == 200
        assert (await browser.get("/second-step")).status_code == 404
        another = await half_way(strict)
        assert (await another.send("/second-step", {"code": code_of(secret)})).status_code == 401
        assert (await another.send("/second-step", {"code": codes[3].lower()})).status_code == 303
        assert (await another.get("/cases")).status_code == 200
        third = await half_way(strict)
        assert (await third.send("/second-step", {"code": codes[3]})).status_code == 401
        assert (await third.send("/sign-out")).status_code == 303
        assert SESSION_COOKIE not in third.client.cookies


async def test_guessing_codes_is_throttled_whatever_the_password_does(strict: Browsers) -> None:
    with clock.moved_to(BEGUN):
        secret, _codes = await set_up_app(await half_way(strict))
    with clock.moved_to(BEGUN + timedelta(minutes=5)):
        for attempt in range(MOST_FAILURES):
            browser = await half_way(strict, address=f"198.51.100.{attempt}")
            assert (await browser.send("/second-step", {"code": "12345"})).status_code == 401
        last = await half_way(strict, address="198.51.100.99")
        answer = await last.send("/second-step", {"code": code_of(secret)})
        assert answer.status_code == 429
        assert (await last.get("/cases")).status_code == 404


async def test_many_guesses_at_once_are_not_many_guesses_at_a_count_of_none(strict: Browsers) -> None:
    with clock.moved_to(BEGUN):
        await set_up_app(await half_way(strict))
        tried = [await half_way(strict, address=f"198.51.100.{number}") for number in range(2 * MOST_FAILURES)]
        answers = await asyncio.gather(*(each.send("/second-step", {"code": "12345"}) for each in tried))
    assert Counter(each.status_code for each in answers) == {401: MOST_FAILURES, 429: MOST_FAILURES}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_second_step_ends_after_ten_minutes(strict: Browsers) -> None:
    with clock.moved_to(BEGUN):
        await set_up_app(await half_way(strict))
        browser = await half_way(strict)
    with clock.moved_to(BEGUN + HALF_WAY + timedelta(seconds=1)):
        assert (await browser.get("/second-step")).status_code == 404
        assert "/sign-in" in (await browser.get("/")).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_other_sessions_must_show_it_too_once_it_is_set_up(browsers: Browsers) -> None:
    """Where it is only offered: whoever sets it up is asked from then on, in every browser."""
    mine, elsewhere = await browsers.signed_in(Role.PARTNER), await browsers.signed_in(Role.PARTNER)
    await set_up_app(mine)
    assert (await mine.get("/partner")).status_code == 200
    assert (await elsewhere.get("/partner")).status_code == 404
    assert (await elsewhere.get("/")).headers["location"] == "/second-step"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_reset_leads_back_to_the_page_that_sets_it_up(strict: Browsers, database: Database) -> None:
    browser = await half_way(strict)
    await set_up_app(browser)
    async with database.transaction() as session:
        await reset_password(session, WORKER, PASSWORD)
    assert (await browser.get("/cases")).status_code == 404
    again = await half_way(strict)
    assert (await again.get("/")).headers["location"] == "/account/second-step"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_later_the_password_is_asked_for_again(strict: Browsers) -> None:
    with clock.moved_to(BEGUN):
        browser = await half_way(strict)
        await set_up_app(browser)
    with clock.moved_to(BEGUN + FRESH + timedelta(seconds=1)):
        assert 'action="/account/second-step/confirm"' in (await browser.get("/account/second-step")).text
        for path in ("/app", "/recovery", "/app/remove"):
            answer = await browser.send(f"/account/second-step{path}")
            assert answer.status_code == 403, path
            assert "secret=" not in answer.text
        assert (await browser.send("/account/second-step/confirm", {"current": "not it"})).status_code == 422
        assert (await browser.send("/account/second-step/confirm", {"current": PASSWORD})).status_code == 303
        answer = await browser.send("/account/second-step/recovery")
        assert len(re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", answer.text)) == 10


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_picture_is_a_part_of_the_page_and_breaks_no_policy(strict: Browsers) -> None:
    browser = await half_way(strict)
    answer = await browser.send("/account/second-step/app")
    assert 'src="data:image/svg+xml' in answer.text
    assert " style=" not in answer.text
    assert "otpauth://totp/Homeward:caseworker%40example.org?secret=" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    wrong = await browser.send("/account/second-step/app/code", {"code": "12345"})
    assert wrong.status_code == 422
    shown = [re.search(r"secret=([A-Z2-7]+)", each.text) for each in (answer, wrong)]
    assert len({found and found[1] for found in shown}) == 1
    assert all(shown)


async def test_one_sees_where_one_is_signed_in_and_ends_it(browsers: Browsers, database: Database) -> None:
    mine = await browsers.stranger()
    mine.client.headers["User-Agent"] = FIREFOX
    assert (await mine.sign_in(WORKER)).status_code == 303
    lost, third = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.CASEWORKER)
    page = (await mine.get("/account")).text
    assert page.count('/end"') == 2
    assert re.sub("[\u2068\u2069]", "", page).count("Firefox on Windows") == 1
    async with database.reading() as session:
        rows = list(await session.scalars(select(StaffSession)))
    assert sorted(each.device for each in rows) == ["", "", "firefox.windows"]
    assert "192.0.2" not in repr([vars(each) for each in rows])
    ends = re.findall(r'action="(/account/sessions/[^"]+/end)"', page)
    assert (await mine.send(ends[0])).status_code == 303
    assert sorted([(await each.get("/cases")).status_code for each in (lost, third)]) == [200, 404]
    assert (await mine.send("/account/sessions/end-others")).status_code == 303
    assert [(await each.get("/cases")).status_code for each in (mine, lost, third)] == [200, 404, 404]


async def test_a_new_password_ends_the_other_sessions(browsers: Browsers) -> None:
    mine, elsewhere = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.CASEWORKER)
    new = "another horse battery"
    for current, given, status in (("not it", new, 422), (PASSWORD, "short", 422), (PASSWORD, new, 200)):
        answer = await mine.send("/account/password", {"current": current, "new": given})
        assert answer.status_code == status
        assert given not in answer.text
    assert (await mine.get("/cases")).status_code == 200
    assert (await elsewhere.get("/cases")).status_code == 404
    later = await browsers.stranger()
    assert (await later.sign_in(WORKER)).status_code == 401
    assert (await later.sign_in(WORKER, new)).status_code == 303
