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
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError, TimedOut

from bot.chats import CHAT, open_address, readdress
from bot.enclosing import open_form_media, open_stored, remember_file_id
from bot.keeping_back import BRING
from bot.locking import is_shut
from bot.models import Chat
from bot.replies import SAID_OPEN
from bot.telegram import Receipt, pause_of, send
from bot.turns import Outgoing, mark_stopped
from cases.messages import TELL_PERSON, mark_delivered, neutral_body
from foundation.database import Database
from foundation.keys import StoredSubjectKey, fingerprint, unwrap_subject
from foundation.language import SOURCE_LANGUAGE
from foundation.outbox import (
    MOST_ATTEMPTS,
    Attempt,
    OutboxRow,
    OutboxState,
    Outcome,
    again,
    claim,
    failed,
    is_held,
    settle,
    settle_sent,
    waiting_in_lane,
)

log = structlog.get_logger()

OVERALL_PER_SECOND = 25.0
PER_CHAT_PER_SECOND = 1.0
CHAT_BURST = 5.0
CHATS_REMEMBERED = 10_000
RIGHT_AFTER = 0.2
"""Seconds. So soon after its commit a reply is as good as on the wire: to ask first would cost every turn a query."""
STOPPED = "stopped"
AMBIGUOUS = "ambiguous"


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
        sent: list[_Sent] = []
        for each in outgoing:
            attempt = Attempt(each.position)
            outcome = await self._attempt(attempt, each.subject_id, each.address, each.body, since=each.since)
            if not isinstance(outcome, Receipt):
                await self._settle(attempt, each.subject_id, outcome)
                break
            sent.append(_Sent(attempt, each.address, outcome.message_id))
        if sent:
            async with self.database.transaction() as session:
                late = [each for each in sent if not await settle_sent(session, each.attempt, each.message_id)]
            await self._take_back(late)

    async def catch_up(self, address: int) -> bool:
        """Send what waits for someone who is there now; the worker may have a crowd to tell first.

        False if something is left: it is another's to send, or its time has not come.
        """
        while (lane := await self._behind(address)) is not None:
            async with self.database.transaction() as session:
                rows = await claim(session, 1, OutboxRow.lane == lane, OutboxRow.topic == TELL_PERSON)
            if not rows:
                return False
            await self.deliver(rows[0])
        return True

    async def _behind(self, address: int) -> UUID | None:
        """The lane of the chat, if something waits in it. Read first: most updates that say nothing are repeats."""
        async with self.database.reading() as session:
            chat = Chat.fingerprint == await fingerprint(session, CHAT, str(address))
            return await session.scalar(select(Chat.subject_id).where(chat, waiting_in_lane(Chat.subject_id)))

    async def deliver(self, row: OutboxRow) -> None:
        """The worker's way: a claimed row that the process which queued it did not send."""
        attempt = Attempt(row.position, row.attempts)
        found = await self._open(row)
        if found is None:
            await self._settle(attempt, row.subject_id, failed("nobody to tell"))
            return
        outcome = await self._attempt(attempt, row.subject_id, found.address, found.body, before=row.reason)
        if not isinstance(outcome, Receipt):
            await self._settle(attempt, row.subject_id, outcome)
            return
        async with self.database.transaction() as session:
            is_noted = await settle_sent(session, attempt, outcome.message_id, keep_body=found.keeps_words)
            if is_noted and (message_id := row.payload.get("message_id")):
                await mark_delivered(session, UUID(message_id), shown=not found.is_neutral)
        if not is_noted:
            await self._take_back([_Sent(attempt, found.address, outcome.message_id)])

    async def _open(self, row: OutboxRow) -> "_Ready | None":
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
            body = key.open(OutboxRow.body, row.id, row.body)
            return _for_chat(found.Chat, open_address(found.Chat, key), row.position, body)

    async def _attempt(
        self,
        attempt: Attempt,
        subject_id: UUID,
        address: int,
        body: dict[str, Any],
        *,
        before: str | None = None,
        since: float = float("-inf"),
    ) -> Receipt | Outcome | None:
        """What was sent, or what comes of it that nothing was; None if it is no longer this attempt's to send.

        `before`: the reason that the last attempt left, None if there was none. `since`: when it was known last that
        the attempt is the row's, by the monotonic clock.
        """
        await self.limits.wait(address)
        if not await self._is_held(attempt, since):
            return None
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
            backoff = timedelta(seconds=min(2**attempt.number, 300))
            return again("no connection", backoff) if attempt.number < MOST_ATTEMPTS else failed("no connection")

    async def _is_held(self, attempt: Attempt, since: float) -> bool:
        """The chat may have been hidden since, or have moved to another phone."""
        if monotonic() - since < RIGHT_AFTER:
            return True
        async with self.database.reading() as session:
            return await is_held(session, attempt)

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

    async def _settle(self, attempt: Attempt, subject_id: UUID, outcome: Outcome | None) -> None:
        """Note an attempt that sent nothing, unless the row is another's by now: then it says nothing of this chat."""
        if outcome is None:
            return
        async with self.database.transaction() as session:
            if not await is_held(session, attempt, lock=True):
                return
            await settle(session, [attempt.position], outcome)
            if outcome.reason == STOPPED:
                await mark_stopped(session, subject_id)
        if outcome.state is OutboxState.FAILED:
            log.warning("message_not_sent", reason=outcome.reason)

    async def _take_back(self, late: "list[_Sent]") -> None:
        """What was on the wire while its chat was hidden or moved to another phone must not stay where it arrived."""
        for each in late:
            if each.message_id:
                try:
                    await self.bot.delete_messages(each.address, [each.message_id])
                except TelegramError as error:
                    log.warning("message_not_taken_back", error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class _Sent:
    attempt: Attempt
    address: int
    message_id: int


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is sent, and where to. `keeps_words`: the words it stands for can still be asked for."""

    address: int
    body: dict[str, Any]
    is_neutral: bool = False
    keeps_words: bool = False


def _for_chat(chat: Chat, address: int, position: int, body: dict[str, Any]) -> _Ready:
    """What may arrive now: in a shut chat a neutral line stands for words that are only for the person's eyes."""
    if not is_shut(chat) or not ("locked" in body or body.get(SAID_OPEN)):
        return _Ready(address, body)
    if "locked" in body:
        return _Ready(address, body["locked"], is_neutral=True)
    language = chat.language or SOURCE_LANGUAGE
    if _asks(body):
        # Its buttons are not the live ones any more once the PIN has been given; the question comes anew.
        return _Ready(address, neutral_body(language, "m.begin"), is_neutral=True)
    return _Ready(address, neutral_body(language, f"{BRING}:{position}"), is_neutral=True, keeps_words=True)


def _asks(body: dict[str, Any]) -> bool:
    """Whether this is a question of a form."""
    return any(data.startswith("q:") for row in body["buttons"] for _label, data in row)
