"""`bench memory`: what the bot's process holds while many people are half-way through a form.

Each size gets a database of its own and a new process with nothing but the receiver; then an answer comes from a random
sample of the chats. Baseline: a python-telegram-bot that pickles its state, and so holds every chat, also in a process
of its own.
"""

import asyncio
import sys
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select
from telegram import Update

from bot.models import Chat, DeadLetter
from cases.answers import open_answers
from cases.models import Submission
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.keys import open_subject
from tests.bench.crowding import Openable, crowd
from tests.soak.person import Person, Shown
from tests.soak.stand import ROOT, opened, prepare_database, scratch_folder, sqlite_url
from tests.soak.town import OtherProcess, Screens, Town

FLAT = 1.1
"""How many times what the bot holds at the smallest size it may hold at the largest."""
WARM, BATCH = 200, 50
_FIRST_CHAT = 8_500_000_000
_FIRST_UPDATE = 500_000_000
_CHOOSE = ":choose:"


async def run(*, short: bool) -> dict[str, Any]:
    """Resident MiB by number of sessions; `missed` names the aim if it was not met."""
    sizes, turns = ((500, 2_000), 100) if short else ((1_000, 10_000, 50_000), 800)
    ours: dict[int, list[float]] = {}
    pickled: dict[int, float] = {}
    for size in sizes:
        with scratch_folder() as folder:
            ours[size] = await hold(folder, sessions=size, turns=turns)
        pickled[size] = await _hold_pickled(size)
    growth = ours[sizes[-1]][1] / ours[sizes[0]][1]
    result = {
        "turns at each size": turns,
        "resident MiB": {f"{size:,} sessions": round(held, 1) for size, (_warm, held) in ours.items()},
        "resident MiB after the first turns": {
            f"{size:,} sessions": round(warm, 1) for size, (warm, _) in ours.items()
        },
        "resident MiB, pickled, most": {f"{size:,} sessions": round(held, 1) for size, held in pickled.items()},
        "growth": round(growth, 3),
        "growth, pickled": round(pickled[sizes[-1]] / pickled[sizes[0]], 3),
        "missed": [] if growth <= FLAT else [f"at most {FLAT:g} times as much at {sizes[-1]:,} as at {sizes[0]:,}"],
    }
    _show(result)
    return result


async def hold(folder: Path, *, sessions: int, turns: int) -> list[float]:
    """MiB that the receiver's process holds after its first turns, and after `turns` more."""
    url = sqlite_url(folder)
    await prepare_database(url)
    async with opened(url) as database:
        shown, openable = await _reach_a_choice(database)
        crowd(Path(database.engine.url.database or ""), sessions, openable)
        before = await _stored(database)
        screens = Screens()
        bot = Town([database], {}).bot
        process = await OtherProcess.start(url, screens)
        try:
            held = []
            chosen = Random(sessions).sample(range(sessions), WARM + turns)
            for part in (chosen[:WARM], chosen[WARM:]):
                for start in range(0, len(part), BATCH):
                    taps = [_tap(number, shown) for number in part[start : start + BATCH]]
                    await process.receive([Update.de_json(tap, bot) for tap in taps])
                held.append(resident(process.process_id))
        finally:
            await process.stop()
        if await _stored(database) != before + len(chosen) or len(screens.shown) != len(chosen):
            raise AssertionError("not every answer was stored and followed by a question")
    return held


async def _reach_a_choice(database: Database) -> tuple[Shown, Openable]:
    """One person answers up to a question with choices: what stands on the screen, and the form before it."""
    town = Town([database], {_FIRST_CHAT - 1: Person("M", seed=1, texts=1, forms=1, double_taps=0)})
    while True:
        await town.receivers[0].receive(town.next_updates())
        await town.send_what_waits()
        last = town.screens.shown[_FIRST_CHAT - 1][-1]
        if any(_CHOOSE in data for data in last.data):
            break
        town.read_screens()
    async with database.reading() as session:
        chat = (await session.scalars(select(Chat))).one()
        submission = await session.get_one(Submission, chat.submission_id)
        key = await open_subject(session, chat.subject_id)
        given = key.open(Submission.given, submission.id, submission.given)
        return last, Openable(database.keys, _FIRST_CHAT, open_answers(key, submission), given)


async def _stored(database: Database) -> int:
    """Answers stored so far; nothing may have been buried."""
    async with database.reading() as session:
        if await session.scalar(select(func.count()).select_from(DeadLetter)):
            raise AssertionError("an update was buried")
        stored = select(func.count()).where(AuditEntry.event == "answer.stored")
        return await session.scalar(stored) or 0


def _tap(number: int, shown: Shown) -> dict[str, Any]:
    chat_id = _FIRST_CHAT + number
    user = {"id": chat_id, "is_bot": False, "first_name": "Person"}
    message = {"message_id": 1, "date": 1_790_000_000, "chat": {"id": chat_id, "type": "private"}, "text": "…"}
    data = next(data for data in shown.data if _CHOOSE in data)
    tap = {"id": str(number), "from": user, "chat_instance": "1", "message": message, "data": data}
    return {"update_id": _FIRST_UPDATE + number, "callback_query": tap}


async def _hold_pickled(chats: int) -> float:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.pickling", str(chats)), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    told, _nothing = await process.communicate()
    return float(told)


def resident(process_id: int) -> float:
    """MiB of memory that a process holds; Linux only."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def _show(result: dict[str, Any]) -> None:
    console = Console()
    table = Table("resident MiB", "first turns", "at the end", "pickled, most", title="Memory of the bot's process")
    for size, held in result["resident MiB"].items():
        warm, pickled = result["resident MiB after the first turns"][size], result["resident MiB, pickled, most"][size]
        table.add_row(size, f"{warm:,.1f}", f"{held:,.1f}", f"{pickled:,.1f}")
    console.print(table)
    console.print(f"{result['growth']:8}  growth; pickled: {result['growth, pickled']}")
    for aim in result["missed"]:
        console.print(f"MISSED  {aim}")
