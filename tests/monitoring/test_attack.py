"""Two years of releases against someone who has every file, and who the program does not know.

The long form, with larger tables and more partners, is `./run soak attack`.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from monitoring import formats
from monitoring.disclosure import PARTNER, PUBLIC, PUBLIC_ROUNDED, Policy, RawTable, protect
from monitoring.ledger import Dimension, Ledger, Period
from tests.monitoring.attacker import WIDTH, Asked, Attacker, Codes, File
from tests.monitoring.history import FIRST_MONTH, History, Plan, release, to_be_hidden
from tests.soak import attack

SDC = {"w": (30, 47, 64, 89), "x": (90, 124, 5, 31), "y": (92, 100, 59, 85), "z": (800, 991, 651, 685)}
QUARTER = tuple(range(2026 * 12, 2026 * 12 + 3))


def file_of(counts: dict[tuple[str, ...], int], names: Sequence[str], hidden: Sequence[tuple[str, ...]] = ()) -> bytes:
    """A released file as another house might freeze it, with its totals and with gaps chosen by hand."""
    totals: dict[tuple[str, ...], int] = {}
    for cell, count in counts.items():
        for mask in range(2 ** len(cell)):
            at = tuple("total" if mask >> axis & 1 else code for axis, code in enumerate(cell))
            totals[at] = totals.get(at, 0) + count
    cells = [{"at": at, "value": None if at in hidden else count} for at, count in totals.items()]
    body: dict[str, Any] = {
        "population": "returnees",
        "revision": 0,
        "dimensions": [
            {"name": name, "codes": list(dict.fromkeys(cell[axis] for cell in counts))}
            for axis, name in enumerate(names)
        ],
        "period": {"start": "2026-01-01", "end": "2026-03-31"},
        "cells": cells,
    }
    return json.dumps(body).encode()


def ends(files: Sequence[bytes], codes: Codes) -> tuple[float, float]:
    (found,) = Attacker(files).attack([Asked(codes, QUARTER)], wide=float("inf"))
    return found.low, found.high


def square(hidden: str) -> bytes:
    counts = {(row, column): n for row, line in SDC.items() for column, n in zip("abcd", line, strict=True)}
    return file_of(counts, ("row", "column"), [tuple(each) for each in hidden.split()])


def test_the_attacker_knows_the_known_answers() -> None:
    by_hand, cell = "wa wb wc xa xc yb yd zb zd", (("column", "b"), ("row", "w"))
    assert ends([square(by_hand)], cell) == (47, 47)
    assert ends([square(by_hand + " xd")], cell) == (0, 78)


def test_two_tables_each_safe_alone_together_give_a_cell_away() -> None:
    """The first hides four girls behind the boys and hides how many women there are; the second says how many."""
    ages = {("f", "child"): 4, ("f", "adult"): 30, ("m", "child"): 26, ("m", "adult"): 40}
    areas = {("f", "n"): 14, ("f", "s"): 20, ("m", "n"): 36, ("m", "s"): 30}
    by_age = file_of(ages, ("sex", "age"), [(sex, age) for sex in ("f", "m") for age in ("child", "total")])
    by_area = file_of(areas, ("sex", "area"))
    girls = (("age", "child"), ("sex", "f"))
    assert ends([by_age], girls) == (0, 30)
    assert min(areas.values()) >= PUBLIC.threshold
    assert ends([by_age, by_area], girls) == (4, 4)
    assert ends([by_age, by_area][::-1], girls) == (4, 4)


def test_the_second_of_two_linked_tables_hides_what_the_first_relies_on() -> None:
    sex, age, area = Dimension("sex", ("f", "m")), Dimension("age", ("child", "adult")), Dimension("area", ("n", "s"))
    ages = {("f", "child"): 4, ("f", "adult"): 30, ("m", "child"): 26, ("m", "adult"): 40}
    areas = {("f", "n"): 14, ("f", "s"): 20, ("m", "n"): 36, ("m", "s"): 30}
    spring = Period(date(2026, 1, 1), date(2026, 3, 31))
    first = protect(RawTable("ages", (sex, age), ages, spring, "returnees"), PUBLIC, Ledger())
    second = protect(RawTable("areas", (sex, area), areas, spring, "returnees"), PUBLIC, Ledger((first,)))
    low, high = ends([formats.to_json(first), formats.to_json(second)], (("age", "child"), ("sex", "f")))
    assert high - low >= WIDTH


def test_the_attacker_finds_what_naive_suppression_leaves() -> None:
    """It has teeth: withhold only the small counts, and nearly all of them come back."""
    history = History(replace(attack.SHORT, months=6))
    files = [naive(history, *each) for each in history.plan.calendar()]
    found = Attacker(files).attack(to_be_hidden(history, files, PUBLIC.threshold))
    assert sum(each.width == 0 for each in found) > len(found) / 2
    for each in found:
        assert each.low <= history.count(each.asked) <= each.high


def naive(history: History, cut: tuple[str, ...], first: int, after: int) -> bytes:
    raw = history.table(cut, first, after)
    hidden = [cell for cell, count in raw.with_margins().items() if 0 < count < PUBLIC.threshold]
    body = json.loads(file_of(dict(raw.counts), [d.name for d in raw.dimensions], hidden))
    body["period"] = {"start": raw.period.start.isoformat(), "end": raw.period.end.isoformat()}
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("plan", "policy"),
    [(attack.SHORT, PUBLIC), (attack.SHORT, PARTNER), (replace(attack.SHORT, months=9), PUBLIC_ROUNDED)],
    ids=["two years", "two years, for partners", "rounded"],
)
def test_nobody_is_found_in_all_releases_together(plan: Plan, policy: Policy) -> None:
    row = attack.run_attack("public", plan, policy)
    assert {name: row[name] for name in attack.PROPERTIES} == dict.fromkeys(attack.PROPERTIES, 0)
    assert row["small counts attacked"] > 5 * plan.months
    assert row["tables refused"] <= 4, "safe because published, not because refused"
    assert row["cells withheld"] < row["cells"] / 2


def test_nobody_is_found_by_a_partner_who_knows_its_own_people() -> None:
    row = attack.run_attack("partner", attack.SHORT_WITH_PARTNERS, PUBLIC, [0])
    assert {name: row[name] for name in attack.PROPERTIES} == dict.fromkeys(attack.PROPERTIES, 0)
    assert row["tables released"] > row["tables refused"]


def test_releases_made_without_partners_in_mind_are_open_to_them() -> None:
    """Why the insiders are asked for at all: the same history, judged for the public only."""
    history = History(attack.SHORT_WITH_PARTNERS)
    released = release(history, replace(PUBLIC, months=1))
    insider = Attacker(released.files, history.own(0))
    found = insider.attack(to_be_hidden(history, released.files, PUBLIC.threshold, without=0))
    assert any(each.width < WIDTH for each in found)


def test_the_planted_people_are_there() -> None:
    history = History(attack.SHORT)
    kind = (("age", "age1"), ("area", "area2"))
    months = tuple(range(FIRST_MONTH, FIRST_MONTH + 24))
    assert history.count(Asked(kind, months)) == 1
    assert history.count(Asked((), (FIRST_MONTH + 5,))) == 1


def test_the_attacker_reads_no_corrections() -> None:
    with pytest.raises(ValueError, match="corrections"):
        File.read(file_of({("f",): 1}, ["sex"]).replace(b'"revision": 0', b'"revision": 1'))
