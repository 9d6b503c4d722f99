"""Telegram's door in webhook mode: it opens for the secret only, and answers 200 only after the commit."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from telegram import Bot, Update
from telegram.error import TelegramError

from bot.receiving import Receiver
from bot.telegram import ALLOWED_UPDATES, LONGEST_PAUSE_SECONDS, connected, create_bot
from foundation.database import Database
from foundation.settings import Settings
from homeward.wiring import create_receiver

log = structlog.get_logger()

PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
LARGEST_UPDATE = 1024 * 1024
"""Bytes; a real update is a few thousand."""
UPDATES_AT_ONCE = 64
CONNECTIONS = 32
"""How many updates Telegram is asked to deliver side by side."""


def add_webhook(app: FastAPI, settings: Settings, database: Database) -> None:
    bot = create_bot(settings)
    receiver = create_receiver(settings, database, bot)
    free = asyncio.Semaphore(UPDATES_AT_ONCE)

    async def require_secret(request: Request) -> None:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), settings.webhook_secret.encode()):
            raise HTTPException(404)

    @app.post(PATH, dependencies=[Depends(require_secret)])
    async def receive(request: Request) -> Response:
        """Whatever is not 200, Telegram delivers again."""
        if free.locked():
            return Response(status_code=503, headers={"Retry-After": "1"})
        async with free:
            return Response(status_code=await _receive(receiver, bot, await _body(request)))

    _register_at_start(app, receiver, settings)


async def _body(request: Request) -> bytes:
    """Raises 413 before more than an update's worth is read."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_UPDATE:
            raise HTTPException(413)
    return body


async def _receive(receiver: Receiver, bot: Bot, body: bytes) -> int:
    try:
        update = Update.de_json(json.loads(body), bot)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return 400
    try:
        await receiver.receive([update])
    except Exception as error:  # noqa: BLE001  # the database is away: Telegram keeps the update until it is back
        log.warning("receiving_failed", error=type(error).__name__)
        return 503
    return 200


def _register_at_start(app: FastAPI, receiver: Receiver, settings: Settings) -> None:
    """The pages do not wait for Telegram: the address is registered behind them, however long the line is down."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        staying = asyncio.create_task(_stay_registered(receiver.bot, settings))
        try:
            async with inner(application):
                yield
        finally:
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)
            await receiver.finish_sending()

    app.router.lifespan_context = lifespan


async def _stay_registered(bot: Bot, settings: Settings) -> None:
    async with connected(bot):
        await register(bot, settings)
        await asyncio.Event().wait()


async def register(bot: Bot, settings: Settings) -> None:
    """Tell Telegram where to deliver; several servers behind one address may all do so."""
    pause = 1.0
    while True:
        try:
            await bot.set_webhook(
                settings.public_url.rstrip("/") + PATH,
                secret_token=settings.webhook_secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=CONNECTIONS,
            )
        except TelegramError as error:
            log.warning("webhook_not_registered", error=type(error).__name__, seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        else:
            log.info("webhook_registered")
            return
