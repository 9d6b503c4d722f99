"""Follow-up after a return: waves are planned, asked at decent hours, answered, refused or given up, never silently.

The check-ins of the first weeks must not wait for a case to be moved along its phases. So waves are planned as soon as
the arrival form says that the person is back, counted from the day they came back if the form asks it, else from the
day the case was opened; and for everyone else when the case enters reintegration. Planning twice changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor, require
from access.rules import Permission
from cases.answers import answers_of
from cases.disclosures import told_at_once
from cases.followup_steps import LIVE, WAS_ASKED, close, end, find_follow_up, follow_ups_of, form_of, is_too_late, move
from cases.hours import zone_of
from cases.models import Case, FollowUp, FormRequest, Submission
from cases.rules import FlagKind, FollowUpState, Phase, TaskKind
from cases.safeguarding import holds, raise_flag
from cases.sheets import ARRIVAL
from cases.surveys import SURVEY, record_result
from cases.tasks import open_task
from cases.waves import BY_STAFF, GAPS, ask_on, waves_in_force
from foundation import audit, clock
from foundation.errors import Conflict, Invalid
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.expressions import Expression, compile_expression
from questionnaire.sheet import Answers

CHECK_IN = "check_in"
RETURNED_ON = "returned_on"
"""A date question that an agency's own arrival form may have."""
BACK_PHASES = frozenset([Phase.REINTEGRATION, Phase.FOLLOW_UP])


@dataclass(frozen=True, slots=True)
class _Alarm:
    """`told_as`: the rule that has called a person in as soon as it was answered in the chat, if there is one."""

    form: str
    kind: TaskKind
    when: Expression
    told_as: str | None = None


ALARMS = (
    _Alarm(CHECK_IN, TaskKind.DISCLOSURE, compile_expression("${safe} = 'no'"), told_as="check_in.unsafe"),
    _Alarm(CHECK_IN, TaskKind.DISCLOSURE, compile_expression("${roof} = 'no' or ${health} = 'urgent'")),
    _Alarm(CHECK_IN, TaskKind.DISTRESS, compile_expression("${talk} = 'yes'")),
    _Alarm("screen", TaskKind.DISTRESS, compile_expression("${distress} = 'distress' or ${distress} = 'self_harm'")),
)
"""Answers after which a person must act, as are the red flags of the survey's instrument. Every form that is sent opens
tasks of its own: a flag that was raised once would not come again. Only what has called a person in while this very
form was filled in does not call them twice; staff who fill it in with the person are called when it is sent."""


FLAGS = (
    ("check_in.no_roof", FlagKind.NO_SAFE_PLACE, compile_expression("${roof} = 'no'")),
    ("check_in.health_urgent", FlagKind.HEALTH_EMERGENCY, compile_expression("${health} = 'urgent'")),
)
"""Rule, kind and condition of the flags that a check-in raises, each time anew once the earlier one is settled."""


async def plan_waves(session: AsyncSession, case: Case, returned_on: date, *, actor: Actor) -> list[FollowUp]:
    """Plan the programme's waves that are not planned yet. What is long past is closed at once, and says so."""
    known = set(await session.scalars(select(FollowUp.wave).where(FollowUp.case_id == case.id)))
    zone = zone_of(case.country)
    today = _today(case)
    added = []
    for wave in waves_in_force().of(case.country):
        if wave.code in known:
            continue
        due_on = wave.due_on(returned_on)
        row = FollowUp(
            id=uuid4(),
            case_id=case.id,
            wave=wave.code,
            due_on=due_on,
            state=FollowUpState.PLANNED,
            attempts=0,
            next_at=ask_on(due_on, zone),
        )
        session.add(row)
        added.append(row)
        if is_too_late(wave, due_on, today):
            await close(session, case, row, "too_late", actor=SYSTEM)
    if added:
        audit.record(session, actor.id, "followup.planned", case.id, waves=len(added))
    return added


