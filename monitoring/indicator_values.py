"""What an indicator says in one release, worked out from its published tables alone.

Nothing here has seen a raw count. A share is made of two published numbers, so it tells nothing that a reader could
not work out; where one of them is withheld there is none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

from monitoring.indicators import RATES, ByCounting, Indicator, Selection, Unit, place_of
from monitoring.ledger import TOTAL, PublishedTable
from monitoring.tables import BY_NAME, POLICY, axis_of

_ONE_PLACE = Decimal("0.1")


class Why(StrEnum):
    """Why there is no figure."""

    WITHHELD = "withheld"
    TOO_FEW = "too_few"
    NOT_PUBLISHED = "not_published"
    """The release has no such table: nothing could be told of it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """`rate`: a decimal as text, or for a median the code of its band; None, and `why`, where there is none."""

    numerator: int | None = None
    denominator: int | None = None
    rate: str | None = None
    why: Why | None = None
    missing: str | None = None
    """Percent of whom it is not known."""


@dataclass(frozen=True, slots=True)
class Part:
    """The same figure for one code of one dimension."""

    dimension: str
    code: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Told:
    """All that one release says of one indicator, with the version of the definition that it was made by."""

    indicator: str
    version: str
    unit: str
    figure: Figure
    reached: Figure | None
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Told":
        return cls(
            stored["indicator"],
            stored["version"],
            stored["unit"],
            _figure(stored["figure"]),
            _figure(stored["reached"]) if stored["reached"] else None,
            tuple(Part(each["dimension"], each["code"], _figure(each["figure"])) for each in stored["parts"]),
        )


def _figure(stored: Mapping[str, Any]) -> Figure:
    return Figure(**{**stored, "why": Why(stored["why"]) if stored["why"] else None})


def told_by(indicator: Indicator, tables: Mapping[str, PublishedTable]) -> Told | None:
    """What these tables say of an indicator; None for one that is not counted."""
    value = indicator.value
    if not isinstance(value, ByCounting):
        return None
    table = tables.get(value.table)
    return Told(
        indicator=indicator.id,
        version=indicator.version,
        unit=indicator.unit,
        figure=work_out(value, table, indicator.unit, value.missing),
        reached=_reached(value, tables),
        parts=tuple(_parts(indicator, value, table)) if table is not None else (),
    )


def _reached(value: ByCounting, tables: Mapping[str, PublishedTable]) -> Figure | None:
    if value.reached is None:
        return None
    return work_out(value.reached, tables.get(value.reached.table), Unit.PERCENT)


def _parts(indicator: Indicator, value: ByCounting, table: PublishedTable) -> Iterable[Part]:
    """By each dimension of the definition, and for a count by what it is counted along."""
    spec = BY_NAME[value.table]
    for name in indicator.disaggregation:
        for code in axis_of(spec, name).codes:
            yield Part(name, code, work_out(value, table, indicator.unit, value.missing, **{name: code}))
    for code in value.along.codes:
        count = table.cells.get(place_of(value, code))
        yield Part(value.axis, code, Figure(numerator=count, why=Why.WITHHELD if count is None else None))


def work_out(
    selection: Selection,
    table: PublishedTable | None,
    unit: Unit,
    missing: tuple[str, ...] = (),
    **other: str,
) -> Figure:
    if table is None:
        return Figure(why=Why.NOT_PUBLISHED)
    if unit is Unit.MEDIAN_DAYS:
        return _median(selection, table, missing, **other)
    counted = _sum(selection, table, selection.numerator, **other)
    if unit not in RATES:
        return Figure(numerator=counted, why=Why.WITHHELD if counted is None else None)
    of = _sum(selection, table, selection.denominator, **other)
    lost = _missing(selection, table, of, missing, **other)
    if of is None or counted is None:
        return Figure(counted, of, None, Why.WITHHELD, lost)
    if of < POLICY.min_denominator:
        return Figure(counted, of, None, Why.TOO_FEW, lost)
    return Figure(counted, of, share(counted, of, RATES[unit]), None, lost)


def _median(selection: Selection, table: PublishedTable, missing: tuple[str, ...], **other: str) -> Figure:
    """The band in which the middle one lies. It takes every band to know."""
    counts = [table.cells.get(place_of(selection, code, **other)) for code in selection.denominator]
    of = _sum(selection, table, selection.denominator, **other)
    lost = _missing(selection, table, of, missing, **other)
    known = [count for count in counts if count is not None]
    if of is None or len(known) < len(counts):
        return Figure(None, of, None, Why.WITHHELD, lost)
    if of < POLICY.min_denominator:
        return Figure(None, of, None, Why.TOO_FEW, lost)
    so_far = 0
    for code, count in zip(selection.denominator, known, strict=True):
        so_far += count
        if 2 * so_far >= of:
            return Figure(None, of, code, None, lost)
    raise ValueError("the bands do not add up to their sum")


def _missing(
    selection: Selection, table: PublishedTable, of: int | None, missing: tuple[str, ...], **other: str
) -> str | None:
    lost = _sum(selection, table, missing, **other) if missing else None
    if lost is None or of is None or of + lost < POLICY.min_denominator:
        return None
    return share(lost, of + lost, 100)


def _sum(selection: Selection, table: PublishedTable, codes: tuple[str, ...], **other: str) -> int | None:
    """Of published cells: the total itself where every code is meant, else none of them may be withheld."""
    if set(codes) == set(selection.along.codes):
        return table.cells.get(place_of(selection, TOTAL, **other))
    counts = [table.cells.get(place_of(selection, code, **other)) for code in codes]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def share(counted: int, of: int, times: int) -> str:
    """A share of `times`, with one place behind the point."""
    return str((Decimal(counted) * times / Decimal(of)).quantize(_ONE_PLACE, ROUND_HALF_EVEN))
