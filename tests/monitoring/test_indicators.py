"""Each indicator against a hand-made population of known answer; definition, codes and printed text agree."""

import json
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from populations import KNOWN, Known
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cases.fact_models import Fact
from foundation.language import SOURCE_LANGUAGE, say
from monitoring.counting import count
from monitoring.disclosure import RawTable
from monitoring.indicator_values import Told, Why, told_by
from monitoring.indicators import (
    BUILT_IN,
    RATES,
    ByCounting,
    ByEntry,
    ByNothing,
    CatalogueRefused,
    Indicator,
    Unit,
    by_action,
    catalogue,
    find_indicator,
    method,
    place_of,
    read_catalogue,
)
from monitoring.ledger import TOTAL, Cell, Period, PublishedTable, cells_of
from monitoring.tables import BY_NAME, POLICY, axis_of

COUNTED = [each for each in catalogue().indicators if isinstance(each.value, ByCounting)]
WHO = {"country": "TN", "area": "tn_north_east", "came_from": "IT", "return_type": "unknown"}
PERSON = {**WHO, "sex": "female", "age_band": "25-39", "disability": "unknown"}


def released(raw: RawTable, cells: dict[Cell, int | None]) -> PublishedTable:
    """A table as a release would hold it, with these cells."""
    body = {
        "name": raw.name,
        "population": raw.population,
        "dimensions": [{"name": each.name, "codes": each.codes} for each in raw.dimensions],
        "period": {"start": raw.period.start.isoformat(), "end": raw.period.end.isoformat()},
        "revision": raw.revision,
        "policy": POLICY.version,
        "notes": [],
        "cells": [{"at": cell, "value": cells[cell]} for cell in cells_of(raw)],
    }
    return PublishedTable.restore_released(json.dumps(body))


