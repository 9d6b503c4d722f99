"""What must stay hidden, and from whom: small counts, whole groups, differences between releases, a partner's rest."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from monitoring.inference import Quantity, Stretch, System, Vector, order, withheld
from monitoring.ledger import TOTAL, Cell, Dimension, Period, Place, PublishedTable, Shape, cells_of, place_of
from monitoring.policy import Policy

MOST_DIMENSIONS = 3


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
                if not system.tells(part):
                    continue
                for codes in product(*(d.codes for d in dimensions)):
                    cell = Quantity.cell(part, place_of(part, codes))
                    if cell not in held and (count := self.holds(cell)):
                        held[cell] = count
        return system.rows(list(held)), np.array(list(held.values()), dtype=float)


class Why(StrEnum):
    """For what reason a number is withheld; the first that holds."""

    SMALL = "small"
    SENSITIVE = "sensitive"
    WHOLE_GROUP = "whole_group"
    DIFFERENCE = "difference"
    PARTNER = "partner"
    COMPLEMENTARY = "complementary"


class Need(NamedTuple):
    """An attacker must find everything from `low` to `high` possible; the truth lies between."""

    quantity: Quantity
    low: int
    high: int
    why: Why


class View(NamedTuple):
    """One attacker: what must stay hidden from them, and what they know of their own."""

    needs: list[Need]
    insider: Insider | None

    def floors(self, system: System, shapes: Sequence[Shape]) -> tuple[csr_array, Vector] | None:
        return self.insider.floors(system, shapes) if self.insider else None

    def holds(self, quantities: Sequence[Quantity]) -> Vector:
        return np.array([self.insider.holds(q) if self.insider else 0 for q in quantities], dtype=float)


def views_of(
    raw: RawTable, policy: Policy, earlier: Sequence[PublishedTable], insiders: Sequence[Insider]
) -> list[View]:
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


def _flows(new: Shape, earlier: Sequence[PublishedTable]) -> Iterator[tuple[Place, int | None, Quantity]]:
    """The differences between the new table and each earlier one, with what the earlier one shows exactly."""
    here = {place_of(new, cell) for cell in cells_of(new)}
    for old in earlier:
        if pair := order(new, old):
            for cell, value in old.cells.items():
                if (place := place_of(old, cell)) in here:
                    shown = None if old.rounding else value
                    yield place, shown, Quantity.difference((pair[0], place), (pair[1], place))


def unknown(new: Shape, earlier: Sequence[PublishedTable], system: System) -> list[Quantity]:
    """What earlier releases withhold, the differences to the new one, and times that only subtraction shows."""
    differences = [flow for _, shown, flow in _flows(new, earlier) if shown is None]
    return [*withheld(earlier), *differences, *(system.stretches([*earlier, new]) if earlier else [])]


def reasons_of(
    raw: RawTable, policy: Policy, earlier: Sequence[PublishedTable], insiders: Sequence[Insider]
) -> dict[Place, Why]:
    """Cells with a need of their own, an end of a small flow, and what was withheld before stays withheld."""
    reasons: dict[Place, Why] = {}
    for need in (need for view in views_of(raw, policy, earlier, insiders) for need in view.needs):
        reasons.setdefault(next(t.place for t in reversed(need.quantity.terms) if t.shape is raw), need.why)
    for old in earlier:
        if old.period == raw.period and old.policy_version == policy.version:
            for place in (place_of(old, cell) for cell, shown in old.cells.items() if shown is None):
                reasons.setdefault(place, Why.DIFFERENCE)
    return reasons
