"""The API about casework: forms, assessments, safety, closing, transfer, duplicates, follow-up, and broken glass."""

import io
from datetime import timedelta
from uuid import UUID

import pytest
from agreed import agree_on_cases
from api_caller import Caller, calling
from fastapi import FastAPI
from first_rows import actor_of, add_case
from form_browser import stored
from household_form import HOUSEHOLD, TYPED, household
from permission_scene import Scene
from PIL import Image
from sqlalchemy import select, update
from test_case_safety import add_contact, add_phone
from test_casework_pages import opened, the_case
from web_browser import Browsers

from access.actor import SYSTEM
from access.models import OrganisationKind, StaffMember
from access.rules import Role
from access.staff import create_organisation
from cases.casework_models import CaseTransfer
from cases.followup import plan_waves
from cases.models import Case, Consent, FormRequest, PhoneLink
from cases.rules import CaseStatus, ConsentState, SubmissionState
from cases.sheets import publish, publish_built_in
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.outbox import OutboxRow
from referrals.transferring import answer_transfer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    async with database.transaction() as session:
        await publish_built_in(session)
        await publish(session, household())
        return (await add_case(session, None))[0].number


@pytest.fixture
async def worker(browsers: Browsers) -> Caller:
    return await calling(browsers, Role.CASEWORKER)


def asked(state: dict[str, object]) -> dict[str, dict[str, object]]:
    questions = state["questions"]
    assert isinstance(questions, list)
    return {each["key"]: each for each in questions}


async def test_a_form_is_filled_in_by_a_program_as_on_the_pages(
    worker: Caller, number: str, database: Database
) -> None:
    offered = {each["form"] for each in (await worker.read(f"/cases/{number}/forms"))["offered"]}
    assert HOUSEHOLD in offered
    draft_id = (await worker.post(f"/cases/{number}/form-drafts", 201, {"form": HOUSEHOLD}))["id"]
    draft = f"/cases/{number}/form-drafts/{draft_id}"
    state = asked(await worker.read(draft))
    assert [each["code"] for each in state["country"]["choices"]] == ["gm", "tn"]
    assert state["pay"]["suggestion"] == ["7.5"]
    assert not state["pay"]["is_answered"]
    await worker.post(f"{draft}/submission", 409)
    # What can be taken is kept beside what cannot; what is not asked is named.
    some = {"town": "banjul", "country": "gm", "place": "near the well", "why": "x", "nothing": "y"}
    told = await worker.send("PATCH", f"{draft}/answers", 200, {"answers": some})
    state = asked(told)
    assert state["town"]["answer"] == ["banjul"]
    assert state["place"]["fault"]
    assert {*told["not_asked"]} == {"why", "nothing"}
    rest = {"hello": "read", **TYPED, "story": None, "document": None}
    for _each in range(2):
        told = await worker.send("PATCH", f"{draft}/answers", 200, {"answers": rest})
    assert told["not_asked"] == []
    assert [each["key"] for each in told["questions"] if not each["is_answered"]] == ["paper"]
    photo = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(photo, "JPEG")
    answer = await worker.client.post(
        f"/api/v1{draft}/files", data={"question": "paper"}, files={"file": ("p.jpg", photo.getvalue(), "image/jpeg")}
    )
    assert answer.status_code == 200
    assert answer.json()["is_complete"]
    file_id = asked(answer.json())["paper"]["file_id"]
    assert (await worker.client.get(f"/api/v1/cases/{number}/files/{file_id}")).headers["content-type"] == "image/jpeg"
    await worker.send("DELETE", f"{draft}/rows/members/7", 409)
    gone = asked(await worker.send("DELETE", f"{draft}/rows/members/1", 200))
    assert gone["members/1/called"]["answer"] == ["Musa"]
    await worker.post(f"{draft}/submission", 201)
    await worker.send("GET", draft, 409)
    submission, answers = await stored(database, HOUSEHOLD)
    assert submission.state is SubmissionState.SUBMITTED
    assert (answers["members/1/called"], answers["why"], answers["grown"]) == ("Musa", "No work\nthis month", "1")
    filled = (await worker.read(f"/cases/{number}/forms"))["filled"][0]
    assert (filled["id"], filled["filled_by"]) == (draft_id, "Someone caseworker")
    values = {each["key"]: (each["value"], each["text"]) for each in filled["answers"]}
    assert values["things"] == (["phone", "bed"], "A phone, A bed")


