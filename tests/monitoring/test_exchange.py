"""What other systems take in: the shapes they document, and no withheld number anywhere."""

import csv
import io
import json
import re
import zipfile
from collections import defaultdict
from datetime import date

import pytest
from monitoring_scene import Body
from openpyxl import load_workbook

from foundation.language import complete_languages
from monitoring.exchange import dhis2_period, sdmx_period, to_dhis2, to_sdmx, to_workbook
from monitoring.formats import to_csv
from monitoring.ledger import Period, PublishedTable
from monitoring.publication import file_names, find_file, tables_of
from monitoring.release_files import media_type_of


def period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("first", "last", "dhis2", "sdmx"),
    [
        ("2026-01-01", "2026-03-31", "2026Q1", "2026-Q1"),
        ("2025-10-01", "2025-12-31", "2025Q4", "2025-Q4"),
        ("2025-01-01", "2025-12-31", "2025", "2025-01-01/P12M"),
        ("2025-04-01", "2026-03-31", None, "2025-04-01/P12M"),
        ("2025-01-01", "2025-06-30", None, "2025-01-01/P6M"),
    ],
)
def test_times_have_the_names_that_each_standard_gives_them(
    first: str, last: str, dhis2: str | None, sdmx: str
) -> None:
    assert dhis2_period(period(first, last)) == dhis2
    assert sdmx_period(period(first, last)) == sdmx


@pytest.fixture
async def released(body: Body) -> tuple[list[PublishedTable], dict[str, bytes]]:
    body.add_facts(women=3, men=40)
    release = await body.published()
    names = await file_names(body.session, release)
    return tables_of(release), {name: await find_file(body.session, 1, name, actor=body.monitor) for name in names}


async def test_a_release_has_every_format_and_each_its_kind(
    released: tuple[list[PublishedTable], dict[str, bytes]],
) -> None:
    tables, files = released
    endings = {name.partition(".")[2] for name in files}
    assert endings >= {"csv", "json", "sdmx.csv", "xlsx", "dhis2.json", "pem", "sig"}
    assert {f"{language}.pdf" for language in complete_languages("console")} <= endings
    assert all(media_type_of(name) != "application/octet-stream" for name in files)
    assert all(len(name) <= 100 for name in files)
    assert tables[0].suppressed > 0


CORE_TAGS = """
access activity adm1 adm2 adm3 adm4 adm5 affected beneficiary capacity cause channel contact country crisis currency
date delivery description event frequency geo group impact indicator inneed item loc meta modality need operations org
output population reached region respondee sector service severity status subsector targeted value
"""
"""Hashtags of the HXL core schema 1.1."""


async def test_the_tags_of_every_table_are_those_of_hxl(
    released: tuple[list[PublishedTable], dict[str, bytes]],
) -> None:
    for table in released[0]:
        _heads, tags, *cells = csv.reader(io.StringIO(to_csv(table, defaultdict(str)).decode(), newline=""))
        assert len(set(tags)) == len(tags) == len(table.dimensions) + 4, table.name
        for tag in tags:
            hashtag, *attributes = tag.removeprefix("#").split("+")
            assert tag.startswith("#")
            assert hashtag in CORE_TAGS.split(), tag
            assert all(re.fullmatch(r"[a-z][a-z0-9_]*", each) for each in attributes), tag
            assert len(set(attributes)) == len(attributes), tag
        assert all(len(row) == len(tags) for row in cells)
        if any(dimension.name == "country" for dimension in table.dimensions):
            assert "#country+code+v_iso2" in tags


async def test_dhis2_is_told_of_published_cells_only(
    released: tuple[list[PublishedTable], dict[str, bytes]],
) -> None:
    """As `POST /api/dataValueSets` with `idScheme=CODE` takes it: text values, known keys, no cell twice."""
    tables, files = released
    told = json.loads(files["release_1.dhis2.json"])
    assert set(told) == {"dataSet", "completeDate", "dataValues"}
    date.fromisoformat(told["completeDate"])
    keys = {"dataElement", "categoryOptionCombo", "period", "orgUnit", "value"}
    assert all(
        set(each) == keys and all(isinstance(part, str) for part in each.values()) for each in told["dataValues"]
    )
    assert all(each["value"].isdigit() and len(each["dataElement"]) <= 50 for each in told["dataValues"])
    places = [(each["dataElement"], each["categoryOptionCombo"]) for each in told["dataValues"]]
    assert len(places) == len(set(places)) == sum(len(table.cells) - table.suppressed for table in tables)
    withheld = {".".join(cell) for cell, value in tables[0].cells.items() if value is None}
    assert not withheld & {combination for element, combination in places if element == "HOMEWARD_CASES"}


async def test_sdmx_says_that_a_cell_was_suppressed(
    released: tuple[list[PublishedTable], dict[str, bytes]],
) -> None:
    for table in released[0]:
        rows = list(csv.DictReader(io.StringIO(to_sdmx(table).decode(), newline="")))
        assert len(rows) == len(table.cells)
        assert {row["STRUCTURE"] for row in rows} == {"dataflow"}
        assert {row["TIME_PERIOD"] for row in rows} == {"2025-Q1"}
        for row in rows:
            suppressed = row["OBS_VALUE"] == ""
            assert (row["OBS_STATUS"], row["CONF_STATUS"]) == (("Q", "C") if suppressed else ("A", "F"))
        assert sum(row["OBS_VALUE"] == "" for row in rows) == table.suppressed


async def test_the_workbook_opens_and_hides_nothing(
    released: tuple[list[PublishedTable], dict[str, bytes]],
) -> None:
    tables, files = released
    book = load_workbook(io.BytesIO(files["release_1.xlsx"]))
    assert book.sheetnames == [table.name for table in tables]
    for table in tables:
        sheet = book[table.name]
        assert sheet.sheet_state == "visible"
        values = [row[-1] for row in sheet.iter_rows(min_row=2, values_only=True)]
        assert values.count("withheld") == table.suppressed
        assert [value for value in values if value != "withheld"] == [
            value for value in table.cells.values() if value is not None
        ]
    with zipfile.ZipFile(io.BytesIO(files["release_1.xlsx"])) as parts:
        assert not any("comment" in name or "chart" in name or "calcChain" in name for name in parts.namelist())
        assert all(b"<f>" not in parts.read(name) for name in parts.namelist())


async def test_the_dictionary_explains_every_code_in_every_language(
    released: tuple[list[PublishedTable], dict[str, bytes]],
) -> None:
    tables, files = released
    rows = list(csv.DictReader(io.StringIO(files["dictionary.csv"].decode(), newline="")))
    told = {(row["Table"], row["Column"], row["Code"], row["Language"]) for row in rows if row["Meaning"]}
    for table in tables:
        for language in complete_languages("console"):
            for dimension in table.dimensions:
                assert {(table.name, dimension.name, code, language) for code in dimension.codes} <= told


@pytest.mark.parametrize("write", [lambda table: to_dhis2([table], date(2026, 1, 1)), to_sdmx])
def test_only_what_was_protected_can_be_written(write: object) -> None:
    with pytest.raises(TypeError):
        write({"cells": {}})  # type: ignore[operator]
    with pytest.raises(TypeError):
        to_workbook([{"cells": {}}], {}, lambda *_each: "", "")  # type: ignore[list-item]
