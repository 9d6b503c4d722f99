"""A new phone: the chat goes over with a one-time code, the old phone is cut off, and guessing leads nowhere."""

from dataclasses import replace

from bot_records import only, rows
from bot_scene import add_caseworker
from journeys import agree, fill_in_both
from phone import CHAT_ID, Phone
from sqlalchemy import select
from telegram import Update
from telegram_stub import Fault, TelegramStub
from test_bot_safety_pin import ASKED, PIN, deleted, set_pin

from bot.chats import open_address
from bot.menu import HELP, NEW_PHONE
from bot.models import Chat
from bot.receiving import Receiver
from bot.telegram import incoming_of
from bot.turns import take_turn
from cases.linking import make_code, remove_pin
from cases.messages import TELL_PERSON, send_to_person
from cases.models import Case, PhoneLink
from foundation import clock, outbox
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.keys import StoredSubjectKey, open_subject
from foundation.outbox import OutboxRow

NEW_CHAT = CHAT_ID + 1
NO_SUCH_CODE = "This code does not work."


def new_phone(receiver: Receiver, network: TelegramStub, *, chat_id: int = NEW_CHAT) -> Phone:
    phone = Phone(receiver, network, chat_id=chat_id)
    phone.read()
    return phone


async def make(database: Database) -> str:
    caseworker = await add_caseworker(database)
    async with database.transaction() as session:
        return await make_code(session, (await session.scalars(select(Case))).one(), actor=caseworker)


async def to_code(phone: Phone) -> None:
    await phone.write("/start")
    await phone.tap("English")
    await phone.tap(HELP)
    await phone.tap(NEW_PHONE)


