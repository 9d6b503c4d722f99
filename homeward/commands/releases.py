"""`homeward release`: anonymised releases."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import select

from access.actor import SYSTEM, Actor
from access.models import StaffMember
from foundation.settings import Dangerous
from homeward.commands.running import Opened, console, run

app = typer.Typer(no_args_is_help=True, help="Anonymised releases.")


@app.command("publish")
def release_publish(
    quarter: Annotated[str, typer.Argument(help="A day of the quarter, as 2026-07-01.")],
    email: Annotated[str, typer.Option("--as", help="The monitor's account that publishes.")],
) -> None:
    """Publish the fixed tables for a quarter that has ended."""
    from monitoring import publication  # noqa: PLC0415  # see serving.serve

    async def work() -> None:
        async with Opened() as database, database.transaction() as session:
            member = await _member(session, email)
            with console.status("Counting and protecting"):
                release = await publication.publish_release(session, quarter=_day(quarter), actor=member)
            console.print(f"Release {release.number} is published. SHA-256 of the manifest: {release.sha256}")

    run(work())


@app.command("list")
def release_list() -> None:
    """The releases so far."""
    from monitoring import publication  # noqa: PLC0415  # see serving.serve

    async def work() -> None:
        async with Opened() as database, database.reading() as session:
            table = Table("Release", "Quarter", "Published", "SHA-256 of the manifest")
            for each in await publication.list_releases(session, actor=SYSTEM):
                table.add_row(str(each.number), str(each.quarter), f"{each.published_at:%Y-%m-%d}", each.sha256)
            console.print(table)

    run(work())


@app.command("export")
def release_export(number: int, folder: Path) -> None:
    """Write a release's files, exactly as they were frozen."""
    from monitoring import publication  # noqa: PLC0415  # see serving.serve

    async def work() -> dict[str, bytes]:
        async with Opened() as database, database.reading() as session:
            release = await publication.find_release(session, number, actor=SYSTEM)
            return {
                name: await publication.find_file(session, number, name, actor=SYSTEM)
                for name in await publication.file_names(session, release)
            }

    files = asyncio.run(work())
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    console.print("The files have been written.")


async def _member(session: Any, email: str) -> Actor:
    member = await session.scalar(
        select(StaffMember).where(StaffMember.email == email.casefold(), StaffMember.disabled_at.is_(None))
    )
    if member is None:
        raise Dangerous("There is no active account with this e-mail address.")
    return Actor(member.id, member.role, member.organisation_id, member.team)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("The quarter is given by one of its days, as 2026-07-01.") from None
