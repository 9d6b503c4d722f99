"""`homeward report`: the yearly report of the monitoring body, and the national review pack."""

from pathlib import Path
from typing import Annotated

import typer

from access.actor import SYSTEM
from homeward.commands.running import Opened, console, run

app = typer.Typer(no_args_is_help=True, help="Reports of the monitoring body.")

Folder = Annotated[Path, typer.Option("--into", help="Where the files are written.")]
Language = Annotated[str, typer.Option(help="The language of the PDF, as en or ar.")]


@app.command("yearly")
def report_yearly(
    year: Annotated[int, typer.Argument(help="A year, as 2026.")], into: Folder = Path(), language: Language = "en"
) -> None:
    """Recommendations, answers and releases of one year, as PDF and JSON."""
    from monitoring import yearly_report  # noqa: PLC0415  # see serving.serve

    async def work() -> None:
        async with Opened() as database, database.reading() as session:
            report = await yearly_report.yearly_report(session, year, actor=SYSTEM)
        _write(into, f"yearly_report_{year}", yearly_report.to_pdf(report, language), yearly_report.to_json(report))

    run(work())


@app.command("review")
def report_review(
    first: Annotated[int, typer.Argument(help="The first year.")],
    last: Annotated[int, typer.Argument(help="The last year.")],
    into: Folder = Path(),
    language: Language = "en",
) -> None:
    """Objective 21 by action (a) to (i), for the four-yearly review, as PDF and JSON."""
    from monitoring import review, review_files  # noqa: PLC0415  # see serving.serve

    async def work() -> None:
        async with Opened() as database, database.reading() as session:
            pack = await review.review(session, first, last, actor=SYSTEM)
        _write(
            into,
            f"review_{first}_{last}",
            review_files.to_pdf(pack, language),
            review_files.to_json(pack, language),
        )

    run(work())


def _write(folder: Path, name: str, pdf: bytes, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for ending, content in (("pdf", pdf), ("json", data)):
        (folder / f"{name}.{ending}").write_bytes(content)
    console.print(f"{name}.pdf and {name}.json have been written.")
