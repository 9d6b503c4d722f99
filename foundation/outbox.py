"""The outbox: what must happen outside the database, written in the transaction that decided it.

A row is sent at once by the process that wrote it (it holds the lease), or, after a crash, by the worker. Rows of one
lane leave in order. A body is sealed for its subject and dropped once sent. Whoever sends asks, right before, whether
the attempt is still theirs: what became of the subject meanwhile may have dropped the row or taken it away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    Index,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from foundation import clock
from foundation.database import Base, Serial, codes
from foundation.new_rows import take_new, values_of
from foundation.sealing import Sealed, SealedColumn, SubjectKey

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 12
KEPT_AFTER_DONE = timedelta(hours=48)
_QUEUED = "queued"
"""Under this name a session knows the rows it has queued."""


class OutboxState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class OutboxRow(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_state_due_at", "state", "due_at"),
        Index("ix_outbox_lane_state_position", "lane", "state", "position"),
    )

    position: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    topic: Mapped[str]
    lane: Mapped[UUID]
    subject_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]]
    body: Mapped[Sealed | None] = mapped_column(SealedColumn)
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[OutboxState] = mapped_column(codes(OutboxState))
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int]
    reason: Mapped[str | None]
    sent_as: Mapped[int | None] = mapped_column(BigInteger)
    """What the channel calls the message that was sent (of a text in several, the last); kept as long as the row."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt: done, given up with a reason, or to be tried again at a moment."""

    state: OutboxState
    reason: str | None = None
    retry_at: datetime | None = None


