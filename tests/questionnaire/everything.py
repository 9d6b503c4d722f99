"""The form with every supported feature, and one scripted person who fills it in: for engine, chat and web alike."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from questionnaire.sheet import Answer, Sheet
from questionnaire.xlsform import read_form

FORM = Path(__file__).parent / "forms" / "everything.md"
MOMENT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
"""Calculated dates in `ANSWERS` are of this day."""
HIDDEN = {"country": "GM"}
MEDIA = ("welcome.png", "welcome.en.ogg", "welcome.fr.ogg")
FILE = "6f1c1e52-4b0c-4d0e-9a38-0c8a3f3a9d11"
"""Stands for the id of any file; see `without_ids`."""

SCRIPT: tuple[tuple[str, Answer], ...] = (
    ("welcome", True),
    ("called", "Awa"),
    ("birth_year", 1990),
    ("left_on", "2025-03-04"),
    ("left_note", True),
    ("height", "1.7"),
    ("has_phone", "yes"),
    ("phone", "+220 123 45 67"),
    ("region", "north"),
    ("town", "tall"),
    ("quarter", "market"),
    ("home", "13.45 -16.57 0 0"),
    ("transport", ["foot", "other"]),
    ("transport_other", "A donkey cart"),
    ("walks", True),
    ("children_count", 2),
    ("children/1/child_name", "Binta"),
    ("children/1/child_age", 9),
    ("children/1/school", "yes"),
    ("children/2/child_name", "Ous"),
    ("children/2/child_age", 3),
    ("children_note", True),
    ("members/1/+", "yes"),
    ("members/1/member_name", None),
    ("members/1/relation", "other"),
    ("members/1/relation_other", "A cousin"),
    ("members/1/member_work", ["farm", "trade"]),
    ("members/1/hours", 40),
    ("members/2/+", "yes"),
    ("members/2/member_name", {"file": FILE, "type": "audio/ogg"}),
    ("members/2/relation", "baby"),
    ("members/3/+", "no"),
    ("face", {"file": FILE, "type": "image/jpeg"}),
    ("story", {"file": FILE, "type": "audio/ogg"}),
    ("paper", {"file": FILE, "type": "application/pdf"}),
    ("next_visit", "2026-11-23"),
    ("wishes", "Peace"),
    ("bye", True),
)
"""What is asked, in order, with the answer given: nothing else is asked in between."""

CALCULATED: Mapping[str, Answer] = {
    "age": "36",
    "is_adult": "true",
    "begun_on": "2026-11-20",
    "begun_at": "2026-11-20T09:30:00+00:00",
    "days_away": "626",
    "left_spoken": "4 Mar 2025",
    "height_cm": "170",
    "town_mayor": "Awa",
    "town_name": "Tall Town",
    "towns_near": "2",
    "first_transport": "foot",
    "children/1/child_number": "1",
    "children/2/child_number": "2",
    "children_ages": "12",
    "oldest": "9",
    "youngest": "3",
    "names": "Binta, Ous",
    "first_child": "Binta",
    "members/1/place_in_list": "1",
    "work_kinds": "2",
    "hours_sum": "40",
    "summary": "2 Binta, Ous",
}

ANSWERS: Mapping[str, Answer] = {**dict(SCRIPT), **CALCULATED}
"""All that is stored at the end."""


def everything() -> Sheet:
    return read_form(FORM, ".md")


def without_ids(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers with one id for all files: each run stores its own."""
    return {key: {**each, "file": FILE} if isinstance(each, dict) else each for key, each in answers.items()}
