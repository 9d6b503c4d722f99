"""`homeward broadcast`: one text to many people, each in their language."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from bot.broadcasting import Broadcast, progress_of, queue_some, read_broadcast
from foundation.database import Database
from homeward.commands.running import Opened, console, run

app = typer.Typer()
LOOK_SECONDS = 1.0


@app.command()
def broadcast(
    file: Annotated[Path, typer.Argument(help="JSON or TOML: id, texts by language, countries of return.")],
    wait: Annotated[bool, typer.Option(help="Stay and show how far the worker is.")] = True,  # noqa: FBT002  # a flag
) -> None:
    """Send a text to everyone it is for, once. Stopped and run again, it goes on where it was."""
    content = read_broadcast(file.read_text(encoding="utf-8"), is_toml=file.suffix == ".toml")

    async def work() -> None:
        async with Opened() as database:
            await _queue(database, content)
            if wait:
                await _watch(database, content)

    run(work())


async def _queue(database: Database, content: Broadcast) -> None:
    last = None
    with console.status("Queueing"):
        while True:
            async with database.transaction() as session:
                last = await queue_some(session, content, last)
            if last is None:
                return


async def _watch(database: Database, content: Broadcast) -> None:
    with Bar(TextColumn("Sending"), BarColumn(), MofNCompleteColumn(), console=console) as bar:
        task = bar.add_task("", total=None)
        while True:
            async with database.reading() as session:
                now = await progress_of(session, content)
            bar.update(task, completed=now.sent + now.given_up, total=now.sent + now.given_up + now.waiting)
            if not now.waiting:
                break
            await asyncio.sleep(LOOK_SECONDS)
    console.print(f"{now.sent} sent, {now.given_up} could not be delivered.")
