"""What comes of a vacancy or a course for a person: one setter, so that places and outcomes never tell two stories."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import Actor, require
from access.rules import Permission
from cases.models import Case
from cases.rules import CaseStatus
from cases.safeguarding import may_be_child
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import _
from referrals.opening_models import Course, Opening, OpeningMatch, OpeningOutcome, Vacancy
from referrals.opening_rules import (
    NEEDS_REASON,
    OUTCOME_STEPS,
    TAKES_A_PLACE,
    EndReason,
    OpeningKind,
    OpeningStatus,
    Outcome,
)

BEGINS = frozenset([Outcome.SUGGESTED, Outcome.TOLD, Outcome.INTERESTED, Outcome.NOT_INTERESTED])
"""With what one begins that nothing was noted of before."""


async def note_outcome(
    session: AsyncSession,
    case: Case,
    kind: OpeningKind,
    opening_id: UUID,
    outcome: Outcome,
    *,
    reason: EndReason | None = None,
    day: date | None = None,
    actor: Actor,
) -> OpeningOutcome:
    """Note how far a person is. `day`: on which a job or course began for them, if it did not today.

    Raises Conflict for a step that does not exist, when no place is left, and for what is not offered; Invalid for
    an end without a reason; NotFound for an opening that is none.
    """
    require(actor, Permission.OPENING_FOLLOW)
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    opening = await _find(session, kind, opening_id)
    found = await _outcome_of(session, case, opening)
    if found is None:
        found = await _begin(session, case, opening, outcome, actor=actor)
    elif outcome not in OUTCOME_STEPS[opening.kind][found.outcome]:
        raise Conflict(_("This cannot follow what was noted before."))
    if (reason is not None) != (outcome in NEEDS_REASON):
        raise Invalid(_("Say why it ended, and only then."))
    if day is not None and day > clock.today():
        raise Invalid(_("The day lies in the future."))
    _count_places(opening, found, outcome)
    if outcome in (Outcome.STARTED, Outcome.ATTENDED):
        found.started_on = day or clock.today()
    found.outcome, found.reason, found.noted_at, found.noted_by = outcome, reason, clock.now(), actor.id
    audit.record(
        session,
        actor.id,
        "opening.outcome",
        case.id,
        opening=opening.id,
        kind=opening.kind,
        outcome=outcome,
        reason=reason,
    )
    await session.flush()
    return found


async def outcomes_of(session: AsyncSession, case_ids: list[UUID]) -> list[OpeningOutcome]:
    """The newest first, each with its vacancy or course and the organisation."""
    return list(
        await session.scalars(
            select(OpeningOutcome)
            .where(OpeningOutcome.case_id.in_(case_ids))
            .options(
                joinedload(OpeningOutcome.vacancy).joinedload(Vacancy.organisation),
                joinedload(OpeningOutcome.course).joinedload(Course.organisation),
            )
            .order_by(OpeningOutcome.noted_at.desc(), OpeningOutcome.id)
        )
    )


async def matches_of(session: AsyncSession, case: Case) -> list[OpeningMatch]:
    """What fits the case's needs and can still be offered, best first, of which nothing has been noted yet."""
    noted = await outcomes_of(session, [case.id])
    known = {each.vacancy_id or each.course_id for each in noted}
    rows = await session.scalars(
        select(OpeningMatch)
        .where(OpeningMatch.case_id == case.id)
        .options(
            joinedload(OpeningMatch.vacancy).joinedload(Vacancy.organisation),
            joinedload(OpeningMatch.vacancy).joinedload(Vacancy.service),
            joinedload(OpeningMatch.course).joinedload(Course.organisation),
            joinedload(OpeningMatch.course).joinedload(Course.service),
        )
        .order_by(OpeningMatch.need_kind, OpeningMatch.kind, OpeningMatch.rank)
        .execution_options(populate_existing=True)
    )
    return [each for each in rows if each.opening.id not in known and can_be_offered(each.opening)]


def can_be_offered(opening: Opening) -> bool:
    """As `opening_models.is_offered` says it to the database."""
    if isinstance(opening, Vacancy) and not opening.is_vetted:
        return False
    is_open = opening.status is OpeningStatus.OPEN and opening.apply_until >= clock.today()
    return is_open and (opening.places_left is None or opening.places_left > 0)


def _count_places(opening: Opening, found: OpeningOutcome, outcome: Outcome) -> None:
    """A place is taken when somebody starts; it comes back when they leave before the vacancy or course begins."""
    had, has = found.outcome in TAKES_A_PLACE, outcome in TAKES_A_PLACE
    if opening.places_left is None or opening.places is None or had == has:
        return
    if has:
        if opening.places_left == 0:
            raise Conflict(_("No place is left."))
        opening.places_left -= 1
    elif opening.starts_on is not None and opening.starts_on > clock.today():
        opening.places_left = min(opening.places, opening.places_left + 1)


async def _begin(
    session: AsyncSession, case: Case, opening: Opening, outcome: Outcome, *, actor: Actor
) -> OpeningOutcome:
    if outcome not in BEGINS:
        raise Conflict(_("First note what the person says to it."))
    if not can_be_offered(opening):
        raise Conflict(_("This cannot be offered to anyone at the moment."))
    if opening.kind is not OpeningKind.COURSE and await may_be_child(session, case.id):
        raise Conflict(_("This person may be a child: no job is offered to a child."))
    is_vacancy = isinstance(opening, Vacancy)
    found = OpeningOutcome(
        id=uuid4(),
        case_id=case.id,
        vacancy_id=opening.id if is_vacancy else None,
        course_id=None if is_vacancy else opening.id,
        outcome=outcome,
        noted_at=clock.now(),
        noted_by=actor.id,
    )
    session.add(found)
    return found


async def _find(session: AsyncSession, kind: OpeningKind, opening_id: UUID) -> Opening:
    """Locked: two may take the last place at once."""
    table: type[Vacancy | Course] = Vacancy if kind is OpeningKind.VACANCY else Course
    opening: Opening | None = await session.scalar(
        select(table).where(table.id == opening_id).with_for_update(), execution_options={"populate_existing": True}
    )
    if opening is None or opening.kind is not kind:
        raise NotFound(_("There is no such vacancy or course."))
    return opening


async def _outcome_of(session: AsyncSession, case: Case, opening: Opening) -> OpeningOutcome | None:
    is_it: ColumnElement[bool] = (
        OpeningOutcome.vacancy_id == opening.id
        if isinstance(opening, Vacancy)
        else OpeningOutcome.course_id == opening.id
    )
    found: OpeningOutcome | None = await session.scalar(
        select(OpeningOutcome).where(OpeningOutcome.case_id == case.id, is_it).with_for_update()
    )
    return found
