"""*Today*: what needs a member of staff, in order, and why. Each source is a function; `rank` puts them in one order.

A source is asked for one more than `MOST` at the most, so that nothing is loaded or counted beyond that. It tells of
cases that are the actor's or nobody's; where only a role may settle something, of all cases that the role sees. A
supervisor is told of what has been overdue or in danger for longer than a day, whoever has the case.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.rules import Permission
from cases.followup_steps import LIVE
from cases.messages import OVERDUE_AFTER
from cases.models import Case, Flag, FollowUp, Submission, Task
from cases.plan_models import Plan, PlanActivity
from cases.plan_rules import UNSETTLED, PlanState
from cases.queries import visible_cases
from cases.rules import (
    FLAG_NAMES,
    HEARD,
    SETTLED_BY,
    TASK_NAMES,
    FlagKind,
    SubmissionState,
    TaskKind,
)
from cases.safeguard_models import ReturnJourney
from cases.safeguard_rules import ON_THE_WAY
from cases.today_assessments import assessments_due
from cases.today_decisions import DECISIONS
from cases.waiting import (
    MOST,
    SOON,
    Finding,
    Source,
    Waiting,
    in_open_case,
    late_for,
    mine_or_nobodys,
    number_of,
    open_cases,
    rank,
    written,
)
from cases.waves import wave_name
from foundation import clock
from foundation.language import _

IN_DANGER: frozenset[FlagKind] = frozenset(
    [
        FlagKind.SELF_HARM,
        FlagKind.VIOLENCE,
        FlagKind.TRAFFICKING,
        FlagKind.UNACCOMPANIED_CHILD,
        FlagKind.NO_SAFE_PLACE,
        FlagKind.HEALTH_EMERGENCY,
    ]
)
URGENT_TASKS: frozenset[TaskKind] = frozenset([TaskKind.DISTRESS, TaskKind.DISCLOSURE])
TASK_OF_ROLE: dict[TaskKind, Permission] = {
    TaskKind.GUARDIAN: Permission.CONSENT_AUTHORISE_CHILD,
    TaskKind.PROTECTION: Permission.FLAG_SETTLE_PROTECTION,
    TaskKind.OVERRIDE: Permission.GATE_OVERRIDE,
}
"""Tasks that are for whoever holds the permission, in every case that they see."""
ON_THE_WAY_FOR = timedelta(days=1)
"""How long a departure may stand without an arrival, and an arrival without the return being complete."""


async def tasks_due(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Tasks that are overdue or due within a day."""
    of_role = [kind for kind, permission in TASK_OF_ROLE.items() if actor.may(permission)]
    rows = await session.execute(
        select(Task.case_id, number_of(Task.case_id), Task.kind, Task.created_at, Task.due_at)
        .where(
            Task.done_at.is_(None),
            Task.due_at < clock.now() + SOON,
            in_open_case(
                actor, Task.case_id, or_(mine_or_nobodys(actor), Task.kind.in_(of_role), late_for(actor, Task.due_at))
            ),
        )
        .order_by(Task.due_at, Task.id)
        .limit(MOST + 1)
    )
    return [
        Waiting(Source.TASK, case_id, number, TASK_NAMES[kind], since, due, "#tasks", is_danger=kind in URGENT_TASKS)
        for case_id, number, kind, since, due in rows
    ]


async def messages_unanswered(session: AsyncSession, actor: Actor) -> list[Waiting]:
    rows = await session.execute(
        visible_cases(actor)
        .where(
            Case.unanswered_at.is_not(None),
            Case.status.in_(HEARD),
            or_(mine_or_nobodys(actor), late_for(actor, Case.unanswered_at, OVERDUE_AFTER)),
        )
        .with_only_columns(Case.id, Case.number, Case.unanswered_at)
        .order_by(Case.unanswered_at, Case.id)
        .limit(MOST + 1)
    )
    why = _("The person wrote and has no answer yet")
    return [
        Waiting(Source.MESSAGE, case_id, number, why, since, since + OVERDUE_AFTER, "#messages")
        for case_id, number, since in rows
        if since is not None
    ]


