"""The queue of updates: kept until a higher offset is asked for, or until the webhook took them."""

import asyncio
import secrets
from collections import deque
from collections.abc import Sequence
from typing import Any

from simulator.errors import ApiError
from simulator.webhook import Webhook

Update = dict[str, Any]

MAX_PENDING = 100_000
_FIRST_ID = 100_000_000
# Unless named in allowed_updates, these are not sent.
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class Updates:
    def __init__(self) -> None:
        self.webhook: Webhook | None = None
        self.allowed: frozenset[str] = frozenset()
        self._next_id = _FIRST_ID + secrets.randbelow(_FIRST_ID)
        self._pending: dict[int, Update] = {}
        self._confirmed: deque[Update] = deque(maxlen=100)
        self._again: list[Update] = []
        self._poll: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def oldest(self) -> int:
        """The id of the first update that is not confirmed yet; 0 when there is none."""
        return next(iter(self._pending), 0)

    def add(self, kind: str, content: dict[str, Any]) -> Update | None:
        """Queue an update; None when the bot did not ask for this kind."""
        if kind not in self.allowed if self.allowed else kind in _ON_REQUEST:
            return None
        update: Update = {"update_id": self._next_id, kind: content}
        self._pending[self._next_id] = update
        self._next_id += 1
        if len(self._pending) > MAX_PENDING:
            del self._pending[next(iter(self._pending))]
        self._announce(update)
        return update

    async def poll(self, *, offset: int, limit: int, seconds: float) -> list[Update]:
        """Answer getUpdates: wait up to `seconds` for news; raises 409 when another call replaces this one."""
        if self.webhook:
            raise _conflict("can't use getUpdates method while webhook is active; use deleteWebhook first")
        self._replace_poll()
        self._confirm_before(offset)
        if not self._pending and not self._again and seconds > 0:
            await self._wait_for_news(seconds)
        again, self._again = self._again, []
        return [*again, *self._pending.values()][:limit]

    def redeliver(self, count: int) -> int:
        """Hand out the last confirmed updates once more, with the same ids, as the real server does after a fault."""
        again = list(self._confirmed)[-count:] if count > 0 else []
        for update in again:
            if self.webhook:
                self.webhook.push(update)
        if again and not self.webhook:
            self._again.extend(again)
            self.wake()
        return len(again)

    async def change_webhook(
        self, webhook: Webhook | None, *, allowed: Sequence[str] | None, drop_pending: bool
    ) -> None:
        if self.webhook:
            await self.webhook.close()
        if drop_pending:
            self._pending.clear()
        self.webhook = webhook
        self.allow(allowed)
        if webhook:
            self._replace_poll()
            for update in self._pending.values():
                webhook.push(update)

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Narrow what is queued from now on; None keeps the earlier choice, an empty list restores the default."""
        if kinds is not None:
            self.allowed = frozenset(kinds)

    def confirm(self, update_id: int) -> None:
        if update := self._pending.pop(update_id, None):
            self._confirmed.append(update)

    def _confirm_before(self, offset: int) -> None:
        ids = list(self._pending)
        first = offset if offset >= 0 else min(ids[offset:], default=0)
        for update_id in ids:
            if update_id < first:
                self.confirm(update_id)

    def _announce(self, update: Update) -> None:
        if self.webhook:
            self.webhook.push(update)
        else:
            self.wake()

    def wake(self) -> None:
        """Let a waiting poll answer now, with what there is."""
        if self._poll and not self._poll.done():
            self._poll.set_result(None)

    def _replace_poll(self) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_exception(
                _conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
            )
        self._poll = None

    async def _wait_for_news(self, seconds: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None


def _conflict(reason: str) -> ApiError:
    return ApiError(409, f"Conflict: {reason}")
