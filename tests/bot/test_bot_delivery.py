"""From the outbox to the chat: nothing is lost, nothing overtakes, and Telegram's limits and faults are borne."""

import asyncio
from datetime import timedelta
from time import monotonic

import pytest
from bot_records import only, rows
from bot_scene import add_caseworker
from journeys import agree
from phone import Phone
from sqlalchemy import select
from telegram import Update
from telegram_stub import Fault, TelegramStub

from bot import delivery
from bot.delivery import AMBIGUOUS, Bucket, Limits
from bot.models import Chat
from bot.screens import SKIP
from bot.telegram import incoming_of
from bot.turns import take_turn
from cases.messages import TELL_PERSON, send_to_person
from cases.models import Case
from foundation.database import Database
from foundation.keys import open_subject
from foundation.language import Message
from foundation.outbox import LEASE, OutboxRow, OutboxState, enqueue

TOO_FAST = Fault(429, "Too Many Requests: retry after 3", retry_after=3)
AWAY = Fault(502, "Bad Gateway")


async def crash_after_commit(phone: Phone, text: str) -> None:
    """The turn is committed; the process dies before it sends anything."""
    receiver = phone.receiver
    incoming = incoming_of(receiver.bot.id, Update.de_json(phone.written(text), receiver.bot))
    assert incoming is not None
    async with receiver.database.transaction() as session:
        assert await take_turn(session, incoming, receiver.desk)


async def waiting(database: Database) -> list[OutboxRow]:
    return await rows(database, OutboxRow, OutboxRow.state == OutboxState.WAITING)


async def test_what_a_crash_left_behind_is_sent_by_the_worker_in_order(phone: Phone, database: Database) -> None:
    await agree(phone)
    await crash_after_commit(phone, "not a name" * 500)
    assert await phone.write("Amie") == []
    assert len(await waiting(database)) == 2
    phone.wait(seconds=LEASE.total_seconds() + 1)
    first, second = await phone.receive()
    assert "Your text has 5000 characters" in first.text
    assert "Question 1" in first.text
    assert second.text.startswith("Question 2")
    assert await waiting(database) == []
    assert {row.body for row in await rows(database, OutboxRow)} == {None}


async def test_a_reply_never_overtakes_one_that_still_waits(phone: Phone) -> None:
    await agree(phone)
    await crash_after_commit(phone, "Amie")
    assert await phone.write("1990") == []
    phone.wait(seconds=LEASE.total_seconds() + 1)
    assert [each.text[:10] for each in await phone.receive()] == ["Question 2", "Question 3"]


async def test_who_is_there_does_not_wait_until_the_worker_has_told_a_crowd(phone: Phone, database: Database) -> None:
    await agree(phone)
    phone.worker = False
    async with database.transaction() as session:
        chat = await session.scalar(select(Chat))
        assert chat is not None
        key = await open_subject(session, chat.subject_id)
        enqueue(session, TELL_PERSON, key=key, payload={}, body={"text": "Closed now", "buttons": [], "edit": None})
    assert [each.text[:10] for each in await phone.write("Amie")] == ["Closed now", "Question 2"]
    assert await waiting(database) == []


async def test_what_queues_up_behind_a_slow_answer_follows_it(phone: Phone, database: Database) -> None:
    await agree(phone)
    phone.worker = False
    phone.receiver.delivery.limits = Limits(per_chat=5)
    for _batch in range(4):
        # More than a chat may be told at once: the later answers find the earlier ones still waiting.
        await phone.receiver.receive([Update.de_json(phone.written("no year"), phone.receiver.bot) for _ in range(3)])
    await phone.receiver.finish_sending()
    assert len(phone.read()) >= 12
    assert await waiting(database) == []


