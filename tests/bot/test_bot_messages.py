"""Writing to a caseworker, reading what they answered, and asking to be called, as it looks on the phone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bot_scene import add_caseworker
from journeys import fill_in_both
from phone import Phone
from sqlalchemy import func, select, update
from telegram_stub import PICTURE, Sent, TelegramStub

from bot.calling import NO, NO_WORDS, YES
from bot.conversation import EARLIER
from bot.models import Chat
from bot.writing import CALL_ME, MESSAGES
from cases.callbacks import planned_call
from cases.conversation import MessageView, messages_of, unread_for_person
from cases.files import OpenedFile
from cases.messages import send_to_person
from cases.models import CallBack, Case, Task
from cases.rules import CallChannel, CallTime, FileKind
from foundation import clock
from foundation.database import Database
from foundation.language import Message

SATURDAY = datetime(2026, 11, 21, 10, tzinfo=UTC)
MONDAY = "Monday 23 November 2026, 10:00"
ALBUM = "album-1"


@pytest.fixture
async def writer(phone: Phone) -> Phone:
    """Someone who sent both forms and stands where the next words go to the caseworker."""
    phone.fixed = SATURDAY
    await fill_in_both(phone)
    await phone.write("/message")
    return phone


def photo(file_id: str, **more: Any) -> dict[str, Any]:
    size = {"file_id": file_id, "file_unique_id": file_id, "width": 90, "height": 90, "file_size": len(PICTURE)}
    return {"photo": [size], **more}


async def conversation(database: Database) -> list[MessageView]:
    async with database.reading() as session:
        return await messages_of(session, await only_case(session))


async def only_case(session: Any) -> Case:
    return (await session.scalars(select(Case))).one()


async def answer(phone: Phone, text: str, file: OpenedFile | None = None) -> list[Sent]:
    """A caseworker writes; returns what reaches the phone."""
    database = phone.receiver.database
    actor = await add_caseworker(database)
    with clock.moved_to((phone.fixed or clock.now()) + phone.ahead):
        async with database.transaction() as session:
            await send_to_person(session, await only_case(session), text, actor=actor, file=file)
        await phone.deliver_rest()
    return phone.read()


async def test_a_message_is_answered_with_a_day_and_what_is_always_open(writer: Phone, database: Database) -> None:
    [told] = await writer.write("When can I come?")
    assert MONDAY in told.text
    assert "help lines are open at any time" in told.text
    writer.find(CALL_ME)
    assert [(each.text, each.file) for each in await conversation(database)] == [("When can I come?", None)]
    async with database.reading() as session:
        assert (await only_case(session)).unanswered_at == SATURDAY


async def test_a_photo_is_passed_on_with_its_caption(writer: Phone, database: Database) -> None:
    [told] = await writer.send("a photo", **photo("one", caption="my paper"))
    assert "passed on" in told.text
    [message] = await conversation(database)
    assert message.file is not None
    assert (message.text, message.file.kind) == ("my paper", FileKind.IMAGE)


async def test_each_photo_of_an_album_is_kept_and_one_answer_stands_for_all(writer: Phone, database: Database) -> None:
    updates = [writer.message(**photo(name, media_group_id=ALBUM)) for name in ("one", "two", "three")]
    told = await writer.receive(*updates)
    assert len(told) == 1
    assert [each.file is not None for each in await conversation(database)] == [True, True, True]


async def test_a_file_that_cannot_be_taken_says_why_and_the_rest_of_its_album_is_kept(
    writer: Phone, network: TelegramStub, database: Database
) -> None:
    network.files["bad"] = b"<html>nothing to see</html>"
    updates = [writer.message(**photo(name, media_group_id=ALBUM)) for name in ("bad", "good")]
    why, told = await writer.receive(*updates)
    assert "cannot take this kind of file" in why.text
    assert "passed on" in told.text
    assert len(await conversation(database)) == 1


async def test_what_cannot_be_passed_on_is_said_and_nothing_is_kept(writer: Phone, database: Database) -> None:
    [told] = await writer.send("a sticker", dice={"emoji": "🎲", "value": 3})
    assert "cannot be passed on" in told.text
    assert await conversation(database) == []


async def test_without_a_case_nothing_is_passed_on(phone: Phone, database: Database) -> None:
    await phone.tap("English") if (await phone.write("/start")) else None
    for command in ("/message", "/messages", "/call"):
        [told] = await phone.write(command)
        assert "we have to keep it" in told.text
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Case)) == 0


async def test_both_sides_are_read_in_the_chat_some_at_a_time(writer: Phone, database: Database) -> None:
    for number in range(6):
        await writer.write(f"message {number}")
    sent = await answer(writer, "Come on Monday.", OpenedFile(FileKind.IMAGE, "image/png", "map.png", PICTURE))
    assert [each.file is not None for each in sent] == [True]
    [shown] = await writer.tap(MESSAGES)
    assert shown.protected
    assert "Mariama, Saturday 21 November 2026" in shown.text
    assert "You, Saturday 21 November 2026" in shown.text
    assert "message 1" not in shown.text
    [file] = await writer.tap("Photo")
    assert (file.file, file.protected) == (PICTURE, True)
    [before] = await writer.tap(EARLIER)
    assert "message 1" in before.text
    assert "message 2" not in before.text


async def test_a_file_of_someone_else_is_not_there(writer: Phone) -> None:
    for data in ("m.enclosed:" + "0" * 32, "m.enclosed:nonsense", "m.messages:nonsense", "m.messages:" + "9" * 40):
        [told] = await writer.tap_data(data)
        assert "not there any more" in told.text or "no messages yet" in told.text


async def test_in_a_locked_chat_only_a_neutral_line_arrives(writer: Phone, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(update(Chat).values(pin_hash="x"))
    [line] = await answer(writer, "canary", OpenedFile(FileKind.IMAGE, "image/png", "map.png", PICTURE))
    assert (line.text, line.file) == ("You have a message. Open the menu to read it.", None)
    [message] = await conversation(database)
    assert message.delivered_at is not None
    async with database.reading() as session:
        assert await unread_for_person(session, await only_case(session)) == 1
    async with database.transaction() as session:
        await session.execute(update(Chat).values(unlocked_until=SATURDAY + timedelta(days=1)))
    [shown] = await writer.tap(MESSAGES)
    assert "canary" in shown.text
    async with database.reading() as session:
        assert await unread_for_person(session, await only_case(session)) == 0


async def ask_for_a_call(phone: Phone, number: str = "20 123 456") -> list[Sent]:
    """Up to the question whether it is right."""
    await phone.tap(CALL_ME)
    await phone.tap("WhatsApp")
    await phone.tap("In the morning, 08:00–12:00")
    await phone.write(number)
    return await phone.write("It is about the course")


async def test_a_call_is_asked_for_in_small_steps_and_can_be_taken_back(writer: Phone, database: Database) -> None:
    [question] = await ask_for_a_call(writer, "+220 301 2345")
    assert question.protected
    assert "+220 301 2345" in question.text.replace("\u2068", "").replace("\u2069", "")
    assert "It is about the course" in question.text
    async with database.reading() as session:
        assert await planned_call(session, await only_case(session)) is None
    [told] = await writer.tap(YES)
    assert "Monday 23 November 2026, between 08:00 and 12:00" in told.text
    async with database.reading() as session:
        planned = await planned_call(session, await only_case(session))
    assert planned is not None
    assert (planned.channel, planned.at) == (CallChannel.WHATSAPP, CallTime.MORNING)
    await writer.write("/message")
    [again] = await writer.tap(CALL_ME)
    assert "between 08:00 and 12:00" in again.text
    [gone] = await writer.tap(NO)
    assert "has been deleted" in gone.text
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(CallBack)) == 0
        assert await session.scalar(select(func.count()).select_from(Task)) == 0


async def test_a_number_that_cannot_be_read_is_asked_for_again(writer: Phone, database: Database) -> None:
    await writer.tap(CALL_ME)
    await writer.tap("A phone call")
    await writer.tap("At any time of the day, 08:00–20:00")
    [why] = await writer.write("my neighbour has one")
    assert "for example" in why.text
    [words] = await writer.write("+216 20 123 456")
    assert "If someone else answers" in words.text
    [question] = await writer.tap(NO_WORDS)
    assert "Say nothing" in question.text
    assert await conversation(database) == []


async def test_old_buttons_of_a_call_begin_it_anew(writer: Phone, database: Database) -> None:
    for data in ("m.call.yes", "m.call.words", "m.call.at:morning", "m.call.by:pigeon", "m.call.at:never"):
        [told] = await writer.tap_data(data)
        assert "Which way is safe for you?" in told.text
    await ask_for_a_call(writer)
    await writer.tap(YES)
    # Tapped twice: the first tap had its effect, the second one asks for nothing new.
    [told] = await writer.tap(YES, old=0)
    assert "between 08:00 and 12:00" in told.text
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(CallBack)) == 1


async def test_the_chat_holds_no_number_in_the_open(writer: Phone, database: Database) -> None:
    await ask_for_a_call(writer)
    async with database.reading() as session:
        chat = (await session.scalars(select(Chat))).one()
        assert "20123456" not in str(chat.place)
        assert "course" not in str(chat.place)


async def test_whoever_looks_at_something_else_has_stopped_giving_a_number(writer: Phone, database: Database) -> None:
    await writer.tap(CALL_ME)
    await writer.tap("A phone call")
    await writer.tap("In the evening, 17:00–20:00")
    await writer.tap(Message("☰ Menu", context="button"))
    await writer.write("20 123 456")
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(CallBack)) == 0
