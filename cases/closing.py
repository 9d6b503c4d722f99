"""Closing and reopening a case: nothing is left open, a second person agrees, the person knows how to come back.

What partners still do is known one floor above: a front door calls `referrals.closing`, never the two verbs here that
ask for `open_referrals`. A closed case is kept as long as the person was told, then retention erases it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.casework_models import CaseTransfer, Closing
from cases.casework_rules import (
    ADULT_REASONS,
    CHILD_REASONS,
    CLOSING_STEPS,
    OPEN_TRANSFERS,
    TOLD_NOBODY,
    ClosingReason,
    ClosingState,
    NoSurvey,
    ReopeningReason,
)
from cases.consent import has_data_consent
from cases.journeys import live_journey
from cases.linking import has_chat
from cases.messages import announce, person_of
from cases.models import Case, Flag, SurveyResult, Task
from cases.notices import KEPT_MONTHS
from cases.person_words import CASE_CLOSED
from cases.rules import ENDED, SETTLED_BY, CaseStatus, FlagOutcome, Phase
from cases.safeguarding import may_be_child, open_flags, settle_flag
from cases.same_person import files_of_person
from cases.tasks import open_tasks, settle_task
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import free_of_accounts


@dataclass(frozen=True, slots=True)
class Wish:
    """What whoever wants to close a case says. `no_survey` counts only where there is no survey."""

    reason: ClosingReason
    ended_on: date
    note: str
    handed_over: str = ""
    no_survey: NoSurvey | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What is not settled in a person's files. Tasks and flags of welfare can be handed over; the rest cannot."""

    tasks: list[Task] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    officers_flags: list[Flag] = field(default_factory=list)
    """Of a child's or a person's protection: the officer settles them before the case is closed."""
    waits_for_answer: bool = False
    transfer: bool = False

    @property
    def to_hand_over(self) -> bool:
        return bool(self.tasks or self.flags)


@dataclass(frozen=True, slots=True)
class ClosingView:
    closing: Closing
    note: str
    handed_over: str
    decision_note: str
    reopening_note: str
    requested_by_name: str
    decided_by_name: str | None
    reopened_by_name: str | None


async def request_closing(
    session: AsyncSession, case: Case, wish: Wish, *, open_referrals: int, actor: Actor
) -> Closing:
    """Ask a second person to close the case. Raises Conflict for what is left open, Invalid for what is not said."""
    require(actor, Permission.CASE_CLOSE)
    await session.refresh(case, with_for_update=True)
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    if await waiting_closing(session, case) is not None:
        raise Conflict(_("Somebody has asked already that this case be closed."))
    handed_over = wish.handed_over.strip()
    _check_wish(case, wish, is_child=await may_be_child(session, case.id))
    await _require_settled(session, case, open_referrals, bool(handed_over))
    survey_id = await last_survey(session, case)
    if survey_id is None and wish.no_survey is None:
        raise Invalid(_("There is no reintegration survey. Say why."))
    key = await open_subject(session, (await person_of(session, case)).id)
    closing_id = uuid4()
    closing = Closing(
        id=closing_id,
        case_id=case.id,
        state=ClosingState.REQUESTED,
        reason=wish.reason,
        ended_on=wish.ended_on,
        note=key.seal(Closing.note, closing_id, free_of_accounts(wish.note.strip())),
        handed_over=key.seal(Closing.handed_over, closing_id, free_of_accounts(handed_over)) if handed_over else None,
        survey_id=survey_id,
        no_survey=wish.no_survey if survey_id is None else None,
        phase_before=case.phase,
        requested_by=actor.id,
        requested_at=clock.now(),
    )
    session.add(closing)
    audit.record(session, actor.id, "case.closing_requested", case.id, closing=closing_id, why=wish.reason)
    return closing


async def approve_closing(session: AsyncSession, case: Case, *, open_referrals: int, actor: Actor) -> None:
    """A second person agrees: the case is closed, its clock starts, and the person is told how to come back.

    Raises NotAllowed for whoever asked for it, Conflict when something has come up since.
    """
    closing = await _find_to_decide(session, case, actor)
    handed_over = closing.handed_over is not None
    await _require_settled(session, case, open_referrals, handed_over)
    if handed_over:
        await _hand_over(session, case, closing, actor)
    _step(closing, ClosingState.APPROVED)
    closing.decided_by, closing.decided_at = actor.id, clock.now()
    left_to_others = closing.reason is ClosingReason.TRANSFERRED
    case.status = CaseStatus.TRANSFERRED if left_to_others else CaseStatus.CLOSED
    case.phase = Phase.CLOSED
    case.closed_at = clock.now()
    case.erase_after = months_after(case.closed_at, KEPT_MONTHS)
    case.attention_at = None
    audit.record(session, actor.id, "case.closed", case.id, closing=closing.id, why=closing.reason)
    if closing.reason not in TOLD_NOBODY:
        await _tell(session, case)