async def test_a_form_is_asked_for_taken_back_corrected_and_dropped(
    worker: Caller, number: str, database: Database
) -> None:
    request_id = (await worker.post(f"/cases/{number}/form-requests", 201, {"form": "check_in"}))["id"]
    await worker.post(f"/cases/{number}/form-requests", 409, {"form": "check_in"})
    await worker.post(f"/cases/{number}/form-requests", 422, {"form": HOUSEHOLD + " "})
    await worker.post(f"/cases/{number}/form-requests", 404, {"form": "nowhere"})
    async with database.reading() as session:
        assert (await session.scalars(select(OutboxRow.dedupe_key))).one() == f"form_request:{request_id}"
    await worker.send("DELETE", f"/cases/{number}/form-requests/{request_id}", 204)
    await worker.send("DELETE", f"/cases/{number}/form-requests/{request_id}", 404)
    async with database.reading() as session:
        assert (await session.scalars(select(FormRequest.done_at))).one() is not None
    draft_id = (await worker.post(f"/cases/{number}/form-corrections", 201, {"form": "arrival"}))["id"]
    forms = await worker.read(f"/cases/{number}/forms")
    assert [(each["id"], each["is_correction"]) for each in forms["drafts"]] == [(draft_id, True)]
    assert [each["state"] for each in forms["requests"]] == ["taken_back"]
    assert asked(await worker.read(f"/cases/{number}/form-drafts/{draft_id}"))["called"]["answer"] == ["Zebulon"]
    await worker.send("DELETE", f"/cases/{number}/form-drafts/{draft_id}", 204)
    assert (await worker.read(f"/cases/{number}/forms"))["drafts"] == []


async def test_assessments_say_what_is_due_what_changed_and_how_great_the_risk_is(worker: Caller, number: str) -> None:
    told = await worker.read(f"/cases/{number}/assessments")
    assert {each["assessment"]: each["state"] for each in told["assessments"]}["screen"] == "due"
    assert (told["risk"], told["suggestion"]["level"], told["may_begin"]) == (None, "high", True)
    assert "Fear of return" in told["suggestion"]["rules"]
    await worker.post(f"/cases/{number}/risk", 422, {"level": "high", "reason": " "})
    await worker.post(f"/cases/{number}/risk", 201, {"level": "high", "reason": "Alone with two children."})
    (setting,) = await worker.read(f"/cases/{number}/risk")
    assert (setting["reason"], setting["suggested"]) == ("Alone with two children.", "high")
    assert (await worker.read(f"/cases/{number}/assessments"))["risk"] == setting
    draft_id = (await worker.post(f"/cases/{number}/form-corrections", 201, {"form": "arrival"}))["id"]
    draft = f"/cases/{number}/form-drafts/{draft_id}"
    await worker.send("PATCH", f"{draft}/answers", 200, {"answers": {"called": "Zeb"}})
    await worker.send("GET", f"/cases/{number}/assessments/nothing", 404)
    compared = await worker.read(f"/cases/{number}/assessments/arrival")
    assert (len(compared["made"]), compared["older"], compared["changes"]) == (1, None, [])
    open_questions = asked(await worker.read(draft))
    skipped = {key: None for key, each in open_questions.items() if not each["is_answered"]}
    state = await worker.send("PATCH", f"{draft}/answers", 200, {"answers": skipped})
    while not state["is_complete"]:
        waiting = [each for each in state["questions"] if not each["is_answered"]]
        answers = {each["key"]: each["choices"][0]["code"] if each["choices"] else "1" for each in waiting[:1]}
        state = await worker.send("PATCH", f"{draft}/answers", 200, {"answers": answers})
    await worker.post(f"{draft}/submission", 201)
    compared = await worker.read(f"/cases/{number}/assessments/arrival")
    changed = {each["key"]: (each["kind"], each["before"], each["after"]) for each in compared["changes"]}
    assert changed["called"] == ("changed", "Zebulon", "Zeb")
    assert compared["newer"]["id"] == draft_id
    found = await worker.post("/codes/search", 200, {"words": "tailor"})
    assert ("ISCO-08", "75") in {(each["scheme"], each["code"]) for each in found}


