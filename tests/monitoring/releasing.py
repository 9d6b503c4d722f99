"""Facts of cases by hand, and a release through all its steps."""

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.fact_models import Fact
from cases.fact_rules import Thing, Timing
from foundation.database import Database
from monitoring.drafting import count_correction, count_release, keep
from monitoring.making import Counted, make
from monitoring.models import Release
from monitoring.ordering import make_ordered, waiting_order
from monitoring.publication import approve_release, publish_release

QUARTER = date(2025, 1, 1)
_OPENED = {"outcome": "no", "country": "GM", "area": "gm_basse", "sex": "female", "age_band": "25-39"}
_UNKNOWN = {"came_from": "unknown", "return_type": "unknown", "disability": "unknown"}


def fact(thing: Thing, quarter: date, **codes: str) -> Fact:
    given = {"kind": "none", "detail": "none"} | _OPENED | _UNKNOWN | codes
    return Fact(id=uuid4(), thing=thing, quarter=quarter, **given)


def opened(count: int, quarter: date = QUARTER, **codes: str) -> Iterator[Fact]:
    """What is counted of so many cases opened: each stands once among the cases, once among the plans."""
    for _number in range(count):
        yield fact(Thing.CASE, quarter, **codes)
        yield fact(Thing.PLAN, quarter, **{**codes, "outcome": Timing.NOT_YET})


async def make_waiting(database: Database) -> None:
    """What the worker does with a draft that was asked for."""
    async with database.reading() as session:
        order_id = await waiting_order(session)
    assert order_id is not None
    await make_ordered(database, order_id)


async def draft_release(session: AsyncSession, *, quarter: date, actor: Actor) -> Release:
    """All steps in the transaction of the test."""
    return await _kept(session, await count_release(session, quarter=quarter, actor=actor), actor)


async def draft_correction(session: AsyncSession, number: int, changed: str, *, actor: Actor) -> Release:
    return await _kept(session, await count_correction(session, number, changed, actor=actor), actor)


async def _kept(session: AsyncSession, counted: Counted, actor: Actor) -> Release:
    return await keep(session, make(counted), actor=actor)


async def release(session: AsyncSession, quarter: date, monitor: Actor, second: Actor) -> Release:
    """Drafted by one, approved by another, published."""
    drafted = await draft_release(session, quarter=quarter, actor=monitor)
    await approve_release(session, drafted.number, drafted.sha256, actor=second)
    return await publish_release(session, drafted.number, actor=monitor)
