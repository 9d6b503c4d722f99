"""Drafting a release: counted, protected against all earlier ones, and frozen, byte for byte, until it is published.

Protecting takes from seconds to minutes. It happens between two transactions: meanwhile everyone else can write.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from access.actor import Actor, require
from access.rules import Permission
from cases.facts import quarter_of
from foundation import audit, clock
from foundation.database import Database
from foundation.errors import Conflict, Invalid
from foundation.language import _
from monitoring.apart import make_apart
from monitoring.counting import count, count_held
from monitoring.disclosure import RawTable
from monitoring.holdings import Held, frozen, thawed
from monitoring.ledger import Ledger, Period
from monitoring.making import Counted, Made, Tell, Wanted, tell_nobody
from monitoring.models import Release, ReleaseFile, ReleaseState
from monitoring.naming import refuse_names
from monitoring.publication import find_release, tables_of
from monitoring.signing import MANIFEST
from monitoring.tables import POLICY
from referrals.facts import catch_up

LONGEST = 2000
"""Letters of what a correction says."""


async def draft_release(database: Database, *, quarter: date, actor: Actor, tell: Tell = tell_nobody) -> Release:
    """Count and protect one whole quarter, together with every release before. Nobody outside sees it yet.

    Raises Invalid for a quarter that has not ended, Conflict for one that has a release already, while another release
    waits to be published, and for figures that cannot be made safe.
    """
    async with database.transaction() as session:
        counted = await count_release(session, quarter=quarter, actor=actor)
    return await _draft(database, counted, actor, tell)


async def draft_correction(
    database: Database, number: int, changed: str, *, actor: Actor, tell: Tell = tell_nobody
) -> Release:
    """Count a published quarter anew. `changed`: what is different now, and why; it is printed with the figures."""
    async with database.transaction() as session:
        counted = await count_correction(session, number, changed, actor=actor)
    return await _draft(database, counted, actor, tell)


async def _draft(database: Database, counted: Counted, actor: Actor, tell: Tell) -> Release:
    made = await make_apart(counted, tell)
    async with database.transaction() as session:
        return await keep(session, made, actor=actor)


async def count_release(session: AsyncSession, *, quarter: date, actor: Actor) -> Counted:
    """The first step of `draft_release`, with what it raises before anything is protected."""
    return await _count(session, await want_release(session, quarter=quarter, actor=actor))


async def count_correction(session: AsyncSession, number: int, changed: str, *, actor: Actor) -> Counted:
    """The first step of `draft_correction`."""
    return await _count(session, await want_correction(session, number, changed, actor=actor))


async def want_release(session: AsyncSession, *, quarter: date, actor: Actor) -> Wanted:
    """Whether this quarter can be drafted now, as far as that is known before it is counted."""
    require(actor, Permission.RELEASE_PUBLISH)
    quarter = quarter_of(quarter)
    if quarter >= quarter_of(clock.today()):
        raise Invalid(_("This quarter has not ended yet. Choose an earlier one."))
    if await session.scalar(select(Release.number).where(Release.quarter == quarter).limit(1)) is not None:
        raise Conflict(_("This quarter has been published already."))
    await _next_number(session)
    return Wanted(quarter)


async def want_correction(session: AsyncSession, number: int, changed: str, *, actor: Actor) -> Wanted:
    """Whether this release can be corrected now."""
    require(actor, Permission.RELEASE_PUBLISH)
    wrong = await find_release(session, number, actor=actor)
    if wrong.state is not ReleaseState.PUBLISHED:
        raise Conflict(_("It has not been published: drop it and draft it anew."))
    if await session.scalar(select(Release.number).where(Release.corrects == number)):
        raise Conflict(_("This release has been corrected already. Correct the newer one."))
    said = changed.strip()
    if not said or len(said) > LONGEST:
        raise Invalid(_("Say what changed and why, in at most {count} letters."), count=LONGEST)
    refuse_names([said], [], checked=False)
    await _next_number(session)
    return Wanted(wrong.quarter, wrong.number, said)


async def keep(session: AsyncSession, made: Made, *, actor: Actor) -> Release:
    """Freeze what was made. Raises Conflict if another release was drafted since it was counted."""
    require(actor, Permission.RELEASE_PUBLISH)
    edition = made.edition
    if await _next_number(session) != edition.number:
        raise Conflict(_("Someone else has drafted a release at this moment. Look at it first."))
    release = Release(
        number=edition.number,
        quarter=edition.quarter,
        state=ReleaseState.DRAFT,
        corrects=edition.corrects,
        changed=edition.changed,
        drafted_at=clock.now(),
        drafted_by=actor.id,
        policy_version=POLICY.version,
        sha256=hashlib.sha256(made.files[MANIFEST]).hexdigest(),
        tables={table.name: table.to_json() for table in edition.tables},
        held=frozen(made.held),
    )
    session.add(release)
    await session.flush()
    number, files = release.number, made.files
    session.add_all(ReleaseFile(release_number=number, name=name, content=body) for name, body in files.items())
    reasons = {f"withheld_{why}": found for why, found in made.withheld.items()}
    audit.record(session, actor.id, "release.drafted", actor.id, number=number, corrects=release.corrects, **reasons)
    return release


def period_of(quarter: date) -> Period:
    """The quarter that begins on this day, as first and last day."""
    following = quarter_of(quarter + timedelta(days=100))
    return Period(quarter, following - timedelta(days=1))


async def _count(session: AsyncSession, wanted: Wanted) -> Counted:
    number = await _next_number(session)
    await catch_up(session)
    releases = (await session.scalars(select(Release).options(undefer(Release.held)).order_by(Release.number))).all()
    ledger = Ledger(tuple(table for release in releases for table in tables_of(release)))
    revision = max((table.revision for table in ledger.tables), default=0) + (wanted.corrects is not None)
    period = period_of(wanted.quarter)
    tables = tuple(replace(table, revision=revision) for table in await count(session, wanted.quarter, period))
    held = {
        partner: [replace(table, revision=revision) for table in known]
        for partner, known in (await count_held(session, wanted.quarter, period)).items()
    }
    before = tuple(_held_before(releases, tables))
    return Counted(clock.now(), number, wanted, tables, held, before, ledger)


def _held_before(releases: Sequence[Release], raw: Sequence[RawTable]) -> list[Held]:
    """What partners knew of this quarter when it was counted before. Other quarters share no number with it."""
    like = {table.name: table for table in raw}
    period = raw[0].period
    same = [(release, tables) for release in releases if (tables := tables_of(release)) and tables[0].period == period]
    return [thawed(release.held, like, period, tables[0].revision) for release, tables in same]


async def _next_number(session: AsyncSession) -> int:
    """Raises Conflict while a release waits to be published: one at a time is made."""
    waiting = await session.scalar(select(Release.number).where(Release.state != ReleaseState.PUBLISHED))
    if waiting is not None:
        raise Conflict(_("Release {number} waits to be published. Publish or drop it first."), number=waiting)
    return (await session.scalar(select(func.max(Release.number))) or 0) + 1
