"""Part of `bench match`: all open needs matched to vacancies and courses as a set, as it is done every night.

Baseline: the bare join that fetches the candidate pairs, read to the end on the same connection pool. Beside it, for
information: what a loop over the cases would take, told from some of them. One code of an occupation is known of each.
"""

from datetime import timedelta
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, insert, true
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import Organisation, OrganisationKind
from cases.classifications import ISCO, classification
from cases.models import Case, Consent, Need, Person
from cases.rules import (
    CaseStatus,
    ConsentKind,
    ConsentState,
    NeedKind,
    NeedStatus,
    Phase,
    Urgency,
)
from cases.work_models import CodeOrigin, WorkCode
from foundation import clock
from foundation.database import Database
from referrals.opening_matching import all_parts, candidates, insertions, match_part
from referrals.opening_models import Course, CourseOccupation, Vacancy
from referrals.opening_rules import KINDS_FOR_OPENING_NEED, Contract, OpeningKind, OpeningStatus, WagePeriod
from tests.bench.places import AREAS

NEEDS, OPENINGS, SINGLE = 100_000, 10_000, 200
MOST_TIMES = 3.0
FOR_ANYONE = 0.005
"""Share of courses: each is a candidate for everyone in the country who wants to learn."""
_BATCH = 5_000


async def measure(database: Database, *, short: bool) -> dict[str, Any]:
    """Seconds by what was done, and how many pairs there were."""
    needs, openings, single = (2_000, 400, 20) if short else (NEEDS, OPENINGS, SINGLE)
    cases = await _fill(database, needs, openings)
    begun, pairs = perf_counter(), 0
    async with database.reading() as session:
        for need, kinds in KINDS_FOR_OPENING_NEED.items():
            for kind in kinds:
                found = await session.stream(candidates(need, kind, _all()))
                async for some in found.partitions(_BATCH):
                    pairs += len(some)
    bare = perf_counter() - begun
    begun = perf_counter()
    for part in all_parts():
        async with database.transaction() as session:
            await match_part(session, part)
    ours = perf_counter() - begun
    begun = perf_counter()
    async with database.reading() as session:
        for case_id in cases[:single]:
            await _alone(session, case_id)
    loop = (perf_counter() - begun) / single * len(cases)
    return {
        "needs": needs,
        "openings": openings,
        "candidates": pairs,
        "ours": round(ours, 2),
        "bare": round(bare, 2),
        "times": round(ours / bare, 2),
        "loop": round(loop, 1),
    }


def _all() -> ColumnElement[bool]:
    return true()


async def _alone(session: AsyncSession, case_id: UUID) -> None:
    """What `match_case` reads; nothing is written, so that the loop is not told too slow."""
    for statement in insertions(Case.id == case_id):
        (await session.execute(statement.select)).all()


async def _fill(database: Database, needs: int, openings: int) -> list[UUID]:
    draw = Random(2)  # the same every time
    groups = [entry.code for entry in classification(ISCO).codes if len(entry.code) == 2]
    provider, house = uuid4(), uuid4()
    people: list[dict[str, Any]] = []
    rows: dict[Any, list[dict[str, Any]]] = {Person: people, Case: [], Consent: [], Need: [], WorkCode: []}
    now = clock.now()
    for number in range(needs):
        person_id, case_id, country = uuid4(), uuid4(), draw.choice(list(AREAS))
        people.append({"id": person_id, "language": "en" if country == "GM" else "ar", "created_at": now})
        rows[Case].append(
            {
                "id": case_id,
                "number": f"HW-{number:07}",
                "person_id": person_id,
                "organisation_id": house,
                "phase": Phase.ASSESSMENT,
                "status": CaseStatus.OPEN,
                "opened_at": now,
                "country": country,
                "area": f"{country.lower()}_{draw.choice(AREAS[country])}",
            }
        )
        rows[Consent].append(
            {
                "id": uuid4(),
                "person_id": person_id,
                "kind": ConsentKind.DATA,
                "purpose": "data",
                "fields": [],
                "notice_id": "data",
                "notice_version": "1",
                "language": "en",
                "text_hash": "0" * 64,
                "state": ConsentState.GIVEN,
                "requested_at": now,
            }
        )
        rows[Need].append(
            {
                "id": uuid4(),
                "case_id": case_id,
                "kind": draw.choice([NeedKind.WORK, NeedKind.TRAINING]),
                "urgency": Urgency.NORMAL,
                "status": NeedStatus.OPEN,
                "raised_at": now,
            }
        )
        code = f"{draw.choice(groups)}{draw.randrange(1, 5)}{draw.randrange(1, 5)}"
        rows[WorkCode].append({"case_id": case_id, "scheme": ISCO, "code": code, "origin": CodeOrigin.ENTERED})
    offered = [_opening(draw, groups, provider) for _each in range(openings)]
    rows[Vacancy] = [each for each in offered if "isco" in each]
    rows[Course] = [each for each in offered if "isco" not in each]
    rows[CourseOccupation] = [
        {"course_id": course["id"], "isco": f"{group}{draw.randrange(1, 5)}{draw.randrange(1, 5)}", "isco_group": group}
        for course in rows[Course]
        if not course["for_anyone"]
        for group in draw.sample(groups, 2)
    ]
    async with database.transaction() as session:
        named = [(provider, OrganisationKind.PARTNER), (house, OrganisationKind.OPERATOR)]
        await session.execute(
            insert(Organisation), [{"id": id_, "name": str(id_), "kind": kind} for id_, kind in named]
        )
    for table, content in rows.items():
        for first in range(0, len(content), _BATCH):
            async with database.transaction() as session:
                await session.execute(insert(table), content[first : first + _BATCH])
    async with database.engine.connect() as connection:
        raw = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await raw.exec_driver_sql("ANALYZE")
    return [each["id"] for each in rows[Case]]


def _opening(draw: Random, groups: list[str], provider: UUID) -> dict[str, Any]:
    country = draw.choice(list(AREAS))
    common = {
        "id": uuid4(),
        "organisation_id": provider,
        "reference": uuid4().hex,
        "title": "As it is written",
        "country": country,
        "area": draw.choice([None, f"{country.lower()}_{draw.choice(AREAS[country])}"]),
        "languages": draw.choice(["", " en ", " ar fr "]),
        "level": draw.choice([None, 2, 3]),
        "places": 5,
        "places_left": 5,
        "starts_on": clock.today() + timedelta(days=draw.randrange(90)),
        "apply_until": clock.today() + timedelta(days=30),
        "status": OpeningStatus.OPEN,
        "entered_at": clock.now(),
        "changed_at": clock.now(),
    }
    if draw.random() < 0.5:  # half of all
        group = draw.choice(groups)
        return {
            **common,
            "isco": f"{group}{draw.randrange(1, 5)}{draw.randrange(1, 5)}",
            "isco_group": group,
            "contract": Contract.SEASONAL,
            "employer": "Someone",
            "monthly": None,
            "period": WagePeriod.MONTH,
            "vetted_until": clock.today() + timedelta(days=30),
            "vetted_at": clock.now(),
        }
    for_anyone = draw.random() < FOR_ANYONE
    return {**common, "kind": OpeningKind.COURSE, "field": "07", "certificate": "", "for_anyone": for_anyone}
