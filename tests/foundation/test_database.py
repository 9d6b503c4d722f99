"""What the database promises: nothing committed is lost, nothing uncommitted is seen, a moment is a moment in UTC."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, StatementError

from foundation import clock
from foundation.database import BUSY_MILLISECONDS, Database
from foundation.keys import StoredSubjectKey
from foundation.outbox import OutboxRow, OutboxState

WRITERS, STEPS = 8, 5


def new_row(**changes: object) -> OutboxRow:
    columns: dict[str, object] = {
        "id": uuid4(),
        "topic": "test",
        "lane": uuid4(),
        "subject_id": uuid4(),
        "payload": {},
        "state": OutboxState.WAITING,
        "due_at": clock.now(),
        "attempts": 0,
    }
    return OutboxRow(**(columns | changes))


async def count(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(OutboxRow)) or 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_connection_to_sqlite_is_made_safe(database: Database) -> None:
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": BUSY_MILLISECONDS,
        "secure_delete": 1,
    }
    async with database.engine.connect() as first, database.engine.connect() as second:
        for connection in (first, second):
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            for name, value in expected.items():
                async with raw.execute(f"PRAGMA {name}") as cursor:
                    assert await cursor.fetchone() == (value,), name


async def test_writers_at_once_lose_no_step(database: Database) -> None:
    async with database.transaction() as session:
        row = new_row()
        session.add(row)

    async def climb() -> None:
        for _step in range(STEPS):
            async with database.transaction() as session:
                found = await session.get_one(OutboxRow, row.position, with_for_update=True)
                await asyncio.sleep(0)
                found.attempts += 1

    await asyncio.gather(*(climb() for _writer in range(WRITERS)))
    async with database.reading() as session:
        assert (await session.get_one(OutboxRow, row.position)).attempts == WRITERS * STEPS


async def test_a_reader_sees_what_is_committed_and_nothing_else(database: Database) -> None:
    async with database.transaction() as session:
        session.add(new_row())
        await session.flush()
        assert await count(database) == 0
    assert await count(database) == 1


async def test_an_error_leaves_nothing_of_its_transaction(database: Database) -> None:
    with pytest.raises(RuntimeError):
        await write_and_fail(database)
    assert await count(database) == 0


async def write_and_fail(database: Database) -> None:
    async with database.transaction() as session:
        session.add(new_row())
        await session.flush()
        raise RuntimeError("the power went")


async def test_what_is_changed_while_reading_is_not_kept(database: Database) -> None:
    async with database.reading() as session:
        session.add(new_row())
        await session.flush()
    assert await count(database) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    async with database.transaction() as session:
        session.add(new_row())
        await session.flush()
        async with asyncio.timeout(BUSY_MILLISECONDS / 3000):
            assert await count(database) == 0


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    async with database.reading() as session:
        session.add(new_row(due_at=datetime(2026, 1, 1)))  # noqa: DTZ001  # the mistake that is tested
        with pytest.raises(StatementError, match="a moment needs a time zone"):
            await session.flush()


async def test_a_moment_of_any_zone_comes_back_as_the_same_in_utc(database: Database) -> None:
    moment = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=5)))
    async with database.transaction() as session:
        session.add(new_row(due_at=moment))
    async with database.reading() as session:
        stored = (await session.scalars(select(OutboxRow.due_at))).one()
    assert stored == moment
    assert stored.tzinfo is UTC
    assert stored.day == 31


async def test_an_error_of_the_database_does_not_repeat_what_was_written(database: Database) -> None:
    async with database.reading() as session:
        session.add(new_row(topic="canary of a topic", payload={"called": "canary of a name"}, state=None))
        with pytest.raises(IntegrityError) as refusal:
            await session.flush()
    # PostgreSQL quotes the failing row in its detail, which the driver keeps apart from the text.
    assert "canary of a name" not in str(refusal.value)


async def test_a_code_that_does_not_exist_is_refused(database: Database) -> None:
    async with database.reading() as session:
        session.add(new_row(state="lost"))
        with pytest.raises(StatementError):
            await session.flush()


async def test_a_person_has_one_key(database: Database) -> None:
    subject_id = uuid4()
    columns = {"subject_id": subject_id, "master_id": "test", "box": b"x", "created_at": clock.now()}
    async with database.transaction() as session:
        session.add(StoredSubjectKey(**columns))
    async with database.reading() as session:
        session.add(StoredSubjectKey(**columns))
        with pytest.raises(IntegrityError):
            await session.flush()
