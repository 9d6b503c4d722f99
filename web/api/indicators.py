"""Indicators: definitions with what each release says of them, and structural facts with their evidence."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from access.rules import Permission
from foundation.language import SOURCE_LANGUAGE
from monitoring.indicator_values import Figure, Told
from monitoring.indicators import Indicator, catalogue, method
from monitoring.models import Release, StructuralFact
from monitoring.publication import told_in_releases
from monitoring.structural import Entry, confirm, enter, facts_of, in_force, plain, rate_of, withdraw
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.guard import Visit, guarded
from web.pages.indicators import IndicatorId, known

router = api_router("", "indicators")

_reader = guarded(Permission.RELEASE_READ)
_writer = guarded(Permission.STRUCTURE_ENTER)


class Definition(Answer):
    id: str
    version: str
    action: str
    """`a` to `i`: the action of Objective 21; `37` for context; a number for another objective."""
    type: str
    official: bool
    """False: a candidate of ours."""
    title: str
    numerator: str
    denominator: str
    unit: str
    disaggregation: list[str]
    basis: str
    grade: str
    by: str
    """`counting`, `entry`, or `nothing` where it is not available."""
    method: list[str]


class FigureShape(Answer):
    numerator: int | None
    denominator: int | None
    rate: str | None
    """A decimal; for `median_days` the band. Null, with `why`, where there is none."""
    why: str | None
    missing: str | None
    """Percent of whom it is not known."""


class PartShape(Answer):
    dimension: str
    code: str
    figure: FigureShape


class ToldShape(Answer):
    release: int
    quarter: str
    version: str
    """Of the definition that it was made by."""
    figure: FigureShape
    reached: FigureShape | None
    parts: list[PartShape]


class FactShape(Answer):
    id: UUID
    indicator: str
    version: str
    year: int
    figure: str
    total: str | None
    rate: str | None
    source: str
    address: str
    note: str
    entered_at: datetime
    confirmed_at: datetime | None
    withdrawn_at: datetime | None


class IndicatorDetail(Definition):
    releases: list[ToldShape]
    """Oldest first."""
    entered: list[FactShape]
    """Confirmed structural facts, one a year, the newest first."""


class FactBody(Body):
    indicator: str
    year: int
    figure: str
    """A decimal; 1 and 0 for yes and no."""
    total: str = ""
    """For a share: out of how many."""
    source: str
    address: str = ""
    note: str = ""

    def entry(self) -> Entry:
        return Entry(self.indicator, str(self.year), self.figure, self.total, self.source, self.address, self.note)


@router.get("/indicators", dependencies=[_reader])
async def all_indicators() -> list[Definition]:
    """The catalogue as it stands now. Answers 200; 401 without a token; 404 to whoever may not read releases."""
    return [Definition(**_definition(each)) for each in catalogue().indicators]


@router.get("/indicators/{indicator_id}")
async def one_indicator(visit: Annotated[Visit, _reader], indicator_id: IndicatorId) -> IndicatorDetail:
    """One definition with what each release says of it, as it was frozen.

    Answers 200; 401 without a token; 404 for an unknown id, and to whoever may not read releases.
    """
    indicator = known(indicator_id)
    async with visit.database.reading() as session:
        releases = await told_in_releases(session, actor=visit.actor)
        entered = (await in_force(session, actor=visit.actor)).get(indicator.id, [])
    return IndicatorDetail(
        **_definition(indicator),
        releases=[_told(release, told[indicator.id]) for release, told in releases if indicator.id in told],
        entered=[_fact(fact) for fact in entered],
    )


@router.get("/structural-facts")
async def all_facts(visit: Annotated[Visit, _writer]) -> list[FactShape]:
    """All that was entered, the newest first. Answers 200; 401 without a token; 404 to whoever may not enter any."""
    async with visit.database.reading() as session:
        return [_fact(fact) for fact in await facts_of(session, actor=visit.actor)]


@router.post("/structural-facts", status_code=201)
async def enter_fact(visit: Annotated[Visit, _writer], body: FactBody) -> FactShape:
    """Enter a fact with its source; it counts once another person has confirmed it.

    Answers 201; 401 without a token; 404 to whoever may not enter any; 422 for what does not fit the indicator.
    """
    async with visit.database.transaction() as session:
        return _fact(await enter(session, body.entry(), actor=visit.actor))


@router.post("/structural-facts/{fact_id}/confirm", status_code=204)
async def confirm_fact(visit: Annotated[Visit, _writer], fact_id: UUID) -> None:
    """Confirm what another person has entered.

    Answers 204; 401 without a token; 404 for an unknown fact; 409 for one's own or one that is settled.
    """
    async with visit.database.transaction() as session:
        await confirm(session, fact_id, actor=visit.actor)


@router.post("/structural-facts/{fact_id}/withdraw", status_code=204)
async def withdraw_fact(visit: Annotated[Visit, _writer], fact_id: UUID) -> None:
    """Take back a fact that was wrong. It stays readable, and counts no more.

    Answers 204; 401 without a token; 404 for an unknown fact; 409 for one that is taken back already.
    """
    async with visit.database.transaction() as session:
        await withdraw(session, fact_id, actor=visit.actor)


def _definition(indicator: Indicator) -> dict[str, Any]:
    stored = indicator.model_dump(mode="json", exclude={"value"})
    return {**stored, "by": indicator.value.by, "method": method(indicator, SOURCE_LANGUAGE)}


def _told(release: Release, told: Told) -> ToldShape:
    return ToldShape(
        release=release.number,
        quarter=release.quarter.isoformat(),
        version=told.version,
        figure=figure_shape(told.figure),
        reached=figure_shape(told.reached) if told.reached else None,
        parts=[
            PartShape(dimension=each.dimension, code=each.code, figure=figure_shape(each.figure)) for each in told.parts
        ],
    )


def figure_shape(figure: Figure) -> FigureShape:
    return FigureShape(**{name: getattr(figure, name) for name in FigureShape.model_fields})


def _fact(fact: StructuralFact) -> FactShape:
    stored = {name: getattr(fact, name) for name in FactShape.model_fields if name not in ("figure", "total", "rate")}
    return FactShape(
        **stored,
        figure=plain(fact.figure),
        total=None if fact.total is None else plain(fact.total),
        rate=rate_of(fact),
    )
