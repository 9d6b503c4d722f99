"""Telegram is acknowledged only after the commit, and nothing that goes wrong ends the polling."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from bot_records import rows
from phone import Phone
from telegram_stub import Fault, TelegramStub

from bot import receiving
from bot.models import SeenUpdate
from bot.turns import take_turn
from foundation.database import Database


@asynccontextmanager
async def polling(phone: Phone) -> AsyncIterator[None]:
    task = asyncio.create_task(phone.receiver.poll_forever())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await phone.receiver.finish_sending()


async def acknowledged(network: TelegramStub, update_id: int) -> None:
    async with asyncio.timeout(10):
        while await network.offsets.get() != update_id + 1:
            pass


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PAUSE_SECONDS", 0.01)


async def test_an_update_is_acknowledged_when_its_turn_is_committed(
    phone: Phone, network: TelegramStub, database: Database
) -> None:
    update = phone.written("/start")
    network.pending = [update]
    async with polling(phone):
        await acknowledged(network, update["update_id"])
        assert len(await rows(database, SeenUpdate)) == 1
    assert len(phone.read()) == 1


async def test_while_the_database_is_away_telegram_keeps_the_update(
    phone: Phone, network: TelegramStub, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [0]

    async def away_at_first(*arguments: object) -> object:
        calls[0] += 1
        if calls[0] <= 4:
            raise ConnectionError
        return await take_turn(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(receiving, "take_turn", away_at_first)
    monkeypatch.setattr(receiving, "bury", away_at_first)
    update = phone.written("/start")
    network.pending = [update]
    async with polling(phone):
        await acknowledged(network, update["update_id"])
    offsets = [values.get("offset") for name, values in network.calls if name == "getUpdates"]
    assert offsets[:2] == [None, None]
    assert len(phone.read()) == 1
    assert len(await rows(database, SeenUpdate)) == 1


async def test_polling_outlives_telegram_s_faults(phone: Phone, network: TelegramStub) -> None:
    network.faults["getUpdates"] = [Fault(502, "Bad Gateway"), Fault(0), Fault(409, "Conflict: another poller")]
    update = phone.written("/start")
    network.pending = [update]
    async with polling(phone):
        await acknowledged(network, update["update_id"])
    assert len(phone.read()) == 1


async def test_updates_that_concern_nobody_are_passed_over(phone: Phone, network: TelegramStub) -> None:
    group = phone.written("hello")
    group["message"]["chat"] = {"id": -5, "type": "group", "title": "g"}
    network.pending = [group, {"update_id": group["update_id"] + 1, "something_new": {}}]
    async with polling(phone):
        await acknowledged(network, group["update_id"] + 1)
    assert network.sent == []
