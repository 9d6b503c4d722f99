"""Drafting a release: counted, protected against all earlier ones, and frozen, byte for byte, until it is published.

Protecting takes from seconds to minutes. It happens between two transactions: meanwhile everyone else can write.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from monitoring.counting import count, count_held
from monitoring.disclosure import CannotProtect, RawTable, Reason, Why, explain, protect
from monitoring.holdings import Held, frozen, insiders_of, thawed
from monitoring.ledger import Ledger, Period, PublishedTable
from monitoring.models import Release, ReleaseFile, ReleaseState
from monitoring.naming import refuse_names
from monitoring.publication import find_release, tables_of
from monitoring.refusals import refused
from monitoring.release_files import Edition, files_of
from monitoring.signing import MANIFEST
from monitoring.tables import BY_NAME, POLICY
from referrals.facts import catch_up

LONGEST = 2000
"""Letters of what a correction says."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A quarter as it was counted in one moment, and all that was released until then."""

    number: int
    """What the draft will be called, if nobody drafts another meanwhile."""
    quarter: date
    corrects: int | None
    changed: str
    tables: tuple[RawTable, ...]
    held: Held
    """Of the same, what each partner knows by itself."""
    held_before: tuple[Held, ...]
    """What partners knew of this quarter when it was counted before."""
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Made:
    """A counted quarter made safe, with its files, the manifest among them."""

    edition: Edition
    held: Held
    withheld: Counter[Why]
    files: dict[str, bytes]


async def draft_release(database: Database, *, quarter: date, actor: Actor) -> Release:
    """Count and protect one whole quarter, together with every release before. Nobody outside sees it yet.

    Raises Invalid for a quarter that has not ended, Conflict for one that has a release already, while another release
    waits to be published, and for figures that cannot be made safe.
    """
    async with database.transaction() as session:
        counted = await count_release(session, quarter=quarter, actor=actor)
    return await _draft(database, counted, actor)


async def draft_correction(database: Database, number: int, changed: str, *, actor: Actor) -> Release:
    """Count a published quarter anew. `changed`: what is different now, and why; it is printed with the figures."""
    async with database.transaction() as session:
        counted = await count_correction(session, number, changed, actor=actor)
    return await _draft(database, counted, actor)


async def _draft(database: Database, counted: Counted, actor: Actor) -> Release:
    made = await asyncio.to_thread(make, counted)
    async with database.transaction() as session:
        return await keep(session, made, actor=actor)


async def count_release(session: AsyncSession, *, quarter: date, actor: Actor) -> Counted:
    """The first step of `draft_release`, with what it raises before anything is protected."""
    require(actor, Permission.RELEASE_PUBLISH)
    quarter = quarter_of(quarter)
    if quarter >= quarter_of(clock.today()):
        raise Invalid(_("This quarter has not ended yet. Choose an earlier one."))
    if await session.scalar(select(Release.number).where(Release.quarter == quarter).limit(1)) is not None:
        raise Conflict(_("This quarter has been published already."))
    return await _count(session, quarter)


async def count_correction(session: AsyncSession, number: int, changed: str, *, actor: Actor) -> Counted:
    """The first step of `draft_correction`."""
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
    return await _count(session, wrong.quarter, wrong.number, said)


def make(counted: Counted) -> Made:
    """Protect what was counted and write its files. Takes long, and no database. Raises Conflict."""
    tables, withheld = _protected(counted.tables, counted.ledger, (*counted.held_before, counted.held))
    edition = Edition(counted.number, counted.quarter, tuple(tables), counted.corrects, counted.changed)
    return Made(edition, counted.held, withheld, files_of(edition))


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


async def _count(session: AsyncSession, quarter: date, corrects: int | None = None, changed: str = "") -> Counted:
    number = await _next_number(session)
    await catch_up(session)
    releases = (await session.scalars(select(Release).options(undefer(Release.held)).order_by(Release.number))).all()
    ledger = Ledger(tuple(table for release in releases for table in tables_of(release)))
    revision = max((table.revision for table in ledger.tables), default=0) + (corrects is not None)
    period = period_of(quarter)
    tables = tuple(replace(table, revision=revision) for table in await count(session, quarter, period))
    held = {
        partner: [replace(table, revision=revision) for table in known]
        for partner, known in (await count_held(session, quarter, period)).items()
    }
    before = tuple(_held_before(releases, tables))
    return Counted(number, quarter, corrects, changed, tables, held, before, ledger)


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


def _protected(
    raw: Sequence[RawTable], ledger: Ledger, held: Sequence[Held]
) -> tuple[list[PublishedTable], Counter[Why]]:
    """Each table against all before it, those of this release too, and how many numbers are withheld for which reason.

    From everyone, and from each partner that knows people among those who are counted.

    A table of which nothing could be told is left out.
    """
    tables: list[PublishedTable] = []
    withheld = Counter[Why]()
    refusal = None
    for table in raw:
        known, insiders = Ledger((*ledger.tables, *tables)), insiders_of(table, held)
        try:
            tables.append(protect(table, POLICY, known, insiders))
        except CannotProtect as found:
            refusal = refused(found, BY_NAME[table.name])
            if found.reason is not Reason.NOTHING_LEFT:
                raise refusal from None
            continue
        withheld.update(explain(tables[-1], table, POLICY, known, insiders))
    if refusal is not None and not any(any(table.cells.values()) for table in tables):
        raise refusal
    return tables, withheld
