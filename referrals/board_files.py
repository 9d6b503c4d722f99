"""The closed-loop board as files to take away: a row a partner and kind, one column a reason for declining."""

import csv
import io
from collections.abc import Iterable

from openpyxl import Workbook

from foundation.language import Message, _, _p, say
from referrals.board import COLUMNS, Line, Period
from referrals.rules import DECLINE_REASON_NAMES, SERVICE_KIND_NAMES, DeclineReason

CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIAN = _p("board", "Median days to answer")
# Translators: {reason} is why a partner declined, such as "We have no place at the moment"
DECLINED_FOR = _p("board", "Declined: {reason}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | float | None


def file_name(period: Period, ending: str) -> str:
    return f"referrals_{period.first}_{period.last}.{ending}"


def to_csv(lines: Iterable[Line], period: Period, language: str) -> bytes:
    """UTF-8 with a mark that it is, as spreadsheets want it; CRLF."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerows(_table(lines, period, language))
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(lines: Iterable[Line], period: Period, language: str) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(say(language, _p("board", "Referrals"))[:31])
    for row in _table(lines, period, language):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _table(lines: Iterable[Line], period: Period, language: str) -> list[list[Cell]]:
    def words(message: Message, **values: object) -> str:
        return _as_text(say(language, message, **values))

    head: list[Cell] = [words(each) for each in (_("From"), _("To"), _("Partner"), _("Kind of service"))]
    head += [words(name) for _code, name in COLUMNS]
    head += [words(DECLINED_FOR, reason=DECLINE_REASON_NAMES[reason]) for reason in DeclineReason]
    table = [[*head, words(MEDIAN)]]
    for line in lines:
        row: list[Cell] = [period.first.isoformat(), period.last.isoformat(), _as_text(line.organisation)]
        row.append(words(SERVICE_KIND_NAMES[line.kind]))
        row += [getattr(line, code) for code, _name in COLUMNS]
        row += [line.declined.get(reason, 0) for reason in DeclineReason]
        table.append([*row, None if line.median_days is None else round(line.median_days, 2)])
    return table


def _as_text(value: str) -> str:
    """A spreadsheet must not take a name for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value
