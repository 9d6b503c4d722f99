"""`bench console`: what the pages of the console cost among 100,000 cases, beside the queries that they need.

Baseline of a page: the very statements that it runs, as plain text on a connection of the same driver and pool, each
read to the end, and a static page that needs no database (the sign-in). That is what the aim is judged by. Beside it
stands a milder ratio, whose baseline also holds the page's own template, rendered once more with what it was given: the
sign-in is a tenth of the size of a list. So that slow queries cannot hide in the baseline, the slowest statement has a
bound of its own. Pages are asked through the ASGI application, without a network; what is compared is timed in turn,
because the machine is not equally fast all the time.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

import httpx
from jinja2 import Template
from rich.console import Console
from rich.table import Table
from sqlalchemy import event

from foundation.database import Database
from tests.bench.caseload import Caseload, fill
from tests.soak.postgresql import postgresql_server, postgresql_url
from tests.soak.stand import opened, prepare_database, scratch_folder, settings_for, sqlite_url
from web.app import create_app
from web.guard import SESSION_COOKIE

MANY = 100_000
MOST_TIMES = 3.0
MOST_BYTES = 60_000
MOST_MILLISECONDS = 100.0
"""Of one statement, as plain text."""
ORIGIN = "http://127.0.0.1:8000"

Statement = tuple[str, Any]
Page = tuple[str, str, str, dict[str, str]]
"""Name, who looks, address, and the form that is sent there if one is."""


@dataclass(slots=True)
class Measured:
    """Seconds of each repeat, the statements of one, and the bytes of the answer."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    static: list[float] = field(default_factory=list)
    rendered: list[float] = field(default_factory=list)
    """The page's own template once more."""
    slowest: float = 0.0
    statements: int = 0
    size: int = 0

    @property
    def times(self) -> float:
        return median(self.ours) / (median(self.bare) + median(self.static))

    @property
    def times_with_own_template(self) -> float:
        return median(self.ours) / (median(self.bare) + median(self.static) + median(self.rendered))


async def run(*, short: bool) -> dict[str, Any]:
    """Medians in milliseconds by database and page; `missed` names the aims that were not met."""
    cases, repeats = (3_000, 5) if short else (MANY, 15)
    found: dict[str, dict[str, Measured]] = {}
    with scratch_folder() as folder:
        url = sqlite_url(folder)
        await prepare_database(url)
        async with opened(url) as database:
            caseload = await fill(database, cases)
            found["SQLite"] = await _measure(database, caseload, repeats)
    with postgresql_server() as server:
        url = await postgresql_url(server)
        await prepare_database(url)
        async with opened(url) as database:
            caseload = await fill(database, cases)
            found["PostgreSQL"] = await _measure(database, caseload, repeats)
    return _judge(found, cases)


def _pages(caseload: Caseload) -> Iterator[Page]:
    for who in ("caseworker", "caseworker of a small team", "supervisor"):
        yield f"Today, {who}", who, "/today", {}
        yield f"list, {who}", who, "/cases", {}
    yield "Today, protection officer", "protection officer", "/today", {}
    yield "list by flag and phase", "caseworker", "/cases?flag=fear_of_return&phase=assessment", {}
    yield "list by owner, oldest first", "supervisor", "/cases?owner=nobody&sort=oldest", {}
    yield "search by two words of a name", "supervisor", "/cases", {"words": "Lamin Trabelsi"}
    yield "search by a name of many", "supervisor", "/cases", {"words": "Muhammad"}
    yield "search by the end of a number", "caseworker", "/cases", {"words": caseload.number[-4:]}
    yield "case page", "caseworker", f"/cases/{caseload.number}", {}


async def _measure(database: Database, caseload: Caseload, repeats: int) -> dict[str, Measured]:
    settings = settings_for(database.url).model_copy(update={"public_url": ORIGIN, "second_factor": "offered"})
    app = create_app(database, settings)
    found: dict[str, Measured] = {}
    async with AsyncExitStack() as stack:
        clients = {}
        for who, token in {**caseload.tokens, "nobody": ""}.items():
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)
            clients[who] = await stack.enter_async_context(client)
            if token:
                client.cookies.set(SESSION_COOKIE, token)
        for page in _pages(caseload):
            name, who, *_more = page
            found[name] = await _measure_page(database, clients[who], clients["nobody"], page, repeats)
    return found


