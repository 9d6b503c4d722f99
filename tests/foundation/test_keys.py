"""Keys at rest: what a wrong master key, a rotation and a shredding do to everything that was sealed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select

from foundation import keys
from foundation.database import Database
from foundation.errors import NotFound
from foundation.keys import InstanceKey, StoredSubjectKey, create_subject, open_subject, open_subjects, shred
from foundation.outbox import OutboxRow, enqueue
from foundation.sealing import KeyRing, WrongKey

OLD, NEW = KeyRing.new_master("old"), KeyRing.new_master("new")


@asynccontextmanager
async def opened(url: str, masters: str) -> AsyncIterator[Database]:
    """Another process on the same database."""
    database = Database(url, KeyRing.parse(masters))
    try:
        yield database
    finally:
        await database.close()


async def seal_something(database: Database, words: str) -> tuple[UUID, UUID]:
    """A new person with one sealed row; their ids."""
    async with database.transaction() as session:
        key = create_subject(session, uuid4())
        row = enqueue(session, "test", key=key, payload={}, body=words)
    return key.subject_id, row.id


async def read_back(database: Database, subject_id: UUID, row_id: UUID) -> object:
    async with database.reading() as session:
        row = (await session.scalars(select(OutboxRow).where(OutboxRow.id == row_id))).one()
        assert row.body is not None
        return (await open_subject(session, subject_id)).open(OutboxRow.body, row.id, row.body)


async def use_new_database(url: str) -> None:
    """Make the keys of this database under the old master key."""
    async with opened(url, OLD) as database, database.transaction() as session:
        await session.execute(delete(InstanceKey))
        await keys.check_master_key(session)


async def test_another_master_key_is_refused_in_words(database_url: str) -> None:
    await use_new_database(database_url)
    same_name = KeyRing.new_master("old")
    for masters, said in ((NEW, "sealed with the master key 'old'"), (same_name, "does not open")):
        async with opened(database_url, masters) as database, database.reading() as session:
            with pytest.raises(WrongKey, match=said) as refusal:
                await keys.check_master_key(session)
            assert masters.partition(":")[2] not in str(refusal.value)


async def test_rotation_beside_the_live_system_leaves_nothing_under_the_old_key(database_url: str) -> None:
    await use_new_database(database_url)
    async with opened(database_url, OLD) as database:
        sealed = {number: await seal_something(database, f"words {number}") for number in range(12)}
        async with database.reading() as session:
            fingerprint = await keys.fingerprint(session, "name", "Awa")
    async with opened(database_url, f"{NEW},{OLD}") as database:

        async def live() -> None:
            for number in range(100, 110):
                sealed[number] = await seal_something(database, f"words {number}")
                assert await read_back(database, *sealed[number - 100]) == f"words {number - 100}"

        async def rotate() -> None:
            left = 1
            while left:
                async with database.transaction() as session:
                    left = await keys.rewrap_some(session, limit=3)
                await asyncio.sleep(0)

        await asyncio.gather(live(), rotate())
    async with opened(database_url, NEW) as database:
        for number, ids in sealed.items():
            assert await read_back(database, *ids) == f"words {number}"
        async with database.reading() as session:
            assert await keys.fingerprint(session, "name", "Awa") == fingerprint
            old = select(func.count()).where(StoredSubjectKey.master_id == "old")
            assert await session.scalar(old) == 0


async def test_what_was_shredded_opens_for_nobody(database: Database) -> None:
    subject_id, row_id = await seal_something(database, "gone for good")
    kept = await seal_something(database, "someone else's")
    async with database.transaction() as session:
        await open_subject(session, subject_id)
        assert await shred(session, subject_id)
        with pytest.raises(NotFound):
            await open_subject(session, subject_id)
        assert not await shred(session, subject_id)
    with pytest.raises(NotFound):
        await read_back(database, subject_id, row_id)
    async with database.reading() as session:
        assert set(await open_subjects(session, [subject_id, kept[0]])) == {kept[0]}
    assert await read_back(database, *kept) == "someone else's"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_shredded_key_leaves_no_bytes_in_the_files(database: Database, tmp_path: Path) -> None:
    subject_id, _row_id = await seal_something(database, "gone for good")
    async with database.reading() as session:
        box = (await session.get_one(StoredSubjectKey, subject_id)).box
    await database.scrub()

    def bytes_on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert box in bytes_on_disk()
    async with database.transaction() as session:
        await shred(session, subject_id)
    await database.scrub()
    assert box not in bytes_on_disk()
    assert box[:16] not in bytes_on_disk()
