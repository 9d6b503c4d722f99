"""What a run found, as a table for people and as JSON for machines."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console()


def report(title: str, rows: Sequence[Mapping[str, Any]], file: str) -> None:
    """Print one line per finding and one column per row; write the same to `file` in the current folder."""
    table = Table("", *(str(row["run"]) for row in rows), title=title)
    for name in rows[0]:
        if name != "run":
            table.add_row(name, *(_words(row.get(name, "")) for row in rows))
    console.print(table)
    Path(file).write_text(json.dumps(rows, indent=2) + "\n")


def _words(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def verdict(rows: Sequence[Mapping[str, Any]], must_be_zero: frozenset[str]) -> int:
    """The exit code: 1 with a line for every property that failed, else 0."""
    failures = [f"{row['run']}: {name} is {row[name]}" for row in rows for name in sorted(must_be_zero) if row[name]]
    for failure in failures:
        console.print(f"FAILED  {failure}")
    return 1 if failures else 0
