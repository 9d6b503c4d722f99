"""What staff do on the pages of a case, from the list to the message that reaches the person's queue."""

import asyncio
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update
from starlette.requests import Request
from web_browser import Browsers

from access.actor import PERSON
from access.models import StaffMember
from access.rules import Role
from cases.intake import begin_form, open_case, submit_form
from cases.messages import receive_from_person
from cases.models import Case, Flag, Task
from cases.rules import CaseStatus, FlagKind
from cases.sheets import ARRIVAL, NEEDS, built_in_sheets, publish_built_in
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.keys import create_subject
from foundation.outbox import OutboxRow
from web.app import end_streams
from web.guard import SESSION_COOKIE, current_visit
from web.pages.conversation import stream_messages

NAME = "Zebulon <i>O'Neil</i>"
ARRIVAL_ANSWERS = {"called": NAME, "birth_year": 1990, "sex": "male", "country_return": "TN", "maybe_child": "no"}
NEEDS_ANSWERS = {"maybe_child": "no", "place_tonight": "no", "fear": "yes", "health": "none", "income": "yes"}


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    """The number of a case with both forms sent in, an open flag of fear, and a message that waits."""
    async with database.transaction() as session:
        await publish_built_in(session)
        key = create_subject(session, uuid4())
        case = await open_case(session, key, "en", "the notice", actor=PERSON)
        await session.flush()
        for sheet_id, answers in ((ARRIVAL, ARRIVAL_ANSWERS), (NEEDS, NEEDS_ANSWERS)):
            submission = await begin_form(session, case, key, built_in_sheets()[sheet_id], "en")
            await session.flush()
            await submit_form(session, submission.id, key, dict(answers), actor=PERSON)
        await receive_from_person(session, case, key, "When can I come?\n<script>alert(1)</script>", actor=PERSON)
        case.team = None
        return case.number


async def flag_address(database: Database, number: str, kind: FlagKind) -> str:
    async with database.reading() as session:
        flag_id = await session.scalar(select(Flag.id).join(Case).where(Case.number == number, Flag.kind == kind))
    return f"/cases/{number}/flags/{flag_id}"


async def test_the_list_shows_who_waits_and_the_case_tells_its_story(browsers: Browsers, number: str) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    listed = (await browser.get("/cases")).text
    assert f'href="/cases/{number}"' in listed
    assert "No safe place tonight" in listed
    assert 'class="waiting"' in listed
    case = (await browser.get(f"/cases/{number}")).text
    for expected in ("Fear of return", "A place to stay", "Emergency", "When can I come?", "Do you have a place"):
        assert expected in case


async def test_the_case_begins_with_what_is_due_and_every_part_is_one_jump_away(
    browsers: Browsers, number: str, database: Database
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    async with database.transaction() as session:
        # Before a weekend an answer is promised for a later day than a task may have.
        await session.execute(update(Task).values(due_at=clock.now() + timedelta(days=30)))
    text = (await browser.get(f"/cases/{number}")).text
    summary = text[text.index('id="summary"') : text.index('class="jump"')]
    assert "Assessment" in summary
    assert "Nobody yet" in summary
    assert '<a href="#messages">Answer the person&#39;s message</a>' in summary
    jumps = re.findall(r'<a href="#([\w-]+)">', text[text.index('class="jump"') : text.index('class="main-column"')])
    assert jumps == re.findall(r'<h2 id="([\w-]+)">', text[text.index('class="main-column"') :])
    assert {"flags", "needs", "messages", "referrals", "forms", "work", "history"} <= {*jumps}
    async with database.transaction() as session:
        await session.execute(update(Case).values(status=CaseStatus.CLOSED))
    closed = (await browser.get(f"/cases/{number}")).text
    assert "Due next" not in closed


async def test_what_a_person_typed_is_never_markup(browsers: Browsers, number: str) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    for path in ("/cases", f"/cases/{number}", f"/cases/{number}/referrals/new"):
        text = (await browser.get(path)).text
        assert "<i>O" not in text
        assert "<script>alert" not in text
        assert "Zebulon" in text


async def test_a_case_is_found_by_name_and_by_number(browsers: Browsers, number: str) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    for words, found in ((NAME, 1), (number.lower(), 1), ("Someone else", 0)):
        text = (await browser.send("/cases", {"words": words})).text
        assert text.count(f'href="/cases/{number}"') == found


async def test_opening_a_case_is_noted_before_it_is_shown(browsers: Browsers, number: str, database: Database) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    await browser.get(f"/cases/{number}")
    async with database.reading() as session:
        views = await session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.event == "case.viewed")
        )
    assert views == 1


