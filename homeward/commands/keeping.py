"""`homeward migrate|doctor`: the installation itself."""

import asyncio
from pathlib import Path

import typer
from sqlalchemy.exc import DBAPIError

from bot.dead_letters import count_letters
from bot.reminding import count_stuck
from cases.helplines import known_lines, unconfirmed, use_lines
from foundation import audit, keys
from foundation.errors import Refusal
from foundation.sealing import WrongKey
from foundation.settings import Dangerous, Part, Settings, dangers, load_settings
from homeward.commands.explaining import explain
from homeward.commands.running import console, run, settings_for
from homeward.database_roles import NOT_CONFINED, is_confined
from homeward.preparing import prepare
from homeward.schema import refuse_outdated
from homeward.wiring import open_database, use_own_files

app = typer.Typer()

_SECOND_FACTOR_OFFERED = (
    "HOMEWARD_SECOND_FACTOR is 'offered': whoever learns a password opens cases and reads secret addresses with it. "
    "Only the demo should do so."
)


@app.command()
def migrate() -> None:
    """Bring the database to the newest version; makes the operator's organisation and the built-in forms."""

    async def work() -> None:
        settings = settings_for(Part.TOOL)
        database = open_database(settings)
        try:
            await prepare(database, settings)
            if not await is_confined(database):
                console.print(NOT_CONFINED, soft_wrap=True)
        finally:
            await database.close()

    run(work())
    console.print("The database is at the newest version.")


@app.command()
def doctor() -> None:
    """Say what is misconfigured, in words."""
    settings = load_settings()
    problems = sorted({danger for part in Part for danger in dangers(settings, part)})
    problems += _helpline_problems(settings)
    problems += _follow_up_problems(settings)
    problems += asyncio.run(_database_problems(settings)) if not problems else []
    for problem in problems:
        console.print(f"• {problem}", soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    console.print("Nothing is misconfigured.")
    for warning in (*_warnings(settings), *asyncio.run(_left_behind(settings))):
        console.print(f"• {warning}", soft_wrap=True)


def _helpline_problems(settings: Settings) -> list[str]:
    try:
        use_lines(Path(settings.helplines) if settings.helplines else None)
    except Refusal as refusal:
        return [f"HOMEWARD_HELPLINES: {explain(refusal)}"]
    return []


def _follow_up_problems(settings: Settings) -> list[str]:
    try:
        use_own_files(settings)
    except Dangerous as danger:
        return [str(danger)]
    return []


def _warnings(settings: Settings) -> list[str]:
    """What works, and still should not stay as it is."""
    count = unconfirmed(known_lines())
    return [
        *([_SECOND_FACTOR_OFFERED] if settings.second_factor == "offered" else []),
        *([f"Help lines that nobody has confirmed: {count}. Call them, then see HOMEWARD_HELPLINES."] if count else []),
    ]


async def _left_behind(settings: Settings) -> list[str]:
    """What waits for someone to look, though nothing is misconfigured."""
    database = open_database(settings)
    try:
        async with database.reading() as session:
            letters, stuck = await count_letters(session), await count_stuck(session)
        confined = await is_confined(database)
    finally:
        await database.close()
    return [
        *([] if confined else [NOT_CONFINED]),
        *([f"Updates that could not be handled: {letters}. See `homeward dead list`."] if letters else []),
        *([f"Forms half filled and untouched for a week: {stuck}. Each person is reminded once."] if stuck else []),
    ]


async def _database_problems(settings: Settings) -> list[str]:
    database = open_database(settings)
    try:
        await refuse_outdated(database)
        async with database.transaction() as session:
            await keys.check_master_key(session)
            broken = await audit.broken_link(session)
    except (Dangerous, WrongKey, DBAPIError, OSError) as error:
        return [explain(error)]
    finally:
        await database.close()
    return [] if broken is None else [f"The audit log does not verify from link {broken} on."]