async def send_back(session: AsyncSession, case: Case, note: str, *, actor: Actor) -> None:
    """The second person does not agree, and says what is missing. The case goes on."""
    closing = await _find_to_decide(session, case, actor)
    words = note.strip()
    if not words:
        raise Invalid(_("Write what is missing."))
    key = await open_subject(session, (await person_of(session, case)).id)
    _step(closing, ClosingState.RETURNED)
    closing.decided_by, closing.decided_at = actor.id, clock.now()
    closing.decision_note = key.seal(Closing.decision_note, closing.id, free_of_accounts(words))
    audit.record(session, actor.id, "case.closing_returned", case.id, closing=closing.id)


async def withdraw_closing(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """The case is not to be closed after all, before anyone has decided."""
    require(actor, Permission.CASE_CLOSE)
    closing = await waiting_closing(session, case, lock=True)
    if closing is None:
        raise Conflict(_("Nobody waits for an approval here."))
    _step(closing, ClosingState.WITHDRAWN)
    audit.record(session, actor.id, "case.closing_withdrawn", case.id, closing=closing.id)


async def reopen(session: AsyncSession, case: Case, reason: ReopeningReason, note: str, *, actor: Actor) -> None:
    """The case goes on under its number, where it was; its clock stops. Raises Conflict if it had not ended."""
    require(actor, Permission.CASE_REOPEN)
    await session.refresh(case, with_for_update=True)
    if case.status not in ENDED:
        raise Conflict(_("This case is not closed."))
    person = await person_of(session, case)
    if not await has_data_consent(session, person.id):
        raise Conflict(_("The person has taken back their agreement to data being kept."))
    words = note.strip()
    if not words:
        raise Invalid(_("Write why the case is opened again."))
    closing = await session.scalar(
        select(Closing).where(Closing.case_id == case.id, Closing.state == ClosingState.APPROVED).with_for_update()
    )
    if closing is not None:
        key = await open_subject(session, person.id)
        _step(closing, ClosingState.REOPENED)
        closing.reopened_by, closing.reopened_at, closing.reopening_reason = actor.id, clock.now(), reason
        closing.reopening_note = key.seal(Closing.reopening_note, closing.id, free_of_accounts(words))
    case.status = CaseStatus.OPEN
    case.phase = Phase.ASSESSMENT if closing is None else closing.phase_before
    case.closed_at = case.erase_after = None
    audit.record(session, actor.id, "case.reopened", case.id, reopened_for=reason)


async def what_is_left(session: AsyncSession, case: Case) -> Left:
    """Everything that stands against closing, in every file of the person; referrals are known one floor above."""
    left = Left(
        transfer=await session.scalar(
            select(CaseTransfer.id).where(CaseTransfer.case_id == case.id, CaseTransfer.state.in_(OPEN_TRANSFERS))
        )
        is not None,
        waits_for_answer=any(each.unanswered_at is not None for each in await files_of_person(session, case)),
    )
    for each in await files_of_person(session, case):
        left.tasks.extend(await open_tasks(session, each.id))
        for flag in await open_flags(session, each.id):
            is_welfare = SETTLED_BY[flag.kind] is Permission.FLAG_SETTLE_WELFARE
            (left.flags if is_welfare else left.officers_flags).append(flag)
    return left


async def waiting_closing(session: AsyncSession, case: Case, *, lock: bool = False) -> Closing | None:
    waiting = select(Closing).where(Closing.case_id == case.id, Closing.state == ClosingState.REQUESTED)
    return await session.scalar(waiting.with_for_update() if lock else waiting)


async def last_survey(session: AsyncSession, case: Case) -> UUID | None:
    """The submission of the newest reintegration survey, in any file of the person."""
    files = [each.id for each in await files_of_person(session, case)]
    return await session.scalar(
        select(SurveyResult.submission_id)
        .where(SurveyResult.case_id.in_(files))
        .order_by(SurveyResult.scored_at.desc())
        .limit(1)
    )


async def closings_of(session: AsyncSession, case: Case) -> list[ClosingView]:
    """Every request to close this case, newest first, opened for someone who may read the case."""
    if case.person_id is None:
        return []
    found = await session.scalars(
        select(Closing).where(Closing.case_id == case.id).order_by(Closing.requested_at.desc(), Closing.id)
    )
    closings = found.all()
    names = await _names(session, closings)
    key = await open_subject(session, case.person_id)
    return [_view(key, each, names) for each in closings]


def months_after(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or the last day of a shorter month."""
    index = moment.month - 1 + months
    year, month = moment.year + index // 12, index % 12 + 1
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month)


def _view(key: SubjectKey, closing: Closing, names: dict[UUID, str]) -> ClosingView:
    return ClosingView(
        closing=closing,
        note=key.open(Closing.note, closing.id, closing.note),
        handed_over=key.open(Closing.handed_over, closing.id, closing.handed_over) if closing.handed_over else "",
        decision_note=(
            key.open(Closing.decision_note, closing.id, closing.decision_note) if closing.decision_note else ""
        ),
        reopening_note=(
            key.open(Closing.reopening_note, closing.id, closing.reopening_note) if closing.reopening_note else ""
        ),
        requested_by_name=names[closing.requested_by],
        decided_by_name=names.get(closing.decided_by) if closing.decided_by else None,
        reopened_by_name=names.get(closing.reopened_by) if closing.reopened_by else None,
    )


async def _names(session: AsyncSession, closings: Sequence[Closing]) -> dict[UUID, str]:
    ids = {each for one in closings for each in (one.requested_by, one.decided_by, one.reopened_by) if each}
    found = await session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids)))
    return {row.id: row.name for row in found}


def _check_wish(case: Case, wish: Wish, *, is_child: bool) -> None:
    if wish.reason not in (CHILD_REASONS if is_child else ADULT_REASONS):
        raise Invalid(_("This reason does not fit: choose one of the reasons for a child, or for an adult."))
    if not case.opened_at.date() <= wish.ended_on <= clock.today():
        raise Invalid(_("The last day of support lies between the day the case was opened and today."))
    if not wish.note.strip():
        raise Invalid(_("Write how it ended."))


async def _require_settled(session: AsyncSession, case: Case, open_referrals: int, handed_over: bool) -> None:  # noqa: FBT001  # a fact, not a switch
    left = await what_is_left(session, case)
    if left.waits_for_answer:
        raise Conflict(_("The person waits for an answer. Answer them first."))
    if open_referrals:
        raise Conflict(_("Referrals are open. They must have ended, or be taken back."))
    if await live_journey(session, case) is not None:
        raise Conflict(_("A return is being prepared or on its way. Complete or halt it first."))
    if left.transfer:
        raise Conflict(_("The case is offered to another organisation. Take that back first."))
    if left.officers_flags:
        raise Conflict(_("A protection flag is open. The officer responsible for it settles it first."))
    if left.to_hand_over and not handed_over:
        raise Conflict(_("Tasks or flags are open. Settle them, or write who takes them over."))


async def _find_to_decide(session: AsyncSession, case: Case, actor: Actor) -> Closing:
    require(actor, Permission.CASE_APPROVE_CLOSING)
    await session.refresh(case, with_for_update=True)
    closing = await waiting_closing(session, case, lock=True)
    if closing is None:
        raise Conflict(_("Nobody waits for an approval here."))
    if closing.requested_by == actor.id:
        raise NotAllowed(_("Nobody approves what they asked for themselves. Another supervisor decides."))
    if case.status is not CaseStatus.OPEN:
        raise Conflict(_("This case is not open."))
    return closing


async def _hand_over(session: AsyncSession, case: Case, closing: Closing, actor: Actor) -> None:
    """What was handed over ends here: tasks are done, flags are in other hands, as the requester has written."""
    key = await open_subject(session, (await person_of(session, case)).id)
    if closing.handed_over is None:
        return
    words = str(key.open(Closing.handed_over, closing.id, closing.handed_over))
    left = await what_is_left(session, case)
    by_id = {each.id: each for each in await files_of_person(session, case)}
    for task in left.tasks:
        await settle_task(session, by_id[task.case_id], task.id, actor=actor)
    for flag in left.flags:
        await settle_flag(session, by_id[flag.case_id], flag.id, FlagOutcome.CONFIRMED, words, actor=actor)


async def _tell(session: AsyncSession, case: Case) -> None:
    """In every chat that the person has; the words stand in the conversation too."""
    for each in await files_of_person(session, case):
        if each.id == case.id or (each.person_id is not None and await has_chat(session, each.person_id)):
            await announce(session, each, CASE_CLOSED)


def _step(closing: Closing, state: ClosingState) -> None:
    if state not in CLOSING_STEPS[closing.state]:
        raise Conflict(_("This was decided already."))
    closing.state = state
