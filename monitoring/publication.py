"""Publishing what was drafted: approved by another, signed, published, read.

What is drafted is never computed again: whoever approves it approves these bytes, by the hash of their manifest. A
mistake is put right by a new release, which says what changed and takes the place of the old; the old one stays.
"""

import json

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from foundation import audit, clock, outbox
from foundation.errors import Conflict, NotFound
from foundation.keys import open_house
from foundation.language import _
from monitoring.calendar import due_day
from monitoring.indicator_values import Told
from monitoring.ledger import PublishedTable
from monitoring.models import RELEASE_STEPS, Release, ReleaseFile, ReleaseState
from monitoring.release_files import INDICATORS
from monitoring.signing import MANIFEST, PUBLIC_KEY, SIGNATURE, sign
from monitoring.tables import BY_NAME

RELEASE_PUBLISHED = "release.published"
"""Topic of the outbox: programs are told that there is a new release."""


async def approve_release(session: AsyncSession, number: int, sha256: str, *, actor: Actor) -> Release:
    """A second person has looked at it. `sha256`: of the manifest that they saw.

    Raises Conflict for whoever drafted it, and if it is not the draft that they saw.
    """
    release = await _locked(session, number, actor)
    if release.drafted_by == actor.id:
        raise Conflict(_("Someone else must look at the figures that you have drafted."))
    if release.sha256 != sha256:
        raise Conflict(_("This is not the draft that you have seen. Look at it again."))
    _step(release, ReleaseState.APPROVED)
    release.approved_at, release.approved_by = clock.now(), actor.id
    audit.record(session, actor.id, "release.approved", actor.id, number=number, sha256=release.sha256)
    return release


async def publish_release(session: AsyncSession, number: int, *, actor: Actor) -> Release:
    """Sign what was approved and let it out. It is never changed and never taken back.

    Raises Conflict for one that nobody has approved, and before the day for which it is announced.
    """
    release = await _locked(session, number, actor)
    announced = await due_day(session, release.quarter)
    if release.corrects is None and announced is not None and clock.today() < announced:
        raise Conflict(_("It is announced for {day}, and is not published before."), day=announced)
    _step(release, ReleaseState.PUBLISHED)
    release.published_at, release.published_by = clock.now(), actor.id
    manifest = await session.get_one(ReleaseFile, (number, MANIFEST))
    signature, public_key = await sign(session, manifest.content)
    for name, content in ((SIGNATURE, signature), (PUBLIC_KEY, public_key)):
        session.add(ReleaseFile(release_number=number, name=name, content=content))
    tables = tables_of(release)
    withheld = sum(table.suppressed for table in tables)
    audit.record(session, actor.id, "release.published", actor.id, number=number, withheld=withheld)
    outbox.enqueue(
        session,
        RELEASE_PUBLISHED,
        key=await open_house(session),
        payload={"release": number},
        dedupe_key=f"{RELEASE_PUBLISHED}:{number}",
    )
    return release


async def drop_release(session: AsyncSession, number: int, *, actor: Actor) -> None:
    """Throw away what was not published."""
    release = await _locked(session, number, actor)
    if release.state is ReleaseState.PUBLISHED:
        raise Conflict(_("A release that is published is never taken back. Correct it."))
    await session.execute(delete(ReleaseFile).where(ReleaseFile.release_number == number))
    await session.execute(delete(Release).where(Release.number == number))
    audit.record(session, actor.id, "release.dropped", actor.id, number=number)


async def list_releases(session: AsyncSession, *, actor: Actor) -> list[Release]:
    """The newest first; what is not published yet for those only who make releases."""
    require(actor, Permission.RELEASE_READ)
    found = await session.scalars(select(Release).order_by(Release.number.desc()))
    return [each for each in found if _is_in_sight(each, actor)]


async def find_release(session: AsyncSession, number: int, *, actor: Actor) -> Release:
    require(actor, Permission.RELEASE_READ)
    release = await session.get(Release, number)
    if release is None or not _is_in_sight(release, actor):
        raise NotFound(_("There is no such release."))
    return release


async def published_releases(session: AsyncSession) -> list[Release]:
    """Everything that is out, the newest first; open to everyone."""
    return list(
        await session.scalars(
            select(Release).where(Release.state == ReleaseState.PUBLISHED).order_by(Release.number.desc())
        )
    )


async def corrected_by(session: AsyncSession, release: Release) -> int | None:
    """The published release whose figures take the place of this one's."""
    found: int | None = await session.scalar(
        select(Release.number).where(Release.corrects == release.number, Release.state == ReleaseState.PUBLISHED)
    )
    return found


async def file_names(session: AsyncSession, release: Release) -> list[str]:
    return list(
        await session.scalars(
            select(ReleaseFile.name).where(ReleaseFile.release_number == release.number).order_by(ReleaseFile.name)
        )
    )


async def signed_releases(session: AsyncSession) -> frozenset[int]:
    """Numbers of those with a signature: neither drafts nor what was published before releases were signed."""
    return frozenset(await session.scalars(select(ReleaseFile.release_number).where(ReleaseFile.name == SIGNATURE)))


async def find_file(session: AsyncSession, number: int, name: str, *, actor: Actor) -> bytes:
    """The stored bytes of one file of a release."""
    await find_release(session, number, actor=actor)
    found = await session.get(ReleaseFile, (number, name))
    if found is None:
        raise NotFound(_("There is no such file."))
    return found.content


def tables_of(release: Release) -> list[PublishedTable]:
    """The tables exactly as they were released, in the order of the catalogue; last those that it no longer has."""
    names = [*(name for name in BY_NAME if name in release.tables), *sorted(release.tables.keys() - BY_NAME.keys())]
    return [PublishedTable.restore_released(release.tables[name]) for name in names]


def _is_in_sight(release: Release, actor: Actor) -> bool:
    makes_them = actor.role is None or actor.may(Permission.RELEASE_PUBLISH)
    return release.state is ReleaseState.PUBLISHED or makes_them


async def _locked(session: AsyncSession, number: int, actor: Actor) -> Release:
    require(actor, Permission.RELEASE_PUBLISH)
    release = await session.scalar(select(Release).where(Release.number == number).with_for_update())
    if release is None:
        raise NotFound(_("There is no such release."))
    return release


def _step(release: Release, state: ReleaseState) -> None:
    if state not in RELEASE_STEPS[release.state]:
        if release.state is ReleaseState.DRAFT:
            raise Conflict(_("Someone else must approve it first."))
        raise Conflict(_("This has been done already. Look at it again."))
    release.state = state


async def told_in_releases(session: AsyncSession, *, actor: Actor) -> list[tuple[Release, dict[str, Told]]]:
    """What each published release says of each indicator, oldest first, as it was frozen: nothing is computed again."""
    require(actor, Permission.RELEASE_READ)
    rows = await session.execute(
        select(Release, ReleaseFile.content)
        .join(ReleaseFile, ReleaseFile.release_number == Release.number)
        .where(ReleaseFile.name == INDICATORS, Release.state == ReleaseState.PUBLISHED)
        .order_by(Release.quarter, Release.number)
    )
    return [(release, told_in(content)) for release, content in rows]


def told_in(content: bytes) -> dict[str, Told]:
    """What a release's file of indicators says of each that is counted."""
    stored = json.loads(content)["indicators"]
    return {each["told"]["indicator"]: Told.from_json(each["told"]) for each in stored if each["told"]}
