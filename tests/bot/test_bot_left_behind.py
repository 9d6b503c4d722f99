"""What was left behind: forms half filled, updates that failed, and a text to everyone that is sent once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bot_records import answers, only, rows
from journeys import agree
from phone import Phone
from telegram_stub import Fault, TelegramStub

from bot import receiving
from bot.broadcasting import NO_FILE, Progress, progress_of, queue_some, read_broadcast
from bot.dead_letters import count_letters, drop_letter, list_letters, retry_letter
from bot.incoming import Did
from bot.models import Chat, DeadLetter
from bot.reminding import REMINDER, UNTOUCHED, count_stuck, remind_stuck
from bot.screens import SKIP
from bot.turns import TOO_LATE
from cases.models import Submission
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.errors import Invalid, NotFound
from foundation.outbox import OutboxRow

BY_DAY, BY_NIGHT = datetime(2026, 11, 2, 10, tzinfo=UTC), datetime(2026, 11, 2, 23, tzinfo=UTC)
WEEK = UNTOUCHED + timedelta(hours=1)


async def sweep(database: Database, moment: datetime) -> int:
    with clock.moved_to(moment):
        async with database.transaction() as session:
            return await remind_stuck(session)


async def stop_halfway(phone: Phone) -> None:
    phone.fixed = BY_DAY
    await agree(phone)
    await phone.write("Amie")


async def test_whoever_stopped_halfway_is_reminded_once_by_day_and_neutrally(phone: Phone, database: Database) -> None:
    await stop_halfway(phone)
    assert await sweep(database, BY_DAY + timedelta(days=6)) == 0
    assert await sweep(database, BY_NIGHT + WEEK) == 0
    assert await sweep(database, BY_DAY + WEEK) == 1
    assert await sweep(database, BY_DAY + WEEK) == 0
    assert await sweep(database, BY_DAY + WEEK * 3) == 0
    phone.wait(seconds=WEEK.total_seconds())
    (reminder,) = await phone.receive()
    assert reminder.text == REMINDER.text
    (question,) = await phone.tap_data("m.begin")
    assert question.text.startswith("Question 2")
    events = [entry.event for entry in await rows(database, AuditEntry)]
    assert events.count("form.reminded") == 1


async def test_nobody_is_reminded_who_blocked_the_bot_or_finished_or_speaks(phone: Phone, database: Database) -> None:
    await stop_halfway(phone)
    with clock.moved_to(BY_DAY + WEEK):
        async with database.reading() as session:
            assert await count_stuck(session) == 1
    await phone.block()
    assert await sweep(database, BY_DAY + WEEK) == 0
    await phone.block("member")
    phone.wait(days=6)
    await phone.write("1990")
    assert await sweep(database, BY_DAY + WEEK) == 0
    assert (await only(database, Submission)).reminded_at is None


async def bury(phone: Phone, monkeypatch: pytest.MonkeyPatch, update: dict[str, Any]) -> None:
    async def broken(*_arguments: object) -> object:
        raise KeyError("something SECRET")

    with monkeypatch.context() as faulty:
        faulty.setattr(receiving, "take_turn", broken)
        await phone.receive(update)


async def test_a_dead_letter_is_listed_without_words_and_can_be_tried_again(
    phone: Phone, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agree(phone)
    await bury(phone, monkeypatch, phone.written("Amie"))
    async with database.reading() as session:
        (letter,) = await list_letters(session)
    assert letter.error == "KeyError"
    assert "Amie" not in repr(letter)
    await retry_letter(phone.receiver, letter.id)
    assert phone.read()[-1].text.startswith("Question 2")
    assert (await answers(database))["called"] == "Amie"
    assert await rows(database, DeadLetter) == []


async def test_words_that_are_tried_again_too_late_answer_no_other_question(
    phone: Phone, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agree(phone)
    await bury(phone, monkeypatch, phone.written("1990"))
    phone.wait(minutes=1)
    await phone.write("Amie")
    letter = await only(database, DeadLetter)
    await retry_letter(phone.receiver, letter.id)
    assert phone.read()[0].text == TOO_LATE.text
    assert "birth_year" not in await answers(database)


async def test_a_letter_that_fails_again_stays_and_one_that_is_dropped_goes(
    phone: Phone, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agree(phone)
    place = {"latitude": 36.8, "longitude": 10.2}
    await bury(phone, monkeypatch, phone.message(location=place))
    letter = await only(database, DeadLetter)

    async def broken(_session: object, incoming: Any, _desk: object) -> object:
        assert (incoming.did, incoming.position) == (Did.SENT_PLACE, (36.8, 10.2))
        raise KeyError

    with monkeypatch.context() as faulty:
        faulty.setattr("bot.dead_letters.take_turn", broken)
        with pytest.raises(KeyError):
            await retry_letter(phone.receiver, letter.id)
    async with database.transaction() as session:
        assert await count_letters(session) == 1
        await drop_letter(session, letter.id)
    async with database.transaction() as session:
        with pytest.raises(NotFound):
            await drop_letter(session, letter.id)


TEXTS = {"en": "The office is closed.", "ar": "المكتب مغلق."}


async def queue_all(database: Database, **changes: Any) -> Progress:
    broadcast = read_broadcast(json.dumps({"id": "closed-1", "texts": TEXTS} | changes))
    last = None
    while True:
        async with database.transaction() as session:
            last = await queue_some(session, broadcast, last)
        if last is None:
            break
    async with database.reading() as session:
        return await progress_of(session, broadcast)


async def test_a_broadcast_reaches_those_it_is_for_once_in_their_language(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    arab, french, guest, gone = (
        Phone(phone.receiver, network, chat_id=phone.chat_id + place, language=language)
        for place, language in enumerate(("ar", "fr", "en", "en"), start=1)
    )
    for each in (phone, arab, french, gone):
        await agree(each)
    await guest.write("/start")
    await gone.block()
    assert (await queue_all(database)).waiting == 2
    assert await queue_all(database) == await queue_all(database, countries=[])
    assert [each.text for each in await phone.receive()] == [TEXTS["en"]]
    assert [each.text for each in await arab.receive()] == ["\u200f" + TEXTS["ar"]]
    assert french.read() == guest.read()[1:] == gone.read()[5:] == []
    assert await queue_all(database) == Progress(0, 2, 0)
    # Long after the outbox has forgotten, the audit log still knows.
    async with database.transaction() as session:
        for row in (await session.scalars(OutboxRow.__table__.select())).all():
            assert row is not None
        await session.execute(OutboxRow.__table__.delete())
    assert await queue_all(database) == Progress(0, 0, 0)


async def test_a_broadcast_for_a_country_goes_there_only(phone: Phone, database: Database) -> None:
    await agree(phone)
    for _question in range(4):
        await phone.tap(SKIP)
    await phone.tap("Tunisia")
    assert (await queue_all(database, countries=["TN"])).waiting == 0  # the form is not sent: no country is known yet


async def test_a_flood_or_a_block_costs_only_its_own_message(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    others = [Phone(phone.receiver, network, chat_id=phone.chat_id + place) for place in (1, 2)]
    for each in (phone, *others):
        await agree(each)
    await queue_all(database)
    network.faults["sendMessage"] = [Fault(429, "Too Many Requests", retry_after=9), Fault(403, "Forbidden: blocked")]
    await phone.receive()
    assert len([each for each in network.sent if each.text == TEXTS["en"]]) == 1
    phone.wait(seconds=11)
    await phone.receive()
    assert len([each for each in network.sent if each.text == TEXTS["en"]]) == 2
    assert await queue_all(database) == Progress(0, 2, 1)
    assert len(await rows(database, Chat, Chat.stopped_at.is_not(None))) == 1


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"id": "a"}', '{"id": "A!", "texts": {"en": "x"}}', '{"id": "a", "texts": {}}',
     '{"id": "a", "texts": {"xx": "x"}}', '{"id": "a", "texts": {"en": " "}}', '{"id": "a", "texts": "x"}',
     '{"id": "a", "texts": {"en": "x"}, "countries": ["XX"]}', '{"id": 1, "texts": {"en": "x"}}'],
)  # fmt: skip
def test_a_broadcast_with_a_fault_is_refused_in_words(content: str) -> None:
    with pytest.raises(Invalid):
        read_broadcast(content)


def test_a_broadcast_may_be_toml() -> None:
    found = read_broadcast('id = "a"\ncountries = ["TN"]\n[texts]\nen = "x"\n', is_toml=True)
    assert (found.id, found.texts, found.countries) == ("a", {"en": "x"}, frozenset(["TN"]))
    with pytest.raises(Invalid) as refused:
        read_broadcast("{", is_toml=True)
    assert refused.value.message == NO_FILE
