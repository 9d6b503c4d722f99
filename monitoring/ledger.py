"""What earlier releases already reveal.

All that was published about one population is a set of linear equations over its finest cells, span of time by span of
time. An attacker who holds every release bounds a withheld number by linear programming; so do we, before publishing.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import date
from itertools import combinations, product
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

TOTAL = "total"
JOINT_LIMIT = 2000  # finest cells per span; beyond it tables are tied by their shared margins only
TOLERANCE = 1e-5
POOLED_WITNESSES = 12

_PROOF = object()

Cell = tuple[str, ...]
Place = tuple[tuple[str, str], ...]
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Dimension:
    """Codes are kept as text whatever they were: labels never decide what is protected."""

    name: str
    codes: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", tuple(map(str, self.codes)))
        if not self.codes or len(set(self.codes)) < len(self.codes) or TOTAL in self.codes:
            raise ValueError(f"dimension {self.name}: codes must be present, distinct and not '{TOTAL}'")


@dataclass(frozen=True)
class Period:
    """Whole calendar quarters, both dates inclusive: others would expose short spans by difference."""

    start: date
    end: date

    def __post_init__(self) -> None:
        after = date.fromordinal(self.end.toordinal() + 1)
        if self.end < self.start or any(day.day != 1 or day.month % 3 != 1 for day in (self.start, after)):
            raise ValueError("a period is one or more whole calendar quarters")

    @classmethod
    def of_quarters(cls, first: int, after: int) -> Self:
        return cls(_first_day(first), date.fromordinal(_first_day(after).toordinal() - 1))

    @property
    def quarters(self) -> range:
        return range(_quarter(self.start), _quarter(self.end) + 1)


def _quarter(day: date) -> int:
    return day.year * 4 + (day.month - 1) // 3


def _first_day(quarter: int) -> date:
    return date(quarter // 4, quarter % 4 * 3 + 1, 1)


class Shape(Protocol):
    """What a table counts, without its numbers."""

    @property
    def population(self) -> str: ...
    @property
    def dimensions(self) -> tuple[Dimension, ...]: ...
    @property
    def period(self) -> Period: ...
    @property
    def revision(self) -> int: ...


class Stretch(NamedTuple):
    """A table nobody published, over a time that published periods may expose by subtraction."""

    population: str
    dimensions: tuple[Dimension, ...]
    period: Period
    revision: int


def cells_of(shape: Shape) -> list[Cell]:
    """Every cell with its margins, finest first within each code order."""
    return list(product(*((*dimension.codes, TOTAL) for dimension in shape.dimensions)))


def place_of(shape: Shape, cell: Cell) -> Place:
    """The cell's meaning, the same in every table that has it, whatever the order of dimensions."""
    named = zip((dimension.name for dimension in shape.dimensions), cell, strict=True)
    return tuple(sorted((name, code) for name, code in named if code != TOTAL))


@dataclass(frozen=True)
class PublishedTable:
    """A table that passed disclosure control: made by `disclosure.protect`, read back by `restore_released`."""

    name: str
    population: str
    dimensions: tuple[Dimension, ...]
    period: Period
    revision: int
    cells: Mapping[Cell, int | None]
    policy_version: str
    notes: tuple[str, ...]
    proof: InitVar[object]

    def __post_init__(self, proof: object) -> None:
        if proof is not _PROOF:
            raise TypeError("a PublishedTable is made by disclosure.protect")
        object.__setattr__(self, "cells", MappingProxyType(dict(self.cells)))

    @property
    def suppressed(self) -> int:
        """How many cells are withheld; which of them are small is not recorded anywhere."""
        return sum(value is None for value in self.cells.values())

    def to_json(self) -> str:
        """Canonical: the same table always gives the same text."""
        body = {
            "name": self.name,
            "population": self.population,
            "dimensions": [{"name": d.name, "codes": d.codes} for d in self.dimensions],
            "period": {"start": self.period.start.isoformat(), "end": self.period.end.isoformat()},
            "revision": self.revision,
            "policy": self.policy_version,
            "notes": self.notes,
            "suppressed_cells": self.suppressed,
            "cells": [{"at": c, "value": self.cells[c], "suppressed": self.cells[c] is None} for c in cells_of(self)],
        }
        return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def restore_released(cls, text: str) -> Self:
        """Read back a release that this program froze in its own database; never text from elsewhere."""
        body: dict[str, Any] = json.loads(text)
        return cls(
            name=body["name"],
            population=body["population"],
            dimensions=tuple(Dimension(d["name"], tuple(d["codes"])) for d in body["dimensions"]),
            period=Period(date.fromisoformat(body["period"]["start"]), date.fromisoformat(body["period"]["end"])),
            revision=body["revision"],
            cells={tuple(cell["at"]): cell["value"] for cell in body["cells"]},
            policy_version=body["policy"],
            notes=tuple(body["notes"]),
            proof=_PROOF,
        )


