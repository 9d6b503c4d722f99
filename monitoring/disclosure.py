"""From counts to a table that may leave the house.

`protect` withholds small counts, then as many others as it takes that nobody can work the small ones out: not from
this table, not together with anything released before, not by comparing two releases. Nothing else makes a
PublishedTable.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from scipy.sparse import csr_array, vstack

from monitoring.inference import Attacker, Bounds, Mask, Quantity, Reach, System, Vector
from monitoring.ledger import Ledger, PublishedTable, Shape, cells_of, place_of
from monitoring.needs import Insider, RawTable, View, Why, reasons_of, unknown, views_of
from monitoring.policy import PARTNER, PUBLIC, PUBLIC_ROUNDED, Policy
from monitoring.suppression import MOVED, CannotProtect, Reason, Suppression, publish, widest

__all__ = [
    "PARTNER",
    "PUBLIC",
    "PUBLIC_ROUNDED",
    "CannotProtect",
    "Insider",
    "Policy",
    "RawTable",
    "Reason",
    "Why",
    "audit",
    "explain",
    "protect",
]

FINDINGS = 4
"""How many findings are answered before the attack is made anew: one answer often settles many."""


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
    if not insiders and _is_about_nobody(raw, policy, ledger.beside(raw)):
        return publish(raw, policy, raw.with_margins(), ())
    work = Suppression(raw, policy, ledger.beside(raw), insiders)
    work.choose()
    if optimum is not None:
        work.improve(optimum)
    table = work.table()
    while found := list(islice(_attack(ledger, table, raw, policy, insiders, work.witnesses), FINDINGS)):
        hidden = len(work.hidden)
        for number, bounds in found:
            work.widen(number, bounds)
        if len(work.hidden) == hidden:
            raise CannotProtect(Reason.ALREADY_KNOWN, widest(raw, found[0][1].quantity))
        table = work.table()
    if any(raw.counts.values()) and not any(table.cells.values()):
        raise CannotProtect(Reason.NOTHING_LEFT, max(raw.dimensions, key=lambda d: len(d.codes)).name)
    return table


def _is_about_nobody(raw: RawTable, policy: Policy, earlier: Sequence[PublishedTable]) -> bool:
    """Nobody is counted and nobody was: there is nothing to work out, and every number is nought."""
    return (
        not any(raw.counts.values())
        and not any(policy.is_out_of_bounds(place_of(raw, cell)) for cell in cells_of(raw))
        and all(value == 0 for table in earlier for value in table.cells.values())
    )


def explain(
    table: PublishedTable, raw: RawTable, policy: Policy, ledger: Ledger, insiders: Sequence[Insider] = ()
) -> dict[Why, int]:
    """How many cells are withheld for what reason: for those who approve the release, and for nobody else.

    Readers get the sum only. Who knows that every gap is a small number knows that each is below the threshold, and
    two such gaps can be exact: 9 and 9 are the only two that make 18.
    """
    reasons = reasons_of(raw, policy, ledger.beside(raw), insiders)
    found = Counter(
        reasons.get(place_of(table, cell), Why.COMPLEMENTARY) for cell, value in table.cells.items() if value is None
    )
    return {why: found[why] for why in Why}


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
    earlier = ledger.beside(new)
    shapes: list[Shape] = [*earlier, new]
    system = System(shapes)
    views = views_of(truth, policy, earlier, insiders)
    floors_of = [view.floors(system, shapes) for view in views]
    open_to_all = [each for _, each in witnesses]
    others = unknown(new, earlier, system)
    if insiders:
        open_to_all += _pushed(Attacker(system, [*earlier, new], _all_floors(floors_of)), system, views, others, policy)
    for number, (view, floors) in enumerate(zip(views, floors_of, strict=True)):
        before, attacker = Attacker(system, earlier, floors), Attacker(system, [*earlier, new], floors)
        known = [need.quantity for need in view.needs]
        asked = _Asked([*known, *others], len(known), view, policy)
        reach = Reach(system.rows(asked.quantities))
        for solution in (each for each in open_to_all if attacker.allows(each)):
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


Floors = tuple[csr_array, Vector]


def _all_floors(floors: Sequence[Floors | None]) -> Floors:
    """What every insider knows, each by itself: not added up, so that the truth is far from the floors."""
    known = [each for each in floors if each is not None]
    return (vstack([rows for rows, _ in known], format="csr"), np.concatenate([least for _, least in known]))


def _pushed(
    attacker: Attacker, system: System, views: Sequence[View], others: Sequence[Quantity], policy: Policy
) -> list[Vector]:
    """Numbers that no attacker can rule out, found once for all of them: what the one knows, no other need doubt."""
    needs = [need.quantity for view in views for need in view.needs]
    asked = _Asked([*needs, *others], len(needs), views[0], policy)
    reach = Reach(system.rows(asked.quantities))
    attacker.push(reach, asked.narrow)
    return reach.solutions


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
