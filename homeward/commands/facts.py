"""`homeward facts`: the counted facts that monitoring reads."""

import typer
from rich.progress import Progress

from homeward.commands.running import Opened, console, run
from referrals.facts import AT_ONCE, all_subjects, bring_up_to_date, refresh, waiting_entries

app = typer.Typer(no_args_is_help=True, help="Counted facts.")


@app.command("update")
def facts_update() -> None:
    """Take into account what has happened since, as the worker does all day. Runs beside the live system."""

    async def work() -> None:
        async with Opened() as database:
            async with database.transaction() as session:
                waiting = await waiting_entries(session)
            with Progress(console=console) as progress:
                task = progress.add_task("Counting", total=waiting)
                read = 1
                while read:
                    async with database.transaction() as session:
                        read = await bring_up_to_date(session)
                    progress.advance(task, read)
        console.print("The facts are up to date.")

    run(work())


@app.command("rebuild")
def facts_rebuild() -> None:
    """Work out every fact anew from the tables of the house. Facts of people who were erased stay as they are."""

    async def work() -> None:
        changed = 0
        async with Opened() as database:
            async with database.reading() as session:
                subjects = await all_subjects(session)
            with Progress(console=console) as progress:
                task = progress.add_task("Counting anew", total=len(subjects))
                for first in range(0, len(subjects), AT_ONCE):
                    some = subjects[first : first + AT_ONCE]
                    async with database.transaction() as session:
                        changed += await refresh(session, some)
                    progress.advance(task, len(some))
        console.print(f"{len(subjects)} cases and complaints were counted anew; {changed} facts changed.")

    run(work())
