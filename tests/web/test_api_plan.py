"""The API about plans: written, approved by another, at work, revised; what is due; programmes with money."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from api_caller import Caller, calling
from fastapi import FastAPI
from first_rows import add_case
from sqlalchemy import select
from web_browser import Browsers

from access.rules import Role
from cases.plan_models import Plan, PlanActivity
from cases.plan_rules import Criterion, PlanState
from cases.rules import Phase
from cases.sheets import publish_built_in
from foundation import clock
from foundation.database import Database

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

GOALS = "I want to <sew> with my sister"
START = "/programmes/GM-START"


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, _key = await add_case(session, None)
        case.phase = Phase.PLANNING
    return case.number


def day(ahead: int) -> str:
    return (clock.today() + timedelta(days=ahead)).isoformat()


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


async def enter_programme(supervisor: Caller, amount: str = "500") -> dict[str, Any]:
    """A programme with one budget line; gives what was stated."""
    (organisation,) = await supervisor.read("/programme-organisations")
    stated = {"name": "A start", "organisation_id": organisation["id"], "countries": ["GM", "TN"]}
    assert await supervisor.post("/programmes", 201, {"code": "gm-start", **stated}) == {"code": "GM-START"}
    await supervisor.post(f"{START}/lines", 201, {"code": "grants", "name": "Grants", "money": euros(amount)})
    return stated


async def looms(worker: Caller, plan: str, **others: Any) -> dict[str, Any]:
    """The body of an activity that costs money."""
    choices = await worker.read(f"{plan}/choices")
    (me,) = [each["id"] for each in choices["colleagues"] if each["name"] == "Someone caseworker"]
    body = {"kind": "startup_grant", "what": "Two looms", "due_on": day(20), "responsible_id": me}
    lines = [each["id"] for each in choices["lines"]]
    return {**body, "cost": euros("120.5"), "line_id": lines[0] if lines else None, **others}


async def write_plan(worker: Caller, plan: str, **others: Any) -> str:
    """A plan that waits for approval; gives its activity's id."""
    await worker.post(f"{plan}/begin", 201)
    await worker.send("PUT", plan, 204, {"goals": GOALS, "risks": "Rent", "review_on": day(90)})
    activity = await worker.post(f"{plan}/activities", 201, await looms(worker, plan, **others))
    await worker.post(f"{plan}/agreement", 204, {"language": "mnk", "agreed_on": day(0)})
    await worker.post(f"{plan}/submit", 204)
    return str(activity["id"])


async def approve(supervisor: Caller, plan: str, status: int = 204) -> Any:
    seen = (await supervisor.read(plan))["written"]["changes"]
    return await supervisor.post(f"{plan}/approve", status, {"seen": seen})


