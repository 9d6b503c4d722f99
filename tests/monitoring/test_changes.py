"""What changed: two published numbers and their difference, and nothing where one of them is not there."""

import json
from decimal import Decimal

import pytest

from monitoring.changes import change_of_cells, change_of_indicators, change_of_tables
from monitoring.indicator_values import Figure, Told, Why
from monitoring.ledger import PublishedTable


def table(cells: dict[str, int | None], *, dimension: str = "area", name: str = "needs") -> PublishedTable:
    """Of one dimension; `cells` with the total."""
    codes = [code for code in cells if code != "total"]
    return PublishedTable.restore_released(
        json.dumps(
            {
                "name": name,
                "population": name,
                "dimensions": [{"name": dimension, "codes": codes}],
                "period": {"start": "2025-01-01", "end": "2025-03-31"},
                "revision": 0,
                "policy": "public-1",
                "notes": [],
                "cells": [{"at": [code], "value": value} for code, value in cells.items()],
            }
        )
    )


def test_a_difference_needs_two_published_numbers() -> None:
    before = table({"total": 60, "a": 40, "b": None, "c": 20, "gone": 0})
    now = table({"total": 75, "a": None, "b": 30, "c": 15, "new": 11})
    found = {each.at: each.change for each in change_of_cells(before, now)}
    assert found[()].difference == 15
    assert found[("area", "c"),].difference == -5
    for code in "ab":
        assert found[("area", code),].difference is None
    assert found[("area", "a"),].now == Figure(why=Why.WITHHELD)
    assert found[("area", "new"),].before == Figure(why=Why.NOT_PUBLISHED)
    assert found[("area", "gone"),].now == Figure(why=Why.NOT_PUBLISHED)
    assert list(found)[-1] == (("area", "gone"),)


def test_nothing_is_said_that_does_not_stand_in_the_two_tables() -> None:
    before = table({"total": 60, "a": 40, "b": None, "c": None})
    now = table({"total": 75, "a": None, "b": None, "c": 15})
    published = {60, 40, 75, 15}
    allowed = {one - other for one in published for other in published}
    for each in change_of_cells(before, now):
        change = each.change
        assert {change.before.numerator, change.now.numerator} <= published | {None}
        assert change.difference is None or int(change.difference) in allowed
        assert (change.difference is None) == (None in (change.before.numerator, change.now.numerator))


def test_other_dimensions_are_not_compared_by_their_place() -> None:
    before, now = table({"total": 60, "x": 40}, dimension="need"), table({"total": 60, "x": 50})
    found = {each.at: each.change for each in change_of_cells(before, now)}
    assert found[()].difference == 0
    assert found[("area", "x"),].before.why is Why.NOT_PUBLISHED
    assert found[("need", "x"),].now.why is Why.NOT_PUBLISHED


def test_a_table_that_one_release_has_is_named_and_not_compared() -> None:
    found = change_of_tables(
        {"needs": table({"total": 60, "a": 60})}, {"skills": table({"total": 30, "a": 30}, name="skills")}
    )
    assert list(found) == ["needs", "skills"]
    assert found["needs"].now.why is Why.NOT_PUBLISHED
    assert {change.difference for change in found.values()} == {None}


@pytest.mark.parametrize(
    ("version", "unit", "rate", "expected"),
    [
        ("1", "percent", "62.5", Decimal("-12.5")),
        ("2", "percent", "62.5", None),
        ("1", "percent", None, None),
        ("1", "median_days", "8-14", None),
    ],
)
def test_shares_are_compared_only_where_they_are_counted_alike(
    version: str, unit: str, rate: str | None, expected: Decimal | None
) -> None:
    def told(version: str, rate: str | None) -> Told:
        return Told("21f-P7b", version, unit, Figure(30, 40, rate, None if rate else Why.WITHHELD), None, ())

    first = "75.0" if unit == "percent" else "0-7"
    change = change_of_indicators({"21f-P7b": told("1", first)}, {"21f-P7b": told(version, rate)})["21f-P7b"]
    assert change.difference == expected
    assert change.is_other_definition == (version == "2")


def test_counts_of_indicators_are_subtracted_and_a_new_one_is_not() -> None:
    was, is_now = (Told("21x-N1", "1", "count", Figure(numerator=each), None, ()) for each in (120, 90))
    found = change_of_indicators({"21x-N1": was}, {"21x-N1": is_now, "21i-X1": is_now})
    assert found["21x-N1"].difference == -30
    assert found["21i-X1"].difference is None
