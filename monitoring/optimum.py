"""The cheapest cells to withhold, as an integer program: slower than the heuristic, but it knows when it is done.

One yes or no for each cell, and for every demand a solution of its own that an attacker must not be able to rule out:
it may differ from the truth only in cells that are withheld.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, block_diag, csr_array, diags_array, vstack

Vector = NDArray[np.float64]

FARTHEST = 4
"""How many times the width a cell may be moved away from the truth: enough unless whole rows hang together by it."""


class Demand(NamedTuple):
    """Of one attacker, by number: `sign` 1 asks that the quantity can be `target` or more, -1 that it can be less."""

    attacker: int
    row: Vector
    target: float
    sign: int


class Known(NamedTuple):
    """What one attacker knows before the new table: equations, and limits from above."""

    equal: csr_array
    values: Vector
    below: csr_array
    limits: Vector


class NewCells(NamedTuple):
    """The cells of the new table: what each adds up, its count, what is shown stands for, and what hiding it costs."""

    rows: csr_array
    counts: Vector
    slack: Vector
    costs: Vector


class Choice(NamedTuple):
    hidden: set[int]
    solutions: list[Vector]
    """For each demand, one that the choice leaves possible."""
    is_proven: bool


def cheapest(
    cells: NewCells, known: Sequence[Known], demands: Sequence[Demand], always: set[int], width: int, seconds: float
) -> Choice | None:
    """The cheapest choice that meets every demand; None if none was found in time."""
    if not demands:
        return Choice(set(always), [], is_proven=True)
    count, size = cells.rows.shape
    blocks, links, low, high = _programs(cells, known, demands, float(width * FARTHEST))
    hide, total = np.zeros(count), len(demands) * size
    hide[list(always)] = 1
    found = milp(
        np.concatenate([cells.costs, np.zeros(total)]),
        integrality=np.concatenate([np.ones(count), np.zeros(total)]),
        bounds=Bounds(
            np.concatenate([hide, np.zeros(total)]), np.concatenate([np.ones(count), np.full(total, np.inf)])
        ),
        constraints=LinearConstraint(block_array([[links, blocks]], format="csr"), low, high),
        options={"time_limit": seconds, "mip_rel_gap": 1e-6},
    )
    if found.x is None:
        return None
    hidden = set(np.flatnonzero(np.round(found.x[:count])).tolist())
    return Choice(hidden, list(found.x[count:].reshape(len(demands), size)), is_proven=found.status == 0)


def _programs(
    cells: NewCells, known: Sequence[Known], demands: Sequence[Demand], far: float
) -> tuple[csr_array, csr_array, Vector, Vector]:
    """For each demand its own unknowns; and how the choice of cells ties them to the truth."""
    count = len(cells.counts)
    shown_low, shown_high = cells.counts + cells.slack[:, 0], cells.counts + cells.slack[:, 1]
    down, up = np.minimum(shown_low, far), np.full(count, far)
    blocks: list[csr_array] = []
    links: list[csr_array] = []
    low: list[Vector] = []
    high: list[Vector] = []
    for demand in demands:
        own = known[demand.attacker]
        ask = csr_array(-demand.sign * demand.row[np.newaxis, :])
        blocks.append(vstack([own.equal, own.below, ask, cells.rows, cells.rows], format="csr"))
        untied = csr_array((len(own.values) + len(own.limits) + 1, count))
        links.append(vstack([untied, diags_array(down), -diags_array(up)], format="csr"))
        below = np.append(own.limits, -demand.sign * demand.target)
        low += [own.values, np.full(len(below), -np.inf), shown_low, np.full(count, -np.inf)]
        high += [own.values, below, np.full(count, np.inf), shown_high]
    return block_diag(blocks, format="csr"), vstack(links, format="csr"), np.concatenate(low), np.concatenate(high)
