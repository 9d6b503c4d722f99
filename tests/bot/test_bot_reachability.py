"""Who blocks the bot, who comes back, and an update that can never be taken."""

import pytest
from bot_records import answers, only, person_key, rows, the_case
from journeys import agree
from phone import Phone
from telegram_stub import Fault, TelegramStub

from bot import routing
from bot.models import Chat, DeadLetter
from cases.messages import person_of, tell
from cases.models import Case
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.language import Message
from foundation.outbox import OutboxRow, OutboxState

FORBIDDEN = Fault(403, "Forbidden: bot was blocked by the user")


async def test_a_403_marks_the_chat_stopped_and_the_case_unreachable(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    await agree(phone)
    async with database.transaction() as session:
        case = await session.get_one(Case, (await the_case(database)).id)
        case.attention_at = None
        await tell(session, await person_of(session, case), Message("Hello"))
    network.faults["sendMessage"] = [FORBIDDEN]
    await phone.receive()
    assert (await only(database, Chat)).stopped_at is not None
    case = await the_case(database)
    assert case.unreachable_at is not None
    assert case.attention_at is not None


async def test_nothing_is_sent_to_who_blocked_the_bot_until_they_come_back(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("Amie")
    assert await phone.block() == []
    assert (await the_case(database)).unreachable_at is not None
    assert await phone.block("member") == []
    assert (await the_case(database)).unreachable_at is None
    assert (await only(database, Chat)).stopped_at is None
    (menu,) = await phone.write("/start")
    assert menu.buttons
    assert (await answers(database))["called"] == "Amie"


async def test_a_word_from_a_stopped_chat_is_answered_again(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.block()
    (question,) = await phone.write("Amie")
    assert question.text.startswith("Question 2")
    events = [entry.event for entry in await rows(database, AuditEntry)]
    assert (events.count("person.unreachable"), events.count("person.reachable")) == (1, 1)


async def test_blocking_as_the_very_first_thing_is_no_harm(phone: Phone, database: Database) -> None:
    assert await phone.block() == []
    assert (await only(database, Chat)).stopped_at is not None
    assert await phone.write("/start")


@pytest.mark.parametrize("failures", [2, 3])
async def test_an_update_that_always_fails_is_buried_sealed_and_the_chat_goes_on(
    phone: Phone, database: Database, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    await agree(phone)
    left, route = [failures], routing.route

    async def fail_sometimes(turn: object) -> None:
        await route(turn)  # type: ignore[arg-type]
        if left[0]:
            left[0] -= 1
            raise ZeroDivisionError("Amie")

    monkeypatch.setattr("bot.turns.route", fail_sometimes)
    said = await phone.write("Amie")
    if failures < 3:
        assert said[0].text.startswith("Question 2")
        assert await rows(database, DeadLetter) == []
        return
    assert said[0].text.startswith("Something went wrong on our side.")
    letter = await only(database, DeadLetter)
    key = await person_key(database)
    assert letter.error == "ZeroDivisionError"
    assert key.open(DeadLetter.update, letter.id, letter.update)["text"] == "Amie"
    (question,) = await phone.write("Amie")
    assert question.text.startswith("Question 2")
    waiting = await rows(database, OutboxRow, OutboxRow.state == OutboxState.WAITING)
    assert waiting == []
