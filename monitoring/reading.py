"""Published releases to be read side by side: which stands for a quarter now, and which one came before another."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from access.actor import Actor, require
from access.rules import Permission
from foundation.errors import NotFound
from foundation.language import _
from monitoring.indicator_values import Figure, Told
from monitoring.ledger import PublishedTable
from monitoring.models import Release, ReleaseFile, ReleaseState
from monitoring.publication import told_in
from monitoring.release_files import INDICATORS
from monitoring.theme_values import ReadBlock, Tables, read_block, trend_of
from monitoring.themes import EVERYTHING, Theme

QUARTERS_BACK = 8
"""How many quarters a trend shows."""


@dataclass(frozen=True, slots=True)
class ThemeRead:
    """A theme in one release. `areas`: its numbers by area, for what is `chosen`, where the theme has any."""

    theme: Theme
    release: Release
    tables: Tables
    blocks: tuple[ReadBlock, ...]
    areas: ReadBlock | None
    chosen: str
    trend: tuple[tuple[Release, tuple[Figure, ...]], ...]
    """The quarters that were told last, oldest first, as they stand now."""
    indicators: dict[str, Told]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two releases that are compared."""

    release: Release
    tables: Tables
    indicators: dict[str, Told]


async def shelf(session: AsyncSession, *, actor: Actor) -> list[Release]:
    """Everything that is published, the newest quarter first and a correction before what it corrects.

    Without tables: `tables_in` reads those that are needed.
    """
    require(actor, Permission.RELEASE_READ)
    found = await session.scalars(
        select(Release)
        .where(Release.state == ReleaseState.PUBLISHED)
        .order_by(Release.quarter.desc(), Release.number.desc())
        .options(defer(Release.tables, raiseload=True))
    )
    return list(found)


def choose(releases: Sequence[Release], number: int | None) -> Release | None:
    """The one of this number; without a number the newest, None before the first. Raises NotFound."""
    if number is None:
        return releases[0] if releases else None
    found = next((each for each in releases if each.number == number), None)
    if found is None:
        raise NotFound(_("There is no such release."))
    return found


def standing(releases: Iterable[Release]) -> list[Release]:
    """One release a quarter, that which no other corrects, in the order given."""
    every = list(releases)
    corrected = {each.corrects for each in every}
    return [each for each in every if each.number not in corrected]


def one_before(release: Release, releases: Sequence[Release]) -> Release | None:
    """What a release is read against: the one that it corrects, or what stands for the quarter before it.

    The nearest earlier quarter of which something is published, where the one before has nothing.
    """
    if release.corrects is not None:
        return choose(releases, release.corrects)
    return next((each for each in standing(releases) if each.quarter < release.quarter), None)


async def tables_in(
    session: AsyncSession, numbers: Collection[int], *, actor: Actor
) -> dict[int, dict[str, PublishedTable]]:
    """The tables of published releases by number and name, exactly as they were released."""
    require(actor, Permission.RELEASE_READ)
    rows = await session.execute(
        select(Release.number, Release.tables).where(
            Release.number.in_(numbers), Release.state == ReleaseState.PUBLISHED
        )
    )
    return {
        number: {name: PublishedTable.restore_released(text) for name, text in tables.items()}
        for number, tables in rows
    }


async def indicators_in(session: AsyncSession, numbers: Collection[int], *, actor: Actor) -> dict[int, dict[str, Told]]:
    """What these releases say of each indicator, as it was frozen; nothing for one from before there were any."""
    require(actor, Permission.RELEASE_READ)
    rows = await session.execute(
        select(ReleaseFile.release_number, ReleaseFile.content)
        .join(Release, Release.number == ReleaseFile.release_number)
        .where(
            ReleaseFile.name == INDICATORS,
            ReleaseFile.release_number.in_(numbers),
            Release.state == ReleaseState.PUBLISHED,
        )
    )
    told = {number: told_in(content) for number, content in rows}
    return {number: told.get(number, {}) for number in numbers}


async def read_theme(
    session: AsyncSession, theme: Theme, number: int | None, chosen: str, *, actor: Actor
) -> tuple[list[Release], ThemeRead | None]:
    """The shelf, and the theme in the release of this number or the newest; None before the first is published.

    `chosen`: which code is read by area. Raises NotFound for a number or a code that there is not.
    """
    releases = await shelf(session, actor=actor)
    release = choose(releases, number)
    return releases, None if release is None else await _read(session, theme, releases, release, chosen, actor=actor)


async def _read(
    session: AsyncSession, theme: Theme, releases: Sequence[Release], release: Release, chosen: str, *, actor: Actor
) -> ThemeRead:
    places = theme.places
    if chosen not in (places.choices if places else EVERYTHING):
        raise NotFound(_("There is no such choice."))
    recent = standing(releases)[:QUARTERS_BACK][::-1]
    tables = await tables_in(session, {release.number, *(each.number for each in recent)}, actor=actor)
    of_release = tables[release.number]
    return ThemeRead(
        theme,
        release,
        of_release,
        tuple(read_block(block, of_release) for block in theme.blocks),
        read_block(places.block(chosen), of_release) if places else None,
        chosen,
        tuple((each, trend_of(theme, tables[each.number])) for each in recent),
        (await indicators_in(session, [release.number], actor=actor))[release.number],
    )


async def sides_of(session: AsyncSession, before: Release, now: Release, *, actor: Actor) -> tuple[Side, Side]:
    """What two published releases say."""
    numbers = [before.number, now.number]
    tables = await tables_in(session, numbers, actor=actor)
    told = await indicators_in(session, numbers, actor=actor)
    first, second = (Side(each, tables[each.number], told[each.number]) for each in (before, now))
    return first, second
