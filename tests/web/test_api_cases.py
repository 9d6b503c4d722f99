"""The API about cases: the list and what narrows it, one case, work on it, the conversation, and notes."""

import asyncio
import io
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from api_caller import Caller, calling
from fastapi import FastAPI
from first_rows import add_case
from PIL import Image
from sqlalchemy import func, select, update
from web_browser import Browsers

from access.actor import PERSON
from access.models import ApiToken, StaffMember
from access.rules import Role
from cases.messages import receive_from_person
from cases.models import Case, CaseMessage, Flag, Need
from cases.rules import FlagKind, FlagOutcome, NeedStatus, Phase
from cases.sheets import publish_built_in
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.keys import open_subject
from foundation.outbox import OutboxRow

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WORDS = "When can I come?"


MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""A reply is promised within office hours: before a weekend a flag may be due sooner than a message."""


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    return await waiting_case(database)


async def waiting_case(database: Database) -> str:
    """The number of a case with flags and needs, and a message that waits."""
    async with database.transaction() as session:
        await publish_built_in(session)
        case, key = await add_case(session, None)
        await receive_from_person(session, case, key, WORDS, actor=PERSON)
        return case.number


@pytest.fixture
async def worker(browsers: Browsers) -> Caller:
    return await calling(browsers, Role.CASEWORKER)


async def audited(database: Database, event: str) -> int:
    async with database.reading() as session:
        counted = select(func.count()).select_from(AuditEntry).where(AuditEntry.event == event)
        return await session.scalar(counted) or 0


async def the_case(database: Database, number: str) -> Case:
    async with database.reading() as session:
        return (await session.scalars(select(Case).where(Case.number == number))).one()


async def test_the_list_goes_on_where_a_page_ended_and_tells_each_case_once(
    worker: Caller, number: str, database: Database
) -> None:
    async with database.transaction() as session:
        more = {(await add_case(session, None))[0].number for _each in range(4)}
    told, after = [], ""
    while True:
        page = await worker.read("/cases", limit=2, after=after)
        assert len(page["items"]) <= 2
        told += [each["number"] for each in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert len(told) == 5
    assert {*told} == {number, *more}
    newest = await worker.read("/cases", sort="newest", limit=1)
    assert newest["items"][0]["number"] in more
    row = (await worker.read("/cases", flag="fear_of_return"))["items"][0]
    assert (row["called"], row["urgency"]) == ("Zebulon", "emergency")
    assert {"fear_of_return", "no_safe_place"} <= {*row["flags"]}
    assert (await worker.read("/cases", status="closed"))["items"] == []
    for wrong in ({"after": "nowhere"}, {"limit": 0}, {"limit": 101}, {"phase": "moon"}):
        await worker.send("GET", f"/cases?{'&'.join(f'{name}={each}' for name, each in wrong.items())}", 422)
    for edge in ({"opened_to": "9999-12-31"}, {"opened_from": "0001-01-01"}):
        assert len((await worker.read("/cases", **edge))["items"]) == 5
    await worker.send("GET", f"/cases?after=0.0.{uuid4().hex}.-62135596800000000", 422)


async def test_a_search_stands_in_the_body_and_finds_by_name_and_number(worker: Caller, number: str) -> None:
    for words, found in (("Zebulon", [number]), (number.lower(), [number]), ("Somebody else", [])):
        answer = await worker.post("/cases/search", 200, {"words": words})
        assert [each["number"] for each in answer["items"]] == found
        assert answer["are_more"] is False
    await worker.post("/cases/search", 422, {"words": "a\0b"})
    await worker.post("/cases/search", 422, {"words": "x", "organisation": "1"})


async def test_a_filter_is_kept_told_with_its_count_and_removed_by_its_owner_alone(
    worker: Caller, browsers: Browsers, number: str
) -> None:
    wanted = {"flag": "fear_of_return", "owner": "nobody", "sort": "oldest"}
    kept = await worker.post("/case-filters", 201, {"name": "Afraid", "filter": wanted})
    (told,) = await worker.read("/case-filters")
    assert (told["id"], told["name"], told["found"]) == (kept["id"], "Afraid", 1)
    assert {name: told["filter"][name] for name in wanted} == wanted
    await worker.post("/case-filters", 422, {"name": "", "filter": wanted})
    await worker.post("/case-filters", 422, {"name": "Afraid", "filter": {"called": "Zebulon"}})
    supervisor = await calling(browsers, Role.SUPERVISOR)
    assert await supervisor.read("/case-filters") == []
    await supervisor.send("DELETE", f"/case-filters/{kept['id']}", 404)
    await worker.send("DELETE", f"/case-filters/{kept['id']}", 204)
    assert await worker.read("/case-filters") == []


async def test_one_case_tells_its_story_and_opening_it_is_noted(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    with clock.moved_to(MONDAY):
        number, worker = await waiting_case(database), await calling(browsers, Role.CASEWORKER)
        told = await worker.read(f"/cases/{number}")
        assert (told["number"], told["called"], told["status"], told["phase"]) == (
            number,
            "Zebulon",
            "open",
            "assessment",
        )
        assert told["next_phases"] == ["planning"]
        assert told["next_due"]["what"] == "Answer the person's message"
        assert (
            told["open_flags"] == len(told["flags"]) == len([each for each in told["flags"] if not each["settled_at"]])
        )
        assert {each["kind"]: each["may_settle"] for each in told["flags"]}["fear_of_return"] is False
        assert {"shelter", "safety"} <= {each["kind"] for each in told["needs"]}
        (consent,) = told["consents"]
        assert (consent["kind"], consent["state"], consent["given_by"]) == ("data", "given", "person")
        assert await audited(database, "case.viewed") == 1
        history = await worker.read(f"/cases/{number}/history", limit=3)
        assert len(history["items"]) == 3
        rest = await worker.read(f"/cases/{number}/history", after=history["next"], limit=100)
        assert rest["next"] is None
        assert rest["items"][-1]["text"] == "Case opened"
        await worker.send("GET", f"/cases/{number}/history?after=yesterday", 422)
        assert await audited(database, "case.viewed") == 3


async def test_flags_needs_owner_and_phase_are_changed_by_the_verbs_of_the_pages(
    worker: Caller, browsers: Browsers, number: str, database: Database
) -> None:
    told = await worker.read(f"/cases/{number}")
    flags = {each["kind"]: each["id"] for each in told["flags"]}
    settled = {"outcome": "resolved", "note": "A bed was found."}
    await worker.post(f"/cases/{number}/flags/{flags['no_safe_place']}/settle", 204, settled)
    await worker.post(f"/cases/{number}/flags/{flags['no_safe_place']}/settle", 409, settled)
    await worker.post(f"/cases/{number}/flags/{flags['fear_of_return']}/settle", 404, settled)
    officer = await calling(browsers, Role.PROTECTION_OFFICER)
    await officer.post(f"/cases/{number}/flags/{flags['fear_of_return']}/settle", 422, {**settled, "note": " "})
    await officer.post(f"/cases/{number}/flags/{flags['fear_of_return']}/settle", 204, settled)
    shelter = next(each["id"] for each in told["needs"] if each["kind"] == "shelter")
    await worker.send("PUT", f"/cases/{number}/needs/{shelter}/status", 204, {"status": "met"})
    owner = (await worker.read("/case-owners"))[0]["id"]
    await worker.send("PUT", f"/cases/{number}/owner", 204, {"owner_id": owner})
    await worker.send("PUT", f"/cases/{number}/owner", 422, {"owner_id": str(uuid4())})
    await worker.send("PUT", f"/cases/{number}/phase", 409, {"phase": "return"})
    await worker.send("PUT", f"/cases/{number}/phase", 204, {"phase": "planning"})
    await worker.post(f"/cases/{number}/attended", 204)
    case = await the_case(database, number)
    assert (case.owner_id, case.phase, case.attention_at) == (UUID(owner), Phase.PLANNING, None)
    async with database.reading() as session:
        outcomes = dict((await session.execute(select(Flag.kind, Flag.outcome))).tuples().all())
        status = await session.scalar(select(Need.status).where(Need.id == UUID(shelter)))
    assert outcomes[FlagKind.NO_SAFE_PLACE] is outcomes[FlagKind.FEAR_OF_RETURN] is FlagOutcome.RESOLVED
    assert status is NeedStatus.MET
    await worker.send("PUT", f"/cases/{number}/owner", 204, {"owner_id": None})
    assert (await the_case(database, number)).owner_id is None
    tasks = (await worker.read(f"/cases/{number}"))["tasks"]
    for task in tasks:
        await worker.post(f"/cases/{number}/tasks/{task['id']}/settle", 204)
        await worker.post(f"/cases/{number}/tasks/{task['id']}/settle", 404)


async def test_a_message_with_a_file_is_queued_and_answers_what_was_read(
    worker: Caller, number: str, database: Database
) -> None:
    told = await worker.read(f"/cases/{number}/messages")
    (theirs,) = told["items"]
    assert (theirs["text"], theirs["direction"], theirs["author"]) == (WORDS, "from_person", None)
    assert told["unanswered_since"] is not None
    photo = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(photo, "PNG")
    answer = await worker.client.post(
        f"/api/v1/cases/{number}/messages",
        data={"text": "Come tomorrow.", "seen": theirs["position"]},
        files={"file": ("way.png", photo.getvalue(), "image/png")},
    )
    assert answer.status_code == 204
    assert (await the_case(database, number)).unanswered_at is None
    newest = (await worker.read(f"/cases/{number}/messages", limit=1))["items"][0]
    assert (newest["text"], newest["author"], newest["arrival"]) == (
        "Come tomorrow.", "Someone caseworker", "on_its_way",
    )  # fmt: skip
    content = await worker.client.get(f"/api/v1/cases/{number}/files/{newest['file']['id']}")
    assert Image.open(io.BytesIO(content.content)).size == (8, 8)
    assert await audited(database, "file.opened") == 1
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxRow)) == 1
    older = await worker.read(f"/cases/{number}/messages", before=newest["position"])
    assert [each["id"] for each in older["items"]] == [theirs["id"]]
    await worker.post(f"/cases/{number}/messages/{newest['id']}/again", 409)
    assert (await worker.client.post(f"/api/v1/cases/{number}/messages", data={"text": " "})).status_code == 422


async def test_a_program_waits_for_what_the_person_writes_and_a_thank_you_needs_no_answer(
    worker: Caller, number: str, database: Database
) -> None:
    (first,) = await worker.read(f"/cases/{number}/messages/new")
    assert await worker.read(f"/cases/{number}/messages/new", after=first["position"]) == []
    waiting = asyncio.create_task(worker.read(f"/cases/{number}/messages/new", after=first["position"], wait=20))
    await asyncio.sleep(0)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case).where(Case.number == number))).one()
        assert case.person_id is not None
        await receive_from_person(session, case, await open_subject(session, case.person_id), "Thanks", actor=PERSON)
    (second,) = await asyncio.wait_for(waiting, 10)
    assert second["text"] == "Thanks"
    await worker.post(f"/cases/{number}/messages/no-answer", 204, {"seen": first["position"]})
    assert (await the_case(database, number)).unanswered_at is not None
    await worker.post(f"/cases/{number}/messages/no-answer", 204, {"seen": second["position"]})
    await worker.post(f"/cases/{number}/messages/no-answer", 409, {"seen": second["position"]})
    assert (await the_case(database, number)).unanswered_at is None
    async with database.reading() as session:
        assert set(await session.scalars(select(CaseMessage.read_at))) != {None}


async def test_whoever_waits_learns_nothing_once_their_token_is_revoked(
    worker: Caller, number: str, database: Database
) -> None:
    (first,) = await worker.read(f"/cases/{number}/messages/new")
    address = f"/api/v1/cases/{number}/messages/new?after={first['position']}&wait=20"
    waiting = asyncio.create_task(worker.client.get(address))
    # Once it waits, it has asked the database.
    await asyncio.sleep(0.2)
    async with database.transaction() as session:
        await session.execute(update(ApiToken).values(revoked_at=clock.now()))
    assert (await asyncio.wait_for(waiting, 10)).status_code == 404


async def test_a_note_is_read_by_those_it_is_for_and_corrected_by_a_new_one(
    worker: Caller, browsers: Browsers, number: str, database: Database
) -> None:
    supervisor = await calling(browsers, Role.SUPERVISOR)
    hidden = {"text": "She told me alone.", "visibility": "roles", "roles": ["child_protection_officer"]}
    await worker.post(f"/cases/{number}/notes", 201, hidden)
    counselling = {
        "kind": "reintegration",
        "held_on": clock.today().isoformat(),
        "channel": "in_person",
        "language": "en",
        "minutes": 40,
        "topics": ["family"],
        "attended": ["person"],
    }
    talk = {"text": "We talked.", "kind": "counselling", "session": counselling}
    made = await worker.post(f"/cases/{number}/notes", 201, talk)
    await worker.post(f"/cases/{number}/notes", 422, {**talk, "kind": "visit"})
    await worker.post(f"/cases/{number}/notes", 422, {**hidden, "roles": []})
    await supervisor.post(f"/cases/{number}/notes/{made['id']}/correction", 201, {"text": "We talked at length."})
    await worker.post(f"/cases/{number}/notes/{made['id']}/correction", 409, {"text": "No."})
    (read,) = await supervisor.read(f"/cases/{number}/notes")
    assert (read["text"], read["earlier"][0]["text"]) == ("We talked at length.", "We talked.")
    assert read["earlier"][0]["session"]["minutes"] == 40
    assert {each["text"] for each in await worker.read(f"/cases/{number}/notes")} == {
        "We talked at length.", "She told me alone.",
    }  # fmt: skip
    async with database.reading() as session:
        author = await session.scalar(select(StaffMember.name).where(StaffMember.role == Role.SUPERVISOR))
    assert read["author"] == author
