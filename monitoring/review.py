"""The national review pack: objective 21 of the Global Compact for Migration, action by action (a) to (i).

For the four-yearly review it puts together what the house can show: indicators as releases told them, facts about law
with their evidence, programmes from the register, recommendations of monitors and what they were answered. It judges
nothing and ranks nobody.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.programmes import ProgrammeView, list_programmes
from foundation import clock
from foundation.errors import Invalid
from foundation.language import _
from monitoring import indicators
from monitoring.indicator_values import Told
from monitoring.indicators import Indicator
from monitoring.models import Release, StructuralFact
from monitoring.publication import told_in_releases
from monitoring.reading import standing
from monitoring.recommendation_register import Filed, Narrowing, issued
from monitoring.recommendation_rules import Action, Kind
from monitoring.structural import in_force
from monitoring.yearly_report import FIRST_YEAR, Tally, tally

PROGRAMMES_UNDER = Action.B
"""Programmes for return and reintegration are the subject of action (b)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One indicator of the catalogue, with all that was published of it in the years."""

    indicator: Indicator
    told: list[tuple[Release, Told]]
    """The oldest quarter first; of a corrected quarter what the correction says. Empty where nothing is counted."""
    entered: list[StructuralFact]
    """In force, of the last of the years or an earlier one; the newest year first."""

    @property
    def newest(self) -> tuple[Release, Told] | None:
        return self.told[-1] if self.told else None


@dataclass(frozen=True, slots=True)
class Chapter:
    action: Action
    indicators: list[Shown]
    programmes: list[ProgrammeView]
    recommendations: list[Filed]


@dataclass(frozen=True, slots=True)
class Review:
    first_year: int
    last_year: int
    made_on: date
    total: Tally
    edition: str
    """Of the catalogue of indicators."""
    chapters: list[Chapter]
    beside: list[tuple[indicators.Action, list[Shown]]]
    """Indicators of what lies beside the actions: context, and other objectives."""
    without_action: list[Filed]
    """Recommendations that name no action in particular."""


async def review(session: AsyncSession, first_year: int, last_year: int, *, actor: Actor) -> Review:
    """What the years show, both included. Raises Invalid for years in the wrong order or not begun."""
    require(actor, Permission.RELEASE_READ)
    require(actor, Permission.PROGRAMME_READ)
    if not FIRST_YEAR <= first_year <= last_year <= clock.today().year:
        raise Invalid(_("Choose years that have begun, the first one first."))
    years = range(first_year, last_year + 1)
    found = [each for each in await issued(session, Narrowing(kind=Kind.RECOMMENDATION)) if _year(each) in years]
    programmes = [each for each in await list_programmes(session, actor) if _runs_in(each, years)]
    shown = await _shown(session, years, actor)
    chapters = [
        Chapter(
            action,
            shown.pop(indicators.Action(action.value), []),
            programmes if action is PROGRAMMES_UNDER else [],
            [each for each in found if each.recommendation.action is action],
        )
        for action in Action
    ]
    rest = [each for each in found if each.recommendation.action is None]
    edition = indicators.catalogue().edition
    return Review(first_year, last_year, clock.today(), tally(found), edition, chapters, list(shown.items()), rest)


async def _shown(session: AsyncSession, years: range, actor: Actor) -> dict[indicators.Action, list[Shown]]:
    releases = await told_in_releases(session, actor=actor)
    in_force_now = {each.number for each in standing(release for release, _told in releases)}
    of_years = [each for each in releases if each[0].quarter.year in years and each[0].number in in_force_now]
    entered = await in_force(session, actor=actor)
    return {
        action: [
            Shown(
                indicator,
                [(release, told[indicator.id]) for release, told in of_years if indicator.id in told],
                [fact for fact in entered.get(indicator.id, []) if fact.year <= years[-1]],
            )
            for indicator in of_action
        ]
        for action, of_action in indicators.by_action()
    }


def _year(filed: Filed) -> int | None:
    day = filed.recommendation.issued_on
    return None if day is None else day.year


def _runs_in(view: ProgrammeView, years: range) -> bool:
    """A programme without days runs always."""
    begins, ends = view.stated.starts_on, view.stated.ends_on
    return (begins is None or begins.year <= years[-1]) and (ends is None or ends.year >= years[0])
