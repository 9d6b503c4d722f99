"""`bench match`: finding the services that fit one person, among 10,000, and all openings that fit all open needs.

Baseline: the statement that fetches the services that may fit, as plain text on a connection of the same driver and
pool, read to the end. What is compared is timed in turn, because the machine is not equally fast all the time.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from rich.console import Console
from rich.table import Table
from sqlalchemy import event, insert

from access.actor import SYSTEM
from access.models import Organisation, OrganisationKind
from cases.rules import NeedKind
from foundation import clock
from foundation.database import Database
from referrals.agreements import Terms, add_agreement
from referrals.eligibility import Criterion, Person
from referrals.matching import Wanted, matching_services
from referrals.models import Service, ServiceReach
from referrals.rules import ServiceKind
from tests.bench import openings
from tests.bench.places import AREAS
from tests.soak.postgresql import postgresql_server, postgresql_url
from tests.soak.stand import opened, prepare_database, scratch_folder, sqlite_url

SERVICES = 10_000
MOST_TIMES = 3.0
_WANTED = [
    Wanted(NeedKind.WORK, "GM", "gm_brikama", "en", Person(30, {"arrival": {"sex": "female"}})),
    Wanted(NeedKind.MONEY, "TN", "tn_greater_tunis", "ar", Person(None, {"needs": {"income": "no"}})),
    Wanted(NeedKind.SHELTER, "GM", None, "en", Person(17)),
]
_BATCH = 5_000


@dataclass(slots=True)
class Measured:
    """Seconds of each repeat, and how many services may fit."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    candidates: int = 0

    @property
    def times(self) -> float:
        return median(self.ours) / median(self.bare)


async def run(*, short: bool) -> dict[str, Any]:
    """Medians in milliseconds by database and need; `missed` names the aims that were not met."""
    services, repeats = (600, 3) if short else (SERVICES, 60)
    found: dict[str, dict[str, Measured]] = {}
    nightly: dict[str, dict[str, Any]] = {}
    with scratch_folder() as folder:
        found["SQLite"], nightly["SQLite"] = await _on(sqlite_url(folder), services, repeats, short=short)
    with postgresql_server() as server:
        url = await postgresql_url(server)
        found["PostgreSQL"], nightly["PostgreSQL"] = await _on(url, services, repeats, short=short)
    result = _judge(found, services, is_whole=not short)
    missed = _judge_nightly(nightly, is_whole=not short)
    return {**result, "nightly": nightly, "missed": [*result["missed"], *missed]}


async def _on(url: str, services: int, repeats: int, *, short: bool) -> tuple[dict[str, Measured], dict[str, Any]]:
    await prepare_database(url)
    async with opened(url) as database:
        await _fill(database, services)
        single = {f"{each.need}, {each.country}": await _measure(database, each, repeats) for each in _WANTED}
        return single, await openings.measure(database, short=short)


async def _measure(database: Database, wanted: Wanted, repeats: int) -> Measured:
    measured = Measured()
    statement, parameters = await _candidates(database, wanted)
    for _each in range(repeats):
        begun = perf_counter()
        async with database.reading() as session:
            await matching_services(session, wanted)
        measured.ours.append(perf_counter() - begun)
        begun = perf_counter()
        async with database.engine.connect() as connection:
            measured.candidates = len((await connection.exec_driver_sql(statement, parameters)).all())
        measured.bare.append(perf_counter() - begun)
    return measured


