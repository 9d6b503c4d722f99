"""What one release says under a theme: the published cells and shares of its lines, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitoring.indicator_values import Figure, Why, work_out
from monitoring.indicators import Selection, Unit
from monitoring.ledger import Cell, PublishedTable
from monitoring.themes import Block, Line, Theme

Tables = Mapping[str, PublishedTable]
"""The tables of one release, by name."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    line: Line
    counts: tuple[Figure, ...]
    """One for each column; without a number it says why."""
    share: Figure | None
    reached: Figure | None


@dataclass(frozen=True, slots=True)
class ReadBlock:
    block: Block
    lines: tuple[ReadLine, ...]
    is_published: bool
    """False: the release has none of the tables of the block."""
    withheld: int
    """How many of its numbers are."""


def read_block(block: Block, tables: Tables) -> ReadBlock:
    lines = tuple(_read(line, tables) for line in block.lines)
    withheld = sum(count.why is Why.WITHHELD for line in lines for count in line.counts)
    return ReadBlock(block, lines, any(name in tables for name in block.tables), withheld)


def trend_of(theme: Theme, tables: Tables) -> tuple[Figure, ...]:
    """One number for each line of the trend."""
    return tuple(count_at(tables.get(line.table), line.at[0]) for line in theme.trend)


def count_at(table: PublishedTable | None, cell: Cell) -> Figure:
    """A published number. A cell that the table did not have then is not published, and not withheld."""
    if table is None or cell not in table.cells:
        return Figure(why=Why.NOT_PUBLISHED)
    count = table.cells[cell]
    return Figure(numerator=count, why=Why.WITHHELD if count is None else None)


def _read(line: Line, tables: Tables) -> ReadLine:
    table = tables.get(line.table)
    return ReadLine(
        line,
        tuple(count_at(table, cell) for cell in line.at),
        _share(line.share, tables),
        _share(line.reached, tables),
    )


def _share(selection: Selection | None, tables: Tables) -> Figure | None:
    return None if selection is None else work_out(selection, tables.get(selection.table), Unit.PERCENT)
