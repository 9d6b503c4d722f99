"""`homeward directory`: the services directory (HSDS 3.0)."""

import asyncio
import io
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from access.actor import SYSTEM
from foundation.errors import Invalid
from foundation.language import _
from homeward.commands.explaining import where_in_directory
from homeward.commands.running import Opened, console, run
from referrals.directory import (
    Change,
    Changes,
    Directory,
    compare_directory,
    import_directory,
    read_directory,
    revealed,
    stored_package,
)
from referrals.hsds_package import Package
from referrals.hsds_tables import SERVICE
from referrals.hsds_writing import write_data_package, write_services, write_tables

MOST_SHOWN = 40
"""Lines of what an import would do, of each kind."""

app = typer.Typer(no_args_is_help=True, help="The services directory (HSDS 3.0: JSON, or a data package of CSV files).")


class Form(StrEnum):
    SERVICES = "services"
    TABLES = "tables"
    PACKAGE = "package"


_WRITERS = {Form.SERVICES: write_services, Form.TABLES: write_tables, Form.PACKAGE: write_data_package}


@app.command("check")
def directory_check(file: Path) -> None:
    """Say what is wrong with a directory (a file, or the folder of a data package), by table, place and field."""
    directory = read_directory(_content(file))
    rows = sum(1 for _row in directory.package)
    console.print(f"The file is in order: {len(directory.package.rows[SERVICE])} services, {rows} rows in all.")
    if hidden := rows - sum(1 for _row in directory.public):
        console.print(f"For staff only, told to nobody else: {hidden} rows.")
    _show_not_offered(directory)


@app.command("import")
def directory_import(
    file: Path,
    *,
    dry_run: Annotated[bool, typer.Option(help="Say what would change, and change nothing.")] = False,
    reveal: Annotated[bool, typer.Option(help="Also make public what was for staff only, if the file does.")] = False,
) -> None:
    """Replace the directory by what a file or the folder of a data package holds, all of it or nothing."""
    directory = read_directory(_content(file))

    async def work() -> None:
        async with Opened() as database:
            if dry_run:
                async with database.reading() as session:
                    _show(await compare_directory(session, directory))
                    shown = await revealed(session, directory)
                for problem in shown:
                    console.print(where_in_directory(problem), highlight=False, markup=False)
                return
            async with database.transaction() as session:
                done = await import_directory(session, directory, actor=SYSTEM, reveal=reveal)
        console.print(
            f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged, {done.removed} made inactive."
        )

    run(work())
    _show_not_offered(directory)


@app.command("export")
def directory_export(
    file: Path,
    *,
    form: Annotated[Form | None, typer.Option(help="Without it: a package if FILE ends in .zip.")] = None,
    public: Annotated[
        bool, typer.Option(help="Leave out what is for staff only. Without it the file is secret.")
    ] = False,
) -> None:
    """Write the directory: nested services, tables in one JSON file, or a data package (ZIP)."""
    chosen = form or (Form.PACKAGE if file.suffix == ".zip" else Form.SERVICES)

    async def work() -> Package:
        async with Opened() as database, database.reading() as session:
            return await stored_package(session, is_for_public=public)

    package = asyncio.run(work())
    if not package.rows[SERVICE]:
        raise Invalid(_("The directory is empty: there is nothing to write."))
    file.write_bytes(_WRITERS[chosen](package))
    console.print("The directory has been written.")


def _content(file: Path) -> bytes:
    """Of a folder: its files as one package."""
    if not file.is_dir():
        return file.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for each in sorted(file.iterdir()):
            if each.is_file():
                archive.write(each, each.name)
    return packed.getvalue()


def _show_not_offered(directory: Directory) -> None:
    for problem in directory.not_offered[:MOST_SHOWN]:
        console.print(where_in_directory(problem))
    if len(directory.not_offered) > MOST_SHOWN:
        console.print(f"{len(directory.not_offered)} services in all are kept and not offered.")


def _show(changes: Changes) -> None:
    if not changes:
        console.print("The directory is the same already.")
    for sign, lines in (("+", changes.added), ("~", changes.changed), ("-", changes.removed)):
        for change in lines[:MOST_SHOWN]:
            console.print(_line(sign, change), highlight=False, markup=False)
        if len(lines) > MOST_SHOWN:
            console.print(f"{sign} … {len(lines)} in all", highlight=False)


def _line(sign: str, change: Change) -> str:
    fields = f": {', '.join(change.fields)}" if change.fields else ""
    return f"{sign} {change.table} {change.id} {change.name}{fields}"
