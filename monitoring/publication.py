"""Publishing a release: counted, protected against all earlier ones, frozen, and never computed again."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.facts import quarter_of
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import SOURCE_LANGUAGE, Message, _, say
from monitoring import formats
from monitoring.counting import count
from monitoring.disclosure import CannotProtect, RawTable, protect
from monitoring.ledger import Ledger, Period, PublishedTable
from monitoring.models import Release, ReleaseFile
from monitoring.tables import BY_NAME, POLICY

MANIFEST = "manifest.json"
_COLUMNS: dict[str, Message] = {
    formats.START: _("Period start"),
    formats.END: _("Period end"),
    formats.VALUE: _("Number"),
    formats.SUPPRESSED: _("Withheld"),
}


def period_of(quarter: date) -> Period:
    """The quarter that begins on this day, as first and last day."""
    following = quarter_of(quarter + timedelta(days=100))
    return Period(quarter, following - timedelta(days=1))


async def publish_release(session: AsyncSession, *, quarter: date, actor: Actor) -> Release:
    """Publish the fixed tables for one whole quarter. It is judged together with every release before.

    Raises Invalid for a quarter that has not ended, Conflict for one already published or that cannot be made safe.
    """
    require(actor, Permission.RELEASE_PUBLISH)
    quarter = quarter_of(quarter)
    if quarter >= quarter_of(clock.today()):
        raise Invalid(_("This quarter has not ended yet. Choose an earlier one."))
    if await session.scalar(select(Release.number).where(Release.quarter == quarter)):
        raise Conflict(_("This quarter has been published already."))
    raw = await count(session, quarter, period_of(quarter))
    tables = await _protected(raw, await _ledger(session))
    files = _files(tables)
    release = Release(
        number=(await session.scalar(select(func.max(Release.number))) or 0) + 1,
        quarter=quarter,
        published_at=clock.now(),
        published_by=actor.id,
        policy_version=POLICY.version,
        sha256=hashlib.sha256(files[MANIFEST]).hexdigest(),
        tables={table.name: table.to_json() for table in tables},
    )
    session.add(release)
    await session.flush()
    session.add_all(ReleaseFile(release_number=release.number, name=name, content=body) for name, body in files.items())
    withheld = sum(table.suppressed for table in tables)
    audit.record(session, actor.id, "release.published", actor.id, number=release.number, withheld=withheld)
    return release


async def list_releases(session: AsyncSession, *, actor: Actor) -> list[Release]:
    require(actor, Permission.RELEASE_READ)
    return list(await session.scalars(select(Release).order_by(Release.number.desc())))


async def find_release(session: AsyncSession, number: int, *, actor: Actor) -> Release:
    require(actor, Permission.RELEASE_READ)
    release = await session.get(Release, number)
    if release is None:
        raise NotFound(_("There is no such release."))
    return release


async def file_names(session: AsyncSession, release: Release) -> list[str]:
    return list(
        await session.scalars(
            select(ReleaseFile.name).where(ReleaseFile.release_number == release.number).order_by(ReleaseFile.name)
        )
    )


async def find_file(session: AsyncSession, number: int, name: str, *, actor: Actor) -> bytes:
    """The stored bytes of one file of a release."""
    require(actor, Permission.RELEASE_READ)
    found = await session.get(ReleaseFile, (number, name))
    if found is None:
        raise NotFound(_("There is no such file."))
    return found.content


def tables_of(release: Release) -> list[PublishedTable]:
    """The tables exactly as they were released, in the order of the catalogue."""
    return [PublishedTable.restore_released(release.tables[name]) for name in BY_NAME if name in release.tables]


async def _ledger(session: AsyncSession) -> Ledger:
    releases = await session.scalars(select(Release).order_by(Release.number))
    return Ledger(tuple(table for release in releases for table in tables_of(release)))


async def _protected(raw: list[RawTable], ledger: Ledger) -> list[PublishedTable]:
    try:
        return [await asyncio.to_thread(protect, table, POLICY, ledger) for table in raw]
    except CannotProtect:
        raise Conflict(
            _("These figures cannot be published without giving someone away. Nothing was published.")
        ) from None


def _files(tables: list[PublishedTable]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for table in tables:
        files[formats.file_name(table, "csv")] = formats.to_csv(table, _headers(table))
        files[formats.file_name(table, "json")] = formats.to_json(table)
    return {**files, MANIFEST: formats.manifest(files, POLICY)}


def _headers(table: PublishedTable) -> Mapping[str, str]:
    axes = {axis.name: axis.label for axis in BY_NAME[table.name].axes}
    return {name: say(SOURCE_LANGUAGE, label) for name, label in {**axes, **_COLUMNS}.items()}
