"""`soak shuffle`: every update comes one to five times, across chats in any order, to one bot process or to four.

The end must be the same as after a clean delivery, each update once and in order: the same answers, cases, consents
and messages, and the same words shown on every phone.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any

from telegram import Update

from tests.soak.findings import MUST_BE_ZERO, House, Kept, compare, read_house
from tests.soak.person import Person
from tests.soak.postgresql import postgresql_server, postgresql_url
from tests.soak.report import console, report, verdict
from tests.soak.stand import opened, prepare_database, scratch_folder, sqlite_url
from tests.soak.town import OtherProcess, Town

DIFFERENT = "chats that differ from a clean delivery"
PROPERTIES = MUST_BE_ZERO | {DIFFERENT}
MOST_COPIES, LATE_COPIES, BATCH = 5, 0.1, 100
_FIRST_CHAT = 6_000_000_000
_VARIES = re.compile(r"HW-\w{4}-\w{4}|\w+ \d{1,2} \w+ \d{4}, \d\d:\d\d")
"""A case's number, and the moment by which an answer is promised, which moves on every quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Plan:
    people: int
    texts: int = 2
    forms: int = 2
    seed: int = 1


FULL = Plan(people=320)
"""About 10,000 updates."""
PROCESSES = 4
SHORT = Plan(people=8)


@dataclass(frozen=True, slots=True)
class Ending:
    """What is the same after any delivery."""

    state: dict[int, dict[str, Any]]
    found: dict[str, int]
    updates: int
    deliveries: int


async def run_shuffle(plan: Plan, clean_url: str, url: str, *, processes: int, run: str) -> dict[str, Any]:
    """Both databases are new and empty; every name in PROPERTIES must come back as 0."""
    begun = monotonic()
    clean = await _play(plan, clean_url, processes=1, random=None)
    shuffled = await _play(plan, url, processes=processes, random=Random(plan.seed))
    differing = [(state, shuffled.state[chat_id]) for chat_id, state in clean.state.items()]
    differing = [(state, other) for state, other in differing if state != other]
    parts = Counter(name for state, other in differing for name in state if state[name] != other[name])
    if parts:  # names of parts and counts only
        console.print(f"{run}: chats that differ, by part: {dict(parts)}", markup=False)
    return {
        "run": run,
        "people": plan.people,
        "updates": shuffled.updates,
        "deliveries": shuffled.deliveries,
        "bots at once": processes,
        "seed": plan.seed,
        "seconds": round(monotonic() - begun, 1),
        **shuffled.found,
        DIFFERENT: len(differing) + abs(len(clean.state) - len(shuffled.state)),
    }


async def _play(plan: Plan, url: str, *, processes: int, random: Random | None) -> Ending:
    """Round by round: one update of each chat. `random` shuffles and repeats; without it everything comes once."""
    await prepare_database(url)
    people = {
        # No double taps: the bot tells a second tap by the time it comes, and time differs between two deliveries.
        _FIRST_CHAT + number: Person(f"S{number}", seed=plan.seed, texts=plan.texts, forms=plan.forms, double_taps=0)
        for number in range(plan.people)
    }
    async with AsyncExitStack() as stack:
        town = Town([await stack.enter_async_context(opened(url))], people)
        if processes > 1:
            others = [await OtherProcess.start(url, town.screens) for _each in range(processes)]
            for other in others:
                stack.push_async_callback(other.stop)
            town.servers = [*others]
        earlier: list[Update] = []
        deliveries = 0
        while updates := town.next_updates():
            copies = _shuffled(updates, earlier, random) if random else updates
            for start in range(0, len(copies), BATCH):
                await _deliver(town, copies[start : start + BATCH], random)
            await town.send_what_waits()
            town.read_screens()
            earlier += updates
            deliveries += len(copies)
        await town.link_all()
        async with town.databases[0].transaction() as session:
            house = await read_house(session)
        state = {chat_id: _state(kept, town.screens.shown[chat_id]) for chat_id, kept in _single(house)}
        return Ending(state, compare(house, people), len(earlier), deliveries)


def _shuffled(updates: Sequence[Update], earlier: Sequence[Update], random: Random) -> list[Update]:
    late = random.sample(list(earlier), int(len(updates) * LATE_COPIES)) if earlier else []
    copies = [update for update in updates for _copy in range(random.randint(1, MOST_COPIES))] + late
    random.shuffle(copies)
    return copies


async def _deliver(town: Town, updates: Sequence[Update], random: Random | None) -> None:
    """Each receiver gets its share at the same time; a copy may go to one while the other works on the first."""
    shares: list[list[Update]] = [[] for _each in town.servers]
    for update in updates:
        (random.choice(shares) if random else shares[0]).append(update)
    await asyncio.gather(
        *(receiver.receive(share) for receiver, share in zip(town.servers, shares, strict=True) if share)
    )


def _single(house: House) -> list[tuple[int, Kept]]:
    return [(chat_id, kept[0]) for chat_id, kept in house.chats.items()]


def _state(kept: Kept, shown: Sequence[Any]) -> dict[str, Any]:
    case = kept.case
    return {
        "answers": sorted((each.sheet_id, each.state, str(answers)) for each, answers in kept.submissions),
        "case": case and (case.phase, case.status, case.country, case.area, case.team, case.attention_at is not None),
        "consents": sorted((each.kind, each.state, each.text_hash) for each in kept.consents),
        "flags": kept.flags,
        "messages": kept.messages,
        "needs": kept.needs,
        "place": {name: value for name, value in kept.place.items() if name not in {"nonce", "before"}},
        "shown": [_VARIES.sub("…", each.text) for each in shown],
        "told": kept.told,
    }


async def run_all(plan: Plan) -> list[dict[str, Any]]:
    with scratch_folder() as folder, postgresql_server() as server:
        on_sqlite = await run_shuffle(plan, sqlite_url(folder), sqlite_url(folder), processes=1, run="shuffle, SQLite")
        on_postgresql = await run_shuffle(
            plan,
            await postgresql_url(server),
            await postgresql_url(server),
            processes=PROCESSES,
            run="shuffle, PostgreSQL",
        )
    return [on_sqlite, on_postgresql]


def main(*, short: bool) -> int:
    rows = asyncio.run(run_all(SHORT if short else FULL))
    report("Repeated and shuffled", rows, "soak-shuffle.json")
    return verdict(rows, PROPERTIES)
