"""The issued recommendations as files to take away: a row each for spreadsheets, all with entries as JSON."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from foundation.language import Message, _, _p, say
from monitoring.formats import as_text
from monitoring.recommendation_register import Filed
from monitoring.recommendation_rules import ACTION_NAMES, ENTRY_NAMES, KIND_NAMES, STATE_NAMES, THEME_NAMES, Kind

CSV, JSON = "text/csv", "application/json"
COLUMNS: tuple[Message, ...] = (
    _p("recommendation", "Number"),
    _p("recommendation", "Kind"),
    _p("recommendation", "Issued on"),
    _p("recommendation", "Issued by"),
    _p("recommendation", "Addressed to"),
    _p("recommendation", "Theme"),
    _p("recommendation", "Action of GCM 21"),
    _p("recommendation", "Indicator"),
    _p("recommendation", "What it says"),
    _p("recommendation", "To be answered by"),
    _p("recommendation", "To be implemented by"),
    _p("recommendation", "Where it stands"),
    _p("recommendation", "Overdue"),
    _p("recommendation", "What was said since"),
)
_YES, _NO = _p("overdue", "yes"), _p("overdue", "no")
FROM_MONITORING = _("From the monitoring of a return")


def to_csv(found: Iterable[Filed], language: str) -> bytes:
    """UTF-8 with a mark that it is, as spreadsheets want it; CRLF."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow([as_text(say(language, column)) for column in COLUMNS])
    rows.writerows([as_text(cell) for cell in _row(filed, language)] for filed in found)
    return text.getvalue().encode("utf-8-sig")


def to_json(found: Iterable[Filed]) -> bytes:
    """Codes as in the API, days in ISO 8601."""
    return json.dumps({"recommendations": [told(each) for each in found]}, ensure_ascii=False, indent=1).encode()


def told(filed: Filed) -> dict[str, Any]:
    """One issued recommendation as everyone may read it: no member of staff, and no reference of an operation."""
    one = filed.recommendation
    return {
        "number": one.number,
        "kind": one.kind.value,
        "issued_on": one.issued_on and one.issued_on.isoformat(),
        "issued_by": filed.organisation,
        "addressee": one.addressee,
        "theme": one.theme.value,
        "action": one.action and one.action.value,
        "indicator": one.indicator,
        "from_monitored_operation": one.operation is not None,
        "text": one.text,
        "answer_by": filed.answer_by.isoformat(),
        "due_on": filed.due_on.isoformat(),
        "state": one.state.value,
        "is_overdue": filed.is_overdue,
        "sha256": one.sha256,
        "entries": [
            {
                "kind": entry.kind.value,
                "state": entry.state and entry.state.value,
                "on_day": entry.on_day.isoformat(),
                "speaker": entry.speaker,
                "text": entry.text,
                "evidence": entry.evidence,
                "answer_by": entry.answer_by and entry.answer_by.isoformat(),
                "due_on": entry.due_on and entry.due_on.isoformat(),
            }
            for entry in filed.entries
        ],
    }


def _row(filed: Filed, language: str) -> list[str]:
    one = filed.recommendation
    return [
        str(one.number),
        say(language, KIND_NAMES[one.kind]),
        one.issued_on.isoformat() if one.issued_on else "",
        filed.organisation,
        one.addressee,
        say(language, THEME_NAMES[one.theme]),
        say(language, ACTION_NAMES[one.action]) if one.action else "",
        one.indicator or "",
        one.text,
        filed.answer_by.isoformat(),
        "" if one.kind is Kind.QUESTION else filed.due_on.isoformat(),
        say(language, STATE_NAMES[one.state]),
        say(language, _YES if filed.is_overdue else _NO),
        "\n".join(
            f"{entry.on_day.isoformat()} {entry.speaker}: {say(language, ENTRY_NAMES[entry.kind])}. {entry.text} "
            f"{entry.evidence}".strip()
            for entry in filed.entries
        ),
    ]
