"""The worker: sends what a crash left behind, links the audit chain, lets time pass for referrals and data."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Bot

from access import staff
from bot.telegram import connected
from bot.turns import forget_seen_updates
from foundation import audit, outbox
from foundation.database import Database
from foundation.outbox import OutboxRow, failed
from homeward.retention import erase_withdrawn
from homeward.wiring import Handler
from referrals.referring import expire_overdue

log = structlog.get_logger()

PAUSE_SECONDS = 0.3
HOUSEKEEPING_SECONDS = 60.0

_HOUSEKEEPING: tuple[Callable[[AsyncSession], Awaitable[object]], ...] = (
    expire_overdue,
    erase_withdrawn,
    outbox.sweep,
    staff.sweep,
    forget_seen_updates,
)


@dataclass(slots=True)
class Worker:
    database: Database
    bot: Bot
    handlers: dict[str, Handler]
    _kept_house_at: float = float("-inf")

    async def run_forever(self) -> None:
        async with connected(self.bot):
            while True:
                busy = await self.run_once()
                if not busy:
                    await asyncio.sleep(PAUSE_SECONDS)

    async def run_once(self) -> bool:
        """One round. True if there may be more to do at once."""
        async with self.database.transaction() as session:
            rows = await outbox.claim(session)
        await asyncio.gather(*(self._handle(row) for row in rows))
        linked = await self._link()
        if monotonic() - self._kept_house_at > HOUSEKEEPING_SECONDS:
            self._kept_house_at = monotonic()
            await self._keep_house()
        return bool(rows) or linked > 0

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

    async def _link(self) -> int:
        async with self.database.transaction() as session:
            return await audit.link_some(session)

    async def _keep_house(self) -> None:
        for work in _HOUSEKEEPING:
            try:
                async with self.database.transaction() as session:
                    await work(session)
            except Exception as error:  # noqa: BLE001  # one failing chore must not stop the others
                log.warning("housekeeping_failed", reason=work.__name__, error=type(error).__name__)
        async with self.database.reading() as session:
            link, chain_hash = await audit.head(session)
        # The head outside the database: whoever cuts off the chain's tail cannot rewrite this line.
        log.info("audit_head", link=link, hash=chain_hash)
        await self.database.scrub()
