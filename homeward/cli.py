"""The command line. Every command that fails says why in one clear line and exits with 1."""

import asyncio
import sys
from collections.abc import Coroutine
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import typer
import uvicorn
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, OperationalError
from telegram.error import InvalidToken

from access import staff
from access.actor import SYSTEM, Actor
from access.models import OrganisationKind, StaffMember
from access.rules import Role
from bot.forgetting import forget
from bot.telegram import connected, create_bot
from cases.models import Case, PublishedSheet
from cases.sheets import publish, publish_built_in
from foundation import audit, keys
from foundation.database import Database
from foundation.errors import Refusal
from foundation.language import SOURCE_LANGUAGE, say
from foundation.sealing import KeyRing, WrongKey
from foundation.settings import Dangerous, Part, Settings, dangers, load_settings, refuse_dangers
from homeward.logs import configure_logs
from homeward.schema import migrate as migrate_schema
from homeward.schema import refuse_outdated
from homeward.wiring import create_receiver, open_database, outbox_handlers
from homeward.worker import Worker
from questionnaire.problems import FormRefused
from questionnaire.xlsform import read_form
from referrals.directory import DirectoryRefused, export_directory, import_directory, read_directory

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Homeward.")
staff_app = typer.Typer(no_args_is_help=True, help="Accounts of staff, partners and monitors.")
directory_app = typer.Typer(no_args_is_help=True, help="The services directory (HSDS 3.0 JSON).")
form_app = typer.Typer(no_args_is_help=True, help="Questionnaires (XLSForm).")
release_app = typer.Typer(no_args_is_help=True, help="Anonymised releases.")
case_app = typer.Typer(no_args_is_help=True, help="Cases.")
keys_app = typer.Typer(no_args_is_help=True, help="Master keys.")
for name, group in {
    "staff": staff_app,
    "directory": directory_app,
    "form": form_app,
    "release": release_app,
    "case": case_app,
    "keys": keys_app,
}.items():
    app.add_typer(group, name=name)

OUTSIDERS = {Role.PARTNER: OrganisationKind.PARTNER, Role.MONITOR: OrganisationKind.MONITOR}
"""Roles whose people belong to another organisation than the operator."""

console = Console()
Password = Annotated[
    str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, envvar="HOMEWARD_PASSWORD")
]


def main() -> NoReturn:
    """Run the command line; refusals become one line on standard error."""
    try:
        code = app(standalone_mode=False)  # returns the code of a `typer.Exit` instead of raising it
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  # nobody who deploys should have to read a traceback
        _complain(error)
    sys.exit(code or 0)


def _complain(error: Exception) -> NoReturn:
    print(explain(error), file=sys.stderr)  # noqa: T201  # this is the command line speaking
    sys.exit(2 if isinstance(error, typer.BadParameter) else 1)


def explain(error: Exception) -> str:
    """An error as one line for the person at the terminal, without personal data."""
    match error:
        case FormRefused():
            return "\n".join(
                f"{_cell(each.sheet, each.row, each.column)}: {say(SOURCE_LANGUAGE, each.reason)}"
                for each in error.problems
            )
        case DirectoryRefused():
            return "\n".join(
                f"{each.row or 'file'}, {each.field or '-'}: {say(SOURCE_LANGUAGE, each.reason)}"
                for each in error.problems
            )
        case Refusal():
            return say(SOURCE_LANGUAGE, error.message)
        case Dangerous() | WrongKey():
            return str(error)
        case InvalidToken():
            return "Telegram does not accept HOMEWARD_TELEGRAM_TOKEN."
        case OperationalError() | DBAPIError() | ConnectionError():
            return f"The database cannot be reached or used ({type(error).__name__}). See HOMEWARD_DATABASE_URL."
        case OSError():
            return f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror or error)
        case _ if isinstance(error, typer.BadParameter) or type(error).__module__.startswith(("click", "typer")):
            return getattr(error, "format_message", lambda: str(error))()
        case _:
            structlog.get_logger().error("command_failed", error=type(error).__name__)
            return f"Something unexpected went wrong ({type(error).__name__}). Nothing half done was kept."


def _cell(sheet: str, row: int, column: str) -> str:
    """Where a form is faulty; a fault of the whole file or sheet has no row and no column."""
    return ", ".join(part for part in (sheet or "file", f"row {row}" if row else "", column) if part)


def _settings(part: Part) -> Settings:
    settings = load_settings()
    refuse_dangers(settings, part)
    configure_logs(settings.log_format, part)
    return settings


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


class _Opened:
    """The configured database for one command: migrated, the right key, closed at the end."""

    def __init__(self, part: Part = Part.TOOL) -> None:
        self.settings = _settings(part)
        self.database = open_database(self.settings)

    async def __aenter__(self) -> Database:
        await refuse_outdated(self.database)
        async with self.database.transaction() as session:
            await keys.check_master_key(session)
        return self.database

    async def __aexit__(self, *_details: object) -> None:
        await self.database.close()


