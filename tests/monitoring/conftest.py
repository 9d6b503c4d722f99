"""The monitoring body of every test about what monitors make; see `monitoring_scene`."""

import pytest
from monitoring_scene import Body, build_body
from sqlalchemy.ext.asyncio import AsyncSession


@pytest.fixture
async def body(session: AsyncSession) -> Body:
    return await build_body(session)
