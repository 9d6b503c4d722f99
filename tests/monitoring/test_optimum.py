"""How much more the heuristic withholds than has to be withheld, and whether the least is the least."""

from itertools import combinations

import numpy as np
import pytest

from monitoring.disclosure import PUBLIC, RawTable, audit, protect
from monitoring.ledger import Cell, Ledger, cells_of
from monitoring.suppression import Suppression
from tests.monitoring.test_disclosure import Outsider, quarters, raw_of
from tests.monitoring.test_ledger import shown

FARTHEST = 1.15
SECONDS = 60.0


def random_table(seed: int, shape: tuple[int, ...]) -> RawTable:
    """Some cells are below the threshold, some near it, some far above."""
    chance = np.random.default_rng(seed)
    return raw_of(chance.poisson(np.exp(chance.normal(3, 1, shape))), quarters(0, 0))


@pytest.mark.parametrize("shape", [(4, 4), (3, 3, 3)], ids=str)
def test_the_heuristic_is_near_the_proven_optimum_on_fifty_tables(shape: tuple[int, ...]) -> None:
    ratios = []
    for seed in range(50):
        work = Suppression(random_table(seed, shape), PUBLIC, (), ())
        work.choose()
        cost = work.cost
        assert work.improve(SECONDS), "the optimum was not proven in time"
        assert work.cost <= cost + 1e-6
        ratios.append(cost / work.cost if cost else 1.0)
    assert max(ratios) <= FARTHEST
    assert np.mean(ratios) <= 1.02
    assert max(ratios) > 1, "an optimum that is never cheaper was not looked for"


def safe(raw: RawTable, hidden: tuple[Cell, ...], small: dict[Cell, int]) -> bool:
    """By the tests' own attacker: each small count could be one less and four more."""
    table = shown(raw, list(hidden))
    outsider = Outsider([table])
    rows = {cell: outsider.row(table, cell) for cell in small}
    return all(outsider.finds_possible(rows[c], end) for c, n in small.items() for end in (n - 1, n + 4))


@pytest.mark.parametrize("seed", [2, 3, 9])
def test_no_choice_at_all_is_cheaper_than_the_proven_optimum(seed: int) -> None:
    """Every smaller set of cells is tried on its own."""
    raw = random_table(seed, (3, 2))
    truth = raw.with_margins()
    small = {cell: count for cell, count in truth.items() if 0 < count < PUBLIC.threshold}
    work = Suppression(raw, PUBLIC, (), ())
    work.choose()
    assert work.improve(SECONDS)
    assert small
    price = dict(zip(cells_of(raw), work.costs, strict=True))
    others = [cell for cell in truth if cell not in small]
    every = (more for size in range(len(others) + 1) for more in combinations(others, size))
    cheaper = [(*small, *more) for more in every if sum(price[cell] for cell in (*small, *more)) < work.cost - 1e-6]
    assert len(cheaper) > 5
    assert not any(safe(raw, hidden, small) for hidden in cheaper)
    assert safe(raw, tuple(cells_of(raw)[at] for at in work.hidden), small)


@pytest.mark.parametrize("seed", range(3))
def test_a_table_protected_at_least_cost_passes_the_same_attack(seed: int) -> None:
    raw = random_table(seed, (4, 4))
    first = protect(raw, PUBLIC, Ledger(), optimum=SECONDS)
    assert audit(Ledger(), first, raw, PUBLIC) == []
    half = raw_of(np.array(list(raw.counts.values())).reshape(4, 4) * 2 + 1, quarters(0, 1))
    second = protect(half, PUBLIC, Ledger((first,)), optimum=SECONDS)
    assert audit(Ledger((first,)), second, half, PUBLIC) == []


def test_without_time_the_heuristic_stands() -> None:
    raw = random_table(4, (5, 5))
    assert protect(raw, PUBLIC, Ledger(), optimum=0.0) == protect(raw, PUBLIC, Ledger())
