"""Receiving updates: Telegram is acknowledged only after the commit, each chat in order, many chats at once."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

import structlog
from sqlalchemy.exc import IntegrityError
from telegram import Bot, Update
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.delivery import Delivery
from bot.incoming import Incoming
from bot.locking import PinToProve, prove
from bot.telegram import ALLOWED_UPDATES, POLL_SECONDS, download, incoming_of, pause_of
from bot.turns import Desk, Outgoing, bury, refuse_turn, seen_among, take_turn
from cases.files import OpenedFile
from cases.rules import FileKind
from foundation import media
from foundation.database import Database
from foundation.errors import Invalid, Refusal
from foundation.language import Message, _

log = structlog.get_logger()

TRIES = 3
CHATS_AT_ONCE = 8
PAUSE_SECONDS = 2.0
FILES_AT_ONCE = 4
FETCH_SECONDS = 15.0
"""A file that takes longer is not waited for: other chats of the batch wait with it."""
NOT_FETCHED = _("We could not receive your file. Please send it again.")
_LONGEST_NAME = 80


@dataclass(slots=True)
class Receiver:
    """Turns updates into turns. One per bot process; several processes may share a database."""

    database: Database
    bot: Bot
    desk: Desk
    delivery: Delivery
    _sending: set[asyncio.Task[None]] = field(default_factory=set)
    _left: set[int] = field(default_factory=set)
    """Chats in which a turn could not send what it said, as a rule because something older still waited."""
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CHATS_AT_ONCE))
    _files: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FILES_AT_ONCE))

    @property
    def bot_id(self) -> int:
        """Known from the token: in webhook mode updates may come before Telegram has been asked who we are."""
        return int(self.bot.token.partition(":")[0])

    async def poll_forever(self) -> None:
        """Ask for updates until cancelled. The offset moves on only when every update of the batch is committed."""
        offset: int | None = None
        await self._leave_webhook()
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

    async def _leave_webhook(self) -> None:
        """An address left from webhook mode would get the updates instead. What waits there is kept."""
        while True:
            try:
                await self.bot.delete_webhook(drop_pending_updates=False)
            except InvalidToken:
                raise
            except TelegramError as error:
                log.warning("webhook_not_removed", error=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return

    async def receive(self, updates: Sequence[Update]) -> None:
        """Take every turn of a batch; returns when all are committed. Sending goes on behind it.

        Raises what kept a turn from being taken or buried: the batch must then be received again.
        """
        incomings = [found for update in updates if (found := incoming_of(self.bot_id, update)) is not None]
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
        for incoming in queue:
            if incoming.callback_id:
                self._behind(self._answer_tap(incoming.callback_id))
            ready = await self.fetched(incoming)
            async with self._gate:
                outgoing = await self._take(ready)
            if not outgoing:
                self._left.add(incoming.chat_id)
            self._behind(self._send(incoming.chat_id, outgoing))

    async def _send(self, chat_id: int, outgoing: list[Outgoing]) -> None:
        """Send what a turn has said, and then what had to queue up behind it or behind something older."""
        if outgoing:
            await self.delivery.send_now(outgoing)
        if chat_id in self._left:
            self._left.discard(chat_id)
            if not await self.delivery.catch_up(chat_id):
                self._left.add(chat_id)

    async def fetched(self, incoming: Incoming) -> Incoming:
        """The same with its file, fetched and cleaned before the turn locks anything; or with what is wrong with it."""
        attachment = incoming.attachment
        if attachment is None:
            return incoming
        try:
            async with self._files, asyncio.timeout(FETCH_SECONDS):
                content = await download(self.bot, attachment)
                # Not ended by the time limit: a thread cannot be, but what it may decode is bounded.
                clean, media_type = await asyncio.to_thread(media.clean, content)
        except Invalid as refused:
            return replace(incoming, trouble=refused.message)
        except BadRequest as refused:
            return replace(incoming, trouble=_said_of(refused))
        except (TelegramError, TimeoutError) as error:
            log.warning("file_not_fetched", error=type(error).__name__)
            return replace(incoming, trouble=NOT_FETCHED)
        return replace(incoming, file=_opened(clean, media_type, attachment.name))

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
        except PinToProve as asked:
            # A PIN takes a tenth of a second to check: nothing may be locked meanwhile. Then the turn begins anew.
            proof = await asyncio.to_thread(prove, asked.digits, asked.against)
            return await self._turn(replace(incoming, proof=proof))
        except Refusal as refusal:
            async with self.database.transaction() as session:
                return await refuse_turn(session, incoming, self.desk, refusal)

    async def _seen(self, update_ids: list[int]) -> set[int]:
        async with self.database.reading() as session:
            return await seen_among(session, self.bot_id, update_ids)

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


def _said_of(refused: BadRequest) -> Message:
    return media.TOO_LARGE if "too big" in refused.message.casefold() else NOT_FETCHED


def _opened(content: bytes, media_type: str, name: str) -> OpenedFile:
    """The file under a name that fits what it is: its own may say anything."""
    kind = FileKind.DOCUMENT
    if media_type in media.IMAGES:
        kind = FileKind.IMAGE
    elif media_type in media.AUDIO:
        kind = FileKind.VOICE
    stem = "".join(letter for letter in PurePath(name.replace("\\", "/")).stem if letter.isprintable())[:_LONGEST_NAME]
    return OpenedFile(kind, media_type, f"{stem or kind}.{media.ENDINGS[media_type]}", content)
