"""Two accounts on a fresh database, whose passwords are hashed quickly."""

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.ext.asyncio import AsyncSession
from staff_scene import Scene, build_scene

from access import staff


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing is slow on purpose; here it need not be."""
    quick = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)])
    monkeypatch.setattr(staff, "_hasher", quick)
    monkeypatch.setattr(staff, "_decoy_hash", quick.hash("nobody's"))


@pytest.fixture
async def scene(session: AsyncSession) -> Scene:
    return await build_scene(session)
