"""A round of the worker: what waits is sent, the audit log linked, the house kept, and one fault stops nothing."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Bot

from access.actor import PERSON, Actor
from access.models import OrganisationKind, SignInFailures
from access.staff import create_organisation
from bot.delivery import OVERALL_PER_SECOND, Limits
from cases.casework_rules import ErasureRule
from cases.files import OpenedFile, drop_outlived, outlived_files, store_file
from cases.intake import open_case
from cases.messages import TELL_PERSON
from cases.models import Case, Consent, StoredFile
from cases.retention import closed_people, planned_everywhere, withdrawn_people
from cases.rules import CaseStatus, ConsentState, FileKind
from cases.sheets import publish_built_in
from foundation import audit, clock, outbox
from foundation.database import Database
from foundation.keys import create_subject, open_subject
from foundation.outbox import DONE, LEASE, OutboxRow, OutboxState, enqueue, settle
from homeward import retention
from homeward import worker as worker_module
from homeward.retention import erase_closed
from homeward.wiring import WORKER_SHARE
from homeward.worker import Worker
from referrals.opening_matching import PARTS, all_parts
from referrals.opening_models import MatchingRun

THIRTY_DAYS = timedelta(days=30)
MOMENT = timedelta(minutes=1)


class Recipient:
    """Takes what is sent; fails while it is told to."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.fails = False
        self.received: list[int] = []

    async def deliver(self, row: OutboxRow) -> None:
        if self.fails:
            raise ConnectionError("the network is gone")
        self.received.append(row.payload["number"])
        async with self.database.transaction() as session:
            await settle(session, [row.position], DONE)


@pytest.fixture
def recipient(database: Database) -> Recipient:
    return Recipient(database)


@pytest.fixture
def worker(database: Database, recipient: Recipient) -> Worker:
    """With a bot that never speaks to a network: a round does not need one."""
    return Worker(database, Bot("1:a"), {TELL_PERSON: recipient.deliver})


async def queue(database: Database, *numbers: int, topic: str = TELL_PERSON) -> None:
    async with database.transaction() as session:
        key = create_subject(session, uuid4())
        for number in numbers:
            enqueue(session, topic, key=key, payload={"number": number}, body="words")
            await session.flush()


async def states(database: Database) -> list[tuple[OutboxState, str | None]]:
    async with database.reading() as session:
        rows = await session.execute(select(OutboxRow.state, OutboxRow.reason).order_by(OutboxRow.position))
        return [(row.state, row.reason) for row in rows]


async def test_what_waits_is_sent_in_order_until_nothing_does(
    database: Database, worker: Worker, recipient: Recipient
) -> None:
    await queue(database, 1, 2, 3)
    while await worker.run_once():
        pass
    assert recipient.received == [1, 2, 3]
    assert await states(database) == [(OutboxState.DONE, None)] * 3
    assert not await worker.run_once()


async def test_a_delivery_that_fails_is_tried_again_when_its_lease_has_run_out(
    database: Database, worker: Worker, recipient: Recipient
) -> None:
    await queue(database, 1)
    recipient.fails = True
    await worker.run_once()
    recipient.fails = False
    await worker.run_once()
    assert recipient.received == []
    with clock.moved_to(clock.now() + LEASE + MOMENT):
        await worker.run_once()
    assert recipient.received == [1]


