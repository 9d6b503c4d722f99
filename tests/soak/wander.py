"""`soak crowd`: many people in every language do at random what the chat offers, through the simulator.

Every word gets an answer, nothing that only a programmer should see is shown, and in the end nobody is stuck.
"""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from foundation.language import complete_languages
from tests.soak.findings import read_house
from tests.soak.kill import answering
from tests.soak.processes import Processes, free_port
from tests.soak.report import console, report, verdict
from tests.soak.stand import TOKEN, environment_of, opened, prepare_database, scratch_folder, settings_for, sqlite_url
from tests.soak.walker import Message, Walker

HANDLED_SECONDS = 120.0
"""How long the bot may take to acknowledge what someone did: a crowd on a small machine has to wait for its turn."""
REPLY_SECONDS, TAP_SECONDS = 20.0, 1.0
"""How long after that an answer may take to arrive; many a tap is answered by a notice alone, which is no message."""
LOOK_SECONDS = 0.25
"""Looking more often would cost the bot the processor on which it answers."""
STILL_SECONDS = 1.25
"""Whoever reads before they go on acts once nothing more comes: Telegram takes one message a second for a chat. A crowd
that acts on each message as it comes is told more than Telegram lets through, and waits longer and longer."""
LOOKED_AT = 8
"""How many of the newest messages someone has on the screen."""
PROGRESS = 1_000
UNANSWERED, STUCK, BURIED = "words without an answer", "people who are stuck", "updates buried"
PROPERTIES = frozenset([UNANSWERED, STUCK, BURIED, "raw keys", "placeholders", "tracebacks", "English leaks"])


@dataclass(frozen=True, slots=True)
class Plan:
    people: int
    turns: int
    """Of all people together."""
    at_once: int
    seed: int = 1


FULL = Plan(people=200, turns=20_000, at_once=30)
SHORT = Plan(people=6, turns=120, at_once=6)


