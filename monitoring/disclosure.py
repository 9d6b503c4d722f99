"""From counts to a table that may leave the house.

`protect` withholds small counts, then as many others as it takes that nobody can work the small ones out: not from
this table, not together with anything released before, not by comparing two releases. Nothing else makes a
PublishedTable.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import combinations, islice, product
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from monitoring.inference import Attacker, Bounds, Mask, Quantity, Reach, Stretch, System, Vector, order, withheld
from monitoring.ledger import (
    _PROOF,
    TOTAL,
    Cell,
    Dimension,
    Ledger,
    Period,
    Place,
    PublishedTable,
    Rounding,
    Shape,
    cells_of,
    place_of,
)
from monitoring.optimum import Demand, Known, NewCells, cheapest

NEVER_BELOW = 3
MOST_DIMENSIONS = 3
TRIALS = 60
"""How many cells the heuristic tries to do without, once a safe choice is found."""
FINDINGS = 4
"""How many findings are answered before the attack is made anew: one answer often settles many."""
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

    A sensitive code, and every code of a sensitive dimension, is published for the whole population only. A table
    covers whole runs of `months` of the calendar (3: quarters), because shorter times tell more than anyone needs. With
    `rounding`, what is shown is given to the nearest multiple of it; it is odd, so that nearest is never in doubt.
    """

    version: str
    threshold: int = 10
    width: int = 5
    min_denominator: int = 10
    sensitive_threshold: int = 10
    small_group: int = 20
    months: int = 3
    rounding: int | None = None
    sensitive: Mapping[str, frozenset[str]] = field(default_factory=lambda: {"flag": SENSITIVE})
    sensitive_dimensions: frozenset[str] = SENSITIVE

    def __post_init__(self) -> None:
        if min(self.threshold, self.sensitive_threshold, self.min_denominator, self.width) < NEVER_BELOW:
            raise ValueError(f"no threshold may be below {NEVER_BELOW}")
        if self.rounding is not None and (self.rounding < NEVER_BELOW or self.rounding % 2 == 0):
            raise ValueError(f"the base of rounding is odd and at least {NEVER_BELOW}")
        if self.rounding is not None and self.sensitive_threshold > self.threshold:
            raise ValueError("numbers that are rounded have one threshold")  # a file states one least number

    def allows(self, period: Period) -> bool:
        return period.months.start % self.months == 0 and period.months.stop % self.months == 0

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
PUBLIC_ROUNDED = Policy("public-rounded-1", threshold=10, rounding=5)
"""The 10-5 rule: nothing below 10 is shown, everything else to the nearest 5."""


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
    TOO_SHORT = "too_short"
    NOTHING_LEFT = "nothing_left"
    ALREADY_KNOWN = "already_known"
    CONTRADICTS = "contradicts"