async def flags_to_settle(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Flags that the actor's role settles. Those that every caseworker may settle: in cases of theirs or nobody's."""
    mine = [kind for kind, permission in SETTLED_BY.items() if actor.may(permission)]
    of_role = [kind for kind in mine if SETTLED_BY[kind] is not Permission.FLAG_SETTLE_WELFARE]
    rows = await session.execute(
        select(Flag.case_id, number_of(Flag.case_id), Flag.id, Flag.kind, Flag.raised_at)
        .where(
            Flag.settled_at.is_(None),
            Flag.kind.in_(mine),
            in_open_case(
                actor,
                Flag.case_id,
                or_(
                    mine_or_nobodys(actor),
                    Flag.kind.in_(of_role),
                    Flag.kind.in_(IN_DANGER) & late_for(actor, Flag.raised_at),
                ),
            ),
        )
        .order_by(Flag.raised_at, Flag.id)
        .limit(MOST + 1)
    )
    return [
        Waiting(
            Source.FLAG,
            case_id,
            number,
            _("Flag: {kind}").of(kind=FLAG_NAMES[kind]),
            since,
            place=f"#flag-{flag_id}",
            is_danger=kind in IN_DANGER,
            is_worry=True,
        )
        for case_id, number, flag_id, kind, since in rows
    ]


async def follow_ups_due(session: AsyncSession, actor: Actor) -> list[Waiting]:
    rows = await session.execute(
        select(FollowUp.case_id, number_of(FollowUp.case_id), FollowUp.id, FollowUp.wave, FollowUp.due_on)
        .where(
            FollowUp.state.in_(LIVE),
            FollowUp.due_on <= clock.today(),
            in_open_case(actor, FollowUp.case_id, mine_or_nobodys(actor)),
        )
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(MOST + 1)
    )
    return [
        Waiting(
            Source.FOLLOW_UP,
            case_id,
            number,
            _("Follow-up has no answer yet: {wave}").of(wave=wave_name(wave)),
            _midnight(due_on),
            place=f"#follow-up-{follow_up_id}",
        )
        for case_id, number, follow_up_id, wave, due_on in rows
    ]


async def activities_due(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Activities of plans that the actor is responsible for."""
    rows = await session.execute(
        select(PlanActivity.case_id, number_of(PlanActivity.case_id), Plan.created_at, PlanActivity.due_on)
        .join(Plan, Plan.id == PlanActivity.plan_id)
        .where(
            PlanActivity.responsible_id == actor.id,
            PlanActivity.status.in_(UNSETTLED),
            PlanActivity.due_on <= clock.today(),
            Plan.state == PlanState.ACTIVE,
            in_open_case(actor, PlanActivity.case_id),
        )
        .order_by(PlanActivity.due_on, PlanActivity.id)
        .limit(MOST + 1)
    )
    why = _("An activity of the plan is due")
    return [
        Waiting(Source.ACTIVITY, case_id, number, why, since, _midnight(due_on) + timedelta(days=1), "#plan")
        for case_id, number, since, due_on in rows
    ]


async def returns_under_way(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Returns whose next day nobody recorded: departed and not arrived, arrived and not handed over."""
    rows = await session.execute(
        select(
            ReturnJourney.case_id,
            number_of(ReturnJourney.case_id),
            ReturnJourney.departed_on,
            ReturnJourney.arrived_on,
        )
        .where(
            ReturnJourney.step.in_([written(step, ReturnJourney.step) for step in ON_THE_WAY]),
            in_open_case(
                actor,
                ReturnJourney.case_id,
                or_(mine_or_nobodys(actor), late_for(actor, ReturnJourney.departed_on, ON_THE_WAY_FOR)),
            ),
        )
        .order_by(ReturnJourney.departed_on, ReturnJourney.id)
        .limit(MOST + 1)
    )
    left, there = (
        _("The person has departed; nobody has recorded that they arrived"),
        _("The person has arrived; the return is not complete yet"),
    )
    found = []
    for case_id, number, departed_on, arrived_on in rows:
        since = _midnight(arrived_on or departed_on or clock.today())
        why = there if arrived_on else left
        found.append(Waiting(Source.RETURN, case_id, number, why, since, since + ON_THE_WAY_FOR, "/return"))
    return found


async def cases_unowned(session: AsyncSession, actor: Actor) -> list[Waiting]:
    rows = await session.execute(
        open_cases(actor)
        .where(Case.owner_id.is_(None))
        .with_only_columns(Case.id, Case.number, Case.opened_at)
        .order_by(Case.opened_at, Case.id)
        .limit(MOST + 1)
    )
    why = _("Nobody has taken this case yet")
    return [Waiting(Source.UNOWNED, case_id, number, why, since, place="#work") for case_id, number, since in rows]


async def forms_half_filled(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Forms that the actor began with a person, and those that stand still in the chat though the person was told."""
    stands_still = and_(Submission.filled_by.is_(None), Submission.reminded_at.is_not(None), Case.owner_id == actor.id)
    rows = await session.execute(
        select(
            Submission.case_id,
            number_of(Submission.case_id),
            Submission.id,
            Submission.filled_by,
            Submission.started_at,
        )
        .where(
            Submission.state == written(SubmissionState.IN_PROGRESS, Submission.state),
            or_(Submission.filled_by == actor.id, Submission.filled_by.is_(None)),
            in_open_case(actor, Submission.case_id, or_(Submission.filled_by == actor.id, stands_still)),
        )
        .order_by(Submission.started_at, Submission.id)
        .limit(MOST + 1)
    )
    yours, theirs = _("You began a form and did not send it"), _("The person began a form and did not go on")
    return [
        Waiting(
            Source.FORM,
            case_id,
            number,
            yours if filled_by else theirs,
            since,
            place=f"/forms/{submission_id}" if filled_by else "#forms",
        )
        for case_id, number, submission_id, filled_by, since in rows
    ]


SOURCES: tuple[Finding, ...] = (
    tasks_due,
    messages_unanswered,
    flags_to_settle,
    follow_ups_due,
    activities_due,
    returns_under_way,
    cases_unowned,
    forms_half_filled,
    assessments_due,
    *DECISIONS,
)
"""What `cases` knows of; `web.pages.today` adds those of the floors between."""


async def gather(session: AsyncSession, actor: Actor, sources: Sequence[Finding]) -> list[Waiting]:
    """Everything that waits for the actor, ranked; of each source at most one more than `MOST`."""
    found = [each for source in sources for each in await source(session, actor)]
    return rank(found, clock.now())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