async def test_more_rows_than_may_leave_within_a_lease_all_leave_and_none_is_taken_twice(
    database: Database, worker: Worker, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LEASE", timedelta(seconds=2))
    limits = Limits(OVERALL_PER_SECOND * WORKER_SHARE)

    async def deliver_in_time(row: OutboxRow) -> None:
        await limits.wait(row.position)
        await recipient.deliver(row)

    worker.handlers[TELL_PERSON] = deliver_in_time
    for number in range(20):
        await queue(database, number)
    while await worker.take_up() or worker._at_work:
        await asyncio.wait(worker._at_work, timeout=0.05)
    assert recipient.received == [*range(20)]


async def test_a_row_that_nobody_handles_is_given_up_with_the_reason(database: Database, worker: Worker) -> None:
    await queue(database, 1, topic="test.unknown")
    await worker.run_once()
    assert await states(database) == [(OutboxState.FAILED, "no handler")]


async def test_a_round_links_the_audit_log(database: Database, worker: Worker) -> None:
    async with database.transaction() as session:
        for _entry in range(3):
            audit.record(session, UUID(int=1), "test.happened", UUID(int=2))
    assert await worker.run_once()
    async with database.reading() as session:
        assert await audit.unlinked(session) == 0
        assert await audit.broken_link(session) is None
        assert (await audit.head(session))[0] == 3


async def withdrawn_case(database: Database, *, days_ago: timedelta) -> UUID:
    """A case whose person took back their agreement to data being kept; the case's id."""
    async with database.transaction() as session:
        if await session.scalar(select(func.count()).select_from(Case)) == 0:
            create_organisation(session, "Operator", OrganisationKind.OPERATOR)
            await publish_built_in(session)
            await session.flush()
        key = create_subject(session, uuid4())
        case = await open_case(session, key, "en", "the notice", actor=PERSON)
        await session.flush()
        await session.execute(
            update(Consent)
            .where(Consent.person_id == key.subject_id)
            .values(state=ConsentState.WITHDRAWN, withdrawn_at=clock.now() - days_ago)
        )
    return case.id


async def status_of(database: Database, case_id: UUID) -> CaseStatus:
    async with database.reading() as session:
        return (await session.get_one(Case, case_id)).status


async def test_keeping_house_erases_whom_nobody_may_keep_and_forgets_old_failures(
    database: Database, worker: Worker
) -> None:
    due = await withdrawn_case(database, days_ago=THIRTY_DAYS + MOMENT)
    not_yet = await withdrawn_case(database, days_ago=THIRTY_DAYS - MOMENT)
    async with database.transaction() as session:
        session.add(SignInFailures(key_hash="x", count=8, since=clock.now() - THIRTY_DAYS))
    await worker.run_once()
    assert [await status_of(database, case_id) for case_id in (due, not_yet)] == [CaseStatus.ERASED, CaseStatus.OPEN]
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(SignInFailures)) == 0


async def test_a_case_that_ended_long_ago_is_erased_with_what_was_merged_into_it(
    database: Database, worker: Worker
) -> None:
    due, merged, not_yet, reopened = [await withdrawn_case(database, days_ago=-MOMENT) for _each in range(4)]
    ended = {"status": CaseStatus.CLOSED, "closed_at": clock.now() - THIRTY_DAYS}
    async with database.transaction() as session:
        await session.execute(update(Consent).values(state=ConsentState.GIVEN, withdrawn_at=None))
        for case_id, erase_after in ((due, -MOMENT), (not_yet, THIRTY_DAYS), (reopened, -MOMENT)):
            clock_of_case = {"erase_after": clock.now() + erase_after}
            await session.execute(update(Case).where(Case.id == case_id).values(**ended, **clock_of_case))
        into = {"status": CaseStatus.DUPLICATE, "survivor_id": due}
        await session.execute(update(Case).where(Case.id == merged).values(**into))
        numbers = {each.id: each.number for each in await session.scalars(select(Case))}
        rows = await planned_everywhere(session, timedelta(0))
        assert {row.number for row in rows} == {numbers[due], numbers[merged], numbers[reopened]}
        assert {row.rule for row in rows} == {ErasureRule.CLOSED}
        found = await closed_people(session)
        # Opened again after it was found, before its turn.
        again = {"status": CaseStatus.OPEN, "closed_at": None, "erase_after": None}
        await session.execute(update(Case).where(Case.id == reopened).values(**again))
        for person_id in found:
            if person_id == (await session.get_one(Case, reopened)).person_id:
                await erase_closed(session, person_id)
    await worker.run_once()
    statuses = [await status_of(database, each) for each in (due, merged, not_yet, reopened)]
    assert statuses == [CaseStatus.ERASED, CaseStatus.ERASED, CaseStatus.CLOSED, CaseStatus.OPEN]


