"""Themes: the published cells that are read together, release by release; what changed; the boundaries of the maps."""

from datetime import date
from typing import Annotated, Any

from access.rules import Permission
from foundation.errors import NotFound
from foundation.language import SOURCE_LANGUAGE, _, say
from monitoring.boundaries import boundaries_in_force
from monitoring.changes import Change, change_of_cells, change_of_indicators, change_of_tables
from monitoring.indicator_values import Figure
from monitoring.indicators import catalogue
from monitoring.ledger import TOTAL
from monitoring.models import Release
from monitoring.reading import choose, one_before, read_theme, shelf, sides_of
from monitoring.tables import BY_NAME
from monitoring.theme_values import ReadBlock, ReadLine
from monitoring.themes import Theme, themes
from web.api.indicators import FigureShape, figure_shape
from web.api.routing import api_router
from web.api.shapes import Answer
from web.forms import ReleaseNumber
from web.guard import Visit, guarded
from web.pages.release_changes import Against, TableName
from web.pages.themes import ChosenCode, ChosenRelease, ThemeId, known_theme

router = api_router("", "themes")

_reader = guarded(Permission.RELEASE_READ)


class ThemeSummary(Answer):
    id: str
    title: str
    purpose: str
    notes: list[str]
    """How it is to be read, and how not."""
    tables: list[str]
    """Names of the tables that it rests on."""
    indicators: list[str]
    choices: list[str]
    """For a theme by area: the codes that can be read by area, one at a time."""


class CountShape(Answer):
    at: list[str]
    """One code for each dimension of the table."""
    value: int | None
    why: str | None
    """Why there is no number: `withheld`, or `not_published` where the release has no such table."""


class LineShape(Answer):
    code: str
    name: str
    table: str
    counts: list[CountShape]
    """One for each column of the block."""
    share: FigureShape | None
    reached: FigureShape | None
    """For outcomes: of all who were to be asked, how many answered."""


class BlockShape(Answer):
    name: str
    title: str
    notes: list[str]
    columns: list[str]
    """Codes, in the order of the counts."""
    share: str | None
    """What the shares are."""
    lines: list[LineShape]


class TrendShape(Answer):
    release: int
    quarter: date
    counts: list[int | None]
    """One for each of `trend_names`; null where it is withheld or not published."""


class ThemeDetail(ThemeSummary):
    release: int | None
    """Null before the first release."""
    quarter: date | None
    chosen: str
    areas: BlockShape | None
    """By area, for what is chosen."""
    blocks: list[BlockShape]
    trend_names: list[str]
    trend: list[TrendShape]
    """The last eight quarters as they stand now, oldest first."""


class ChangeShape(Answer):
    before: FigureShape
    now: FigureShape
    difference: str | None
    """A decimal, of counts or of shares; null unless both are published and counted in the same way."""
    is_other_definition: bool


class TableChange(ChangeShape):
    table: str


class CellChangeShape(ChangeShape):
    at: dict[str, str]
    """Code by dimension; what is added up is left out."""


class IndicatorChange(ChangeShape):
    indicator: str
    official: bool | None
    """False: a candidate of ours. Null: no longer in the catalogue."""


class ChangesShape(Answer):
    now: int | None
    before: int | None
    """Null for the first release."""
    tables: list[TableChange]
    """Their totals."""
    cells: list[CellChangeShape]
    """Of the table that was asked for."""
    indicators: list[IndicatorChange]


class FeatureShape(Answer):
    type: str
    properties: dict[str, str]
    """`area`: its code; `country`."""
    geometry: dict[str, Any]


class BoundariesShape(Answer):
    type: str
    attribution: str
    """Whose boundaries these are."""
    features: list[FeatureShape]


@router.get("/themes", dependencies=[_reader])
async def all_themes() -> list[ThemeSummary]:
    """Which tables are read together. Answers 200; 401 without a token; 404 to whoever may not read releases."""
    return [ThemeSummary(**_summary(each)) for each in themes()]


@router.get("/themes/{theme_id}")
async def one_theme(
    visit: Annotated[Visit, _reader], theme_id: ThemeId, number: ChosenRelease = None, chosen: ChosenCode = TOTAL
) -> ThemeDetail:
    """What one release says under a theme, the newest unless another is named; `of`: what is read by area.

    Answers 200; 401 without a token; 404 for an unknown theme, release or code, and to whoever may not read releases.
    """
    theme = known_theme(theme_id)
    async with visit.database.reading() as session:
        _releases, read = await read_theme(session, theme, number, chosen, actor=visit.actor)
    return ThemeDetail(
        **_summary(theme),
        release=read.release.number if read else None,
        quarter=read.release.quarter if read else None,
        chosen=chosen,
        areas=_block(read.areas) if read and read.areas else None,
        blocks=[_block(each) for each in read.blocks] if read else [],
        trend_names=[say(SOURCE_LANGUAGE, line.name) for line in theme.trend],
        trend=[_trend(*each) for each in read.trend] if read else [],
    )


