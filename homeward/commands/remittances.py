"""`homeward remittances`: what it costs to send money, from a table with the column names of the World Bank (CSV)."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from access.actor import SYSTEM
from foundation.language import SOURCE_LANGUAGE, say
from homeward.commands.running import Opened, console, run
from referrals.remittance_reading import read_faultless, read_prices
from referrals.remittances import import_prices, periods

app = typer.Typer(no_args_is_help=True, help="Prices of sending money.")
LeaveOut = Annotated[
    bool, typer.Option("--leave-out-faulty", help="Import without the rows that have a fault, and list them.")
]
DryRun = Annotated[bool, typer.Option(help="Say what would be done, and change nothing.")]


@app.command("import")
def remittances_import(file: Path, *, dry_run: DryRun = False, leave_out_faulty: LeaveOut = False) -> None:
    """Write anew every corridor and quarter of a price table: all of it or nothing. Others stay as they are."""
    content = file.read_bytes()
    prices, faults = read_faultless(content) if leave_out_faulty else (read_prices(content), [])
    for each in faults:
        console.print(f"left out: row {each.row}, {each.column}: {say(SOURCE_LANGUAGE, each.reason)}", markup=False)

    async def work() -> None:
        # Whatever is changed in a session for reading is discarded: a dry run is the import itself.
        async with Opened() as database, database.reading() if dry_run else database.transaction() as session:
            done = await import_prices(session, prices, actor=SYSTEM, left_out=len(faults))
        would = "would be " if dry_run else ""
        console.print(
            f"{done.corridors} corridors and quarters {would}written: {done.added} prices {would}added, "
            f"{done.gone} {would}removed, {done.kept} as they were."
        )
        if leave_out_faulty:
            console.print(f"{len(faults)} faulty rows {would}left out.")

    run(work())


@app.command("list")
def remittances_list() -> None:
    """The quarters that there are prices of."""

    async def work() -> None:
        async with Opened() as database, database.reading() as session:
            table = Table("quarter", "prices", "corridors")
            for each in await periods(session):
                table.add_row(*map(str, each))
        console.print(table)

    run(work())
