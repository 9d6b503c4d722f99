"""Choosing what to withhold: near the cheapest by linear programs, or the cheapest by an integer program."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from monitoring.inference import Attacker, Bounds, Mask, Quantity, System, Vector
from monitoring.ledger import _PROOF, TOTAL, Cell, PublishedTable, Rounding, Shape, cells_of, place_of
from monitoring.needs import Insider, Need, RawTable, reasons_of, views_of
from monitoring.optimum import Demand, Known, NewCells, cheapest
from monitoring.policy import Policy

EFFORT = 15_000
"""How many unknowns in all programs together the heuristic may spend on other choices, once there is a safe one, and
then again on doing without cells of each choice that it takes further."""
OTHERS = 6
"""How many other choices are looked for, with the needs in another order and with other costs."""
SPREAD = 0.3
"""How far the costs of other choices lie from the true ones: the standard deviation of their logarithm."""
TAKEN_FURTHER = 2
MOVED = 1e-6  # a cell that a solution moves by less stays as it is


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


def _met(solutions: Vector, demand: Demand) -> Mask:
    return np.asarray(demand.sign * (solutions @ demand.row) >= demand.sign * demand.target - MOVED)


def _meets(solution: Vector, demand: Demand) -> bool:
    return bool(_met(solution[np.newaxis, :], demand)[0])


class _Choice(NamedTuple):
    """Cells that make a table safe, what shows that they do, and what withholding them costs the reader."""

    cost: float
    hidden: frozenset[int]
    witnesses: tuple[tuple[int, Vector], ...]
    demands: tuple[Demand, ...]


class Suppression:
    """Grows the set of withheld cells, each time by the cheapest way to make one more range of values possible.

    Every solution found stays possible when more is withheld, so it is kept as a witness for all other needs.
    """

    def __init__(
        self, raw: RawTable, policy: Policy, earlier: Sequence[PublishedTable], insiders: Sequence[Insider]
    ) -> None:
        self.raw, self.policy = raw, policy
        self.views = views_of(raw, policy, earlier, insiders)
        self._cells = cells_of(raw)
        self._truth = raw.with_margins()
        shapes: list[Shape] = [*earlier, raw]
        self._system = System(shapes)
        self._before = Attacker(self._system, earlier)
        if not Attacker(
            self._system, [*earlier, publish(raw, replace(policy, rounding=None), self._truth, ())]
        ).is_possible():
            raise CannotProtect(Reason.CONTRADICTS)
        self._each_before = [Attacker(self._system, earlier, view.floors(self._system, shapes)) for view in self.views]
        self._known = [Known(each.equal, each.values, each.below, each.limits) for each in self._each_before]
        self._counts = np.array([self._truth[cell] for cell in self._cells], dtype=float)
        self.costs = np.array([_cost(cell, self._truth[cell]) for cell in self._cells])
        self._rows = self._system.rows([Quantity.cell(raw, place_of(raw, cell)) for cell in self._cells])
        self._equal, self._values = self._equations()
        self._slack = np.array([_behind(raw, policy, cell, self._truth[cell]) for cell in self._cells]) - np.reshape(
            self._counts, (-1, 1)
        )
        self.witnesses: list[tuple[int, Vector]] = []
        self._demands: list[Demand] = []
        self._programs = 0
        reasons = reasons_of(raw, policy, earlier, insiders)
        self._primary = {at for at, cell in enumerate(self._cells) if place_of(raw, cell) in reasons}
        self.hidden = set(self._primary)

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
        """Near the cheapest choice: every need opened, small ones first, and again in other orders.

        Then doing without what can be spared, from the cheapest of them on.
        """
        needs = [(number, need) for number, view in enumerate(self.views) for need in view.needs]
        self._programs = 0
        self._open_all(sorted(needs, key=lambda each: (each[0], each[1].high)))
        found, spent = [self._choice()], -self._programs
        if self.hidden == self._primary:  # what must be withheld anyway: no choice is cheaper
            return
        self._programs = self._affordable
        others = (self._other_choice(needs, number) for number in range(OTHERS) if self._programs >= spent)
        found += [other for other in others if other is not None]
        ends = []
        for choice in sorted(found, key=lambda choice: choice.cost)[:TAKEN_FURTHER]:
            self._take(choice)
            self.refine()
            ends.append(self._choice())
        self._take(min(ends, key=lambda choice: choice.cost))

    def _open_all(self, needs: Iterable[tuple[int, Need]]) -> None:
        self.hidden, self.witnesses, self._demands = set(self._primary), [], []
        for number, need in needs:
            self.open(number, need)

    def _other_choice(self, needs: Sequence[tuple[int, Need]], number: int) -> "_Choice | None":
        """The same needs in another order, at costs a little off."""
        chance, costs = np.random.default_rng(number), self.costs
        self.costs = costs * np.exp(chance.normal(0, SPREAD, len(costs)))
        try:
            self._open_all(needs[at] for at in chance.permutation(len(needs)))
        except CannotProtect:  # what one order opens, another may meet with too little room
            return None
        finally:
            self.costs = costs
        return self._choice()

    def _choice(self) -> "_Choice":
        self.give_back()
        return _Choice(self.cost, frozenset(self.hidden), tuple(self.witnesses), tuple(self._demands))

    def _take(self, choice: "_Choice") -> None:
        self.hidden, self.witnesses = set(choice.hidden), list(choice.witnesses)
        self._demands = list(choice.demands)

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
        """Earlier releases leave this attacker less room than wanted: take the width where they still leave it."""
        least, most = self._each_before[number].bound(row)
        low = min(max(low, least), most - self.policy.width)
        ends = Demand(number, row, low, -1), Demand(number, row, low + self.policy.width, 1)
        if low < least or not all(map(self._reach, ends)):
            raise CannotProtect(Reason.ALREADY_KNOWN, widest(self.raw, quantity))
        self._demands += ends

    def _reach(self, demand: Demand, barred: frozenset[int] = frozenset()) -> bool:
        """Whether the quantity can be as far as is asked; withholds what that takes, at least cost."""
        if any(_meets(x, demand) for who, x in self.witnesses if who == demand.attacker):
            return True
        known = self._known[demand.attacker]
        for x in (x for who, x in self.witnesses if who != demand.attacker and _meets(x, demand)):
            if (known.below @ x - known.limits).max(initial=-math.inf) < MOVED:  # nor can this attacker rule it out
                self.witnesses.append((demand.attacker, x))
                return True
        found = self._solve(demand, barred)
        if found.status != 0:
            return False
        finest, up, down, _ = np.split(found.x, self._system.size + len(self._cells) * np.arange(3))
        self.hidden |= set(np.flatnonzero(up + down > MOVED).tolist())
        self.witnesses.append((demand.attacker, finest))
        return True

    def _solve(self, demand: Demand, barred: frozenset[int]) -> Any:
        self._programs -= 1
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

    def refine(self) -> None:
        """Try to do without one more cell that need not be withheld, dearest first, then two; keep what is cheaper."""
        self._programs = self._affordable
        tried: set[frozenset[int]] = set()
        while self._programs > 0 and (ats := self._dearest(tried)):
            tried.add(ats)
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
            if not self._reach(demand, ats) or self.cost >= cost * 2 or self._programs < 0:
                break
        else:
            self.give_back()
            if self.cost < cost - MOVED:
                return True
        self.hidden, self.witnesses = hidden, witnesses
        return False

    @property
    def _affordable(self) -> int:
        """How many programs of this size may be solved in one go."""
        return EFFORT // (self._system.size + 3 * len(self._cells))

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
        return publish(self.raw, self.policy, self._truth, [self._cells[at] for at in self.hidden])


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


def publish(raw: RawTable, policy: Policy, truth: Mapping[Cell, int], hidden: Sequence[Cell]) -> PublishedTable:
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


def widest(raw: RawTable, quantity: Quantity) -> str | None:
    """The dimension with most codes among those that the quantity is cut by."""
    cut = {name for term in quantity.terms for name, _ in term.place}
    among = [dimension for dimension in raw.dimensions if dimension.name in cut]
    return max(among, key=lambda d: len(d.codes)).name if among else None
