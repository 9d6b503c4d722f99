"""The people of every test about documents; see `documents_scene`."""

import pytest
from documents_scene import House, build_house
from sqlalchemy.ext.asyncio import AsyncSession


@pytest.fixture
async def house(session: AsyncSession) -> House:
    return await build_house(session)
