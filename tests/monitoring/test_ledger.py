"""The attacker's arithmetic against answers known beforehand."""

import math
from collections.abc import Sequence
from datetime import date

import pytest

from monitoring.disclosure import PUBLIC, RawTable, audit, protect
from monitoring.inference import Attacker, Quantity, System, attack
from monitoring.ledger import _PROOF, Cell, Dimension, Ledger, Period, PublishedTable, place_of

SPRING = Period(date(2026, 1, 1), date(2026, 3, 31))
SUMMER = Period(date(2026, 4, 1), date(2026, 6, 30))
HALF = Period(date(2026, 1, 1), date(2026, 6, 30))
LINES = {"w": (30, 47, 64, 89), "x": (90, 124, 5, 31), "y": (92, 100, 59, 85), "z": (800, 991, 651, 685)}
KNOWN = {(row, column): count for row, counts in LINES.items() for column, count in zip("abcd", counts, strict=True)}
SQUARE = (Dimension("row", tuple("wxyz")), Dimension("column", tuple("abcd")))
BY_HAND = ["wa", "wb", "wc", "xa", "xc", "yb", "yd", "zb", "zd"]


def raw_of(counts: dict[Cell, int], period: Period = SPRING, dimensions: tuple[Dimension, ...] = SQUARE) -> RawTable:
    return RawTable("t", dimensions, counts, period, "returnees")


def shown(raw: RawTable, hidden: Sequence[Sequence[str]], revision: int = 0) -> PublishedTable:
    """A table whose gaps are chosen by hand, as an unsafe release elsewhere would be."""
    cells = {**raw.with_margins(), **dict.fromkeys(map(tuple, hidden))}
    return PublishedTable("t", raw.population, raw.dimensions, raw.period, revision, cells, "by hand", (), proof=_PROOF)


def bounds_of(tables: list[PublishedTable], table: PublishedTable, cell: str) -> tuple[float, float]:
    (found,) = attack(tables, [Quantity.cell(table, place_of(table, tuple(cell)))])
    return found.low, found.high


def test_two_gaps_in_every_line_do_not_protect_the_known_table() -> None:
    table = shown(raw_of(KNOWN), BY_HAND)
    assert bounds_of([table], table, "wb") == (47, 47)


def test_one_more_gap_opens_the_known_table() -> None:
    table = shown(raw_of(KNOWN), [*BY_HAND, "xd"])
    assert bounds_of([table], table, "wb") == (0, 78)


def test_numbers_with_one_possible_value_are_told_without_solving_for_them() -> None:
    """The shortcut of the gate, beside the exact bounds of every cell of the known table."""
    for hidden in (BY_HAND, [*BY_HAND, "xd"]):
        table = shown(raw_of(KNOWN), hidden)
        system = System([table])
        attacker = Attacker(system, [table])
        asked = [Quantity.cell(table, place_of(table, cell)) for cell in table.cells]
        determined = attacker.determines(system.rows(asked)).tolist()
        assert determined == [found.low == found.high for found in attack([table], asked)]


def test_the_gate_finds_what_was_chosen_by_hand() -> None:
    small = raw_of(KNOWN | {("w", "b"): 4})
    found = audit(Ledger(), shown(small, BY_HAND), small, PUBLIC)
    assert {(bounds.low, bounds.high) for _, bounds in found} >= {(4, 4)}
    assert audit(Ledger(), protect(small, PUBLIC, Ledger()), small, PUBLIC) == []


def test_suppressing_only_the_small_cell_gives_it_away() -> None:
    table = shown(raw_of(KNOWN), ["xc"])
    assert bounds_of([table], table, "xc") == (5, 5)


LINE = (Dimension("sex", ("f", "m")),)


def test_a_later_cumulative_table_is_subtracted() -> None:
    spring = shown(raw_of({("f",): 30, ("m",): 40}, SPRING, LINE), [])
    half = shown(raw_of({("f",): 33, ("m",): 90}, HALF, LINE), [])
    summer = shown(raw_of({("f",): 3, ("m",): 50}, SUMMER, LINE), ["f", "m"])
    assert [(b.low, b.high) for b in attack([spring, half, summer])][:2] == [(3, 3), (50, 50)]


def test_a_correction_has_numbers_of_its_own() -> None:
    """Nothing is known of the old number from the new one, but the difference of two shown numbers is."""
    spring = shown(raw_of({("f",): 30, ("m",): 40}, SPRING, LINE), ["f", "m"])
    corrected = shown(raw_of({("f",): 31, ("m",): 40}, SPRING, LINE), [], revision=1)
    assert bounds_of([spring, corrected], spring, "f") == (0, 70)
    total = Quantity.difference((corrected, ()), (spring, ()))
    (found,) = attack([spring, corrected], [total])
    assert (found.low, found.high) == (1, 1)


def test_only_the_corrected_quarter_is_counted_anew() -> None:
    summer = shown(raw_of({("f",): 20, ("m",): 50}, SUMMER, LINE), [])
    spring = shown(raw_of({("f",): 30, ("m",): 40}, SPRING, LINE), ["f", "m"])
    corrected = shown(raw_of({("f",): 31, ("m",): 40}, SPRING, LINE), ["f", "m"], revision=1)
    half = shown(raw_of({("f",): 51, ("m",): 90}, HALF, LINE), [], revision=1)
    tables = [summer, spring, corrected, half]
    assert bounds_of(tables, corrected, "f") == (31, 31)
    assert bounds_of(tables, spring, "f") == (0, 70)


