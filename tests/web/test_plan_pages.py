"""The plan on the console, from the first goal to the next version, and the register of programmes with its budgets."""

import re
from datetime import timedelta

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from first_rows import add_case
from playwright.async_api import async_playwright
from sqlalchemy import select
from web_browser import Browser, Browsers, email_of

from access.models import StaffMember
from access.rules import Role
from cases.models import Case
from cases.plan_models import Plan, PlanActivity
from cases.plan_rules import ActivityStatus, Criterion, PlanState
from cases.rules import Phase
from cases.sheets import publish_built_in
from foundation import clock
from foundation.database import Database
from tests.chromium import CHROMIUM
from web.rendering import STATIC_FILES

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

GOALS = "I want to <sew> with my sister"


@pytest.fixture
async def case(app: FastAPI, database: Database) -> Case:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, _key = await add_case(session, None)
        case.phase = Phase.PLANNING
    return case


@pytest.fixture
async def worker_id(app: FastAPI, database: Database) -> str:
    async with database.reading() as session:
        email = email_of(Role.CASEWORKER)
        return str(await session.scalar(select(StaffMember.id).where(StaffMember.email == email)))


async def seen(answer: httpx.Response, status: int = 303) -> str:
    assert answer.status_code == status, answer.text
    return answer.text


def day(ahead: int) -> str:
    return (clock.today() + timedelta(days=ahead)).isoformat()


async def enter_programme(supervisor: Browser, amount: str = "500") -> None:
    register = (await supervisor.get("/programmes")).text
    organisation = re.search(r'<option value="([0-9a-f-]{36})"', register)
    assert organisation is not None
    fields = {"code": "gm-start", "name": "A start", "organisation": organisation[1], "countries": "gm, TN"}
    await seen(await supervisor.send("/programmes", fields))
    line = {"line": "grants", "name": "Grants", "amount": amount, "currency": "eur"}
    await seen(await supervisor.send("/programmes/GM-START/lines", line))


async def add_activity(worker: Browser, case: Case, worker_id: str, **fields: str) -> str:
    form = (await worker.get(f"/cases/{case.number}/plan/activities")).text
    line = re.search(r'<option value="([0-9a-f-]{36})">GM-START/GRANTS', form)
    activity = {
        "kind": "startup_grant",
        "what": "Two looms",
        "due_on": day(20),
        "responsible": worker_id,
        "amount": "120.5",
        "currency": "EUR",
        "line": line[1] if line else "",
    }
    return await seen(await worker.send(f"/cases/{case.number}/plan/activities", activity | fields))


async def write_plan(worker: Browser, case: Case, worker_id: str, **fields: str) -> None:
    plan = f"/cases/{case.number}/plan"
    await seen(await worker.send(f"{plan}/begin"))
    await seen(await worker.send(plan, {"goals": GOALS, "risks": "Rent", "review_on": day(90)}))
    await add_activity(worker, case, worker_id, **fields)
    await seen(await worker.send(f"{plan}/agreement", {"language": "mnk", "agreed_on": day(0)}))
    await seen(await worker.send(f"{plan}/submit"))


async def approve(supervisor: Browser, case: Case, status: int = 303) -> str:
    page = (await supervisor.get(f"/cases/{case.number}/plan")).text
    changes = re.search(r'name="seen" value="(\d+)"', page)
    assert changes is not None
    return await seen(await supervisor.send(f"/cases/{case.number}/plan/approve", {"seen": changes[1]}), status)


