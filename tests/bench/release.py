"""`bench release`: a quarterly catalogue over two years, each table protected and attacked with all before it.

The catalogue is made up, of the size that a country with regions publishes: returns by area, age and sex, needs by kind
and area, referrals by service and outcome, each for every quarter and for the year so far. At the end everything is
attacked once more by the gate itself, from nothing, without what was found on the way.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from monitoring.disclosure import PUBLIC, CannotProtect, RawTable, audit, explain, protect
from monitoring.ledger import Dimension, Ledger, Period

MOST_SECONDS = 300.0
MONTHS, QUARTER, YEAR = 24, 3, 12
FIRST_MONTH = 2024 * 12


@dataclass(frozen=True)
class Population:
    name: str
    sizes: dict[str, int]
    people: float
    """In a quarter, on average."""


FULL = (
    Population("returns", {"area": 10, "age": 5, "sex": 2}, 2_500),
    Population("needs", {"need": 12, "area": 16}, 6_000),
    Population("referrals", {"service": 14, "outcome": 5}, 4_000),
)
SHORT = (Population("returns", {"area": 4, "age": 3}, 300),)


@dataclass
class Measured:
    protecting: float = 0.0
    attacking: float = 0.0
    tables: int = 0
    refused: int = 0
    cells: int = 0
    withheld: Counter[str] = field(default_factory=Counter)
    findings: int = 0


async def run(*, short: bool) -> dict[str, Any]:
    """Seconds for protecting and for the last attack; `missed` names the aims that were not met."""
    return _judge(await asyncio.to_thread(_measure, SHORT if short else FULL), is_whole=not short)


def _measure(populations: Sequence[Population]) -> dict[str, Measured]:
    found = {}
    steps = sum(1 for _each in _periods()) * len(populations)
    with Progress() as progress:
        task = progress.add_task("Releases", total=steps)
        for population in populations:
            progress.update(task, description=population.name)
            found[population.name] = _release_all(population, lambda: progress.advance(task))
    return found


def _periods() -> Iterator[tuple[int, int]]:
    """First month and the one after the last: each quarter, and from its second one on the year so far."""
    for start in range(0, MONTHS, QUARTER):
        yield start, start + QUARTER
        if start % YEAR:
            yield start - start % YEAR, start + QUARTER


def _release_all(population: Population, advance: Callable[[], object]) -> Measured:
    measured, ledger, last = Measured(), Ledger(), None
    counts = _counts(population)
    for first, after in _periods():
        raw = _table(population, counts, first, after)
        begun = perf_counter()
        try:
            table = protect(raw, PUBLIC, ledger)
        except CannotProtect:
            measured.refused += 1
        else:
            measured.withheld.update(explain(table, raw, PUBLIC, ledger))
            measured.cells += len(table.cells)
            measured.tables += 1
            last = ledger, table, raw
            ledger = ledger.plus(table)
        measured.protecting += perf_counter() - begun
        advance()
    begun = perf_counter()
    if last is not None:
        measured.findings = len(audit(*last, PUBLIC))
    measured.attacking = perf_counter() - begun
    return measured


def _counts(population: Population) -> NDArray[np.int64]:
    """By quarter: some combinations are common, many are rare, as in any country."""
    chance = np.random.default_rng(11)
    mean = np.array(population.people)
    for size in population.sizes.values():
        share = 1.6 ** -np.arange(size, dtype=float)
        mean = np.multiply.outer(mean, share / share.sum())
    return chance.poisson(mean, (MONTHS // QUARTER, *population.sizes.values()))


def _table(population: Population, counts: NDArray[np.int64], first: int, after: int) -> RawTable:
    dimensions = tuple(
        Dimension(name, tuple(f"{name}{code}" for code in range(size))) for name, size in population.sizes.items()
    )
    sums = counts[first // QUARTER : after // QUARTER].sum(axis=0)
    cells = product(*(dimension.codes for dimension in dimensions))
    return RawTable(
        name=population.name,
        dimensions=dimensions,
        counts={cell: int(count) for cell, count in zip(cells, sums.ravel(), strict=True)},
        period=Period.of_months(FIRST_MONTH + first, FIRST_MONTH + after),
        population=population.name,
    )


def _judge(found: dict[str, Measured], *, is_whole: bool) -> dict[str, Any]:
    console, result = Console(), {}
    table = Table(
        "", "tables", "refused", "cells", "withheld", "complementary", "protecting s", "attacking s",
        title=f"A quarterly catalogue over {MONTHS} months",
    )  # fmt: skip
    for name, each in found.items():
        figures = {
            "tables": each.tables,
            "refused": each.refused,
            "cells": each.cells,
            "withheld": each.withheld.total(),
            "complementary": each.withheld["complementary"],
            "protecting seconds": round(each.protecting, 1),
            "attacking seconds": round(each.attacking, 1),
        }
        result[name] = figures
        table.add_row(name, *(f"{value:,}" for value in figures.values()))
    console.print(table)
    seconds = sum(each.protecting + each.attacking for each in found.values())
    missed = [f"{name}: {each.findings} counts can be worked out" for name, each in found.items() if each.findings]
    if is_whole and seconds > MOST_SECONDS:
        missed.append(f"at most {MOST_SECONDS:g} s for protecting and attacking everything, not {seconds:.0f}")
    for aim in missed:
        console.print(f"MISSED  {aim}")
    return {"seconds": round(seconds, 1), **result, "missed": missed}
