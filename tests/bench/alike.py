"""`bench alike`: whether the time of an answer tells a case that is forbidden from one that does not exist.

A caseworker asks for numbers of another team and for numbers that nobody has, in one run and in random turn, because
the machine is not equally fast all the time. The two samples are compared by their medians and by rank (Mann-Whitney):
`chance` is how often one drawn from the forbidden takes longer than one drawn from the missing, 0.5 if nothing is told.
A second sample of missing numbers stands beside it, to show what noise alone looks like.
"""

from contextlib import AsyncExitStack
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from scipy.stats import mannwhitneyu
from sqlalchemy import select

from cases.models import Case
from foundation.database import Database
from tests.bench.caseload import Caseload, fill
from tests.bench.console import ORIGIN
from tests.soak.postgresql import postgresql_server, postgresql_url
from tests.soak.stand import opened, prepare_database, scratch_folder, settings_for, sqlite_url
from web.app import create_app
from web.guard import SESSION_COOKIE

WHO, THEIR_TEAM = "caseworker", "TN"
PLACES = ("", "/return", "/messages")
FARTHEST = 0.05
"""How far from one half the chance may lie, unless ranks would fall so by accident once in a hundred."""
SIGNIFICANT = 0.01
Samples = dict[str, list[float]]


async def run(*, short: bool) -> dict[str, Any]:
    """Medians in milliseconds, their ratio, chance and p by database; `missed` names what an answer's time tells."""
    cases, repeats = (2_000, 300) if short else (20_000, 3_000)
    found: dict[str, Samples] = {}
    with scratch_folder() as folder:
        url = sqlite_url(folder)
        await prepare_database(url)
        async with opened(url) as database:
            found["SQLite"] = await _measure(database, await fill(database, cases), repeats)
    with postgresql_server() as server:
        url = await postgresql_url(server)
        await prepare_database(url)
        async with opened(url) as database:
            found["PostgreSQL"] = await _measure(database, await fill(database, cases), repeats)
    return _judge(found)


async def _measure(database: Database, caseload: Caseload, repeats: int) -> Samples:
    draw = Random(2)
    numbers = await _numbers(database, draw)
    settings = settings_for(database.url).model_copy(update={"public_url": ORIGIN, "second_factor": "offered"})
    samples: Samples = {name: [] for name in numbers}
    async with AsyncExitStack() as stack:
        transport = httpx.ASGITransport(create_app(database, settings))
        client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=ORIGIN))
        client.cookies.set(SESSION_COOKIE, caseload.tokens[WHO])
        for turn in range(repeats + 20):
            for name in draw.sample(list(numbers), len(numbers)):
                path = f"/cases/{draw.choice(numbers[name])}{draw.choice(PLACES)}"
                begun = perf_counter()
                answer = await client.get(path)
                seconds = perf_counter() - begun
                if answer.status_code != httpx.codes.NOT_FOUND:
                    raise RuntimeError(f"{path}: {answer.status_code}")
                if turn >= 20:  # the first ones read templates and words
                    samples[name].append(seconds)
    return samples


async def _numbers(database: Database, draw: Random) -> dict[str, list[str]]:
    async with database.reading() as session:
        theirs = list(await session.scalars(select(Case.number).where(Case.team == THEIR_TEAM).limit(200)))
        taken = set(await session.scalars(select(Case.number)))
    letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

    unknown = ["".join(draw.choices(letters, k=8)) for _each in range(400)]
    missing = [number for signs in unknown if (number := f"HW-{signs[:4]}-{signs[4:]}") not in taken]
    return {"forbidden": theirs, "missing": missing[:200], "missing again": missing[200:]}


def _judge(found: dict[str, Samples]) -> dict[str, Any]:
    console, result, missed = Console(), {}, []
    table = Table("", "forbidden ms", "missing ms", "ratio", "chance", "p", "noise: ratio", "chance", "p")
    for database, samples in found.items():
        told = _compared(samples["forbidden"], samples["missing"])
        noise = _compared(samples["missing again"], samples["missing"])
        result[database] = {"repeats": len(samples["missing"]), **told, "noise": noise}
        table.add_row(
            database, *(str(value) for value in told.values()), *(str(noise[name]) for name in list(told)[2:])
        )
        if abs(told["chance"] - 0.5) > FARTHEST and told["p"] < SIGNIFICANT:
            missed.append(f"{database}: the time of an answer tells a forbidden case from a missing one")
    console.print(table)
    for aim in missed:
        console.print(f"MISSED  {aim}")
    return {**result, "missed": missed}


def _compared(first: list[float], second: list[float]) -> dict[str, float]:
    ranks = mannwhitneyu(first, second)
    return {
        "median ms": round(median(first) * 1e3, 3),
        "other median ms": round(median(second) * 1e3, 3),
        "ratio": round(median(first) / median(second), 4),
        "chance": round(float(ranks.statistic) / (len(first) * len(second)), 4),
        "p": round(float(ranks.pvalue), 4),
    }