class Wanderers:
    def __init__(self, client: httpx.AsyncClient, plan: Plan) -> None:
        self.client, self.plan = client, plan
        self.free = asyncio.Semaphore(plan.at_once)
        self.found: Counter[str] = Counter()
        self.silent_taps = self.done = 0
        self.begun = monotonic()
        self.walkers = [
            Walker(language, plan.seed * 1_000_000 + number)
            for number, language in zip(range(plan.people), _in_turn(complete_languages("person")), strict=False)
        ]

    async def wander_all(self) -> None:
        await asyncio.gather(*(self._wander(walker) for walker in self.walkers))

    async def _wander(self, walker: Walker) -> None:
        async with self.free:
            person = {"first_name": f"W{walker.seed}", "language_code": walker.language.replace("_", "-")}
            phone = (await self._call("POST", "/simulator/phones", json=person))["id"]
            screen = await self._do(phone, walker, {}, {"kind": "start"})
            while (choice := walker.pick_language(list(screen.values()))) is not None:
                screen = await self._do(phone, walker, screen, choice)
            for _turn in range(self.plan.turns // self.plan.people):
                screen = await self._do(phone, walker, screen, walker.choose(list(screen.values())))
            await self._leave(phone, walker, screen)

    async def _leave(self, phone: int, walker: Walker, screen: dict[int, Message]) -> None:
        """In the end the menu must come, with something to choose; what was still on its way may come before it."""
        screen = await self._do(phone, walker, screen, {"kind": "text", "text": "/menu"})
        begun = monotonic()
        while not _ends_with_choices(screen) and monotonic() - begun < REPLY_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            screen = await self._screen(phone, min(screen, default=1))
        self.found[STUCK] += not _ends_with_choices(screen)

    async def _do(
        self, phone: int, walker: Walker, before: dict[int, Message], action: dict[str, Any]
    ) -> dict[int, Message]:
        """Do it and wait until the screen has changed; returns the bot's newest messages on it."""
        before = dict(list(before.items())[-LOOKED_AT:])
        updates = await self._call("POST", f"/simulator/phones/{phone}/actions", json=action)
        newest = max((update["update_id"] for update in updates), default=0)
        begun, handled = monotonic(), 0.0
        while (screen := await self._screen(phone, min(before, default=1))) == before:
            if not handled and await self._is_handled(newest):
                handled = monotonic()
            patience = TAP_SECONDS if action["kind"] == "tap" else REPLY_SECONDS
            is_late = bool(handled) and monotonic() - handled > patience
            if is_late or monotonic() - begun > HANDLED_SECONDS:
                self._note_silence(walker, action)
                break
            await asyncio.sleep(LOOK_SECONDS)
        else:
            screen = await self._until_still(phone, screen)
        for message_id, message in screen.items():
            if before.get(message_id) != message:
                walker.read(message)
        self.done += 1
        if self.done % PROGRESS == 0:
            told = ", ".join(f"{count} {name}" for name, count in self.all_found().items() if count) or "nothing found"
            console.print(f"{self.done} turns, {monotonic() - self.begun:.0f} s, {told}", markup=False)
        return screen

    def all_found(self) -> Counter[str]:
        return sum((walker.found for walker in self.walkers), Counter(self.found))

    async def _until_still(self, phone: int, screen: dict[int, Message]) -> dict[int, Message]:
        seen, since = screen, monotonic()
        while monotonic() - since < STILL_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            seen, before = await self._screen(phone, min(screen, default=1)), seen
            if seen != before:
                since = monotonic()
        return seen

    async def _is_handled(self, update_id: int) -> bool:
        oldest = (await self._call("GET", "/queue"))["oldest"]
        return not oldest or oldest > update_id

    def _note_silence(self, walker: Walker, action: dict[str, Any]) -> None:
        # A second tap on the same button, or one that redraws what stands there already, changes nothing.
        if action["kind"] == "tap":
            self.silent_taps += 1
        else:
            self.found[UNANSWERED] += 1
            walker.examples.append(f"{walker.language}: no answer to {json.dumps(action)[:80]}")

    async def _screen(self, phone: int, since: int) -> dict[int, Message]:
        messages = await self._call("GET", f"/simulator/phones/{phone}/messages", params={"after": since - 1})
        return {each["message_id"]: each for each in messages if each["from"]["is_bot"]}

    async def _call(self, method: str, where: str, **details: Any) -> Any:
        answer = await self.client.request(method, where, timeout=60, **details)
        if answer.status_code == httpx.codes.CONFLICT:  # a button of a message that has been taken back meanwhile
            return []
        answer.raise_for_status()
        return answer.json()


def _ends_with_choices(screen: dict[int, Message]) -> bool:
    return any("reply_markup" in message for message in list(screen.values())[-1:])


def _in_turn(languages: tuple[str, ...]) -> Any:
    while True:
        yield from languages


async def run_crowd(plan: Plan, folder: Path) -> dict[str, Any]:
    """One run on SQLite; every name in PROPERTIES must come back as 0."""
    url, port, begun = sqlite_url(folder), free_port(), monotonic()
    address = f"http://127.0.0.1:{port}"
    await prepare_database(url)
    environment = environment_of(settings_for(url, address)) | {"HOMEWARD_LANGUAGES": ""}
    async with Processes(folder, environment) as processes, httpx.AsyncClient(base_url=address) as client:
        await processes.start("phones", "tests.soak.phones", str(port), TOKEN)
        await answering(client)
        await processes.start("worker", "homeward.cli", "worker")
        await processes.start("bot", "homeward.cli", "bot")
        wanderers = Wanderers(client, plan)
        await wanderers.wander_all()
        logs = processes.log_of("bot") + processes.log_of("worker")
    async with opened(url) as database, database.transaction() as session:
        house = await read_house(session)
    found = wanderers.all_found()
    for example in [line for walker in wanderers.walkers for line in walker.examples][:20]:
        console.print(example, markup=False)
    found["tracebacks"] += logs.count("Traceback") + logs.count("turn_failed")
    return {
        "run": "crowd, SQLite",
        "people": plan.people,
        "languages": len({walker.language for walker in wanderers.walkers}),
        "turns": sum(walker.turns for walker in wanderers.walkers),
        "seconds": round(monotonic() - begun, 1),
        "taps that changed nothing": wanderers.silent_taps,
        BURIED: house.dead_letters,
        **{name: found[name] for name in sorted(PROPERTIES - {BURIED})},
    }


def main(*, short: bool) -> int:
    with scratch_folder() as folder:
        rows = [asyncio.run(run_crowd(SHORT if short else FULL, folder))]
    report("A crowd at random", rows, "soak-crowd.json")
    return verdict(rows, PROPERTIES)
