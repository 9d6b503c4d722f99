"""`homeward directory`: the services directory (HSDS 3.0 JSON)."""

import asyncio
from pathlib import Path

import typer

from access.actor import SYSTEM
from homeward.commands.running import Opened, console, run
from referrals.directory import export_directory, import_directory, read_directory

app = typer.Typer(no_args_is_help=True, help="The services directory (HSDS 3.0 JSON).")


@app.command("check")
def directory_check(file: Path) -> None:
    """Say what is wrong with a directory file, by service and field; changes nothing."""
    directory = read_directory(file.read_bytes())
    console.print(f"The file is in order: {len(directory.entries)} services.")


@app.command("import")
def directory_import(file: Path) -> None:
    """Replace the directory by the file's content, all of it or nothing."""
    directory = read_directory(file.read_bytes())

    async def work() -> None:
        async with Opened() as database, database.transaction() as session:
            done = await import_directory(session, directory, actor=SYSTEM)
        console.print(
            f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged, {done.removed} made inactive."
        )

    run(work())


@app.command("export")
def directory_export(file: Path) -> None:
    """Write the directory as HSDS 3.0 JSON."""

    async def work() -> bytes:
        async with Opened() as database, database.reading() as session:
            return await export_directory(session)

    file.write_bytes(asyncio.run(work()))
    console.print("The directory has been written.")
