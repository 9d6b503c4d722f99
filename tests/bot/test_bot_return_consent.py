"""Asked whether they want to return: item by item, confirmed, with a receipt; never while something is against it."""

from datetime import timedelta

import pytest
from bot_records import only, rows, the_case
from journeys import agree, fill_in_both
from phone import Phone
from return_scene import ask, prepare_return
from sqlalchemy import select, update

from access.actor import PERSON, Actor
from access.models import StaffMember
from access.rules import Role
from bot.agreeing import TAKE_BACK, TAKE_BACK_NO, TAKE_BACK_YES
from bot.deciding import ITEM_NO, ITEM_YES, LATER, NOT_YET, READ_AND_ANSWER, WANTS, WANTS_NOT, WRITE_DOWN
from bot.menu import CONSENTS
from bot.screens import BACK
from cases.models import Case, Consent, Task
from cases.notices import ALONE, OWN_WISH, RETURN_ITEMS, return_notice, text_hash
from cases.person_words import QUESTION_WAITS
from cases.return_asking import READ_IT
from cases.returning import halt
from cases.rules import ConsentKind, ConsentState, FlagKind, GivenBy, TaskKind
from cases.safeguard_models import ReturnJourney
from cases.safeguard_rules import HaltReason, ReturnType, Step
from cases.safeguarding import raise_flag
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.errors import Conflict, NotAllowed

OF_RETURN = Consent.kind == ConsentKind.RETURN


async def asked(phone: Phone, database: Database) -> Actor:
    await fill_in_both(phone)
    worker = await prepare_return(database)
    await ask(database, worker)
    (news,) = await phone.receive()
    assert news.text == QUESTION_WAITS.text
    return worker


async def read_all(phone: Phone) -> None:
    """From the neutral line to the question itself."""
    await phone.tap(READ_IT)
    for _item in RETURN_ITEMS:
        await phone.tap(ITEM_YES)


async def tasks(database: Database, kind: TaskKind) -> list[str]:
    return [each.reason.partition(".")[0] for each in await rows(database, Task, Task.kind == kind)]