@dataclass(frozen=True)
class Ledger:
    """Everything one audience was ever given, in order of release. Each audience has a ledger of its own."""

    tables: tuple[PublishedTable, ...] = field(default=())

    def about(self, population: str) -> tuple[PublishedTable, ...]:
        return tuple(table for table in self.tables if table.population == population)

    def plus(self, table: PublishedTable) -> "Ledger":
        return Ledger((*self.tables, table))


class Term(NamedTuple):
    sign: int
    shape: Shape
    place: Place


class Quantity(NamedTuple):
    """A number somebody could work out: one cell, or the difference of two."""

    terms: tuple[Term, ...]

    @classmethod
    def cell(cls, shape: Shape, place: Place) -> Self:
        return cls((Term(1, shape, place),))

    @classmethod
    def difference(cls, more: tuple[Shape, Place], less: tuple[Shape, Place]) -> Self:
        return cls((Term(1, *more), Term(-1, *less)))


class Bounds(NamedTuple):
    """What an attacker knows: whole numbers, or infinite where nothing published limits the quantity."""

    quantity: Quantity
    low: float
    high: float


class System:
    """Finest cells as variables. One population only.

    A revision number is opened by the table that corrects; that table's period is what was corrected, and its numbers
    have variables of their own. A code that a table does not list counts nobody there.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._codes: dict[str, list[str]] = {}
        for dimension in (d for shape in shapes for d in shape.dimensions):
            known = self._codes.setdefault(dimension.name, [])
            known += [code for code in dimension.codes if code not in known]
        self._crosses = self._choose_crosses(shapes)
        self._edges = sorted({edge for s in shapes for edge in (s.period.quarters.start, s.period.quarters.stop)})
        self._opened: dict[int, range] = {}
        self._blocks: dict[tuple[int, int, tuple[str, ...]], NDArray[np.intp]] = {}
        self.size = 0
        for shape in shapes:
            self._opened.setdefault(shape.revision, shape.period.quarters)
        for shape in shapes:
            self._add_blocks(shape)
        self.structure = self._structure(shapes)

    def _choose_crosses(self, shapes: Sequence[Shape]) -> list[tuple[str, ...]]:
        if math.prod(map(len, self._codes.values())) <= JOINT_LIMIT:
            return [tuple(sorted(self._codes))]
        used = {frozenset(d.name for d in shape.dimensions) for shape in shapes}
        return sorted(tuple(sorted(names)) for names in used if not any(names < other for other in used))

    def _cross(self, shape: Shape) -> tuple[str, ...]:
        names = {d.name for d in shape.dimensions}
        return next(cross for cross in self._crosses if names <= set(cross))

    def _spans(self, shape: Shape) -> Iterator[tuple[int, int]]:
        """The stretches of time the table adds up, each with the version of its numbers that the table saw."""
        for start in (edge for edge in self._edges if edge in shape.period.quarters):
            seen = [r for r, corrected in self._opened.items() if 0 < r <= shape.revision and start in corrected]
            yield start, max(seen, default=0)

    def stretches(self, shapes: Sequence[Shape]) -> list[Quantity]:
        """Every cell over every time between two dates on which a period begins or ends."""
        kinds = dict.fromkeys((s.population, s.dimensions, s.revision) for s in shapes)
        times = [Period.of_quarters(*ends) for ends in combinations(self._edges, 2)]
        every = [Stretch(who, what, time, revision) for who, what, revision in kinds for time in times]
        known = [s for s in every if all((*span, self._cross(s)) in self._blocks for span in self._spans(s))]
        places = {(stretch, place_of(stretch, cell)): None for stretch in known for cell in cells_of(stretch)}
        return [Quantity.cell(stretch, place) for stretch, place in places]

    def _add_blocks(self, shape: Shape) -> None:
        cross = self._cross(shape)
        sizes = [len(self._codes[name]) for name in cross]
        for span in self._spans(shape):
            if (*span, cross) not in self._blocks:
                columns = np.arange(self.size, self.size + math.prod(sizes)).reshape(sizes)
                self._blocks[(*span, cross)] = columns
                self.size += columns.size

    def _columns(self, block: tuple[int, int, tuple[str, ...]], place: Place) -> NDArray[np.intp]:
        fixed = dict(place)
        chosen = tuple(self._codes[n].index(fixed[n]) if n in fixed else slice(None) for n in block[2])
        return np.ravel(self._blocks[block][chosen])

    def rows(self, quantities: Sequence[Quantity]) -> csr_array:
        return self._matrix(
            [
                [
                    (self._columns((*span, self._cross(term.shape)), term.place), term.sign)
                    for term in quantity.terms
                    for span in self._spans(term.shape)
                ]
                for quantity in quantities
            ]
        )

    def _matrix(self, rows: Sequence[Sequence[tuple[NDArray[np.intp], int]]]) -> csr_array:
        columns = [part for row in rows for part, _ in row]
        signs = [np.full(part.size, float(sign)) for row in rows for part, sign in row]
        lengths = [sum(part.size for part, _ in row) for row in rows]
        ends = np.cumsum([0, *lengths])
        flat = np.concatenate(columns) if columns else np.zeros(0, dtype=np.intp)
        matrix = csr_array((np.concatenate(signs) if signs else np.zeros(0), flat, ends), shape=(len(rows), self.size))
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return matrix

    def _structure(self, shapes: Sequence[Shape]) -> csr_array:
        """Rows that equal zero: codes a table leaves out, and shared margins of crosses too large to join."""
        rows = []
        for shape in shapes:
            for d in shape.dimensions:
                absent = set(self._codes[d.name]) - set(d.codes)
                blocks = [(*span, self._cross(shape)) for span in self._spans(shape)]
                rows += [[(self._columns(b, ((d.name, code),)), 1)] for b in blocks for code in sorted(absent)]
        for one, other in combinations(self._blocks, 2):
            if one[:2] == other[:2]:
                shared = sorted(set(one[2]) & set(other[2]))
                for codes in product(*(self._codes[name] for name in shared)):
                    place = tuple(zip(shared, codes, strict=True))
                    rows.append([(self._columns(one, place), 1), (self._columns(other, place), -1)])
        return self._matrix(rows)


class Attacker:
    """Holds published tables, and perhaps a floor: cells an insider knows to be at least so large."""

    def __init__(
        self, system: System, tables: Sequence[PublishedTable], floors: tuple[csr_array, Vector] | None = None
    ) -> None:
        seen = [(table, cell, value) for table in tables for cell, value in table.cells.items() if value is not None]
        shown = system.rows([Quantity.cell(table, place_of(table, cell)) for table, cell, _ in seen])
        self.equal = vstack([system.structure, shown], format="csr")
        self.values = np.concatenate([np.zeros(system.structure.shape[0]), [float(value) for *_, value in seen]])
        self._offset = system.structure.shape[0]
        self._floors = floors
        self._cap = float(self.values.max(initial=0)) + 100

    def _solve(self, cost: Vector, cap: float | None = None) -> Any:
        below = {} if self._floors is None else {"A_ub": -self._floors[0], "b_ub": -self._floors[1]}
        return linprog(cost, A_eq=self.equal, b_eq=self.values, bounds=(0, cap), method="highs", **below)

    def knows_zero(self, rows: csr_array) -> NDArray[np.bool_]:
        """Sums of cells of which each is plainly zero."""
        shown = self.equal[np.flatnonzero(self.values[self._offset :] == 0) + self._offset]
        nobody = np.zeros(self.equal.shape[1], dtype=bool)
        nobody[shown.indices] = True
        return np.asarray(abs(rows) @ (~nobody).astype(float) == 0)

    def is_possible(self) -> bool:
        return bool(self._solve(np.zeros(self.equal.shape[1])).status == 0)

    def bound(self, row: Vector) -> tuple[float, float]:
        """Exact bounds, rounded inwards to whole numbers. Assumes `is_possible`."""
        ends = [self._solve(row), self._solve(-row)]
        low = ends[0].fun if ends[0].status == 0 else -math.inf
        high = -ends[1].fun if ends[1].status == 0 else math.inf
        return (
            math.ceil(low - TOLERANCE) if math.isfinite(low) else low,
            math.floor(high + TOLERANCE) if math.isfinite(high) else high,
        )

    def witness(self, rows: csr_array) -> tuple[Vector, Vector]:
        """A range each quantity can certainly take, from few solutions that move many quantities at once.

        The true bounds are at least as wide, so a wide range here needs no bound of its own.
        """
        chance = np.random.default_rng(0)
        low, high = np.full(rows.shape[0], math.inf), np.full(rows.shape[0], -math.inf)
        for _ in range(POOLED_WITNESSES):
            direction = rows.T @ chance.normal(size=rows.shape[0])
            for cost in (direction, -direction):
                found = self._solve(cost, self._cap)
                if found.status == 0:
                    reached = rows @ found.x
                    low, high = np.minimum(low, reached), np.maximum(high, reached)
        return low, high


def order(one: Shape, other: Shape) -> tuple[Shape, Shape] | None:
    """Two snapshots of the same thing, larger first: a longer period over a shorter, a correction over the old."""
    first, second = one.period.quarters, other.period.quarters
    if first == second:
        return (
            None if one.revision == other.revision else (one, other) if one.revision > other.revision else (other, one)
        )
    if first.start <= second.start and second.stop <= first.stop:
        return one, other
    return (other, one) if second.start <= first.start and first.stop <= second.stop else None


def withheld(tables: Sequence[PublishedTable]) -> list[Quantity]:
    """Every withheld cell, and every flow of which an end is withheld, of tables of one population."""
    places = [{place_of(t, cell): value for cell, value in t.cells.items()} for t in tables]
    found = [Quantity.cell(t, p) for t, cells in zip(tables, places, strict=True) for p in cells if cells[p] is None]
    for (one, mine), (other, theirs) in combinations(zip(tables, places, strict=True), 2):
        if pair := order(one, other):
            hidden = [p for p in mine if p in theirs and (mine[p] is None or theirs[p] is None)]
            found += [Quantity.difference((pair[0], p), (pair[1], p)) for p in hidden]
    return found


def attack(tables: Sequence[PublishedTable], quantities: Sequence[Quantity] | None = None) -> list[Bounds]:
    """What the published tables tell about each quantity (by default: all that is withheld), two programs for each.

    Raises ValueError when the tables contradict each other.
    """
    found = []
    for population in dict.fromkeys(table.population for table in tables):
        own = Ledger(tuple(tables)).about(population)
        asked = (
            withheld(own)
            if quantities is None
            else [q for q in quantities if q.terms[0].shape.population == population]
        )
        system = System(own)
        attacker = Attacker(system, own)
        if not attacker.is_possible():
            raise ValueError(f"the releases about {population} contradict each other")
        found += [Bounds(q, *attacker.bound(row)) for q, row in zip(asked, system.rows(asked).toarray(), strict=True)]
    return found
