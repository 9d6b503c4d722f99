"""The PIN and Hide: what others who hold the phone can see, and what it costs the person."""

from dataclasses import replace
from datetime import timedelta

from bot_records import only, rows
from bot_scene import PARTNER, add_caseworker, add_service, refer
from journeys import agree, fill_in_both
from phone import Phone, plain
from sqlalchemy import select
from telegram import Update
from telegram_stub import Fault, TelegramStub

from bot.hiding import CALENDAR, PHRASES
from bot.locking import CHANGE, FORGOT, OPEN_ACTIONS, OPEN_COMMANDS, REMOVE
from bot.menu import CASE, DELETE, HIDE, MENU, MORE, SAFETY
from bot.models import Chat, DeadLetter
from bot.receiving import Receiver
from bot.routing import BUTTONS, COMMANDS, LIVE, ON_ID
from bot.screens import BACK, SKIP
from bot.telegram import incoming_of
from bot.turns import Outgoing, take_turn
from cases.consent import YES
from cases.messages import send_to_person
from cases.models import Case, Consent
from cases.notices import text_hash
from cases.rules import ConsentKind, ConsentState
from foundation import audit, clock, outbox
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.language import Message
from foundation.outbox import OutboxRow, OutboxState

PIN = "4831"
PAD = Message("🔒 PIN", context="button")
ASKED = "Please enter your PIN."


async def press(phone: Phone, digits: str) -> str:
    """Enter a PIN with the buttons; gives the last text that arrived."""
    for digit in digits:
        await phone.tap(digit)
    return (await phone.tap("✅"))[-1].text


async def set_pin(phone: Phone) -> None:
    await phone.write("/menu")
    for label in (MORE, SAFETY, PAD):
        await phone.tap(label)
    assert "once more" in await press(phone, PIN)
    assert await press(phone, PIN) == (
        "Your PIN is set. This chat locks itself after 10 minutes without use. "
        "If you forget the PIN, a caseworker can remove it when you have shown who you are."
    )


def deleted(network: TelegramStub) -> list[int]:
    """Ids of every message that Telegram was asked to delete."""
    return [each for name, values in network.calls if name == "deleteMessages" for each in _ids(values["message_ids"])]


def _ids(listed: object) -> list[int]:
    return [int(each) for each in str(listed).strip("[]").split(",")]