async def test_telegram_s_wait_is_kept_and_the_order_too(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    network.faults["sendMessage"] = [TOO_FAST]
    assert await phone.write("Amie") == []
    (row,) = await waiting(database)
    assert row.reason == "too fast"
    assert await phone.write("1990") == []
    phone.wait(seconds=4.5)
    assert [each.text[:10] for each in await phone.receive()] == ["Question 2", "Question 3"]


async def test_one_chat_s_wait_does_not_hold_another(phone: Phone, network: TelegramStub) -> None:
    other = Phone(phone.receiver, network, chat_id=phone.chat_id + 1)
    await agree(phone)
    network.faults["sendMessage"] = [TOO_FAST]
    assert await phone.write("Amie") == []
    assert len(await other.write("/start")) == 1


@pytest.mark.parametrize("arrives", [True, False])
async def test_an_ambiguous_failure_is_repeated_once_and_marked(
    phone: Phone, network: TelegramStub, database: Database, *, arrives: bool
) -> None:
    await agree(phone)
    network.faults["sendMessage"] = [Fault(0, arrives=arrives), Fault(0, arrives=arrives)]
    assert len(await phone.write("Amie")) == arrives
    assert [row.reason for row in await waiting(database)] == [AMBIGUOUS]
    phone.wait(seconds=6)
    assert len(await phone.receive()) == arrives
    (given_up,) = await rows(database, OutboxRow, OutboxRow.state == OutboxState.FAILED)
    assert (given_up.reason, given_up.body) == (AMBIGUOUS, None)
    phone.wait(minutes=10)
    assert await phone.receive() == []


async def test_a_lost_answer_after_lost_connections_is_still_repeated(phone: Phone, network: TelegramStub) -> None:
    await agree(phone)
    network.faults["sendMessage"] = [AWAY, Fault(0)]
    assert await phone.write("Amie") == []
    phone.wait(seconds=10)
    assert await phone.receive() == []
    phone.wait(seconds=10)
    assert len(await phone.receive()) == 1


async def test_while_telegram_is_away_a_message_is_tried_for_a_long_time(phone: Phone, network: TelegramStub) -> None:
    await agree(phone)
    network.faults["sendMessage"] = [AWAY, AWAY, Fault(401, "Unauthorized"), AWAY]
    assert await phone.write("Amie") == []
    for _try in range(3):
        phone.wait(minutes=5)
        assert await phone.receive() == []
    phone.wait(minutes=5)
    assert len(await phone.receive()) == 1


async def test_a_refused_text_is_given_up_and_the_chat_goes_on(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    network.faults["sendMessage"] = [Fault(400, "Bad Request: text is odd")]
    assert await phone.write("Amie") == []
    assert (await only(database, OutboxRow, OutboxRow.state == OutboxState.FAILED)).reason == "refused"
    assert len(await phone.write("1990")) == 1


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [("Bad Request: message is not modified", []), ("Bad Request: message to edit not found", ["sendMessage"])],
)
async def test_a_message_that_cannot_be_redrawn_is_sent_anew(
    phone: Phone, network: TelegramStub, refusal: str, expected: list[str]
) -> None:
    await agree(phone)
    for _question in range(4):
        await phone.tap(SKIP)
    await phone.tap(Message("Tunisia"))
    network.faults["editMessageText"] = [Fault(400, refusal)]
    assert [each.method for each in await phone.tap("More choices")] == expected


async def test_a_tap_that_telegram_finds_too_old_still_counts(phone: Phone, network: TelegramStub) -> None:
    await agree(phone)
    network.faults["answerCallbackQuery"] = [Fault(400, "Bad Request: query is too old and response timeout expired")]
    (question,) = await phone.tap(SKIP)
    assert question.text.startswith("Question 2")
    assert [name for name, _values in network.calls].count("answerCallbackQuery") == 5


async def test_a_caseworker_s_message_is_marked_delivered_only_when_it_is(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    caseworker = await add_caseworker(database)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        await send_to_person(session, case, "Good morning", actor=caseworker)
    network.faults["sendMessage"] = [AWAY]
    assert await phone.receive() == []
    assert (await waiting(database))[0].reason == "no connection"
    phone.wait(minutes=1)
    (letter,) = await phone.receive()
    assert letter.text.endswith("Good morning")


async def test_many_chats_are_served_at_once_each_in_order(phone: Phone, network: TelegramStub) -> None:
    phones = [Phone(phone.receiver, network, chat_id=phone.chat_id + place) for place in range(12)]
    starts = [each.written("/start") for each in phones]
    choices = [each.tapped("m.language:en", 1) for each in phones]
    await phone.receive(*starts, *choices)
    for each in phones:
        texts = [sent.text for sent in network.sent if sent.chat_id == each.chat_id]
        assert [text.startswith("Welcome") for text in texts] == [False, True]


def test_a_bucket_gives_its_burst_and_then_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr(delivery, "monotonic", lambda: moment[0])
    bucket = Bucket(rate=2, burst=3)
    assert [bucket.wait() for _each in range(5)] == [0, 0, 0, 0.5, 1.0]
    moment[0] += 1.0
    assert bucket.wait() == 0.5
    moment[0] += 1000
    assert [bucket.wait() for _each in range(4)] == [0, 0, 0, 0.5]


async def test_one_busy_chat_waits_and_the_others_do_not() -> None:
    limits = Limits(overall=10_000, per_chat=50)
    ends: dict[int, float] = {}
    began = monotonic()

    async def send(address: int) -> None:
        await limits.wait(address)
        ends[address] = monotonic() - began

    await asyncio.gather(*(send(1) for _each in range(15)), send(2))
    assert ends[1] >= 10 / 50 * 0.9
    assert ends[2] < ends[1] / 2


def test_the_lease_outlasts_the_repeat_of_a_lost_answer() -> None:
    assert timedelta(seconds=5) < LEASE
