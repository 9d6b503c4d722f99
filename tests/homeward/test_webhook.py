"""Telegram's door in webhook mode: 200 only after the commit, limits before work, registered by the program."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from program import MASTER
from sqlalchemy import func, select
from telegram import Bot
from telegram.error import NetworkError

from bot import receiving
from bot.models import Chat, SeenUpdate
from bot.telegram import ALLOWED_UPDATES
from foundation.database import Database
from foundation.sealing import KeyRing
from foundation.settings import Settings
from homeward import webhook
from homeward.asgi import create_asgi
from homeward.webhook import LARGEST_UPDATE, PATH, SECRET_HEADER, register

SECRET = "a secret of some length"


def settings_for(url: str) -> Settings:
    return Settings(
        _env_file=None,
        database_url=url,
        master_keys=MASTER,
        telegram_token="1:a",
        telegram_api="http://127.0.0.1:9",
        telegram_mode="webhook",
        webhook_secret=SECRET,
        public_url="https://cases.example.org",
    )


@pytest.fixture
def app(database_url: str, keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(Settings, "key_ring", lambda _self: keys)
    return create_asgi(settings_for(database_url))


@pytest.fixture
async def telegram(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {SECRET_HEADER: SECRET}
    async with httpx.AsyncClient(transport=transport, base_url="https://cases.example.org", headers=headers) as client:
        yield client


def update(number: int = 1, text: str = "/start") -> dict[str, Any]:
    person = {"id": 7_000_000_001, "is_bot": False, "first_name": "A"}
    chat = {"id": 7_000_000_001, "type": "private"}
    message = {"message_id": number, "date": 1_700_000_000, "chat": chat, "from": person, "text": text}
    return {"update_id": number, "message": message}


async def count(database: Database, table: Any) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_200_means_committed_and_a_repeat_has_no_second_effect(
    telegram: httpx.AsyncClient, database: Database
) -> None:
    answers = [await telegram.post(PATH, json=update()) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert await count(database, SeenUpdate) == await count(database, Chat) == 1


async def test_without_a_commit_it_is_not_200(
    telegram: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_arguments: object) -> object:
        raise ConnectionError

    with monkeypatch.context() as faulty:
        faulty.setattr(receiving, "take_turn", away)
        faulty.setattr(receiving, "bury", away)
        assert (await telegram.post(PATH, json=update())).status_code == 503
    assert await count(database, SeenUpdate) == 0
    assert (await telegram.post(PATH, json=update())).status_code == 200


@pytest.mark.parametrize("content", [b"", b"not json", b"[1]", b'"x"', b"{}", b"[" * 5000, b'{"update_id": "x"'])
async def test_what_is_no_update_is_refused_without_a_fault(telegram: httpx.AsyncClient, content: bytes) -> None:
    assert (await telegram.post(PATH, content=content)).status_code in {200, 400}


async def test_more_than_an_update_s_worth_is_not_read(telegram: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _part in range(LARGEST_UPDATE // 65536 + 2):
            yield bytes(65536)

    assert (await telegram.post(PATH, content=endless())).status_code == 413


async def test_too_many_at_once_are_sent_away_to_come_again(
    telegram: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = asyncio.Event()

    async def slow(*_arguments: object) -> list[object]:
        await release.wait()
        return []

    monkeypatch.setattr(receiving, "take_turn", slow)
    posts = [asyncio.create_task(telegram.post(PATH, json=update(n))) for n in range(webhook.UPDATES_AT_ONCE)]
    await asyncio.sleep(0.3)
    over = await telegram.post(PATH, json=update(999))
    release.set()
    assert over.status_code == 503
    assert {(await post).status_code for post in posts} == {200}


class Registrar(Bot):
    """Telegram away at first, then listening."""

    def __init__(self, faults: int) -> None:
        super().__init__("1:a")
        self._set("faults", faults)
        self._set("calls", [])

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    async def set_webhook(self, url: str, *_more: Any, **options: Any) -> bool:
        calls: list[Any] = self.__dict__["calls"]
        calls.append((url, options))
        if len(calls) <= self.__dict__["faults"]:
            raise NetworkError("away")
        return True


async def test_the_program_registers_its_address_however_long_telegram_is_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pauses: list[float] = []

    async def no_pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(webhook.asyncio, "sleep", no_pause)
    bot = Registrar(faults=8)
    await register(bot, settings_for(f"sqlite+aiosqlite:///{tmp_path}/h.db"))
    url, options = bot.__dict__["calls"][-1]
    assert url == "https://cases.example.org/telegram/webhook"
    assert options["secret_token"] == SECRET
    assert options["allowed_updates"] == ALLOWED_UPDATES
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
