"""`homeward serve|bot|worker|demo`: what runs until it is stopped."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from bot.telegram import connected, create_bot
from foundation.settings import Dangerous, Part
from homeward.commands.running import Opened, run, settings_for
from homeward.wiring import create_receiver, outbox_handlers
from homeward.worker import Worker

app = typer.Typer()


@app.command()
def serve(port: int = 8000, host: str = "127.0.0.1") -> None:
    """Serve the pages and the API."""
    # Imported here and in the release commands: scipy and the pages take most of a second, and the bot needs neither.
    from homeward.asgi import create_asgi  # noqa: PLC0415
    from homeward.server import Server  # noqa: PLC0415
    from web.app import end_streams  # noqa: PLC0415

    settings = settings_for(Part.WEB)

    async def check() -> None:
        async with Opened(Part.WEB):
            pass

    run(check())
    application = create_asgi(settings)
    config = uvicorn.Config(
        application, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=3
    )
    Server(config, partial(end_streams, application)).run()


@app.command()
def bot() -> None:
    """Receive messages from Telegram (polling)."""

    async def work() -> None:
        opened = Opened(Part.BOT)
        if opened.settings.telegram_mode == "webhook":
            raise Dangerous("HOMEWARD_TELEGRAM_MODE is webhook: `homeward serve` receives, and no bot process runs.")
        async with opened as database:
            receiver = create_receiver(opened.settings, database, create_bot(opened.settings))
            async with connected(receiver.bot):
                await receiver.poll_forever()

    run(work())


@app.command()
def worker() -> None:
    """Send what waits, link the audit log, let time pass for referrals and retention."""

    async def work() -> None:
        opened = Opened(Part.WORKER)
        async with opened as database:
            await Worker(database, *outbox_handlers(opened.settings, database)).run_forever()

    run(work())


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the pages and the phones.")] = 8000,
    data: Annotated[Path, typer.Option(help="Folder for the database of the demo.")] = Path("demo-data"),
) -> None:
    """Start everything on this machine with example data."""
    from homeward.demo.start import start_demo  # noqa: PLC0415  # the demo brings the simulator; nothing else needs it

    start_demo(port, data)
