"""`bench turn`: what one durable turn costs, beside a bare commit and beside a bot that pickles its state.

A turn: the answer read, sealed, stored and audited, the next question queued, committed, sent and noted as sent.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import aiosqlite
from rich.console import Console
from rich.table import Table
from sqlalchemy import event, text

from foundation.database import Database
from tests.bench.crowding import crowd
from tests.bench.pickling import time_pickling
from tests.soak.person import Person
from tests.soak.stand import opened, prepare_database, scratch_folder, sqlite_url
from tests.soak.town import Town

MOST_STATEMENTS = 8
SLOWER_THAN_PICKLE_500, FASTER_THAN_PICKLE_5000, FLAT = 2.0, 5.0, 1.5
ROUNDS = 3
_PAYLOAD = b"x" * 300
_TABLE = "CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB)"
_INSERT = "INSERT INTO bare (body) VALUES (:body)"

Figures = dict[str, list[float]]


async def run(*, short: bool) -> dict[str, Any]:
    """Medians in microseconds, ratios, statements; `missed` names the aims that were not met."""
    repeats = 100 if short else 400
    sizes = (1_000,) if short else (1_000, 10_000, 100_000)
    with scratch_folder() as folder:
        figures: Figures = {"bare commit, sqlite3": _time_sqlite3(folder, repeats)}
        figures["bare commit, aiosqlite"] = await _time_aiosqlite(folder, repeats)
        figures["bare commit, SQLAlchemy core"] = await _time_core(folder, repeats)
        statements: list[int] = []
        for _round in range(1 if short else ROUNDS):
            with scratch_folder() as fresh:
                await _time_compared(fresh, repeats, figures, statements)
        for size in sizes:
            figures[_turn(size)], counts = await time_turns(folder, others=size, turns=repeats)
            statements += counts
    medians = {name: median(seconds) * 1e6 for name, seconds in figures.items()}
    result = _judge(medians, statements, sizes[-1])
    _show(figures, medians, result)
    return result


async def _time_compared(folder: Path, repeats: int, figures: Figures, statements: list[int]) -> None:
    """What is compared is timed close together, and more than once: the machine is not equally fast all the time."""
    seconds, counts = await time_turns(folder, others=0, turns=repeats)
    figures.setdefault(_turn(0), []).extend(seconds)
    statements += counts
    for chats in (500, 5_000):
        turns = repeats if chats < 1_000 else 60
        figures.setdefault(_pickle(chats), []).extend(await time_pickling(folder, chats=chats, turns=turns))


def _turn(others: int) -> str:
    return f"durable turn, {others:,} other chats"


def _pickle(chats: int) -> str:
    return f"pickled turn, {chats:,} chats"


def _judge(medians: dict[str, float], statements: list[int], largest: int) -> dict[str, Any]:
    ours = medians[_turn(0)]
    ratios = {
        "durable turn to bare commit on the same driver": ours / medians["bare commit, SQLAlchemy core"],
        "durable turn to pickled turn at 500 chats": ours / medians[_pickle(500)],
        "pickled turn to durable turn at 5,000 chats": medians[_pickle(5_000)] / ours,
        f"durable turn among {largest:,} chats to alone": medians[_turn(largest)] / ours,
    }
    slower, faster, growth = list(ratios.values())[1:]
    typical = int(median(statements))
    aims = {
        f"at most {SLOWER_THAN_PICKLE_500:g} times the pickled turn at 500 chats": slower <= SLOWER_THAN_PICKLE_500,
        f"{FASTER_THAN_PICKLE_5000:g} times faster than pickling at 5,000": faster >= FASTER_THAN_PICKLE_5000,
        f"at most {MOST_STATEMENTS} statements a turn": typical <= MOST_STATEMENTS,
        f"at most {FLAT:g} times as slow among {largest:,} chats": growth <= FLAT,
    }
    return {
        "median microseconds": {name: round(value) for name, value in medians.items()},
        "ratios": {name: round(value, 2) for name, value in ratios.items()},
        "statements a turn, median": typical,
        "statements a turn, most": max(statements),
        "missed": [aim for aim, is_met in aims.items() if not is_met],
    }


def _show(figures: Figures, medians: dict[str, float], result: dict[str, Any]) -> None:
    console, table = Console(), Table("", "median µs", "95th µs", title="Cost of a turn")
    for name, seconds in figures.items():
        table.add_row(name, f"{medians[name]:,.0f}", f"{sorted(seconds)[len(seconds) * 95 // 100] * 1e6:,.0f}")
    console.print(table)
    for name, ratio in result["ratios"].items():
        console.print(f"{ratio:8.2f}  {name}")
    console.print(f"{result['statements a turn, median']:8}  statements a turn")
    for aim in result["missed"]:
        console.print(f"MISSED  {aim}")


def _time_sqlite3(folder: Path, repeats: int) -> list[float]:
    connection = sqlite3.connect(folder / "sqlite3.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(_TABLE)
    seconds = []
    for _each in range(repeats):
        begun = perf_counter()
        connection.execute(_INSERT, {"body": _PAYLOAD})
        connection.commit()
        seconds.append(perf_counter() - begun)
    connection.close()
    return seconds


async def _time_aiosqlite(folder: Path, repeats: int) -> list[float]:
    async with aiosqlite.connect(folder / "aiosqlite.db") as connection:
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=FULL")
        await connection.execute(_TABLE)

        async def insert() -> None:
            await connection.execute(_INSERT, {"body": _PAYLOAD})
            await connection.commit()

        return await _timed(insert, repeats)


async def _time_core(folder: Path, repeats: int) -> list[float]:
    async with opened(sqlite_url(folder)) as database:
        async with database.engine.begin() as connection:
            await connection.execute(text(_TABLE))

        async def insert() -> None:
            async with database.engine.begin() as connection:
                await connection.execute(text(_INSERT), {"body": _PAYLOAD})

        return await _timed(insert, repeats)


async def _timed(work: Callable[[], Awaitable[None]], repeats: int) -> list[float]:
    seconds = []
    for _each in range(repeats):
        begun = perf_counter()
        await work()
        seconds.append(perf_counter() - begun)
    return seconds


async def time_turns(folder: Path, *, others: int, turns: int) -> tuple[list[float], list[int]]:
    """Seconds and statements of about `turns` answers, with `others` more chats in the database."""
    url = sqlite_url(folder)
    await prepare_database(url)
    people = {8_000_000_000 + n: Person(f"B{n}", seed=n, texts=1, forms=1, double_taps=0) for n in range(turns // 9)}
    async with opened(url) as database:
        town = Town([database], people)
        while not all(_is_asked(town, chat_id) for chat_id in people):
            await town.receivers[0].receive(town.next_updates())
            await town.send_what_waits()
            town.read_screens()
        crowd(Path(database.engine.url.database or ""), others)
        return await _take_answers(town, database)


async def _take_answers(town: Town, database: Database) -> tuple[list[float], list[int]]:
    seconds: list[float] = []
    statements: list[int] = []
    seen: list[str] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    receiver = town.receivers[0]
    while updates := town.next_updates():
        for update in updates:
            is_answer = update.effective_chat is not None and _is_asked(town, update.effective_chat.id)
            seen.clear()
            begun = perf_counter()
            await receiver.receive([update])
            await receiver.finish_sending()
            if is_answer:
                seconds.append(perf_counter() - begun)
                statements.append(len(seen))
        town.read_screens()
    return seconds, statements


def _is_asked(town: Town, chat_id: int) -> bool:
    """A question of the form is on the screen, neither a menu nor the review."""
    last = town.screens.shown[chat_id][-1:]
    data = last[0].data if last else []
    return any(each.startswith("q:") for each in data) and not any(":send:" in each for each in data)
