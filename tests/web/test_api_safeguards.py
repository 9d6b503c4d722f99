"""The API about safeguards: people, evidence and rules, a return step by step, and what is best for a child."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from api_caller import Caller, calling
from determination_scene import REPORT, add_panel_members
from fastapi import FastAPI
from first_rows import TEAM, add_case
from sqlalchemy import select, update
from web_browser import Browsers

from access.rules import Role
from cases.models import Case, Submission
from cases.rules import Phase, SubmissionState
from cases.safeguard_models import BestInterests, CaseRecord, GateOverride, ReturnJourney
from cases.safeguard_rules import BidDecision, Step
from cases.sheets import publish_built_in
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CHILD = {"relation": "child", "age": "child", "called": "Isatou", "travels": True}
MEMBERS = {"first": "child_protection", "second": "un_or_ngo", "third": "justice"}
INFORMED = ("options", "country", "support", "no_support", "consequences", "withdrawal", "data", "language")


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    """A mother in planning; nothing worries."""
    async with database.transaction() as session:
        await publish_built_in(session)
        arrival = {"called": "Zebulon", "birth_year": 1990, "country_return": TEAM, "maybe_child": "no"}
        case, _key = await add_case(session, TEAM, arrival=arrival, needs={"place_tonight": "yes", "fear": "no"})
        case.phase = Phase.PLANNING
    return case.number


async def rules_of(caller: Caller, number: str) -> dict[str, dict[str, Any]]:
    """Every finding by its rule; of rules about several people the last."""
    gates = await caller.read(f"/cases/{number}/gates")
    for gate in gates:
        assert gate["blocking"] == sum(each["blocks"] for each in gate["findings"])
    return {each["rule"]: each for gate in gates for each in gate["findings"]}


async def views_noted(database: Database) -> int:
    async with database.reading() as session:
        return len(list(await session.scalars(select(AuditEntry.id).where(AuditEntry.event == "case.viewed"))))


async def test_people_evidence_and_rules_tell_what_would_settle_what_stops_a_return(
    browsers: Browsers, database: Database, number: str
) -> None:
    officer = await calling(browsers, Role.CHILD_PROTECTION_OFFICER)
    worker = await calling(browsers, Role.CASEWORKER)
    (own,) = await worker.read(f"/cases/{number}/people")
    assert (own["relation"], own["called"], own["is_child"]) == ("self", "Zebulon", False)
    assert await views_noted(database) == 1
    assert "C02" not in await rules_of(worker, number)
    await officer.post(f"/cases/{number}/people", 422, {**CHILD, "colour": "red"})
    child = (await officer.post(f"/cases/{number}/people", 201, CHILD))["id"]
    rule = (await rules_of(worker, number))["C02"]
    assert (rule["found"], rule["blocks"], rule["about_id"], rule["override"]) == ("unmet", True, child, None)
    assert "company" in rule["evidence"]
    # What can be recorded, and by whom, is told; what is no field of it is refused, and so is a kind of no use.
    kinds = {each["kind"]: each for each in await worker.read("/record-kinds")}
    assert (kinds["company"]["for_child"], kinds["views"]["may_write"]) == (True, False)
    assert [each["name"] for each in kinds["company"]["fields"]] == ["company", "checked"]
    records = f"/cases/{number}/people/{child}/records"
    company = {"made_on": "2026-01-05", "values": {"company": "with_parent", "checked": "Saw the certificate."}}
    await officer.post(f"{records}/company", 422, {**company, "values": {**company["values"], "extra": "x"}})
    await officer.post(f"{records}/company", 422, {**company, "made_on": "2999-01-01"})
    await officer.post(f"{records}/nothing", 404, company)
    await officer.post(f"/cases/{number}/people/{uuid4()}/records/company", 404, company)
    made = (await officer.post(f"{records}/company", 201, company))["id"]
    assert (await rules_of(worker, number))["C02"]["found"] == "met"
    (told,) = await officer.read(f"{records}/company")
    assert (told["id"], told["values"], told["replaced_at"]) == (made, company["values"], None)
    views = {"views": "Wants to see her aunt.", "weighed": "She is clear.", "understood": "yes"}
    views["informed_on"] = "2026-01-05"
    await worker.post(f"{records}/views", 404, {"made_on": "2026-01-05", "values": views})
    await officer.post(f"{records}/views", 201, {"made_on": "2026-01-05", "values": views})
    assert (await officer.read(f"{records}/views"))[0]["values"] == views
    (seen,) = await worker.read(f"{records}/views")
    assert not seen["is_whole"]
    assert "views" not in seen["values"]
    people = {each["id"]: each for each in await officer.read(f"/cases/{number}/people")}
    assert people[child]["records"] == ["company", "views"]
    assert "views" in people[child]["may_write"]
    await worker.send("PUT", f"/cases/{number}/people/{child}/travels", 204, {"travels": False})
    assert not (await worker.read(f"/cases/{number}/people"))[-1]["travels"]
    async with database.reading() as session:
        kept = (await session.scalars(select(CaseRecord))).all()
    assert not [each for each in kept if each.words and b"aunt" in each.words.box]
    spare = (await officer.post(f"/cases/{number}/people", 201, {**CHILD, "called": "Typed twice"}))["id"]
    await officer.send("DELETE", f"/cases/{number}/people/{spare}", 204)
    await officer.send("DELETE", f"/cases/{number}/people/{own['id']}", 422)
    # A concern stands as a flag that stops the return.
    await worker.post(f"/cases/{number}/concerns", 201, {"kind": "torture"})
    refused = await worker.post(f"/cases/{number}/return", 409, {"return_type": "assisted_voluntary"})
    assert "P03" in refused["detail"]


async def test_a_return_goes_step_by_step_past_no_rule_that_blocks(
    browsers: Browsers, database: Database, number: str
) -> None:
    worker = await calling(browsers, Role.CASEWORKER)
    officer, supervisor = (
        await calling(browsers, Role.PROTECTION_OFFICER),
        await calling(browsers, Role.SUPERVISOR),
    )
    address = f"/cases/{number}/return"
    nothing = await worker.read(address)
    assert (nothing["journey"], nothing["next_step"], nothing["legs"]) == (None, None, [])
    journey = (await worker.post(address, 201, {"return_type": "assisted_voluntary"}))["id"]
    await worker.post(address, 409, {"return_type": "assisted_voluntary"})
    for step in ("assessed", "determined", "arranged"):
        await worker.post(f"{address}/step", 204, {"step": step})
    told = await worker.read(address)
    assert (told["journey"]["id"], told["next_step"], told["may_be_halted"]) == (journey, "cleared", True)
    assert {"D01", "P07", "P08", "V01", "V03", "V04"} <= {*told["blocking"]}
    assert "V03" in (await supervisor.post(f"{address}/step", 409, {"step": "cleared"}))["detail"]
    (own,) = await worker.read(f"/cases/{number}/people")
    draft = (await worker.post(f"/cases/{number}/form-drafts", 201, {"form": "return_risk"}))["id"]
    async with database.transaction() as session:
        # Page by page it is filled in elsewhere; here it need only have been sent.
        sent = update(Submission).where(Submission.id == UUID(draft))
        await session.execute(sent.values(state=SubmissionState.SUBMITTED, submitted_at=clock.now()))
    for who, kind, values in (
        (officer, "claim", {"state": "none"}),
        (worker, "risk", {"danger": "no", "reasons": "Peaceful."}),
        (worker, "information", dict.fromkeys(INFORMED, "yes")),
        (worker, "free_choice", {"alone": "yes", "no_pressure": "yes", "able": "yes"}),
        (worker, "travel_document", {"type": "passport", "state": "issued", "requested_on": "2026-01-02"}),
    ):
        body = {"made_on": "2026-01-02", "values": values}
        await who.post(f"/cases/{number}/people/{own['id']}/records/{kind}", 201, body)
    agreed = {"agrees": True, "text": "I want to return.", "evidence": "Signed at the office."}
    await worker.post(f"{address}/consent", 201, agreed)
    await worker.post(f"{address}/consent/withdrawal", 204)
    assert (await worker.read(address))["consent"]["state"] == "withdrawn"
    assert "V03" in (await worker.read(address))["blocking"]
    await worker.post(f"{address}/consent", 201, agreed)
    assert (await worker.read(address))["blocking"] == []
    leg = {"mode": "air_scheduled", "on_date": "2026-02-01", "start": "Tunis", "end": "Banjul"}
    await worker.post(f"{address}/legs", 422, {**leg, "escort_role": "parent"})
    leg_id = (await worker.post(f"{address}/legs", 201, {**leg, "escort_role": "parent", "escort": "Awa"}))["id"]
    (shown,) = (await worker.read(address))["legs"]
    assert (shown["id"], shown["start"], shown["end"], shown["escort"]) == (leg_id, "Tunis", "Banjul", "Awa")
    await worker.send("DELETE", f"{address}/legs/{leg_id}", 204)
    await worker.send("DELETE", f"{address}/legs/{leg_id}", 404)
    await worker.post(f"{address}/step", 404, {"step": "cleared"})
    await supervisor.post(f"{address}/step", 204, {"step": "cleared"})
    for place in ("departure", "arrival"):
        await worker.post(f"{address}/{place}", 204, {"day": "2026-02-01"})
    await worker.post(f"{address}/halt", 409, {"reason": "other"})
    await worker.post(f"{address}/completion", 204)
    async with database.reading() as session:
        steps = list(await session.scalars(select(ReturnJourney.step)))
        phase = await session.scalar(select(Case.phase).where(Case.number == number))
    assert (steps, phase) == ([Step.HANDED_OVER], Phase.REINTEGRATION)


async def test_a_rule_is_set_aside_by_two_people_and_the_return_can_be_halted(
    browsers: Browsers, database: Database, number: str
) -> None:
    lead, supervisor = await calling(browsers, Role.CHILD_PROTECTION_LEAD), await calling(browsers, Role.SUPERVISOR)
    child = (await lead.post(f"/cases/{number}/people", 201, CHILD))["id"]
    asked = {"rule": "C14", "about_id": child, "reason": "Her own doctor travels with her."}
    await lead.post(f"/cases/{number}/overrides", 409, asked)
    await lead.post(f"/cases/{number}/return", 201, {"return_type": "unknown"})
    assert (await rules_of(lead, number))["C14"]["may_ask_override"]
    assert not (await rules_of(supervisor, number))["C14"]["may_ask_override"]
    override_id = (await lead.post(f"/cases/{number}/overrides", 201, asked))["id"]
    told = (await rules_of(lead, number))["C14"]["override"]
    assert (told["id"], told["reason"], told["may_confirm"]) == (override_id, asked["reason"], False)
    assert (await rules_of(supervisor, number))["C14"]["override"]["may_confirm"]
    assert (await rules_of(supervisor, number))["C14"]["blocks"]
    await lead.post(f"/cases/{number}/overrides/{override_id}/confirm", 404)
    await supervisor.post(f"/cases/{number}/overrides/{uuid4()}/confirm", 404)
    await supervisor.post(f"/cases/{number}/overrides/{override_id}/confirm", 204)
    rule = (await rules_of(lead, number))["C14"]
    assert (rule["found"], rule["blocks"], rule["override"]["confirmed_by"]) == (
        "overridden",
        False,
        "Someone supervisor",
    )
    async with database.reading() as session:
        override = (await session.scalars(select(GateOverride))).one()
    assert b"doctor" not in override.reason.box
    await lead.post(f"/cases/{number}/return/halt", 204, {"reason": "other"})
    assert (await lead.read(f"/cases/{number}/return"))["journey"] is None


async def panel_of(browsers: Browsers) -> list[Caller]:
    return [await calling(browsers, f"{name}@example.org") for name in MEMBERS]


async def prepared(officer: Caller, database: Database, number: str) -> str:
    """A determination about a child, with three members who have declared nothing yet; gives its id."""
    async with database.transaction() as session:
        await add_panel_members(session, *MEMBERS, "spare")
    child = (await officer.post(f"/cases/{number}/people", 201, CHILD))["id"]
    address = f"/cases/{number}/best-interests"
    found = (await officer.post(address, 201, {"about_id": child, "trigger": "durable_solution"}))["id"]
    ids = {each["name"]: each["id"] for each in (await officer.read(f"{address}/{found}"))["candidates"]}
    for name, body in {**MEMBERS, "spare": "justice"}.items():
        seat = {"staff_id": ids[f"Someone {name}"], "body": body}
        member = (await officer.post(f"{address}/{found}/members", 201, seat))["id"]
    await officer.send("DELETE", f"{address}/{found}/members/{member}", 204)
    return str(found)


async def test_an_officer_prepares_what_is_best_for_a_child_and_its_words_are_not_for_everyone(
    browsers: Browsers, database: Database, number: str
) -> None:
    officer = await calling(browsers, Role.CHILD_PROTECTION_OFFICER)
    worker = await calling(browsers, Role.CASEWORKER)
    address = f"/cases/{number}/best-interests"
    assert await worker.read(address) == []
    found = await prepared(officer, database, number)
    async with database.transaction() as session:
        other, _key = await add_case(session, TEAM)
    one = f"{address}/{found}"
    (told,) = await worker.read(address)
    assert (told["called"], told["is_under_way"], len(told["determinations"])) == ("Isatou", True, 1)
    opening = {"about_id": told["person_id"], "trigger": "temporary_care"}
    await worker.post(address, 404, opening)
    await officer.post(address, 409, opening)
    await officer.post(address, 404, {**opening, "about_id": str(uuid4())})
    file = await officer.read(one)
    assert (file["state"], file["report"], file["child_id"]) == ("opened", {}, told["person_id"])
    assert [each["name"] for each in file["seats"]] == [f"Someone {name}" for name in MEMBERS]
    elsewhere = f"/cases/{other.number}/best-interests/{found}"
    await officer.send("GET", elsewhere, 404)
    await officer.send("PUT", f"{elsewhere}/report", 404, REPORT)
    await officer.send("PUT", f"{one}/report", 422, {**REPORT, "safety": " "})
    await officer.send("PUT", f"{one}/report", 422, {"views": "Only these."})
    await officer.send("PUT", f"{one}/report", 204, REPORT)
    assert (await officer.read(one))["report"] == REPORT
    seen = await worker.read(one)
    assert (seen["report"], seen["is_whole"], seen["candidates"]) == ({}, False, [])


async def test_a_panel_decides_and_the_child_is_told(browsers: Browsers, database: Database, number: str) -> None:
    officer = await calling(browsers, Role.CHILD_PROTECTION_OFFICER)
    found = await prepared(officer, database, number)
    address, at = f"/cases/{number}/best-interests", f"/panel/{found}"
    one = f"{address}/{found}"
    await officer.send("PUT", f"{one}/report", 204, REPORT)
    panel = await panel_of(browsers)
    for member in panel:
        (row,) = await member.read("/panel")
        assert (row["id"], row["case_number"], row["waits"]) == (found, number, "declare")
        before = await member.read(at)
        assert (before["determination"], before["records"], before["seat"]["has_conflict"]) == (None, [], None)
        await member.post(f"{at}/opinion", 409, {"opinion": "stay", "note": "Early."})
        await member.post(f"{at}/declaration", 204, {"has_conflict": False})
        after = await member.read(at)
        assert after["determination"]["report"] == REPORT
        assert not [name for name in ("Isatou", "Zebulon") if name in str(after)]
    await panel[0].post(f"{at}/decision", 409, {"reasons": "All weighed."})
    for member, opinion in zip(panel, ("stay", "return", "stay"), strict=True):
        assert {each["note"] for each in (await member.read(at))["determination"]["seats"]} == {None}
        await member.post(f"{at}/opinion", 204, {"opinion": opinion, "note": f"For {opinion}."})
        assert "For stay." in str((await member.read(at))["determination"]["seats"])
    assert "For stay." not in str(await officer.read(one))
    await panel[2].post(f"{at}/decision", 422, {"reasons": " "})
    assert await panel[2].post(f"{at}/decision", 200, {"reasons": "All weighed."}) == {"decision": "stay"}
    await panel[2].post(f"{at}/decision", 409, {"reasons": "All weighed."})
    decided = await officer.read(one)
    assert (decided["decision"], decided["reasons"], decided["candidates"]) == ("stay", "All weighed.", [])
    assert {each["note"] for each in decided["seats"]} == {"For stay.", "For return."}
    day = clock.today().isoformat()
    await officer.post(f"{one}/informed", 422, {"on_day": day, "understood": False})
    await officer.post(f"{one}/informed", 204, {"on_day": day, "understood": True})
    assert (await officer.read(one))["child_informed_on"] == day
    # New facts: the decision stands no longer.
    anew = (await officer.post(address, 201, {"about_id": decided["child_id"], "trigger": "new_facts"}))["id"]
    newest, earlier = (await officer.read(address))[0]["determinations"]
    assert (newest["id"], earlier["replaced_by"]) == (anew, anew)
    async with database.reading() as session:
        decisions = list(await session.scalars(select(BestInterests.decision).order_by(BestInterests.opened_at)))
        views = select(AuditEntry.actor_id).where(AuditEntry.event == "case.viewed")
        assert len({*await session.scalars(views)}) == 1 + len(panel)
    assert decisions == [BidDecision.STAY, None]


async def test_whoever_has_a_conflict_no_longer_sees_it(browsers: Browsers, database: Database, number: str) -> None:
    officer = await calling(browsers, Role.CHILD_PROTECTION_OFFICER)
    found = await prepared(officer, database, number)
    first = (await panel_of(browsers))[0]
    await first.post(f"/panel/{found}/declaration", 204, {"has_conflict": True})
    await first.send("GET", f"/panel/{found}", 404)
    assert await first.read("/panel") == []
    one = f"/cases/{number}/best-interests/{found}"
    (seat,) = [each for each in (await officer.read(one))["seats"] if each["name"] == "Someone first"]
    assert seat["has_conflict"]
    await officer.send("DELETE", f"{one}/members/{seat['id']}", 409)
