"""The web application as it is served: Telegram's door exists in webhook mode alone, and opens for the secret only."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from program import MASTER

from foundation.settings import Settings
from homeward.asgi import create_asgi
from homeward.webhook import SECRET_HEADER

SECRET = "a secret of some length"
DOOR = "/telegram/webhook"


def served(folder: Path, **changes: Any) -> FastAPI:
    settings = {"master_keys": MASTER, "telegram_token": "1:a", "database_url": f"sqlite+aiosqlite:///{folder}/h.db"}
    return create_asgi(Settings(_env_file=None, **(settings | changes)))


async def post(app: FastAPI, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        return await client.post(path, headers=headers, content=b"not json")


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET.upper(), SECRET[1:]])
async def test_without_the_secret_telegrams_door_looks_like_a_missing_page(tmp_path: Path, secret: str) -> None:
    app = served(tmp_path, telegram_mode="webhook", webhook_secret=SECRET)
    answer, missing = await post(app, DOOR, **{SECRET_HEADER: secret}), await post(app, "/no-such-page")
    assert answer.status_code == missing.status_code == 404
    assert len(answer.text) == len(missing.text)
    # With the secret it is opened: what stands in the way then is what was sent.
    assert (await post(app, DOOR, **{SECRET_HEADER: SECRET})).status_code != 404


async def test_when_polling_there_is_no_such_door(tmp_path: Path) -> None:
    app = served(tmp_path)
    assert (await post(app, DOOR, **{SECRET_HEADER: ""})).status_code == 404
    assert (await post(app, DOOR, **{SECRET_HEADER: SECRET})).status_code == 404
