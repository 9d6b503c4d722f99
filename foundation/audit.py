"""The audit log: append-only, ids and codes only, linked into a SHA-256 chain.

Verbs insert entries in their own transaction; the worker links them a moment later, so that turns on several hosts
never queue for one lock. The head of the chain is also written outside the database: without that, cutting off the
tail would be invisible.
"""

import hashlib
import json
import re
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Index, Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation import clock
from foundation.database import Base, Serial
from foundation.new_rows import take_new, values_of

GENESIS = "0" * 64
_CODE = re.compile(r"[A-Za-z0-9_.:+-]{0,64}")


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject_id_id", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID]
    event: Mapped[str]
    subject_id: Mapped[UUID]
    facts: Mapped[dict[str, Any]]
    link: Mapped[int | None] = mapped_column(Serial, unique=True)
    """Place in the chain, counted from 1; None until the worker has linked the entry."""
    chain_hash: Mapped[str | None]


def record(session: AsyncSession, actor_id: UUID, event: str, subject_id: UUID, **facts: object) -> None:
    """Write one entry with the caller's transaction. Facts are ids, enums and numbers; free text is a TypeError."""
    session.add(
        AuditEntry(
            at=clock.now(),
            actor_id=actor_id,
            event=event,
            subject_id=subject_id,
            facts={name: _code(name, fact) for name, fact in facts.items() if fact is not None},
        )
    )


_ROWS = cast("Table", AuditEntry.__table__)
_WRITE = insert(_ROWS)


def write_new(session: Session) -> None:
    """Write the entries recorded so far, at the least cost."""
    if entries := take_new(session, AuditEntry):
        session.connection().execute(_WRITE, [values_of(entry, _ROWS) for entry in entries])


def _code(name: str, fact: object) -> object:
    if isinstance(fact, (list, tuple, frozenset, set)):
        return sorted(str(_code(name, each)) for each in fact)
    if isinstance(fact, (bool, int)):
        return fact
    if isinstance(fact, (UUID, StrEnum)) or (isinstance(fact, str) and _CODE.fullmatch(fact)):
        return str(fact)
    raise TypeError(f"the audit fact '{name}' is neither an id, a code nor a number")


async def link_some(session: AsyncSession, limit: int = 1000) -> int:
    """Link up to `limit` waiting entries into the chain; returns how many. One linker at a time."""
    waiting = list(
        await session.scalars(
            select(AuditEntry).where(AuditEntry.link.is_(None)).order_by(AuditEntry.id).limit(limit).with_for_update()
        )
    )
    if not waiting:
        return 0
    link, chain_hash = await head(session)
    for entry in waiting:
        link, chain_hash = link + 1, chained(chain_hash, link + 1, entry)
        entry.link, entry.chain_hash = link, chain_hash
    return len(waiting)


async def head(session: AsyncSession) -> tuple[int, str]:
    """The last link and its hash; what is written outside the database."""
    last = (
        await session.execute(
            select(AuditEntry.link, AuditEntry.chain_hash)
            .where(AuditEntry.link.is_not(None))
            .order_by(AuditEntry.link.desc())
            .limit(1)
        )
    ).one_or_none()
    return (last.link, last.chain_hash) if last else (0, GENESIS)


async def broken_link(session: AsyncSession, known_head: tuple[int, str] | None = None) -> int | None:
    """The first link of the chain that does not verify, or None. `known_head` is a head kept outside."""
    chain_hash, expected = GENESIS, 0
    rows = await session.stream_scalars(
        select(AuditEntry).where(AuditEntry.link.is_not(None)).order_by(AuditEntry.link)
    )
    async for entry in rows:
        expected += 1
        chain_hash = chained(chain_hash, expected, entry)
        if entry.link != expected or entry.chain_hash != chain_hash:
            return expected
        if known_head is not None and expected == known_head[0] and chain_hash != known_head[1]:
            return expected
    if known_head is not None and expected < known_head[0]:
        return expected + 1
    return None


def chained(previous: str, link: int, entry: AuditEntry) -> str:
    content = [
        previous,
        link,
        entry.id,
        entry.at.isoformat(),
        str(entry.actor_id),
        entry.event,
        str(entry.subject_id),
        entry.facts,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


async def unlinked(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.link.is_(None))) or 0


async def entries_about(session: AsyncSession, subject_id: UUID, events: frozenset[str]) -> list[AuditEntry]:
    """What happened to one subject, oldest first, narrowed to `events`."""
    return list(
        await session.scalars(
            select(AuditEntry)
            .where(AuditEntry.subject_id == subject_id, AuditEntry.event.in_(events))
            .order_by(AuditEntry.id)
        )
    )