async def test_the_officer_confirms_a_guardian_and_a_caseworker_helps_with_a_phone(
    worker: Caller, browsers: Browsers, app: FastAPI, database: Database
) -> None:
    child = await add_contact(database, app.state.settings)
    officer = await calling(browsers, Role.CHILD_PROTECTION_OFFICER)
    contact = (await officer.read(f"/cases/{child}/safety"))["contact"]
    assert (contact["is_same_notice"], contact["is_unaccompanied"], contact["notice_language"]) == (True, False, "en")
    await officer.post(f"/cases/{child}/guardian/longer", 204)
    assert (await officer.read(f"/cases/{child}/safety"))["contact"]["kept_until"] > contact["kept_until"]
    await worker.post(f"/cases/{child}/guardian", 404, {"evidence": "Met the father."})
    await officer.post(f"/cases/{child}/guardian", 204, {"evidence": "Met the father."})
    assert (await officer.read(f"/cases/{child}/safety"))["contact"] is None
    async with database.reading() as session:
        assert (await session.scalars(select(Consent.state))).one() is ConsentState.GIVEN
    number = await add_phone(database, "a hash")
    made = await worker.post(f"/cases/{number}/phone/code", 201)
    assert len(made["code"]) == 8
    phone = (await worker.read(f"/cases/{number}/safety"))["phone"]
    assert phone["has_pin"] is True
    assert phone["code_until"] is not None
    async with database.reading() as session:
        assert made["code"] not in (await session.scalars(select(PhoneLink.code_fingerprint))).one()
    await worker.post(f"/cases/{number}/phone/pin/remove", 409, {"is_checked": False})
    await worker.post(f"/cases/{number}/phone/pin/remove", 204, {"is_checked": True})
    assert (await worker.read(f"/cases/{number}/safety"))["phone"]["has_pin"] is False


async def test_a_case_is_closed_by_two_people_and_opened_again(
    worker: Caller, browsers: Browsers, app: FastAPI, database: Database
) -> None:
    number = (await opened(database))[0]
    supervisor = await calling(browsers, Role.SUPERVISOR)
    today = clock.today().isoformat()
    wish = {"reason": "remigrated", "ended_on": today, "note": "He works abroad.", "no_survey": "refused"}
    page = await worker.read(f"/cases/{number}/closing")
    assert (page["has_survey"], page["left"]["tasks"], page["left"]["open_referrals"]) == (False, [], 0)
    assert "reached_majority" not in page["reasons"]
    await supervisor.post(f"/cases/{number}/closing", 201, wish)
    await worker.post(f"/cases/{number}/closing", 409, wish)
    own = await supervisor.post(f"/cases/{number}/closing/decision", 409, {"decision": "approve"})
    assert "Nobody approves what they asked for themselves" in own["detail"]
    await worker.post(f"/cases/{number}/closing/withdraw", 204)
    await worker.post(f"/cases/{number}/closing", 201, wish)
    await supervisor.post(f"/cases/{number}/closing/decision", 422, {"decision": "send_back"})
    await supervisor.post(f"/cases/{number}/closing/decision", 204, {"decision": "send_back", "note": "Ask once more."})
    await worker.post(f"/cases/{number}/closing", 201, wish)
    await supervisor.post(f"/cases/{number}/closing/decision", 204, {"decision": "approve"})
    assert (await the_case(database, number)).status is CaseStatus.CLOSED
    requests = (await worker.read(f"/cases/{number}/closing"))["requests"]
    assert [each["state"] for each in requests] == ["approved", "returned", "withdrawn"]
    assert requests[1]["decision_note"] == "Ask once more."
    await worker.send("PUT", f"/cases/{number}/phase", 409, {"phase": "planning"})
    await worker.post(f"/cases/{number}/reopen", 204, {"reason": "came_back", "note": "He is here."})
    assert (await the_case(database, number)).status is CaseStatus.OPEN


