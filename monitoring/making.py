"""Making a release of what was counted: protected from everyone who holds all earlier ones, and written into files.

Pure: it asks no database. It takes from seconds to minutes; `apart` does it in a process of its own.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from foundation import clock
from monitoring.disclosure import CannotProtect, RawTable, Reason, Why, explain, protect
from monitoring.holdings import Held, insiders_of
from monitoring.ledger import Ledger, PublishedTable
from monitoring.refusals import refused
from monitoring.release_files import Edition, files_of
from monitoring.tables import BY_NAME, POLICY

Tell = Callable[[int], None]
"""Told how many tables have been gone through, each time that it is one more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A release of a quarter. `corrects`, with `changed`: the release that it takes the place of, and why."""

    quarter: date
    corrects: int | None = None
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A quarter as it was counted in one moment, and all that was released until then."""

    at: datetime
    """Its files bear this day, however long it takes to make them."""
    number: int
    """What the draft will be called, if nobody drafts another meanwhile."""
    wanted: Wanted
    tables: tuple[RawTable, ...]
    held: Held
    """Of the same, what each partner knows by itself."""
    held_before: tuple[Held, ...]
    """What partners knew of this quarter when it was counted before."""
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Made:
    """A counted quarter made safe, with its files, the manifest among them."""

    edition: Edition
    held: Held
    withheld: Counter[Why]
    files: dict[str, bytes]


def tell_nobody(_done: int) -> None:
    pass


def make(counted: Counted, tell: Tell = tell_nobody) -> Made:
    """Protect what was counted and write its files. Raises Conflict for figures that cannot be made safe."""
    tables, withheld = _protected(counted, tell)
    wanted = counted.wanted
    edition = Edition(counted.number, wanted.quarter, tuple(tables), wanted.corrects, wanted.changed)
    with clock.moved_to(counted.at):
        return Made(edition, counted.held, withheld, files_of(edition))


def _protected(counted: Counted, tell: Tell) -> tuple[list[PublishedTable], Counter[Why]]:
    """Each table against all before it, those of this release too, and how many numbers are withheld for which reason.

    From everyone, and from each partner that knows people among those who are counted.

    A table of which nothing could be told is left out.
    """
    tables: list[PublishedTable] = []
    withheld = Counter[Why]()
    refusal, held = None, (*counted.held_before, counted.held)
    for done, table in enumerate(counted.tables):
        tell(done)
        known, insiders = Ledger((*counted.ledger.tables, *tables)), insiders_of(table, held)
        try:
            tables.append(protect(table, POLICY, known, insiders))
        except CannotProtect as found:
            refusal = refused(found, BY_NAME[table.name])
            if found.reason is not Reason.NOTHING_LEFT:
                raise refusal from None
            continue
        withheld.update(explain(tables[-1], table, POLICY, known, insiders))
    tell(len(counted.tables))
    if refusal is not None and not any(any(table.cells.values()) for table in tables):
        raise refusal
    return tables, withheld
