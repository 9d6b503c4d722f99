"""The cells of a form's sheets, under one name per column however its author spelled the header."""

from collections.abc import Mapping
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

Book = Mapping[str, "list[Row]"]
"""Rows by sheet name: survey, choices, settings."""

UNMARKED = ""
"""The language of a text column that names none."""

_ALIASES = {
    "relevance": "relevant",
    "calculate": "calculation",
    "caption": "label",
    "command": "type",
    "tag": "name",
    "value": "name",
    "list name": "list_name",
    "constraining_message": "constraint_message",
    "requiredmsg": "required_message",
    "readonly": "read_only",
    "bind::appearance": "appearance",
    "body::appearance": "appearance",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "id_string": "form_id",
    "title": "form_title",
    "set_form_title": "form_title",
    "set_form_id": "form_id",
    "bind::relevant": "relevant",
    "bind::constraint": "constraint",
    "bind::required": "required",
    "bind::calculate": "calculation",
    "bind::readonly": "read_only",
    "bind::jr:constraintmsg": "constraint_message",
    "bind::jr:requiredmsg": "required_message",
    "control::appearance": "appearance",
    "control::jr:count": "repeat_count",
    "media::image": "image",
    "media::audio": "audio",
    "media::video": "video",
}
_PREFIXES = frozenset(["bind", "control", "body", "media", "chat", "instance"])
_SMART_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Row:
    """`number` counts as a spreadsheet does: the header is row 1."""

    number: int
    cells: Mapping[str, Mapping[str, str]]
    """Column -> language as its author wrote it -> text."""
    headers: Mapping[str, str]
    """Column -> the first header it was read from, for naming it to the author."""

    def text(self, column: str) -> str:
        found = self.cells.get(column, {})
        return next(iter(found.values()), "")

    def source(self, column: str) -> str:
        """An expression: the quotation marks word processors put in are made straight."""
        return self.text(column).translate(_SMART_QUOTES).strip()

    def header(self, column: str) -> str:
        return self.headers.get(column, column)


def read_row(number: int, raw: Mapping[str, str | None]) -> Row:
    cells: dict[str, dict[str, str]] = {}
    headers: dict[str, str] = {}
    for header, value in raw.items():
        if header and value is not None and str(value).strip():
            column, language = _split(str(header))
            cells.setdefault(column, {})[language] = str(value).strip()
            headers.setdefault(column, str(header))
    return Row(number, cells, headers)


def _split(header: str) -> tuple[str, str]:
    """`label::French (fr)` is the column label in a language; `bind::x` and `chat::x` are columns of their own."""
    first, *rest = [part.strip() for part in header.split("::")]
    base = "_".join(first.split()).lower()
    if base in _PREFIXES and rest:
        column = f"{base}::{rest[0]}"
        return _ALIASES.get(column.lower(), column), (rest[1] if len(rest) > 1 else UNMARKED)
    known = _ALIASES.get(base, base)
    return known, (rest[0] if rest else UNMARKED)


def language_code(written: str) -> str | None:
    """`French (fr)` and `fr` are both fr. None when no known code is in it."""
    inside = written.rpartition("(")[2].rstrip(") ") if "(" in written else written
    try:
        return str(Locale.parse(inside.strip().replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return None
