"""Each test gets a simulator of its own."""

from collections.abc import AsyncIterator

import pytest
from simulator_stage import Stage, set_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with set_stage() as made:
        yield made


@pytest.fixture
async def phone(stage: Stage) -> int:
    """A person who has pressed start, with nothing pending for the bot."""
    phone = await stage.hand.new_phone()
    (update,) = await stage.hand.act(phone, "start")
    await stage.bot.get_updates(offset=update["update_id"] + 1)
    return phone