async def test_a_yes_is_read_item_by_item_confirmed_and_receipted_and_taken_back(
    phone: Phone, database: Database
) -> None:
    await asked(phone, database)
    first = (await phone.tap(READ_IT))[-1]
    assert "You can say no." in first.text
    assert first.text.startswith("Here is what you asked for.")
    for number, item in enumerate(RETURN_ITEMS.values(), start=1):
        shown = phone.network.sent[-1]
        assert item.text in shown.text
        assert f"Question {number} of {len(RETURN_ITEMS)}" in shown.text
        # Tapped twice at once, an item is answered once.
        await phone.tap(ITEM_YES, times=2)
    assert phone.network.sent[-1].text.endswith("Do you want to go back to your country?")
    await phone.tap(WANTS)
    assert (await only(database, Consent, OF_RETURN)).state is ConsentState.REQUESTED
    thanks = await phone.tap(WRITE_DOWN, times=2)
    assert "Thank you. We have written down your answer." in thanks[0].text
    consent = await only(database, Consent, OF_RETURN)
    assert (consent.state, consent.given_by) == (ConsentState.GIVEN, GivenBy.PERSON)
    assert (consent.language, consent.text_hash) == ("en", text_hash(return_notice("en")))
    given = await rows(database, AuditEntry, AuditEntry.event == "consent.given")
    assert [each.actor_id for each in given if each.facts["kind"] == "return"] == [PERSON.id]
    assert await tasks(database, TaskKind.RETURN_ANSWERED) == ["given"]
    listed = await phone.write("/consents")
    assert any("Preparing your return" in each.text and "Given" in each.text for each in listed)
    await phone.tap(TAKE_BACK)
    await phone.tap(TAKE_BACK_NO)
    await phone.tap(TAKE_BACK_YES)
    states = {each.kind: each.state for each in await rows(database, Consent)}
    # Nothing else ends with it.
    assert states == {ConsentKind.DATA: ConsentState.GIVEN, ConsentKind.RETURN: ConsentState.WITHDRAWN}
    assert len(await rows(database, Task, Task.kind == TaskKind.RETURN_HALTED)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_no_is_written_down_at_once_and_never_asked_twice(phone: Phone, database: Database) -> None:
    await asked(phone, database)
    await read_all(phone)
    (told,) = await phone.tap(WANTS_NOT)
    assert "Thank you for telling us." in told.text
    assert (await only(database, Consent, OF_RETURN)).state is ConsentState.REFUSED
    await phone.tap(WANTS)
    assert (await only(database, Consent, OF_RETURN)).state is ConsentState.REFUSED
    (closed,) = await phone.tap(READ_IT)
    assert closed.text == "This question is no longer open."


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_no_to_an_item_decides_nothing_and_calls_whoever_can_change_it(
    phone: Phone, database: Database
) -> None:
    await asked(phone, database)
    await phone.tap(READ_IT)
    for item in RETURN_ITEMS:
        (told, *_more) = await phone.tap(ITEM_NO)
        assert ("Nobody may push you" in told.text) is (item == OWN_WISH)
        assert (await only(database, Consent, OF_RETURN)).state is ConsentState.REQUESTED
        # The person comes back to where they were.
        await phone.write("/consents")
        (shown,) = await phone.tap(READ_AND_ANSWER)
        assert RETURN_ITEMS[item].text in shown.text
        await phone.tap(ITEM_YES)
    explained = [item for item in RETURN_ITEMS if item not in (ALONE, OWN_WISH)]
    assert await tasks(database, TaskKind.RETURN_ANSWERED) == explained
    assert len(await rows(database, Task, Task.kind == TaskKind.PROTECTION)) == 1
    await phone.tap(BACK)
    await phone.tap(ITEM_YES)
    await phone.tap(WANTS)
    await phone.tap(NOT_YET)
    assert (await only(database, Consent, OF_RETURN)).state is ConsentState.REQUESTED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_written_words_old_buttons_and_looking_elsewhere_are_no_answer(phone: Phone, database: Database) -> None:
    await asked(phone, database)
    await phone.tap(READ_IT)
    await phone.tap(ITEM_YES)
    (told, shown) = await phone.write("yes yes")
    assert told.text.startswith("Please choose one of the buttons.")
    assert RETURN_ITEMS["language"].text in shown.text
    phone.wait(minutes=1)
    (old,) = await phone.tap(ITEM_YES, old=2)
    assert old.text.startswith("This button belongs to an earlier message.")
    await phone.tap(LATER)
    await phone.tap(CONSENTS)
    await phone.tap(READ_AND_ANSWER)
    assert RETURN_ITEMS["language"].text in phone.network.sent[-1].text
    # In another language it is read from the beginning, and that text is the one that counts.
    await phone.tap_data("m.language:fr")
    phone.language = "fr"
    consent = await only(database, Consent, OF_RETURN)
    await phone.tap_data(f"return.show:{consent.id.hex}")
    (consent,) = await rows(database, Consent, OF_RETURN)
    assert (consent.language, consent.text_hash) == ("fr", text_hash(return_notice("fr")))
    assert phone.network.sent[-1].text.count("\n\n") == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_stands_against_a_return_stands_against_asking_and_against_a_yes(
    phone: Phone, database: Database
) -> None:
    worker = await asked(phone, database)
    await read_all(phone)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        await raise_flag(session, case, FlagKind.FEAR_OF_RETURN, "a.rule", actor=worker)
    await phone.tap(WANTS)
    (held,) = await phone.tap(WRITE_DOWN)
    assert held.text == "Someone must look at your safety first. Until then nothing is decided."
    assert (await only(database, Consent, OF_RETURN)).state is ConsentState.REQUESTED
    with pytest.raises(Conflict, match="The person is not asked while"):
        await ask(database, worker)
    # A no counts whatever stands.
    await phone.tap_data(f"return.show:{(await only(database, Consent, OF_RETURN)).id.hex}")
    await phone.tap(WANTS_NOT, old=0)
    async with database.transaction() as session:
        await halt(session, (await session.scalars(select(Case))).one(), HaltReason.PROTECTION, actor=worker)
    with pytest.raises(Conflict, match="No return is being prepared"):
        await ask(database, worker)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nobody_is_asked_before_they_were_told_had_time_or_where_consent_decides_nothing(
    phone: Phone, database: Database
) -> None:
    await fill_in_both(phone)
    worker = await prepare_return(database)
    with clock.moved_to(clock.now() - timedelta(days=2)), pytest.raises(Conflict, match="time to think"):
        await ask(database, worker)
    async with database.transaction() as session:
        await session.execute(update(ReturnJourney).values(return_type=ReturnType.FORCED_ESCORTED))
    with pytest.raises(Conflict, match="does not rest on"):
        await ask(database, worker)
    async with database.transaction() as session:
        await session.execute(update(ReturnJourney).values(return_type=ReturnType.SPONTANEOUS))
    await ask(database, worker)
    with pytest.raises(Conflict, match="asked already"):
        await ask(database, worker)
    assert len(await rows(database, Consent, OF_RETURN)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_child_is_asked_only_with_the_guardian_and_after_departure_nothing_is_taken_back(
    phone: Phone, database: Database
) -> None:
    await agree(phone)
    worker = await prepare_return(database)
    officer = Actor(worker.id, Role.CHILD_PROTECTION_OFFICER, worker.organisation_id)
    async with database.transaction() as session:
        await raise_flag(session, (await session.scalars(select(Case))).one(), FlagKind.CHILD, "a.rule", actor=worker)
        await session.execute(update(StaffMember).values(role=officer.role))
    for actor, evidence in ((worker, "Her mother, by phone."), (officer, "")):
        with pytest.raises((NotAllowed, Exception), match="child"):
            await ask(database, actor, guardian_evidence=evidence)
    await ask(database, officer, guardian_evidence="Her mother, by phone.")
    await phone.receive()
    await read_all(phone)
    await phone.tap(WANTS)
    await phone.tap(WRITE_DOWN)
    consent = await only(database, Consent, OF_RETURN)
    assert (consent.given_by, consent.authorised_by) == (GivenBy.GUARDIAN, officer.id)
    assert consent.assented_at is not None
    async with database.transaction() as session:
        await session.execute(
            update(ReturnJourney).values(step=Step.DEPARTED, departed_on=clock.today(), cleared_by=worker.id)
        )
    await phone.write("/consents")
    await phone.tap(TAKE_BACK)
    (late,) = await phone.tap(TAKE_BACK_YES)
    assert late.text.startswith("This cannot be taken back here any more.")
    assert (await only(database, Consent, OF_RETURN)).state is ConsentState.GIVEN
    assert (await the_case(database)).number