async def plan_at_phase(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """The case enters reintegration: whoever had said that they were not back yet now is."""
    if case.phase in BACK_PHASES and case.person_id is not None:
        arrival = (await answers_of(session, case, await open_subject(session, case.person_id))).get(ARRIVAL, {})
        await plan_waves(session, case, _returned_on(case, arrival), actor=actor)


async def take_submission(
    session: AsyncSession, case: Case, submission: Submission, key: SubjectKey, answers: Answers, *, actor: Actor
) -> None:
    """What a form that was sent means for the follow-up: a plan, an answer to a wave, a result, a task for a person."""
    if submission.sheet_id == ARRIVAL and answers.get("back_already") == "yes":
        # Whoever corrects the form may have come back only now.
        day = _returned_on(case, answers) if submission.amends is None else _told_day(answers) or _today(case)
        await plan_waves(session, case, day, actor=actor)
    answered = await _settle_answered(session, case, submission, actor=actor)
    ringing = [each for each in ALARMS if each.form == submission.sheet_id and holds(each.when, answers)]
    known = await told_at_once(session, submission) if ringing else set()
    alarms = [each.kind for each in ringing if each.told_as not in known]
    if submission.sheet_id == SURVEY:
        result = record_result(session, case, submission, key, answers, answered, actor=actor)
        alarms += [TaskKind.DISTRESS] if result.red_flags else []
    for rule, flag, when in FLAGS:
        if rule.startswith(f"{submission.sheet_id}.") and holds(when, answers):
            await raise_flag(session, case, flag, rule, actor=actor)
    for kind in dict.fromkeys(alarms):
        await open_task(session, case, kind, str(submission.id), actor=actor)


async def _settle_answered(
    session: AsyncSession, case: Case, submission: Submission, *, actor: Actor
) -> FollowUp | None:
    """The wave that this form answers, done; None if it answers none. A correction stays with the wave it corrects."""
    if submission.amends is not None:
        row = await session.scalar(select(FollowUp).where(FollowUp.submission_id == submission.amends))
        if row is not None:
            row.submission_id = submission.id
        return row
    rows = await follow_ups_of(session, case.id)
    row = _answered_by(case, submission.sheet_id, rows)
    if row is None:
        return None
    if row.state is FollowUpState.PLANNED:
        move(row, FollowUpState.ASKED)
    row.submission_id = submission.id
    await end(session, case, row, FollowUpState.DONE, "followup.answered", actor=actor)
    for earlier in rows:
        # Nobody needs to look for someone who has just been in touch.
        if earlier.state is FollowUpState.ASKED and earlier.due_on < row.due_on:
            await end(session, case, earlier, FollowUpState.UNREACHABLE, "followup.unreachable", actor=SYSTEM)
    return row


def _answered_by(case: Case, form: str, rows: Iterable[FollowUp]) -> FollowUp | None:
    """The newest wave with this form that was asked, however late; else one that is about to be."""
    today = _today(case)
    fitting = [
        (row, wave)
        for row in rows
        if (wave := waves_in_force().find(case.country, row.wave)) is not None and form in wave.forms()
    ]
    asked = [row for row, _wave in fitting if row.state in WAS_ASKED]
    near = [
        row
        for row, wave in fitting
        if row.state is FollowUpState.PLANNED and abs((row.due_on - today).days) <= wave.window_days
    ]
    return max(asked or near, key=lambda row: (row.due_on, row.id), default=None)


async def refuse(session: AsyncSession, case: Case, follow_up_id: UUID, *, actor: Actor) -> None:
    """The person does not want to answer this wave. Raises Conflict if it is settled, or was never asked."""
    row = await find_follow_up(session, case, follow_up_id)
    await end(session, case, row, FollowUpState.REFUSED, "followup.refused", actor=actor)
    await _take_back_requests(session, case, row)


async def stop_asking(session: AsyncSession, case: Case, *, actor: Actor) -> int:
    """The person wants no further waves: what was asked is refused, what was planned is closed. Returns how many."""
    rows = [row for row in await follow_ups_of(session, case.id) if row.state in LIVE]
    for row in rows:
        if row.state is FollowUpState.PLANNED:
            await close(session, case, row, "stopped_by_person", actor=actor)
        else:
            await refuse(session, case, row.id, actor=actor)
    return len(rows)


async def record_refusal(session: AsyncSession, case: Case, follow_up_id: UUID, *, actor: Actor) -> None:
    """Staff were told, by phone or in person, that the person does not want to answer."""
    require(actor, Permission.FOLLOW_UP_RECORD)
    row = await find_follow_up(session, case, follow_up_id)
    if row.state is FollowUpState.PLANNED:
        move(row, FollowUpState.ASKED)
    await refuse(session, case, follow_up_id, actor=actor)


async def ask_by_phone(session: AsyncSession, case: Case, follow_up_id: UUID, *, actor: Actor) -> str:
    """Staff ask the person themselves. Returns the id of the form to fill in with them."""
    require(actor, Permission.FOLLOW_UP_RECORD)
    row = await find_follow_up(session, case, follow_up_id)
    wave = waves_in_force().find(case.country, row.wave)
    if wave is None or row.state not in {*LIVE, FollowUpState.UNREACHABLE}:
        raise Conflict(_("This follow-up is settled already."))
    if row.state is FollowUpState.PLANNED:
        move(row, FollowUpState.ASKED)
        row.attempts, row.next_at = 1, ask_on(_today(case) + timedelta(days=GAPS[0]), zone_of(case.country))
        audit.record(session, actor.id, "followup.asked", case.id, follow_up=row.id, wave=row.wave, attempt=1)
    return await form_of(session, case, wave)


async def close_wave(session: AsyncSession, case: Case, follow_up_id: UUID, reason: str, *, actor: Actor) -> None:
    """Staff close a wave that will not be answered, with one of the reasons BY_STAFF."""
    require(actor, Permission.FOLLOW_UP_RECORD)
    if reason not in BY_STAFF:
        raise Invalid(_("Choose a reason."))
    row = await find_follow_up(session, case, follow_up_id)
    await close(session, case, row, reason, actor=actor)
    await _take_back_requests(session, case, row)


async def _take_back_requests(session: AsyncSession, case: Case, row: FollowUp) -> None:
    """The wave's form no longer waits in the menu, unless another wave asks it or the person has begun."""
    wave = waves_in_force().find(case.country, row.wave)
    others = [each for each in await follow_ups_of(session, case.id) if each.state is FollowUpState.ASKED]
    if wave is None or others:
        return
    await session.execute(
        update(FormRequest)
        .where(
            FormRequest.case_id == case.id,
            FormRequest.sheet_id.in_(wave.forms()),
            FormRequest.requested_by.is_(None),
            FormRequest.submission_id.is_(None),
            FormRequest.done_at.is_(None),
        )
        .values(done_at=clock.now())
    )


async def day_of_return(session: AsyncSession, case: Case) -> date | None:
    """The best day known on which the person came back; None while they are not back, or erased."""
    if case.person_id is None:
        return None
    return day_back(
        case, (await answers_of(session, case, await open_subject(session, case.person_id))).get(ARRIVAL, {})
    )


def day_back(case: Case, arrival: Answers) -> date | None:
    """The same by what the arrival form tells."""
    is_back = arrival.get("back_already") == "yes" or case.phase in BACK_PHASES
    return _returned_on(case, arrival) if is_back else None


def _returned_on(case: Case, arrival: Answers) -> date:
    """The day of the return as the arrival form tells it, else the best day known."""
    if arrival.get("back_already") == "no":
        return _told_day(arrival) or _today(case)
    return _told_day(arrival) or case.opened_at.astimezone(zone_of(case.country)).date()


def _told_day(arrival: Answers) -> date | None:
    told = arrival.get(RETURNED_ON)
    return date.fromisoformat(told) if isinstance(told, str) and told else None


def _today(case: Case) -> date:
    """The day it is where the person lives."""
    return clock.now().astimezone(zone_of(case.country)).date()
