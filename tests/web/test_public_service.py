"""The page of one service, for anyone: all that helps someone to go there, and nothing that must stay secret."""

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from web_browser import Browser, Browsers

from access.actor import SYSTEM
from foundation import clock
from foundation.database import Database
from referrals.directory import import_directory, read_directory
from tests.referrals.secret_scene import (
    DAR,
    OPEN_PLACE,
    SECRET_WORDS,
    id_of,
    secret_directory,
    service,
)

TUESDAY = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
"""10:00 in Tunis."""
HOLIDAY = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)


def told_service() -> dict[str, Any]:
    """With everything that the page has a place for."""

    def tagged(code: str, link_type: str) -> dict[str, Any]:
        term = {"id": id_of(code), "name": code, "description": code, "taxonomy": "homeward-eligibility", "code": code}
        return {"id": id_of(f"{code} {link_type}"), "link_type": link_type, "taxonomy_term": term}

    made = service("Tailoring <school>", DAR, OPEN_PLACE, minimum_age=18, assured_date="2026-02-01")
    made["attributes"] += [tagged("women", "eligibility"), tagged("low_income", "priority")]
    return made | {
        "application_process": "Come on a Monday.",
        "wait_time": "Two weeks.",
        "email": "school@example.org",
        "url": "https://example.org/school?a=1&b=2",
        "interpretation_services": "By telephone.",
        "cost_options": [{"id": id_of("cost"), "currency": "TND", "amount": 12.5, "amount_description": "per month"}],
        "required_documents": [{"id": id_of("paper"), "document": "A paper with your name"}],
        "schedules": [
            {
                "id": id_of("week"),
                "freq": "WEEKLY",
                "byday": "MO,TU,WE,TH",
                "opens_at": "08:30",
                "closes_at": "16:00",
            },
            {
                "id": id_of("summer"),
                "valid_from": "2026-08-01",
                "valid_to": "2026-08-15",
                "description": "Closed in August",
            },
            {
                "id": id_of("last year"),
                "valid_from": "2024-12-24",
                "valid_to": "2025-01-01",
                "description": "Closed last year",
            },
        ],
    }


@pytest.fixture
async def browser(app: FastAPI, database: Database, browsers: Browsers) -> Browser:
    file = json.dumps([*secret_directory(), told_service()]).encode()
    async with database.transaction() as session:
        await import_directory(session, read_directory(file), actor=SYSTEM)
    return await browsers.stranger()


def words_of(text: str) -> str:
    plain = re.sub(r"[\u2066-\u2069]", "", unescape(re.sub(r"<[^>]+>", " ", text)))
    return " ".join(plain.split())


async def test_everything_that_helps_to_go_there_stands_on_one_page(browser: Browser) -> None:
    with clock.moved_to(TUESDAY):
        answer = await browser.get(f"/services/{id_of('Tailoring <school>')}?country=TN&kind=housing&lang=en")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text
    told = words_of(answer.text)
    for words in (
        "Tailoring <school>",
        "Dar Open",
        "For people aged 18 or older.",
        "For women and girls",
        "These go first: For a low income",
        "Come on a Monday.",
        "Two weeks.",
        "Costs 12.5 TND (per month)",
        "A paper with your name",
        "2 Open Street, Tunis",
        "Open now, until 16:00",
        "Monday to Thursday: 08:30–16:00",
        "1 August 2026 to 15 August 2026",
        "Closed in August",
        "A ramp at 2 Open Street",
        "school@example.org",
        "By telephone.",
        "They speak: Arabic",
        "Last checked on 1 February 2026.",
    ):
        assert words in told, words
    assert "Closed last year" not in told
    assert "public holiday" not in told
    assert 'href="geo:36.8,10.18"' in answer.text
    assert 'href="tel:+21600000300"' in answer.text
    assert 'href="/services?lang=en&amp;country=TN&amp;kind=housing"' in answer.text


async def test_the_hours_are_those_of_the_country_and_a_holiday_is_said(browser: Browser) -> None:
    at = f"/services/{id_of('Tailoring <school>')}"
    with clock.moved_to(TUESDAY.replace(hour=7, minute=29)):
        assert "Closed now. Opens today at 08:30" in words_of((await browser.get(at)).text)
    with clock.moved_to(HOLIDAY):
        assert "Today is a public holiday there." in (await browser.get(at)).text
    with clock.moved_to(datetime(2026, 12, 1, tzinfo=UTC)):
        told = words_of((await browser.get(at)).text)
    assert "Last checked on 1 February 2026: ask whether it still holds." in told


async def test_a_secret_service_looks_like_one_that_does_not_exist(browser: Browser) -> None:
    secret = await browser.get(f"/services/{id_of('Refuge nights')}")
    missing = await browser.get(f"/services/{id_of('nothing')}")
    assert secret.status_code == missing.status_code == 404
    assert secret.text.replace(id_of("Refuge nights"), "") == missing.text.replace(id_of("nothing"), "")


@pytest.mark.parametrize(
    "address",
    [
        "/services?country=TN",
        "/services?country=TN&words=refuge",
        f"/services/{id_of('Open counsel')}",
        "/api/v1/hsds/services?full=true",
        "/api/v1/hsds/services?format=ndjson&full=true",
        "/api/v1/hsds/services?search=refuge",
        "/api/v1/hsds/organizations?full=true&full_service=true",
        "/api/v1/hsds/service_at_locations?full=true",
        "/api/v1/hsds/service_at_locations?postcode=1077&proximity=20000000",
        f"/api/v1/hsds/services/{id_of('Open counsel')}",
        f"/api/v1/hsds/services/{id_of('Refuge nights')}",
        f"/api/v1/hsds/organizations/{id_of('Refuge of women')}",
        f"/api/v1/hsds/organizations/{id_of('Dar Open')}?full_service=true",
        f"/api/v1/hsds/service_at_locations/{id_of('Open counsel at house')}",
    ],
)
async def test_nothing_secret_is_in_any_answer_to_anyone(browser: Browser, address: str) -> None:
    answer = await browser.get(address)
    told = answer.text.replace('value="refuge"', "")
    assert [word for word in SECRET_WORDS if word in told] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("words=TAILORING", ["Tailoring <school>"]),
        ("words=dar+open+kitchen", ["Open kitchen"]),
        ("words=nothing+like+it", []),
        ("free=true", []),
        ("speaks=fr", []),
        ("speaks=ar&words=kitchen", ["Open kitchen"]),
    ],
)
async def test_the_finder_goes_by_words_language_and_cost(browser: Browser, query: str, names: list[str]) -> None:
    text = (await browser.get(f"/services?country=TN&{query}")).text
    assert [unescape(each) for each in re.findall(r"<h2><bdi>(.*?)</bdi>", text)] == names


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_words_that_no_address_may_hold_are_a_missing_page(browser: Browser) -> None:
    for query in ("words=" + "x" * 61, "words=a%00b"):
        assert (await browser.get(f"/services?country=TN&{query}")).status_code == 404
