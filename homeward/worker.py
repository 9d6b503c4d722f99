"""The worker: sends what a crash left behind, links the audit chain, lets time pass for referrals and data."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar, TypeVarTuple
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Bot

from access import once, sessions, throttling, tokens
from bot.complaining import forget_drafts
from bot.delivery import OVERALL_PER_SECOND
from bot.reminding import remind_stuck
from bot.telegram import connected
from bot.turns import forget_seen_updates
from cases.callbacks import drop_drafts
from cases.complaint_desk import keep_complaints
from cases.files import drop_outlived, outlived_files
from cases.fingerprints import fill_in_some
from cases.followup_rounds import ask_due
from cases.guardianship import unconfirmed_people
from cases.linking import forget_old_links
from cases.retention import closed_people, withdrawn_people
from foundation import audit, outbox
from foundation.database import Database
from foundation.outbox import OutboxRow, failed
from homeward.retention import erase_closed, erase_unconfirmed, erase_withdrawn
from homeward.wiring import WORKER_SHARE, Handler
from monitoring.ordering import make_ordered, waiting_order
from referrals.answer_links import forget_links
from referrals.check_links import forget_check_links
from referrals.check_reminders import remind_providers
from referrals.confirming import remind_of_words
from referrals.directory_drafts import drop_old_files
from referrals.facts import bring_up_to_date
from referrals.notifying import remind_partners
from referrals.opening_matching import match_part, parts_due
from referrals.openings import expire_openings
from referrals.referring import expire_overdue
from referrals.transfer_letters import remind_receivers
from referrals.transferring import expire_transfers

log = structlog.get_logger()

Found = TypeVar("Found")
Given = TypeVarTuple("Given")

PAUSE_SECONDS = 0.3
HOUSEKEEPING_SECONDS = 60.0
IN_HAND_SECONDS = 3.0
"""How much the worker has in hand, by the time in which it may leave: an answer in its hand waits behind all of it."""

_HOUSEKEEPING: tuple[Callable[[AsyncSession], Awaitable[object]], ...] = (
    expire_overdue,
    expire_transfers,
    remind_of_words,
    remind_partners,
    remind_receivers,
    forget_links,
    remind_providers,
    forget_check_links,
    drop_old_files,
    ask_due,
    forget_old_links,
    drop_drafts,
    outbox.sweep,
    sessions.sweep,
    once.sweep,
    tokens.sweep,
    throttling.sweep,
    forget_seen_updates,
    keep_complaints,
    forget_drafts,
    remind_stuck,
    fill_in_some,
    expire_openings,
    bring_up_to_date,
)
_ONE_BY_ONE: tuple[
    tuple[Callable[[AsyncSession], Awaitable[Sequence[UUID]]], Callable[[AsyncSession, UUID], Awaitable[None]]], ...
] = (
    (withdrawn_people, erase_withdrawn),
    (unconfirmed_people, erase_unconfirmed),
    (closed_people, erase_closed),
    (outlived_files, drop_outlived),
    (parts_due, match_part),
)
"""What finds the people, files and parts of a nightly work that are due, and does one: each in its transaction."""


def rows_at_once() -> int:
    """As many as leave soon, and within half a lease, at the worker's share of Telegram's limit.

    With more than a lease's worth in hand each would be taken anew before its turn had come, and nothing would leave.
    """
    soon = min(IN_HAND_SECONDS, outbox.LEASE.total_seconds() / 2)
    return int(OVERALL_PER_SECOND * WORKER_SHARE * soon)


@dataclass(slots=True)
class Worker:
    database: Database
    bot: Bot
    handlers: dict[str, Handler]
    _kept_house_at: float = float("-inf")
    _at_work: set[asyncio.Task[None]] = field(default_factory=set)
    _making: asyncio.Task[None] | None = None
    """A release that was ordered; it takes minutes, and nothing waits for it."""

    async def run_forever(self) -> None:
        async with connected(self.bot):
            while True:
                busy = await self.take_up() > 0
                busy |= await self._link() > 0
                await self._make_release()
                await self._keep_house_in_time()
                if not busy:
                    await asyncio.sleep(PAUSE_SECONDS)

    async def take_up(self) -> int:
        """Begin as many of the rows that wait as hands are free; returns how many. Nobody waits for a slow one."""
        while (hands := rows_at_once() - len(self._at_work)) <= 0:
            await asyncio.wait(self._at_work, return_when=asyncio.FIRST_COMPLETED)
        async with self.database.transaction() as session:
            rows = await outbox.claim(session, hands)
        for row in rows:
            task = asyncio.create_task(self._handle(row))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
        return len(rows)

    async def run_once(self) -> bool:
        """One round to its end. True if there may be more to do at once."""
        taken = await self.take_up()
        if self._at_work:
            await asyncio.wait(self._at_work)
        linked = await self._link()
        await self._make_release()
        if self._making is not None:
            await self._making
        await self._keep_house_in_time()
        return taken > 0 or linked > 0

    async def _handle(self, row: OutboxRow) -> None:
        handler = self.handlers.get(row.topic)
        try:
            if handler is None:
                async with self.database.transaction() as session:
                    await outbox.settle(session, [row.position], failed("no handler"))
            else:
                await handler(row)
        except Exception as error:  # noqa: BLE001  # the lease runs out and the row is tried again
            log.warning("outbox_row_failed", topic=row.topic, attempt=row.attempts, error=type(error).__name__)

    async def _make_release(self) -> None:
        """Begin what was ordered, unless one is being made."""
        if self._making is not None and not self._making.done():
            return
        async with self.database.reading() as session:
            order_id = await waiting_order(session)
        self._making = None if order_id is None else asyncio.create_task(self._make_ordered(order_id))

    async def _make_ordered(self, order_id: UUID) -> None:
        try:
            await make_ordered(self.database, order_id)
        except Exception as error:  # noqa: BLE001  # its time in hand runs out and it is tried again
            log.warning("release_not_made", error=type(error).__name__)

    async def _link(self) -> int:
        async with self.database.transaction() as session:
            return await audit.link_some(session)

    async def _keep_house_in_time(self) -> None:
        if monotonic() - self._kept_house_at > HOUSEKEEPING_SECONDS:
            self._kept_house_at = monotonic()
            await self._keep_house()

    async def _keep_house(self) -> None:
        for work in _HOUSEKEEPING:
            await self._do(work)
        for find, end in _ONE_BY_ONE:
            for due in await self._do(find) or ():
                await self._do(end, due)
        async with self.database.reading() as session:
            link, chain_hash = await audit.head(session)
        # The head outside the database: whoever cuts off the chain's tail cannot rewrite this line.
        log.info("audit_head", link=link, hash=chain_hash)
        await self.database.scrub()

    async def _do(self, work: Callable[[AsyncSession, *Given], Awaitable[Found]], *given: *Given) -> Found | None:
        """One chore in its transaction. None if it failed: one that does must not stop the others."""
        try:
            async with self.database.transaction() as session:
                return await work(session, *given)
        except Exception as error:  # noqa: BLE001  # whatever it is, the others must go on
            log.warning("housekeeping_failed", reason=work.__name__, error=type(error).__name__)
            return None
