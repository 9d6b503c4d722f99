"""`homeward form`: questionnaires (XLSForm)."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cases.requests import language_name
from cases.rules import SubmissionState
from cases.sheets import CleanedMedia, clean_media, form_uses, publish, published_forms
from foundation.errors import Invalid
from foundation.language import SOURCE_LANGUAGE, say
from foundation.settings import Dangerous
from homeward.commands.explaining import where
from homeward.commands.running import Opened, console, run
from questionnaire.problems import FormRefused
from questionnaire.sheet import Sheet
from questionnaire.wording import title
from questionnaire.xlsform import check_form, read_form

app = typer.Typer(no_args_is_help=True, help="Questionnaires (XLSForm).")


MediaFolder = Annotated[Path | None, typer.Option(help="Folder with the pictures and recordings the form names.")]


@app.command("check")
def form_check(file: Path, media: MediaFolder = None) -> None:
    """Say everything that is wrong with a form, by sheet, row and column; changes nothing."""
    sheet = _checked(file, None if media is None else _names_in(media))
    languages = ", ".join(sheet.complete_languages()) or "none"
    console.print(
        f"The form is in order: {sheet.id}, version {sheet.version}, {len(sheet.questions)} rows. "
        f"Complete languages: {languages}.",
        soft_wrap=True,
    )
    if names := sheet.media():
        console.print(f"It needs these files when it is published: {', '.join(names)}.", soft_wrap=True)


@app.command("publish")
def form_publish(file: Path, media: MediaFolder = None) -> None:
    """Publish a form. Whoever has begun an older version stays on it."""
    sheet = _checked(file, set() if media is None else _names_in(media))
    files = _files(sheet, media or Path())

    async def work() -> None:
        async with Opened() as database, database.transaction() as session:
            is_new = await publish(session, sheet, files)
        console.print("The form is published." if is_new else "Exactly this version was published before.")

    run(work())


@app.command("list")
def form_list() -> None:
    """The published forms: newest version, languages, how much they are used."""

    async def work() -> None:
        async with Opened() as database, database.reading() as session:
            table = Table("Form", "Title", "Version", "Published", "Languages", "In progress", "Submitted", "From")
            used = await form_uses(session)
            for each in await published_forms(session):
                sheet = each.sheet
                table.add_row(
                    sheet.id,
                    say(SOURCE_LANGUAGE, title(sheet)),
                    sheet.version,
                    f"{each.published_at:%Y-%m-%d}",
                    ", ".join(map(language_name, sheet.complete_languages())) or "none",
                    str(used.get((sheet.id, SubmissionState.IN_PROGRESS), 0)),
                    str(used.get((sheet.id, SubmissionState.SUBMITTED), 0)),
                    "built in" if sheet.built_in else "own",
                )
            console.print(table)

    run(work())


def _checked(file: Path, media: set[str] | None) -> Sheet:
    """The form, or every problem it has on the screen and one line that says how many."""
    content = file.read_bytes()
    problems = check_form(content, file.suffix, media)
    for problem in problems:
        note = "" if problem.blocking else "note: "
        told = f"{note}{where(problem)}: {say(SOURCE_LANGUAGE, problem.reason)}"
        console.print(told, soft_wrap=True, markup=False)
    if blocking := [problem for problem in problems if problem.blocking]:
        raise FormRefused(blocking)
    return read_form(content, file.suffix)


def _names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


def _files(sheet: Sheet, folder: Path) -> dict[str, CleanedMedia]:
    """Only what the form names is read. Raises Dangerous naming every file that cannot be used."""
    found: dict[str, CleanedMedia] = {}
    problems = []
    for name in sheet.media():
        try:
            found[name] = clean_media(name, (folder / name).read_bytes())
        except Invalid as refusal:
            problems.append(f"{name}: {say(SOURCE_LANGUAGE, refusal.message)}")
    if problems:
        raise Dangerous("; ".join(problems))
    return found
