"""`homeward jobs import` and `homeward courses import`: vacancies and courses from a file (CSV)."""

from pathlib import Path
from typing import Annotated

import typer

from access.actor import SYSTEM
from homeward.commands.running import Opened, console, run
from referrals.opening_files import import_rows, read_file
from referrals.opening_rules import OpeningKind

jobs = typer.Typer(no_args_is_help=True, help="Vacancies.")
courses = typer.Typer(no_args_is_help=True, help="Courses and job fairs.")
DryRun = Annotated[bool, typer.Option(help="Say what would be done, and change nothing.")]


@jobs.callback()
@courses.callback()
def group() -> None:
    """Groups of commands, though each has one so far."""


@jobs.command("import")
def jobs_import(file: Path, *, dry_run: DryRun = False) -> None:
    """Enter the vacancies of a CSV file, or write them anew by their reference: all of them or none."""
    _import(file, OpeningKind.VACANCY, dry_run=dry_run)


@courses.command("import")
def courses_import(file: Path, *, dry_run: DryRun = False) -> None:
    """Enter the courses and job fairs of a CSV file, or write them anew by their reference: all of them or none."""
    _import(file, OpeningKind.COURSE, dry_run=dry_run)


def _import(file: Path, kind: OpeningKind, *, dry_run: bool) -> None:
    rows = read_file(file.read_bytes(), kind)

    async def work() -> None:
        # Whatever is changed in a session for reading is discarded: a dry run is the import itself.
        async with Opened() as database, database.reading() if dry_run else database.transaction() as session:
            done = await import_rows(session, rows, actor=SYSTEM)
        told = "would be added" if dry_run else "added"
        console.print(f"{done.added} {told}, {done.changed} {'would be changed' if dry_run else 'changed'}.")

    run(work())
