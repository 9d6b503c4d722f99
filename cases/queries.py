"""What staff see. Visibility is a query with the actor baked in: a denied case looks like a missing one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, exists, false, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.actor import PERSON_ID, SYSTEM_ID, Actor, require
from access.models import StaffMember
from access.rules import SCOPES, Permission, Role, Scope
from cases.access_models import BrokenGlass
from cases.answers import open_answers
from cases.consent import consents_of
from cases.models import Case, Consent, Flag, Need, Person, Submission
from cases.rules import (
    IN_FORCE,
    SETTLED_BY,
    URGENCY_ORDER,
    ConsentKind,
    FlagOutcome,
    NeedStatus,
    SubmissionState,
)
from cases.sheets import sheet_of
from foundation import audit
from foundation.audit import AuditEntry
from foundation.database import STATEMENTS_KEPT, time_of_asking
from foundation.errors import NotFound
from foundation.keys import StoredSubjectKey, unwrap_subject
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
        "case.transfer_expired",
        "case.transfer_held_back",
        "case.merged",
        "case.merged_away",
        "case.separated",
        "case.told_apart",
        "file.copied",
        "lesson.done",
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
        "referral.asked",
        "referral.spoken",
        "referral.settled",
        "offer.made",
        "offer.answered",
        "occupation.entered",
        "occupation.removed",
        "opening.outcome",
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
        "application.opened",
        "application.authorised",
        "application.authorisation_ended",
        "application.submitted",
        "application.more_asked",
        "application.reminded",
        "application.decided",
        "application.appealed",
        "application.closed",
        "application.withdrawn",
        "business_plan.written",
        "coaching.recorded",
        "person.erased",
    ]
)


@dataclass(frozen=True, slots=True)
class FilledForm:
    sheet: Sheet
    submission: Submission
    answers: list[tuple[Question, Answer]]
    told: dict[str, Answer]
    """All answers, with what the form works out and does not show."""
    filled_by_name: str | None
    """Who of the staff filled it in with the person."""


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
    """Sent in, oldest first."""
    drafts: list[Submission]
    """What staff have begun with the person and not sent yet."""
    flags: list[FlagView]
    needs: list[Need]
    consents: list[Consent]
    history: list[HistoryEntry]
    colleagues: list[tuple[UUID, str]]
    """Ids and names of those who may own the case, for whoever may choose among them."""
    has_merged: bool
    """Other files were merged into this one."""
    glass_until: datetime | None
    """When the broken glass closes through which the actor sees the case; None: they need none."""

    @property
    def keeps_data(self) -> bool:
        """The person's agreement to data being kept is in force."""
        return any(each.kind is ConsentKind.DATA and each.state in IN_FORCE for each in self.consents)

    def answers_to(self, sheet_id: str) -> dict[str, Answer]:
        """The newest answers to one form."""
        return next((form.told for form in reversed(self.forms) if form.submission.sheet_id == sheet_id), {})


def visible_cases(actor: Actor) -> Select[Case]:
    """The cases that exist for this actor, with those that they have broken the glass of (see `break_glass`)."""
    cases = select(Case).where(Case.organisation_id == actor.organisation_id)
    if actor.scope is Scope.ORGANISATION:
        return cases
    if actor.scope is Scope.TEAM:
        is_open = BrokenGlass.ends_at > time_of_asking()
        broken = select(BrokenGlass.case_id).where(BrokenGlass.staff_id == actor.id, is_open)
        own = or_(Case.team == actor.team, Case.team.is_(None), Case.owner_id == actor.id, Case.id.in_(broken))
        return cases if actor.team is None else cases.where(own)
    return cases.where(false())


async def find_case(session: AsyncSession, actor: Actor, number: str) -> Case:
    """Raises NotFound for a case that is missing or not for this actor."""
    require(actor, Permission.CASE_READ)
    case: Case | None = await session.scalar(_numbered(actor), {"number": number.strip().upper()})
    if case is None:
        raise NotFound(_("There is no such case."))
    return case


async def case_file(session: AsyncSession, actor: Actor, number: str) -> CaseFile:
    """The whole file, opened for someone who may read it."""
    require(actor, Permission.CASE_READ)
    row = (await session.execute(_opening(actor), {"number": number.strip().upper()})).one_or_none()
    if row is None:
        raise NotFound(_("There is no such case."))
    case, person = row.Case, row.Person
    key = unwrap_subject(session, row.StoredSubjectKey) if person and row.StoredSubjectKey else None
    forms, drafts = await _forms(session, case, key)
    return CaseFile(
        case=case,
        person=person,
        called=_called(person, key),
        owner_name=row.owner_name,
        forms=forms,
        drafts=drafts,
        flags=await _flags(session, case, key, actor),
        needs=await _needs(session, case),
        consents=await consents_of(session, person.id) if person else [],
        history=await _history(session, case),
        colleagues=await _colleagues(session, case) if actor.may(Permission.CASE_ASSIGN) else [],
        has_merged=row.has_merged,
        glass_until=row.glass_until,
    )