async def test_a_chore_that_fails_stops_neither_the_others_nor_the_round(
    database: Database, worker: Worker, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_session: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(worker_module, "_HOUSEKEEPING", (broken,))
    due = await withdrawn_case(database, days_ago=THIRTY_DAYS + MOMENT)
    await queue(database, 1)
    await worker.run_once()
    assert recipient.received == [1]
    assert await status_of(database, due) is CaseStatus.ERASED


async def test_one_person_who_cannot_be_erased_holds_back_no_other(
    database: Database, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [await withdrawn_case(database, days_ago=THIRTY_DAYS + MOMENT) for _each in range(3)]
    async with database.reading() as session:
        people = {await session.scalar(select(Case.person_id).where(Case.id == each)): each for each in cases}
        stuck = (await withdrawn_people(session))[0]  # whoever comes first
    whole = retention.forget

    async def fails_for_one(session: AsyncSession, person_id: UUID, *, actor: Actor) -> None:
        await whole(session, person_id, actor=actor)
        if person_id == stuck:
            raise RuntimeError("a fault")

    monkeypatch.setattr(retention, "forget", fails_for_one)
    await worker.run_once()
    found = {person: await status_of(database, case) for person, case in people.items()}
    assert found.pop(stuck) is CaseStatus.OPEN
    assert set(found.values()) == {CaseStatus.ERASED}
    async with database.reading() as session:
        assert await open_subject(session, stuck)  # nothing of what failed has stayed
    monkeypatch.setattr(retention, "forget", whole)
    worker._kept_house_at = float("-inf")
    await worker.run_once()
    assert await status_of(database, people[stuck]) is CaseStatus.ERASED


async def test_one_file_that_cannot_be_dropped_holds_back_no_other(
    database: Database, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = await withdrawn_case(database, days_ago=MOMENT)
    async with database.transaction() as session:
        case = await session.get_one(Case, case_id)
        assert case.person_id is not None
        key = await open_subject(session, case.person_id)
        file = OpenedFile(FileKind.IMAGE, "image/png", "a.png", b"pixels")
        kept = [store_file(session, case, key, file, delete_at=clock.now() - MOMENT) for _each in range(3)]
    find, drop, stuck = outlived_files, drop_outlived, kept[0].id

    async def fails_for_one(session: AsyncSession, file_id: UUID) -> None:
        if file_id == stuck:
            raise RuntimeError("a fault")
        await drop(session, file_id)

    monkeypatch.setattr(worker_module, "_ONE_BY_ONE", ((find, fails_for_one),))
    await worker.run_once()
    async with database.reading() as session:
        assert (await session.scalars(select(StoredFile.id))).all() == [stuck]


async def test_the_house_is_kept_once_a_minute_and_not_at_every_round(database: Database, worker: Worker) -> None:
    await worker.run_once()
    due = await withdrawn_case(database, days_ago=THIRTY_DAYS + MOMENT)
    await worker.run_once()
    assert await status_of(database, due) is CaseStatus.OPEN


async def test_every_part_of_the_openings_is_matched_once_a_day(worker: Worker, database: Database) -> None:
    for days in (0, 1):
        with clock.moved_to(clock.now() + timedelta(days=days)):
            for _round in range(2):
                await worker._keep_house()
            async with database.reading() as session:
                runs = (await session.scalars(select(MatchingRun))).all()
            assert {run.part for run in runs} == set(all_parts())
            assert {run.day for run in runs} == {clock.today()}
            assert len(runs) == PARTS
