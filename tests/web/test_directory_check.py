"""A provider opens the link of a reminder: no account, opening changes nothing, one tap or a few words answer once."""

import json
import re
from uuid import UUID

import pytest
from fastapi import FastAPI
from web_browser import Browser, Browsers

from access.actor import SYSTEM
from foundation import clock
from foundation.database import Database
from referrals.check_links import make_check_link
from referrals.directory import import_directory, read_directory
from referrals.directory_models import ServiceUpkeep
from referrals.models import Service
from tests.referrals.secret_scene import id_of, secret_directory

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')


async def link_for(database: Database, name: str) -> str:
    async with database.transaction() as session:
        await import_directory(session, read_directory(json.dumps(secret_directory()).encode()), actor=SYSTEM)
        return await make_check_link(session, UUID(id_of(name)))


async def answer(browser: Browser, page: str, token: str, **fields: str) -> tuple[int, str]:
    found = FORM_TOKEN.search(page)
    assert found is not None
    data = {"csrf_token": found[1], "token": token, **fields}
    sent = await browser.client.post("/directory-check", data=data, headers={"Sec-Fetch-Site": "same-origin"})
    return sent.status_code, sent.text


async def checked_on(database: Database, name: str) -> str:
    async with database.reading() as session:
        return str((await session.get_one(Service, UUID(id_of(name)))).assured_date)


async def test_opening_changes_nothing_and_one_tap_confirms_once(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    token = await link_for(database, "Open kitchen")
    browser = await browsers.stranger()
    for _each in range(3):
        page = await browser.get(f"/directory-check/{token}?lang=en")
        assert page.status_code == 200
    assert "2 Open Street" in page.text
    assert page.headers["referrer-policy"] == "strict-origin"
    assert page.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    assert await checked_on(database, "Open kitchen") == "None"
    status, text = await answer(browser, page.text, token, answer="right")
    assert (status, "everything is still right" in text) == (200, True)
    assert await checked_on(database, "Open kitchen") == str(clock.today())
    status, text = await answer(browser, page.text, token, answer="right")
    assert (status, "This link no longer works" in text) == (404, True)


async def test_what_has_changed_reaches_staff_and_nothing_written_is_lost(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    token = await link_for(database, "Open kitchen")
    browser = await browsers.stranger()
    page = await browser.get(f"/directory-check/{token}")
    long = "We have moved. " * 150
    status, text = await answer(browser, page.text, token, answer="changed", words=long)
    assert (status, long.strip() in text, "This is too long" in text) == (422, True, True)
    status, _text = await answer(browser, page.text, token, answer="changed", words="We have moved.")
    assert status == 200
    async with database.reading() as session:
        assert (await session.get_one(ServiceUpkeep, UUID(id_of("Open kitchen")))).told_at is not None


async def test_the_page_of_a_secret_service_shows_nothing_of_where_it_is(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    token = await link_for(database, "Refuge nights")
    page = await (await browsers.stranger()).get(f"/directory-check/{token}")
    assert page.status_code == 200
    assert "Refuge nights" in page.text
    for word in ("Hidden Lane", "36.777", "+216 77 777", "refuge@example.org", "Keeper"):
        assert word not in page.text


async def test_it_speaks_the_language_of_the_letter(app: FastAPI, browsers: Browsers, database: Database) -> None:
    token = await link_for(database, "Open kitchen")
    page = await (await browsers.stranger()).get(f"/directory-check/{token}?lang=ar")
    assert 'lang="ar" dir="rtl"' in page.text
    assert 'name="lang" value="ar"' in page.text
