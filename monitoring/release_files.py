"""The files of a release, all made of the same published tables: for people, for spreadsheets, for other systems."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from foundation import clock
from foundation.language import SOURCE_LANGUAGE, Message, _, _p, complete_languages, say
from monitoring import formats
from monitoring.exchange import dhis2_element, to_dhis2, to_sdmx, to_workbook
from monitoring.indicator_values import told_by
from monitoring.indicators import catalogue
from monitoring.ledger import TOTAL, PublishedTable
from monitoring.release_report import WITHHELD, print_release
from monitoring.signing import MANIFEST
from monitoring.tables import POLICY, code_name, named

INDICATORS = "indicators.json"
_COLUMNS: dict[str, Message] = {
    formats.START: _("Period start"),
    formats.END: _("Period end"),
    formats.VALUE: _("Number"),
    formats.SUPPRESSED: _("Withheld"),
}
_DICTIONARY: tuple[Message, ...] = (
    _p("dictionary", "Table"),
    _p("dictionary", "Column"),
    _p("dictionary", "Code"),
    _p("dictionary", "Language"),
    _p("dictionary", "Meaning"),
    _p("dictionary", "DHIS2 data element"),
)
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "pdf": "application/pdf",
    "pem": "application/x-pem-file",
    "sig": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""By the ending of the file's name."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What a release says: figures of one quarter; if it corrects another, which one and what changed."""

    number: int
    quarter: date
    tables: tuple[PublishedTable, ...]
    corrects: int | None = None
    changed: str = ""


def files_of(edition: Edition) -> dict[str, bytes]:
    """Every file with its content, and the manifest that names them all."""
    tables = edition.tables
    files: dict[str, bytes] = {}
    for table in tables:
        files[formats.file_name(table, "csv")] = formats.to_csv(table, _headers(table))
        files[formats.file_name(table, "json")] = formats.to_json(table)
        files[formats.file_name(table, "sdmx.csv")] = to_sdmx(table)
    name = f"release_{edition.number}"
    files[f"{name}.xlsx"] = to_workbook(
        tables, {table.name: _heads(table) for table in tables}, _meaning, say(SOURCE_LANGUAGE, WITHHELD)
    )
    files[f"{name}.dhis2.json"] = to_dhis2(tables, clock.today())
    files["dictionary.csv"] = _dictionary(tables)
    files[INDICATORS] = _indicators(tables)
    for language in complete_languages("console"):
        files[f"{name}.{language}.pdf"] = print_release(
            edition.number, edition.quarter, tables, language, corrects=edition.corrects, changed=edition.changed
        )
    said = {
        "number": edition.number,
        "quarter": edition.quarter.isoformat(),
        "corrects": edition.corrects,
        "changed": edition.changed,
        "made_on": clock.today().isoformat(),
    }
    return {**files, MANIFEST: formats.manifest(files, POLICY, said)}


def _indicators(tables: Sequence[PublishedTable]) -> bytes:
    """Every definition as it stands on this day, beside what the tables of this release say of it."""
    by_name = {table.name: table for table in tables}
    told = [
        {
            "definition": each.model_dump(mode="json"),
            "told": found.to_json() if (found := told_by(each, by_name)) is not None else None,
        }
        for each in catalogue().indicators
    ]
    content = {"edition": catalogue().edition, "indicators": told}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode()


def media_type_of(name: str) -> str:
    return MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def _headers(table: PublishedTable) -> Mapping[str, str]:
    axes = {axis.name: axis.label for axis in named(table).axes}
    return {name: say(SOURCE_LANGUAGE, label) for name, label in {**axes, **_COLUMNS}.items()}


def _heads(table: PublishedTable) -> Sequence[str]:
    headers = _headers(table)
    columns = [dimension.name for dimension in table.dimensions]
    return [headers[name] for name in (*columns, formats.START, formats.END, formats.VALUE)]


def _meaning(table: PublishedTable, dimension: str, code: str, language: str = SOURCE_LANGUAGE) -> str:
    axis = next(axis for axis in named(table).axes if axis.name == dimension)
    return say(language, code_name(axis, code))


def _dictionary(tables: Sequence[PublishedTable]) -> bytes:
    """What every table, column and code means, in each language of the console."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow([say(SOURCE_LANGUAGE, each) for each in _DICTIONARY])
    for table in tables:
        for language in complete_languages("console"):
            rows.writerows(
                [formats.as_text(each) for each in (table.name, column, code, language, meaning, element)]
                for column, code, meaning, element in _explained(table, language)
            )
    return text.getvalue().encode()


def _explained(table: PublishedTable, language: str) -> Iterator[tuple[str, str, str, str]]:
    """Column, code, meaning, and for the table itself what DHIS2 calls it."""
    words = named(table)
    yield "", "", f"{say(language, words.title)}. {say(language, words.note)}", dhis2_element(table)
    for axis in words.axes:
        yield axis.name, "", say(language, axis.label), ""
        for code in (*axis.codes, TOTAL):
            yield axis.name, code, say(language, code_name(axis, code)), ""
    for name, label in _COLUMNS.items():
        yield name, "", say(language, label), ""
