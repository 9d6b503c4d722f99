"""`homeward dead`: updates that could not be handled, kept sealed until someone looks."""

from uuid import UUID

import typer
from rich.table import Table

from bot.dead_letters import drop_letter, list_letters, retry_letter
from bot.telegram import connected, create_bot
from foundation.settings import Part
from homeward.commands.running import Opened, console, run
from homeward.wiring import create_receiver

app = typer.Typer(no_args_is_help=True, help="Updates that could not be handled.")


@app.command("list")
def dead_list() -> None:
    """Ids, the names of the errors and dates; never what a person said."""

    async def work() -> None:
        async with Opened() as database, database.reading() as session:
            letters = await list_letters(session)
        table = Table("Update", "Error", "Failed")
        for letter in letters:
            table.add_row(str(letter.id), letter.error, f"{letter.failed_at:%Y-%m-%d %H:%M}")
        console.print(table if letters else "Every update has been handled.")

    run(work())


@app.command("retry")
def dead_retry(letter: UUID) -> None:
    """Handle one again, once what made it fail is mended. If it fails again, it stays."""

    async def work() -> None:
        opened = Opened(Part.BOT)
        async with opened as database, connected(create_bot(opened.settings)) as bot:
            await retry_letter(create_receiver(opened.settings, database, bot), letter)

    run(work())
    console.print("The update has been handled.")


@app.command("drop")
def dead_drop(letter: UUID) -> None:
    """Forget one for good."""

    async def work() -> None:
        async with Opened() as database, database.transaction() as session:
            await drop_letter(session, letter)

    run(work())
    console.print("The update has been dropped.")
