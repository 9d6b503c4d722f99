"""What the outbox promises: order within a lane, one taker at a time, nothing readable once sent."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from foundation import clock, outbox
from foundation.database import Database
from foundation.keys import create_subject
from foundation.outbox import DONE, Attempt, OutboxRow, OutboxState


async def test_rows_of_one_lane_leave_one_at_a_time_and_in_order(database: Database) -> None:
    async with database.transaction() as session:
        key, other = create_subject(session, uuid4()), create_subject(session, uuid4())
        for number in range(3):
            outbox.enqueue(session, "test", key=key, payload={"number": number})
            await session.flush()
        outbox.enqueue(session, "test", key=other, payload={"number": 9})
    sent = []
    for _ in range(3):
        async with database.transaction() as session:
            claimed = await outbox.claim(session)
            assert len({row.lane for row in claimed}) == len(claimed)
            assert await outbox.claim(session) == []
            sent += [row.payload["number"] for row in claimed if row.lane == key.subject_id]
            await outbox.settle(session, [row.position for row in claimed], DONE)
    assert sent == [0, 1, 2]


async def test_a_crash_after_the_commit_only_delays(database: Database) -> None:
    async with database.transaction() as session:
        outbox.enqueue(session, "test", key=create_subject(session, uuid4()), payload={}, leased=True)
    async with database.transaction() as session:
        assert await outbox.claim(session) == []
    with clock.moved_to(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        async with database.transaction() as session:
            (row,) = await outbox.claim(session)
            assert row.attempts == 2


async def test_a_body_is_sealed_and_dropped_once_sent(database: Database) -> None:
    async with database.transaction() as session:
        key = create_subject(session, uuid4())
        row = outbox.enqueue(session, "test", key=key, payload={}, body="for one pair of eyes")
        assert key.open(OutboxRow.body, row.id, row.body) == "for one pair of eyes"
        assert b"eyes" not in row.body.box
    async with database.transaction() as session:
        (row,) = await outbox.claim(session)
        await outbox.settle(session, [row.position], DONE)
    async with database.reading() as session:
        stored = await session.scalar(select(OutboxRow))
        assert (stored.state, stored.body) == (OutboxState.DONE, None)


async def test_the_same_dedupe_key_is_queued_once(database: Database) -> None:
    async with database.transaction() as session:
        key = create_subject(session, uuid4())
        outbox.enqueue(session, "test", key=key, payload={}, dedupe_key="reminder:1")
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            outbox.enqueue(session, "test", key=key, payload={}, dedupe_key="reminder:1")


async def test_what_was_taken_away_or_dropped_is_no_longer_the_sender_s(database: Database) -> None:
    async with database.transaction() as session:
        key = create_subject(session, uuid4())
        for _each in range(2):
            outbox.enqueue(session, "test", key=key, payload={}, body="words", leased=True)
            await session.flush()
    async with database.transaction() as session:
        moved, hidden = await outbox.waiting(session, [key.subject_id], "test")
        mine = [Attempt(row.position) for row in (moved, hidden)]
        assert [await outbox.is_held(session, each, lock=True) for each in mine] == [True, True]
        outbox.take_away(moved)
        outbox.drop(hidden, "hidden")
    async with database.transaction() as session:
        assert [await outbox.is_held(session, each) for each in mine] == [False, False]
        assert [await outbox.settle_sent(session, each, 7) for each in mine] == [False, False]
        (again,) = await outbox.claim(session)
    assert (again.position, again.attempts, again.sent_as) == (moved.position, 3, None)
    async with database.transaction() as session:
        assert await outbox.settle_sent(session, Attempt(again.position, 3), 8)
        assert not await outbox.settle_sent(session, Attempt(again.position, 3), 9)
    async with database.reading() as session:
        found = {row.position: (row.state, row.body, row.sent_as) for row in await session.scalars(select(OutboxRow))}
    assert found == {
        moved.position: (OutboxState.DONE, None, 8),
        hidden.position: (OutboxState.FAILED, None, None),
    }


async def test_the_second_lane_does_not_wait_for_the_first(database: Database) -> None:
    async with database.transaction() as session:
        key = create_subject(session, uuid4())
        outbox.enqueue(session, "test", key=key, payload={"number": 1}, due_at=clock.now() + timedelta(minutes=5))
        await session.flush()
        lane = outbox.second_lane(key.subject_id)
        outbox.enqueue(session, "test", key=key, payload={"number": 2}, lane=lane)
    async with database.transaction() as session:
        assert [row.payload["number"] for row in await outbox.claim(session)] == [2]
        await outbox.drop_subject(session, key.subject_id)
        assert (await session.scalars(select(OutboxRow))).all() == []
