"""The web application with everything it needs: pages, API, and the webhook where the bot is run that way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from foundation.database import Database
from foundation.settings import Settings
from homeward.webhook import add_webhook
from homeward.wiring import open_database
from web.app import create_app


def create_asgi(settings: Settings) -> FastAPI:
    database = open_database(settings)
    app = create_app(database, settings)
    if settings.telegram_mode == "webhook":
        add_webhook(app, settings, database)
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
