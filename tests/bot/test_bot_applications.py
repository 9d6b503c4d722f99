"""What is applied for in someone's name, in the chat: where it stands, what to bring, and taking it back."""

from datetime import timedelta
from uuid import UUID

import pytest
from bot_records import only, the_case
from bot_scene import add_caseworker
from journeys import agree
from phone import Phone
from sqlalchemy import select

from access.actor import Actor
from bot.applications import APPLICATIONS, STOP_NO, STOP_YES
from cases.models import Case
from cases.sheets import publish_built_in
from foundation import clock
from foundation.database import Database
from referrals.application_models import Application
from referrals.application_rules import ApplicationState, Entry, Given, Outcome, Standing
from referrals.applying import Terms, authorise, note_document, open_new
from referrals.pursuing import Happened, record

WHAT = "Recognition of skills or qualifications"


async def opened(phone: Phone, database: Database) -> tuple[Actor, UUID]:
    """The person agreed to data, and a caseworker began an application for them."""
    await agree(phone)
    caseworker, case = await add_caseworker(database), await the_case(database)
    async with database.transaction() as session:
        terms = Terms("Secret Authority", "TN", details={"qualification": "Mason", "how": "work"})
        made = await open_new(
            session, await session.get_one(Case, case.id), "skills_recognition", terms, actor=caseworker
        )
    return caseworker, made.id


async def submit(database: Database, caseworker: Actor, application_id: UUID) -> None:
    today = clock.today()
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        verb = (session, case, application_id)
        await authorise(*verb, on_day=today, how=Given.SIGNED, covers="The diploma", actor=caseworker)
        for code in ("identity", "certificate"):
            await note_document(*verb, code, Standing.HAVE, actor=caseworker)
        await record(*verb, Happened(Entry.SUBMITTED, today), actor=caseworker)


async def test_my_case_tells_of_it_in_neutral_words_and_what_to_bring(phone: Phone, database: Database) -> None:
    await opened(phone, database)
    (case_text,) = await phone.write("/case")
    assert f"• {WHAT}: we prepare it with you" in case_text.text
    (shown,) = await phone.tap(APPLICATIONS)
    assert "Please bring or send: Proof of who you are" in shown.text
    assert "And one of these, whichever you have: The certificate or diploma" in shown.text
    assert "Secret Authority" not in case_text.text + shown.text


async def test_news_is_told_without_saying_what_and_my_case_says_what_comes_next(
    phone: Phone, database: Database
) -> None:
    caseworker, application_id = await opened(phone, database)
    await submit(database, caseworker, application_id)
    news = await phone.receive()
    assert any("There is news about your request" in each.text for each in news)
    assert not any("Authority" in each.text or WHAT in each.text for each in news)
    (case_text,) = await phone.write("/case")
    assert f"• {WHAT}: sent, no answer yet (we ask them again if there is no answer by" in case_text.text
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        until = clock.today() + timedelta(days=20)
        decided = Happened(Entry.DECIDED, clock.today(), due_on=until, outcome=Outcome.REFUSED)
        await record(session, case, application_id, decided, actor=caseworker)
    await phone.receive()
    (case_text,) = await phone.write("/case")
    assert "they said no; your caseworker explains what you can do now (you can object until" in case_text.text


async def test_what_was_granted_is_said_and_there_is_nothing_left_to_stop(phone: Phone, database: Database) -> None:
    caseworker, application_id = await opened(phone, database)
    await submit(database, caseworker, application_id)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        decided = Happened(Entry.DECIDED, clock.today(), outcome=Outcome.GRANTED)
        await record(session, case, application_id, decided, actor=caseworker)
    await phone.receive()
    await phone.write("/case")
    (shown,) = await phone.tap(APPLICATIONS)
    assert f"• {WHAT}: they said yes" in shown.text
    assert not any("I do not want" in label for row in shown.buttons for label, _data in row)


async def test_the_person_takes_it_back_after_being_asked_once_more(phone: Phone, database: Database) -> None:
    caseworker, application_id = await opened(phone, database)
    await submit(database, caseworker, application_id)
    await phone.receive()
    await phone.write("/case")
    await phone.tap(APPLICATIONS)
    (asked,) = await phone.tap_data(f"m.app.no:{application_id.hex}")
    assert "Do you want to take this back" in asked.text
    await phone.tap(STOP_NO)
    assert (await only(database, Application)).state is ApplicationState.SUBMITTED
    await phone.tap_data(f"m.app.no:{application_id.hex}")
    (done,) = await phone.tap(STOP_YES)
    assert "You took it back" in done.text
    assert (await only(database, Application)).state is ApplicationState.WITHDRAWN
    assert (await the_case(database)).attention_at is not None
    (again,) = await phone.tap_data(f"m.app.yes:{application_id.hex}")
    assert f"• {WHAT}: you took it back" in again.text


@pytest.mark.parametrize("data", ["m.app.yes:none", f"m.app.yes:{UUID(int=9).hex}", "m.app.no", "m.app.no:"])
async def test_a_button_of_nothing_shows_what_there_is(phone: Phone, database: Database, data: str) -> None:
    await opened(phone, database)
    (shown,) = await phone.tap_data(data)
    assert WHAT in shown.text
    assert (await only(database, Application)).state is ApplicationState.PREPARING


async def test_who_has_no_case_has_nothing_applied_for(phone: Phone, database: Database) -> None:
    async with database.transaction() as session:
        await publish_built_in(session)
    await phone.tap_data("m.language:en")
    (shown,) = await phone.tap_data("m.apps")
    assert shown.text == "Nothing is applied for in your name."
