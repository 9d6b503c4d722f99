"""The application: Bot API, phones and page on one port."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from simulator import botapi, control
from simulator.headers import PageHeaders
from simulator.limits import Limits
from simulator.world import World

_STATIC = Path(__file__).parent / "static"
_DEFAULT_LIMITS = Limits()


def create_simulator(
    *,
    token: str,
    name: str = "Simulator",
    username: str = "simulator_bot",
    limits: Limits = _DEFAULT_LIMITS,
    clock: Callable[[], float] = time.time,
) -> FastAPI:
    """Make a stand-in for the Bot API that serves one bot.

    The bot's base address is `<root>/bot` (python-telegram-bot: `base_url`) and its files' `<root>/file/bot`
    (`base_file_url`); the phones are at `<root>/phone`. All state is in memory and ends with the app.
    `token` looks like a real one: digits, a colon, letters. `clock` gives Unix time in seconds.
    """
    bot = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": name, "username": username}
    app = FastAPI(title="Bot API simulator", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_close_webhook)
    app.state.world = World(bot=bot, limits=limits, clock=clock)
    app.state.token = token
    app.include_router(botapi.router)
    app.include_router(control.router)
    control.add_error_handlers(app)
    app.add_api_route("/phone", show_page, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=_STATIC))
    app.add_middleware(PageHeaders)
    return app


def end_streams(app: FastAPI) -> None:
    """Let everything that waits answer now: a server that shuts down waits for it."""
    app.state.world.events.end()
    app.state.world.updates.wake()


async def show_page() -> FileResponse:
    return FileResponse(_STATIC / "phone.html")


@asynccontextmanager
async def _close_webhook(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.world.updates.change_webhook(None, allowed=None, drop_pending=False)
