"""Many people referred to one course or job fair at once: a draft each, and each is asked for their own consent."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.models import Case
from cases.queries import visible_cases
from cases.rules import NeedKind, Urgency
from foundation.errors import Conflict, Invalid, NotFound, Refusal
from foundation.language import Message, _
from referrals.opening_models import Course, OpeningMatch, OpeningOutcome
from referrals.opening_rules import Outcome
from referrals.openings import find_opening
from referrals.outcomes import can_be_offered, note_outcome
from referrals.referring import create_referral
from referrals.rules import SharedField

MOST = 200
"""People at once."""


@dataclass(frozen=True, slots=True)
class Invitable:
    """A case of the actor's own that the course fits and that nobody has told of it."""

    case: Case
    need_kind: NeedKind
    nearness: int


@dataclass(frozen=True, slots=True)
class Left:
    """Who could not be asked, and why."""

    number: str
    reason: Message


@dataclass(frozen=True, slots=True)
class Invited:
    asked: list[str]
    """Numbers of the cases."""
    left: list[Left]


async def invitable(session: AsyncSession, actor: Actor, course: Course) -> list[Invitable]:
    """The actor's own cases among those that the last matching found for it, the nearest first; at most `MOST`."""
    require(actor, Permission.REFERRAL_CREATE)
    told = select(OpeningOutcome.case_id).where(OpeningOutcome.course_id == course.id)
    rows = await session.execute(
        visible_cases(actor)
        .join(OpeningMatch, OpeningMatch.case_id == Case.id)
        .where(OpeningMatch.course_id == course.id, Case.owner_id == actor.id, Case.id.not_in(told))
        .add_columns(OpeningMatch.need_kind, OpeningMatch.nearness)
        .order_by(OpeningMatch.nearness, Case.number)
        .limit(MOST)
    )
    return [Invitable(case, need_kind, nearness) for case, need_kind, nearness in rows]


async def invite(
    session: AsyncSession,
    course_id: UUID,
    numbers: list[str],
    *,
    fields: list[SharedField],
    note: str,
    actor: Actor,
) -> Invited:
    """Prepare a referral for each case, with one note for all. Those who cannot be asked are told of; the others go on.

    Raises Invalid for nobody or too many, Conflict for a course that cannot be offered or names no service.
    """
    require(actor, Permission.REFERRAL_CREATE)
    wanted = list(dict.fromkeys(numbers))
    if not 0 < len(wanted) <= MOST:
        raise Invalid(_("Choose from 1 to {count} people."), count=MOST)
    course = await find_opening(session, actor, Course, course_id)
    if not can_be_offered(course):
        raise Conflict(_("This cannot be offered to anyone at the moment."))
    if course.service_id is None:
        raise Conflict(_("No service is named through which people are referred to this."))
    known = {each.case.number: each for each in await invitable(session, actor, course)}
    asked: list[str] = []
    left: list[Left] = []
    for number in wanted:
        try:
            if number not in known:
                raise NotFound(_("It is not among your cases that this fits and that were not told yet."))
            # One who cannot be asked undoes nothing of the others.
            async with session.begin_nested():
                await _invite_one(session, course, course.service_id, known[number], fields, note, actor=actor)
        except Refusal as refusal:
            left.append(Left(number, refusal.message))
        else:
            asked.append(number)
    return Invited(asked, left)


async def _invite_one(
    session: AsyncSession,
    course: Course,
    service_id: UUID,
    one: Invitable,
    fields: list[SharedField],
    note: str,
    *,
    actor: Actor,
) -> None:
    await create_referral(
        session,
        one.case,
        service_id=service_id,
        need_kind=one.need_kind,
        urgency=Urgency.NORMAL,
        fields=fields,
        note=note,
        actor=actor,
    )
    await note_outcome(session, one.case, course.kind, course.id, Outcome.TOLD, actor=actor)
