"""`bench broadcast`: a text to many chats through the worker, some of them flooded and some blocked.

Real time, the real worker, outbox and limits; only Telegram is a stub. One chat in twenty answers 429 at first, one in
twenty 403. What counts is the time beside what the limit alone would take, and that no healthy chat waits for another.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from rich.console import Console
from sqlalchemy import func, select
from telegram import Message
from telegram.error import Forbidden, RetryAfter

from bot.chats import CHAT
from bot.delivery import Delivery, Limits
from bot.models import Chat
from cases.messages import TELL_PERSON
from foundation import clock
from foundation.database import Database
from foundation.keys import create_subject, fingerprint
from foundation.outbox import OutboxRow, OutboxState, enqueue
from homeward.worker import Worker, rows_at_once
from tests.soak.stand import opened, prepare_database, scratch_folder, sqlite_url
from tests.soak.town import Screens, StubBot

RATE = 30.0
"""Messages a second over all chats: Telegram's own limit."""
LATER_SECONDS = 2
WITHIN = 1.05
LONGEST_GAP = 1.0
"""Seconds without a message to any healthy chat, while some still wait: more would mean that one held the others."""
_EVERY = 20
_FIRST_CHAT = 9_000_000_000
_BATCH = 500


class Temperamental(StubBot):
    """Telegram with chats that are flooded (429 at first) or have blocked the bot (403)."""

    def __init__(self) -> None:
        super().__init__(Screens())
        self._calls: Counter[str] = Counter()
        self._flooded: set[int] = set()
        self._sent_at: list[float] = []

    @property
    def calls(self) -> Counter[str]:
        return self._calls

    @property
    def sent_at(self) -> list[float]:
        """When each message reached a healthy chat."""
        return self._sent_at

    async def send_message(self, chat_id: int | str, text: str, *more: Any, **options: Any) -> Message:
        address = int(chat_id)
        self._calls["all"] += 1
        if address % _EVERY == 0:
            raise Forbidden("Forbidden: bot was blocked by the user")
        if address % _EVERY == 1 and address not in self._flooded:
            self._flooded.add(address)
            raise RetryAfter(LATER_SECONDS)
        if address % _EVERY > 1:
            self._sent_at.append(monotonic())
        return await super().send_message(chat_id, text, *more, **options)


async def run(*, short: bool) -> dict[str, Any]:
    """`missed` names the aims that were not met."""
    messages = 600 if short else 10_000
    with scratch_folder() as folder:
        result = await _broadcast(folder, messages)
    console = Console()
    for name, value in result.items():
        console.print(f"{value!s:>12}  {name}")
    return result


async def _broadcast(folder: Path, messages: int) -> dict[str, Any]:
    url = sqlite_url(folder)
    await prepare_database(url)
    async with opened(url) as database:
        for chats in _batches(messages):
            await _queue(database, chats)
        bot = Temperamental()
        delivery = Delivery(database, bot, Limits(RATE))
        worker = Worker(database, bot, {TELL_PERSON: delivery.deliver})
        begun = monotonic()
        task = asyncio.create_task(worker.run_forever())
        while await _waiting(database):  # noqa: ASYNC110  # the database tells, no event does
            await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with database.reading() as session:
            done = await session.scalar(select(func.count()).where(OutboxRow.state == OutboxState.DONE)) or 0
            failed = await session.scalar(select(func.count()).where(OutboxRow.state == OutboxState.FAILED)) or 0
    return _judge(bot, begun, messages, done, failed)


def _judge(bot: Temperamental, begun: float, messages: int, done: int, failed: int) -> dict[str, Any]:
    times = bot.sent_at
    limit = (bot.calls["all"] - RATE) / RATE  # a second's worth may leave at once
    taken = times[-1] - begun
    gap = max(later - earlier for earlier, later in pairwise(times))
    aims = {
        f"within {WITHIN:g} times the limit's own time": taken <= limit * WITHIN,
        "no healthy chat waits for another": gap <= LONGEST_GAP,
        "every healthy or flooded chat was told, every blocked one given up": (done, failed)
        == (messages - messages // _EVERY, messages // _EVERY),
    }
    return {
        "messages": messages,
        "calls, with the repeats after 429": bot.calls["all"],
        "seconds that the limit alone takes": round(limit, 1),
        "seconds taken": round(taken, 1),
        "times the limit": round(taken / limit, 3),
        "longest gap between two healthy chats, seconds": round(gap, 2),
        "rows in hand at once": rows_at_once(),
        "missed": [aim for aim, is_met in aims.items() if not is_met],
    }


def _batches(messages: int) -> Iterator[range]:
    for first in range(0, messages, _BATCH):
        yield range(_FIRST_CHAT + first, _FIRST_CHAT + min(first + _BATCH, messages))


async def _queue(database: Database, addresses: range) -> None:
    async with database.transaction() as session:
        for address in addresses:
            key = create_subject(session, uuid4())
            session.add(
                Chat(
                    subject_id=key.subject_id,
                    fingerprint=await fingerprint(session, CHAT, str(address)),
                    address=key.seal(Chat.address, key.subject_id, address),
                    language="en",
                    place={},
                    created_at=clock.now(),
                    seen_at=clock.now(),
                )
            )
            body = {"text": "The office is closed tomorrow.", "buttons": [], "edit": None}
            enqueue(session, TELL_PERSON, key=key, payload={}, body=body)


async def _waiting(database: Database) -> bool:
    async with database.reading() as session:
        waits = select(OutboxRow.position).where(OutboxRow.state == OutboxState.WAITING).limit(1)
        return await session.scalar(waits) is not None
