"""The cheap way to write new rows leaves the same rows, in the same order, and as surely undone."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from foundation import audit, clock, outbox
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.keys import create_subject
from foundation.outbox import LEASE, OutboxRow, OutboxState

ACTOR, SUBJECT = UUID(int=11), UUID(int=12)


async def test_queued_rows_are_written_in_their_order_beside_those_of_earlier(database: Database) -> None:
    async with database.transaction() as session:
        key, other = create_subject(session, uuid4()), create_subject(session, uuid4())
        outbox.enqueue(session, "test", key=key, payload={"number": 0}, body="0")
        await session.flush()
        for number in range(1, 40):
            outbox.enqueue(session, "test", key=key, payload={"number": number}, body=str(number))
        outbox.enqueue(session, "test", key=other, payload={"number": 99})
        rows = await session.run_sync(outbox.write_new, key.subject_id, leased=True)
        assert [row.payload["number"] for row in rows] == list(range(40))
    async with database.reading() as session:
        stored = list(await session.scalars(select(OutboxRow).order_by(OutboxRow.position)))
        assert [row.payload["number"] for row in stored] == [*range(40), 99]
        assert [row.position for row in stored[:-1]] == [row.position for row in rows]
        assert [key.open(OutboxRow.body, row.id, row.body) for row in stored[:-1]] == [str(n) for n in range(40)]
        assert {row.attempts for row in stored[:-1]} == {1}
        assert all(row.lease_until and clock.now() < row.lease_until <= clock.now() + LEASE for row in stored[:-1])
        assert (stored[-1].attempts, stored[-1].lease_until, stored[-1].state) == (0, None, OutboxState.WAITING)


async def test_entries_are_written_once_and_in_their_order(database: Database) -> None:
    async with database.transaction() as session:
        for number in range(5):
            audit.record(session, ACTOR, "test.happened", SUBJECT, number=number)
        await session.run_sync(audit.write_new)
        await session.run_sync(audit.write_new)
        audit.record(session, ACTOR, "test.happened", SUBJECT, number=5)
        entries = await audit.entries_about(session, SUBJECT, frozenset(["test.happened"]))
        assert [entry.facts["number"] for entry in entries] == list(range(6))
    async with database.transaction() as session:
        assert await audit.link_some(session) == 6
    async with database.reading() as session:
        assert await audit.broken_link(session) is None


async def test_a_refused_transaction_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            key = create_subject(session, uuid4())
            outbox.enqueue(session, "test", key=key, payload={})
            audit.record(session, ACTOR, "test.happened", SUBJECT)
            await session.run_sync(audit.write_new)
            await session.run_sync(outbox.write_new, key.subject_id, leased=False)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with database.reading() as session:
        for model in (OutboxRow, AuditEntry):
            assert await session.scalar(select(func.count()).select_from(model)) == 0
