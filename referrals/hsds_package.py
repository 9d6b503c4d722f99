"""A directory as rows of the tables of HSDS 3.0, and as the nested records that its JSON embeds.

A value is kept as the text that was written: `51.50` stays so, in whatever form it comes and goes.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from foundation.errors import Invalid
from foundation.language import Message, _
from referrals.hsds_tables import FIELDS, TABLES, FieldType, Table

Record = dict[str, Any]
"""A nested record: texts, numbers, lists and records, by field."""
WHOLE_FILE = Message("")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: in which table, where in the file, in which field; empty where it is not about one."""

    table: str
    place: Message
    """As whoever wrote the file counts: the line of a CSV file, or which service of a JSON file, with its name."""
    field: str
    reason: Message


class DirectoryRefused(Invalid):
    """The file cannot be used and nothing of it is imported; `problems` holds every fault, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        # Translators: {count} faults were found in a file that lists services.
        super().__init__(_("This directory cannot be used yet. Problems found: {count}."), count=len(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Row:
    table: Table
    values: Mapping[str, str]
    """What it says, by field; a field that says nothing is absent."""
    place: Message = WHOLE_FILE
    path: str = ""
    """In nested JSON: where the record stands in its service, such as `phones[0]`."""
    is_nested: bool = False
    """Whose it is says the place where it stands."""

    @property
    def id(self) -> str:
        return self.values.get("id", "").lower()

    def holder(self, name: str) -> str:
        """The id that a field holds."""
        return self.values.get(name, "").lower()

    def said(self) -> Iterator[tuple[str, str]]:
        """What it says, in the order of the specification; then fields of one's own."""
        known = [field.name for field in self.table.fields if field.name in self.values]
        for name in (*known, *sorted(self.values.keys() - set(known))):
            yield name, self.values[name]

    def problem(self, name: str, reason: Message) -> Problem:
        return Problem(self.table.name, self.place, f"{self.path}.{name}".strip("."), reason)


@dataclass(slots=True)
class Package:
    """Rows by the name of their table, in the order of the file."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def __iter__(self) -> Iterator[Row]:
        return (row for rows in self.rows.values() for row in rows)

    def add(self, row: Row) -> None:
        self.rows[row.table.name].append(row)


class Nesting:
    """Nested records out of rows, as the JSON of HSDS 3.0 embeds them."""

    def __init__(self, package: Package) -> None:
        self._by_id = {(row.table.name, row.id): row for row in package}
        self._held: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for row in package:
            for name in row.table.embedded_keys() & row.values.keys():
                self._held[row.table.name, name, row.holder(name)].append(row)

    def record(self, row: Row) -> Record:
        """A row with all that it embeds. What says only where a record belongs is left out: it stands there."""
        keys = row.table.embedded_keys()
        record: Record = {name: typed(row.table, name, text) for name, text in row.said() if name not in keys}
        for name, table in row.table.holds_one.items():
            held = self._by_id.get((table, row.holder(row.table.key_of(name))))
            if held is not None:
                record[name] = self.record(held)
        for name, table, key in row.table.embeds():
            if rows := self._held.get((table, key, row.id)):
                record[name] = [self.record(each) for each in rows]
        return record


def typed(table: Table, name: str, text: str) -> str | int | Decimal:
    """A value as JSON writes it, exact."""
    known = FIELDS[table.name].get(name)
    if known is None or known.type is not FieldType.NUMBER:
        return text
    return int(text) if text.removeprefix("-").isdecimal() else Decimal(text)
