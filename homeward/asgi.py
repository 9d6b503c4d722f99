"""The web application with everything it needs: pages, API, and the webhook where the bot is run that way."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from telegram import Bot, Update

from bot.receiving import Receiver
from bot.telegram import create_bot
from foundation.database import Database
from foundation.settings import Settings
from homeward.wiring import create_receiver, open_database
from web.app import create_app
from web.guard import PUBLIC, guarded

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name


def create_asgi(settings: Settings) -> FastAPI:
    database = open_database(settings)
    app = create_app(database, settings)
    if settings.telegram_mode == "webhook":
        _add_webhook(app, settings, database)
    app.router.lifespan_context = _closing(app, database)
    return app


def _closing(app: FastAPI, database: Database) -> object:
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[object]:
        async with inner(application) as state:
            yield state
        await database.close()

    return lifespan


def _add_webhook(app: FastAPI, settings: Settings, database: Database) -> None:
    bot: Bot = create_bot(settings)
    receiver: Receiver = create_receiver(settings, database, bot)

    @app.post("/telegram/webhook", dependencies=[guarded(PUBLIC)])
    async def receive(request: Request) -> Response:
        """Answered 200 only after the commit; until then Telegram delivers again."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), settings.webhook_secret.encode()):
            return Response(status_code=404)
        await receiver.receive([Update.de_json(await request.json(), bot)])
        return Response()
