"""`homeward case`: cases."""

from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy import select

from access.actor import SYSTEM
from bot.forgetting import forget
from cases.casework_rules import ERASURE_RULE_NAMES
from cases.models import Case
from cases.retention import planned_everywhere
from foundation.language import say
from foundation.settings import Dangerous
from homeward.commands.running import Opened, console, run

app = typer.Typer(no_args_is_help=True, help="Cases.")


@app.command("retention")
def case_retention(
    preview: Annotated[bool, typer.Option("--preview", help="Say what will be erased; nothing else is done.")] = False,  # noqa: FBT002  # a flag
    days: Annotated[int, typer.Option("--days", min=0, help="How far to look ahead.")] = 90,
) -> None:
    """What retention erases, when, and by which rule. The worker does it; here it is only said."""
    if not preview:
        raise Dangerous("The worker erases by itself when the time has come. Add --preview to see what it will erase.")

    async def work() -> None:
        async with Opened() as database, database.reading() as session:
            rows = await planned_everywhere(session, timedelta(days=days))
        for row in rows:
            what = say("en", ERASURE_RULE_NAMES[row.rule])
            console.print(f"{row.at:%Y-%m-%d %H:%M} UTC  {row.number}  {what}" + (f" ({row.files})" * (row.files > 0)))
        if not rows:
            console.print(f"Nothing is to be erased within {days} days.")

    run(work())


@app.command("erase")
def case_erase(
    number: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,  # noqa: FBT002  # a flag
) -> None:
    """Destroy everything kept of the person behind a case. There is no way back."""
    if not yes:
        typer.confirm("Destroy everything kept of this person?", abort=True)

    async def work() -> None:
        async with Opened() as database:
            async with database.transaction() as session:
                case = await session.scalar(select(Case).where(Case.number == number.strip().upper()))
                if case is None or case.person_id is None:
                    raise Dangerous("There is no such case, or it is erased already.")
                receipt = await forget(session, case.person_id, actor=SYSTEM)
            await database.scrub()
            console.print(f"Case {receipt.case_number}: erased on {receipt.erased_at:%Y-%m-%d %H:%M} UTC.")

    run(work())
