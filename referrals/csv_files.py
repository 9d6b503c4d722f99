"""Tables that people bring as a file (CSV): read wholly or refused, every fault by row and column. Pure."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from foundation.errors import Invalid
from foundation.language import Message, _

MOST_FAULTS = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file: the row counts from 1 with the names of the columns; 0 is the file itself."""

    row: int
    column: str
    reason: Message


class FileRefused(Invalid):
    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].reason)
        self.problems = problems[:MOST_FAULTS]


@dataclass(frozen=True, slots=True)
class FileTable:
    columns: list[str]
    """In small letters."""
    rows: list[tuple[int, list[str]]]
    """Each with its number in the file; rows without any text are left out."""


def read_table(content: bytes, *, largest: int, most_rows: int) -> FileTable:
    """Cells divided by commas or semicolons, the first row with the names. Raises FileRefused.

    `largest`: bytes.
    """
    if len(content) > largest:
        raise _refused(_("The file is too large."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(_("The file is not text in UTF-8.")) from None
    if "\0" in text:
        raise _refused(_("A text cannot hold the character NUL."))
    first = text.partition("\n")[0]
    divider = ";" if first.count(";") > first.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True))
    except csv.Error:
        raise _refused(_("The file is not a table with commas (CSV).")) from None
    if not lines or not any(lines[0]):
        raise _refused(_("The file is empty."))
    rows = [(number, cells) for number, cells in enumerate(lines[1:], start=2) if any(cell.strip() for cell in cells)]
    if len(rows) > most_rows:
        raise _refused(_("The file has too many rows: at most {count}.").of(count=most_rows))
    return FileTable([name.strip().lower() for name in lines[0]], rows)


def _refused(reason: Message) -> FileRefused:
    return FileRefused([Problem(0, "", reason)])