async def test_a_case_goes_to_another_team_and_with_the_persons_yes_to_another_organisation(
    browsers: Browsers, app: FastAPI, database: Database
) -> None:
    number, key = await opened(database)
    supervisor = await calling(browsers, Role.SUPERVISOR)
    async with database.transaction() as session:
        other = create_organisation(session, "Another", OrganisationKind.OPERATOR)
        await session.execute(update(StaffMember).where(StaffMember.role == Role.CASEWORKER).values(team="North"))
        await agree_on_cases(session, other.id)
        other_id, home_id = other.id, (await actor_of(session, Role.SUPERVISOR)).organisation_id
    page = await supervisor.read(f"/cases/{number}/transfer")
    assert (page["teams"], [each["name"] for each in page["organisations"]]) == (["North"], ["Another"])
    await supervisor.send("PUT", f"/cases/{number}/team", 204, {"team": "North"})
    assert (await the_case(database, number)).team == "North"
    await supervisor.post(f"/cases/{number}/transfer", 201, {"organisation_id": str(other_id), "note": "Needs a loom."})
    await supervisor.post(f"/cases/{number}/transfer/revoke", 204)
    await supervisor.post(f"/cases/{number}/transfer", 201, {"organisation_id": str(other_id), "note": "Needs a loom."})
    async with database.transaction() as session:
        consent_id = await session.scalar(select(CaseTransfer.consent_id).where(CaseTransfer.settled_at.is_(None)))
        assert consent_id is not None
        await answer_transfer(session, key.subject_id, consent_id, agrees=True)
        # From now on the supervisor is one of the receiving organisation.
        await session.execute(
            update(StaffMember).where(StaffMember.role == Role.SUPERVISOR).values(organisation_id=other_id)
        )
    await supervisor.send("GET", f"/cases/{number}", 404)
    (offer,) = (await supervisor.read("/transfers"))["offers"]
    assert (offer["number"], offer["note"]) == (number, "Needs a loom.")
    assert (await supervisor.post(f"/transfers/{offer['id']}/accept", 200)) == {"number": number}
    await supervisor.post(f"/transfers/{offer['id']}/decline", 404, {"reason": "no_capacity"})
    assert (await supervisor.read(f"/cases/{number}"))["number"] == number
    assert (await the_case(database, number)).organisation_id == other_id != home_id


async def test_two_files_of_one_person_are_merged_separated_and_told_apart(
    browsers: Browsers, number: str, database: Database
) -> None:
    supervisor = await calling(browsers, Role.SUPERVISOR)
    async with database.transaction() as session:
        other = (await add_case(session, None))[0].number
    (pair,) = await supervisor.read("/duplicates")
    assert {pair["first"]["number"], pair["second"]["number"]} == {number, other}
    assert (pair["first"]["called"], pair["first"]["birth_year"], pair["same_year"]) == ("Zebulon", 1990, True)
    async with database.reading() as session:
        viewed = list(await session.scalars(select(AuditEntry.event).where(AuditEntry.event == "case.viewed")))
    assert len(viewed) == 2
    await supervisor.post("/duplicates/merge", 404, {"stays": number, "other": "HW-0000-0000"})
    await supervisor.post("/duplicates/merge", 204, {"stays": number, "other": other})
    assert (await supervisor.read(f"/cases/{number}"))["merged"] == [other]
    assert (await supervisor.read(f"/cases/{other}"))["survivor"] == number
    assert await supervisor.read("/duplicates") == []
    await supervisor.post(f"/cases/{other}/separate", 204)
    await supervisor.post(f"/cases/{other}/separate", 409)
    assert (await the_case(database, other)).survivor_id is None
    await supervisor.post("/duplicates/apart", 204, {"first": number, "second": other})
    assert await supervisor.read("/duplicates") == []


