"""The web application with everything it needs: pages, API, and the webhook where the bot is run that way."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from telegram import Update

from bot.telegram import create_bot
from foundation.database import Database
from foundation.settings import Settings
from homeward.wiring import create_receiver, open_database
from web.app import create_app

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name


def create_asgi(settings: Settings) -> FastAPI:
    database = open_database(settings)
    app = create_app(database, settings)
    if settings.telegram_mode == "webhook":
        _add_webhook(app, settings, database)
    _close_at_end(app, database)
    return app


def _close_at_end(app: FastAPI, database: Database) -> None:
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        async with inner(application):
            yield
        await database.close()

    app.router.lifespan_context = lifespan


def _add_webhook(app: FastAPI, settings: Settings, database: Database) -> None:
    bot = create_bot(settings)
    receiver = create_receiver(settings, database, bot)

    async def require_secret(request: Request) -> None:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), settings.webhook_secret.encode()):
            raise HTTPException(404)

    @app.post("/telegram/webhook", dependencies=[Depends(require_secret)])
    async def receive(request: Request) -> Response:
        """Answered 200 only after the commit; until then Telegram delivers again."""
        await receiver.receive([Update.de_json(await request.json(), bot)])
        return Response()
