"""From the outbox to the chat: within Telegram's limits, in order, and told apart by what went wrong."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError, TimedOut

from bot.chats import open_address, readdress
from bot.enclosing import open_form_media, open_stored, remember_file_id
from bot.hiding import AT_ONCE
from bot.locking import is_shut
from bot.models import Chat
from bot.telegram import Receipt, pause_of, send
from bot.turns import Outgoing, mark_stopped
from cases.messages import mark_delivered
from foundation.database import Database
from foundation.keys import StoredSubjectKey, unwrap_subject
from foundation.outbox import MOST_ATTEMPTS, OutboxRow, OutboxState, Outcome, again, failed, settle, settle_sent

log = structlog.get_logger()

OVERALL_PER_SECOND = 25.0
PER_CHAT_PER_SECOND = 1.0
CHAT_BURST = 5.0
CHATS_REMEMBERED = 10_000
STOPPED = "stopped"
AMBIGUOUS = "ambiguous"
_NEUTRAL = "is_neutral"


class Bucket:
    """A token bucket: `rate` a second, at most `burst` saved up."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self.tokens, self.at = burst, monotonic()

    def wait(self) -> float:
        """Take a token; seconds until it may be used."""
        moment = monotonic()
        self.tokens = min(self.burst, self.tokens + (moment - self.at) * self.rate) - 1
        self.at = moment
        return max(0.0, -self.tokens / self.rate)


class Limits:
    """Telegram's limits: 30 messages a second over all chats, about one a second in each."""

    def __init__(self, overall: float = OVERALL_PER_SECOND, per_chat: float = PER_CHAT_PER_SECOND) -> None:
        self.overall = Bucket(overall, overall)
        self.per_chat = per_chat
        self.chats: OrderedDict[int, Bucket] = OrderedDict()

    async def wait(self, address: int) -> None:
        chat = self.chats.pop(address, None) or Bucket(self.per_chat, CHAT_BURST)
        self.chats[address] = chat
        if len(self.chats) > CHATS_REMEMBERED:
            self.chats.popitem(last=False)
        await asyncio.sleep(chat.wait())
        await asyncio.sleep(self.overall.wait())


@dataclass(slots=True)
class Delivery:
    """Sends queued bodies and notes what became of them."""

    database: Database
    bot: Bot
    limits: Limits

    async def send_now(self, outgoing: list[Outgoing]) -> None:
        """Send what a turn has just queued and leased, in order. After a failure the worker takes over."""
        sent: dict[int, int] = {}
        for each in outgoing:
            outcome = await self._attempt(each.subject_id, each.address, each.body)
            if isinstance(outcome, Outcome):
                await self._settle(each.position, each.subject_id, outcome)
                break
            sent[each.position] = outcome.message_id
        if sent:
            async with self.database.transaction() as session:
                await settle_sent(session, sent)

    async def deliver(self, row: OutboxRow) -> None:
        """The worker's way: a claimed row that the process which queued it did not send."""
        found = await self._open(row)
        if found is None:
            await self._settle(row.position, row.subject_id, failed("nobody to tell"))
            return
        outcome = await self._attempt(row.subject_id, *found, attempts=row.attempts, before=row.reason)
        if isinstance(outcome, Outcome):
            await self._settle(row.position, row.subject_id, outcome)
            return
        async with self.database.transaction() as session:
            await settle_sent(session, {row.position: outcome.message_id})
            if message_id := row.payload.get("message_id"):
                await mark_delivered(session, UUID(message_id), shown=_NEUTRAL not in found[1])

    async def _open(self, row: OutboxRow) -> tuple[int, dict[str, Any]] | None:
        async with self.database.reading() as session:
            found = (
                await session.execute(
                    select(Chat, StoredSubjectKey)
                    .join(StoredSubjectKey, StoredSubjectKey.subject_id == Chat.subject_id)
                    .where(Chat.subject_id == row.subject_id)
                )
            ).one_or_none()
            if found is None or row.body is None:
                return None
            key = unwrap_subject(session, found.StoredSubjectKey)
            body = await _with_sent_since(session, key.open(OutboxRow.body, row.id, row.body))
            return open_address(found.Chat, key), _for_chat(found.Chat, body)

    async def _attempt(
        self, subject_id: UUID, address: int, body: dict[str, Any], *, attempts: int = 1, before: str | None = None
    ) -> Receipt | Outcome:
        """What was sent, or what comes of it that nothing was.

        `before`: the reason that the last attempt left, None if there was none.
        """
        await self.limits.wait(address)
        try:
            return await self._send(subject_id, address, body)
        except RetryAfter as slow:
            return again("too fast", pause_of(slow) + timedelta(seconds=1))
        except ChatMigrated as moved:
            async with self.database.transaction() as session:
                await readdress(session, subject_id, moved.new_chat_id)
            return again("moved", timedelta(seconds=1)) if before != "moved" else failed("moved")
        except Forbidden:
            return failed(STOPPED)
        except BadRequest:
            return failed("refused")
        except TimedOut:
            # It may have arrived. A text is safe to repeat once; more would only annoy.
            return failed(AMBIGUOUS) if before == AMBIGUOUS else again(AMBIGUOUS, timedelta(seconds=5))
        except TelegramError:
            # The network, a fault of theirs, or a token that is being changed: worth another try for a while.
            backoff = timedelta(seconds=min(2**attempts, 300))
            return again("no connection", backoff) if attempts < MOST_ATTEMPTS else failed("no connection")

    async def _send(self, subject_id: UUID, address: int, body: dict[str, Any]) -> Receipt:
        if "file" in body:
            return await send(self.bot, address, body, await open_stored(self.database, subject_id, body["file"]))
        if "media" in body:
            return await self._send_form_media(address, body)
        return await send(self.bot, address, body)

    async def _send_form_media(self, address: int, body: dict[str, Any]) -> Receipt:
        """A form's picture or recording: uploaded once, then known to Telegram by its id."""
        enclosed = await open_form_media(self.database, body["media"])
        if enclosed is None or enclosed.known_as is None:
            receipt = await send(self.bot, address, body, enclosed)
        else:
            try:
                return await send(self.bot, address, body, enclosed)
            except BadRequest as refused:
                if "file identifier" not in refused.message.casefold():
                    raise
                # Another bot's id, or one that Telegram has forgotten.
                receipt = await send(self.bot, address, body, replace(enclosed, known_as=None))
        if receipt.file_id is not None:
            await remember_file_id(self.database, body["media"], receipt.file_id)
        return receipt

    async def _settle(self, position: int, subject_id: UUID, outcome: Outcome) -> None:
        async with self.database.transaction() as session:
            await settle(session, [position], outcome)
            if outcome.reason == STOPPED:
                await mark_stopped(session, subject_id)
        if outcome.state is OutboxState.FAILED:
            log.warning("message_not_sent", reason=outcome.reason)


async def _with_sent_since(session: AsyncSession, body: dict[str, Any]) -> dict[str, Any]:
    """Of what was still waiting when the chat was hidden, the messages that it has become by now."""
    if "sent_in" not in body:
        return body
    sent = select(OutboxRow.sent_as).where(OutboxRow.position.in_(body["sent_in"]), OutboxRow.sent_as > 0)
    return body | {"delete": list(await session.scalars(sent.order_by(OutboxRow.position).limit(AT_ONCE)))}


def _for_chat(chat: Chat, body: dict[str, Any]) -> dict[str, Any]:
    """What may arrive now: in a shut chat a neutral line stands for words that are only for the person's eyes."""
    return body["locked"] | {_NEUTRAL: True} if "locked" in body and is_shut(chat) else body
