"""`bench counting`: counting every table of a quarter among the facts of a million cases.

Baseline: the bare GROUP BY of the same facts, thing by thing and by the same columns, as plain text on a connection of
the same driver and pool, read to the end. What is compared is timed in turn, because the machine is not equally fast
all the time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import event

from foundation.database import Database
from monitoring.counting import count
from monitoring.ledger import Period
from monitoring.tables import BY_NAME
from tests.soak.postgresql import postgresql_server, postgresql_url
from tests.soak.stand import opened, prepare_database, scratch_folder, sqlite_url

CASES = 1_000_000
MOST_TIMES = 3.0
QUARTERS = [date(2024 + number // 4, number % 4 * 3 + 1, 1) for number in range(8)]
COUNTED = QUARTERS[-1]
_BATCH = 50_000
_COLUMNS = (
    *("id", "thing", "quarter", "kind", "outcome", "detail", "country", "area"),
    *("came_from", "return_type", "sex", "age_band", "disability"),
)
_AREAS = [code for code in BY_NAME["needs"].axes[1].codes if "_" in code]
_ANSWERS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "case": (["none"], ["yes", "no"], ["none"]),
    "plan": (["none"], ["in_time", "late", "not_yet"], ["none"]),
    "need": (list(BY_NAME["needs"].axes[0].codes), ["open", "met"], ["none"]),
    "referral": (
        list(BY_NAME["referrals"].axes[0].codes),
        ["sent", "accepted", "completed", "declined"],
        ["yes", "no", "none"],
    ),
    "follow_up": (["month_3", "month_6", "month_12"], ["done", "unreachable", "refused"], ["none"]),
}
"""Kinds, outcomes and details by thing: one fact of each a case."""
Row = tuple[Any, ...]


@dataclass(slots=True)
class Measured:
    """Seconds of each repeat, and how many facts were counted."""

    facts: int = 0
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def times(self) -> float:
        return median(self.ours) / median(self.bare)


async def run(*, short: bool) -> dict[str, Any]:
    """Medians in milliseconds by database; `missed` names the aims that were not met."""
    cases, repeats = (5_000, 3) if short else (CASES, 5)
    found: dict[str, Measured] = {}
    with scratch_folder() as folder:
        found["SQLite"] = await _on(sqlite_url(folder), cases, repeats)
    with postgresql_server() as server:
        found["PostgreSQL"] = await _on(await postgresql_url(server), cases, repeats)
    return _judge(found, cases, is_whole=not short)


async def _on(url: str, cases: int, repeats: int) -> Measured:
    await prepare_database(url)
    async with opened(url) as database:
        await _fill(database, cases)
        return await _measure(database, repeats)


async def _measure(database: Database, repeats: int) -> Measured:
    measured = Measured()
    period = Period(COUNTED, date(COUNTED.year, 12, 31))
    statements = await _statements(database, period)
    for _each in range(repeats):
        begun = perf_counter()
        async with database.reading() as session:
            tables = await count(session, COUNTED, period)
        measured.ours.append(perf_counter() - begun)
        measured.facts = sum(sum(table.counts.values()) for table in tables if table.name == table.population)
        begun = perf_counter()
        async with database.engine.connect() as connection:
            for statement, parameters in statements:
                (await connection.exec_driver_sql(statement, parameters)).all()
        measured.bare.append(perf_counter() - begun)
    return measured


async def _statements(database: Database, period: Period) -> list[tuple[str, Any]]:
    """What counting asks the database, as the driver gets it."""
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_more: Any) -> None:
        if "GROUP BY" in statement:
            found.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    async with database.reading() as session:
        await count(session, COUNTED, period)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    return found


async def _fill(database: Database, cases: int) -> None:
    draw = Random(3)  # the same facts every time
    is_sqlite = database.engine.dialect.name == "sqlite"
    marks = ", ".join("?" for _each in _COLUMNS)
    insert = f"INSERT INTO fact ({', '.join(_COLUMNS)}) VALUES ({marks})"  # noqa: S608  # names of ours
    per_batch = _BATCH // len(_ANSWERS)
    for first in track(range(0, cases, per_batch), description=f"Facts of {cases} cases"):
        rows = [row for _case in range(first, min(first + per_batch, cases)) for row in _facts(draw, plain=is_sqlite)]
        async with database.engine.begin() as connection:
            if is_sqlite:
                await connection.exec_driver_sql(insert, rows)
            else:
                raw = await connection.get_raw_connection()
                assert raw.driver_connection is not None
                await raw.driver_connection.copy_records_to_table("fact", records=rows, columns=_COLUMNS)
    async with database.engine.connect() as connection:
        raw = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await raw.exec_driver_sql("ANALYZE")


def _facts(draw: Random, *, plain: bool) -> Iterator[Row]:
    """One of each thing of one case. `plain`: as SQLite keeps ids and days."""
    quarter = draw.choice(QUARTERS)
    area = draw.choice(_AREAS)
    who = (
        area[:2].upper(),
        area,
        draw.choice(["LY", "IT", "DE", "FR"]),
        draw.choice(["assisted_voluntary", "forced_escorted", "unknown"]),
        draw.choice(["female", "male", "unknown"]),
        draw.choice(["0-14", "15-17", "18-24", "25-39", "40-59", "60+"]),
        "unknown",
    )
    day = quarter.isoformat() if plain else quarter
    for thing, (kinds, outcomes, details) in _ANSWERS.items():
        number = draw.getrandbits(128)
        id_ = f"{number:032x}" if plain else UUID(int=number)
        yield id_, thing, day, draw.choice(kinds), draw.choice(outcomes), draw.choice(details), *who


def _judge(found: dict[str, Measured], cases: int, *, is_whole: bool) -> dict[str, Any]:
    table = Table(title=f"Counting one of {len(QUARTERS)} quarters of {cases} cases, median milliseconds")
    for column in ("database", "facts", "ours", "bare GROUP BY", "times"):
        table.add_column(column, justify="left" if column == "database" else "right")
    result: dict[str, Any] = {}
    missed = []
    for name, each in found.items():
        ours, bare = median(each.ours) * 1000, median(each.bare) * 1000
        table.add_row(name, str(each.facts), f"{ours:.0f}", f"{bare:.0f}", f"{each.times:.2f}")
        result[name] = {"facts": each.facts, "ours": round(ours), "bare": round(bare), "times": round(each.times, 2)}
        if is_whole and each.times > MOST_TIMES:
            missed.append(f"{name}: {each.times:.2f} times the bare GROUP BY, more than {MOST_TIMES}")
    Console().print(table)
    for each_missed in missed:
        Console().print(f"[red]Missed:[/red] {each_missed}")
    return {"cases": cases, **result, "missed": missed}
