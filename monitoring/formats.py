"""Published tables as files. Nothing but a PublishedTable can be written, so nothing unchecked can be."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from monitoring.disclosure import Policy
from monitoring.ledger import PublishedTable, cells_of

START, END, VALUE, SUPPRESSED = "start", "end", "value", "suppressed"
TAGS = {
    START: "#date+start",
    END: "#date+end",
    VALUE: "#indicator+value+num",
    SUPPRESSED: "#meta+suppressed",
    "country": "#country+code+v_iso2",
    "came_from": "#country+code+from+v_iso2",
    "area": "#adm1+code",
    "need": "#need+type",
    "service": "#service+type",
    "activity": "#activity+type",
    "status": "#status",
}
"""HXL 1.1. What has no tag of its own there, such as a band of ages, is `#meta` with its name."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_csv(table: PublishedTable, headers: Mapping[str, str]) -> bytes:
    """A row of headers, a row of HXL tags, then one row for each cell; UTF-8, CRLF. A withheld value is an empty field.

    `headers` gives the words for each dimension's name and for start, end, value and suppressed.
    """
    require_published(table)
    columns = [*(dimension.name for dimension in table.dimensions), START, END, VALUE, SUPPRESSED]
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow([as_text(headers[column]) for column in columns])
    rows.writerow([_tag(column) for column in columns])
    rows.writerows(_rows(table))
    return text.getvalue().encode()


def _rows(table: PublishedTable) -> Iterator[list[str]]:
    dates = [table.period.start.isoformat(), table.period.end.isoformat()]
    for cell in cells_of(table):
        value = table.cells[cell]
        shown = ["", "1"] if value is None else [str(value), "0"]
        yield [*map(as_text, cell), *dates, *shown]


def as_text(value: str) -> str:
    """A spreadsheet must not take a label for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _tag(column: str) -> str:
    return TAGS.get(column) or f"#meta+{_slug(column)}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "dimension"


def to_json(table: PublishedTable) -> bytes:
    """Canonical: the same table always gives the same bytes. A withheld cell says so and has the value null."""
    require_published(table)
    return table.to_json().encode()


def file_name(table: PublishedTable, ending: str) -> str:
    """What is counted, when and in which revision; no number of the table itself."""
    require_published(table)
    return f"{_slug(table.name)}_{table.period.start}_{table.period.end}_r{table.revision}.{ending}"


def manifest(files: Mapping[str, bytes], policy: Policy, release: Mapping[str, Any] | None = None) -> bytes:
    """The SHA-256 of each file of a release, the rules it was made by, and what the release says of itself."""
    rules = {"version": policy.version, "threshold": policy.threshold, "width": policy.width}
    sums = {name: {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)} for name, body in files.items()}
    said = {"policy": rules, "files": sums} | ({} if release is None else {"release": dict(release)})
    return json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1).encode()


def require_published(table: PublishedTable) -> None:
    if not isinstance(table, PublishedTable):
        raise TypeError("only a PublishedTable may leave the house")
