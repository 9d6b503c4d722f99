"""The safety page: the officer confirms a guardian, a caseworker helps with a phone; nothing is shown twice."""

import re
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from first_rows import add_case
from sqlalchemy import select
from web_browser import Browsers

from access.actor import PERSON
from access.rules import Role
from bot.models import Chat
from cases.guardianship import open_contact
from cases.models import Case, Consent, PhoneLink
from cases.notices import Programme, contact_notice
from cases.rules import ConsentState
from cases.sheets import publish_built_in
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.keys import create_subject
from foundation.settings import Settings

CODE = re.compile(r"<bdi dir=\"ltr\">(\w{4})-(\w{4})</bdi>")


async def add_contact(database: Database, settings: Settings) -> str:
    programme = Programme(settings.operator, settings.reply_hours, settings.no_police_access)
    async with database.transaction() as session:
        key = create_subject(session, uuid4())
        notice = contact_notice("en", programme, accompanied=True)
        case = await open_contact(session, key, "en", notice, is_sure=True, accompanied=True, actor=PERSON)
    return case.number


async def add_phone(database: Database, pin_hash: str | None = None) -> str:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, key = await add_case(session, None)
        session.add(
            Chat(
                subject_id=key.subject_id,
                fingerprint="f",
                address=key.seal(Chat.address, key.subject_id, 7),
                language="en",
                place={},
                case_id=case.id,
                created_at=clock.now(),
                seen_at=clock.now(),
                pin_hash=pin_hash,
            )
        )
    return case.number


@pytest.fixture
def settings(app: FastAPI) -> Settings:
    found: Settings = app.state.settings
    return found


async def test_the_officer_reads_what_was_agreed_to_and_confirms_with_evidence(
    browsers: Browsers, database: Database, settings: Settings
) -> None:
    number = await add_contact(database, settings)
    officer = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    page = (await officer.get(f"/cases/{number}/safety")).text
    assert "Now it is your turn" in page
    assert "This text has changed" not in page
    refused = await officer.send(f"/cases/{number}/guardian", {"evidence": "  "})
    assert refused.status_code == 422
    assert (await officer.send(f"/cases/{number}/guardian", {"evidence": "Met the father."})).status_code == 303
    async with database.reading() as session:
        consent = (await session.scalars(select(Consent))).one()
    assert consent.state is ConsentState.GIVEN
    assert "waits for a guardian" not in (await officer.get(f"/cases/{number}/safety")).text
    again = await officer.send(f"/cases/{number}/guardian", {"evidence": "Met <b>the</b> father."})
    assert again.status_code == 409


async def test_an_officer_keeps_a_contact_for_longer_and_the_page_says_until_when(
    browsers: Browsers, database: Database, settings: Settings
) -> None:
    number = await add_contact(database, settings)
    officer = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    assert (await officer.send(f"/cases/{number}/guardian/longer")).status_code == 303
    async with database.reading() as session:
        events = (await session.scalars(select(AuditEntry.event))).all()
    assert "contact.extended" in events


async def test_a_caseworker_sees_the_contact_but_is_not_offered_the_officers_step(
    browsers: Browsers, database: Database, settings: Settings
) -> None:
    number = await add_contact(database, settings)
    caseworker = await browsers.signed_in(Role.CASEWORKER)
    page = (await caseworker.get(f"/cases/{number}/safety")).text
    assert "Only the child-protection officer can confirm a guardian." in page
    assert 'name="evidence"' not in page
    assert (await caseworker.send(f"/cases/{number}/guardian", {"evidence": "Met her."})).status_code == 404


async def test_a_code_is_shown_once_and_kept_nowhere(browsers: Browsers, database: Database) -> None:
    number = await add_phone(database)
    caseworker = await browsers.signed_in(Role.CASEWORKER)
    answer = await caseworker.send(f"/cases/{number}/phone/code")
    found = CODE.search(answer.text)
    assert found is not None
    code = found[1] + found[2]
    assert answer.headers["cache-control"] == "no-store"
    assert not CODE.search((await caseworker.get(f"/cases/{number}/safety")).text)
    async with database.reading() as session:
        link = (await session.scalars(select(PhoneLink))).one()
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.event == "phone.code_made"))).all()
    assert code not in link.code_fingerprint
    assert [entry.facts for entry in entries] == [{}]
    for _each in range(4):
        await caseworker.send(f"/cases/{number}/phone/code")
    assert (await caseworker.send(f"/cases/{number}/phone/code")).status_code == 409


async def test_a_pin_is_removed_only_when_the_caseworker_says_they_checked(
    browsers: Browsers, database: Database
) -> None:
    number = await add_phone(database, pin_hash="a hash")
    caseworker = await browsers.signed_in(Role.CASEWORKER)
    assert "Remove the PIN" in (await caseworker.get(f"/cases/{number}/safety")).text
    refused = await caseworker.send(f"/cases/{number}/phone/pin")
    assert refused.status_code == 409
    assert "make sure that you speak with the person" in refused.text
    assert (await caseworker.send(f"/cases/{number}/phone/pin", {"checked": "yes"})).status_code == 303
    async with database.reading() as session:
        assert (await session.scalars(select(Chat.pin_hash))).one() is None
        case_id: UUID = (await session.scalars(select(Case.id).where(Case.number == number))).one()
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.event == "pin.removed"))).one()
    assert entry.subject_id == case_id
    assert "No PIN is set." in (await caseworker.get(f"/cases/{number}/safety")).text
