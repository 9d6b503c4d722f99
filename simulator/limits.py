"""How much the bot may send, and how much the simulator keeps."""

import math
from dataclasses import dataclass, field

from simulator.errors import ApiError


@dataclass(frozen=True)
class Limits:
    """Real sizes by default. Raise the rates for a load test, lower them to test a bot's patience."""

    chat_rate: float = 1.0
    """Messages a second into one chat, sustained."""
    chat_burst: int = 20
    total_rate: float = 30.0
    """Messages a second into all chats together."""
    total_burst: int = 30
    query_seconds: float = 15.0
    """How long a tap may wait for answerCallbackQuery."""
    phones: int = 2_000
    messages_per_phone: int = 1_000
    file_bytes: int = 256 * 1024 * 1024
    """All files together; the oldest go first."""


@dataclass
class Bucket:
    """A token bucket that starts full."""

    rate: float
    size: int
    tokens: float = field(init=False)
    filled_at: float

    def __post_init__(self) -> None:
        self.tokens = self.size

    def seconds_until_free(self, now: float) -> float:
        elapsed = max(0.0, now - self.filled_at)
        self.tokens = min(self.size, self.tokens + elapsed * self.rate)
        self.filled_at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.rate

    def take(self) -> None:
        self.tokens -= 1


class Throttle:
    """Answers 429 with retry_after, for one chat and for all of them together."""

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._total = Bucket(limits.total_rate, limits.total_burst, now)
        self._chats: dict[int, Bucket] = {}

    def take(self, chat_id: int, now: float) -> None:
        limits = self._limits
        chat = self._chats.setdefault(chat_id, Bucket(limits.chat_rate, limits.chat_burst, now))
        wait = max(chat.seconds_until_free(now), self._total.seconds_until_free(now))
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        chat.take()
        self._total.take()
