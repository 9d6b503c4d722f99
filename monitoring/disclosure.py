"""From counts to a table that may leave the house.

`protect` withholds small counts, then as many others as it takes that nobody can work the small ones out: not from
this table, not together with anything released before, not by comparing two releases. Nothing else makes a
PublishedTable.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from monitoring.ledger import (
    _PROOF,
    TOTAL,
    Attacker,
    Bounds,
    Cell,
    Dimension,
    Ledger,
    Period,
    Place,
    PublishedTable,
    Quantity,
    Shape,
    System,
    Vector,
    cells_of,
    order,
    place_of,
    withheld,
)

NEVER_BELOW = 3
MOST_DIMENSIONS = 3
MOVED = 1e-6  # a cell that a solution moves by less stays as it is
SENSITIVE = frozenset(
    {
        "child_safeguard",
        "detention",
        "gbv",
        "hiv",
        "mental_health",
        "protection_claim",
        "sexual_orientation",
        "trafficking",
    }
)


@dataclass(frozen=True)
class Policy:
    """Counts from 1 to `threshold` - 1 are withheld; what can be worked out about them is never narrower than `width`.

    A sensitive code, and every code of a sensitive dimension, is published for the whole population only.
    """

    version: str
    threshold: int = 10
    width: int = 5
    min_denominator: int = 10
    sensitive_threshold: int = 10
    small_group: int = 20
    sensitive: Mapping[str, frozenset[str]] = field(default_factory=lambda: {"flag": SENSITIVE})
    sensitive_dimensions: frozenset[str] = SENSITIVE

    def __post_init__(self) -> None:
        if min(self.threshold, self.sensitive_threshold, self.min_denominator, self.width) < NEVER_BELOW:
            raise ValueError(f"no threshold may be below {NEVER_BELOW}")

    def is_sensitive(self, place: Place) -> bool:
        return any(name in self.sensitive_dimensions or code in self.sensitive.get(name, ()) for name, code in place)

    def is_out_of_bounds(self, place: Place) -> bool:
        """A sensitive code below the level of the whole population."""
        return len(place) > 1 and self.is_sensitive(place)

    def threshold_at(self, place: Place) -> int:
        return max(self.threshold, self.sensitive_threshold) if self.is_sensitive(place) else self.threshold

    def is_small(self, place: Place, count: int) -> bool:
        return 0 < abs(count) < self.threshold_at(place)


PUBLIC = Policy("public-1", threshold=10)
PARTNER = Policy("partner-1", threshold=5)


@dataclass(frozen=True)
class RawTable:
    """Finest counts as they are; combinations not listed count nobody. Tables of one population are judged together.

    A correction of a past period carries the next `revision` number; so does all that is counted after it.
    """

    name: str
    dimensions: tuple[Dimension, ...]
    counts: Mapping[Cell, int]
    period: Period
    population: str
    revision: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = {dimension.name for dimension in self.dimensions}
        if not 1 <= len(self.dimensions) <= MOST_DIMENSIONS or len(names) < len(self.dimensions):
            raise ValueError(f"a table has one to {MOST_DIMENSIONS} different dimensions")
        counts = {tuple(map(str, cell)): count for cell, count in self.counts.items()}
        allowed = set(product(*(dimension.codes for dimension in self.dimensions)))
        if len(counts) < len(self.counts) or not counts.keys() <= allowed:
            raise ValueError("counts are keyed by one code of each dimension")
        if any(type(count) is not int or count < 0 for count in counts.values()):
            raise ValueError("counts are whole numbers from zero")
        object.__setattr__(self, "counts", counts)

    def with_margins(self) -> dict[Cell, int]:
        totals = dict.fromkeys(cells_of(self), 0)
        for cell, count in self.counts.items():
            for margin in product(*((code, TOTAL) for code in cell)):
                totals[margin] += count
        return totals


class Reason(StrEnum):
    NOTHING_LEFT = "nothing_left"
    ALREADY_KNOWN = "already_known"
    CONTRADICTS = "contradicts"


class CannotProtect(Exception):
    """No safe table exists. `coarsen` names the dimension to make coarser; None when that would not help."""

    def __init__(self, reason: Reason, coarsen: str | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.coarsen = coarsen


class Need(NamedTuple):
    """An attacker must find everything from `low` to `high` possible; the truth lies between."""

    quantity: Quantity
    low: int
    high: int


class View(NamedTuple):
    """One attacker: what must stay hidden from them, and the counts they hold themselves."""

    needs: list[Need]
    own: RawTable | None

    def floors(self, system: System) -> tuple[csr_array, Vector] | None:
        if self.own is None:
            return None
        places = [Quantity.cell(self.own, place_of(self.own, cell)) for cell in self.own.counts]
        return system.rows(places), np.array(list(self.own.counts.values()), dtype=float)


def protect(raw: RawTable, policy: Policy, ledger: Ledger, insiders: Sequence[RawTable] = ()) -> PublishedTable:
    """The table, safe to release to those who hold the ledger. Raises CannotProtect.

    `insiders` are the parts of the same table that a partner contributed and therefore knows: what remains of a cell
    without them is protected from that partner as a small count is from everyone.
    """
    earlier = ledger.about(raw.population)
    work = _Suppression(raw, policy, earlier, insiders)
    for number, view in enumerate(work.views):
        for need in view.needs:
            work.open(number, need)
    work.give_back()
    table = work.table()
    while found := audit(ledger, table, raw, policy, insiders):
        hidden = len(work.hidden)
        for number, bounds in found:
            work.widen(number, bounds)
        if len(work.hidden) == hidden:
            raise CannotProtect(Reason.ALREADY_KNOWN)
        table = work.table()
    if any(raw.counts.values()) and not any(table.cells.values()):
        raise CannotProtect(Reason.NOTHING_LEFT, max(raw.dimensions, key=lambda d: len(d.codes)).name)
    return table


def audit(
    ledger: Ledger, new: PublishedTable, truth: RawTable, policy: Policy, insiders: Sequence[RawTable] = ()
) -> list[tuple[int, Bounds]]:
    """Attack everything released, with the new table: what comes out exactly or too narrowly. Empty when safe.

    Each finding says which attacker: 0 is the public, 1 the first insider. Where an old count is withheld its truth is
    not kept, so it must stay wide unless the bounds themselves show that it is zero or large.
    """
    earlier = ledger.about(new.population)
    system = System([*earlier, new])
    before = Attacker(system, earlier)
    found = []
    for number, view in enumerate(_views(truth, policy, earlier, insiders)):
        attacker = Attacker(system, [*earlier, new], view.floors(system))
        known = [need.quantity for need in view.needs]
        asked = [*known, *([] if number else _unknown(new, earlier, system))]
        rows = system.rows(asked)
        low, high = attacker.witness(rows)
        fine = high - low >= policy.width - MOVED
        fine[len(known) :] |= _are_harmless(asked, high, attacker.knows_zero(rows), policy)[len(known) :]
        for at in np.flatnonzero(~fine):
            row = rows[[at]].toarray()[0]
            bounds = Bounds(asked[at], *attacker.bound(row))
            if bounds.high - bounds.low >= policy.width:
                continue
            if at < len(known) or (not _is_harmless(bounds, policy) and _is_wide(before.bound(row), policy)):
                found.append((number, bounds))
    return found


def _is_wide(bounds: tuple[float, float], policy: Policy) -> bool:
    return bounds[1] - bounds[0] >= policy.width


def _are_harmless(
    asked: Sequence[Quantity], high: Vector, zero: NDArray[np.bool_], policy: Policy
) -> NDArray[np.bool_]:
    """A shortcut past exact bounds: where so much is possible, the bounds are either wide or all large."""
    places = [quantity.terms[0].place for quantity in asked]
    enough = np.array([policy.threshold_at(place) + policy.width - 1 for place in places])
    allowed = np.array([not policy.is_out_of_bounds(place) for place in places], dtype=bool)
    return allowed & ((high >= enough) | zero)


def _is_harmless(bounds: Bounds, policy: Policy) -> bool:
    """Zero, or too large to be small, whatever the truth is."""
    place = bounds.quantity.terms[0].place
    if policy.is_out_of_bounds(place):
        return False
    return not any(policy.is_small(place, count) for count in range(int(bounds.low), int(bounds.high) + 1))


def _flows(new: Shape, earlier: Sequence[PublishedTable]) -> Iterator[tuple[Place, int | None, Quantity]]:
    """The differences between the new table and each earlier one, with what the earlier one shows."""
    here = {place_of(new, cell) for cell in cells_of(new)}
    for old in earlier:
        if pair := order(new, old):
            for cell, shown in old.cells.items():
                if (place := place_of(old, cell)) in here:
                    yield place, shown, Quantity.difference((pair[0], place), (pair[1], place))


def _unknown(new: Shape, earlier: Sequence[PublishedTable], system: System) -> list[Quantity]:
    """What earlier releases withhold, the differences to the new one, and times that only subtraction shows."""
    differences = [flow for _, shown, flow in _flows(new, earlier) if shown is None]
    return [*withheld(earlier), *differences, *(system.stretches([*earlier, new]) if earlier else [])]


def _views(
    raw: RawTable, policy: Policy, earlier: Sequence[PublishedTable], insiders: Sequence[RawTable]
) -> list[View]:
    truth = raw.with_margins()
    needs = [
        *_cell_needs(raw, truth, policy),
        *_group_needs(raw, truth, policy),
        *_flow_needs(raw, truth, policy, earlier),
    ]
    return [View(needs, None), *(View(list(_insider_needs(raw, truth, policy, own)), own) for own in insiders)]


def _need(policy: Policy, quantity: Quantity, low: int) -> Need:
    return Need(quantity, low, low + policy.width)


def _cell_needs(raw: RawTable, truth: Mapping[Cell, int], policy: Policy) -> Iterator[Need]:
    for cell, count in truth.items():
        place = place_of(raw, cell)
        if policy.is_small(place, count) or policy.is_out_of_bounds(place):
            yield _need(policy, Quantity.cell(raw, place), max(count - 1, 0))


def _group_needs(raw: RawTable, truth: Mapping[Cell, int], policy: Policy) -> Iterator[Need]:
    """If all of a small group have one attribute, the group tells it of each of them: hide that nobody lacks it."""
    for whole, count in truth.items():
        for axis, dimension in enumerate(raw.dimensions):
            if whole[axis] != TOTAL or len(dimension.codes) == 1 or not 0 < count < policy.small_group:
                continue
            parts = [(*whole[:axis], code, *whole[axis + 1 :]) for code in dimension.codes]
            for part in (part for part in parts if truth[part] == count):
                place = place_of(raw, part)
                yield _need(policy, Quantity.difference((raw, place_of(raw, whole)), (raw, place)), 0)
                if not policy.is_small(place, count):
                    yield _need(policy, Quantity.cell(raw, place), max(count - policy.width, 0))


def _flow_needs(
    raw: RawTable, truth: Mapping[Cell, int], policy: Policy, earlier: Sequence[PublishedTable]
) -> Iterator[Need]:
    counts = {place_of(raw, cell): count for cell, count in truth.items()}
    for place, shown, quantity in _flows(raw, earlier):
        if shown is not None:
            more, less = (counts[place] if term.shape is raw else shown for term in quantity.terms)
            if policy.is_small(place, more - less):
                nested = quantity.terms[0].shape.revision == quantity.terms[1].shape.revision
                yield _need(policy, quantity, max(more - less - 1, 0) if nested else more - less - 1)


def _insider_needs(raw: RawTable, truth: Mapping[Cell, int], policy: Policy, own: RawTable) -> Iterator[Need]:
    if (own.dimensions, own.period, own.population) != (raw.dimensions, raw.period, raw.population):
        raise ValueError("an insider's table has the shape of the whole table")
    held = own.with_margins()
    for cell, count in truth.items():
        rest, place = count - held[cell], place_of(raw, cell)
        if rest < 0:
            raise ValueError("an insider holds more than the whole table")
        if policy.is_small(place, rest):
            yield _need(policy, Quantity.cell(raw, place), held[cell] + max(rest - 1, 0))


class _Suppression:
    """Grows the set of withheld cells, each time by the cheapest way to make one more range of values possible.

    Every solution found stays possible when more is withheld, so it is kept as a witness for all other needs.
    """

    def __init__(
        self, raw: RawTable, policy: Policy, earlier: Sequence[PublishedTable], insiders: Sequence[RawTable]
    ) -> None:
        self.raw, self.policy = raw, policy
        self.views = _views(raw, policy, earlier, insiders)
        self._cells = cells_of(raw)
        self._truth = raw.with_margins()
        self._system = System([*earlier, raw])
        self._before = Attacker(self._system, earlier)
        if not Attacker(self._system, [*earlier, _publish(raw, policy, self._truth, ())]).is_possible():
            raise CannotProtect(Reason.CONTRADICTS)
        self._floors = [view.floors(self._system) for view in self.views]
        self._counts = np.array([self._truth[cell] for cell in self._cells], dtype=float)
        self._weights = np.array([_weight(cell, self._truth[cell]) for cell in self._cells])
        self._rows = self._system.rows([Quantity.cell(raw, place_of(raw, cell)) for cell in self._cells])
        self._equal, self._values = self._equations()
        self._witnesses: list[tuple[int, Vector]] = []
        self._primary = self._find_primary(earlier)
        self.hidden = set(self._primary)

    def _equations(self) -> tuple[csr_array, Vector]:
        """Unknowns: the finest cells, and for each new cell how far it is moved up and down from the truth."""
        count, old = len(self._cells), self._before.equal
        moves = hstack([-eye_array(count), eye_array(count)])
        none = csr_array((old.shape[0], 2 * count))
        equal = vstack([hstack([old, none]), hstack([self._rows, moves])], format="csr")
        return equal, np.concatenate([self._before.values, self._counts])

    def _find_primary(self, earlier: Sequence[PublishedTable]) -> set[int]:
        """Cells with a need of their own, an end of a small flow, and what was withheld before stays withheld."""
        needs = [need for view in self.views for need in view.needs]
        needed = {next(t.place for t in reversed(need.quantity.terms) if t.shape is self.raw) for need in needs}
        needed |= {
            place_of(old, cell)
            for old in earlier
            if old.period == self.raw.period and old.policy_version == self.policy.version
            for cell, shown in old.cells.items()
            if shown is None
        }
        return {at for at, cell in enumerate(self._cells) if place_of(self.raw, cell) in needed}

    def open(self, number: int, need: Need) -> None:
        """Make the whole range of a need possible for the attacker of that number."""
        row = self._system.rows([need.quantity]).toarray()[0]
        if self._reach(number, row, need.low, -1) and self._reach(number, row, need.high, 1):
            return
        self._open_within(number, row, need.low)

    def widen(self, number: int, bounds: Bounds) -> None:
        """Make an old quantity wide again, upwards if that can be."""
        row = self._system.rows([bounds.quantity]).toarray()[0]
        width = self.policy.width
        if not (self._reach(number, row, bounds.low + width, 1) or self._reach(number, row, bounds.high - width, -1)):
            self._open_within(number, row, bounds.low)

    def _open_within(self, number: int, row: Vector, low: float) -> None:
        """Earlier releases leave less room than wanted: take the width where they still leave it."""
        least, most = self._before.bound(row)
        low = min(max(low, least), most - self.policy.width)
        if low < least or not (
            self._reach(number, row, low, -1) and self._reach(number, row, low + self.policy.width, 1)
        ):
            raise CannotProtect(Reason.ALREADY_KNOWN)

    def _reach(self, number: int, row: Vector, target: float, sign: int) -> bool:
        """Whether the quantity can be as far as the target; withholds what that takes, at least cost."""
        if any(view == number and sign * (row @ x) >= sign * target - MOVED for view, x in self._witnesses):
            return True
        found = self._solve(number, row, target, sign)
        if found.status != 0:
            return False
        finest, up, down = np.split(found.x, [self._system.size, self._system.size + len(self._cells)])
        self.hidden |= set(np.flatnonzero(up + down > MOVED).tolist())
        self._witnesses.append((number, finest))
        return True

    def _solve(self, number: int, row: Vector, target: float, sign: int) -> Any:
        weights = self._weights.copy()
        weights[list(self.hidden)] = 0
        below, limits = [csr_array(-sign * row[np.newaxis, :])], [np.array([-sign * target])]
        if (floor := self._floors[number]) is not None:
            below.append(-floor[0])
            limits.append(-floor[1])
        upper = vstack(below)
        padded = hstack([upper, csr_array((upper.shape[0], 2 * len(self._cells)))], format="csr")
        cost = np.concatenate([np.zeros(self._system.size), weights, weights])
        return linprog(
            cost, A_ub=padded, b_ub=np.concatenate(limits), A_eq=self._equal, b_eq=self._values, method="highs"
        )

    def give_back(self) -> None:
        """Show again each cell that no need depends on: those whose witnesses leave it alone suffice."""
        solutions = np.array([x for _, x in self._witnesses]).reshape(-1, self._system.size)
        numbers = np.array([number for number, _ in self._witnesses])
        moved = np.abs(self._rows @ solutions.T - self._counts[:, np.newaxis]) > MOVED
        serves = np.vstack([*self._serving(solutions, numbers), np.ones((0, len(numbers)), dtype=bool)])
        alive = np.ones(len(numbers), dtype=bool)
        for at in sorted(self.hidden - self._primary, key=lambda at: -self._weights[at] * (1 + self._counts[at])):
            rest = alive & ~moved[at]
            if serves[:, rest].any(axis=1).all():
                alive = rest
                self.hidden.discard(at)
        self._witnesses = [witness for witness, kept in zip(self._witnesses, alive, strict=True) if kept]

    def _serving(self, solutions: Vector, numbers: NDArray[np.intp]) -> Iterator[NDArray[np.bool_]]:
        """For each need, which witnesses reach its low end, and which its high end (or the best that was reached)."""
        for number, view in enumerate(self.views):
            values = self._system.rows([need.quantity for need in view.needs]) @ solutions.T
            values = np.where(numbers == number, values, np.nan)
            if len(view.needs) and values.size:
                lows = np.array([[need.low] for need in view.needs])
                highs = np.array([[need.high] for need in view.needs])
                yield values <= np.maximum(lows, np.nanmin(values, axis=1, keepdims=True)) + MOVED
                yield values >= np.minimum(highs, np.nanmax(values, axis=1, keepdims=True)) - MOVED

    def table(self) -> PublishedTable:
        return _publish(self.raw, self.policy, self._truth, [self._cells[at] for at in self.hidden])


def _weight(cell: Cell, count: int) -> float:
    """What withholding a cell costs the reader, for each person it is moved by. Shown zeros are dear."""
    margin = 3.0 ** cell.count(TOTAL)
    return margin * (8.0 if count == 0 else 1 + math.log2(1 + count))


def _publish(raw: RawTable, policy: Policy, truth: Mapping[Cell, int], hidden: Sequence[Cell]) -> PublishedTable:
    """Not yet checked: only `protect` lets it out."""
    return PublishedTable(
        name=raw.name,
        population=raw.population,
        dimensions=raw.dimensions,
        period=raw.period,
        revision=raw.revision,
        cells={**truth, **dict.fromkeys(hidden)},
        policy_version=policy.version,
        notes=raw.notes,
        proof=_PROOF,
    )
