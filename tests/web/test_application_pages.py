"""Applications on the console: recognition of skills and unpaid wages from the first line to the decision; a plan."""

import re
from datetime import timedelta

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from first_rows import actor_of, add_case
from playwright.async_api import async_playwright
from sqlalchemy import select
from web_browser import Browser, Browsers

from access.rules import Role
from cases.models import Case, Flag
from cases.rules import FlagKind
from cases.safeguarding import raise_flag
from cases.sheets import publish_built_in
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from referrals.application_models import Application, ApplicationEntry
from referrals.application_rules import ApplicationState, Entry
from tests.chromium import CHROMIUM
from web.rendering import STATIC_FILES

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MOST_BYTES = 60_000


@pytest.fixture
async def case(app: FastAPI, database: Database) -> Case:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, _key = await add_case(session, None)
    return case


def day(ahead: int = 0) -> str:
    return (clock.today() + timedelta(days=ahead)).isoformat()


async def seen(answer: httpx.Response, status: int = 303) -> str:
    assert answer.status_code == status, answer.text
    return answer.text


async def begin(worker: Browser, case: Case, kind: str, **fields: str) -> str:
    """The address of a new application."""
    sent = {"kind": kind, "institution": "The <authority>", "country": "TN"} | fields
    answer = await worker.send(f"/cases/{case.number}/applications", sent)
    await seen(answer)
    return answer.headers["location"]


async def authorise(worker: Browser, address: str) -> None:
    given = {"on_day": day(), "how": "signed", "covers": "Name and diploma"}
    await seen(await worker.send(f"{address}/authorisation", given))


async def state_of(database: Database) -> ApplicationState:
    async with database.reading() as session:
        return (await session.scalars(select(Application.state))).one()


async def test_recognition_from_the_first_line_to_the_decision(
    browsers: Browsers, case: Case, database: Database
) -> None:
    worker = await browsers.signed_in(Role.CASEWORKER)
    address = await begin(worker, case, "skills_recognition")
    shown = await seen(await worker.get(address), 200)
    assert "The &lt;authority&gt;" in shown
    assert "Before it can be submitted" in shown
    submit = {"what": "submitted", "on_day": day()}
    refused = await seen(await worker.send(f"{address}/entries", submit), 409)
    assert "Not answered yet" in refused
    fields = {"institution": "The <authority>", "country": "TN", "qualification": "Mason", "how": "work"}
    await seen(await worker.send(address, fields | {"occupation": "71"}))
    assert "Mason" in await seen(await worker.get(address), 200)
    await authorise(worker, address)
    for code in ("identity", "employer_letter"):
        await seen(await worker.send(f"{address}/documents", {"code": code, "standing": "have"}))
    await seen(await worker.send(f"{address}/entries", submit | {"reference": "B-17"}))
    submitted = await seen(await worker.get(address), 200)
    assert "B-17" in submitted
    assert "71 Building and related trades workers" in submitted
    partly = {"what": "decided", "on_day": day(), "outcome": "partly"}
    assert "what is missing" in await seen(await worker.send(f"{address}/entries", partly), 422)
    await seen(await worker.send(f"{address}/entries", partly | {"note": "The theory", "due_on": day(30)}))
    assert await state_of(database) is ApplicationState.DECIDED
    page = await seen(await worker.get(f"/cases/{case.number}"), 200)
    assert "Recognised in part" in page
    assert "appeal possible until" in page
    assert "Application decided: Recognition of skills or qualifications. Granted in part" in page
    async with database.reading() as session:
        what = await session.scalars(select(ApplicationEntry.what).order_by(ApplicationEntry.position))
        assert what.all() == [Entry.OPENED, Entry.AUTHORISED, Entry.SUBMITTED, Entry.DECIDED]


async def test_wages_without_papers_with_periods_and_a_route(browsers: Browsers, case: Case) -> None:
    worker = await browsers.signed_in(Role.CASEWORKER)
    address = await begin(worker, case, "unpaid_wages", country="IT")
    shown = await seen(await worker.get(address), 200)
    assert "three months of work are presumed" in shown
    assert "PICUM" in shown
    fields = {"institution": "Inspectorate", "country": "IT", "employer": "Don <Rocco>", "route": "labour_office"}
    wrong = await seen(await worker.send(address, fields | {"amount": "1.234,5", "currency": "EUR"}), 422)
    assert "Don &lt;Rocco&gt;" in wrong
    await seen(await worker.send(address, fields | {"amount": "2400.50", "currency": "eur"}))
    period = {"starts_on": "2023-05-01", "ends_on": "2023-01-01", "employer": "Don <Rocco>", "place": "Foggia"}
    assert "ends before it begins" in await seen(await worker.send(f"{address}/periods", period), 422)
    await seen(await worker.send(f"{address}/periods", period | {"ends_on": "2023-09-30", "insured": "no"}))
    assert "5 months in all" in await seen(await worker.get(address), 200)
    missing = {"code": "contract", "standing": "not_available"}
    assert "what shows the same" in await seen(await worker.send(f"{address}/documents", missing), 422)
    await seen(await worker.send(f"{address}/documents", missing | {"note": "There was none"}))
    await seen(await worker.send(f"{address}/documents", {"code": "witness", "standing": "have"}))
    await authorise(worker, address)
    await seen(await worker.send(f"{address}/authorisation/end", {"on_day": day(), "note": "She is afraid"}))
    submit = {"what": "submitted", "on_day": day()}
    assert "has not authorised" in await seen(await worker.send(f"{address}/entries", submit), 409)
    await authorise(worker, address)
    await seen(await worker.send(f"{address}/entries", submit))
    assert "2,400.50" in await seen(await worker.get(address), 200)