async def test_a_plan_is_written_and_approved_and_what_was_typed_is_kept(
    browsers: Browsers, case: Case, worker_id: str
) -> None:
    worker, supervisor = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    plan = f"/cases/{case.number}/plan"
    await enter_programme(supervisor)
    assert "There is no plan yet." in (await worker.get(f"/cases/{case.number}")).text
    await seen(await worker.send(f"{plan}/begin"))
    refused = await seen(await worker.send(f"{plan}/submit"), 422)
    assert "own goals, in their words" in refused
    refused = await seen(await worker.send(plan, {"goals": GOALS, "review_on": "next month"}), 422)
    assert "I want to &lt;sew&gt; with my sister</textarea>" in refused
    await seen(await worker.send(plan, {"goals": GOALS, "review_on": day(90)}))
    wrong = {"kind": "cash", "what": "A loan <kept>", "due_on": day(3), "responsible": worker_id, "amount": "1,200"}
    kept = await seen(await worker.send(f"{plan}/activities", {**wrong, "currency": "EUR"}), 422)
    assert "A loan &lt;kept&gt;</textarea>" in kept
    assert 'value="1,200"' in kept
    await add_activity(worker, case, worker_id)
    await add_activity(worker, case, worker_id, kind="counselling", what="Talks", amount="", line="", in_kind="yes")
    await seen(await worker.send(f"{plan}/submit"), 422)
    await seen(await worker.send(f"{plan}/agreement", {"language": "mnk", "agreed_on": day(0)}))
    await seen(await worker.send(f"{plan}/submit"))

    assert case.number in (await supervisor.get("/plan-work")).text.partition("Activities that are due")[0]
    waiting = (await supervisor.get(plan)).text
    for words in ("120.50 EUR", "GM-START/GRANTS", "Mandinka", "Psychosocial", "in goods or services"):
        assert words in waiting
    await seen(await supervisor.send(f"{plan}/return", {"reason": "Who pays the rent?"}))
    assert "Who pays the rent?" in (await worker.get(plan)).text
    await seen(await worker.send(f"{plan}/submit"))
    await approve(supervisor, case)
    assert "379.50 EUR" in (await supervisor.get("/programmes/GM-START")).text


async def test_a_plan_at_work_is_moved_along_and_revised(
    browsers: Browsers, database: Database, case: Case, worker_id: str
) -> None:
    worker, supervisor = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    plan = f"/cases/{case.number}/plan"
    await write_plan(worker, case, worker_id, line="")
    await approve(supervisor, case)
    await seen(await worker.send(f"{plan}/activate"))
    assert "Grant to start a business" in (await worker.get("/plan-work?mine=true")).text
    async with database.reading() as session:
        looms = (await session.scalars(select(PlanActivity))).one()
    progress = f"{plan}/activities/{looms.id}/progress"
    refused = await seen(await worker.send(progress, {"status": "dropped", "reason": " "}), 422)
    assert "Write why the activity is dropped." in refused
    moved = await worker.send(progress, {"status": "completed"})
    assert moved.headers["location"] == f"{plan}#activity-{looms.id}"
    assert "Nothing is due." in (await worker.get("/plan-work?mine=true")).text
    await seen(await worker.send(f"{plan}/revise"))
    page = (await worker.get(plan)).text
    assert page.count("Two looms") == 2
    history = (await worker.get(f"/cases/{case.number}")).text
    assert "Version 2 of the plan begun" in history
    assert "Activity of the plan: Grant to start a business. Completed" in history
    await seen(await worker.send(f"{plan}/agreement", {"language": "mnk", "agreed_on": day(0)}))
    await seen(await worker.send(f"{plan}/submit"))
    await approve(supervisor, case)
    assert "Two looms" in (await worker.get(f"{plan}/versions/1")).text
    assert (await worker.get(f"{plan}/versions/3")).status_code == 404
    async with database.reading() as session:
        states = (await session.execute(select(Plan.version, Plan.state).order_by(Plan.version))).all()
        followed = await session.scalar(select(PlanActivity.status).where(PlanActivity.follows == looms.id))
    assert states == [(1, PlanState.REVISED), (2, PlanState.ACTIVE)]
    assert followed is ActivityStatus.COMPLETED


