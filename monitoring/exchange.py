"""Published tables as other statistical systems take them in: a DHIS2 data value set, SDMX-CSV, a workbook.

Like every format these can be made of a PublishedTable only. A withheld number is in none of them: DHIS2 is not told of
the cell at all, SDMX-CSV says that it was suppressed, the workbook has words in its place.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from openpyxl import Workbook

from monitoring.formats import as_text, require_published
from monitoring.ledger import TOTAL, Cell, Period, PublishedTable, cells_of

DHIS2_LONGEST_CODE = 50
AGENCY = "HOMEWARD"
SDMX_TOTAL = "_T"
"""SDMX's own code for a total."""
_FREE, _CONFIDENTIAL = "F", "C"
"""Of SDMX's code list CL_CONF_STATUS."""
_NORMAL, _SUPPRESSED = "A", "Q"
"""Of SDMX's code list CL_OBS_STATUS: a normal value; missing, suppressed."""
_QUARTER, _YEAR = 3, 12
"""Months."""

Words = Callable[[PublishedTable, str, str], str]
"""What a reader calls a code: table, dimension, code."""


def dhis2_period(period: Period) -> str | None:
    """A quarter as 2026Q1, a calendar year as 2026; None for a time that DHIS2 has no name for."""
    if _is_whole(period, _QUARTER):
        return f"{period.start.year}Q{_quarter(period.start)}"
    return str(period.start.year) if _is_whole(period, _YEAR) else None


def to_dhis2(tables: Sequence[PublishedTable], complete_on: date) -> bytes:
    """A data value set by codes (`idScheme=CODE`), as `POST /api/dataValueSets` takes it.

    Data elements are the tables, category option combinations the codes of a cell, in the order of the dimensions.
    """
    values = []
    for table in tables:
        require_published(table)
        period = dhis2_period(table.period)
        if period is not None:
            values += [
                {
                    "dataElement": dhis2_element(table),
                    "categoryOptionCombo": dhis2_combination(cell),
                    "period": period,
                    "orgUnit": AGENCY,
                    "value": str(value),
                }
                for cell in cells_of(table)
                if (value := table.cells[cell]) is not None
            ]
    return json.dumps(
        {"dataSet": AGENCY, "completeDate": complete_on.isoformat(), "dataValues": values}, indent=1
    ).encode()


def dhis2_element(table: PublishedTable) -> str:
    return f"{AGENCY}_{table.name.upper()}"[:DHIS2_LONGEST_CODE]


def dhis2_combination(cell: Cell) -> str:
    return ".".join(cell)


def sdmx_period(period: Period) -> str:
    """A quarter as 2026-Q1, another time as its first day and how many months it has."""
    if _is_whole(period, _QUARTER):
        return f"{period.start.year}-Q{_quarter(period.start)}"
    return f"{period.start.isoformat()}/P{len(period.months)}M"


def to_sdmx(table: PublishedTable) -> bytes:
    """SDMX-CSV 2.0 (of SDMX 3.0): one data flow a table. A suppressed observation has no value and says why."""
    require_published(table)
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    dimensions = [dimension.name.upper() for dimension in table.dimensions]
    measures = ["OBS_VALUE", "OBS_STATUS", "CONF_STATUS"]
    rows.writerow(["STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ", *dimensions, "TIME_PERIOD", *measures])
    flow = f"{AGENCY}:{table.name.upper()}(1.0)"
    # Of irregular length: SDMX's code is _O.
    frequency = "Q" if _is_whole(table.period, _QUARTER) else "_O"
    for cell in cells_of(table):
        value = table.cells[cell]
        codes = [SDMX_TOTAL if code == TOTAL else as_text(code) for code in cell]
        told = ["", _SUPPRESSED, _CONFIDENTIAL] if value is None else [str(value), _NORMAL, _FREE]
        rows.writerow(["dataflow", flow, "I", frequency, *codes, sdmx_period(table.period), *told])
    return text.getvalue().encode()


def to_workbook(
    tables: Sequence[PublishedTable], heads: Mapping[str, Sequence[str]], words: Words, withheld: str
) -> bytes:
    """A sheet for each table, a row for each cell. `heads`: the words above the columns, by table.

    Nothing is computed in it: no formula, no hidden sheet, no chart whose data could hold more than is shown.
    """
    book = Workbook(write_only=True)
    for table in tables:
        require_published(table)
        sheet = book.create_sheet(table.name[:31])
        sheet.append([as_text(each) for each in heads[table.name]])
        dates = [table.period.start, table.period.end]
        for cell in cells_of(table):
            named = zip(table.dimensions, cell, strict=True)
            value = table.cells[cell]
            codes = [as_text(words(table, dimension.name, code)) for dimension, code in named]
            sheet.append([*codes, *dates, withheld if value is None else value])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _is_whole(period: Period, length: int) -> bool:
    """One of the quarters or years that the calendar has."""
    return len(period.months) == length and period.months.start % length == 0


def _quarter(day: date) -> int:
    return (day.month + 2) // 3
