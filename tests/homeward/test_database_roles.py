"""What the database itself refuses to those who read as monitors, and that the program may do without the role."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from access.models import Organisation, StaffMember
from cases.fact_models import Fact
from foundation.database import Database
from foundation.sealing import KeyRing
from homeward.database_roles import MONITORS, READ_BY_MONITORS, grant_to_monitors, is_confined
from homeward.schema import metadata
from monitoring.models import Release

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
REFUSED = "permission denied"


@pytest.mark.parametrize("table", sorted(set(metadata.tables) - set(READ_BY_MONITORS)))
async def test_every_other_table_is_closed(database: Database, table: str) -> None:
    async with database.confined(MONITORS).reading() as session:
        with pytest.raises(DBAPIError, match=REFUSED):
            await session.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608  # a name of ours


async def test_of_some_tables_only_what_pages_show_is_open(database: Database) -> None:
    for table, columns in READ_BY_MONITORS.items():
        wanted = metadata.tables[table]
        async with database.confined(MONITORS).reading() as session:
            await session.execute(select(*(wanted.c[name] for name in columns or wanted.c.keys())))
        for closed in set(wanted.c.keys()) - set(columns or wanted.c.keys()):
            async with database.confined(MONITORS).reading() as session:
                with pytest.raises(DBAPIError, match=REFUSED):
                    await session.execute(select(wanted.c[closed]))


async def test_nothing_is_written_not_even_where_it_could_be_read(database: Database) -> None:
    confined = database.confined(MONITORS)
    writes = [
        insert(Organisation).values(id=uuid4(), name="New", kind="partner"),
        update(Release).values(state="published"),
        update(StaffMember).values(role="administrator"),
        text("DELETE FROM recommendation"),
        text("CREATE TABLE mine (id int)"),
    ]
    for block in (confined.reading, confined.transaction):
        for write in writes:
            with pytest.raises(DBAPIError, match=f"{REFUSED}|read-only transaction"):
                async with block() as session:
                    await session.execute(write)
        async with block() as session:
            with pytest.raises(DBAPIError, match="transaction read-write mode must be set before any query"):
                await session.execute(text("SET TRANSACTION READ WRITE"))
            await session.rollback()


async def test_a_connection_that_goes_back_to_the_pool_keeps_nothing_of_it(database: Database) -> None:
    confined = database.confined(MONITORS)
    for _time in range(20):
        async with confined.reading() as session:
            assert await session.scalar(text("SELECT current_user")) == MONITORS
        async with database.transaction() as session:
            assert await session.scalar(text("SELECT current_user")) != MONITORS
            await session.execute(select(Fact.id))
            session.add(Organisation(id=uuid4(), name=f"New {_time}", kind="partner"))


@pytest.fixture
async def modest(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The same database for a user who may make no roles and is no member of any."""
    plain = database_url.replace("postgresql+asyncpg://", "postgresql://")
    connection = await asyncpg.connect(plain)
    name = f"modest_{uuid4().hex[:8]}"
    await connection.execute(f"CREATE ROLE {name} LOGIN")
    await connection.execute(f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {name}")
    before, after = database_url.split("://", 1)
    opened = Database(f"{before}://{name}@{after.partition('@')[2]}", KeyRing.parse(KeyRing.new_master("test")))
    yield opened
    await opened.close()
    await connection.execute(f"DROP OWNED BY {name}")
    await connection.execute(f"DROP ROLE {name}")
    await connection.close()


async def test_a_program_that_may_not_take_the_role_reads_without_it_and_says_so(
    database: Database, modest: Database
) -> None:
    assert await is_confined(database)
    assert not await is_confined(modest)
    assert not await grant_to_monitors(modest)
    async with modest.confined(MONITORS).reading() as session:
        await session.execute(select(Release.number))
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await session.execute(insert(Organisation).values(id=uuid4(), name="New", kind="partner"))
