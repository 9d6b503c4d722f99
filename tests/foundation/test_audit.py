"""The audit log: nothing but codes goes in, and whoever changes it afterwards is found out."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.rules import Role
from foundation import audit
from foundation.audit import GENESIS, AuditEntry, broken_link, chained, head, link_some, record, unlinked
from foundation.database import Database

ACTOR, SUBJECT = UUID(int=11), UUID(int=12)
LENGTH = 5
FIRST_SPARE = 1000


async def write(database: Database, count: int) -> None:
    for number in range(count):
        async with database.transaction() as session:
            record(session, ACTOR, "test.happened", SUBJECT, number=number)


@pytest.fixture
async def outside_head(database: Database) -> tuple[int, str]:
    """A chain of five, and its head as it was written outside the database."""
    await write(database, LENGTH)
    async with database.transaction() as session:
        assert await link_some(session) == LENGTH
    async with database.reading() as session:
        assert await broken_link(session) is None
        return await head(session)


async def test_entries_are_linked_in_order_and_the_chain_verifies(
    database: Database, outside_head: tuple[int, str]
) -> None:
    assert outside_head[0] == LENGTH
    await write(database, 2)
    async with database.transaction() as session:
        assert await unlinked(session) == 2
        assert await link_some(session) == 2
        assert await link_some(session) == 0
    async with database.reading() as session:
        assert await broken_link(session, outside_head) is None
        entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.link))).all()
    assert [entry.link for entry in entries] == list(range(1, LENGTH + 3))
    assert [entry.id for entry in entries] == sorted(entry.id for entry in entries)


async def change(session: AsyncSession, link: int, /, **values: object) -> None:
    await session.execute(update(AuditEntry).where(AuditEntry.link == link).values(values))


async def swap(session: AsyncSession, one: int, other: int) -> None:
    hashes = {link: await _hash_of(session, link) for link in (one, other)}
    await change(session, one, link=FIRST_SPARE)
    await change(session, other, link=one, chain_hash=hashes[one])
    await change(session, FIRST_SPARE, link=other, chain_hash=hashes[other])


async def insert(session: AsyncSession, at: int) -> None:
    for link in range(LENGTH, at - 1, -1):
        await change(session, link, link=link + 1)
    forged = AuditEntry(
        at=datetime.now(UTC), actor_id=ACTOR, event="test.forged", subject_id=SUBJECT, facts={}, link=at
    )
    session.add(forged)
    await session.flush()
    forged.chain_hash = chained(await _hash_of(session, at - 1), at, forged)


async def remove(session: AsyncSession, link: int) -> None:
    await session.execute(delete(AuditEntry).where(AuditEntry.link == link))


async def _hash_of(session: AsyncSession, link: int) -> str:
    return str(await session.scalar(select(AuditEntry.chain_hash).where(AuditEntry.link == link)))


TAMPERINGS: dict[str, tuple[Callable[[AsyncSession], Awaitable[None]], int]] = {
    "event": (lambda session: change(session, 3, event="test.other"), 3),
    "actor": (lambda session: change(session, 3, actor_id=uuid4()), 3),
    "subject": (lambda session: change(session, 3, subject_id=uuid4()), 3),
    "facts": (lambda session: change(session, 3, facts={"number": 9}), 3),
    "time": (lambda session: change(session, 3, at=datetime(2020, 1, 1, tzinfo=UTC)), 3),
    "hash": (lambda session: change(session, 3, chain_hash=GENESIS), 3),
    "reordered": (lambda session: swap(session, 2, 4), 2),
    "inserted": (lambda session: insert(session, 3), 4),
    "deleted first": (lambda session: remove(session, 1), 1),
    "deleted": (lambda session: remove(session, 3), 3),
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_a_change_is_found_where_it_begins(database: Database, outside_head: tuple[int, str], name: str) -> None:
    tamper, expected = TAMPERINGS[name]
    async with database.transaction() as session:
        await tamper(session)
    async with database.reading() as session:
        assert await broken_link(session) == expected
        assert await broken_link(session, outside_head) == expected


async def test_a_tail_cut_off_is_found_with_the_head_that_was_kept_outside(
    database: Database, outside_head: tuple[int, str]
) -> None:
    async with database.transaction() as session:
        await remove(session, LENGTH)
    async with database.reading() as session:
        assert await broken_link(session) is None
        assert await broken_link(session, outside_head) == LENGTH


async def test_a_tail_that_was_replaced_is_found_too(database: Database, outside_head: tuple[int, str]) -> None:
    async with database.transaction() as session:
        await remove(session, LENGTH)
        record(session, ACTOR, "test.forged", SUBJECT)
    async with database.transaction() as session:
        await link_some(session)
    async with database.reading() as session:
        assert await broken_link(session) is None
        assert await broken_link(session, outside_head) == LENGTH


@pytest.mark.parametrize(
    "fact",
    ["Fatou Jallow", "née", "a" * 65, "x@example.org", "+220 123", "line\nline", 1.5, {"called": "F"}, b"x", ["a b"]],
)
async def test_free_text_is_refused_and_not_repeated(session: AsyncSession, fact: object) -> None:
    with pytest.raises(TypeError, match="'called' is neither an id, a code nor a number") as refusal:
        record(session, ACTOR, "test.happened", SUBJECT, called=fact)
    assert "Fatou" not in str(refusal.value)


async def test_ids_codes_and_numbers_are_kept_and_absent_ones_left_out(session: AsyncSession) -> None:
    referral = uuid4()
    record(
        session, ACTOR, "test.happened", SUBJECT, referral=referral, role=Role.PARTNER, count=3, yes=True, none=None,
        fields=["skills", "called"],
    )  # fmt: skip
    await session.flush()
    (entry,) = await audit.entries_about(session, SUBJECT, frozenset(["test.happened"]))
    expected = {"referral": str(referral), "role": "partner", "count": 3, "yes": True, "fields": ["called", "skills"]}
    assert entry.facts == expected
    assert await audit.entries_about(session, SUBJECT, frozenset(["test.other"])) == []


async def test_two_workers_make_one_chain(database: Database) -> None:
    await write(database, 30)

    async def link_until_done() -> None:
        while True:
            async with database.transaction() as session:
                await link_some(session, limit=4)
            async with database.reading() as session:
                if not await unlinked(session):
                    return

    await asyncio.gather(link_until_done(), link_until_done(), write(database, 10))
    await link_until_done()
    async with database.reading() as session:
        assert await broken_link(session) is None
        assert (await head(session))[0] == 40