DONE = Outcome(OutboxState.DONE)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a row, by its number: only the newest may send it and say what became of it."""

    position: int
    number: int = 1


def second_lane(subject_id: UUID) -> UUID:
    """A lane of the same subject for what must not wait behind the rest."""
    return uuid5(subject_id, "second lane")


def failed(reason: str) -> Outcome:
    return Outcome(OutboxState.FAILED, reason)


def again(reason: str, after: timedelta) -> Outcome:
    return Outcome(OutboxState.WAITING, reason, clock.now() + after)


def enqueue(
    session: AsyncSession,
    topic: str,
    *,
    key: SubjectKey,
    payload: dict[str, Any],
    body: object = None,
    due_at: datetime | None = None,
    dedupe_key: str | None = None,
    leased: bool = False,
    lane: UUID | None = None,
) -> OutboxRow:
    """Queue one row for `key`'s subject. `payload` holds ids and codes; what a person reads goes into `body`.

    `leased`: the caller sends it itself right after the commit. `lane`: if it is not to wait in the subject's own.
    """
    row_id, moment = uuid4(), clock.now()
    row = OutboxRow(
        id=row_id,
        topic=topic,
        lane=lane or key.subject_id,
        subject_id=key.subject_id,
        payload=payload,
        body=None if body is None else key.seal(OutboxRow.body, row_id, body),
        dedupe_key=dedupe_key,
        state=OutboxState.WAITING,
        due_at=due_at or moment,
        lease_until=moment + LEASE if leased else None,
        attempts=1 if leased else 0,
        reason=None,
    )
    session.add(row)
    # A session holds what it has written only weakly: a row written early in a turn must still be there at its end.
    session.info.setdefault(_QUEUED, []).append(row)
    return row


async def claim(session: AsyncSession, limit: int = 50, *among: ColumnElement[bool]) -> list[OutboxRow]:
    """Take a lease on the first due row of each lane, `among` those if told. Several workers never take the same."""
    moment, earlier = clock.now(), aliased(OutboxRow)
    free = or_(OutboxRow.lease_until.is_(None), OutboxRow.lease_until < moment)
    blocked = exists().where(
        and_(
            earlier.lane == OutboxRow.lane,
            earlier.state == OutboxState.WAITING,
            earlier.position < OutboxRow.position,
        )
    )
    ready = (
        select(OutboxRow.position)
        .where(OutboxRow.state == OutboxState.WAITING, OutboxRow.due_at <= moment, free, ~blocked, *among)
        .order_by(OutboxRow.position)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = await session.scalars(
        update(OutboxRow)
        .where(OutboxRow.position.in_(ready))
        .values(lease_until=moment + LEASE, attempts=OutboxRow.attempts + 1)
        .returning(OutboxRow),
        execution_options={"populate_existing": True},
    )
    return sorted(taken, key=lambda row: row.position)


def waiting_in_lane(lane: Any) -> Any:
    """A condition: something earlier still waits in this lane, so a new row must queue behind it."""
    return exists().where(OutboxRow.lane == lane, OutboxRow.state == OutboxState.WAITING)


_ROWS = cast("Table", OutboxRow.__table__)
_WRITE = insert(_ROWS).returning(_ROWS.c.position, sort_by_parameter_order=True)
_SETTLE = update(_ROWS).where(_ROWS.c.position.in_(bindparam("settled", expanding=True)))
_CLOSE = _SETTLE.values(state=bindparam("outcome"), reason=bindparam("why"), lease_until=None, body=None)
_IS_MINE = and_(
    _ROWS.c.position == bindparam("settled"),
    _ROWS.c.attempts == bindparam("attempt"),
    _ROWS.c.state == OutboxState.WAITING,
    _ROWS.c.lease_until.is_not(None),
)
_HELD = select(_ROWS.c.position).where(_IS_MINE)
_SENT = (
    update(_ROWS)
    .where(_IS_MINE)
    .values(state=OutboxState.DONE, reason=None, lease_until=None, sent_as=bindparam("known_as"))
)
_SENT_WHOLE = _SENT.values(body=None)
_REOPEN = _SETTLE.values(
    state=bindparam("outcome"), reason=bindparam("why"), lease_until=None, due_at=bindparam("next")
)


def write_new(session: Session, lane: UUID, *, leased: bool) -> list[OutboxRow]:
    """Write what was queued so far, at the least cost; gives all that this session queued in `lane`, in order.

    `leased`: the caller sends those rows itself right after the commit.
    """
    new = take_new(session, OutboxRow)
    earlier = [row for row in session.info.get(_QUEUED, ()) if row in session]
    ours = [row for row in (*earlier, *new) if row.lane == lane]
    if leased:
        for row in ours:
            row.lease_until, row.attempts = clock.now() + LEASE, 1
    if new:
        positions = session.connection().execute(_WRITE, [values_of(row, _ROWS) for row in new])
        for row, position in zip(new, positions.scalars(), strict=True):
            row.position = position
    return sorted(ours, key=lambda row: row.position)


async def settle(session: AsyncSession, positions: Sequence[int], outcome: Outcome) -> None:
    """Note the outcome of an attempt. What is done or given up loses its body."""
    still_waits = outcome.state is OutboxState.WAITING
    await session.execute(
        _REOPEN if still_waits else _CLOSE,
        {"settled": list(positions), "outcome": outcome.state, "why": outcome.reason}
        | ({"next": outcome.retry_at} if still_waits else {}),
    )


async def is_held(session: AsyncSession, attempt: Attempt, *, lock: bool = False) -> bool:
    """Whether this attempt may still be made, or settled."""
    held = _HELD.with_for_update() if lock else _HELD
    return await session.scalar(held, {"settled": attempt.position, "attempt": attempt.number}) is not None


async def settle_sent(session: AsyncSession, attempt: Attempt, known_as: int, *, keep_body: bool = False) -> bool:
    """Note what the channel calls the message that was sent. False if the row was no longer this attempt's to send.

    `keep_body`: something else was sent in its place; it can still be asked for until the row is forgotten.
    """
    given = {"settled": attempt.position, "attempt": attempt.number, "known_as": known_as}
    noted = await session.execute(_SENT if keep_body else _SENT_WHOLE, given)
    return cast("CursorResult[Any]", noted).rowcount == 1


async def waiting(session: AsyncSession, lanes: Iterable[UUID], topic: str) -> Sequence[OutboxRow]:
    """What is not sent yet, or is being sent at this moment, in order; locked."""
    found = await session.scalars(
        select(OutboxRow)
        .where(OutboxRow.lane.in_(lanes), OutboxRow.topic == topic, OutboxRow.state == OutboxState.WAITING)
        .order_by(OutboxRow.position)
        .with_for_update()
    )
    return found.all()


def take_away(row: OutboxRow) -> None:
    """Whoever is sending this must not: it is sent anew, as things stand now."""
    if row.lease_until is not None:
        row.lease_until, row.attempts = None, row.attempts + 1


def drop(row: OutboxRow, reason: str) -> None:
    """It is not to be sent any more, by nobody."""
    row.state, row.reason, row.lease_until, row.body = OutboxState.FAILED, reason, None, None


async def oldest_due(session: AsyncSession) -> datetime | None:
    """When the longest-waiting due row became due; for readiness and metrics."""
    return await session.scalar(
        select(func.min(OutboxRow.due_at)).where(
            OutboxRow.state == OutboxState.WAITING, OutboxRow.due_at <= clock.now()
        )
    )


async def drop_subject(session: AsyncSession, subject_id: UUID) -> None:
    """Nothing more is said to an erased person, and nothing queued for them stays."""
    await session.execute(delete(OutboxRow).where(OutboxRow.subject_id == subject_id))


async def sweep(session: AsyncSession) -> None:
    """Forget rows that were settled long enough ago for their dedupe keys to have served."""
    await session.execute(
        delete(OutboxRow).where(
            OutboxRow.state != OutboxState.WAITING, OutboxRow.due_at < clock.now() - KEPT_AFTER_DONE
        )
    )