async def test_a_message_is_queued_for_the_person_and_stands_on_the_page(
    browsers: Browsers, number: str, database: Database
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    answer = await browser.send(f"/cases/{number}/messages", {"text": "Come tomorrow at ten."})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/cases/{number}#messages"
    assert "Come tomorrow at ten." in (await browser.get(f"/cases/{number}")).text
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxRow)) == 1


async def test_a_message_that_cannot_be_sent_says_why_and_sends_nothing(
    browsers: Browsers, number: str, database: Database
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    answer = await browser.send(f"/cases/{number}/messages", {"text": "y" * 3500})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "y" * 3500 in answer.text
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxRow)) == 0


async def test_only_the_officer_of_its_kind_settles_a_flag(browsers: Browsers, number: str, database: Database) -> None:
    address = await flag_address(database, number, FlagKind.FEAR_OF_RETURN)
    fields = {"outcome": "confirmed", "note": "Spoke with him."}
    worker = await browsers.signed_in(Role.CASEWORKER)
    assert f'action="{address}"' not in (await worker.get(f"/cases/{number}")).text
    assert (await worker.send(address, fields)).status_code == 404
    officer = await browsers.signed_in(Role.PROTECTION_OFFICER)
    assert f'action="{address}"' in (await officer.get(f"/cases/{number}")).text
    without_note = await officer.send(address, {"outcome": "resolved", "note": "  "})
    assert without_note.status_code == 422
    assert re.search(r'value="resolved" selected', without_note.text)
    assert (await officer.send(address, fields)).status_code == 303
    assert (await officer.send(address, fields)).status_code == 409
    assert "Spoke with him." in (await officer.get(f"/cases/{number}")).text


async def test_the_phase_moves_only_along_its_steps(browsers: Browsers, number: str) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    assert (await browser.send(f"/cases/{number}/phase", {"phase": "return"})).status_code == 409
    assert (await browser.send(f"/cases/{number}/phase", {"phase": "no_such"})).status_code == 422
    assert (await browser.send(f"/cases/{number}/phase", {"phase": "planning"})).status_code == 303


async def test_a_case_of_another_organisation_looks_missing(
    browsers: Browsers, number: str, database: Database
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    async with database.transaction() as session:
        elsewhere = await session.scalar(select(StaffMember.organisation_id).where(StaffMember.role == Role.PARTNER))
        await session.execute(update(Case).values(organisation_id=elsewhere))
    for path in (f"/cases/{number}", f"/cases/{number}/messages/stream", f"/cases/{number}/referrals/new"):
        hidden, missing = await browser.get(path), await browser.get(path.replace(number, "HW-NONE-NONE"))
        assert hidden.status_code == missing.status_code == 404
        assert hidden.text.replace(number, "") == missing.text.replace("HW-NONE-NONE", "")


async def test_new_messages_reach_the_open_page(
    app: FastAPI, browsers: Browsers, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.conversation.POLL_SECONDS", 0.01)
    browser = await browsers.signed_in(Role.CASEWORKER)
    cookie = f"{SESSION_COOKIE}={browser.client.cookies[SESSION_COOKIE]}".encode()
    scope = {"type": "http", "app": app, "method": "GET", "path": "/", "headers": [(b"cookie", cookie)]}
    visit = await current_visit(Request(scope))
    stream = stream_messages(visit, number, after=0)
    first = await anext(stream)
    assert "When can I come?" in str(first.raw_data)
    await browser.send(f"/cases/{number}/messages", {"text": "Come tomorrow at ten."})
    second = await anext(stream)
    assert "Come tomorrow at ten." in str(second.raw_data)
    assert int(second.id or 0) > int(first.id or 0)
    resumed = await anext(stream_messages(visit, number, last_event_id=int(first.id or 0)))
    assert resumed.id == second.id
    await browser.send("/sign-out")
    assert [event async for event in stream] == []


async def test_streams_end_when_the_server_is_asked_to_stop(app: FastAPI, browsers: Browsers, number: str) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    reading = asyncio.create_task(browser.get(f"/cases/{number}/messages/stream"))
    await asyncio.sleep(0.2)
    assert not reading.done()
    end_streams(app)
    answer = await asyncio.wait_for(reading, timeout=3)
    assert answer.headers["content-type"].startswith("text/event-stream")
