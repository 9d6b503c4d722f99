"""Vacancies and courses on the console: entered by a partner, vetted, matched on the case's page, told, referred."""

import re
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from first_rows import actor_of, add_case, add_service, partner_id
from small_screen import check_on_small_screen
from sqlalchemy import select
from web_browser import Browser, Browsers

from access.rules import Role
from cases.models import Case
from cases.sheets import publish_built_in
from foundation import clock
from foundation.database import Database
from referrals.models import Referral
from referrals.opening_models import Course, OpeningOutcome, Vacancy
from referrals.opening_rules import Outcome

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

VACANCY = {
    "reference": "KB-1",
    "title": "Bricklayer <today>",
    "country": "GM",
    "isco": "7112",
    "contract": "seasonal",
    "employer": "Kombo Builders",
    "wage_from": "9000",
    "currency": "GMD",
    "period": "month",
    "languages": "en",
}
COURSE = {"reference": "C-1", "title": "Masonry", "country": "GM", "occupations": "7112", "places": "3"}


def day(ahead: int) -> str:
    return (clock.today() + timedelta(days=ahead)).isoformat()


@pytest.fixture
async def case(app: FastAPI, database: Database) -> Case:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, _key = await add_case(session, None, needs={"work_wanted": ["job", "training"], "skills": "walls"})
    return case


async def enter(browser: Browser, path: str, fields: dict[str, str], **changes: str) -> httpx.Response:
    form = (await browser.get(f"{path}/new")).text
    organisation = re.search(r'<option value="([0-9a-f-]{36})"', form)
    assert organisation is not None
    return await browser.send(path, {"organisation": organisation[1], "apply_until": day(20), **fields, **changes})


async def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(browsers: Browsers) -> None:
    partner = await browsers.signed_in(Role.PARTNER)
    answer = await enter(partner, "/vacancies", VACANCY, isco="71", hours="lots")
    assert answer.status_code == 422
    assert 'id="isco-fault"' in answer.text
    assert 'id="hours-fault"' in answer.text
    assert 'value="Bricklayer &lt;today&gt;"' in answer.text
    assert (await enter(partner, "/vacancies", VACANCY, apply_until="")).status_code == 422


async def test_from_the_partner_who_enters_it_to_the_person_who_starts(
    browsers: Browsers, case: Case, database: Database
) -> None:
    partner = await browsers.signed_in(Role.PARTNER)
    worker, supervisor = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    address = (await enter(partner, "/vacancies", VACANCY)).headers["location"]
    assert (await enter(partner, "/vacancies", VACANCY)).status_code == 409
    page = f"/cases/{case.number}/openings"
    await worker.send(f"/cases/{case.number}/occupations", {"occupation": "7112"})
    assert "Bricklayer" not in (await worker.get(page)).text
    assert "Not vetted" in (await worker.get(address)).text
    assert (await supervisor.send(f"{address}/vetting", {"until": day(90)})).status_code == 303
    await worker.send(f"{page}/match")
    shown = (await worker.get(page)).text
    assert "Bricklayer &lt;today&gt;" in shown
    assert "The same occupation." in shown
    vacancy_id = address.rpartition("/")[2]
    for outcome in ("interested", "applied", "started", "stayed_3"):
        noted = {"kind": "vacancy", "opening": vacancy_id, "outcome": outcome}
        assert (await worker.send(f"{page}/outcome", noted)).status_code == 303
    assert (await worker.send(f"{page}/outcome", noted)).status_code == 409
    async with database.reading() as session:
        row = (await session.scalars(select(OpeningOutcome))).one()
        assert (row.outcome, row.started_on) == (Outcome.STAYED_3, clock.today())
    assert "Still there after 3 months" in (await worker.get(page)).text
    assert "Still there after 3 months" in (await worker.get(f"/cases/{case.number}")).text


async def test_today_has_one_line_for_all_that_nobody_was_told_of(
    browsers: Browsers, case: Case, database: Database
) -> None:
    partner = await browsers.signed_in(Role.PARTNER)
    worker, supervisor = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    await enter(partner, "/courses", COURSE)
    address = (await enter(partner, "/vacancies", VACANCY)).headers["location"]
    await supervisor.send(f"{address}/vetting", {"until": day(90)})
    await worker.send(f"/cases/{case.number}/occupations", {"occupation": "7112"})
    line = "A job or course in the person’s own occupation"
    assert line not in (await worker.get("/today")).text
    owner = re.search(
        r'<option value="([0-9a-f-]{36})"[^>]*>Someone caseworker', (await worker.get(f"/cases/{case.number}")).text
    )
    assert owner is not None
    await worker.send(f"/cases/{case.number}/owner", {"owner": owner[1]})
    assert (await worker.get("/today")).text.count(line) == 1
    assert case.number in (await worker.get("/openings")).text


