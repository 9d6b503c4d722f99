"""Flat answers as nested JSON, for export: each repeat a list of its rows."""

from collections.abc import Mapping

from questionnaire.keys import ANOTHER, split_key
from questionnaire.sheet import Answer, Sheet


def nested(sheet: Sheet, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Answers and calculated values by name, in the order of the form.

    The questions of a repeat are in a list of objects under its name, one object a row, empty if nothing in the row
    was answered. Groups make no level: names are unique in a form. What only served the asking (whether there is a
    further row) is left out; that there were none shows as an empty list.
    """
    found: dict[str, Answer] = {}
    rows: dict[str, list[dict[str, Answer]]] = {}
    keys = [key for key in answers if not key.startswith("*")]  # what a channel keeps beside the answers of a draft
    for key in sorted(keys, key=sheet.plan.place):
        repeat, row, name = split_key(key)
        if not repeat:
            found[name] = answers[key]
            continue
        listed = rows.setdefault(repeat, [])
        if name == ANOTHER and answers[key] != "yes":
            found.setdefault(repeat, listed)  # type: ignore[arg-type]  # filled below: a list of JSON objects
            continue
        listed += [{} for _missing in range(row - len(listed))]
        found.setdefault(repeat, listed)  # type: ignore[arg-type]  # same
        if name != ANOTHER:
            listed[row - 1][name] = answers[key]
    return found