async def test_a_wave_is_asked_by_phone_refused_or_closed(worker: Caller, number: str, database: Database) -> None:
    async with database.transaction() as session:
        case = (await session.scalars(select(Case).where(Case.number == number))).one()
        await plan_waves(session, case, clock.today() - timedelta(days=3), actor=SYSTEM)
    told = await worker.read(f"/cases/{number}/follow-ups")
    first, second, third, *_rest = told["waves"]
    assert (first["wave"], first["state"], first["may_be_settled"]) == ("day_3", "planned", True)
    draft_id = (await worker.post(f"/cases/{number}/follow-ups/{first['id']}/phone", 201))["id"]
    assert (await worker.read(f"/cases/{number}/form-drafts/{draft_id}"))["form"] == "check_in"
    await worker.post(f"/cases/{number}/follow-ups/{second['id']}/refused", 204)
    await worker.post(f"/cases/{number}/follow-ups/{third['id']}/close", 422, {"reason": "bored"})
    await worker.post(f"/cases/{number}/follow-ups/{third['id']}/close", 204, {"reason": told["closing_reasons"][0]})
    waves = (await worker.read(f"/cases/{number}/follow-ups"))["waves"]
    assert [each["state"] for each in waves[:3]] == ["asked", "refused", "closed"]
    assert waves[2]["closed_because"]


async def test_a_case_opened_in_an_emergency_is_seen_until_and_reviewed_by_another(
    browsers: Browsers, scene: Scene, database: Database
) -> None:
    worker, supervisor = await calling(browsers, Role.CASEWORKER), await calling(browsers, Role.SUPERVISOR)
    hidden, why = scene.cases["other_team"]["number"], "She wrote to me that he is at the door."
    await worker.send("GET", f"/cases/{hidden}", 404)
    await worker.post("/break-glass", 422, {"number": hidden, "reason": "now"})
    await worker.post("/break-glass", 404, {"number": scene.cases["elsewhere"]["number"], "reason": why})
    opened_now = await worker.post("/break-glass", 201, {"number": hidden, "reason": why})
    assert opened_now["number"] == hidden
    assert (await worker.read(f"/cases/{hidden}"))["glass_until"] is not None
    listed = await supervisor.read("/break-glass")
    mine = next(each for each in listed["items"] if each["reason"] == why)
    assert (mine["number"], mine["by"], mine["may_review"]) == (hidden, "Someone caseworker", True)
    await supervisor.post(f"/break-glass/{mine['id']}/review", 204)
    await supervisor.post(f"/break-glass/{mine['id']}/review", 409)
    again = await supervisor.read("/break-glass")
    assert again["waiting"] == listed["waiting"] - 1
    assert UUID(mine["id"])


async def test_today_the_tasks_and_what_supervisors_look_at_say_what_the_pages_say(
    worker: Caller, browsers: Browsers, number: str, database: Database
) -> None:
    supervisor = await calling(browsers, Role.SUPERVISOR)
    today = await worker.read("/today")
    assert [each["press"] for each in today] == sorted(
        (each["press"] for each in today), key=["danger", "overdue", "flag", "soon", "waiting"].index
    )
    assert {each["number"] for each in today} == {number}
    assert {each["source"] for each in await worker.read("/today", only="unowned")} == {"unowned"}
    tasks = await worker.read("/tasks")
    assert tasks["next"] is None
    assert [each["number"] for each in tasks["items"]] == [number] * len(tasks["items"])
    assert await worker.read("/tasks", mine=True) == tasks
    task_id = tasks["items"][0]["id"]
    await worker.post(f"/tasks/{task_id}/settle", 204)
    await worker.post(f"/tasks/{task_id}/settle", 404)
    await worker.send("GET", "/tasks?after=0", 422)
    stands = await supervisor.read("/dashboard")
    assert stands["loads"] == [{"owner": None, "by_phase": {"assessment": 1}, "total": 1, "overdue": 0}]
    assert stands["task_done"]["count"] == 1
    assert stands["flags"]["fear_of_return"] == {"0-2": 1}
    assert (await supervisor.read("/dashboard", team="nowhere"))["loads"] == []
    assert await supervisor.read("/approvals") == await supervisor.read("/retention") == []
    assert await supervisor.read("/follow-up") == []
    accounts = await supervisor.read("/staff")
    assert {each["organisation"] for each in accounts} == {"The operator"}
    administrator = await calling(browsers, Role.ADMINISTRATOR)
    assert len(await administrator.read("/staff")) > len(accounts)
