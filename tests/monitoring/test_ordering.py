"""What monitors ask for is made by the worker, for them, once; and they are told what came of it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from monitoring_scene import QUARTER, Body, build_body
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import StaffMember
from cases.fact_models import Fact
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.errors import Conflict, Invalid, NotAllowed
from foundation.language import Message, say
from monitoring import drafting, ordering
from monitoring.apart import make_apart
from monitoring.drafting import count_release
from monitoring.making import Counted, Made, Tell, make
from monitoring.models import Release, ReleaseOrder, ReleaseState
from monitoring.ordering import (
    LEASE,
    MOST_ATTEMPTS,
    OrderState,
    OrderView,
    make_ordered,
    newest_order,
    order_correction,
    order_release,
    waiting_order,
)
from monitoring.publication import approve_release, publish_release
from monitoring.refusals import kept, told
from monitoring.signing import MANIFEST
from tests.monitoring.releasing import make_waiting, opened


async def make_here(counted: Counted, tell: Tell) -> Made:
    """In this process: starting another takes a second."""
    return make(counted, tell)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "make_apart", make_here)


@pytest.fixture
async def monitors(database: Database) -> Body:
    """Whose people and facts are stored."""
    async with database.transaction() as session:
        body = await build_body(session)
        body.add_facts()
    return body


async def order(database: Database, body: Body) -> None:
    async with database.transaction() as session:
        await order_release(session, quarter=QUARTER, actor=body.monitor)


async def newest(database: Database, body: Body) -> OrderView:
    async with database.reading() as session:
        found = await newest_order(session, actor=body.monitor)
    assert found is not None
    return found


async def events(session: AsyncSession, event: str) -> list[AuditEntry]:
    return list(await session.scalars(select(AuditEntry).where(AuditEntry.event == event)))


async def test_what_is_ordered_is_drafted_by_whoever_ordered_it(database: Database, monitors: Body) -> None:
    await order(database, monitors)
    waiting = await newest(database, monitors)
    assert (waiting.state, waiting.done) == (OrderState.WAITING, 0)
    await make_waiting(database)
    made = await newest(database, monitors)
    assert (made.state, made.row.release_number, made.refusal) == (OrderState.MADE, 1, None)
    assert made.done == made.tables > 10
    async with database.reading() as session:
        drafted = await session.get_one(Release, 1)
        assert (drafted.state, drafted.quarter, drafted.drafted_by) == (
            ReleaseState.DRAFT, QUARTER, monitors.monitor.id,
        )  # fmt: skip
        (ordered,) = await events(session, "release.ordered")
        assert (ordered.actor_id, ordered.subject_id) == (monitors.monitor.id, made.row.id)
        assert await waiting_order(session) is None


async def test_a_correction_is_ordered_with_what_changed(database: Database, monitors: Body) -> None:
    await order(database, monitors)
    await make_waiting(database)
    async with database.transaction() as session:
        drafted = await session.get_one(Release, 1)
        await approve_release(session, 1, drafted.sha256, actor=monitors.second)
        await publish_release(session, 1, actor=monitors.monitor)
    async with database.transaction() as session:
        await order_correction(session, 1, " Ten came late. ", actor=monitors.second)
    await make_waiting(database)
    async with database.reading() as session:
        correction = await session.get_one(Release, 2)
        assert (correction.corrects, correction.changed, correction.drafted_by) == (
            1, "Ten came late.", monitors.second.id,
        )  # fmt: skip


async def test_what_is_known_beforehand_is_refused_at_once(database: Database, monitors: Body) -> None:
    async with database.transaction() as session:
        with pytest.raises(Invalid, match="has not ended"):
            await order_release(session, quarter=clock.today(), actor=monitors.monitor)
        with pytest.raises(NotAllowed):
            await order_release(session, quarter=QUARTER, actor=monitors.supervisor)
    await order(database, monitors)
    with pytest.raises(Conflict, match="being made already"):
        await order(database, monitors)
    await make_waiting(database)
    with pytest.raises(Conflict, match="published already"):
        await order(database, monitors)


async def test_of_two_who_ask_at_once_one_is_told_to_wait(database: Database, monitors: Body) -> None:
    both = await asyncio.gather(order(database, monitors), order(database, monitors), return_exceptions=True)
    assert sorted(type(each).__name__ for each in both) == ["Conflict", "NoneType"]


async def test_what_cannot_be_made_safe_is_told_in_the_readers_language(database: Database, monitors: Body) -> None:
    async with database.transaction() as session:
        await session.execute(delete(Fact))
        session.add_all(opened(3))
    await order(database, monitors)
    await make_waiting(database)
    refused = await newest(database, monitors)
    assert refused.state is OrderState.REFUSED
    assert refused.refusal is not None
    assert "too few people" in say("en", refused.refusal)
    assert "{" not in say("fr", refused.refusal)
    assert say("fr", refused.refusal) != say("en", refused.refusal)
    async with database.reading() as session:
        assert (await session.scalars(select(Release))).all() == []
        assert len(await events(session, "release.not_made")) == 1
    await order(database, monitors)  # another may be asked for


async def test_of_two_workers_one_makes_it(database: Database, monitors: Body) -> None:
    await order(database, monitors)
    async with database.reading() as session:
        order_id = await waiting_order(session)
    assert order_id is not None
    await asyncio.gather(make_ordered(database, order_id), make_ordered(database, order_id))
    async with database.reading() as session:
        assert len((await session.scalars(select(Release))).all()) == 1
        assert (await session.get_one(ReleaseOrder, order_id)).attempts == 1


async def test_what_a_worker_left_behind_is_taken_up_and_at_last_given_up(
    database: Database, monitors: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_given: Any) -> Made:
        raise EOFError

    await order(database, monitors)
    monkeypatch.setattr(drafting, "make_apart", die)
    moment = clock.now()
    for attempt in range(MOST_ATTEMPTS):
        with clock.moved_to(moment + (LEASE + timedelta(minutes=1)) * attempt):
            with pytest.raises(EOFError):
                await make_waiting(database)
            async with database.reading() as session:
                assert await waiting_order(session) is None, "it is in hand for a while"
            assert (await newest(database, monitors)).state is OrderState.BEING_MADE
    with clock.moved_to(moment + (LEASE + timedelta(minutes=1)) * MOST_ATTEMPTS):
        await make_waiting(database)
    given_up = await newest(database, monitors)
    assert given_up.state is OrderState.REFUSED
    assert given_up.refusal is not None
    assert "something went wrong" in given_up.refusal.text


async def test_it_is_told_how_far_it_is_while_it_is_made(
    database: Database, monitors: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "BEAT_SECONDS", 0.01)
    seen: list[OrderView] = []

    async def slow(counted: Counted, tell: Tell) -> Made:
        tell(3)
        async with asyncio.timeout(30):
            while not seen or seen[-1].done != 3:
                seen.append(await newest(database, monitors))
        return await make_here(counted, tell)

    monkeypatch.setattr(drafting, "make_apart", slow)
    await order(database, monitors)
    await make_waiting(database)
    assert seen[-1].state is OrderState.BEING_MADE


async def test_whoever_has_no_account_any_more_gets_no_draft(database: Database, monitors: Body) -> None:
    await order(database, monitors)
    async with database.transaction() as session:
        (await session.get_one(StaffMember, monitors.monitor.id)).disabled_at = clock.now()
    await make_waiting(database)
    assert (await newest(database, monitors)).state is OrderState.REFUSED
    async with database.reading() as session:
        assert (await session.scalars(select(Release))).all() == []


async def test_a_process_of_its_own_makes_the_same(body: Body) -> None:
    body.add_facts()
    counted = await count_release(body.session, quarter=QUARTER, actor=body.monitor)
    seen: list[int] = []
    apart, here = await make_apart(counted, seen.append), make(counted)
    assert apart.files.keys() == here.files.keys()
    for name in apart.files.keys() - {MANIFEST, "release_1.xlsx"}:  # the moment stands in a workbook
        assert apart.files[name] == here.files[name], name
    assert (apart.held, apart.withheld, apart.edition) == (here.held, here.withheld, here.edition)
    assert seen == list(range(len(counted.tables) + 1))


async def test_a_process_of_its_own_refuses_the_same(body: Body) -> None:
    body.session.add_all(opened(3))
    counted = await count_release(body.session, quarter=QUARTER, actor=body.monitor)
    with pytest.raises(Conflict) as apart:
        await make_apart(counted, lambda _done: None)
    with pytest.raises(Conflict) as here:
        make(counted)
    assert apart.value.message == here.value.message


def test_a_message_is_kept_with_all_that_it_says() -> None:
    inner = Message("{count} thing", "{count} things", "context").of(count=2)
    assert told(kept(Message("{what} of {who}").of(what=inner, who="us"))) == Message("{what} of {who}").of(
        what=inner, who="us"
    )
