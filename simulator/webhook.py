"""Delivery to a bot's own address, with its secret header, again and again until it answers 2xx."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import httpx

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (the header's name, not a secret)
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_ANSWER_SECONDS = 60.0

Update = dict[str, Any]
Lane = tuple[int, bool]


class Webhook:
    """One address, with two lanes for each person: one for taps, one for all else.

    As on the real server, updates keep their order within a lane only, so that a tap can overtake a text.
    """

    def __init__(
        self,
        url: str,
        *,
        secret: str,
        connections: int,
        delivered: Callable[[int], None],
        now: Callable[[], float],
    ) -> None:
        self.url = url
        self.connections = connections
        self.last_error: tuple[int, str] | None = None
        self._headers = {SECRET_HEADER: secret} if secret else {}
        self._delivered = delivered
        self._now = now
        self._free = asyncio.Semaphore(connections)
        self._lanes: dict[Lane, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False)

    def push(self, update: Update) -> None:
        lane = _find_lane(update)
        if lane in self._lanes:
            self._lanes[lane].append(update)
            return
        self._lanes[lane] = deque([update])
        task = asyncio.create_task(self._empty(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    async def _empty(self, lane: Lane) -> None:
        waiting = self._lanes[lane]
        while waiting:
            await self._deliver(waiting[0])
            self._delivered(waiting.popleft()["update_id"])
        del self._lanes[lane]

    async def _deliver(self, update: Update) -> None:
        pause = _FIRST_PAUSE
        while not await self._try(update):
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _try(self, update: Update) -> bool:
        async with self._free:
            try:
                answer = await self._client.post(self.url, json=update, headers=self._headers)
            except httpx.HTTPError as error:
                self.last_error = (int(self._now()), f"Connection failed: {type(error).__name__}")
                return False
        if answer.is_success:
            return True
        self.last_error = (int(self._now()), f"Wrong response from the webhook: {answer.status_code}")
        return False


def _find_lane(update: Update) -> Lane:
    if query := update.get("callback_query"):
        return query["from"]["id"], True
    content = next(value for key, value in update.items() if key != "update_id")
    return content["chat"]["id"], False
