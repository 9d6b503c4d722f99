"""What staff see. Visibility is a query with the actor baked in: a denied case looks like a missing one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON_ID, SYSTEM_ID, Actor, require
from access.models import StaffMember
from access.rules import SCOPES, Permission, Scope
from access.staff import colleagues
from cases.access_models import BrokenGlass
from cases.answers import open_answers, submissions_of
from cases.consent import consents_of
from cases.models import Case, Consent, Flag, Need, Person, Submission
from cases.rules import SETTLED_BY, URGENCY_ORDER, FlagOutcome, NeedStatus
from cases.sheets import sheet_of
from foundation import audit, clock
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.engine import answered
from questionnaire.sheet import Answer, Question, Sheet

HISTORY_EVENTS = frozenset(
    [
        "case.opened",
        "case.assigned",
        "case.moved",
        "case.attended",
        "case.closing_requested",
        "case.closing_returned",
        "case.closing_withdrawn",
        "case.closed",
        "case.reopened",
        "case.team_changed",
        "case.transfer_asked",
        "case.transfer_offered",
        "case.transfer_accepted",
        "case.transfer_declined",
        "case.transfer_refused",
        "case.transfer_revoked",
        "case.merged",
        "case.merged_away",
        "case.separated",
        "case.told_apart",
        "file.copied",
        "glass.broken",
        "glass.reviewed",
        "form.amended",
        "form.requested",
        "form.submitted",
        "form.withdrawn",
        "form.reminded",
        "flag.raised",
        "flag.settled",
        "household.added",
        "household.changed",
        "household.removed",
        "record.written",
        "gate.passed",
        "gate.override_asked",
        "gate.overridden",
        "return.begun",
        "return.moved",
        "return.halted",
        "return.leg_added",
        "return.leg_removed",
        "need.raised",
        "need.settled",
        "message.sent",
        "message.received",
        "message.sent_again",
        "message.waived",
        "call.requested",
        "call.cancelled",
        "call.made",
        "consent.requested",
        "consent.given",
        "consent.refused",
        "consent.withdrawn",
        "best_interests.opened",
        "best_interests.reported",
        "best_interests.seated",
        "best_interests.unseated",
        "best_interests.declared",
        "best_interests.opinion",
        "best_interests.decided",
        "best_interests.informed",
        "contact.extended",
        "phone.code_made",
        "phone.moved",
        "pin.set",
        "pin.removed",
        "referral.created",
        "referral.moved",
        "risk.set",
        "task.opened",
        "task.settled",
        "followup.asked",
        "followup.answered",
        "followup.refused",
        "followup.unreachable",
        "followup.skipped",
        "followup.closed",
        "plan.begun",
        "plan.agreed",
        "plan.submitted",
        "plan.returned",
        "plan.approved",
        "plan.activated",
        "plan.revision_begun",
        "plan.revised",
        "plan.completed",
        "plan.discarded",
        "activity.moved",
        "person.erased",
    ]
)


@dataclass(frozen=True, slots=True)
class FilledForm:
    sheet: Sheet
    submission: Submission
    answers: list[tuple[Question, Answer]]


@dataclass(frozen=True, slots=True)
class FlagView:
    flag: Flag
    note: str | None
    settled_by_name: str | None
    may_settle: bool
    """Open; or confirmed, and yet to be solved."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    at: datetime
    actor_name: str | None
    by_person: bool
    event: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything a case page shows of the case itself; referrals and messages come from their own queries."""

    case: Case
    person: Person | None
    called: str | None
    owner_name: str | None
    forms: list[FilledForm]
    flags: list[FlagView]
    needs: list[Need]
    consents: list[Consent]
    history: list[HistoryEntry]
    colleagues: list[StaffMember]


def visible_cases(actor: Actor) -> Select[Case]:
    """The cases that exist for this actor, with those that they have broken the glass of (see `break_glass`)."""
    cases = select(Case).where(Case.organisation_id == actor.organisation_id)
    if actor.scope is Scope.ORGANISATION:
        return cases
    if actor.scope is Scope.TEAM:
        broken = select(BrokenGlass.case_id).where(BrokenGlass.staff_id == actor.id, BrokenGlass.ends_at > clock.now())
        own = or_(Case.team == actor.team, Case.team.is_(None), Case.owner_id == actor.id, Case.id.in_(broken))
        return cases if actor.team is None else cases.where(own)
    return cases.where(false())


async def find_case(session: AsyncSession, actor: Actor, number: str) -> Case:
    """Raises NotFound for a case that is missing or not for this actor."""
    require(actor, Permission.CASE_READ)
    case = await session.scalar(visible_cases(actor).where(Case.number == number.strip().upper()))
    if case is None:
        raise NotFound(_("There is no such case."))
    return case


async def case_file(session: AsyncSession, actor: Actor, number: str) -> CaseFile:
    """The whole file, opened for someone who may read it."""
    case = await find_case(session, actor, number)
    person = await session.get(Person, case.person_id) if case.person_id else None
    key = await open_subject(session, person.id) if person else None
    return CaseFile(
        case=case,
        person=person,
        called=_called(person, key),
        owner_name=await session.scalar(select(StaffMember.name).where(StaffMember.id == case.owner_id)),
        forms=await _forms(session, case, key),
        flags=await _flags(session, case, key, actor),
        needs=await _needs(session, case),
        consents=await consents_of(session, person.id) if person else [],
        history=await _history(session, case),
        colleagues=[
            each for each in await colleagues(session, case.organisation_id) if SCOPES[each.role] is not Scope.NOTHING
        ],
    )


def record_view(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """Opening a file is an event of its own: the person can ask who did."""
    audit.record(session, actor.id, "case.viewed", case.id, role=actor.role)


def _called(person: Person | None, key: SubjectKey | None) -> str | None:
    if person is None or key is None or person.called is None:
        return None
    return str(key.open(Person.called, person.id, person.called))


async def _forms(session: AsyncSession, case: Case, key: SubjectKey | None) -> list[FilledForm]:
    if key is None:
        return []
    forms = []
    for submission in await submissions_of(session, case):
        sheet = await sheet_of(session, submission.sheet_id, submission.sheet_version)
        answers = open_answers(key, submission)
        forms.append(FilledForm(sheet, submission, answered(sheet, answers)))
    return forms


async def _flags(session: AsyncSession, case: Case, key: SubjectKey | None, actor: Actor) -> list[FlagView]:
    rows = await session.execute(
        select(Flag, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == Flag.settled_by)
        .where(Flag.case_id == case.id)
        .order_by(Flag.settled_at.is_not(None), Flag.raised_at, Flag.rule)
    )
    return [
        FlagView(
            flag,
            key.open(Flag.note, flag.id, flag.note) if key and flag.note else None,
            name,
            flag.outcome in (None, FlagOutcome.CONFIRMED) and actor.may(SETTLED_BY[flag.kind]),
        )
        for flag, name in rows
    ]


async def _needs(session: AsyncSession, case: Case) -> list[Need]:
    needs = await session.scalars(select(Need).where(Need.case_id == case.id))
    return sorted(
        needs, key=lambda need: (need.status is not NeedStatus.OPEN, URGENCY_ORDER.index(need.urgency), need.kind)
    )


async def _history(session: AsyncSession, case: Case) -> list[HistoryEntry]:
    entries = await audit.entries_about(session, case.id, HISTORY_EVENTS)
    names = await session.execute(
        select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_({entry.actor_id for entry in entries}))
    )
    by_id = {row.id: row.name for row in names}
    return [
        HistoryEntry(
            entry.at, by_id.get(entry.actor_id), entry.actor_id in (PERSON_ID, SYSTEM_ID), entry.event, entry.facts
        )
        for entry in entries
    ]
