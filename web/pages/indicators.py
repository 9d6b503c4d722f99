"""Indicators: the list by action, each with its trend, its parts and how it is made. Only releases are read."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from access.rules import Permission
from foundation.errors import NotFound
from foundation.language import _
from monitoring.indicator_values import Told
from monitoring.indicator_words import groups, newest, structural_text, trend
from monitoring.indicators import (
    ACTION_NAMES,
    GRADE_NAMES,
    TYPE_NAMES,
    UNIT_NAMES,
    WHAT_THEY_ARE,
    ByCounting,
    ByNothing,
    Indicator,
    by_action,
    catalogue,
    find_indicator,
    method,
)
from monitoring.models import Release
from monitoring.publication import told_in_releases
from monitoring.structural import in_force
from web.guard import Visit, guarded
from web.indicator_views import trend_chart
from web.rendering import page, quarter_name

router = APIRouter(include_in_schema=False)

IndicatorId = Annotated[str, Path(max_length=20, pattern=r"^[A-Za-z0-9.-]+$")]
_reader = guarded(Permission.RELEASE_READ)


@router.get("/monitoring/indicators")
async def show_indicators(visit: Annotated[Visit, _reader]) -> Response:
    async with visit.database.reading() as session:
        releases = await told_in_releases(session, actor=visit.actor)
        entered = await in_force(session, actor=visit.actor)
    last = releases[-1] if releases else None
    told = last[1] if last else {}
    return page(
        visit,
        "indicators.html",
        quarter=last[0].quarter if last else None,
        about=WHAT_THEY_ARE,
        edition=catalogue().edition,
        sections=[
            (
                ACTION_NAMES[action],
                [
                    (each, newest(each, told.get(each.id), entered.get(each.id, []), visit.language))
                    for each in of_action
                ],
            )
            for action, of_action in by_action()
        ],
        types=TYPE_NAMES,
    )


@router.get("/monitoring/indicators/{indicator_id}")
async def show_indicator(visit: Annotated[Visit, _reader], indicator_id: IndicatorId) -> Response:
    indicator = known(indicator_id)
    async with visit.database.reading() as session:
        releases = await told_in_releases(session, actor=visit.actor)
        entered = (await in_force(session, actor=visit.actor)).get(indicator.id, [])
    found: list[tuple[Release, Told | None]] = [(release, told.get(indicator.id)) for release, told in releases]
    names = [quarter_name(visit.language, release.quarter) for release, _told in found]
    last = next(((release, told) for release, told in reversed(found) if told is not None), None)
    title, numerator, denominator = indicator.words
    return page(
        visit,
        "indicator.html",
        indicator=indicator,
        title=title,
        numerator=numerator,
        denominator=denominator,
        type_name=TYPE_NAMES[indicator.type],
        unit_name=UNIT_NAMES[indicator.unit],
        grade_name=GRADE_NAMES[indicator.grade],
        action_name=ACTION_NAMES[indicator.action],
        sentences=method(indicator, visit.language),
        is_counted=isinstance(indicator.value, ByCounting),
        is_available=not isinstance(indicator.value, ByNothing),
        has_reached=isinstance(indicator.value, ByCounting) and indicator.value.reached is not None,
        lines=trend(found, names, visit.language),
        chart=trend_chart(indicator, found, names, visit.language),
        quarter=last[0].quarter if last else None,
        groups=groups(indicator, last[1], visit.language) if last else [],
        entered=[(fact, structural_text(indicator, fact, visit.language)) for fact in entered],
    )


def known(indicator_id: str) -> Indicator:
    """Raises NotFound for an id that is not in the catalogue."""
    indicator = find_indicator(indicator_id)
    if indicator is None:
        raise NotFound(_("There is no such indicator."))
    return indicator