class CannotProtect(Exception):
    """No safe table exists. `coarsen` names the dimension to make coarser; None when that would not help."""

    def __init__(self, reason: Reason, coarsen: str | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.coarsen = coarsen


@dataclass(frozen=True)
class Insider:
    """What a partner knows without any release: how many of the people counted are its own clients.

    `tables` count them as finely as the partner can, over the shortest times there are; where none covers a time, the
    partner has no clients in it. A second cut of the same clients is not needed if one table has all the dimensions.
    """

    tables: tuple[RawTable, ...]

    @cached_property
    def _cuts(self) -> dict[frozenset[str], dict[tuple[Period, int], dict[Place, int]]]:
        cuts: dict[frozenset[str], dict[tuple[Period, int], dict[Place, int]]] = {}
        for table in self.tables:
            places = {place_of(table, cell): count for cell, count in table.with_margins().items() if count}
            cuts.setdefault(frozenset(d.name for d in table.dimensions), {})[table.period, table.revision] = places
        return cuts

    def holds(self, quantity: Quantity) -> int:
        return sum(term.sign * self._count(term.shape, term.place) for term in quantity.terms)

    def _count(self, shape: Shape, place: Place) -> int:
        names = {name for name, _ in place}
        cut = self._cuts.get(min((cut for cut in self._cuts if names <= cut), key=len, default=frozenset()), {})
        inside = {p for p, _ in cut if p.months.start in shape.period.months and p.months[-1] in shape.period.months}
        newest = {p: max(r for q, r in cut if q == p and r <= shape.revision) for p in inside}
        return sum(cut[each].get(place, 0) for each in newest.items())

    def floors(self, system: System, shapes: Sequence[Shape]) -> tuple[csr_array, Vector]:
        """Nobody is counted fewer times than the insider knows of, in each shortest time that can be told apart."""
        population = shapes[0].population
        held: dict[Quantity, int] = {}
        for time in dict.fromkeys((s.period, s.revision) for s in system.shortest(shapes)):
            for cross, table in product(system.crosses, self.tables):
                dimensions = tuple(d for d in table.dimensions if d.name in cross)
                part = Stretch(population, dimensions, *time)
                for codes in product(*(d.codes for d in dimensions)):
                    cell = Quantity.cell(part, place_of(part, codes))
                    if cell not in held and (count := self.holds(cell)):
                        held[cell] = count
        return system.rows(list(held)), np.array(list(held.values()), dtype=float)


class Need(NamedTuple):
    """An attacker must find everything from `low` to `high` possible; the truth lies between."""

    quantity: Quantity
    low: int
    high: int
    why: "Why"


class Why(StrEnum):
    """For what reason a number is withheld; the first that holds."""

    SMALL = "small"
    SENSITIVE = "sensitive"
    WHOLE_GROUP = "whole_group"
    DIFFERENCE = "difference"
    PARTNER = "partner"
    COMPLEMENTARY = "complementary"


class View(NamedTuple):
    """One attacker: what must stay hidden from them, and what they know of their own."""

    needs: list[Need]
    insider: Insider | None

    def floors(self, system: System, shapes: Sequence[Shape]) -> tuple[csr_array, Vector] | None:
        return self.insider.floors(system, shapes) if self.insider else None

    def holds(self, quantities: Sequence[Quantity]) -> Vector:
        return np.array([self.insider.holds(q) if self.insider else 0 for q in quantities], dtype=float)


def protect(
    raw: RawTable, policy: Policy, ledger: Ledger, insiders: Sequence[Insider] = (), *, optimum: float | None = None
) -> PublishedTable:
    """The table, safe to release to those who hold the ledger. Raises CannotProtect.

    What remains of a cell without an insider's own clients is protected from that insider as a small count is from
    everyone. `optimum` is how many seconds may be spent on looking for the cheapest set of cells to withhold; without
    it, or when time runs out first, a heuristic chooses.
    """
    if not policy.allows(raw.period):
        raise CannotProtect(Reason.TOO_SHORT)
    work = _Suppression(raw, policy, ledger.about(raw.population), insiders)
    work.choose()
    if optimum is not None:
        work.improve(optimum)
    table = work.table()
    while found := list(islice(_attack(ledger, table, raw, policy, insiders, work.witnesses), FINDINGS)):
        hidden = len(work.hidden)
        for number, bounds in found:
            work.widen(number, bounds)
        if len(work.hidden) == hidden:
            raise CannotProtect(Reason.ALREADY_KNOWN, _widest(raw, found[0][1].quantity))
        table = work.table()
    if any(raw.counts.values()) and not any(table.cells.values()):
        raise CannotProtect(Reason.NOTHING_LEFT, max(raw.dimensions, key=lambda d: len(d.codes)).name)
    return table


def _widest(raw: RawTable, quantity: Quantity) -> str | None:
    """The dimension with most codes among those that the quantity is cut by."""
    cut = {name for term in quantity.terms for name, _ in term.place}
    among = [dimension for dimension in raw.dimensions if dimension.name in cut]
    return max(among, key=lambda d: len(d.codes)).name if among else None


def explain(
    table: PublishedTable, raw: RawTable, policy: Policy, ledger: Ledger, insiders: Sequence[Insider] = ()
) -> dict[Why, int]:
    """How many cells are withheld for what reason: for those who approve the release, and for nobody else.

    Readers get the sum only. Who knows that every gap is a small number knows that each is below the threshold, and
    two such gaps can be exact: 9 and 9 are the only two that make 18.
    """
    reasons = _reasons(raw, policy, ledger.about(raw.population), insiders)
    found = Counter(
        reasons.get(place_of(table, cell), Why.COMPLEMENTARY) for cell, value in table.cells.items() if value is None
    )
    return {why: found[why] for why in Why}


def _reasons(
    raw: RawTable, policy: Policy, earlier: Sequence[PublishedTable], insiders: Sequence[Insider]
) -> dict[Place, Why]:
    """Cells with a need of their own, an end of a small flow, and what was withheld before stays withheld."""
    reasons: dict[Place, Why] = {}
    for need in (need for view in _views(raw, policy, earlier, insiders) for need in view.needs):
        reasons.setdefault(next(t.place for t in reversed(need.quantity.terms) if t.shape is raw), need.why)
    for old in earlier:
        if old.period == raw.period and old.policy_version == policy.version:
            for place in (place_of(old, cell) for cell, shown in old.cells.items() if shown is None):
                reasons.setdefault(place, Why.DIFFERENCE)
    return reasons


def audit(
    ledger: Ledger, new: PublishedTable, truth: RawTable, policy: Policy, insiders: Sequence[Insider] = ()
) -> list[tuple[int, Bounds]]:
    """Attack everything released, with the new table: what comes out exactly or too narrowly. Empty when safe.

    Each finding says which attacker: 0 is the public, 1 the first insider. Where an old count is withheld its truth is
    not kept, so it must stay wide unless the bounds themselves show that it is zero or large.
    """
    return list(_attack(ledger, new, truth, policy, insiders, ()))


def _attack(
    ledger: Ledger,
    new: PublishedTable,
    truth: RawTable,
    policy: Policy,
    insiders: Sequence[Insider],
    witnesses: Sequence[tuple[int, Vector]],
) -> Iterator[tuple[int, Bounds]]:
    """`witnesses` are solutions that may save work; each is tried against what is published before it counts."""
    earlier = ledger.about(new.population)
    shapes: list[Shape] = [*earlier, new]
    system = System(shapes)
    for number, view in enumerate(_views(truth, policy, earlier, insiders)):
        floors = view.floors(system, shapes)
        before, attacker = Attacker(system, earlier, floors), Attacker(system, [*earlier, new], floors)
        known = [need.quantity for need in view.needs]
        asked = _Asked([*known, *_unknown(new, earlier, system)], len(known), view, policy)
        reach = Reach(system.rows(asked.quantities))
        for solution in (solution for who, solution in witnesses if who == number and attacker.allows(solution)):
            reach.include(solution)
        attacker.push(reach, asked.narrow)
        doubtful = asked.narrow(reach)
        doubtful[doubtful] = ~asked.settled(reach, attacker.determines(reach.rows[doubtful]), doubtful)
        for at in np.flatnonzero(doubtful).tolist():
            row = reach.rows[[at]].toarray()[0]
            bounds = Bounds(asked.quantities[at], *attacker.bound(row))
            if bounds.high - bounds.low >= policy.width:
                continue
            if at < len(known) or (not asked.is_harmless(at, bounds) and _is_wide(before.bound(row), policy)):
                yield number, bounds


@dataclass
class _Asked:
    """What one attacker is asked for: first what the truth says is small, then what only the bounds can clear."""

    quantities: list[Quantity]
    known: int
    view: View
    policy: Policy

    def __post_init__(self) -> None:
        self.held = self.view.holds(self.quantities)
        places = [quantity.terms[0].place for quantity in self.quantities]
        enough = np.array([self.policy.threshold_at(place) + self.policy.width - 1 for place in places])
        barred = np.array([self.policy.is_out_of_bounds(place) for place in places], dtype=bool)
        barred[: self.known] = True
        self._enough = np.where(barred, math.inf, enough + self.held)

    def narrow(self, reach: Reach) -> Mask:
        """Not yet cleared. Where so much is possible, the bounds are either wide or all large."""
        return np.asarray((reach.width < self.policy.width - MOVED) & (reach.high < self._enough))

    def settled(self, reach: Reach, determined: Mask, among: Mask) -> Mask:
        """Those with one possible value that gives nobody away."""
        clear = [
            self.is_harmless(at, Bounds(self.quantities[at], math.ceil(low - MOVED), math.floor(low + MOVED)))
            for at, low in zip(np.flatnonzero(among).tolist(), np.round(reach.low[among], 6), strict=True)
        ]
        return np.asarray(determined & (np.flatnonzero(among) >= self.known) & np.array(clear, dtype=bool))

    def is_harmless(self, at: int, bounds: Bounds) -> bool:
        """Zero, or too large to be small, whatever the truth is."""
        place, held = self.quantities[at].terms[0].place, int(self.held[at])
        if self.policy.is_out_of_bounds(place) or math.isinf(bounds.low) or math.isinf(bounds.high):
            return False
        possible = range(int(bounds.low) - held, int(bounds.high) - held + 1)
        return not any(self.policy.is_small(place, count) for count in possible)


def _is_wide(bounds: tuple[float, float], policy: Policy) -> bool:
    return bounds[1] - bounds[0] >= policy.width


def _flows(new: Shape, earlier: Sequence[PublishedTable]) -> Iterator[tuple[Place, int | None, Quantity]]:
    """The differences between the new table and each earlier one, with what the earlier one shows exactly."""
    here = {place_of(new, cell) for cell in cells_of(new)}
    for old in earlier:
        if pair := order(new, old):
            for cell, value in old.cells.items():
                if (place := place_of(old, cell)) in here:
                    shown = None if old.rounding else value
                    yield place, shown, Quantity.difference((pair[0], place), (pair[1], place))


def _unknown(new: Shape, earlier: Sequence[PublishedTable], system: System) -> list[Quantity]:
    """What earlier releases withhold, the differences to the new one, and times that only subtraction shows."""
    differences = [flow for _, shown, flow in _flows(new, earlier) if shown is None]
    return [*withheld(earlier), *differences, *(system.stretches([*earlier, new]) if earlier else [])]


def _views(raw: RawTable, policy: Policy, earlier: Sequence[PublishedTable], insiders: Sequence[Insider]) -> list[View]:
    truth = raw.with_margins()
    needs = [
        *_cell_needs(raw, truth, policy),
        *_group_needs(raw, truth, policy),
        *_flow_needs(raw, truth, policy, earlier),
    ]
    return [
        View(needs, None),
        *(View(list(_insider_needs(raw, truth, policy, earlier, who)), who) for who in insiders),
    ]


def _need(policy: Policy, quantity: Quantity, low: int, why: Why) -> Need:
    return Need(quantity, low, low + policy.width, why)


def _cell_needs(raw: RawTable, truth: Mapping[Cell, int], policy: Policy) -> Iterator[Need]:
    for cell, count in truth.items():
        place = place_of(raw, cell)
        if policy.is_small(place, count) or policy.is_out_of_bounds(place):
            why = Why.SENSITIVE if policy.is_out_of_bounds(place) else Why.SMALL
            yield _need(policy, Quantity.cell(raw, place), max(count - 1, 0), why)


def _group_needs(raw: RawTable, truth: Mapping[Cell, int], policy: Policy) -> Iterator[Need]:
    """If all of a small group have one attribute, the group tells it of each of them: hide that nobody lacks it."""
    for whole, count in truth.items():
        for axis, dimension in enumerate(raw.dimensions):
            if whole[axis] != TOTAL or len(dimension.codes) == 1 or not 0 < count < policy.small_group:
                continue
            parts = [(*whole[:axis], code, *whole[axis + 1 :]) for code in dimension.codes]
            for part in (part for part in parts if truth[part] == count):
                place = place_of(raw, part)
                lacking = Quantity.difference((raw, place_of(raw, whole)), (raw, place))
                yield _need(policy, lacking, 0, Why.WHOLE_GROUP)
                if not policy.is_small(place, count):
                    yield _need(policy, Quantity.cell(raw, place), max(count - policy.width, 0), Why.WHOLE_GROUP)


def _flow_needs(
    raw: RawTable,
    truth: Mapping[Cell, int],
    policy: Policy,
    earlier: Sequence[PublishedTable],
    insider: Insider | None = None,
) -> Iterator[Need]:
    counts = {place_of(raw, cell): count for cell, count in truth.items()}
    for place, shown, quantity in _flows(raw, earlier):
        if shown is None:
            continue
        more, less = (counts[place] if term.shape is raw else shown for term in quantity.terms)
        held = insider.holds(quantity) if insider else 0
        if policy.is_small(place, more - less - held):
            nested = quantity.terms[0].shape.revision == quantity.terms[1].shape.revision
            least = held if nested else -math.inf
            yield _need(policy, quantity, int(max(more - less - 1, least)), Why.DIFFERENCE)


def _insider_needs(
    raw: RawTable, truth: Mapping[Cell, int], policy: Policy, earlier: Sequence[PublishedTable], insider: Insider
) -> Iterator[Need]:
    for cell, count in truth.items():
        place = place_of(raw, cell)
        quantity = Quantity.cell(raw, place)
        held = insider.holds(quantity)
        if count < held:
            raise ValueError("an insider holds more than the whole table")
        if policy.is_small(place, count - held):
            yield _need(policy, quantity, held + max(count - held - 1, 0), Why.PARTNER)
    for need in _flow_needs(raw, truth, policy, earlier, insider):
        yield need._replace(why=Why.PARTNER)


def _met(solutions: Vector, demand: Demand) -> Mask:
    return np.asarray(demand.sign * (solutions @ demand.row) >= demand.sign * demand.target - MOVED)


def _meets(solution: Vector, demand: Demand) -> bool:
    return bool(_met(solution[np.newaxis, :], demand)[0])


class _Suppression:
    """Grows the set of withheld cells, each time by the cheapest way to make one more range of values possible.

    Every solution found stays possible when more is withheld, so it is kept as a witness for all other needs.
    """

    def __init__(
        self, raw: RawTable, policy: Policy, earlier: Sequence[PublishedTable], insiders: Sequence[Insider]
    ) -> None:
        self.raw, self.policy = raw, policy
        self.views = _views(raw, policy, earlier, insiders)
        self._cells = cells_of(raw)
        self._truth = raw.with_margins()
        shapes: list[Shape] = [*earlier, raw]
        self._system = System(shapes)
        self._before = Attacker(self._system, earlier)
        if not Attacker(
            self._system, [*earlier, _publish(raw, replace(policy, rounding=None), self._truth, ())]
        ).is_possible():
            raise CannotProtect(Reason.CONTRADICTS)
        self._known = [self._knowledge(view.floors(self._system, shapes)) for view in self.views]
        self._counts = np.array([self._truth[cell] for cell in self._cells], dtype=float)
        self.costs = np.array([_cost(cell, self._truth[cell]) for cell in self._cells])
        self._rows = self._system.rows([Quantity.cell(raw, place_of(raw, cell)) for cell in self._cells])
        self._equal, self._values = self._equations()
        self._slack = np.array([_behind(raw, policy, cell, self._truth[cell]) for cell in self._cells]) - np.reshape(
            self._counts, (-1, 1)
        )
        self.witnesses: list[tuple[int, Vector]] = []
        self._demands: list[Demand] = []
        reasons = _reasons(raw, policy, earlier, insiders)
        self._primary = {at for at, cell in enumerate(self._cells) if place_of(raw, cell) in reasons}
        self.hidden = set(self._primary)

    def _knowledge(self, floors: tuple[csr_array, Vector] | None) -> Known:
        before = self._before
        below = [before.below, *([] if floors is None else [-floors[0]])]
        limits = [before.limits, *([] if floors is None else [-floors[1]])]
        return Known(before.equal, before.values, vstack(below, format="csr"), np.concatenate(limits))

    def _equations(self) -> tuple[csr_array, Vector]:
        """Unknowns: the finest cells, and for each new cell how far it is moved up and down from the truth.

        And how far it may differ without being withheld, where what is shown is rounded.
        """
        count, old = len(self._cells), self._before.equal
        moves = hstack([-eye_array(count), eye_array(count), -eye_array(count)])
        none = csr_array((old.shape[0], 3 * count))
        equal = vstack([hstack([old, none]), hstack([self._rows, moves])], format="csr")
        return equal, np.concatenate([self._before.values, self._counts])

    def choose(self) -> None:
        """Near the cheapest choice: every need opened, small ones first, then doing without what can be spared."""
        for number, view in enumerate(self.views):
            for need in sorted(view.needs, key=lambda need: need.high):
                self.open(number, need)
        self.give_back()
        self.refine()

    def open(self, number: int, need: Need) -> None:
        """Make the whole range of a need possible for the attacker of that number."""
        row = self._system.rows([need.quantity]).toarray()[0]
        ends = Demand(number, row, need.low, -1), Demand(number, row, need.high, 1)
        if all(map(self._reach, ends)):
            self._demands += ends
        else:
            self._open_within(number, need.quantity, row, need.low)

    def widen(self, number: int, bounds: Bounds) -> None:
        """Make an old quantity wide again, upwards if that can be."""
        row = self._system.rows([bounds.quantity]).toarray()[0]
        width = self.policy.width
        for end in (Demand(number, row, bounds.low + width, 1), Demand(number, row, bounds.high - width, -1)):
            if self._reach(end):
                return
        self._open_within(number, bounds.quantity, row, bounds.low)

    def _open_within(self, number: int, quantity: Quantity, row: Vector, low: float) -> None:
        """Earlier releases leave less room than wanted: take the width where they still leave it."""
        least, most = self._before.bound(row)
        low = min(max(low, least), most - self.policy.width)
        ends = Demand(number, row, low, -1), Demand(number, row, low + self.policy.width, 1)
        if low < least or not all(map(self._reach, ends)):
            raise CannotProtect(Reason.ALREADY_KNOWN, _widest(self.raw, quantity))
        self._demands += ends

    def _reach(self, demand: Demand, barred: frozenset[int] = frozenset()) -> bool:
        """Whether the quantity can be as far as is asked; withholds what that takes, at least cost."""
        if any(_meets(x, demand) for who, x in self.witnesses if who == demand.attacker):
            return True
        found = self._solve(demand, barred)
        if found.status != 0:
            return False
        finest, up, down, _ = np.split(found.x, self._system.size + len(self._cells) * np.arange(3))
        self.hidden |= set(np.flatnonzero(up + down > MOVED).tolist())
        self.witnesses.append((demand.attacker, finest))
        return True

    def _solve(self, demand: Demand, barred: frozenset[int]) -> Any:
        number, row, target, sign = demand
        weights = self.costs.copy()
        weights[list(self.hidden)] = 0
        below = [csr_array(-sign * row[np.newaxis, :]), self._known[number].below]
        limits = [np.array([-sign * target]), self._known[number].limits]
        upper, count = vstack(below), len(self._cells)
        padded = hstack([upper, csr_array((upper.shape[0], 3 * count))], format="csr")
        cost = np.concatenate([np.zeros(self._system.size), weights, weights, np.zeros(count)])
        ends = np.vstack([np.tile([0, np.inf], (self._system.size + 2 * count, 1)), self._slack])
        still = self._system.size + np.array(sorted(barred), dtype=np.intp)
        ends[[*still, *(still + count)], 1] = 0
        return linprog(
            cost,
            A_ub=padded,
            b_ub=np.concatenate(limits),
            A_eq=self._equal,
            b_eq=self._values,
            bounds=ends,
            method="highs",
        )

    def give_back(self) -> None:
        """Show again each cell that no demand depends on: those whose witnesses leave it alone suffice."""
        solutions = np.array([x for _, x in self.witnesses]).reshape(-1, self._system.size)
        numbers = np.array([number for number, _ in self.witnesses])
        moved = self._moved(solutions)
        serves = np.array([(numbers == d.attacker) & _met(solutions, d) for d in self._demands], dtype=bool)
        serves = serves.reshape(len(self._demands), len(numbers))
        alive = np.ones(len(numbers), dtype=bool)
        for at in sorted(self.hidden - self._primary, key=lambda at: -self.costs[at]):
            rest = alive & ~moved[at]
            if serves[:, rest].any(axis=1).all():
                alive = rest
                self.hidden.discard(at)
        self.witnesses = [witness for witness, kept in zip(self.witnesses, alive, strict=True) if kept]

    def _moved(self, solutions: Vector) -> Mask:
        """Which cells would not be shown as they are, cell by solution."""
        away = self._rows @ solutions.T - self._counts[:, np.newaxis]
        return np.asarray((away < self._slack[:, :1] - MOVED) | (away > self._slack[:, 1:] + MOVED))

    @property
    def cost(self) -> float:
        return float(self.costs[list(self.hidden)].sum())

    def refine(self, trials: int = TRIALS) -> None:
        """Try to do without one more cell that need not be withheld, dearest first, then two; keep what is cheaper."""
        tried: set[frozenset[int]] = set()
        while trials and (ats := self._dearest(tried)):
            tried.add(ats)
            trials -= 1
            if self._do_without(ats):
                tried = {ats}

    def _dearest(self, tried: set[frozenset[int]]) -> frozenset[int] | None:
        order = sorted(self.hidden - self._primary, key=lambda at: (-self.costs[at], at))
        every = (frozenset(ats) for size in (1, 2) for ats in combinations(order, size))
        return next((ats for ats in every if ats not in tried), None)

    def _do_without(self, ats: frozenset[int]) -> bool:
        hidden, witnesses, cost = set(self.hidden), list(self.witnesses), self.cost
        solutions = np.array([x for _, x in witnesses]).reshape(-1, self._system.size)
        moved = np.any(self._moved(solutions)[list(ats)], axis=0).tolist()
        self.witnesses = [w for w, gone in zip(witnesses, moved, strict=True) if not gone]
        self.hidden -= ats
        for demand in self._demands:
            if not self._reach(demand, ats) or self.cost >= cost * 2:
                break
        else:
            self.give_back()
            if self.cost < cost - MOVED:
                return True
        self.hidden, self.witnesses = hidden, witnesses
        return False

    def improve(self, seconds: float) -> bool:
        """Look for the cheapest choice of all; whether what is now withheld is proven to be that."""
        cells = NewCells(self._rows, self._counts, self._slack, self.costs)
        found = cheapest(cells, self._known, self._demands, self._primary, self.policy.width, seconds)
        if found is None:
            return False
        if found.is_proven or self.costs[list(found.hidden)].sum() < self.cost:
            self.hidden = found.hidden
            self.witnesses = [(d.attacker, x) for d, x in zip(self._demands, found.solutions, strict=True)]
        return found.is_proven

    def table(self) -> PublishedTable:
        return _publish(self.raw, self.policy, self._truth, [self._cells[at] for at in self.hidden])


def _cost(cell: Cell, count: int) -> float:
    """What withholding a cell costs the reader. Totals and shown zeros are dear."""
    margin = 3.0 ** cell.count(TOTAL)
    return margin * (8.0 if count == 0 else 1 + math.log2(1 + count))


def _rounding(policy: Policy) -> Rounding | None:
    return Rounding(policy.rounding, policy.threshold) if policy.rounding else None


def _behind(raw: RawTable, policy: Policy, cell: Cell, count: int) -> tuple[int, int]:
    """The counts that would be shown as this one is. A small one is never shown, so that nothing else is."""
    rounding = _rounding(policy)
    if rounding is None or policy.is_small(place_of(raw, cell), count):
        return count, count
    return rounding.behind(rounding.rounded(count))


def _publish(raw: RawTable, policy: Policy, truth: Mapping[Cell, int], hidden: Sequence[Cell]) -> PublishedTable:
    """Not yet checked: only `protect` lets it out."""
    rounding = _rounding(policy)
    shown = {cell: rounding.rounded(count) for cell, count in truth.items()} if rounding else truth
    return PublishedTable(
        name=raw.name,
        population=raw.population,
        dimensions=raw.dimensions,
        period=raw.period,
        revision=raw.revision,
        cells={**shown, **dict.fromkeys(hidden)},
        policy_version=policy.version,
        notes=raw.notes,
        proof=_PROOF,
        rounding=rounding,
    )
