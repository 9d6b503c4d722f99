"""Ordering a draft: what someone asks for is made by the worker, since it takes longer than anyone waits for a page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, actor_of, require
from access.models import StaffMember
from access.rules import Permission
from foundation import audit, clock
from foundation.database import Database
from foundation.errors import Conflict, Refusal
from foundation.language import Message, _
from monitoring.drafting import draft_correction, draft_release, want_correction, want_release
from monitoring.making import Tell, Wanted
from monitoring.models import Release, ReleaseOrder
from monitoring.refusals import kept, told
from monitoring.tables import CATALOGUE

LEASE = timedelta(minutes=2)
BEAT_SECONDS = 2.0
"""How often the worker says how far it is, and that it is still at it."""
MOST_ATTEMPTS = 3
_IS_OPEN = ReleaseOrder.ended_at.is_(None)
_MADE_ALREADY = _("A draft is being made already. Wait until it is ready.")
_NOT_MADE = _("It could not be made: something went wrong each time. Tell whoever runs the service.")
_GONE = _("Whoever asked for it has no account any more.")


class OrderState(StrEnum):
    WAITING = "waiting"
    BEING_MADE = "being_made"
    MADE = "made"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class OrderView:
    """What is told of an order. `done` of `tables` have been gone through."""

    row: ReleaseOrder
    state: OrderState
    done: int
    tables: int
    refusal: Message | None

    @property
    def is_open(self) -> bool:
        return self.row.ended_at is None


async def order_release(session: AsyncSession, *, quarter: date, actor: Actor) -> ReleaseOrder:
    """Ask for a draft of a quarter. Raises what `draft_release` would that is known before anything is counted.

    Raises Conflict too while another is being made.
    """
    return await _order(session, await want_release(session, quarter=quarter, actor=actor), actor)


async def order_correction(session: AsyncSession, number: int, changed: str, *, actor: Actor) -> ReleaseOrder:
    """Ask for a draft that takes the place of a published release."""
    return await _order(session, await want_correction(session, number, changed, actor=actor), actor)


async def newest_order(session: AsyncSession, *, actor: Actor) -> OrderView | None:
    """What was asked for last, for those who make releases."""
    require(actor, Permission.RELEASE_PUBLISH)
    row = await session.scalar(select(ReleaseOrder).order_by(ReleaseOrder.ordered_at.desc(), ReleaseOrder.id).limit(1))
    return None if row is None else view_of(row)


def view_of(row: ReleaseOrder) -> OrderView:
    return OrderView(row, _state(row), row.done, len(CATALOGUE), None if row.refusal is None else told(row.refusal))


async def waiting_order(session: AsyncSession) -> UUID | None:
    """An order that nobody has in hand."""
    found: UUID | None = await session.scalar(select(ReleaseOrder.id).where(_IS_OPEN, _in_no_hand()))
    return found


async def make_ordered(database: Database, order_id: UUID) -> None:
    """Make what was ordered, for whoever ordered it; nothing if another worker was faster."""
    async with database.transaction() as session:
        order = await _take(session, order_id)
        if order is None:
            return
        actor = await _actor(session, order.ordered_by)
        if order.attempts > MOST_ATTEMPTS or actor is None:
            _end(session, order, release=None, refusal=_GONE if actor is None else _NOT_MADE)
            return
    try:
        async with _in_hand(database, order_id) as tell:
            release = await _draft(database, order, actor, tell)
    except Refusal as refusal:
        await _ended(database, order_id, release=None, refusal=refusal.message)
    else:
        await _ended(database, order_id, release=release, refusal=None)


async def _order(session: AsyncSession, wanted: Wanted, actor: Actor) -> ReleaseOrder:
    if await session.scalar(select(ReleaseOrder.id).where(_IS_OPEN)) is not None:
        raise Conflict(_MADE_ALREADY)
    order = ReleaseOrder(
        id=uuid4(),
        quarter=wanted.quarter,
        corrects=wanted.corrects,
        changed=wanted.changed,
        ordered_at=clock.now(),
        ordered_by=actor.id,
        is_open=True,
        attempts=0,
        done=0,
    )
    session.add(order)
    try:
        await session.flush()
    except IntegrityError:  # another asked in the same moment
        raise Conflict(_MADE_ALREADY) from None
    audit.record(session, actor.id, "release.ordered", order.id, corrects=wanted.corrects)
    return order


async def _take(session: AsyncSession, order_id: UUID) -> ReleaseOrder | None:
    order: ReleaseOrder | None = await session.scalar(
        select(ReleaseOrder)
        .where(ReleaseOrder.id == order_id, _IS_OPEN, _in_no_hand())
        .with_for_update(skip_locked=True)
    )
    if order is not None:
        order.taken_until, order.done = clock.now() + LEASE, 0
        order.attempts += 1
    return order


def _in_no_hand() -> ColumnElement[bool]:
    return or_(ReleaseOrder.taken_until.is_(None), ReleaseOrder.taken_until < clock.now())


async def _actor(session: AsyncSession, staff_id: UUID) -> Actor | None:
    """Whoever ordered it, with the rights that they have now."""
    member = await session.get(StaffMember, staff_id)
    return None if member is None or member.disabled_at is not None else actor_of(member)


async def _draft(database: Database, order: ReleaseOrder, actor: Actor, tell: Tell) -> Release:
    if order.corrects is None:
        return await draft_release(database, quarter=order.quarter, actor=actor, tell=tell)
    return await draft_correction(database, order.corrects, order.changed, actor=actor, tell=tell)


@asynccontextmanager
async def _in_hand(database: Database, order_id: UUID) -> AsyncIterator[Tell]:
    """Inside the block it is said again and again that the order is in hand, and how far it is."""
    is_over, so_far = asyncio.Event(), 0

    def tell(done: int) -> None:
        nonlocal so_far
        so_far = done

    async def beat() -> None:
        while not is_over.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(is_over.wait(), BEAT_SECONDS)
            still = {"done": so_far, "taken_until": clock.now() + LEASE}
            with suppress(SQLAlchemyError):  # the next will be heard
                async with database.transaction() as session:
                    await session.execute(update(ReleaseOrder).where(ReleaseOrder.id == order_id).values(still))

    beating = asyncio.create_task(beat())
    try:
        yield tell
    finally:
        is_over.set()
        await beating


async def _ended(database: Database, order_id: UUID, *, release: Release | None, refusal: Message | None) -> None:
    async with database.transaction() as session:
        _end(session, await session.get_one(ReleaseOrder, order_id), release=release, refusal=refusal)


def _end(session: AsyncSession, order: ReleaseOrder, *, release: Release | None, refusal: Message | None) -> None:
    order.is_open, order.taken_until, order.ended_at = None, None, clock.now()
    order.release_number = None if release is None else release.number
    order.refusal = None if refusal is None else kept(refusal)
    if release is None:
        audit.record(session, order.ordered_by, "release.not_made", order.id)


def _state(row: ReleaseOrder) -> OrderState:
    if row.ended_at is not None:
        return OrderState.MADE if row.refusal is None else OrderState.REFUSED
    return OrderState.WAITING if row.taken_until is None else OrderState.BEING_MADE