@app.command()
def serve(port: int = 8000, host: str = "127.0.0.1") -> None:
    """Serve the pages and the API."""
    # Imported here and in the release commands: scipy and the pages take most of a second, and the bot needs neither.
    from homeward.asgi import create_asgi  # noqa: PLC0415
    from homeward.server import Server  # noqa: PLC0415
    from web.app import end_streams  # noqa: PLC0415

    settings = _settings(Part.WEB)

    async def check() -> None:
        async with _Opened(Part.WEB):
            pass

    _run(check())
    application = create_asgi(settings)
    config = uvicorn.Config(
        application, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=3
    )
    Server(config, partial(end_streams, application)).run()


@app.command()
def bot() -> None:
    """Receive messages from Telegram (polling)."""

    async def work() -> None:
        opened = _Opened(Part.BOT)
        async with opened as database:
            receiver = create_receiver(opened.settings, database, create_bot(opened.settings))
            async with connected(receiver.bot):
                await receiver.poll_forever()

    _run(work())


@app.command()
def worker() -> None:
    """Send what waits, link the audit log, let time pass for referrals and retention."""

    async def work() -> None:
        opened = _Opened(Part.WORKER)
        async with opened as database:
            await Worker(database, *outbox_handlers(opened.settings, database)).run_forever()

    _run(work())


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the pages and the phones.")] = 8000,
    data: Annotated[Path, typer.Option(help="Folder for the database of the demo.")] = Path("demo-data"),
) -> None:
    """Start everything on this machine with example data."""
    from homeward.demo.start import start_demo  # noqa: PLC0415  # the demo brings the simulator; nothing else needs it

    start_demo(port, data)


@app.command()
def migrate() -> None:
    """Bring the database to the newest version; makes the operator's organisation and the built-in forms."""

    async def work() -> None:
        settings = _settings(Part.TOOL)
        database = open_database(settings)
        try:
            await prepare(database, settings)
        finally:
            await database.close()

    _run(work())
    console.print("The database is at the newest version.")


async def prepare(database: Database, settings: Settings) -> None:
    """Schema, instance key, built-in forms and the organisation that runs the service."""
    await migrate_schema(database)
    async with database.transaction() as session:
        await publish_built_in(session)
        await staff.find_or_create_operator(session, settings.operator)


@staff_app.command("add")
def staff_add(  # noqa: PLR0917  # options of a command, given by name
    email: str,
    name: Annotated[str, typer.Option(help="Name that colleagues see.")],
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    password: Password,
    organisation: Annotated[str, typer.Option(help="Partner's or monitoring body's name; empty: the operator.")] = "",
    team: Annotated[str, typer.Option(help="Team code, such as a country of return; empty: all teams.")] = "",
    language: str = SOURCE_LANGUAGE,
) -> None:
    """Add an account."""
    if bool(organisation) != (role in OUTSIDERS):
        raise typer.BadParameter("A partner or a monitor needs --organisation; everyone else belongs to the operator.")

    async def work() -> None:
        opened = _Opened()
        async with opened as database, database.transaction() as session:
            kind = OUTSIDERS.get(role)
            body = (
                await staff.find_or_create_organisation(session, organisation, kind)
                if kind
                else await staff.find_or_create_operator(session, opened.settings.operator)
            )
            await staff.add_staff(
                session,
                email=email,
                name=name,
                role=role,
                organisation=body,
                password=password,
                team=team or None,
                language=language,
            )

    _run(work())
    console.print("The account has been added.")


@staff_app.command("disable")
def staff_disable(email: str) -> None:
    """End an account at once, with every session it has."""
    _run(_changed(partial(staff.disable_staff, email=email)))
    console.print("The account is disabled.")


@staff_app.command("reset")
def staff_reset(email: str, password: Password) -> None:
    """Set a new password and end every session."""
    _run(_changed(partial(staff.reset_password, email=email, password=password)))
    console.print("The password is set; every session of the account has ended.")


async def _changed(verb: Any) -> None:
    async with _Opened() as database, database.transaction() as session:
        await verb(session)


@directory_app.command("check")
def directory_check(file: Path) -> None:
    """Say what is wrong with a directory file, by service and field; changes nothing."""
    directory = read_directory(file.read_bytes())
    console.print(f"The file is in order: {len(directory.entries)} services.")


@directory_app.command("import")
def directory_import(file: Path) -> None:
    """Replace the directory by the file's content, all of it or nothing."""
    directory = read_directory(file.read_bytes())

    async def work() -> None:
        async with _Opened() as database, database.transaction() as session:
            done = await import_directory(session, directory, actor=SYSTEM)
        console.print(
            f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged, {done.removed} made inactive."
        )

    _run(work())


