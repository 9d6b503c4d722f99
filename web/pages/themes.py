"""Themes for monitors: what published tables say of safeguards, outcomes, referrals, needs and skills.

Only releases are read. Which tables stand on which page is data: see `monitoring.themes`.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from access.rules import Permission
from foundation.errors import NotFound
from foundation.language import _, say
from monitoring.boundaries import boundaries_in_force
from monitoring.ledger import TOTAL
from monitoring.reading import read_theme, standing
from monitoring.themes import REACHED_SHARE, Theme, find_theme, themes
from web.forms import LAST_NUMBER
from web.guard import Visit, guarded
from web.maps import HATCH
from web.rendering import page
from web.theme_views import Legend, Map, files_of, indicators_of, maps_of, rows_of, trend_chart_of, trend_rows

router = APIRouter(include_in_schema=False)

ThemeId = Annotated[str, Path(max_length=20, pattern=r"^[a-z]+$")]
ChosenRelease = Annotated[int | None, Query(alias="release", ge=1, le=LAST_NUMBER)]
ChosenCode = Annotated[str, Query(alias="of", max_length=40, pattern=r"^[A-Za-z0-9_+-]+$")]


@router.get("/monitoring/themes/{theme_id}")
async def show_theme(
    visit: Annotated[Visit, guarded(Permission.RELEASE_READ)],
    theme_id: ThemeId,
    number: ChosenRelease = None,
    chosen: ChosenCode = TOTAL,
) -> Response:
    theme = known_theme(theme_id)
    async with visit.database.reading() as session:
        releases, read = await read_theme(session, theme, number, chosen, actor=visit.actor)
    if read is None:
        return page(visit, "theme.html", theme=theme, themes=themes(), read=None)
    boundaries = boundaries_in_force()
    maps: list[Map] = []
    legend: Legend = []
    if read.areas is not None and boundaries is not None and read.areas.is_published:
        title = (
            f"{say(visit.language, read.areas.block.title)}: {say(visit.language, read.areas.block.columns[0].name)}"
        )
        maps, legend = maps_of(read.areas, boundaries, title, visit.language)
    blocks = ([read.areas] if read.areas else []) + list(read.blocks)
    return page(
        visit,
        "theme.html",
        theme=theme,
        themes=themes(),
        read=read,
        releases=releases,
        standing={each.number for each in standing(releases)},
        blocks=[(block, rows_of(block, visit.language)) for block in blocks],
        trend=trend_rows(read, visit.language),
        chart=trend_chart_of(read, visit.language),
        indicators=indicators_of(read, visit.language),
        files=files_of(read),
        maps=maps,
        legend=legend,
        hatch=HATCH,
        reached_share=REACHED_SHARE,
        attribution=boundaries.attribution if boundaries else "",
    )


def known_theme(theme_id: str) -> Theme:
    """Raises NotFound for one that there is not."""
    theme = find_theme(theme_id)
    if theme is None:
        raise NotFound(_("There is no such page of figures."))
    return theme