def record_view(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """Opening a file is an event of its own: the person can ask who did."""
    audit.record(session, actor.id, "case.viewed", case.id, role=actor.role)


def _called(person: Person | None, key: SubjectKey | None) -> str | None:
    if person is None or key is None or person.called is None:
        return None
    return str(key.open(Person.called, person.id, person.called))


@lru_cache(STATEMENTS_KEPT)
def _numbered(actor: Actor) -> Select[Case]:
    """Kept, as all statements of the case page: building one takes longer than running it."""
    return visible_cases(actor).where(Case.number == bindparam("number"))


@lru_cache(STATEMENTS_KEPT)
def _opening(actor: Actor) -> Select[*tuple[Any, ...]]:
    merged = aliased(Case)
    glass = select(func.max(BrokenGlass.ends_at)).where(
        BrokenGlass.case_id == Case.id, BrokenGlass.staff_id == actor.id, BrokenGlass.ends_at > time_of_asking()
    )
    return (
        _numbered(actor)
        .outerjoin(Person, Person.id == Case.person_id)
        .outerjoin(StoredSubjectKey, StoredSubjectKey.subject_id == Case.person_id)
        .outerjoin(StaffMember, StaffMember.id == Case.owner_id)
        .add_columns(
            Person,
            StoredSubjectKey,
            StaffMember.name.label("owner_name"),
            exists().where(merged.survivor_id == Case.id).label("has_merged"),
            glass.scalar_subquery().label("glass_until"),
        )
    )


_FORMS = (
    select(Submission, StaffMember.name)
    .outerjoin(StaffMember, StaffMember.id == Submission.filled_by)
    .where(
        Submission.case_id == bindparam("case_id"),
        or_(
            Submission.state == SubmissionState.SUBMITTED,
            and_(Submission.state == SubmissionState.IN_PROGRESS, Submission.filled_by.is_not(None)),
        ),
    )
    .order_by(Submission.submitted_at, Submission.started_at)
)
_FLAGS = (
    select(Flag, StaffMember.name)
    .outerjoin(StaffMember, StaffMember.id == Flag.settled_by)
    .where(Flag.case_id == bindparam("case_id"))
    .order_by(Flag.settled_at.is_not(None), Flag.raised_at, Flag.rule)
)
_NEEDS = select(Need).where(Need.case_id == bindparam("case_id"))
_HISTORY = (
    select(AuditEntry.at, AuditEntry.actor_id, AuditEntry.event, AuditEntry.facts, StaffMember.name)
    .outerjoin(StaffMember, StaffMember.id == AuditEntry.actor_id)
    .where(
        AuditEntry.subject_id == bindparam("case_id"),
        # As part of the text: a hundred parameters are slower to hand over than the rows are to read.
        AuditEntry.event.op("IN")(
            literal_column("(" + ", ".join(f"'{code}'" for code in sorted(HISTORY_EVENTS)) + ")")
        ),
    )
    .order_by(AuditEntry.id)
)
_COLLEAGUES = (
    select(StaffMember.id, StaffMember.name)
    .where(
        StaffMember.organisation_id == bindparam("organisation_id"),
        StaffMember.disabled_at.is_(None),
        StaffMember.role.in_([role for role in Role if SCOPES[role] is not Scope.NOTHING]),
    )
    .order_by(StaffMember.name)
)


async def _forms(
    session: AsyncSession, case: Case, key: SubjectKey | None
) -> tuple[list[FilledForm], list[Submission]]:
    """What was sent in, and what staff have begun."""
    if key is None:
        return [], []
    forms, drafts = [], []
    for submission, name in await session.execute(_FORMS, {"case_id": case.id}):
        if submission.state is not SubmissionState.SUBMITTED:
            drafts.append(submission)
            continue
        sheet = await sheet_of(session, submission.sheet_id, submission.sheet_version)
        answers = open_answers(key, submission)
        forms.append(FilledForm(sheet, submission, answered(sheet, answers), answers, name))
    return forms, sorted(drafts, key=lambda draft: draft.started_at)


async def _flags(session: AsyncSession, case: Case, key: SubjectKey | None, actor: Actor) -> list[FlagView]:
    return [
        FlagView(
            flag,
            key.open(Flag.note, flag.id, flag.note) if key and flag.note else None,
            name,
            flag.outcome in (None, FlagOutcome.CONFIRMED) and actor.may(SETTLED_BY[flag.kind]),
        )
        for flag, name in await session.execute(_FLAGS, {"case_id": case.id})
    ]


async def _needs(session: AsyncSession, case: Case) -> list[Need]:
    needs = await session.scalars(_NEEDS, {"case_id": case.id})
    return sorted(
        needs, key=lambda need: (need.status is not NeedStatus.OPEN, URGENCY_ORDER.index(need.urgency), need.kind)
    )


async def _history(session: AsyncSession, case: Case) -> list[HistoryEntry]:
    return [
        HistoryEntry(row.at, row.name, row.actor_id in (PERSON_ID, SYSTEM_ID), row.event, row.facts)
        for row in await session.execute(_HISTORY, {"case_id": case.id})
    ]


async def _colleagues(session: AsyncSession, case: Case) -> list[tuple[UUID, str]]:
    rows = await session.execute(_COLLEAGUES, {"organisation_id": case.organisation_id})
    return [(row.id, row.name) for row in rows]