def quarter(number: int) -> date:
    return date(2000 + number // 4, number % 4 * 3 + 1, 1)


def period(number: int) -> Period:
    return Period(quarter(number), quarter(number + 1) - timedelta(days=1))


def rows_of(known: Known, day: date) -> list[dict[str, Any]]:
    return [
        {
            "id": uuid4(),
            "thing": known.thing,
            "quarter": day,
            "kind": kind,
            "outcome": outcome,
            "detail": detail,
            **PERSON,
        }
        for number, kind, outcome, detail in known.lines
        for _each in range(number)
    ]


def test_every_indicator_that_is_counted_has_a_population_of_known_answer() -> None:
    assert {each.id for each in COUNTED} == set(KNOWN)


async def test_each_indicator_says_of_its_population_what_is_known(session: AsyncSession) -> None:
    for number, known in enumerate(KNOWN.values()):
        await session.execute(insert(Fact), rows_of(known, quarter(number)))
    for number, (name, known) in enumerate(KNOWN.items()):
        indicator = find_indicator(name)
        assert indicator is not None
        day = quarter(number)
        raw = await count(session, day, period(number))
        told = told_by(indicator, {each.name: released(each, dict(each.with_margins())) for each in raw})
        assert told is not None
        figure = told.figure
        found = (figure.numerator, figure.denominator, figure.rate, figure.missing, figure.why)
        assert found == (known.numerator, known.denominator, known.rate, known.missing, None), name


async def test_each_part_says_the_same_of_those_it_is_about(session: AsyncSession) -> None:
    """Everyone in the population is a woman of 25 to 39 in one area: that part is the whole, the others are empty."""
    day = quarter(0)
    for thing in {known.thing for known in KNOWN.values()}:
        known = next(each for each in KNOWN.values() if each.thing is thing)
        await session.execute(insert(Fact), rows_of(known, day))
    raw = {each.name: each for each in await count(session, day, period(0))}
    tables = {name: released(each, dict(each.with_margins())) for name, each in raw.items()}
    mine = {"sex": "female", "age": "18-59", "country": "TN", "area": "tn_north_east"}
    for indicator in COUNTED:
        told = told_by(indicator, tables)
        assert told is not None
        for part in told.parts:
            if part.dimension in mine and part.dimension in indicator.disaggregation:
                whole = part.code == mine[part.dimension]
                assert part.figure.numerator in ((told.figure.numerator,) if whole else (0, None)), indicator.id


async def test_the_share_reached_stands_beside_an_outcome(session: AsyncSession) -> None:
    day = quarter(0)
    states = {"done": 15, "refused": 3, "unreachable": 10, "closed": 2}
    rows = [
        {
            "id": uuid4(),
            "thing": "follow_up",
            "quarter": day,
            "kind": "month_12",
            "outcome": state,
            "detail": "none",
            **PERSON,
        }
        for state, number in states.items()
        for _each in range(number)
    ]
    await session.execute(insert(Fact), rows)
    raw = await count(session, day, period(0))
    told = told_by(
        find_indicator("21h-O1") or COUNTED[0],
        {each.name: released(each, dict(each.with_margins())) for each in raw},
    )
    assert told is not None
    assert told.reached is not None
    assert (told.reached.numerator, told.reached.denominator, told.reached.rate) == (15, 30, "50.0")
    assert told.figure.why is Why.TOO_FEW


@pytest.mark.parametrize("indicator", COUNTED, ids=lambda each: each.id)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_share_is_made_of_published_numbers_alone_and_of_ten_or_more(
    indicator: Indicator, data: st.DataObject
) -> None:
    value = indicator.value
    assert isinstance(value, ByCounting)
    spec = BY_NAME[value.table]
    raw = RawTable(spec.name, tuple(axis.dimension for axis in spec.axes), {}, period(0), spec.name)
    wanted = {place_of(value, code) for code in (*value.along.codes, TOTAL)}
    cells: dict[Cell, int | None] = {
        cell: data.draw(st.none() | st.integers(0, 30)) if cell in wanted else None for cell in cells_of(raw)
    }
    if all(cells[place_of(value, code)] is not None for code in value.along.codes):
        cells[place_of(value, TOTAL)] = sum(cells[place_of(value, code)] or 0 for code in value.along.codes)
    table = released(raw, cells)
    told = told_by(indicator, {table.name: table})
    assert told is not None
    figure = told.figure
    shown = [cells[place_of(value, code)] for code in value.numerator]
    if figure.numerator is not None and set(value.numerator) != set(value.along.codes):
        assert None not in shown
        assert figure.numerator == sum(each or 0 for each in shown)
    if figure.rate is not None:
        assert figure.denominator is not None
        assert figure.denominator >= 10
    if indicator.unit in RATES:
        assert (figure.rate is None) == (figure.why is not None)
    assert Told.from_json(json.loads(json.dumps(told.to_json()))) == told


def test_of_a_table_that_was_left_out_nothing_is_said() -> None:
    for indicator in COUNTED:
        told = told_by(indicator, {})
        assert told is not None
        assert (told.figure.why, told.figure.rate, told.parts) == (Why.NOT_PUBLISHED, None, ())


@pytest.mark.parametrize("indicator", COUNTED, ids=lambda each: each.id)
def test_the_printed_method_names_every_code_that_is_counted(indicator: Indicator) -> None:
    value = indicator.value
    assert isinstance(value, ByCounting)
    spec = BY_NAME[value.table]
    text = "\n".join(method(indicator, SOURCE_LANGUAGE))
    for code in (*value.numerator, *value.denominator, *value.missing):
        assert say(SOURCE_LANGUAGE, value.along.codes[code]) in text
    for name, code in value.fixed.items():
        assert say(SOURCE_LANGUAGE, axis_of(spec, name).codes[code]) in text
    assert say(SOURCE_LANGUAGE, spec.title) in text
    uncounted = set(value.along.codes) - {*value.numerator, *value.denominator, *value.missing}
    if value.denominator:
        assert not uncounted & set(value.missing)


def test_the_catalogue_covers_every_action_and_says_which_are_ours() -> None:
    actions = [action.value for action, _rows in by_action()]
    assert actions[:9] == list("abcdefghi")
    for each in catalogue().indicators:
        assert each.official == each.id.startswith("SDG-"), each.id
        assert isinstance(each.value, ByEntry) or not each.official
        if isinstance(each.value, ByNothing):
            assert each.value.why.endswith(".")
        if each.unit in RATES:
            assert each.denominator
        if each.unit is Unit.MEDIAN_DAYS:
            assert isinstance(each.value, ByCounting)


def test_no_indicator_ranks_countries_or_calls_leaving_again_a_failure() -> None:
    for each in catalogue().indicators:
        words = f"{each.title} {each.numerator} {each.denominator}".casefold()
        assert "rank" not in words
        assert "remigrat" not in words


REFUSED: list[tuple[str, Any, str]] = [
    ("id", "no such id!", "id"),
    ("action", "z", "action"),
    ("unit", "furlongs", "unit"),
    ("grade", "A", "D is ours"),
    ("disaggregation", ["shoe_size"], "cannot tell it by shoe_size"),
    ("denominator", "", "says of what"),
    ("surprise", 1, "surprise"),
]


@pytest.mark.parametrize(("field", "wrong", "named"), REFUSED)
def test_a_wrong_definition_is_refused_and_its_place_named(field: str, wrong: Any, named: str) -> None:
    stored = json.loads(BUILT_IN.read_text(encoding="utf-8"))
    at = next(at for at, each in enumerate(stored["indicators"]) if each["id"] == "21h-P1")
    stored["indicators"][at][field] = wrong
    with pytest.raises(CatalogueRefused, match=rf"indicators\.{at}.*{named}"):
        read_catalogue(json.dumps(stored))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"table": "horoscopes"}, "no table horoscopes"),
        ({"axis": "shoe_size"}, "no dimension shoe_size"),
        ({"numerator": ["yesterday"]}, "no code plan=yesterday"),
        ({"fixed": {"sex": "robot"}}, "no code sex=robot"),
        ({"fixed": {"plan": "late"}}, "cannot be fixed"),
        ({"denominator": ["late"]}, "a part of"),
        ({"denominator": []}, "has a denominator"),
    ],
)
def test_codes_that_no_table_has_are_refused(change: dict[str, Any], named: str) -> None:
    stored = json.loads(BUILT_IN.read_text(encoding="utf-8"))
    at = next(at for at, each in enumerate(stored["indicators"]) if each["id"] == "21h-P1")
    stored["indicators"][at]["value"] |= change
    with pytest.raises(CatalogueRefused, match=rf"indicators\.{at}.*{named}"):
        read_catalogue(json.dumps(stored))


def test_an_id_stands_there_once() -> None:
    stored = json.loads(BUILT_IN.read_text(encoding="utf-8"))
    stored["indicators"].append(stored["indicators"][0])
    with pytest.raises(CatalogueRefused, match="twice"):
        read_catalogue(json.dumps(stored))


def test_every_code_of_every_table_can_be_published() -> None:
    for spec in BY_NAME.values():
        for axis in spec.axes:
            assert set(axis.groups.values()) <= set(axis.codes), (spec.name, axis.name)
            assert all(isinstance(code, str) and type(code) is str for code in axis.codes), axis.name
        assert len(spec.axes) <= 3
        assert len(set(product(*(axis.codes for axis in spec.axes)))) > 0
