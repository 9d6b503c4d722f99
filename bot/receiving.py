"""Receiving updates: Telegram is acknowledged only after the commit, each chat in order, many chats at once."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import IntegrityError
from telegram import Bot, Update
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.delivery import Delivery
from bot.incoming import Incoming
from bot.telegram import ALLOWED_UPDATES, POLL_SECONDS, incoming_of, pause_of
from bot.turns import Desk, Outgoing, bury, refuse_turn, seen_among, take_turn
from foundation.database import Database
from foundation.errors import Refusal

log = structlog.get_logger()

TRIES = 3
CHATS_AT_ONCE = 8
PAUSE_SECONDS = 2.0


@dataclass(slots=True)
class Receiver:
    """Turns updates into turns. One per bot process; several processes may share a database."""

    database: Database
    bot: Bot
    desk: Desk
    delivery: Delivery
    _sending: set[asyncio.Task[None]] = field(default_factory=set)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CHATS_AT_ONCE))

    async def poll_forever(self) -> None:
        """Ask for updates until cancelled. The offset moves on only when every update of the batch is committed."""
        offset: int | None = None
        while True:
            try:
                updates = await self.bot.get_updates(
                    offset=offset, timeout=POLL_SECONDS, allowed_updates=ALLOWED_UPDATES
                )
            except InvalidToken:
                raise
            except RetryAfter as slow:
                await asyncio.sleep(pause_of(slow).total_seconds())
                continue
            except (NetworkError, TelegramError) as error:
                log.warning("polling_failed", error=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if not updates:
                continue
            try:
                await self.receive(updates)
            except Exception as error:  # noqa: BLE001  # the database is away: Telegram keeps the batch until it is back
                log.warning("receiving_failed", error=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            offset = updates[-1].update_id + 1

    async def receive(self, updates: Sequence[Update]) -> None:
        """Take every turn of a batch; returns when all are committed. Sending goes on behind it.

        Raises what kept a turn from being taken or buried: the batch must then be received again.
        """
        incomings = [found for update in updates if (found := incoming_of(self.bot.id, update)) is not None]
        # After a crash Telegram delivers a whole batch again: one look spares a failed turn for each.
        seen = await self._seen([each.update_id for each in incomings]) if len(incomings) > 1 else set[int]()
        chats: defaultdict[int, list[Incoming]] = defaultdict(list)
        for incoming in incomings:
            if incoming.update_id not in seen:
                chats[incoming.chat_id].append(incoming)
        ends = await asyncio.gather(*(self._take_in_order(queue) for queue in chats.values()), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    async def finish_sending(self) -> None:
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def _take_in_order(self, queue: list[Incoming]) -> None:
        async with self._gate:
            for incoming in queue:
                if incoming.callback_id:
                    self._behind(self._answer_tap(incoming.callback_id))
                outgoing = await self._take(incoming)
                if outgoing:
                    self._behind(self.delivery.send_now(outgoing))

    async def _take(self, incoming: Incoming) -> list[Outgoing]:
        """One update to its end: done, refused in words, seen before, or buried after three failures."""
        error: Exception = LookupError()
        for attempt in range(TRIES):
            try:
                return await self._turn(incoming)
            except Exception as failure:  # noqa: BLE001  # whatever it is, the chat must go on
                error = failure
            if isinstance(error, IntegrityError) and await self._seen([incoming.update_id]):
                return []
            log.warning("turn_failed", attempt=attempt + 1, error=type(error).__name__)
            await asyncio.sleep(0.1 * 2**attempt)
        async with self.database.transaction() as session:
            return await bury(session, incoming, self.desk, error)

    async def _turn(self, incoming: Incoming) -> list[Outgoing]:
        try:
            async with self.database.transaction() as session:
                return await take_turn(session, incoming, self.desk)
        except Refusal as refusal:
            async with self.database.transaction() as session:
                return await refuse_turn(session, incoming, self.desk, refusal)

    async def _seen(self, update_ids: list[int]) -> set[int]:
        async with self.database.reading() as session:
            return await seen_among(session, self.bot.id, update_ids)

    async def _answer_tap(self, callback_id: str) -> None:
        """Stop the button's spinner. Too late or twice is no harm: Telegram answers 400."""
        try:
            await self.bot.answer_callback_query(callback_id)
        except (BadRequest, NetworkError, RetryAfter):
            log.debug("tap_not_answered")

    def _behind(self, work: "asyncio._CoroutineLike[None]") -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[arg-type]
        self._sending.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:  # the lease runs out and the worker sends what is left
            log.warning("sending_failed", error=type(error).__name__)