async def _measure_page(
    database: Database, client: httpx.AsyncClient, nobody: httpx.AsyncClient, page: Page, repeats: int
) -> Measured:
    _name, _who, path, form = page
    measured = Measured()
    token = (await client.get("/account")).text.partition('name="csrf_token" value="')[2].partition('"')[0]

    async def ask() -> httpx.Response:
        if not form:
            return await client.get(path)
        headers = {"Sec-Fetch-Site": "same-origin"}
        return await client.post(path, data={"csrf_token": token, **form}, headers=headers)

    with _recorded(database) as statements:
        answer = await ask()
    if answer.status_code != httpx.codes.OK:
        raise RuntimeError(f"{path}: {answer.status_code}")
    with _recorded(database) as statements, _rendered() as again:
        answer = await ask()
    each_statement: list[list[float]] = []
    measured.size, measured.statements = len(answer.content), len(statements)
    for _each in range(repeats):
        measured.ours.append(await _timed(ask))
        each_statement.append(await _replay(database, statements))
        measured.bare.append(sum(each_statement[-1]))
        measured.static.append(await _timed(lambda: nobody.get("/")))
        begun = perf_counter()
        again[-1]()
        measured.rendered.append(perf_counter() - begun)
    measured.slowest = max(median(seconds) for seconds in zip(*each_statement, strict=True))
    return measured


async def _timed(ask: Callable[[], Awaitable[httpx.Response]]) -> float:
    begun = perf_counter()
    await ask()
    return perf_counter() - begun


@contextmanager
def _recorded(database: Database) -> Iterator[list[Statement]]:
    statements: list[Statement] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_more: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT")):
            statements.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@contextmanager
def _rendered() -> Iterator[list[Callable[[], str]]]:
    """What renders each page that is rendered inside the block once more."""
    again: list[Callable[[], str]] = []
    render = Template.render

    def note(template: Template, **values: Any) -> str:
        again.append(lambda: render(template, **values))
        return render(template, **values)

    Template.render = note  # type: ignore[method-assign,assignment]
    yield again
    Template.render = render  # type: ignore[method-assign]


async def _replay(database: Database, statements: Sequence[Statement]) -> list[float]:
    """Seconds of each; the first with what it costs to take a connection."""
    seconds = []
    begun = perf_counter()
    async with database.engine.connect() as connection:
        for statement, parameters in statements:
            found = await connection.exec_driver_sql(statement, parameters)
            if found.returns_rows:
                found.all()
            seconds.append(perf_counter() - begun)
            begun = perf_counter()
        await connection.commit()
    return seconds


def _judge(found: dict[str, dict[str, Measured]], cases: int) -> dict[str, Any]:
    console, result, missed = Console(), {}, []
    for database, pages in found.items():
        table = Table(
            "", "page ms", "queries ms", "static ms", "times", "with own template", "slowest ms", "statements", "kB",
            title=f"The console among {cases:,} cases on {database}",
        )  # fmt: skip
        result[database] = {}
        for name, each in pages.items():
            figures = {
                "page": round(median(each.ours) * 1e3, 2),
                "queries": round(median(each.bare) * 1e3, 2),
                "static page": round(median(each.static) * 1e3, 2),
                "times": round(each.times, 2),
                "times, with own template": round(each.times_with_own_template, 2),
                "slowest statement": round(each.slowest * 1e3, 2),
                "statements": each.statements,
                "bytes": each.size,
            }
            result[database][name] = figures
            table.add_row(name, *(str(value) for value in list(figures.values())[:-1]), f"{each.size / 1000:.1f}")
            # What a page costs whatever there is in the database weighs more where there is little.
            if cases >= MANY and each.times > MOST_TIMES:
                missed.append(f"{database}, {name}: at most {MOST_TIMES:g} times its queries and a static page")
            if each.slowest * 1e3 > MOST_MILLISECONDS:
                missed.append(f"{database}, {name}: no statement takes more than {MOST_MILLISECONDS:g} ms")
            if each.size > MOST_BYTES:
                missed.append(f"{database}, {name}: at most {MOST_BYTES:,} bytes")
        console.print(table)
    for aim in missed:
        console.print(f"MISSED  {aim}")
    return {"cases": cases, **result, "missed": missed}