PLAN = {
    "what": "Weaving <mats>",
    "where": "Brikama",
    "currency": "gmd",
    "own": "2000",
    "cost_name_1": "A loom",
    "cost_1": "9000",
    "loan": "6000",
    "rate": "12",
    "months": "6",
    "grace": "",
    **{f"income_{month}": "3000" for month in range(2, 13)},
    **{f"costs_{month}": "500" for month in range(1, 13)},
}


async def test_a_plan_with_its_cash_flow_and_a_visit(browsers: Browsers, case: Case) -> None:
    worker = await browsers.signed_in(Role.CASEWORKER)
    address = f"/cases/{case.number}/business-plan"
    bad = await seen(await worker.send(address, PLAN | {"rate": "a lot"}), 422)
    assert "Weaving &lt;mats&gt;" in bad
    assert 'value="9000"' in bad
    # Half a month is not silently cut to none.
    assert "Write whole months." in await seen(await worker.send(address, PLAN | {"months": "6.5"}), 422)
    await seen(await worker.send(address, PLAN))
    shown = await seen(await worker.get(address), 200)
    assert "The money does not reach for the start." in shown
    await seen(await worker.send(address, PLAN | {"own": "4000"}))
    shown = await seen(await worker.get(address), 200)
    assert "Month 1 ends below zero." in shown
    assert "The business has earned what it cost to begin after 5 months." in shown
    visits = f"/cases/{case.number}/coaching-visits"
    assert "what was agreed" in await seen(await worker.send(visits, {"held_on": day()}), 422)
    await seen(await worker.send(visits, {"held_on": day(), "agreed": "Keep <books>", "next_on": day(1)}))
    assert "Keep &lt;books&gt;" in await seen(await worker.get(address), 200)
    today = await seen(await worker.get("/today"), 200)
    assert "A coaching visit for a business is due" in today


async def test_what_is_due_stands_in_today_with_the_way_there(browsers: Browsers, case: Case) -> None:
    worker = await browsers.signed_in(Role.CASEWORKER)
    address = await begin(worker, case, "portability", due_on=day(3))
    today = await seen(await worker.get("/today?only=application"), 200)
    assert f'href="{address}"' in today


async def test_for_a_child_only_the_officer_records_an_authorisation(
    browsers: Browsers, case: Case, database: Database
) -> None:
    async with database.transaction() as session:
        officer = await actor_of(session, Role.CHILD_PROTECTION_OFFICER)
        await raise_flag(session, await session.get_one(Case, case.id), FlagKind.CHILD, "staff.seen", actor=officer)
    worker = await browsers.signed_in(Role.CASEWORKER)
    address = await begin(worker, case, "skills_recognition")
    given = {"on_day": day(), "how": "signed", "covers": "School report", "guardian_evidence": "Her mother"}
    refused = await seen(await worker.send(f"{address}/authorisation", given), 403)
    assert "A child does not agree alone" in refused
    assert "School report" in refused
    officers = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    await seen(await officers.send(f"{address}/authorisation", given))
    async with database.reading() as session:
        assert (await session.scalars(select(Flag.kind).where(Flag.kind == FlagKind.CHILD))).one()


async def test_every_opening_is_noted_and_no_word_of_the_person_is_in_the_log(
    browsers: Browsers, case: Case, database: Database
) -> None:
    worker = await browsers.signed_in(Role.CASEWORKER)
    address = await begin(worker, case, "skills_recognition")
    await seen(await worker.get(address), 200)
    async with database.reading() as session:
        entries = (await session.scalars(select(AuditEntry))).all()
    assert [each.event for each in entries if each.subject_id == case.id][-2:] == ["application.opened", "case.viewed"]
    assert not any("authority" in str(each.facts) for each in entries)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_pages_are_light_and_good_for_everyone_on_a_small_phone(
    browsers: Browsers, case: Case, language: str
) -> None:
    worker = await browsers.signed_in(Role.CASEWORKER)
    wages = await begin(worker, case, "unpaid_wages", country="IT")
    await seen(
        await worker.send(
            f"{wages}/periods", {"starts_on": "2023-05-01", "employer": "A farm", "place": "Foggia", "proof": "Photos"}
        )
    )
    await authorise(worker, wages)
    pension = await begin(worker, case, "portability", country="IT")
    funding = await begin(worker, case, "business_funding")
    plan = f"/cases/{case.number}/business-plan"
    await seen(await worker.send(plan, PLAN))
    await seen(await worker.send(f"/cases/{case.number}/coaching-visits", {"held_on": day(), "agreed": "Books"}))
    await seen(await worker.send("/language", {"language": language, "back": "/"}))
    style = re.sub(r"@font-face \{[^}]*\}", "", (STATIC_FILES / "style.css").read_text())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 360, "height": 740})
        for address in (f"/cases/{case.number}/applications", wages, pension, funding, plan):
            text = await seen(await worker.get(address), 200)
            assert len(text.encode()) < MOST_BYTES, address
            await page.set_content(text)
            await page.add_style_tag(content=style)
            await page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            results = await Axe().run(page)
            assert results.violations_count == 0, (address, results.generate_report())
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360, address
        await browser.close()