async def test_the_chat_goes_over_with_what_waits_and_the_old_phone_is_a_strangers(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await fill_in_both(phone)
    person = (await only(database, Chat)).subject_id
    code = await make(database)
    new = new_phone(receiver, network)
    await to_code(new)
    written = new.written(f"{code[:4].lower()} {code[4:]}")
    said = await new.receive(written)
    assert "This phone is now yours" in said[0].text
    assert "What would you like to do?" in said[-1].text
    assert written["message"]["message_id"] in deleted(network)
    (closed,) = phone.read()
    assert (closed.text, closed.buttons) == ("This chat is closed on this phone.", ())
    (case_shown,) = await new.write("/case")
    assert "HW-" in case_shown.text
    chats = {chat.subject_id: chat for chat in await rows(database, Chat)}
    assert len(chats) == 2
    async with database.reading() as session:
        key = await open_subject(session, person)
        assert open_address(chats[person], key) == NEW_CHAT
    assert len(await rows(database, StoredSubjectKey)) == 2
    (welcome,) = await phone.write("/case")
    assert "You have no case here" in welcome.text
    entry = await only(database, AuditEntry, AuditEntry.event == "phone.moved")
    assert entry.subject_id == (await only(database, Case)).id
    again = new_phone(receiver, network, chat_id=NEW_CHAT + 1)
    await to_code(again)
    assert NO_SUCH_CODE in (await again.write(code))[0].text


async def test_what_was_still_to_be_sent_goes_to_the_new_phone(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    caseworker = await add_caseworker(database)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        code = await make_code(session, case, actor=caseworker)
        await send_to_person(session, case, "Come on Monday.", actor=caseworker)
    new = new_phone(receiver, network)
    new.worker = False
    await new.write("/start")
    await new.receive(new.written(f"/start link_{code}"))
    new.worker = True
    said = await new.receive()
    assert "Come on Monday." in "".join(each.text for each in [*said, *network.sent] if each.chat_id == NEW_CHAT)
    assert not any("Come on Monday." in each.text for each in network.sent if each.chat_id == CHAT_ID)


async def test_answers_that_are_being_sent_while_the_chat_moves_come_to_the_new_phone(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await fill_in_both(phone)
    code = await make(database)
    incoming = incoming_of(receiver.bot.id, Update.de_json(phone.written("/case"), receiver.bot))
    assert incoming is not None
    async with database.transaction() as session:
        outgoing = await take_turn(session, incoming, receiver.desk)
    new = new_phone(receiver, network)
    new.worker = False
    await new.write(f"/start link_{code}")
    phone.read()
    await receiver.delivery.send_now([replace(each, since=float("-inf")) for each in outgoing])
    assert phone.read() == []
    new.worker = True
    assert "Your case number" in "".join(each.text for each in await new.receive())
    assert phone.read()[-1].text == "This chat is closed on this phone."
    # What is on the wire at this very moment is taken back.
    await receiver.delivery.send_now([replace(each, since=float("inf")) for each in outgoing])
    (late,) = phone.read()
    assert late.message_id in deleted(network)


async def test_a_refusal_by_the_old_phone_after_the_chat_moved_stops_nothing_on_the_new_one(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await fill_in_both(phone)
    code = await make(database)
    incoming = incoming_of(receiver.bot.id, Update.de_json(phone.written("/case"), receiver.bot))
    assert incoming is not None
    async with database.transaction() as session:
        outgoing = await take_turn(session, incoming, receiver.desk)
    new = new_phone(receiver, network)
    new.worker = False
    await new.write(f"/start link_{code}")
    network.faults["sendMessage"] = [Fault(403, "Forbidden: bot was blocked by the user")]
    await receiver.delivery.send_now([replace(each, since=float("inf")) for each in outgoing])
    assert all(chat.stopped_at is None for chat in await rows(database, Chat))
    new.worker = True
    assert "Your case number" in "".join(each.text for each in await new.receive())


async def test_what_was_to_change_or_delete_a_message_of_the_old_phone_does_not_touch_one_of_the_new(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await fill_in_both(phone)
    code = await make(database)
    async with database.transaction() as session:
        key = await open_subject(session, (await session.scalars(select(Chat))).one().subject_id)
        for body in ({"delete": [1]}, {"text": "Redrawn", "buttons": [], "edit": 1}):
            outbox.enqueue(session, TELL_PERSON, key=key, payload={}, body=body)
    new = new_phone(receiver, network)
    said = await new.write(f"/start link_{code}")
    assert [each.method for each in said if each.text == "Redrawn"] == ["sendMessage"]
    assert 1 not in deleted(network)


async def test_a_link_opens_the_chat_on_a_phone_that_never_spoke_to_us(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    code = await make(database)
    said = await new_phone(receiver, network).write(f"/start link_{code}")
    assert "This phone is now yours" in said[0].text


async def test_wrong_and_old_codes_lead_nowhere_and_are_slowed_down(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    code = await make(database)
    new = new_phone(receiver, network)
    await to_code(new)
    for wrong in ("hello", "ABCD EFGH", "22222222", "link", code[:-1]):
        assert NO_SUCH_CODE in (await new.write(wrong))[0].text
    assert "Too many wrong tries" in (await new.write(code))[0].text
    new.wait(minutes=16)
    assert "This phone is now yours" in (await new.write(code))[0].text
    wrong_codes = await rows(database, AuditEntry, AuditEntry.event == "phone.wrong_code")
    assert len(wrong_codes) == 5
    assert code not in str([entry.facts for entry in wrong_codes])


async def test_the_pin_must_be_given_on_the_new_phone_too(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    await set_pin(phone)
    code = await make(database)
    new = new_phone(receiver, network)
    await to_code(new)
    (asked,) = await new.write(code)
    assert ASKED in asked.text
    assert code not in str([chat.place for chat in await rows(database, Chat)])
    assert "Tries left: 4" in (await new.write("9753"))[0].text
    (menu,) = await new.write("/menu")
    assert "Welcome" in menu.text
    await new.tap(HELP)
    await new.tap(NEW_PHONE)
    await new.write(code)
    for digit in PIN:
        await new.tap(digit)
    said = await new.tap("✅")
    assert "This phone is now yours" in said[0].text
    assert "Your case number" in (await new.write("/case"))[0].text


async def test_without_the_pin_that_a_caseworker_removed_the_code_is_enough(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    await set_pin(phone)
    caseworker = await add_caseworker(database)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        await remove_pin(session, case, is_checked=True, actor=caseworker)
        code = await make_code(session, case, actor=caseworker)
    said = await new_phone(receiver, network).write(f"/start link_{code}")
    assert "This phone is now yours" in said[0].text


async def test_a_phone_with_a_case_of_its_own_takes_over_no_other(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    code = await make(database)
    other = new_phone(receiver, network)
    await agree(other)
    (told,) = await other.write(f"/start link_{code}")
    assert "ask your caseworker for a code" in told.text
    assert len({chat.case_id for chat in await rows(database, Chat)}) == 2
    assert (await only(database, PhoneLink)).used_at is None


async def test_nothing_of_a_code_stays_in_the_queue(phone: Phone, database: Database) -> None:
    await agree(phone)
    code = await make(database)
    stored = [str((row.payload, row.dedupe_key)) for row in await rows(database, OutboxRow)]
    assert not any(code in each for each in stored)
    link = await only(database, PhoneLink)
    assert link.code_fingerprint != code
    assert link.expires_at > clock.now()