async def test_a_plan_is_written_with_the_person_and_approved_by_another(
    browsers: Browsers, database: Database, number: str
) -> None:
    worker, supervisor = await calling(browsers, Role.CASEWORKER), await calling(browsers, Role.SUPERVISOR)
    plan = f"/cases/{number}/plan"
    await enter_programme(supervisor)
    assert (await worker.read(plan))["versions"] == []
    assert (await worker.post(f"{plan}/begin", 201))["version"] == 1
    await worker.post(f"{plan}/begin", 409)
    assert "own goals" in (await worker.post(f"{plan}/submit", 422))["detail"]
    choices = await worker.read(f"{plan}/choices")
    assert "mnk" in choices["languages"]
    (programme,), (line,) = choices["programmes"], choices["lines"]
    assert (line["programme"], line["code"], line["rest"]) == ("GM-START", "GRANTS", euros("500"))
    await worker.send("PUT", plan, 422, {"goals": GOALS, "review_on": "next month"})
    written = {"goals": GOALS, "review_on": day(90), "programme_id": programme["id"]}
    await worker.send("PUT", plan, 204, written)
    body = await looms(worker, plan)
    for wrong in (
        {"cost": euros("1,200")},
        {"cost": {"amount": "1", "currency": "XXQ"}},
        {"cost": euros("0.001")},
        {"cost": euros("0")},
        {"service_id": str(uuid4())},
        {"responsible_id": str(uuid4())},
        {"what": " "},
        {"cost": None},
    ):
        await worker.post(f"{plan}/activities", 422, {**body, **wrong})
    activity = (await worker.post(f"{plan}/activities", 201, body))["id"]
    spare = (await worker.post(f"{plan}/activities", 201, {**body, "what": "Typed twice"}))["id"]
    await worker.send("PUT", f"{plan}/activities/{activity}", 204, {**body, "what": "Three looms", "in_kind": True})
    await worker.send("DELETE", f"{plan}/activities/{spare}", 204)
    await worker.send("DELETE", f"{plan}/activities/{spare}", 404)
    await worker.post(f"{plan}/submit", 422)
    await worker.post(f"{plan}/agreement", 204, {"language": "mnk", "agreed_on": day(0)})
    await worker.post(f"{plan}/submit", 204)
    waiting = (await supervisor.read("/plan-work/plans"))["for_approval"]
    assert [(each["case_number"], each["is_own"]) for each in waiting] == [(number, False)]
    told = await supervisor.read(plan)
    (shown,) = told["written"]["activities"]
    assert (shown["what"], shown["cost"], shown["line"]) == ("Three looms", euros("120.5"), "GM-START/GRANTS")
    assert (told["written"]["totals"], told["may_approve"]) == ([euros("120.5")], True)
    assert not (await worker.read(plan))["may_approve"]
    await worker.post(f"{plan}/approve", 404, {"seen": told["written"]["changes"]})
    await supervisor.post(f"{plan}/approve", 409, {"seen": told["written"]["changes"] - 1})
    await supervisor.post(f"{plan}/return", 204, {"reason": "Who pays the rent?"})
    assert (await worker.read(plan))["written"]["returned_note"] == "Who pays the rent?"
    await worker.post(f"{plan}/submit", 204)
    await approve(supervisor, plan)
    assert (await supervisor.read(START))["lines"][0]["rest"] == euros("379.5")
    async with database.reading() as session:
        kept = (await session.scalars(select(Plan))).one()
    assert (kept.state, kept.approved_at is not None) == (PlanState.APPROVED, True)


async def test_a_plan_at_work_is_moved_along_listed_as_due_and_revised(
    browsers: Browsers, database: Database, number: str
) -> None:
    worker, supervisor = await calling(browsers, Role.CASEWORKER), await calling(browsers, Role.SUPERVISOR)
    plan = f"/cases/{number}/plan"
    activity = await write_plan(worker, plan, line_id=None)
    await approve(supervisor, plan)
    await worker.post(f"{plan}/activate", 204)
    due = await worker.read("/plan-work/activities", mine=True)
    assert (due["total"], due["overdue"], due["next"]) == (1, 0, None)
    assert (due["items"][0]["id"], due["items"][0]["case_number"]) == (activity, number)
    assert (await supervisor.read("/plan-work/activities", mine=True))["items"] == []
    progress = f"{plan}/activities/{activity}/progress"
    await worker.post(progress, 422, {"status": "dropped", "reason": " "})
    await worker.post(f"{plan}/complete", 409)
    await worker.post(progress, 204, {"status": "completed"})
    assert (await worker.read("/plan-work/activities"))["items"] == []
    assert (await worker.post(f"{plan}/revise", 201))["version"] == 2
    told = await worker.read(plan)
    assert (told["in_force"]["version"], told["written"]["activities"][0]["follows"]) == (1, activity)
    await worker.post(f"{plan}/discard", 204)
    await worker.post(f"{plan}/revise", 201)
    await worker.post(f"{plan}/agreement", 204, {"language": "mnk", "agreed_on": day(0)})
    await worker.post(f"{plan}/submit", 204)
    await approve(supervisor, plan)
    assert (await worker.read(f"{plan}/versions/1"))["state"] == "revised"
    await worker.send("GET", f"{plan}/versions/9", 404)
    await worker.post(f"{plan}/complete", 204)
    async with database.reading() as session:
        states = list(await session.scalars(select(Plan.state).order_by(Plan.version)))
        words = list(await session.scalars(select(PlanActivity.what)))
    assert states[0] is PlanState.REVISED
    assert states[-1] is PlanState.COMPLETED
    assert not [each for each in words if b"looms" in each.box]