@router.get("/releases/{number}/changes")
async def release_changes(
    visit: Annotated[Visit, _reader], number: ReleaseNumber, against: Against = None, table: TableName = ""
) -> ChangesShape:
    """What changed since the release before, or since the one named in `before`; `table`: every cell of it as well.

    Answers 200; 401 without a token; 404 for an unknown release or table, and to whoever may not read releases.
    """
    async with visit.database.reading() as session:
        releases = await shelf(session, actor=visit.actor)
        now = choose(releases, number)
        before = choose(releases, against) if against else now and one_before(now, releases)
        if now is None or before is None:
            return ChangesShape(now=number, before=None, tables=[], cells=[], indicators=[])
        first, second = await sides_of(session, before, now, actor=visit.actor)
    if table and table not in {*first.tables, *second.tables} & BY_NAME.keys():
        raise NotFound(_("There is no such table in these releases."))
    cells = change_of_cells(first.tables.get(table), second.tables.get(table))
    official = {each.id: each.official for each in catalogue().indicators}
    return ChangesShape(
        now=now.number,
        before=before.number,
        tables=[
            TableChange(table=name, **_change(change))
            for name, change in change_of_tables(first.tables, second.tables).items()
        ],
        cells=[CellChangeShape(at=dict(each.at), **_change(each.change)) for each in cells],
        indicators=[
            IndicatorChange(indicator=each, official=official.get(each), **_change(change))
            for each, change in change_of_indicators(first.indicators, second.indicators).items()
        ],
    )


@router.get("/boundaries", dependencies=[_reader])
async def boundaries() -> BoundariesShape:
    """The boundaries that the maps are drawn with, as GeoJSON.

    Answers 200; 401 without a token; 404 where none were supplied, and to whoever may not read releases.
    """
    found = boundaries_in_force()
    if found is None:
        raise NotFound(_("No boundaries were supplied."))
    features = [
        FeatureShape(
            type="Feature",
            properties={"area": area, "country": country},
            geometry={"type": "MultiPolygon", "coordinates": found.polygons[area]},
        )
        for country, areas in found.countries.items()
        for area in areas
    ]
    return BoundariesShape(type="FeatureCollection", attribution=found.attribution, features=features)


def _summary(theme: Theme) -> dict[str, Any]:
    return {
        "id": theme.id,
        "title": say(SOURCE_LANGUAGE, theme.title),
        "purpose": say(SOURCE_LANGUAGE, theme.purpose),
        "notes": [say(SOURCE_LANGUAGE, note) for note in theme.notes],
        "tables": list(theme.tables),
        "indicators": list(theme.indicators),
        "choices": list(theme.places.choices) if theme.places else [],
    }


def _block(read: ReadBlock) -> BlockShape:
    block = read.block
    return BlockShape(
        name=block.name,
        title=say(SOURCE_LANGUAGE, block.title),
        notes=[say(SOURCE_LANGUAGE, note) for note in block.notes],
        columns=[column.code for column in block.columns],
        share=say(SOURCE_LANGUAGE, block.share) if block.share else None,
        lines=[_line(each) for each in read.lines],
    )


def _line(read: ReadLine) -> LineShape:
    line = read.line
    return LineShape(
        code=line.code,
        name=say(SOURCE_LANGUAGE, line.name),
        table=line.table,
        counts=[
            CountShape(at=list(cell), value=figure.numerator, why=figure.why)
            for cell, figure in zip(line.at, read.counts, strict=True)
        ],
        share=figure_shape(read.share) if read.share else None,
        reached=figure_shape(read.reached) if read.reached else None,
    )


def _trend(release: Release, figures: tuple[Figure, ...]) -> TrendShape:
    return TrendShape(release=release.number, quarter=release.quarter, counts=[each.numerator for each in figures])


def _change(change: Change) -> dict[str, Any]:
    return {
        "before": figure_shape(change.before),
        "now": figure_shape(change.now),
        "difference": None if change.difference is None else f"{change.difference:f}",
        "is_other_definition": change.is_other_definition,
    }
