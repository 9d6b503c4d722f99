"""`homeward case`: cases."""

from typing import Annotated

import typer
from sqlalchemy import select

from access.actor import SYSTEM
from bot.forgetting import forget
from cases.models import Case
from foundation.settings import Dangerous
from homeward.commands.running import Opened, console, run

app = typer.Typer(no_args_is_help=True, help="Cases.")


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
