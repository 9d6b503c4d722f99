"""Whatever is released, in whatever order, nobody can work out a small number from it.

The attacker here is written from scratch: it reads published values only and shares no code with the program.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from monitoring.disclosure import (
    PARTNER,
    PUBLIC,
    PUBLIC_ROUNDED,
    CannotProtect,
    Insider,
    Policy,
    RawTable,
    Reason,
    Why,
    audit,
    explain,
    protect,
)
from monitoring.ledger import _PROOF, Cell, Dimension, Ledger, Period, PublishedTable

QUARTERS = [
    (date(2026, 1, 1), date(2026, 3, 31)),
    (date(2026, 4, 1), date(2026, 6, 30)),
    (date(2026, 7, 1), date(2026, 9, 30)),
]
LATER = np.full((4, 4), 100)  # what a test about the first quarter says of the others
SDC = [[30, 47, 64, 89], [90, 124, 5, 31], [92, 100, 59, 85], [800, 991, 651, 685]]


Row = np.ndarray


def quarters(first: int, last: int) -> Period:
    return Period(QUARTERS[first][0], QUARTERS[last][1])


def raw_of(
    counts: np.ndarray, period: Period, labels: Sequence[Sequence[str]] | None = None, **more: object
) -> RawTable:
    labels = labels or [[f"{'abc'[axis]}{n}" for n in range(size)] for axis, size in enumerate(counts.shape)]
    dimensions = tuple(Dimension(f"d{axis}", tuple(codes)) for axis, codes in enumerate(labels))
    cells = {tuple(labels[axis][n] for axis, n in enumerate(at)): int(counts[at]) for at in np.ndindex(*counts.shape)}
    return RawTable("returns", dimensions, cells, period, "returnees", **more)  # type: ignore[arg-type]


class Outsider:
    """Knows published values, and that nobody is counted less than zero times."""

    def __init__(self, tables: Sequence[PublishedTable]) -> None:
        codes: dict[str, list[str]] = {}
        for table in tables:
            for dimension in table.dimensions:
                codes[dimension.name] = list(dimension.codes)
        self.names = sorted(codes)
        self.people = list(product(range(len(QUARTERS)), *(codes[name] for name in self.names)))
        shown = [(table, cell, value) for table in tables for cell, value in table.cells.items() if value is not None]
        self.equations = np.array([self.row(table, cell) for table, cell, _ in shown])
        self.values = np.array([value for *_, value in shown])

    def row(self, table: PublishedTable, cell: Cell) -> Row:
        period = table.period
        inside = [n for n, (start, end) in enumerate(QUARTERS) if period.start <= start and end <= period.end]
        return self.row_in(table, cell, inside)

    def row_in(self, table: PublishedTable, cell: Cell, inside: Sequence[int]) -> Row:
        wanted = {d.name: code for d, code in zip(table.dimensions, cell, strict=True) if code != "total"}
        return np.array(
            [
                quarter in inside
                and all(wanted.get(name, code) == code for name, code in zip(self.names, traits, strict=True))
                for quarter, *traits in self.people
            ],
            dtype=float,
        )

    def finds_possible(self, row: Row, count: int) -> bool:
        equations, values = np.vstack([self.equations, row]), np.append(self.values, count)
        return bool(linprog(0 * row, A_eq=equations, b_eq=values, bounds=(0, None), method="highs").status == 0)

    def width(self, row: np.ndarray) -> float:
        """Of the interval of whole numbers that fit."""
        ends = []
        for sign in (1, -1):
            found = linprog(sign * row, A_eq=self.equations, b_eq=self.values, bounds=(0, None), method="highs")
            assert found.status in {0, 3, 4}, found.message
            ends.append(found.fun if found.status == 0 else -np.inf)
        return float(np.floor(-ends[1] + 1e-5) - np.ceil(ends[0] - 1e-5))


def small_ones(parts: Sequence[np.ndarray], tables: Sequence[PublishedTable], outsider: Outsider, k: int) -> list[Row]:
    """Small counts of every table, and of every run of quarters, published or not; `parts` is the truth by quarter."""
    first = tables[0]
    labels = [[*dimension.codes, "total"] for dimension in first.dimensions]
    found = []
    for chosen in ([0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]):
        together = sum(parts[quarter] for quarter in chosen)
        for at in product(*(range(len(codes)) for codes in labels)):
            inside = tuple(slice(None) if n == len(codes) - 1 else n for n, codes in zip(at, labels, strict=True))
            cell = tuple(codes[n] for n, codes in zip(at, labels, strict=True))
            if 0 < np.sum(together[inside]) < k:
                found.append(outsider.row_in(first, cell, chosen))
    return found


def release(raws: Sequence[RawTable], policy: Policy) -> list[PublishedTable]:
    """In order, each judged against those before. A table that cannot be protected is not released."""
    ledger = Ledger()
    for raw in raws:
        with suppress(CannotProtect):
            ledger = ledger.plus(protect(raw, policy, ledger))
    return list(ledger.tables)


def assert_safe(parts: Sequence[np.ndarray], tables: Sequence[PublishedTable], policy: Policy = PUBLIC) -> int:
    outsider = Outsider(tables)
    rows = {tuple(row): row for row in small_ones(parts, tables, outsider, policy.threshold)}
    for row in rows.values():
        assert outsider.width(row) >= 5
    return len(rows)


def shapes() -> st.SearchStrategy[tuple[int, ...]]:
    return st.sampled_from([(5,), (3, 3), (4, 3), (2, 5), (2, 3, 2)])


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[np.ndarray], list[RawTable]]:
    """What happened in three quarters, and some of the quarterly and cumulative tables about it, in any order."""
    shape = draw(shapes())
    size = int(np.prod(shape))
    count = st.one_of(st.integers(0, 12), st.integers(0, 80))
    parts = [np.array(draw(st.lists(count, min_size=size, max_size=size))).reshape(shape) for _ in QUARTERS]
    times = [(0, 0), (0, 1), (1, 1), (2, 2), (1, 2), (0, 2)]
    chosen = draw(st.permutations(times))[: draw(st.integers(1, 6))]
    return parts, [raw_of(sum(parts[first : last + 1]), quarters(first, last)) for first, last in chosen]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), st.sampled_from([PUBLIC, PARTNER]))
def test_no_small_number_can_be_worked_out_from_all_releases(
    history: tuple[list[np.ndarray], list[RawTable]], policy: Policy
) -> None:
    parts, raws = history
    if tables := release(raws, policy):
        assert_safe(parts, tables, policy)


def test_realistic_quarters_are_released_and_safe() -> None:
    """The property above is not met by refusing: these tables do come out, and do hold small numbers."""
    chance = np.random.default_rng(5)
    parts = [chance.poisson(np.outer([30, 12, 6, 20, 9], [2, 1, 0.5, 1])) for _ in QUARTERS]
    times = [(0, 0), (1, 1), (0, 1), (2, 2), (0, 2)]
    tables = release([raw_of(sum(parts[a : b + 1]), quarters(a, b)) for a, b in times], PUBLIC)
    assert len(tables) == 5
    assert assert_safe(parts, tables) > 20
    assert all(table.suppressed < len(table.cells) / 2 for table in tables)


def test_a_quarter_that_nobody_published_is_not_left_over_by_subtraction() -> None:
    parts = [np.array([[30, 40], [50, 60]]), np.array([[3, 40], [50, 60]]), np.array([[27, 40], [50, 60]])]
    times = [(0, 0), (2, 2), (0, 2)]
    tables = release([raw_of(sum(parts[a : b + 1]), quarters(a, b)) for a, b in times], PUBLIC)
    assert [table.suppressed == 0 for table in tables] == [True, True, False]
    assert assert_safe(parts, tables) == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.integers(0, 12), st.integers(0, 80)), min_size=27, max_size=27))
def test_tables_that_share_a_margin_do_not_unlock_each_other(numbers: list[int]) -> None:
    cube = np.array(numbers).reshape(3, 3, 3)
    labels = [[f"{axis}{n}" for n in range(3)] for axis in "xyz"]
    raws = []
    for kept in ((0, 1), (1, 2), (0, 2)):
        flat = cube.sum(axis=tuple({0, 1, 2} - set(kept)))
        counts = {(labels[kept[0]][i], labels[kept[1]][j]): int(flat[i, j]) for i, j in np.ndindex(3, 3)}
        dimensions = tuple(Dimension(f"d{axis}", tuple(labels[axis])) for axis in kept)
        raws.append(RawTable(f"by {kept}", dimensions, counts, quarters(0, 0), "returnees"))
    tables = release(raws, PUBLIC)
    outsider = Outsider(tables) if tables else None
    for table in tables:
        truth = next(raw for raw in raws if raw.name == table.name).with_margins()
        small = [cell for cell, count in truth.items() if 0 < count < 10]
        assert outsider is not None
        assert all(outsider.width(outsider.row(table, cell)) >= 5 for cell in small)


def test_the_one_small_cell_of_a_known_table_is_protected() -> None:
    raw = raw_of(np.array(SDC), quarters(0, 0), [list("wxyz"), list("abcd")])
    table = protect(raw, PUBLIC, Ledger())
    assert table.cells["x", "c"] is None
    assert table.suppressed > 1
    assert assert_safe([np.array(SDC), LATER, LATER], [table]) == 1


@settings(max_examples=12, deadline=None)
@given(st.permutations(range(4)), st.permutations(range(4)), st.booleans())
def test_labels_and_order_do_not_matter(rows: list[int], columns: list[int], as_numbers: bool) -> None:  # noqa: FBT001
    counts = np.array([[3, 40, 25, 60], [14, 2, 33, 0], [21, 17, 55, 30], [1, 70, 18, 26]])
    plain = protect(raw_of(counts, quarters(0, 0)), PUBLIC, Ledger())
    labels = [[n if as_numbers else str(n) for n in range(4)]] * 2
    shuffled = raw_of(counts[np.ix_(rows, columns)], quarters(0, 0), labels)  # type: ignore[arg-type]
    table = protect(shuffled, PUBLIC, Ledger())
    assert_safe([counts[np.ix_(rows, columns)], LATER, LATER], [table])
    for row, column in product(range(4), repeat=2):
        if 0 < counts[rows[row], columns[column]] < 10:
            assert table.cells[str(row), str(column)] is None
    assert abs(table.suppressed - plain.suppressed) <= 3


LABELS: list[list[object]] = [
    ["north", "south", "east", "west"],
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [None, 1, "west", float("nan")],
    ["", " ", "NA", "None"],
]


@pytest.mark.parametrize("labels", LABELS)
def test_labels_of_any_kind_give_the_same_table(labels: list[object]) -> None:
    """Whole numbers, text, and what stands for a missing label: the same gaps in the same places."""
    counts = np.array([[3, 40, 25, 60], [14, 2, 33, 0], [21, 17, 55, 30], [1, 70, 18, 26]])
    dimensions = (Dimension("d0", tuple(labels)), Dimension("d1", tuple(labels)))  # type: ignore[arg-type]
    cells = {(labels[row], labels[column]): int(counts[row, column]) for row, column in np.ndindex(4, 4)}
    raw = RawTable("returns", dimensions, cells, quarters(0, 0), "returnees")  # type: ignore[arg-type]
    plain = protect(raw_of(counts, quarters(0, 0)), PUBLIC, Ledger())
    assert list(protect(raw, PUBLIC, Ledger()).cells.values()) == list(plain.cells.values())


@pytest.mark.parametrize("seed", range(8))
def test_a_small_count_could_be_one_less_and_four_more(seed: int) -> None:
    counts = np.random.default_rng(seed).poisson(11, (4, 4))
    raw = raw_of(counts, quarters(0, 0))
    table = protect(raw, PUBLIC, Ledger())
    outsider = Outsider([table])
    small = {cell: count for cell, count in raw.with_margins().items() if 0 < count < 10}
    assert small
    for cell, count in small.items():
        row = outsider.row(table, cell)
        assert outsider.finds_possible(row, count - 1)
        assert outsider.finds_possible(row, count + 4)


def test_a_small_group_that_is_all_of_one_kind_does_not_show_it() -> None:
    raw = raw_of(np.array([[15, 0, 0], [40, 50, 60]]), quarters(0, 0))
    table = protect(raw, PUBLIC, Ledger())
    assert table.cells["a0", "b0"] is None
    outsider = Outsider([table])
    everyone_else = outsider.row(table, ("a0", "total")) - outsider.row(table, ("a0", "b0"))
    assert outsider.width(everyone_else) >= 5


def test_a_large_group_that_is_all_of_one_kind_is_shown() -> None:
    table = protect(raw_of(np.array([[20, 0, 0], [40, 50, 60]]), quarters(0, 0)), PUBLIC, Ledger())
    assert table.suppressed == 0


def test_true_zeros_and_large_counts_are_shown() -> None:
    table = protect(raw_of(np.array([[30, 0], [25, 60]]), quarters(0, 0)), PUBLIC, Ledger())
    assert table.cells["a0", "b1"] == 0
    assert table.cells["total", "total"] == 115


def test_sensitive_codes_are_shown_for_the_whole_population_only() -> None:
    dimensions = (Dimension("flag", ("gbv", "health", "none")), Dimension("region", ("n", "s", "e")))
    counts = {("gbv", "n"): 30, ("gbv", "s"): 40, ("health", "n"): 50, ("health", "e"): 45, ("none", "s"): 200}
    raw = RawTable("flags", dimensions, counts | {("none", "n"): 90, ("none", "e"): 80}, quarters(0, 0), "returnees")
    table = protect(raw, PUBLIC, Ledger())
    assert [table.cells["gbv", region] for region in ("n", "s", "e")] == [None, None, None]
    assert table.cells["gbv", "total"] == 70
    outsider = Outsider([table])
    assert all(outsider.width(outsider.row(table, ("gbv", region))) >= 5 for region in "nse")


def test_a_sensitive_code_has_the_public_threshold_for_partners_too() -> None:
    dimensions = (Dimension("flag", ("gbv", "health", "none")),)
    counts = {("gbv",): 7, ("health",): 7, ("none",): 90}
    table = protect(RawTable("flags", dimensions, counts, quarters(0, 0), "returnees"), PARTNER, Ledger())
    assert table.cells["gbv",] is None


def test_a_correction_does_not_show_one_person() -> None:
    counts = np.array([[50, 40, 30], [60, 45, 35]])
    first = protect(raw_of(counts, quarters(0, 0)), PUBLIC, Ledger())
    assert first.suppressed == 0
    counts[0, 0] += 1
    second = protect(raw_of(counts, quarters(0, 0), revision=1), PUBLIC, Ledger((first,)))
    assert second.cells["a0", "b0"] is None
    assert second.cells["total", "total"] is None
    assert second.cells["a1", "b1"] == 45


def test_counts_that_contradict_a_release_need_a_new_revision() -> None:
    first = protect(raw_of(np.array([[50, 40], [60, 45]]), quarters(0, 0)), PUBLIC, Ledger())
    changed = np.array([[80, 40], [60, 45]])
    with pytest.raises(CannotProtect) as refused:
        protect(raw_of(changed, quarters(0, 0)), PUBLIC, Ledger((first,)))
    assert refused.value.reason is Reason.CONTRADICTS
    assert protect(raw_of(changed, quarters(0, 0), revision=1), PUBLIC, Ledger((first,))).cells["a0", "b0"] == 80


def test_a_table_of_which_nothing_can_be_shown_is_refused_with_advice() -> None:
    with pytest.raises(CannotProtect) as refused:
        protect(raw_of(np.array([[1, 2, 1], [1, 0, 1]]), quarters(0, 0)), PUBLIC, Ledger())
    assert (refused.value.reason, refused.value.coarsen) == (Reason.NOTHING_LEFT, "d1")


def test_a_partner_cannot_subtract_its_own_clients() -> None:
    counts = np.array([[50, 40, 30], [60, 45, 35], [30, 44, 70]])
    whole = raw_of(counts, quarters(0, 0))
    own = np.array([[48, 0, 0], [0, 0, 0], [0, 0, 0]])
    assert protect(whole, PUBLIC, Ledger()).suppressed == 0
    table = protect(whole, PUBLIC, Ledger(), [Insider((raw_of(own, quarters(0, 0)),))])
    insider = Outsider([table])
    asked = insider.row(table, ("a0", "b0"))
    assert table.cells["a0", "b0"] is None
    assert all(insider.finds_possible(asked, count) for count in range(49, 55))


def test_what_a_partner_holds_of_a_total_that_is_out_leaves_it_less_room_and_still_enough() -> None:
    """Of the 20 in a1 it knows 4 and 5: the eight others of b0 can be 11 to 16 of them all, and no more."""
    before = protect(raw_of(np.array([60, 20]), quarters(0, 0)), PUBLIC, Ledger())
    assert before.cells["a1",] == 20
    counts, own = np.array([[40, 20], [13, 7]]), np.array([[0, 0], [5, 4]])
    insider = Insider((raw_of(own, quarters(0, 0)),))
    table = protect(raw_of(counts, quarters(0, 0)), PUBLIC, Ledger((before,)), [insider])
    assert table.cells["a1", "b0"] is None
    assert table.cells["a0", "total"] == 60
    assert not audit(Ledger((before,)), table, raw_of(counts, quarters(0, 0)), PUBLIC, [insider])


@pytest.mark.parametrize("field", ["threshold", "sensitive_threshold", "min_denominator", "width"])
def test_no_policy_goes_below_three(field: str) -> None:
    with pytest.raises(ValueError, match="below 3"):
        Policy("x", **{field: 2})


def test_four_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match="one to 3"):
        raw_of(np.ones((2, 2, 2, 2), dtype=int), quarters(0, 0), [list("ab")] * 4)


@pytest.mark.parametrize("counts", [{("a",): -1}, {("z",): 1}, {("a",): True}, {("total",): 3}, {("a", "b"): 3}])
def test_counts_that_are_no_counts_are_refused(counts: dict[Cell, int]) -> None:
    with pytest.raises(ValueError, match="counts"):
        RawTable("returns", (Dimension("d", ("a", "b")),), counts, quarters(0, 0), "returnees")


def test_months_are_too_short_to_publish() -> None:
    raw = raw_of(np.array([[50, 40], [60, 45]]), Period(date(2026, 1, 1), date(2026, 1, 31)))
    with pytest.raises(CannotProtect) as refused:
        protect(raw, PUBLIC, Ledger())
    assert refused.value.reason is Reason.TOO_SHORT


@pytest.mark.parametrize(("rounding", "threshold"), [(2, 10), (4, 10), (1, 10), (5, 5)])
def test_rounding_is_to_an_odd_base_with_one_threshold(rounding: int, threshold: int) -> None:
    with pytest.raises(ValueError, match=r"rounding|threshold"):
        Policy("x", threshold=threshold, rounding=rounding)


def test_rounded_numbers_are_multiples_and_small_ones_are_not_shown() -> None:
    counts = np.array([[3, 41, 25, 63], [14, 12, 33, 0], [21, 17, 58, 30]])
    raw = raw_of(counts, quarters(0, 0))
    table = protect(raw, PUBLIC_ROUNDED, Ledger())
    shown = {cell: value for cell, value in table.cells.items() if value is not None}
    truth = raw.with_margins()
    assert all(value % 5 == 0 and abs(value - truth[cell]) <= 2 for cell, value in shown.items())
    assert all(truth[cell] == 0 for cell, value in shown.items() if value == 0)
    assert table.cells["a0", "b0"] is None
    assert PublishedTable.restore_released(table.to_json()) == table


def test_rounding_withholds_less_of_the_same_table() -> None:
    counts = np.random.default_rng(3).poisson(14, (6, 5))
    raw = raw_of(counts, quarters(0, 0))
    assert protect(raw, PUBLIC_ROUNDED, Ledger()).suppressed < protect(raw, PUBLIC, Ledger()).suppressed


def test_why_each_number_is_withheld_is_told_to_those_who_approve() -> None:
    counts = np.array([[3, 40, 25, 60], [15, 0, 0, 0], [21, 17, 55, 30], [41, 70, 18, 26]])
    raw = raw_of(counts, quarters(0, 0))
    table = protect(raw, PUBLIC, Ledger())
    told = explain(table, raw, PUBLIC, Ledger())
    assert told[Why.SMALL] == 1
    assert told[Why.WHOLE_GROUP] >= 1
    assert told[Why.COMPLEMENTARY] >= 2
    assert told[Why.DIFFERENCE] == told[Why.SENSITIVE] == told[Why.PARTNER] == 0
    assert sum(told.values()) == table.suppressed


def test_a_refusal_names_the_dimension_to_make_coarser() -> None:
    """Summer was released, and so was the half: what is small in spring cannot be hidden any more."""
    summer = protect(raw_of(np.array([[30, 40], [50, 60]]), quarters(1, 1)), PUBLIC, Ledger())
    half = shown_as_it_is(raw_of(np.array([[33, 80], [90, 99]]), quarters(0, 1)))
    with pytest.raises(CannotProtect) as refused:
        protect(raw_of(np.array([[3, 40], [40, 39]]), quarters(0, 0)), PUBLIC, Ledger((summer, half)))
    assert refused.value.reason is Reason.ALREADY_KNOWN
    assert refused.value.coarsen in {"d0", "d1"}


def shown_as_it_is(raw: RawTable) -> PublishedTable:
    """What a house without disclosure control would have released."""
    cells = raw.with_margins()
    return PublishedTable("t", raw.population, raw.dimensions, raw.period, 0, cells, "none", (), proof=_PROOF)