def test_tables_are_tied_by_the_dimension_they_share() -> None:
    sex, age, place = Dimension("sex", ("f", "m")), Dimension("age", ("c", "a")), Dimension("place", ("n", "s"))
    counts = {("f", "c"): 9, ("f", "a"): 30, ("m", "c"): 20, ("m", "a"): 41}
    other = {("n", "f"): 19, ("n", "m"): 1, ("s", "f"): 20, ("s", "m"): 60}
    ages = shown(raw_of(counts, SPRING, (sex, age)), ["fc", "mc", "fa", "ma"])
    hidden = PublishedTable(
        "t", "returnees", ages.dimensions, SPRING, 0, {**ages.cells, ("f", "total"): None, ("m", "total"): None},
        "by hand", (), proof=_PROOF,
    )  # fmt: skip
    places = shown(raw_of(other, SPRING, (place, sex)), [])
    asked = [Quantity.cell(hidden, (("sex", "f"),))]
    assert attack([hidden], asked)[0][1:] == (0, 100)
    assert attack([hidden, places], asked)[0][1:] == (39, 39)


def test_tables_too_large_to_join_are_tied_by_shared_margins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitoring.inference.JOINT_LIMIT", 1)
    test_tables_are_tied_by_the_dimension_they_share()


def test_other_populations_tell_nothing() -> None:
    returnees = shown(raw_of({("f",): 3, ("m",): 40}, SPRING, LINE), ["f", "m"])
    families = RawTable("t", LINE, {("f",): 3, ("m",): 40}, SPRING, "families")
    assert bounds_of([returnees, shown(families, [])], returnees, "f") == (0, 43)


def test_nothing_published_means_nothing_known() -> None:
    cells: dict[Cell, None] = dict.fromkeys([("f",), ("m",), ("total",)])
    table = PublishedTable("t", "returnees", LINE, SPRING, 0, cells, "by hand", (), proof=_PROOF)
    assert attack([table])[0][1:] == (0, math.inf)


def test_releases_that_contradict_each_other_are_an_error() -> None:
    one = shown(raw_of({("f",): 30, ("m",): 40}, SPRING, LINE), [])
    other = shown(raw_of({("f",): 31, ("m",): 40}, SPRING, LINE), [])
    with pytest.raises(ValueError, match="contradict"):
        attack([one, other])


def test_only_protect_makes_a_published_table() -> None:
    with pytest.raises(TypeError, match="protect"):
        PublishedTable("t", "returnees", LINE, SPRING, 0, {}, "mine", (), proof=object())


def test_a_stored_release_comes_back_as_it_was_and_cannot_be_changed() -> None:
    table = protect(raw_of(KNOWN), PUBLIC, Ledger())
    again = PublishedTable.restore_released(table.to_json())
    assert again == table
    assert again.to_json() == table.to_json()
    with pytest.raises(TypeError):
        again.cells["x", "c"] = 5  # type: ignore[index]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 1, 1), date(2026, 2, 27)),
        (date(2026, 1, 2), date(2026, 3, 31)),
        (date(2026, 1, 1), date(2026, 3, 30)),
        (date(2026, 4, 1), date(2026, 3, 31)),
    ],
)
def test_a_period_is_whole_months(start: date, end: date) -> None:
    with pytest.raises(ValueError, match="months"):
        Period(start, end)


@pytest.mark.parametrize("codes", [(), ("a", "a"), ("a", "total")])
def test_codes_are_distinct_and_leave_the_margin_its_name(codes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="codes"):
        Dimension("d", codes)


def test_tables_of_times_that_hang_together_are_judged_together() -> None:
    autumn = Period(date(2026, 7, 1), date(2026, 9, 30))
    spring, summer, half, later = (shown(raw_of(KNOWN, each), BY_HAND) for each in (SPRING, SUMMER, HALF, autumn))
    assert Ledger((spring, half)).beside(summer) == (spring, half), "what spans two ties one to the other"
    assert Ledger((half, spring, later)).beside(summer) == (half, spring)
    assert Ledger((spring, later)).beside(summer) == ()
    corrected = shown(raw_of(KNOWN), BY_HAND, revision=1)
    assert Ledger((spring, corrected, later)).beside(summer) == (corrected,), "it says which quarter was corrected"


def test_what_lies_apart_in_time_tells_nothing_more() -> None:
    """The reason why it may be left out: the union of two quarters bounds each number as the quarter alone does."""
    spring = shown(raw_of(KNOWN), [*BY_HAND, "xd"])
    summer = shown(raw_of({cell: count + 3 for cell, count in KNOWN.items()}, SUMMER), BY_HAND)
    for table in (spring, summer):
        alone = attack([table])
        asked = [bounds.quantity for bounds in alone]
        assert [tuple(each[1:]) for each in attack([spring, summer], asked)] == [tuple(each[1:]) for each in alone]
