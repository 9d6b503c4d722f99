"""`homeward release`: anonymised releases, from the announced day to the check of the files."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import MofNCompleteColumn, Progress
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor, actor_of
from access.models import StaffMember
from foundation.database import Database
from foundation.settings import Dangerous
from homeward.commands.running import Opened, console, run
from monitoring.models import Release

Tell = Callable[[int], None]

app = typer.Typer(no_args_is_help=True, help="Anonymised releases.")

Email = Annotated[str, typer.Option("--as", help="The monitor's account that does it.")]
Quarter = Annotated[str, typer.Argument(help="A day of the quarter, as 2026-07-01.")]
Number = Annotated[int, typer.Argument(help="The number of the release.")]


@app.command("announce")
def release_announce(
    quarter: Quarter,
    day: Annotated[str, typer.Argument(help="The day on which it will be published, as 2026-11-15.")],
    email: Email,
    reason: Annotated[str, typer.Option(help="Why the day is moved, if it was announced before.")] = "",
) -> None:
    """Announce the day on which a quarter's figures will be published."""
    from monitoring import calendar  # noqa: PLC0415  # see serving.serve

    async def work(session: AsyncSession, actor: Actor) -> str:
        await calendar.announce(session, quarter=_day(quarter), due_on=_day(day), reason=reason, actor=actor)
        return f"The figures are announced for {day}."

    _do(email, work)


@app.command("draft")
def release_draft(quarter: Quarter, email: Email) -> None:
    """Count and protect a quarter that has ended, as a draft."""
    from monitoring import drafting  # noqa: PLC0415  # see serving.serve

    async def work(database: Database, actor: Actor, tell: Tell) -> Release:
        return await drafting.draft_release(database, quarter=_day(quarter), actor=actor, tell=tell)

    _draft(email, work)


@app.command("correct")
def release_correct(
    number: Number, changed: Annotated[str, typer.Option(help="What changed, and why.")], email: Email
) -> None:
    """Count the quarter of a published release anew, as a draft that takes its place."""
    from monitoring import drafting  # noqa: PLC0415  # see serving.serve

    async def work(database: Database, actor: Actor, tell: Tell) -> Release:
        return await drafting.draft_correction(database, number, changed, actor=actor, tell=tell)

    _draft(email, work)


@app.command("approve")
def release_approve(
    number: Number,
    sha256: Annotated[str, typer.Argument(help="SHA-256 of the manifest that was looked at.")],
    email: Email,
) -> None:
    """Approve what another has drafted, after looking at it."""
    from monitoring import publication  # noqa: PLC0415  # see serving.serve

    async def work(session: AsyncSession, actor: Actor) -> str:
        await publication.approve_release(session, number, sha256.strip().lower(), actor=actor)
        return f"Release {number} is approved."

    _do(email, work)


@app.command("publish")
def release_publish(number: Number, email: Email) -> None:
    """Sign and publish what was approved."""
    from monitoring import publication  # noqa: PLC0415  # see serving.serve

    async def work(session: AsyncSession, actor: Actor) -> str:
        release = await publication.publish_release(session, number, actor=actor)
        return f"Release {number} is published. SHA-256 of the manifest: {release.sha256}"

    _do(email, work)


@app.command("drop")
def release_drop(number: Number, email: Email) -> None:
    """Throw away a release that is not published."""
    from monitoring import publication  # noqa: PLC0415  # see serving.serve

    async def work(session: AsyncSession, actor: Actor) -> str:
        await publication.drop_release(session, number, actor=actor)
        return f"Release {number} is thrown away."

    _do(email, work)


@app.command("list")
def release_list() -> None:
    """The releases so far."""
    from monitoring import publication  # noqa: PLC0415  # see serving.serve

    async def work() -> None:
        async with Opened() as database, database.reading() as session:
            table = Table("Release", "Quarter", "State", "Published", "SHA-256 of the manifest")
            for each in await publication.list_releases(session, actor=SYSTEM):
                published = f"{each.published_at:%Y-%m-%d}" if each.published_at else ""
                table.add_row(str(each.number), str(each.quarter), each.state, published, each.sha256)
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