async def test_whoever_wrote_a_plan_is_not_offered_to_approve_it_and_is_refused(
    browsers: Browsers, case: Case, worker_id: str
) -> None:
    supervisor = await browsers.signed_in(Role.SUPERVISOR)
    await write_plan(supervisor, case, worker_id, amount="", line="")
    page = (await supervisor.get(f"/cases/{case.number}/plan")).text
    assert "plan/approve" not in page
    assert "Someone else must approve it" in (await supervisor.get("/plan-work")).text
    refused = await seen(await supervisor.send(f"/cases/{case.number}/plan/approve", {"seen": "4"}), 409)
    assert "You have worked on this plan yourself." in refused


async def test_what_a_line_does_not_hold_is_refused_in_words(browsers: Browsers, case: Case, worker_id: str) -> None:
    worker, supervisor = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    await enter_programme(supervisor, "120.49")
    assert "120.49 EUR" in (await worker.get(f"/cases/{case.number}/plan/activities")).text
    await write_plan(worker, case, worker_id)
    refused = await approve(supervisor, case, 409)
    assert "has 120.49 EUR left. This plan would need 120.5 EUR of it." in refused


async def test_the_register_shows_what_is_missing_and_every_change(browsers: Browsers) -> None:
    supervisor, monitor = await browsers.signed_in(Role.SUPERVISOR), await browsers.signed_in(Role.MONITOR)
    await enter_programme(supervisor)
    listed = (await monitor.get("/programmes")).text
    assert "The Gambia" in listed or "Gambia" in listed
    assert "Funding" in listed
    assert "Enter a programme" not in listed
    form = (await supervisor.get("/programmes/GM-START/edit")).text
    organisation = re.search(r'<option value="([0-9a-f-]{36})"', form)
    assert organisation is not None
    fields = {"seen": "1", "name": "A start", "organisation": organisation[1]}
    texts = {each.value: f"About {each.value}" for each in Criterion if each is not Criterion.RISKS}
    bad = await seen(await supervisor.send("/programmes/GM-START", {**fields, **texts, "countries": "Atlantis"}), 422)
    assert "About funding</textarea>" in bad
    await seen(await supervisor.send("/programmes/GM-START", {**fields, **texts}))
    page = (await monitor.get("/programmes/GM-START")).text
    assert "About monitoring" in page
    assert page.count("chip-wait") == 1
    assert "Save as a new version" not in page
    assert "About monitoring" not in (await monitor.get("/programmes/GM-START/versions/1")).text
    stale = await seen(await supervisor.send("/programmes/GM-START", {**fields, **texts}), 409)
    assert "Someone else has changed this programme." in stale
    twice = {"code": "GM-START", "name": "Typed again", "organisation": organisation[1]}
    assert 'value="Typed again"' in await seen(await supervisor.send("/programmes", twice), 409)
    line = re.search(r"/programmes/GM-START/lines/([0-9a-f-]{36})", (await supervisor.get("/programmes/GM-START")).text)
    assert line is not None
    less = await supervisor.send(f"/programmes/GM-START/lines/{line[1]}", {"amount": "450", "currency": "EUR"})
    await seen(less)
    assert "450.00 EUR" in (await monitor.get("/programmes/GM-START")).text


async def test_the_pages_are_accessible_and_fit_a_phone(browsers: Browsers, case: Case, worker_id: str) -> None:
    worker, supervisor = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    await enter_programme(supervisor)
    await seen(await worker.send(f"/cases/{case.number}/plan/begin"))
    await add_activity(worker, case, worker_id)
    pages = [
        *[(worker, f"/cases/{case.number}/plan{rest}") for rest in ("", "/activities", "/versions/1")],
        (worker, "/plan-work"),
        *[(supervisor, f"/programmes{rest}") for rest in ("", "/GM-START", "/GM-START/edit")],
    ]
    style = (STATIC_FILES / "style.css").read_text()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 360, "height": 740})
        for who, address in pages:
            await page.set_content((await who.get(address)).text)
            await page.add_style_tag(content=style)
            results = await Axe().run(page)
            assert results.violations_count == 0, (address, results.generate_report())
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360, address
        await browser.close()
