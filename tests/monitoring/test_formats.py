"""Files carry what the table shows, and nothing of what it withholds."""

import csv
import hashlib
import io
import json
import re
from datetime import date
from typing import Any

import pytest

from monitoring.disclosure import PUBLIC, RawTable, protect
from monitoring.formats import file_name, manifest, to_csv, to_json
from monitoring.ledger import Dimension, Ledger, Period, PublishedTable

HEADERS = {
    "area": "Région",
    "kind": "=Kind",
    "start": "From",
    "end": "To",
    "value": "People",
    "suppressed": "Withheld",
}
DIMENSIONS = (Dimension("area", ("=1+1", "south", "@east")), Dimension("kind", ("-a", "b", "+c")))
COUNTS = dict(zip([(r, k) for r in DIMENSIONS[0].codes for k in DIMENSIONS[1].codes],
                  [3, 417, 523, 619, 731, 839, 947, 1051, 1153], strict=True))  # fmt: skip
RAW = RawTable("Returns by region", DIMENSIONS, COUNTS, Period(date(2026, 1, 1), date(2026, 3, 31)), "returnees")


@pytest.fixture(name="table", scope="module")
def make_table() -> PublishedTable:
    return protect(RAW, PUBLIC, Ledger())


def rows_of(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode(), newline="")))


def test_csv_has_headers_then_tags_then_one_row_for_each_cell(table: PublishedTable) -> None:
    headers, tags, *cells = rows_of(to_csv(table, HEADERS))
    assert headers == ["Région", "'=Kind", "From", "To", "People", "Withheld"]
    assert all(re.fullmatch(r"#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*", tag) for tag in tags)
    assert (tags[0], tags[-2:]) == ("#adm1+code", ["#indicator+value+num", "#meta+suppressed"])
    assert len(cells) == len(table.cells) == 16
    assert {tuple(row[2:4]) for row in cells} == {("2026-01-01", "2026-03-31")}


def test_a_withheld_cell_is_empty_and_says_so(table: PublishedTable) -> None:
    _, _, *cells = rows_of(to_csv(table, HEADERS))
    withheld = [row for row in cells if row[-1] == "1"]
    assert len(withheld) == table.suppressed > 1
    assert all(row[-2] == "" for row in withheld)
    assert all(row[-2].isdigit() for row in cells if row[-1] == "0")


def test_no_file_holds_a_withheld_number(table: PublishedTable) -> None:
    truth = RAW.with_margins()
    secret = {str(truth[cell]) for cell, value in table.cells.items() if value is None}
    assert "3" in secret
    assert len(secret) == table.suppressed
    files = [to_csv(table, HEADERS), to_json(table), file_name(table, "csv").encode()]
    for body in files:
        numbers = re.sub(rb"\d{4}-\d{2}-\d{2}", b"", body)
        assert secret.isdisjoint(
            re.findall(r"\d+", numbers.decode().replace(f'"suppressed_cells":{table.suppressed}', ""))
        )


def test_labels_are_never_formulas_and_lines_end_as_the_standard_says(table: PublishedTable) -> None:
    body = to_csv(table, HEADERS)
    assert not any(field.startswith(("=", "+", "-", "@")) for row in rows_of(body) for field in row)
    assert {row[0] for row in rows_of(body)[2:]} == {"'=1+1", "south", "'@east", "total"}
    assert body.count(b"\n") == body.count(b"\r\n") == 18


def test_json_says_in_words_what_is_withheld(table: PublishedTable) -> None:
    body: dict[str, Any] = json.loads(to_json(table))
    cells = {tuple(cell["at"]): cell for cell in body["cells"]}
    assert cells["=1+1", "-a"] == {"at": ["=1+1", "-a"], "value": None, "suppressed": True}
    assert cells["total", "total"] == {"at": ["total", "total"], "value": sum(COUNTS.values()), "suppressed": False}
    assert body["suppressed_cells"] == table.suppressed
    assert to_json(PublishedTable.restore_released(table.to_json())) == to_json(table)


def test_raw_counts_cannot_be_written() -> None:
    for write in (lambda raw: to_csv(raw, HEADERS), to_json, lambda raw: file_name(raw, "csv")):
        with pytest.raises(TypeError):
            write(RAW)  # type: ignore[arg-type, no-untyped-call]


def test_the_manifest_proves_each_file(table: PublishedTable) -> None:
    files = {file_name(table, "csv"): to_csv(table, HEADERS), file_name(table, "json"): to_json(table)}
    body: dict[str, Any] = json.loads(manifest(files, PUBLIC))
    assert body["policy"] == {"version": PUBLIC.version, "threshold": 10, "width": 5}
    assert set(body["files"]) == {
        "returns_by_region_2026-01-01_2026-03-31_r0.csv", "returns_by_region_2026-01-01_2026-03-31_r0.json",
    }  # fmt: skip
    for name, content in files.items():
        assert body["files"][name]["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest(dict(reversed(files.items())), PUBLIC) == manifest(files, PUBLIC)
