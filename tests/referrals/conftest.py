"""The scene of every test about referrals; see `referral_scene`."""

import pytest
from referral_scene import Scene, build_scene
from sqlalchemy.ext.asyncio import AsyncSession


@pytest.fixture
async def scene(session: AsyncSession) -> Scene:
    return await build_scene(session)
