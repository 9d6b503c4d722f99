"""The steps of a follow-up wave: each is checked against FOLLOW_UP_STEPS, and told to the audit log."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases.answers import answers_of
from cases.models import Case, FollowUp
from cases.rules import FOLLOW_UP_STEPS, FollowUpState
from cases.safeguarding import told_or_found
from cases.sheets import ARRIVAL
from cases.waves import Wave
from foundation import audit, clock
from foundation.errors import Conflict, NotFound
from foundation.keys import open_subject
from foundation.language import _

LIVE = frozenset([FollowUpState.PLANNED, FollowUpState.ASKED])
WAS_ASKED = frozenset([FollowUpState.ASKED, FollowUpState.UNREACHABLE])


async def follow_ups_of(session: AsyncSession, case_id: UUID) -> list[FollowUp]:
    """Every wave of a case, the first due first."""
    return list(await session.scalars(_OF_CASE, {"case_id": case_id}))


_OF_CASE = select(FollowUp).where(FollowUp.case_id == bindparam("case_id")).order_by(FollowUp.due_on)


async def find_follow_up(session: AsyncSession, case: Case, follow_up_id: UUID) -> FollowUp:
    row = await session.scalar(
        select(FollowUp).where(FollowUp.id == follow_up_id, FollowUp.case_id == case.id).with_for_update()
    )
    if row is None:
        raise NotFound(_("There is no such follow-up."))
    return row


def move(row: FollowUp, state: FollowUpState) -> None:
    """One step of FOLLOW_UP_STEPS; asking once more is none. Raises Conflict for any other."""
    if state is row.state is FollowUpState.ASKED:
        return
    if state not in FOLLOW_UP_STEPS[row.state]:
        raise Conflict(_("This follow-up is settled already."))
    row.state = state
    if state is not FollowUpState.ASKED:
        row.next_at, row.settled_at = None, clock.now()


async def end(
    session: AsyncSession, case: Case, row: FollowUp, state: FollowUpState, event: str, *, actor: Actor
) -> None:
    move(row, state)
    audit.record(session, actor.id, event, case.id, follow_up=row.id, wave=row.wave)


async def close(session: AsyncSession, case: Case, row: FollowUp, reason: str, *, actor: Actor) -> None:
    """The reason stays in the audit log, and is shown beside the wave."""
    move(row, FollowUpState.CLOSED)
    audit.record(session, actor.id, "followup.closed", case.id, follow_up=row.id, wave=row.wave, reason=reason)


async def form_of(session: AsyncSession, case: Case, wave: Wave) -> str:
    """The id of the form to ask with. Whoever may be a child is asked the children's one."""
    if wave.form_for_children is None or case.person_id is None:
        return wave.form
    arrival = (await answers_of(session, case, await open_subject(session, case.person_id))).get(ARRIVAL, {})
    maybe_child = await told_or_found(session, case.id, arrival.get("maybe_child"))
    return wave.form if maybe_child == "no" else wave.form_for_children


def is_too_late(wave: Wave, due_on: date, today: date) -> bool:
    return today > due_on + timedelta(days=wave.window_days)
