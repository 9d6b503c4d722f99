"""What can be worked out from everything released, and what cannot.

All that was published about one population is a set of linear equations over its finest cells, span of time by span of
time. An attacker who holds every release bounds a withheld number by linear programming; so do we, before publishing.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, pairwise, product
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from scipy.sparse.linalg import lsmr

from monitoring.ledger import Dimension, Ledger, Period, Place, PublishedTable, Shape, cells_of, place_of

JOINT_LIMIT = 2000  # finest cells per span; beyond it tables are tied by their shared margins only
TOLERANCE = 1e-5
IDLE_PUSHES = 3
"""How often in a row pushing many quantities at once may show nothing new before each is asked for by itself."""

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Stretch(NamedTuple):
    """A table nobody published, over a time that published periods may expose by subtraction."""

    population: str
    dimensions: tuple[Dimension, ...]
    period: Period
    revision: int


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
        self.crosses = self._choose_crosses(shapes)
        self._edges = sorted({edge for s in shapes for edge in (s.period.months.start, s.period.months.stop)})
        self._opened: dict[int, range] = {}
        self._blocks: dict[tuple[int, int, tuple[str, ...]], NDArray[np.intp]] = {}
        self._seen: dict[tuple[Period, int], list[tuple[int, int]]] = {}
        self._chosen: dict[tuple[tuple[str, ...], Place], NDArray[np.intp]] = {}
        self.size = 0
        for shape in shapes:
            self._opened.setdefault(shape.revision, shape.period.months)
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
        return next(cross for cross in self.crosses if names <= set(cross))

    def _spans(self, shape: Shape) -> list[tuple[int, int]]:
        """The stretches of time the table adds up, each with the version of its numbers that the table saw."""
        known = self._seen.get((shape.period, shape.revision))
        if known is None:
            known = self._seen[shape.period, shape.revision] = list(self._find_spans(shape))
        return known

    def _find_spans(self, shape: Shape) -> Iterator[tuple[int, int]]:
        for start in (edge for edge in self._edges if edge in shape.period.months):
            seen = [r for r, corrected in self._opened.items() if 0 < r <= shape.revision and start in corrected]
            yield start, max(seen, default=0)

    def stretches(self, shapes: Sequence[Shape]) -> list[Quantity]:
        """Every cell over every time between two dates on which a period begins or ends."""
        known = self._stretches(shapes, combinations(self._edges, 2))
        places = {(stretch, place_of(stretch, cell)): None for stretch in known for cell in cells_of(stretch)}
        return [Quantity.cell(stretch, place) for stretch, place in places]

    def shortest(self, shapes: Sequence[Shape]) -> list[Stretch]:
        """The shortest times that can be told apart, for each kind of table."""
        return self._stretches(shapes, pairwise(self._edges))

    def _stretches(self, shapes: Sequence[Shape], ends: Iterator[tuple[int, int]]) -> list[Stretch]:
        kinds = dict.fromkeys((s.population, s.dimensions, s.revision) for s in shapes)
        times = [Period.of_months(*each) for each in ends]
        every = [Stretch(who, what, time, revision) for who, what, revision in kinds for time in times]
        return [s for s in every if self.tells(s)]

    def tells(self, shape: Shape) -> bool:
        """Whether anything released says something of its cells: of others there is nothing to work out."""
        return all(self._block(span, shape) is not None for span in self._spans(shape))

    def _block(self, span: tuple[int, int], shape: Shape) -> tuple[int, int, tuple[str, ...]] | None:
        """Where the numbers of a stretch of time lie: in the first cross that has all dimensions and that time."""
        names = {d.name for d in shape.dimensions}
        found = ((*span, cross) for cross in self.crosses if names <= set(cross))
        return next((block for block in found if block in self._blocks), None)

    def _add_blocks(self, shape: Shape) -> None:
        cross = self._cross(shape)
        sizes = [len(self._codes[name]) for name in cross]
        for span in self._spans(shape):
            if (*span, cross) not in self._blocks:
                columns = np.arange(self.size, self.size + math.prod(sizes)).reshape(sizes)
                self._blocks[(*span, cross)] = columns
                self.size += columns.size

    def _columns(self, block: tuple[int, int, tuple[str, ...]] | None, place: Place) -> NDArray[np.intp]:
        """Every block of a cross is laid out alike, so where a place lies in it is looked up once."""
        if block is None:
            raise KeyError("nothing that was released tells of these numbers")
        columns = self._blocks[block]
        within = self._chosen.get((block[2], place))
        if within is None:
            fixed = dict(place)
            chosen = tuple(self._codes[n].index(fixed[n]) if n in fixed else slice(None) for n in block[2])
            within = np.ravel(np.arange(columns.size).reshape(columns.shape)[chosen])
            self._chosen[block[2], place] = within
        return within + columns.flat[0]

    def rows(self, quantities: Sequence[Quantity]) -> csr_array:
        return self._matrix(
            [
                [
                    (self._columns(self._block(span, term.shape), term.place), term.sign)
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


@dataclass
class Reach:
    """How far each quantity can certainly go, up and down. The exact bounds are at least as wide."""

    rows: csr_array
    low: Vector = field(init=False)
    high: Vector = field(init=False)
    solutions: list[Vector] = field(default_factory=list)
    """Those that pushing found."""

    def __post_init__(self) -> None:
        self.low = np.full(self.rows.shape[0], math.inf)
        self.high = np.full(self.rows.shape[0], -math.inf)

    @property
    def width(self) -> Vector:
        """Below zero where nothing is known yet."""
        return self.high - self.low

    def include(self, solution: Vector) -> None:
        reached = self.rows @ solution
        self.low, self.high = np.minimum(self.low, reached), np.maximum(self.high, reached)


class Attacker:
    """Holds published tables, and perhaps a floor: cells an insider knows to be at least so large."""

    def __init__(
        self, system: System, tables: Sequence[PublishedTable], floors: tuple[csr_array, Vector] | None = None
    ) -> None:
        seen = [(table, cell, behind) for table in tables for cell in table.cells if (behind := table.behind(cell))]
        exact = [(Quantity.cell(t, place_of(t, cell)), low) for t, cell, (low, high) in seen if low == high]
        ranged = [(Quantity.cell(t, place_of(t, cell)), *ends) for t, cell, ends in seen if ends[0] < ends[1]]
        shown = system.rows([quantity for quantity, _ in exact])
        self.equal = vstack([system.structure, shown], format="csr")
        self.values = np.concatenate([np.zeros(system.structure.shape[0]), [float(value) for _, value in exact]])
        between = system.rows([quantity for quantity, *_ in ranged])
        ends = np.array([each[1:] for each in ranged], dtype=float).reshape(-1, 2)
        self.below = vstack([between, -between, *([] if floors is None else [-floors[0]])], format="csr")
        self.limits = np.concatenate([ends[:, 1], -ends[:, 0], *([] if floors is None else [-floors[1]])])
        self._cap = float(max(self.values.sum(), ends[:, 1].sum())) + 100

    def _solve(self, cost: Vector, cap: float | None = None) -> Any:
        below = {"A_ub": self.below, "b_ub": self.limits} if self.limits.size else {}
        return linprog(cost, A_eq=self.equal, b_eq=self.values, bounds=(0, cap), method="highs", **below)

    def is_possible(self) -> bool:
        return bool(self._solve(np.zeros(self.equal.shape[1])).status == 0)

    def allows(self, solution: Vector) -> bool:
        """Whether everything this attacker knows would look the same if these were the numbers."""
        return bool(
            solution.min(initial=0) > -TOLERANCE
            and np.abs(self.equal @ solution - self.values).max(initial=0) < TOLERANCE
            and (self.below @ solution - self.limits).max(initial=-math.inf) < TOLERANCE
        )

    def bound(self, row: Vector) -> tuple[float, float]:
        """Exact bounds, rounded inwards to whole numbers. Assumes `is_possible`."""
        ends = [self._solve(row), self._solve(-row)]
        low = ends[0].fun if ends[0].status == 0 else -math.inf
        high = -ends[1].fun if ends[1].status == 0 else math.inf
        return (
            math.ceil(low - TOLERANCE) if math.isfinite(low) else low,
            math.floor(high + TOLERANCE) if math.isfinite(high) else high,
        )

    def push(self, reach: Reach, narrow: Callable[[Reach], Mask]) -> None:
        """Reach further for the quantities still called narrow, many at once, until that clears no more of them."""
        chance, idle = np.random.default_rng(0), 0
        while (wanted := narrow(reach)).any() and idle < IDLE_PUSHES:
            direction = reach.rows.T @ (wanted * chance.normal(size=len(wanted)))
            for cost in (direction, -direction):
                found = self._solve(cost, self._cap)
                if found.status == 0:
                    reach.include(found.x)
                    reach.solutions.append(found.x)
            idle = idle + 1 if narrow(reach).sum() == wanted.sum() else 0

    @cached_property
    def _never(self) -> Mask:
        """Finest cells in which there can be nobody: all of them together cannot be pushed above zero."""
        never = np.ones(self.equal.shape[1], dtype=bool)
        while never.any():
            found = self._solve(-never.astype(float), self._cap)
            if found.status != 0:
                return np.zeros_like(never)
            if (positive := never & (found.x > TOLERANCE)).any():
                never &= ~positive
            else:
                break
        return never

    def determines(self, rows: csr_array) -> Mask:
        """Which quantities have one possible value, told without a program for each: no free direction moves them.

        A random direction that changes nothing published moves every quantity that is not determined.
        """
        free = np.flatnonzero(~self._never)
        if not free.size:
            return np.ones(rows.shape[0], dtype=bool)
        chance = np.random.default_rng(1).normal(size=free.size)
        known = self.equal[:, free]
        along = known.T @ lsmr(known.T, chance, atol=1e-13, btol=1e-13, conlim=0, maxiter=20 * free.size)[0]
        moved = np.abs(rows[:, free] @ (chance - along))
        return np.asarray(moved < TOLERANCE * 1e-1)


def order(one: Shape, other: Shape) -> tuple[Shape, Shape] | None:
    """Two snapshots of the same thing, larger first: a longer period over a shorter, a correction over the old."""
    first, second = one.period.months, other.period.months
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
