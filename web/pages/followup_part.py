"""The part of a case page about follow-up and tasks: waves with their state, and results over time."""

from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from cases.followup_steps import LIVE, follow_ups_of
from cases.models import FollowUp, Task
from cases.queries import CaseFile
from cases.rules import TASK_NAMES, FollowUpState
from cases.surveys import BAND_NAMES, DIMENSION_NAMES, INTERIM, Scored, results_of
from cases.tasks import open_tasks
from cases.waves import BY_STAFF, CLOSED_FOR, wave_name
from foundation import clock
from foundation.keys import open_subject
from foundation.language import Message, _, _p, direction, say
from questionnaire.scoring import COMPOSITE, shown
from web.trends import Point, trend_chart

FOLLOW_UP_STATE_NAMES: dict[FollowUpState, Message] = {
    FollowUpState.PLANNED: _p("follow-up", "Planned"),
    FollowUpState.ASKED: _p("follow-up", "Asked, no answer yet"),
    FollowUpState.DONE: _p("follow-up", "Answered"),
    FollowUpState.REFUSED: _p("follow-up", "The person did not want to answer"),
    FollowUpState.UNREACHABLE: _p("follow-up", "Not reached"),
    FollowUpState.CLOSED: _p("follow-up", "Closed"),
}
_CLOSED = "followup.closed"


@dataclass(frozen=True, slots=True)
class WaveView:
    row: FollowUp
    name: Message
    state: Message
    reason: Message | None
    """Why it was closed."""
    may_be_settled: bool


@dataclass(frozen=True, slots=True)
class ScoreView:
    """One part of a result as it is read: rounded, with its band; both None where too little was answered."""

    name: Message
    value: str | None
    band: Message | None


@dataclass(frozen=True, slots=True)
class ResultView:
    when: Message | None
    """The wave; None for a survey outside all waves."""
    result: Scored
    scores: list[ScoreView]
    is_interim: bool


@dataclass(frozen=True, slots=True)
class FollowUpPart:
    waves: list[WaveView]
    results: list[ResultView]
    trend: Markup | None
    tasks: list[tuple[Task, Message, bool]]
    """With its name, and whether it is overdue."""
    reasons: list[tuple[str, Message]]


async def follow_up_part(session: AsyncSession, file: CaseFile, language: str) -> FollowUpPart:
    """What the case page shows; nothing once the person is erased."""
    case = file.case
    if file.person is None:
        return FollowUpPart([], [], None, [], [])
    rows = await follow_ups_of(session, case.id)
    closed = [entry.facts for entry in file.history if entry.event == _CLOSED]
    why = {str(facts.get("follow_up")): str(facts.get("reason")) for facts in closed}
    names = {row.id: wave_name(row.wave) for row in rows}
    scored = await results_of(session, case, await open_subject(session, file.person.id))
    results = [_result(each, names.get(each.follow_up_id) if each.follow_up_id else None) for each in scored]
    moment = clock.now()
    return FollowUpPart(
        [_wave(row, why.get(str(row.id))) for row in rows],
        results,
        _trend(results, language),
        [(task, TASK_NAMES[task.kind], task.due_at < moment) for task in await open_tasks(session, case.id)],
        [(code, CLOSED_FOR[code]) for code in BY_STAFF],
    )


def _wave(row: FollowUp, reason: str | None) -> WaveView:
    return WaveView(
        row,
        wave_name(row.wave),
        FOLLOW_UP_STATE_NAMES[row.state],
        CLOSED_FOR.get(reason) if reason else None,
        row.state in LIVE or row.state is FollowUpState.UNREACHABLE,
    )


def _result(result: Scored, when: Message | None) -> ResultView:
    scores = [_score(result, name) for name in (*(each for each in DIMENSION_NAMES if each != COMPOSITE), COMPOSITE)]
    return ResultView(when, result, scores, result.weights_version == INTERIM)


def _score(result: Scored, name: str) -> ScoreView:
    value, band = result.values.get(name), result.bands.get(name)
    return ScoreView(
        DIMENSION_NAMES[name], None if value is None else str(shown(value)), None if band is None else BAND_NAMES[band]
    )


def _trend(results: list[ResultView], language: str) -> Markup | None:
    """The composite over time; nothing to draw with fewer than two."""
    points = [
        Point(
            say(language, each.when) if each.when else each.result.scored_at.date().isoformat(),
            each.result.values[COMPOSITE],
            f"{each.result.instrument_version}/{each.result.weights_version}",
        )
        for each in results
    ]
    if sum(point.value is not None for point in points) < 2:  # noqa: PLR2004  # a line has two ends
        return None
    return trend_chart(points, title=say(language, _("Everything together, over time")), direction=direction(language))
