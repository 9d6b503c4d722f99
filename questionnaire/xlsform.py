"""Reading a standard XLSForm (.xlsx, .csv or .md) into a Sheet, or refusing it with every problem found.

pyxform reads the file and has the last word on whether it is an XLSForm at all; what it lets pass and we cannot run
(circular calculations, unknown functions, bad syntax, types we do not ask) is found by `compiling`.
"""

import copy
import io
import re
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from foundation.language import Message, _
from questionnaire.compiling import compile_book
from questionnaire.problems import FormRefused, Problem
from questionnaire.rows import Book, Row, read_row
from questionnaire.sheet import Sheet

FILE_TYPES = frozenset([".xlsx", ".csv", ".md"])
LARGEST_FILE = 5_000_000
"""Bytes."""
LARGEST_UNPACKED = 50_000_000
"""Bytes of an .xlsx once unzipped: a small file can hold gigabytes."""
MOST_ROWS = {"survey": 1_000, "choices": 10_000, "external_choices": 10_000, "settings": 10}
MOST_COLUMNS = 200
_SUPPORTED_SHEETS = ("survey", "choices", "external_choices", "settings")
_REFUSED_SHEETS = ("entities", "osm")
_PLACE = re.compile(r"\[row : (\d+)\]")
_SHEET = re.compile(r"'(survey|choices|external_choices|settings)' sheet")
_COLUMN = re.compile(r"the '([^']+)' value")


def read_form(source: Path | bytes, file_type: str, *, built_in: bool = False) -> Sheet:
    """Compile a form. `file_type` is the suffix with its dot. Raises FormRefused, whatever the file holds."""
    sheet, problems = _compile(_content(source, file_type), file_type, built_in=built_in)
    if sheet is None or any(problem.blocking for problem in problems):
        raise FormRefused([problem for problem in problems if problem.blocking])
    return sheet


def check_form(content: bytes, suffix: str, media: Collection[str] | None = None) -> list[Problem]:
    """Every problem of a form, in its order; whatever the file holds, it raises nothing.

    The form can be used if none of them is `blocking`. `media`: the names of the pictures and recordings that come with
    the form; None if they are not at hand and their absence is not to be told.
    """
    try:
        return _compile(_content(content, suffix), suffix, built_in=False, media=media)[1]
    except FormRefused as refusal:
        return list(refusal.problems)


def _compile(
    content: bytes, file_type: str, *, built_in: bool, media: Collection[str] | None = None
) -> tuple[Sheet | None, list[Problem]]:
    definition = _definition(content, file_type)
    problems: list[Problem] = []
    book = _book(definition, problems)
    sheet, faults = compile_book(book, built_in=built_in, media=media)
    problems += faults
    problems += _second_opinion(definition, [problem for problem in problems if problem.blocking])
    problems.sort(key=lambda problem: (_sheet_place(problem.sheet), problem.row))
    return sheet, problems


def _refuse(reason: Message, sheet: str = "") -> FormRefused:
    return FormRefused([Problem(sheet, 0, "", reason)])


def _sheet_place(sheet: str) -> int:
    return (*_SUPPORTED_SHEETS, sheet).index(sheet)


def _content(source: Path | bytes, file_type: str) -> bytes:
    if file_type not in FILE_TYPES:
        raise _refuse(_("Only .xlsx, .csv and .md files are read."))
    if isinstance(source, Path) and source.stat().st_size > LARGEST_FILE:
        raise _refuse(_("The file is larger than {limit} megabytes.").of(limit=LARGEST_FILE // 1_000_000))
    content = source.read_bytes() if isinstance(source, Path) else source
    if len(content) > LARGEST_FILE:
        raise _refuse(_("The file is larger than {limit} megabytes.").of(limit=LARGEST_FILE // 1_000_000))
    if file_type == ".xlsx":
        _check_archive(content)
    return content


def _check_archive(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
        raise _refuse(_("The file is not an Excel workbook, or it is damaged.")) from fault
    if unpacked > LARGEST_UNPACKED:
        raise _refuse(_("The workbook is too large once unpacked."))


def _definition(content: bytes, file_type: str) -> Any:
    from pyxform.errors import PyXFormError  # noqa: PLC0415 - an authoring dependency, slow to import
    from pyxform.xls2json_backends import get_xlsform  # noqa: PLC0415 - same

    try:
        return get_xlsform(content, file_type=file_type)
    except PyXFormError as fault:
        raise _refuse(_foreign(fault)) from fault
    except Exception as fault:  # broken files make the readers below pyxform raise nearly anything
        raise _refuse(_("The file could not be read as a form. It may be damaged or of another kind.")) from fault


def _foreign(fault: Exception) -> Message:
    # Translators: {reason} is a sentence in English from the XLSForm software.
    return _("The XLSForm software says: {reason}").of(reason=str(fault)[:500])


def _book(definition: Any, problems: list[Problem]) -> Book:
    problems += [
        Problem(name, 0, "", _("The sheet {sheet} is not supported.").of(sheet=name))
        for name in _REFUSED_SHEETS
        if getattr(definition, name)
    ]
    return {name: _rows(name, getattr(definition, name) or (), problems) for name in _SUPPORTED_SHEETS}


def _rows(sheet: str, raw: Any, problems: list[Problem]) -> list[Row]:
    if sum(map(bool, raw)) > MOST_ROWS[sheet]:
        limit = _("The sheet has more than {limit} rows.").of(limit=MOST_ROWS[sheet])
        problems.append(Problem(sheet, 0, "", limit))
        return []
    if any(len(row) > MOST_COLUMNS for row in raw):
        problems.append(Problem(sheet, 0, "", _("The sheet has more than {limit} columns.").of(limit=MOST_COLUMNS)))
        return []
    return [read_row(number, row) for number, row in enumerate(raw, start=2)]


def _second_opinion(definition: Any, known: list[Problem]) -> list[Problem]:
    """What pyxform itself objects to: it stops at its first, which is left out where we already have that row."""
    from pyxform.errors import PyXFormError  # noqa: PLC0415 - an authoring dependency, slow to import
    from pyxform.xls2json import workbook_to_json  # noqa: PLC0415 - same

    try:
        workbook_to_json(copy.deepcopy(definition), form_name="data", warnings=[])
    except PyXFormError as fault:
        place = _place(str(fault))
        seen = {(problem.sheet, problem.row) for problem in known}
        return [] if place[:2] in seen or (known and not place[1]) else [Problem(*place, _foreign(fault))]
    except Exception:  # noqa: BLE001 - an unusual form must be refused, never answered with a traceback
        return [] if known else [Problem("survey", 0, "", _("The XLSForm software could not convert this form."))]
    return []


def _place(text: str) -> tuple[str, int, str]:
    row, sheet, column = _PLACE.search(text), _SHEET.search(text), _COLUMN.search(text)
    return (sheet[1] if sheet else "survey"), (int(row[1]) if row else 0), (column[1] if column else "")
