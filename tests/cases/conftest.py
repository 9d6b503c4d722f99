"""The scene of every test about cases; see `case_scene`."""

import pytest
from case_scene import Scene, build_scene
from sqlalchemy.ext.asyncio import AsyncSession


@pytest.fixture
async def scene(session: AsyncSession) -> Scene:
    return await build_scene(session)
