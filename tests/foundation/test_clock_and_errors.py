"""The clock is in UTC and moves for one task alone; a refusal carries words for a person."""

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from foundation import clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from foundation.language import _, say

MOMENT = datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=3)))


def test_the_clock_tells_the_time_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert abs(datetime.now(UTC) - clock.now()) < timedelta(seconds=5)


def test_the_clock_is_moved_inside_the_block_and_back_after_it() -> None:
    with clock.moved_to(MOMENT):
        assert clock.now() == MOMENT
        assert clock.now().tzinfo is UTC
        assert clock.today() == date(2026, 2, 28)
        with clock.moved_to(MOMENT + timedelta(days=1)):
            assert clock.today() == date(2026, 3, 1)
        assert clock.now() == MOMENT
    assert clock.now() != MOMENT


async def test_the_clock_of_other_tasks_goes_on() -> None:
    async def told() -> datetime:
        return clock.now()

    other = asyncio.create_task(told())
    with clock.moved_to(MOMENT):
        assert await other != MOMENT
        assert await asyncio.create_task(told()) == MOMENT


@pytest.mark.parametrize("kind", [NotFound, NotAllowed, Conflict, Invalid])
def test_a_refusal_says_its_words_in_the_readers_language_and_keeps_values_out_of_logs(kind: type[Refusal]) -> None:
    refusal = kind(_("Too long for {name}."), name="Awa")
    assert say("en", refusal.message) == "Too long for Awa."
    assert "Awa" not in f"{refusal} {refusal!r}"
