"""What a phone's screen is told, as it happens."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

EventName = Literal["message", "edited", "deleted", "keyboard", "notice", "phone"]


@dataclass(frozen=True)
class Event:
    phone: int
    name: EventName
    data: Any


class Events:
    """Fans events out to the screens that watch; a screen that stops reading loses the newest, not the others."""

    def __init__(self, backlog: int = 1_000) -> None:
        self._backlog = backlog
        self._watchers: dict[asyncio.Queue[Event | None], frozenset[int]] = {}

    @contextmanager
    def watch(self, phones: frozenset[int]) -> Iterator["asyncio.Queue[Event | None]"]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue(self._backlog)
        self._watchers[queue] = phones
        try:
            yield queue
        finally:
            del self._watchers[queue]

    def tell(self, phone: int, name: EventName, data: Any) -> None:
        for queue, phones in self._watchers.items():
            if phone in phones and not queue.full():
                queue.put_nowait(Event(phone, name, data))

    def end(self) -> None:
        """Tell every watcher, by None, that nothing more will come."""
        for queue in self._watchers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)
