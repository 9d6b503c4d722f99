"""Applications and coaching visits as lines of *Today*: what must be sent, answered or asked after, and by when."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.actor import Actor
from access.rules import Permission
from cases.models import Case
from cases.queries import visible_cases
from cases.rules import HEARD
from cases.waiting import MOST, Source, Waiting, in_open_case, late_for, mine_or_nobodys, number_of, written
from foundation import clock
from foundation.language import Message, _
from referrals.application_models import Application, CoachingVisit
from referrals.application_rules import OPEN_APPLICATIONS, ApplicationState

NEAR = timedelta(days=7)
"""How long before its day something stands there: papers are not got in a morning."""
VISIT_NEAR = timedelta(days=2)
_WHY: dict[ApplicationState, Message] = {
    ApplicationState.PREPARING: _("An application must be submitted"),
    ApplicationState.SUBMITTED: _("An institution should have answered an application: ask after it"),
    ApplicationState.MORE_ASKED: _("An institution waits for what it asked for"),
    ApplicationState.DECIDED: _("An appeal against a decision is possible until this day"),
    ApplicationState.APPEALED: _("An institution should have answered an appeal: ask after it"),
}


async def applications_due(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """Whose day is over or near. An answer is waited for until its day; what is ours to do stands there before."""
    if not actor.may(Permission.APPLICATION_READ):
        return []
    today = clock.today()
    ours = OPEN_APPLICATIONS - {ApplicationState.SUBMITTED, ApplicationState.APPEALED}
    is_near = Application.state.in_([written(state, Application.state) for state in sorted(ours)])
    rows = await session.execute(
        select(Application.id, Application.case_id, number_of(Application.case_id), Application.state)
        .add_columns(Application.opened_at, Application.due_on)
        .where(
            Application.state.in_([written(state, Application.state) for state in _WHY]),
            Application.due_on <= today + NEAR,
            or_(is_near, Application.due_on < today),
            _on_a_case(actor),
        )
        .order_by(Application.due_on, Application.id)
        .limit(MOST + 1)
    )
    return [
        Waiting(Source.APPLICATION, case_id, number, _WHY[state], since, _end_of(due_on), f"/applications/{row_id}")
        for row_id, case_id, number, state, since, due_on in rows
    ]


async def coaching_due(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """The next visit of the last one, when its day is over or near."""
    if not actor.may(Permission.APPLICATION_READ):
        return []
    later = aliased(CoachingVisit)
    rows = await session.execute(
        select(CoachingVisit.case_id, number_of(CoachingVisit.case_id), CoachingVisit.held_on, CoachingVisit.next_on)
        .where(
            CoachingVisit.next_on <= clock.today() + VISIT_NEAR,
            ~exists().where(later.case_id == CoachingVisit.case_id, later.recorded_at > CoachingVisit.recorded_at),
            in_open_case(
                actor, CoachingVisit.case_id, or_(mine_or_nobodys(actor), late_for(actor, CoachingVisit.next_on))
            ),
        )
        .order_by(CoachingVisit.next_on, CoachingVisit.id)
        .limit(MOST + 1)
    )
    why = _("A coaching visit for a business is due")
    return [
        Waiting(Source.COACHING, case_id, number, why, _start_of(held_on), _end_of(next_on), "/business-plan#visits")
        for case_id, number, held_on, next_on in rows
        if next_on is not None
    ]


def _on_a_case(actor: Actor) -> ColumnElement[bool]:
    """Also of a file that was merged into another: its applications go on."""
    seen = visible_cases(actor).where(
        Case.id == Application.case_id,
        Case.status.in_(HEARD),
        or_(mine_or_nobodys(actor), late_for(actor, Application.due_on)),
    )
    return exists(seen.with_only_columns(Case.id))


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _end_of(day: date) -> datetime:
    return _start_of(day) + timedelta(days=1)