async def test_nobody_approves_what_they_wrote_and_no_line_gives_more_than_it_holds(
    browsers: Browsers, number: str
) -> None:
    worker, supervisor = await calling(browsers, Role.CASEWORKER), await calling(browsers, Role.SUPERVISOR)
    plan = f"/cases/{number}/plan"
    await enter_programme(supervisor, "120.49")
    await write_plan(worker, plan)
    assert "120.49 EUR" in (await approve(supervisor, plan, 409))["detail"]
    (line,) = (await supervisor.read(START))["lines"]
    await supervisor.send("PUT", f"{START}/lines/{line['id']}/amount", 204, {"amount": "200"})
    await approve(supervisor, plan)
    await supervisor.send("PUT", f"{START}/lines/{line['id']}/amount", 409, {"amount": "120.49"})
    await worker.post(f"{plan}/activate", 204)
    # The next version is written by the supervisor.
    await supervisor.post(f"{plan}/revise", 201)
    await supervisor.post(f"{plan}/agreement", 204, {"language": "mnk", "agreed_on": day(0)})
    await supervisor.post(f"{plan}/submit", 204)
    assert not (await supervisor.read(plan))["may_approve"]
    assert (await supervisor.read("/plan-work/plans"))["for_approval"][0]["is_own"]
    assert "yourself" in (await approve(supervisor, plan, 409))["detail"]


async def test_the_register_says_what_is_missing_and_keeps_every_version(browsers: Browsers) -> None:
    supervisor, monitor = await calling(browsers, Role.SUPERVISOR), await calling(browsers, Role.MONITOR)
    stated = await enter_programme(supervisor)
    (listed,) = (await monitor.read("/programmes"))["items"]
    assert (listed["code"], listed["countries"], len(listed["missing"])) == ("GM-START", ["GM", "TN"], len(Criterion))
    assert (await monitor.read("/programmes", after="1"))["items"] == []
    await monitor.send("GET", "/programmes?after=second", 422)
    await supervisor.post("/programmes", 409, {"code": "GM-START", **stated})
    texts = {each.value: f"About {each.value}" for each in Criterion if each is not Criterion.RISKS}
    await supervisor.send("PUT", START, 422, {"seen": 1, **stated, "countries": ["Atlantis"]})
    await supervisor.send("PUT", START, 422, {"seen": 1, **stated, "texts": {"colour": "red"}})
    await supervisor.send("PUT", START, 204, {"seen": 1, **stated, "texts": texts})
    await supervisor.send("PUT", START, 409, {"seen": 1, **stated, "texts": texts})
    told = await monitor.read(START)
    assert (told["version"], told["texts"], told["missing"]) == (2, texts, ["risks"])
    assert (told["may_edit"], [each["version"] for each in told["changes"]]) == (False, [2, 1])
    assert {*told["changes"][0]["criteria"]} == {*texts}
    earlier = await supervisor.read(f"{START}/versions/1")
    assert (earlier["texts"], earlier["is_newest"], earlier["may_edit"]) == ({}, False, False)
    assert (await supervisor.read(START))["may_edit"]
    await supervisor.send("GET", f"{START}/versions/3", 404)
    await supervisor.post(f"{START}/lines", 409, {"code": "GRANTS", "name": "Again", "money": euros("1")})
    await supervisor.send("PUT", f"{START}/lines/{uuid4()}/amount", 404, {"amount": "1"})
