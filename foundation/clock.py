"""The time, always in UTC. Tests and the demo move it; nothing else in the house asks the system for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Before everything that this house has seen."""

_moved: ContextVar[datetime | None] = ContextVar("moved", default=None)


def now() -> datetime:
    return _moved.get() or datetime.now(UTC)


def today() -> date:
    return now().date()


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Let `now()` be `moment` inside the block, in this task only."""
    token = _moved.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moved.reset(token)
