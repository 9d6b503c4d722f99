"""`soak kill`: while a crowd fills in forms, the bot and the worker are killed again and again.

What the bot has acknowledged must be in the database exactly once. A message may be shown twice (a crash between the
sending and the note of it); none may be lost.
"""

import asyncio
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import httpx

from tests.soak.crowd import Crowd
from tests.soak.findings import MUST_BE_ZERO, House, compare, read_house
from tests.soak.person import Person
from tests.soak.processes import Processes, free_port
from tests.soak.report import console, report, verdict
from tests.soak.stand import TOKEN, environment_of, opened, prepare_database, scratch_folder, settings_for, sqlite_url

SILENT_LOSSES = "messages noted as sent and never shown"
IN_HAND = "kills with updates in hand"
PROPERTIES = MUST_BE_ZERO | {SILENT_LOSSES}
START_SECONDS, QUIET_SECONDS = 60.0, 120.0
LONGEST_LIFE = 0.9
"""Seconds from the first poll to the kill; most lives are much shorter, so that most kills strike at work."""
PROGRESS = 100
EARLY, WORKER_TOO = 6, 5
"""Every sixth kill strikes while the bot still starts; every fifth takes the worker as well."""


@dataclass(frozen=True, slots=True)
class Plan:
    kills: int
    seats: int
    texts: int
    forms: int
    last_arrivals: int
    """Kills before the end after which nobody new comes."""
    double_taps: float = 0.15
    """How often a button is tapped twice."""
    seed: int = 1


FULL = Plan(kills=1_000, seats=24, texts=4, forms=2, last_arrivals=10)
SHORT = Plan(kills=12, seats=10, texts=2, forms=1, last_arrivals=10)


@dataclass(slots=True)
class Killer:
    plan: Plan
    processes: Processes
    client: httpx.AsyncClient
    starts: list[float] = field(default_factory=list)
    in_hand: int = 0
    """Kills that struck while Telegram still waited for updates to be acknowledged."""

    async def strike(self, full: asyncio.Event) -> None:
        """Kill and start again, `plan.kills` times; sets `full` once nobody new should come."""
        random, begun = Random(self.plan.seed), monotonic()
        for number in range(1, self.plan.kills + 1):
            if number % EARLY:
                await self.wait_for_poll()
            await asyncio.sleep(LONGEST_LIFE * random.random() ** 2)
            self.in_hand += (await self._queue())["unconfirmed"] > 0
            await self._replace("bot")
            if number % WORKER_TOO == 0:
                await self._replace("worker")
            if number >= self.plan.kills - self.plan.last_arrivals:
                full.set()
            await self.client.post("/simulator/redeliveries", json={"count": random.randint(1, 30)})
            if number % PROGRESS == 0:
                console.print(f"{number} kills, {monotonic() - begun:.0f} s")

    async def _replace(self, name: str) -> None:
        await self.processes.kill(name)
        await self.processes.start(name, "tests.soak.program", name)

    async def wait_for_poll(self) -> None:
        """Until the bot asks for updates; a start that fails ends the run with its log."""
        begun, polls = monotonic(), (await self._queue())["polls"]
        while (await self._queue())["polls"] == polls:
            if self.processes.has_ended("bot") or monotonic() - begun > START_SECONDS:
                raise RuntimeError(f"the bot did not start:\n{self.processes.log_of('bot')[-2000:]}")
            await asyncio.sleep(0.02)
        self.starts.append(monotonic() - begun)

    async def wait_for_quiet(self, url: str) -> House:
        """Until Telegram has nothing left to deliver, the outbox nothing to send, the audit log nothing to link."""
        begun = monotonic()
        while True:
            async with opened(url) as database, database.transaction() as session:
                house = await read_house(session)
            queue = await self._queue()
            waiting = [count for state, count in house.outbox.items() if state == "waiting"]
            if not (queue["unconfirmed"] or any(waiting) or house.unlinked) or monotonic() - begun > QUIET_SECONDS:
                return house
            await asyncio.sleep(1)

    async def _queue(self) -> dict[str, int]:
        return dict((await self.client.get("/queue")).json())


async def run_kill(plan: Plan, folder: Path) -> dict[str, Any]:
    """One run on SQLite; every name in PROPERTIES must come back as 0."""
    url, port, begun = sqlite_url(folder), free_port(), monotonic()
    address = f"http://127.0.0.1:{port}"
    await prepare_database(url)
    processes = Processes(folder, environment_of(settings_for(url, address)))
    async with processes, httpx.AsyncClient(base_url=address) as client:
        await processes.start("phones", "tests.soak.phones", str(port), TOKEN)
        await answering(client)
        await processes.start("worker", "tests.soak.program", "worker")
        await processes.start("bot", "tests.soak.program", "bot")
        killer, crowd = Killer(plan, processes, client), Crowd(client, partial(_person, plan))
        await killer.wait_for_poll()
        full = asyncio.Event()
        await asyncio.gather(killer.strike(full), *(crowd.sit(seat, full) for seat in range(plan.seats)))
        house = await killer.wait_for_quiet(url)
        await crowd.count_shown()
    return {
        "run": "kill, SQLite",
        **_counts(crowd, house),
        **{name: value for name, value in asdict(plan).items() if name in {"kills", "seed"}},
        IN_HAND: killer.in_hand,
        "seconds": round(monotonic() - begun, 1),
        "seconds a kill": round((monotonic() - begun) / plan.kills, 2),
        "median seconds from start to first poll": round(sorted(killer.starts)[len(killer.starts) // 2], 2),
        **compare(house, crowd.people),
        SILENT_LOSSES: sum(max(0, kept[0].told - crowd.shown[phone]) for phone, kept in house.chats.items()),
    }


def _person(plan: Plan, name: str) -> Person:
    return Person(name, seed=plan.seed, texts=plan.texts, forms=plan.forms, double_taps=plan.double_taps)


def _counts(crowd: Crowd, house: House) -> dict[str, int]:
    told = {phone: kept[0].told for phone, kept in house.chats.items()}
    repeats = {phone: crowd.shown[phone] - count for phone, count in told.items()}
    return {
        "people": len(crowd.people),
        "answers": sum(sum(person.given.values()) for person in crowd.people.values()),
        "texts": sum(len(person.wrote) for person in crowd.people.values()),
        "messages sent": sum(told.values()),
        "messages shown twice": sum(repeats.values()),
        "most for one person": max(repeats.values(), default=0),
    }


async def answering(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                await client.get("/queue")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


def main(*, short: bool) -> int:
    with scratch_folder() as folder:
        rows = [asyncio.run(run_kill(SHORT if short else FULL, folder))]
    report("Killed again and again", rows, "soak-kill.json")
    return verdict(rows, PROPERTIES)
