"""An attacker who holds every file of every release, and nothing else. Shares no code with what it attacks.

It reads the frozen JSON files; lays out one unknown for each combination of codes in each stretch of time that any
release begins or ends; writes down what is published (sums within tables, between tables that share codes, months that
add up to longer periods), that nobody is counted less than zero times, and what rounding and thresholds leave open; and
asks for the least and the greatest whole number that each quantity can be. An insider also knows people of their own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise, product
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

WIDTH = 5
CLOSE = 1e-6
WITNESSES = 6
"""How many times in a row many quantities are pushed at once before each that is left is asked for by itself."""
Codes = tuple[tuple[str, str], ...]
"""Named codes of a cell, without its totals, in order of name."""
Row = np.ndarray


@dataclass(frozen=True, order=True)
class Asked:
    """A count of people: of these codes, in these months (numbered year * 12 + month - 1)."""

    codes: Codes
    months: tuple[int, ...]


@dataclass
class Found:
    """`low` and `high`: whole numbers that the files leave possible; the ends are exact only when `is_exact`."""

    asked: Asked
    low: float
    high: float
    is_exact: bool

    @property
    def width(self) -> float:
        return self.high - self.low


def months_between(start: str, end: str) -> tuple[int, ...]:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return tuple(range(first.year * 12 + first.month - 1, last.year * 12 + last.month))


@dataclass
class File:
    """One released table as its file says."""

    population: str
    codes: dict[str, list[str]]
    months: tuple[int, ...]
    shown: dict[Codes, int] = field(default_factory=dict)
    withheld: set[Codes] = field(default_factory=set)
    slack: int = 0
    least: int = 0

    @classmethod
    def read(cls, body: bytes) -> "File":
        text: dict[str, Any] = json.loads(body)
        if text["revision"]:
            raise ValueError("this attacker does not read corrections")
        names = [each["name"] for each in text["dimensions"]]
        codes = {each["name"]: each["codes"] for each in text["dimensions"]}
        period = months_between(text["period"]["start"], text["period"]["end"])
        rounding = text.get("rounding", {"base": 1, "least": 0})
        file = cls(text["population"], codes, period, slack=rounding["base"] // 2, least=rounding["least"])
        for cell in text["cells"]:
            at = tuple(sorted((n, c) for n, c in zip(names, cell["at"], strict=True) if c != "total"))
            if cell["value"] is None:
                file.withheld.add(at)
            else:
                file.shown[at] = cell["value"]
        return file

    def interval(self, at: Codes) -> tuple[int, int]:
        """What may stand behind a shown number: a nought is a nought, and no other is below the threshold."""
        value = self.shown[at]
        if value == 0 or not self.slack:
            return value, value
        return max(value - self.slack, self.least), value + self.slack


class Attacker:
    """Of one population. `own` says how many people an insider knows of each finest combination in each month."""

    def __init__(self, bodies: Iterable[bytes], own: Mapping[tuple[int, Codes], int] | None = None) -> None:
        self.files = [File.read(body) for body in bodies]
        if len({file.population for file in self.files}) != 1:
            raise ValueError("an attack is on one population")
        self._codes: dict[str, list[str]] = {}
        for file in self.files:
            for name, codes in file.codes.items():
                known = self._codes.setdefault(name, [])
                known += [code for code in codes if code not in known and not self._is_nobody(((name, code),))]
        self._names = sorted(self._codes)
        edges = sorted({m for file in self.files for m in (file.months[0], file.months[-1] + 1)})
        self._spans = [range(*pair) for pair in pairwise(edges)]
        self._traits = [
            tuple(zip(self._names, t, strict=True)) for t in product(*(self._codes[n] for n in self._names))
        ]
        self._traits_by_name = {name: np.array([dict(traits)[name] for traits in self._traits]) for name in self._names}
        self._number = {t: n for n, t in enumerate(self._traits)}
        self.size = len(self._spans) * len(self._traits)
        self._matrix, self._low, self._high = self._published()
        self._floor = self._own(own or {})

    def _is_nobody(self, at: Codes) -> bool:
        """Every file that lists it says that it counts nobody: no unknown is laid out for it."""
        told = [file.shown.get(at) for file in self.files if all(code in file.codes.get(name, ()) for name, code in at)]
        return all(value == 0 for value in told)

    def _published(self) -> tuple[csr_array, Row, Row]:
        rows, low, high = [], [], []
        for file in self.files:
            for at in file.shown:
                rows.append(self.row(Asked(at, file.months)))
                ends = file.interval(at)
                low.append(ends[0])
                high.append(ends[1])
            for name in self._codes.keys() & file.codes.keys():  # a code that a table does not list counts nobody
                for code in set(self._codes[name]) - set(file.codes[name]):
                    rows.append(self.row(Asked(((name, code),), file.months)))
                    low.append(0)
                    high.append(0)
        unique: dict[bytes, int] = {}
        kept: list[int] = []
        ends = (np.array(low, dtype=float), np.array(high, dtype=float))
        for number, row in enumerate(rows):
            first = unique.setdefault(row.tobytes(), number)
            if first == number:
                kept.append(number)
            ends[0][first] = max(ends[0][first], ends[0][number])
            ends[1][first] = min(ends[1][first], ends[1][number])
        return csr_array(np.array([rows[n] for n in kept])), ends[0][kept], ends[1][kept]

    def _own(self, own: Mapping[tuple[int, Codes], int]) -> Row:
        floor = np.zeros(self.size)
        for (month, traits), count in own.items():
            span = next((n for n, span in enumerate(self._spans) if month in span), None)
            if span is not None:
                floor[span * len(self._traits) + self._number[traits]] += count
        return floor

    def row(self, asked: Asked) -> Row:
        wanted = dict(asked.codes)
        months = set(asked.months)
        of_traits = np.ones(len(self._traits))
        for name, code in wanted.items():
            of_traits *= self._traits_by_name[name] == code
        of_spans = np.array([months.issuperset(span) for span in self._spans], dtype=float)
        if sum(len(span) for span, inside in zip(self._spans, of_spans, strict=True) if inside) != len(months):
            raise ValueError("no release begins or ends there")
        return np.outer(of_spans, of_traits).ravel()

    def knows(self, asked: Asked) -> float:
        """How many of these are the insider's own."""
        return float(self.row(asked) @ self._floor)

    def _push(self, cost: Row, cap: float = np.inf, gap: float = 0.0) -> Any:
        ceiling = np.full(self.size, cap)
        return milp(
            cost,
            integrality=np.ones(self.size),
            bounds=Bounds(self._floor, np.maximum(ceiling, self._floor)),
            constraints=LinearConstraint(self._matrix, self._low, self._high),
            options={"mip_rel_gap": gap, "time_limit": 60.0},
        )

    def is_possible(self) -> bool:
        return bool(self._push(np.zeros(self.size)).status == 0)

    def attack(self, quantities: Sequence[Asked], *, wide: float = WIDTH) -> list[Found]:
        """Whole numbers that each quantity can be. Those shown to be at least `wide` are not asked for further."""
        rows = csr_array(np.array([self.row(asked) for asked in quantities]).reshape(len(quantities), self.size))
        low, high = self._witnessed(rows, wide)
        found = []
        for number, asked in enumerate(quantities):
            if high[number] - low[number] >= wide:
                found.append(Found(asked, low[number], high[number], is_exact=False))
            else:
                found.append(Found(asked, *self._ends(rows[[number]].toarray()[0]), is_exact=True))
        return found

    def _witnessed(self, rows: csr_array, wide: float) -> tuple[Row, Row]:
        """From few solutions in whole numbers that push many quantities, each up or down, at once."""
        chance = np.random.default_rng(7)
        low, high = np.full(rows.shape[0], np.inf), np.full(rows.shape[0], -np.inf)
        cap, idle = float(self._high.max(initial=0)) + 100, 0
        while (narrow := high - low < wide).any() and idle < WITNESSES:
            pushed = rows.T @ (chance.choice([-1.0, 1.0], rows.shape[0]) * chance.random(rows.shape[0]) * narrow)
            for cost in (pushed, -pushed):
                solved = self._push(cost, cap, gap=0.05)
                if solved.x is not None:
                    whole = np.round(solved.x)
                    sums = self._matrix @ whole
                    if (sums >= self._low - CLOSE).all() and (sums <= self._high + CLOSE).all():
                        reached = rows @ whole
                        low, high = np.minimum(low, reached), np.maximum(high, reached)
            idle = idle + 1 if (high - low < wide).sum() == narrow.sum() else 0
        return low, high

    def _ends(self, row: Row) -> tuple[float, float]:
        """Status 3 of the solver is no upper limit, 4 is either none or no solution: the files do have one."""
        least, most = self._push(row), self._push(-row)
        low = float(np.round(least.fun)) if least.status == 0 else -np.inf
        high = -float(np.round(most.fun)) if most.status == 0 else np.inf
        if {least.status, most.status} & {1, 2}:
            raise RuntimeError(f"not solved: {least.message} {most.message}")
        return low, high
