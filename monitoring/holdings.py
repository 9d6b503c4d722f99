"""What each partner knew by itself of the counts of a release, frozen beside it and never published.

It is frozen because facts go on changing: what a partner knows today may contradict what was counted then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from monitoring.disclosure import Insider, RawTable
from monitoring.ledger import Period

Held = Mapping[str, Iterable[RawTable]]
"""Tables of a partner's own people, by the fingerprint of the partner."""


def frozen(held: Held) -> dict[str, Any]:
    """As it is stored: of each partner, for each table, the counts above zero with their codes."""
    return {
        partner: {table.name: [[*cell, count] for cell, count in sorted(table.counts.items())] for table in tables}
        for partner, tables in held.items()
    }


def thawed(
    stored: Mapping[str, Any], like: Mapping[str, RawTable], period: Period, revision: int
) -> dict[str, list[RawTable]]:
    """What was frozen. `like`: the tables as they are counted now, by name."""
    return {
        partner: [
            RawTable(
                name=name,
                dimensions=like[name].dimensions,
                counts={tuple(cell): count for *cell, count in counts},
                period=period,
                population=like[name].population,
                revision=revision,
            )
            for name, counts in tables.items()
            if name in like
        ]
        for partner, tables in stored.items()
    }


def insiders_of(raw: RawTable, held: Sequence[Held]) -> list[Insider]:
    """Every partner that has people of its own among those a table counts, now (the last) or in what it corrects."""
    found: dict[str, list[RawTable]] = {}
    for each in held:
        for partner, tables in each.items():
            found.setdefault(partner, []).extend(table for table in tables if table.population == raw.population)
    for tables in found.values():  # whoever is in none now is not there, and does not stay as they were
        now = {table.name for table in tables if table.revision == raw.revision}
        gone = {table.name: table for table in tables if table.name not in now}
        tables += [replace(table, counts={}, revision=raw.revision) for table in gone.values()]
    return [Insider(tuple(tables)) for _partner, tables in sorted(found.items()) if tables]