@app.command("key")
def release_key(
    *, new: Annotated[bool, typer.Option("--new", help="Make a new key first; from then on it signs.")] = False
) -> None:
    """Print the public key by which releases verify."""
    from monitoring import signing  # noqa: PLC0415  # see serving.serve

    async def work() -> None:
        async with Opened() as database, database.transaction() as session:
            if new:
                await signing.new_signing_key(session)
            keys = await signing.signing_keys(session)
            if not keys:
                raise Dangerous("There is no key yet. It is made with the first release, or with --new.")
            typer.echo(signing.as_pem(keys[0].public).decode(), nl=False)

    run(work())


@app.command("verify")
def release_verify(
    folder: Annotated[Path, typer.Argument(help="Where the files of one release are.")],
    key: Annotated[
        Path | None,
        typer.Option("--key", help="The public key, from somewhere you trust, such as key.pem of the page."),
    ] = None,
) -> None:
    """Check a release by its files alone: no database and no settings are needed."""
    from monitoring import signing  # noqa: PLC0415  # see serving.serve

    files = _read(folder)
    if signing.SIGNATURE not in files and signing.PUBLIC_KEY not in files and key is None:
        raise Dangerous("This release is not signed: there is no manifest.sig beside the files, and no key.")
    public = _public_keys(key or folder / signing.PUBLIC_KEY)
    found = min((list(signing.faults(files, each)) for each in public), key=len)
    for fault in found:
        typer.echo(fault)
    if found:
        raise Dangerous(f"This is not the release as it was published. Problems found: {len(found)}.")
    console.print(f"{len(files)} files are exactly as they were published and signed.")
    if key is None:
        console.print(
            "The key is the one that lies beside them. Compare its fingerprint with the one that the monitoring body "
            f"has published: {signing.fingerprint_of(public[0])}",
            soft_wrap=True,
        )


def _do(email: str, verb: Callable[[AsyncSession, Actor], Coroutine[Any, Any, str]]) -> None:
    async def work() -> None:
        async with Opened() as database:
            async with database.transaction() as session:
                done = await verb(session, await _member(session, email))
            console.print(done, soft_wrap=True)

    run(work())


def _draft(email: str, verb: Callable[[Database, Actor, Tell], Coroutine[Any, Any, Release]]) -> None:
    from monitoring.tables import CATALOGUE  # noqa: PLC0415  # see serving.serve

    async def work() -> None:
        async with Opened() as database:
            async with database.reading() as session:
                actor = await _member(session, email)
            columns = (*Progress.get_default_columns(), MofNCompleteColumn())
            with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
                task = progress.add_task("Counting and protecting", total=len(CATALOGUE))
                made = await verb(database, actor, lambda done: progress.update(task, completed=done))
        waits = f"Release {made.number} is drafted and waits for approval by another."
        console.print(f"{waits} SHA-256 of the manifest: {made.sha256}", soft_wrap=True)

    run(work())


def _read(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise Dangerous("There is no such folder.")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _public_keys(file: Path) -> list[bytes]:
    """Those of a file, which may hold older ones too: a release was signed by one of them."""
    from monitoring import signing  # noqa: PLC0415  # see serving.serve

    try:
        parts = [part + signing.PEM_END for part in file.read_text().split(signing.PEM_END) if part.strip()]
        found = [signing.read_public_key(part.encode()) for part in parts]
    except OSError as fault:
        raise Dangerous(f"The public key cannot be read ({fault.strerror}).") from None
    except ValueError:
        raise Dangerous("The public key is no Ed25519 key in PEM.") from None
    if not found:
        raise Dangerous("The public key is no Ed25519 key in PEM.")
    return found


async def _member(session: AsyncSession, email: str) -> Actor:
    member = await session.scalar(
        select(StaffMember).where(StaffMember.email == email.casefold(), StaffMember.disabled_at.is_(None))
    )
    if member is None:
        raise Dangerous("There is no active account with this e-mail address.")
    return actor_of(member)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("A day is given as 2026-07-01.") from None
