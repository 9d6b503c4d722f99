"""What has been released: tables of counts with their periods, and the ledger of all of them."""

import json
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from datetime import date
from itertools import product
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, Self

TOTAL = "total"

_PROOF = object()

Cell = tuple[str, ...]
Place = tuple[tuple[str, str], ...]


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
    """Whole calendar months, both dates inclusive. How short a period may be published is a rule of the policy."""

    start: date
    end: date

    def __post_init__(self) -> None:
        after = date.fromordinal(self.end.toordinal() + 1)
        if self.end < self.start or self.start.day != 1 or after.day != 1:
            raise ValueError("a period is one or more whole calendar months")

    @classmethod
    def of_months(cls, first: int, after: int) -> Self:
        return cls(_first_day(first), date.fromordinal(_first_day(after).toordinal() - 1))

    @property
    def months(self) -> range:
        """Numbered from the year 0, so that periods can be compared and cut."""
        return range(_month(self.start), _month(self.end) + 1)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


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


def cells_of(shape: Shape) -> list[Cell]:
    """Every cell with its margins, finest first within each code order."""
    return list(product(*((*dimension.codes, TOTAL) for dimension in shape.dimensions)))


def place_of(shape: Shape, cell: Cell) -> Place:
    """The cell's meaning, the same in every table that has it, whatever the order of dimensions."""
    named = zip((dimension.name for dimension in shape.dimensions), cell, strict=True)
    return tuple(sorted((name, code) for name, code in named if code != TOTAL))


class Rounding(NamedTuple):
    """Numbers are given to the nearest multiple of an odd base; none but a true zero stands for fewer than `least`."""

    base: int
    least: int

    def rounded(self, count: int) -> int:
        return (count + self.base // 2) // self.base * self.base

    def behind(self, shown: int) -> tuple[int, int]:
        """The counts that a shown number may stand for."""
        if shown == 0:
            return 0, 0
        return max(shown - self.base // 2, self.least), shown + self.base // 2


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
    rounding: Rounding | None = None

    def __post_init__(self, proof: object) -> None:
        if proof is not _PROOF:
            raise TypeError("a PublishedTable is made by disclosure.protect")
        object.__setattr__(self, "cells", MappingProxyType(dict(self.cells)))

    def __reduce__(self) -> tuple[object, ...]:
        """Between processes it goes as it is stored."""
        return PublishedTable.restore_released, (self.to_json(),)

    @property
    def suppressed(self) -> int:
        """How many cells are withheld; which of them are small is not recorded anywhere."""
        return sum(value is None for value in self.cells.values())

    def behind(self, cell: Cell) -> tuple[int, int] | None:
        """What may stand behind a shown number; None where the number is withheld."""
        value = self.cells[cell]
        if value is None:
            return None
        return self.rounding.behind(value) if self.rounding else (value, value)

    def to_json(self) -> str:
        """Canonical: the same table always gives the same text."""
        rounding = {"rounding": self.rounding._asdict()} if self.rounding else {}
        body = {
            **rounding,
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
            rounding=Rounding(**body["rounding"]) if "rounding" in body else None,
        )


@dataclass(frozen=True)
class Ledger:
    """Everything one audience was ever given, in order of release. Each audience has a ledger of its own."""

    tables: tuple[PublishedTable, ...] = field(default=())

    def about(self, population: str) -> tuple[PublishedTable, ...]:
        return tuple(table for table in self.tables if table.population == population)

    def beside(self, shape: Shape) -> tuple[PublishedTable, ...]:
        """The tables of the same population whose times hang together with a table's by overlapping.

        What lies apart in time has no number in common with it, so that one tells nothing of the other, and what both
        leave open together is at least as wide as what each does. The first table of each revision stays: it says which
        time was corrected.
        """
        own = self.about(shape.population)
        first = {table.revision: table for table in reversed(own) if table.revision}
        start, stop = shape.period.months.start, shape.period.months.stop
        for _each in own:  # each time one more may be reached
            near = [p for t in own if (p := t.period.months).start < stop and start < p.stop]
            start, stop = min([start, *(p.start for p in near)]), max([stop, *(p.stop for p in near)])
        return tuple(
            t for t in own
            if (t.period.months.start < stop and start < t.period.months.stop) or first.get(t.revision) is t
        )  # fmt: skip

    def plus(self, table: PublishedTable) -> "Ledger":
        return Ledger((*self.tables, table))