async def test_a_pin_locks_after_ten_minutes_and_opens_what_was_asked_for(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await set_pin(phone)
    chat = await only(database, Chat)
    assert chat.pin_hash is not None
    assert chat.pin_hash.startswith("$argon2id$")
    assert "Your case number" in (await phone.write("/case"))[0].text
    phone.wait(minutes=9)
    assert "Your case number" in (await phone.write("/case"))[0].text
    phone.wait(minutes=9)  # in use until now
    assert "Your case number" in (await phone.write("/case"))[0].text
    phone.wait(minutes=11)
    for locked in ("/case", "/file", "/messages", "/consents", "/message"):
        (asked,) = await phone.write(locked)
        assert ASKED in asked.text, locked
    await phone.tap(MENU)
    (asked,) = await phone.tap(CASE)
    assert ASKED in asked.text
    assert "HW-" in await press(phone, PIN)


async def test_no_digit_of_a_pin_is_stored_or_logged(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("/menu")
    for label in (MORE, SAFETY, PAD):
        await phone.tap(label)
    for digit in PIN:
        await phone.tap(digit)
    place = (await only(database, Chat)).place
    assert place["typed"]
    assert PIN not in str(place)
    assert PIN not in str([entry.facts for entry in await rows(database, AuditEntry)])


async def test_a_written_pin_leaves_the_chat_at_once_in_any_digits(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    await set_pin(phone)
    phone.wait(minutes=11)
    await phone.write("/case")
    written = phone.written("٤٨٣١")
    (case,) = await phone.receive(written)
    assert "Your case number" in case.text
    assert deleted(network) == [written["message"]["message_id"]]
    phone.wait(minutes=11)
    await phone.write("/case")
    wrong = phone.written("my pin is 4831")
    (asked,) = await phone.receive(wrong)
    assert "only digits" in asked.text
    assert wrong["message"]["message_id"] in deleted(network)
    assert (await only(database, Chat)).pin_failures == 0


async def test_wrong_tries_are_counted_and_slow_down_and_a_right_pin_does_not_help_meanwhile(
    phone: Phone, database: Database
) -> None:
    await agree(phone)
    await set_pin(phone)
    phone.wait(minutes=11)
    await phone.write("/case")
    left = [(await phone.write("9753"))[-1].text for _try in range(5)]
    assert "Tries left: 4" in left[0]
    assert "Tries left: 1" in left[3]
    assert "Too many wrong tries" in left[4]
    assert "Too many wrong tries" in (await phone.write(PIN))[-1].text
    phone.wait(minutes=16)
    for _try in range(5):
        await phone.write("9753")
    assert (await only(database, Chat)).pin_failures == 10
    phone.wait(minutes=16)
    assert "Too many wrong tries" in (await phone.write(PIN))[-1].text
    phone.wait(minutes=16)
    assert "Your case number" in (await phone.write(PIN))[-1].text
    assert (await only(database, Chat)).pin_failures == 0
    events = [entry.event for entry in await rows(database, AuditEntry)]
    assert (events.count("pin.set"), events.count("pin.wrong")) == (1, 10)


async def test_answers_go_on_without_the_pin_but_nothing_answered_before_is_shown(phone: Phone) -> None:
    await agree(phone)
    await phone.write("Amie")
    await set_pin(phone)
    await phone.tap_data("m.begin")
    phone.wait(minutes=11)
    (question,) = await phone.write("1990")
    assert "woman or a man" in question.text
    (asked,) = await phone.tap(BACK)
    assert ASKED in asked.text
    assert "1990" not in asked.text
    await phone.write(PIN)
    phone.wait(minutes=11)
    (asked,) = await phone.tap_data("m.begin")
    assert ASKED in asked.text
    (question,) = await phone.write(PIN)
    assert "woman or a man" in question.text


async def test_a_locked_chat_does_not_show_the_review(phone: Phone) -> None:
    await agree(phone)
    await phone.write("Amie")
    await set_pin(phone)
    (question,) = await phone.tap_data("m.begin")
    for _question in range(3):
        (question,) = await phone.tap(SKIP)
    (question,) = await phone.tap("Tunisia")
    while "child under 18" not in question.text:
        (question,) = await phone.tap(SKIP)
    phone.wait(minutes=11)
    (asked,) = await phone.tap(SKIP)
    assert ASKED in asked.text
    assert "Amie" not in asked.text
    (review,) = await phone.write(PIN)
    assert "Amie" in review.text


async def test_the_pin_is_changed_and_removed_only_with_the_pin(phone: Phone, database: Database) -> None:
    await agree(phone)
    await set_pin(phone)
    for label, wanted in ((CHANGE, "2580"), (REMOVE, None)):
        await phone.write("/pin")
        (asked,) = await phone.tap(label)
        assert ASKED in asked.text
        before = (await only(database, Chat)).pin_hash
        await phone.write("1379")
        assert (await only(database, Chat)).pin_hash == before
        await phone.write(PIN if wanted else "2580")
        if wanted:
            await phone.write("1234")  # a plain row of digits
            assert (await only(database, Chat)).pin_hash == before
            await phone.write(wanted)
            await phone.write(wanted)
            assert (await only(database, Chat)).pin_hash not in (before, None)
    assert (await only(database, Chat)).pin_hash is None


async def test_a_change_of_the_pin_that_was_begun_and_left_lets_nobody_else_choose_one(
    phone: Phone, database: Database
) -> None:
    await agree(phone)
    await set_pin(phone)
    await phone.write("/pin")
    await phone.tap(CHANGE)
    assert "Choose a PIN" in await press(phone, PIN)
    before = (await only(database, Chat)).pin_hash
    phone.wait(minutes=11)
    for _time in range(2):
        (asked,) = await phone.write("9753")
        assert ASKED in asked.text
    assert (await only(database, Chat)).pin_hash == before
    # The person themselves goes on after the PIN.
    assert "Choose a PIN" in (await phone.write(PIN))[-1].text


async def test_the_number_for_a_call_is_not_shown_to_whoever_holds_a_locked_phone(phone: Phone) -> None:
    await fill_in_both(phone)
    await set_pin(phone)
    await phone.write("/call")
    await phone.tap_data("m.call.by:call")
    await phone.tap_data("m.call.at:morning")
    await phone.write("+220 301 2345")
    phone.wait(minutes=11)
    (asked,) = await phone.write("It is about the course")
    assert ASKED in asked.text
    assert "301" not in asked.text
    shown = await press(phone, PIN)
    assert "+220 301 2345" in plain(shown)
    assert "It is about the course" in plain(shown)


async def test_who_forgot_the_pin_hears_of_the_caseworker_and_can_always_delete(
    phone: Phone, database: Database
) -> None:
    await agree(phone)
    await set_pin(phone)
    phone.wait(minutes=11)
    await phone.write("/case")
    (told,) = await phone.tap(FORGOT)
    assert "Only a caseworker can remove a PIN" in told.text
    await phone.tap(DELETE)
    (done,) = await phone.tap("Yes, delete everything")
    assert "has been destroyed" in done.text
    assert (await only(database, Chat)).pin_hash is None


async def test_a_message_to_a_locked_phone_is_a_neutral_line(
    phone: Phone, receiver: Receiver, database: Database
) -> None:
    await agree(phone)
    await set_pin(phone)
    caseworker = await add_caseworker(database)
    phone.wait(minutes=11)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        await send_to_person(session, case, "The clinic expects you.", actor=caseworker)
    (news,) = await phone.receive()
    assert news.text == "You have a message. Open the menu to read it."
    (asked,) = await phone.tap(Message("📨 Messages", context="button"))
    assert ASKED in asked.text
    shown = await phone.write(PIN)
    assert "The clinic expects you." in shown[-1].text


async def test_a_question_about_a_share_waits_behind_the_pin_and_is_the_very_text_that_was_asked(
    phone: Phone, database: Database
) -> None:
    await fill_in_both(phone)
    await set_pin(phone)
    phone.wait(minutes=11)
    await refer(database, await add_caseworker(database), await add_service(database))
    (news,) = await phone.receive()
    assert news.text == "You have a message. Open the menu to read it."
    (asked,) = await phone.tap("Read it")
    assert ASKED in asked.text
    (question,) = await phone.write(PIN)
    assert PARTNER in question.text
    assert question.protected
    await phone.tap(YES)
    consent = await only(database, Consent, Consent.kind == ConsentKind.SERVICES)
    assert (consent.state, consent.text_hash) == (ConsentState.GIVEN, text_hash(question.text))
    (closed,) = await phone.tap("Read it")
    assert closed.text == "This question is no longer open."


async def test_hide_takes_back_what_was_said_and_shows_a_cover_until_menu(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    await fill_in_both(phone)
    said = {each.message_id for each in network.sent}
    await phone.write("/menu")
    await phone.tap(HIDE)
    assert said <= set(deleted(network))
    assert max(len(_ids(v["message_ids"])) for name, v in network.calls if name == "deleteMessages") <= 100
    for tried in ("/start", "/case", "/help", "hello", "/hide"):
        (cover,) = await phone.write(tried)
        assert cover.text == "Calendar and phrase book", tried
    (calendar,) = await phone.tap(CALENDAR)
    assert calendar.text.startswith("Today is ")
    (phrases,) = await phone.tap(PHRASES)
    assert "Thank you very much." in phrases.text
    (cover,) = await phone.tap_data("m.case")
    assert cover.text == "Calendar and phrase book"
    (menu,) = await phone.write("/menu")
    assert menu.text == "What would you like to do?"
    assert (await only(database, Chat)).place["standing"] == "menu"


async def test_with_a_pin_the_cover_stays_until_the_pin_is_given(phone: Phone) -> None:
    await agree(phone)
    await set_pin(phone)
    await phone.write("/hide")
    (asked,) = await phone.write("/menu")
    assert ASKED in asked.text
    (cover,) = await phone.tap_data("m.menu")
    assert cover.text == "Calendar and phrase book"
    await phone.write("/menu")
    assert "Tries left" in (await phone.write("9753"))[-1].text
    (cover,) = await phone.write("/case")
    assert cover.text == "Calendar and phrase book"
    await phone.write("/menu")
    (menu,) = await phone.write(PIN)
    assert menu.text == "What would you like to do?"


SLOW = Fault(429, "Too Many Requests: retry after 30", retry_after=30)


async def test_hide_does_not_wait_for_an_answer_that_is_being_tried_again_and_that_is_not_said_any_more(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    await fill_in_both(phone)
    network.faults["sendMessage"] = [SLOW]
    assert await phone.write("/case") == []
    arrived = await phone.write("/hide")
    assert [each.text for each in arrived] == ["Calendar and phrase book"]
    dropped = await only(database, OutboxRow, OutboxRow.state == OutboxState.FAILED)
    assert (dropped.reason, dropped.body) == ("hidden", None)
    phone.wait(minutes=5)
    assert await phone.receive() == []
    assert [row.state for row in await rows(database, OutboxRow, OutboxRow.state == OutboxState.WAITING)] == []


async def test_hide_does_not_wait_for_news_and_that_comes_later_as_a_neutral_line(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    caseworker = await add_caseworker(database)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        await send_to_person(session, case, "The clinic expects you.", actor=caseworker)
    network.faults["sendMessage"] = [SLOW]
    assert await phone.receive() == []
    arrived = await phone.write("/hide")
    assert [each.text for each in arrived] == ["Calendar and phrase book"]
    phone.wait(minutes=1)
    (news,) = await phone.receive()
    assert news.text == "You have a message. Open the menu to read it."


async def test_the_cover_that_could_not_be_sent_is_tried_again_and_taken_back_by_the_next_hide(
    phone: Phone, network: TelegramStub
) -> None:
    await agree(phone)
    network.faults["sendMessage"] = [SLOW]
    assert await phone.write("/hide") == []
    phone.wait(minutes=1)
    (cover,) = await phone.receive()
    assert cover.text == "Calendar and phrase book"
    await phone.write("/menu")
    await phone.write("/hide")
    assert cover.message_id in deleted(network)


async def test_what_is_on_the_wire_when_the_chat_is_hidden_is_taken_back_and_the_rest_never_sent(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    outgoing = await committed(phone, "not a name" * 500)
    second = await committed(phone, "Amie")
    assert second == []  # it queues behind the first
    await phone.write("/hide")
    phone.read()
    # As right after its commit, however slow this machine is.
    await receiver.delivery.send_now([replace(each, since=float("inf")) for each in outgoing])
    (late,) = phone.read()
    assert "Question 1" in late.text
    assert deleted(network)[-1] == late.message_id
    row = await only(database, OutboxRow, OutboxRow.position == outgoing[0].position)
    assert (row.state, row.reason, row.sent_as) == (OutboxState.FAILED, "hidden", None)
    # Later than right after its commit, it is not even sent.
    await receiver.delivery.send_now([replace(each, since=float("-inf")) for each in outgoing])
    assert phone.read() == []


async def committed(phone: Phone, text: str) -> list[Outgoing]:
    """A turn is committed; what it says is not sent yet."""
    receiver = phone.receiver
    incoming = incoming_of(receiver.bot.id, Update.de_json(phone.written(text), receiver.bot))
    assert incoming is not None
    async with receiver.database.transaction() as session:
        return await take_turn(session, incoming, receiver.desk)


async def test_an_answer_that_comes_after_the_lock_closed_is_a_neutral_line_and_the_pin_brings_it(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    await fill_in_both(phone)
    await set_pin(phone)
    network.faults["sendMessage"] = [SLOW]
    assert await phone.write("/case") == []
    phone.wait(minutes=11)
    (news,) = await phone.receive()
    assert news.text == "You have a message. Open the menu to read it."
    (asked,) = await phone.tap("Read it")
    assert ASKED in asked.text
    (case,) = await phone.write(PIN)
    assert "Your case number" in case.text
    assert {row.body for row in await rows(database, OutboxRow)} == {None}
    (gone, _menu) = await phone.tap("Read it")
    assert "earlier message" in gone.text


async def test_an_answer_that_a_crash_held_back_past_the_lock_is_a_neutral_line_too(phone: Phone) -> None:
    await fill_in_both(phone)
    await set_pin(phone)
    assert len(await committed(phone, "/case")) == 1
    phone.wait(minutes=11)
    (news,) = await phone.receive()
    assert news.text == "You have a message. Open the menu to read it."


async def test_a_question_that_comes_after_the_lock_closed_is_asked_anew_behind_the_pin(
    phone: Phone, network: TelegramStub
) -> None:
    await agree(phone)
    await set_pin(phone)
    await phone.tap_data("m.begin")
    network.faults["sendMessage"] = [SLOW]
    assert await phone.write("Amie") == []
    phone.wait(minutes=11)
    (news,) = await phone.receive()
    assert "Amie" not in news.text
    assert news.text == "You have a message. Open the menu to read it."
    await phone.tap("Read it")
    (question,) = await phone.write(PIN)
    assert question.text.startswith("Question 2")
    (following,) = await phone.write("1990")
    assert following.text.startswith("Question 3")


async def test_what_is_said_to_a_locked_chat_still_comes_when_it_is_late(phone: Phone, network: TelegramStub) -> None:
    await fill_in_both(phone)
    await set_pin(phone)
    phone.wait(minutes=11)
    network.faults["sendMessage"] = [SLOW]
    assert await phone.write("/case") == []
    phone.wait(minutes=1)
    (asked,) = await phone.receive()
    assert ASKED in asked.text
    (case,) = await phone.write(PIN)
    assert "Your case number" in case.text


async def test_what_was_kept_back_is_nobody_else_s_to_read(
    phone: Phone, receiver: Receiver, network: TelegramStub, database: Database
) -> None:
    await fill_in_both(phone)
    await set_pin(phone)
    network.faults["sendMessage"] = [SLOW]
    await phone.write("/case")
    phone.wait(minutes=11)
    await phone.receive()
    (kept,) = await rows(database, OutboxRow, OutboxRow.body.is_not(None))
    other = Phone(receiver, network, chat_id=phone.chat_id + 1)
    await other.write("/start")
    await other.tap("English")
    for code in (str(kept.position), "x", "", "٣", "9" * 30):
        said = await other.tap_data(f"m.late:{code}")
        assert not any("case number" in each.text for each in said)
    assert await rows(database, DeadLetter) == []
    with clock.moved_to(clock.now() + timedelta(days=3)):
        async with database.transaction() as session:
            await outbox.sweep(session)
    assert await rows(database, OutboxRow, OutboxRow.position == kept.position) == []


async def test_a_message_to_a_hidden_chat_is_a_neutral_line(phone: Phone, database: Database) -> None:
    await agree(phone)
    caseworker = await add_caseworker(database)
    await phone.write("/hide")
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        await send_to_person(session, case, "The clinic expects you.", actor=caseworker)
    (news,) = await phone.receive()
    assert news.text == "You have a message. Open the menu to read it."


async def test_the_audit_of_a_pin_still_verifies(phone: Phone, database: Database) -> None:
    await agree(phone)
    await set_pin(phone)
    async with database.transaction() as session:
        while await audit.link_some(session):
            await session.flush()
        assert await audit.broken_link(session) is None


def test_what_stays_open_on_a_locked_phone_exists_and_shows_nothing_of_the_person() -> None:
    assert set(BUTTONS) | set(LIVE) >= OPEN_ACTIONS
    assert set(COMMANDS) >= OPEN_COMMANDS
    shut = {"m.case", "m.file", "m.messages", "m.consents", "m.begin", "m.write", "m.copy", "m.call", "m.pin"}
    assert not OPEN_ACTIONS & (shut | set(ON_ID))
