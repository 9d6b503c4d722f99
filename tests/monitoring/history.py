"""Two years of returns, made up: what happened month by month, and the tables that are released about it.

Some combinations happen to one person in all the time, and one month has a single person in it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise, product

import numpy as np

from monitoring import formats
from monitoring.disclosure import CannotProtect, Insider, Policy, RawTable, protect
from monitoring.ledger import Dimension, Ledger, Period
from tests.monitoring.attacker import Asked, Codes, File

FIRST_MONTH = 2024 * 12
Cut = tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """How many codes each dimension has, which cuts are released how often, and how many partners contribute."""

    sizes: dict[str, int]
    monthly: tuple[Cut, ...]
    quarterly: tuple[Cut, ...]
    cumulative: tuple[Cut, ...]
    months: int = 24
    partners: int = 0
    seed: int = 1
    people: float = 60.0
    """Each month, on average."""

    def calendar(self) -> Iterator[tuple[Cut, int, int]]:
        """In order of release: the cut, the first month and the one after the last."""
        for month in range(self.months):
            yield from ((cut, month, month + 1) for cut in self.monthly)
            yield from ((cut, 0, month + 1) for cut in self.cumulative if month)
            if month % 3 == 2:
                yield from ((cut, month - 2, month + 1) for cut in self.quarterly)


@dataclass
class History:
    plan: Plan
    counts: np.ndarray = field(init=False)
    """By month, partner and one axis for each dimension. The last partner stands for everybody else."""

    def __post_init__(self) -> None:
        plan, chance = self.plan, np.random.default_rng(self.plan.seed)
        shares = [2.5 ** -np.arange(size) / np.sum(2.5 ** -np.arange(size)) for size in plan.sizes.values()]
        mean = plan.people * np.ones(())
        for share in [np.ones(plan.partners + 1) / (plan.partners + 1), *shares]:
            mean = np.multiply.outer(mean, share)
        self.counts = chance.poisson(mean, (plan.months, *mean.shape))
        self._plant()

    def _plant(self) -> None:
        last = tuple(size - 1 for size in self.plan.sizes.values())
        unique = (slice(None), slice(None), *last)
        self.counts[unique] = 0
        self.counts[(self.plan.months // 2, 0, *last)] = 1  # one person of this kind, ever
        self.counts[5] = 0
        self.counts[(5, 0, *(0 for _ in last))] = 1  # one person in the whole month

    @property
    def names(self) -> list[str]:
        return list(self.plan.sizes)

    def dimension(self, name: str) -> Dimension:
        return Dimension(name, tuple(f"{name}{n}" for n in range(self.plan.sizes[name])))

    def table(self, cut: Cut, first: int, after: int, partner: int | None = None) -> RawTable:
        of = self.counts.sum(axis=1) if partner is None else self.counts[:, partner]
        dropped = tuple(axis for axis, name in enumerate(self.names) if name not in cut)
        sums = of[first:after].sum(axis=0).sum(axis=dropped)
        dimensions = tuple(self.dimension(name) for name in self.names if name in cut)
        codes = product(*(dimension.codes for dimension in dimensions))
        counts = {cell: int(count) for cell, count in zip(codes, sums.ravel(), strict=True)}
        period = Period.of_months(FIRST_MONTH + first, FIRST_MONTH + after)
        return RawTable("x".join(cut), dimensions, counts, period, "returnees")

    def insider(self, partner: int) -> Insider:
        months = range(self.plan.months)
        return Insider(tuple(self.table(tuple(self.names), m, m + 1, partner) for m in months))

    def own(self, partner: int) -> dict[tuple[int, Codes], int]:
        """The same for the attacker, who has no use for our types."""
        return {
            (FIRST_MONTH + month, tuple(sorted((n, f"{n}{c}") for n, c in zip(self.names, at, strict=True)))): int(n)
            for (month, *at), n in np.ndenumerate(self.counts[:, partner])
            if n
        }

    def count(self, asked: Asked, without: int | None = None) -> int:
        """The truth, perhaps without one partner's people."""
        inside = [month - FIRST_MONTH for month in asked.months]
        chosen = dict(asked.codes)
        at = tuple(int(chosen[n].removeprefix(n)) if n in chosen else slice(None) for n in self.names)
        partners = [p for p in range(self.counts.shape[1]) if p != without]
        return int(self.counts[np.ix_(inside, partners)][(slice(None), slice(None), *at)].sum())


@dataclass
class Released:
    files: list[bytes] = field(default_factory=list)
    refused: list[tuple[Cut, int, int, str]] = field(default_factory=list)
    cells: int = 0
    withheld: int = 0


def release(
    history: History, policy: Policy, insiders: Sequence[int] = (), advance: Callable[[], object] = lambda: None
) -> Released:
    """One table after the other, each judged with all before it."""
    known, ledger, released = [history.insider(partner) for partner in insiders], Ledger(), Released()
    for cut, first, after in history.plan.calendar():
        try:
            table = protect(history.table(cut, first, after), policy, ledger, known)
        except CannotProtect as refusal:
            released.refused.append((cut, first, after, refusal.reason.value))
        else:
            ledger = ledger.plus(table)
            released.files.append(formats.to_json(table))
            released.cells += len(table.cells)
            released.withheld += table.suppressed
        advance()
    return released


def to_be_hidden(history: History, files: Sequence[bytes], threshold: int, without: int | None = None) -> list[Asked]:
    """Every small count of every cut, over every time between two days on which some release begins or ends.

    Cells of the tables are among them, and so is what lies between two releases.
    """
    read = [File.read(body) for body in files]
    edges = sorted({edge for file in read for edge in (file.months[0], file.months[-1] + 1)})
    times = {tuple(range(*pair)) for pair in (*pairwise(edges), *combinations(edges, 2))}
    places = {place for file in read for place in file.shown.keys() | file.withheld}
    every = (Asked(place, time) for place in sorted(places) for time in sorted(times))
    return [asked for asked in every if 0 < history.count(asked, without) < threshold]