async def test_a_refused_occupation_is_said(browsers: Browsers, case: Case) -> None:
    worker = await browsers.signed_in(Role.CASEWORKER)
    for wrong in ("", "7", "99", "abcd", "٧١١٢"):
        answer = await worker.send(f"/cases/{case.number}/occupations", {"occupation": wrong})
        assert answer.status_code == 422
        assert "digits of ISCO-08" in answer.text


async def test_the_list_narrows_and_hides_what_cannot_be_offered(browsers: Browsers, database: Database) -> None:
    partner = await browsers.signed_in(Role.PARTNER)
    for number in range(32):
        assert (await enter(partner, "/courses", COURSE, reference=f"C-{number}")).status_code == 303
    first = (await partner.get("/courses")).text
    assert first.count("/courses/") - first.count("/courses/new") == 30
    assert "page=2" in first
    assert (await partner.get("/courses?page=2&country=GM&isco=71")).text.count("Masonry") == 2
    assert "Masonry" not in (await partner.get("/courses?country=TN")).text
    assert (await partner.get("/courses?page=0")).status_code == 404
    async with database.reading() as session:
        closed = (await session.scalars(select(Course.id).limit(1))).one()
    assert (await partner.send(f"/courses/{closed}/close")).status_code == 303
    assert (await partner.send(f"/courses/{closed}/close")).status_code == 409
    assert (
        f"/courses/{closed}" not in (await partner.get("/courses?page=2")).text + (await partner.get("/courses")).text
    )


async def test_the_pages_are_good_for_everyone(browsers: Browsers, case: Case, database: Database) -> None:
    partner = await browsers.signed_in(Role.PARTNER)
    worker, supervisor = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    address = (await enter(partner, "/vacancies", VACANCY)).headers["location"]
    await supervisor.send(f"{address}/vetting", {"until": day(90)})
    await worker.send(f"/cases/{case.number}/occupations", {"occupation": "7112"})
    pages = [
        (await supervisor.get("/vacancies")).text,
        (await supervisor.get(address)).text,
        (await supervisor.get(f"{address}/edit")).text,
        (await supervisor.get("/courses/new")).text,
        (await worker.get(f"/cases/{case.number}/openings")).text,
        (await worker.get("/openings")).text,
    ]
    await check_on_small_screen({str(place): text for place, text in enumerate(pages)})


async def test_many_are_referred_to_a_course_with_one_form(browsers: Browsers, case: Case, database: Database) -> None:
    async with database.transaction() as session:
        partner_organisation = await partner_id(session)
        service_id = await add_service(session, partner_organisation)
    partner, worker = await browsers.signed_in(Role.PARTNER), await browsers.signed_in(Role.CASEWORKER)
    address = (await enter(partner, "/courses", COURSE, service=str(service_id))).headers["location"]
    await worker.send(f"/cases/{case.number}/occupations", {"occupation": "7112"})
    assert case.number not in (await worker.get(f"{address}/people")).text
    async with database.transaction() as session:
        stored = await session.get_one(Case, case.id)
        stored.owner_id = (await actor_of(session, Role.CASEWORKER)).id
    assert case.number in (await worker.get(f"{address}/people")).text
    assert (await worker.send(f"{address}/people", {"fields": "called"})).status_code == 422
    done = await worker.send(f"{address}/people", {"cases": case.number, "fields": "called"})
    assert "1 person is asked for their consent." in done.text
    async with database.reading() as session:
        referral = (await session.scalars(select(Referral))).one()
        assert (referral.case_id, referral.service_id) == (case.id, service_id)


async def test_a_vacancy_is_written_anew(browsers: Browsers, database: Database) -> None:
    partner = await browsers.signed_in(Role.PARTNER)
    address = (await enter(partner, "/vacancies", VACANCY)).headers["location"]
    form = (await partner.get(f"{address}/edit")).text
    assert 'value="9000"' in form
    changed = {**VACANCY, "title": "Mason", "apply_until": day(10)}
    assert (await partner.send(address, changed)).status_code == 303
    async with database.reading() as session:
        assert (await session.scalars(select(Vacancy.title))).all() == ["Mason"]
