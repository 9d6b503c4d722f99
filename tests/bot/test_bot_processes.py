"""Two bot processes on one database: an update, a first word, a tap that reach both have one effect."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from bot_records import answers, rows
from journeys import agree
from phone import Phone
from telegram import Update

from bot.models import Chat, DeadLetter, SeenUpdate
from bot.receiving import Receiver
from foundation.database import Database
from foundation.outbox import OutboxRow
from foundation.sealing import KeyRing


@pytest.fixture
async def second(receiver: Receiver, database_url: str, keys: KeyRing) -> AsyncIterator[Receiver]:
    """Another process: its own connections and its own memory."""
    database = Database(database_url, keys)
    yield Receiver(database, receiver.bot, receiver.desk, receiver.delivery)
    await database.close()


async def test_an_update_that_reaches_both_has_one_effect(phone: Phone, second: Receiver, database: Database) -> None:
    await agree(phone)
    sent = len(await rows(database, OutboxRow))
    update = Update.de_json(phone.written("Amie"), second.bot)
    await asyncio.gather(phone.receiver.receive([update]), second.receive([update]), phone.receiver.receive([update]))
    await asyncio.gather(phone.receiver.finish_sending(), second.finish_sending())
    assert len(phone.read()) == 1
    assert len(await rows(database, OutboxRow)) == sent + 1
    assert (await answers(database))["called"] == "Amie"
    assert await rows(database, DeadLetter) == []


async def test_the_first_words_of_a_new_chat_may_reach_both(phone: Phone, second: Receiver, database: Database) -> None:
    first, other = (Update.de_json(phone.written(text), second.bot) for text in ("/start", "hello"))
    await asyncio.gather(phone.receiver.receive([first]), second.receive([other]))
    assert len(await rows(database, Chat)) == 1
    assert len(await rows(database, SeenUpdate)) == 2
    assert await rows(database, DeadLetter) == []


async def test_quick_answers_that_reach_both_do_not_land_on_one_question(
    phone: Phone, second: Receiver, database: Database
) -> None:
    await agree(phone)
    first, other = (Update.de_json(phone.written(text), second.bot) for text in ("1984", "1985"))
    await asyncio.gather(phone.receiver.receive([first]), second.receive([other]))
    stored = await answers(database)
    assert {stored["called"], str(stored["birth_year"])} == {"1984", "1985"}
