"""Deleting everything: chat, person, answers and keys go; the next word starts a new chat that knows nothing."""

import pytest
from bot_records import filled_tables, only, rows
from bot_scene import add_caseworker, add_service, refer
from journeys import agree, fill_in_both
from phone import Phone

from bot.agreeing import ADULT
from bot.deleting import DELETE_NO, DELETE_YES
from bot.menu import BEGIN
from bot.models import Chat
from cases.consent import YES
from cases.models import Case, CaseMessage, Flag, Need, Person, Submission
from cases.rules import CaseStatus
from foundation.database import Database
from foundation.keys import StoredSubjectKey
from foundation.outbox import OutboxRow
from referrals.models import Disclosure


async def test_everything_of_a_person_is_destroyed_and_the_chat_goes_on(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await refer(database, await add_caseworker(database), await add_service(database))
    await phone.receive()
    await phone.tap(YES)
    old = await only(database, Chat)
    await phone.write("/delete")
    (receipt,) = await phone.tap(DELETE_YES)
    assert receipt.text.startswith("Everything we kept about you has been destroyed")
    for table in (Submission, Flag, Need, CaseMessage):
        assert await rows(database, table) == []
    # Of what was shared only that the partner still has to say that it has deleted its copy.
    share = await only(database, Disclosure)
    assert (share.consent_id, share.fields, share.deleted_at) == (None, [], None)
    assert await rows(database, StoredSubjectKey, StoredSubjectKey.subject_id == old.subject_id) == []
    assert await rows(database, OutboxRow, OutboxRow.subject_id == old.subject_id) == []
    person, case, chat = await only(database, Person), await only(database, Case), await only(database, Chat)
    assert (person.called, person.name_fingerprint, person.erased_at is None) == (None, None, False)
    assert (case.status, case.person_id) == (CaseStatus.ERASED, None)
    assert chat.subject_id != old.subject_id
    assert (chat.case_id, chat.submission_id, chat.language) == (None, None, "en")


async def test_a_new_case_can_begin_and_old_buttons_do_not_touch_it(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("Amie")
    await phone.write("/delete")
    delete = phone.find(DELETE_YES)[:2]
    old = [data for sent in phone.network.sent for row in sent.buttons for _text, data in row]
    await phone.tap_data(*delete)
    phone.wait(minutes=1)
    await phone.tap_data("m.menu")
    await phone.tap(BEGIN)
    await phone.tap(ADULT)
    await phone.tap(YES)
    await phone.write("Fatou")
    assert any(data.startswith("m.delete.yes") for data in old)
    for data in old:
        if data not in ("m.stop", "m.write"):
            phone.wait(minutes=1)
            assert await phone.tap_data(data)
    assert len(await rows(database, Submission)) == 1
    assert len(await rows(database, Case, Case.status == CaseStatus.OPEN)) == 1
    assert "dead_letter" not in await filled_tables(database)


async def test_deleting_can_be_declined(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("/delete")
    await phone.tap(DELETE_NO)
    assert (await only(database, Case)).status is CaseStatus.OPEN


async def test_two_taps_on_delete_are_no_harm(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("/delete")
    await phone.tap(DELETE_YES, times=2)
    assert (await only(database, Case)).status is CaseStatus.ERASED
    assert "dead_letter" not in await filled_tables(database)


@pytest.mark.parametrize("command", ["/delete", "/consents", "/case", "/message", "/stop"])
async def test_who_has_no_case_is_told_so(phone: Phone, database: Database, command: str) -> None:
    await phone.write("/start")
    await phone.tap("English")
    assert await phone.write(command)
    assert await rows(database, Case) == []