@directory_app.command("export")
def directory_export(file: Path) -> None:
    """Write the directory as HSDS 3.0 JSON."""

    async def work() -> bytes:
        async with _Opened() as database, database.reading() as session:
            return await export_directory(session)

    file.write_bytes(asyncio.run(work()))
    console.print("The directory has been written.")


@form_app.command("check")
def form_check(file: Path) -> None:
    """Say what is wrong with a form, by sheet, row and column; changes nothing."""
    sheet = read_form(file, file.suffix)
    console.print(f"The form is in order: {sheet.id}, version {sheet.version}, {len(sheet.questions)} rows.")


@form_app.command("publish")
def form_publish(file: Path) -> None:
    """Publish a form. Whoever has begun an older version stays on it."""
    sheet = read_form(file, file.suffix)

    async def work() -> None:
        async with _Opened() as database, database.transaction() as session:
            is_new = await publish(session, sheet)
        console.print("The form is published." if is_new else "This version was published before.")

    _run(work())


@form_app.command("list")
def form_list() -> None:
    """The published forms."""

    async def work() -> None:
        async with _Opened() as database, database.reading() as session:
            table = Table("Form", "Version", "Published")
            for each in await session.scalars(select(PublishedSheet).order_by(PublishedSheet.published_at)):
                table.add_row(each.sheet_id, each.version, f"{each.published_at:%Y-%m-%d}")
            console.print(table)

    _run(work())


@release_app.command("publish")
def release_publish(
    quarter: Annotated[str, typer.Argument(help="A day of the quarter, as 2026-07-01.")],
    email: Annotated[str, typer.Option("--as", help="The monitor's account that publishes.")],
) -> None:
    """Publish the fixed tables for a quarter that has ended."""
    from monitoring import publication  # noqa: PLC0415  # see serve

    async def work() -> None:
        async with _Opened() as database, database.transaction() as session:
            member = await _member(session, email)
            with console.status("Counting and protecting"):
                release = await publication.publish_release(session, quarter=_day(quarter), actor=member)
            console.print(f"Release {release.number} is published. SHA-256 of the manifest: {release.sha256}")

    _run(work())


@release_app.command("list")
def release_list() -> None:
    """The releases so far."""
    from monitoring import publication  # noqa: PLC0415  # see serve

    async def work() -> None:
        async with _Opened() as database, database.reading() as session:
            table = Table("Release", "Quarter", "Published", "SHA-256 of the manifest")
            for each in await publication.list_releases(session, actor=SYSTEM):
                table.add_row(str(each.number), str(each.quarter), f"{each.published_at:%Y-%m-%d}", each.sha256)
            console.print(table)

    _run(work())


@release_app.command("export")
def release_export(number: int, folder: Path) -> None:
    """Write a release's files, exactly as they were frozen."""
    from monitoring import publication  # noqa: PLC0415  # see serve

    async def work() -> dict[str, bytes]:
        async with _Opened() as database, database.reading() as session:
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


@case_app.command("erase")
def case_erase(
    number: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,  # noqa: FBT002  # a flag
) -> None:
    """Destroy everything kept of the person behind a case. There is no way back."""
    if not yes:
        typer.confirm("Destroy everything kept of this person?", abort=True)

    async def work() -> None:
        async with _Opened() as database:
            async with database.transaction() as session:
                case = await session.scalar(select(Case).where(Case.number == number.strip().upper()))
                if case is None or case.person_id is None:
                    raise Dangerous("There is no such case, or it is erased already.")
                receipt = await forget(session, case.person_id, actor=SYSTEM)
            await database.scrub()
            console.print(f"Case {receipt.case_number}: erased on {receipt.erased_at:%Y-%m-%d %H:%M} UTC.")

    _run(work())


@keys_app.command("new")
def keys_new(name: str) -> None:
    """Make a master key under a new id. Put it first in HOMEWARD_MASTER_KEYS, and keep a copy elsewhere."""
    print(KeyRing.new_master(name))  # noqa: T201  # raw, so that it can be piped


@keys_app.command("rotate")
def keys_rotate() -> None:
    """Wrap every data key with the first master key. Runs beside the live system; can be stopped and run again."""

    async def work() -> None:
        async with _Opened() as database:
            left = 1
            with console.status("Rotating") as status:
                while left:
                    async with database.transaction() as session:
                        left = await keys.rewrap_some(session)
                    status.update(f"Rotating: {left} keys to go")
        console.print("Every key is wrapped by the first master key. Older ones may now be removed.")

    _run(work())


@app.command()
def doctor() -> None:
    """Say what is misconfigured, in words."""
    settings = load_settings()
    problems = sorted({danger for part in Part for danger in dangers(settings, part)})
    problems += asyncio.run(_database_problems(settings)) if not problems else []
    for problem in problems:
        console.print(f"• {problem}", soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    console.print("Nothing is misconfigured.")


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


if __name__ == "__main__":
    main()