async def _candidates(database: Database, wanted: Wanted) -> tuple[str, Any]:
    """The first statement of a ranking, as the driver gets it."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    async with database.reading() as session:
        await matching_services(session, wanted)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    return statements[0]


async def _fill(database: Database, services: int) -> None:
    draw = Random(1)  # the same directory every time
    partners = [uuid4() for _each in range(200)]
    rows = [_service(draw, partners) for _each in range(services)]
    reach = [
        {"service_id": row["id"], "country": code[:2], "area": code[3:], "kind": row["kind"]}
        for row in rows
        for code in row["areas"]
    ]
    async with database.transaction() as session:
        named = [{"id": each, "name": f"Partner {each}", "kind": OrganisationKind.PARTNER} for each in partners]
        await session.execute(insert(Organisation), named)
        for each in partners:
            await add_agreement(session, each, Terms("1", list(ServiceKind), date(2020, 1, 1)), actor=SYSTEM)
    for table, content in ((Service, rows), (ServiceReach, reach)):
        for first in range(0, len(content), _BATCH):
            async with database.transaction() as session:
                await session.execute(insert(table), content[first : first + _BATCH])
    if not database.is_sqlite:
        async with database.engine.connect() as connection:
            raw = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await raw.exec_driver_sql("VACUUM ANALYZE")


def _service(draw: Random, partners: list[UUID]) -> dict[str, Any]:
    country = draw.choice(list(AREAS))
    everywhere = draw.random() < 0.2  # a share
    codes = [country] if everywhere else [f"{country}:{area}" for area in draw.sample(AREAS[country], 2)]
    return {
        "id": uuid4(),
        "organisation_id": draw.choice(partners),
        "name": f"Service {draw.randrange(10**6)}",
        "description": "What it offers, in a sentence or two, as a provider writes it.",
        "kind": draw.choice(list(ServiceKind)),
        "status": "active",
        "minimum_age": draw.choice([None, 16, 18]),
        "maximum_age": None,
        "languages": draw.sample(["en", "fr", "ar", "mnk", "wo", "ff"], 2),
        "areas": sorted(codes),
        "assured_date": (clock.now() - timedelta(days=draw.randrange(400))).date(),
        "criteria": " ".join(draw.sample(list(Criterion), draw.choice([0, 0, 1, 2]))),
        "first_for": " ".join(draw.sample([Criterion.LOW_INCOME, Criterion.FEMALE_HEADED], draw.choice([0, 0, 1]))),
        "is_free": draw.choice([True, False, None]),
        "places_left": draw.choice([None, 0, 5]),
        "places_at": clock.now(),
        "finished": 30,
        "completed": draw.randrange(31),
        "hsds": {"description": "x" * 2_000},
    }


def _judge_nightly(nightly: dict[str, dict[str, Any]], *, is_whole: bool) -> list[str]:
    console, missed = Console(), []
    columns = ("needs", "openings", "candidates", "ours", "bare", "times", "loop")
    table = Table("seconds", *columns, title="All open needs to all vacancies and courses, as a set")
    for database, each in nightly.items():
        table.add_row(database, *(f"{each[name]:,}" for name in columns))
        if is_whole and each["times"] > openings.MOST_TIMES:
            aim = f"at most {openings.MOST_TIMES:g} times the join that fetches the candidate pairs"
            missed.append(f"{database}, nightly matching: {aim}")
    console.print(table)
    for aim in missed:
        console.print(f"MISSED  {aim}")
    return missed


def _judge(found: dict[str, dict[str, Measured]], services: int, *, is_whole: bool) -> dict[str, Any]:
    console, result, missed = Console(), {}, []
    for database, needs in found.items():
        table = Table("", "ours ms", "candidates ms", "times", "candidates", title=f"{services:,} services, {database}")
        result[database] = {}
        for name, each in needs.items():
            figures = {
                "ours": round(median(each.ours) * 1e3, 2),
                "bare": round(median(each.bare) * 1e3, 2),
                "times": round(each.times, 2),
                "candidates": each.candidates,
            }
            result[database][name] = figures
            table.add_row(name, *map(str, figures.values()))
            # What a ranking costs whatever there is weighs more where there is little.
            if is_whole and each.times > MOST_TIMES:
                missed.append(f"{database}, {name}: at most {MOST_TIMES:g} times the query that fetches the candidates")
        console.print(table)
    for aim in missed:
        console.print(f"MISSED  {aim}")
    return {"services": services, **result, "missed": missed}
