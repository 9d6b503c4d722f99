"""The schema of the copy that a person gets of their own file. Whoever reads the JSON elsewhere can rely on it.

Left out: tasks, flags, levels of risk and the assessments that staff fill in, which are the staff's own work, may name
others, and are not for a phone that others read: a caseworker goes through an assessment with whoever asks; complaints,
which have a key of their own so that whoever opens the case learns nothing of them.
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue

from access.rules import Role
from cases.rules import (
    CallOutcome,
    CallTime,
    CaseStatus,
    ConsentKind,
    ConsentState,
    Direction,
    FileKind,
    FollowUpState,
    GivenBy,
    NeedKind,
    NeedStatus,
    Phase,
    SubmissionState,
    Urgency,
)
from cases.work_models import CodeOrigin
from referrals.application_rules import ApplicationState, Given, Outcome, Standing
from referrals.application_rules import Entry as ApplicationEntryKind
from referrals.opening_rules import EndReason, OpeningKind
from referrals.opening_rules import Outcome as OpeningOutcome
from referrals.rules import DeclineReason, Helped, OfferState, Received, ReferralState
from referrals.work_periods import Insured, WorkStatus

FORMAT: Literal["homeward-person-file-1"] = "homeward-person-file-1"


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnswerEntry(Entry):
    key: str
    question: str
    answer: str
    """In words, in the language of the copy; empty for a question that was skipped."""
    value: JsonValue
    """As it is stored."""


class FormEntry(Entry):
    form: str
    version: str
    title: str
    state: SubmissionState
    language: str
    started_at: datetime
    sent_at: datetime | None
    filled_in_by_staff: bool
    corrects_an_earlier_one: bool
    answers: list[AnswerEntry]
    worked_out: dict[str, JsonValue]
    """What the form itself works out of the answers."""
    score: JsonValue
    """What a survey's answers add up to; null where nothing is added up."""


class ConsentEntry(Entry):
    record: UUID
    kind: ConsentKind
    purpose: str
    recipient: str | None
    covers: list[str]
    state: ConsentState
    given_by: GivenBy
    notice: str
    notice_hash: str
    language: str
    requested_at: datetime
    decided_at: datetime | None
    child_agreed_at: datetime | None
    withdrawn_at: datetime | None


class NeedEntry(Entry):
    kind: NeedKind
    name: str
    urgency: Urgency
    status: NeedStatus
    found_at: datetime


class FileEntry(Entry):
    """A file itself is not in the copy: the person has sent it, or got it, in the chat."""

    id: UUID
    kind: FileKind
    media_type: str
    bytes: int
    name: str
    stored_at: datetime
    kept_until: datetime | None


class MessageEntry(Entry):
    direction: Direction
    text: str
    file: UUID | None
    sent_at: datetime


class ReferralEntry(Entry):
    service: str
    organisation: str
    need: NeedKind
    urgency: Urgency
    state: ReferralState
    state_in_words: str
    reason: DeclineReason | None
    created_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    answered_at: datetime | None
    note: str | None
    """What the caseworker wrote for the organisation."""
    disclosed: dict[str, JsonValue] | None
    """What the organisation may read now; null when it may read nothing."""
    received: Received | None
    """Whether the person got the help, in their own word."""
    helped: Helped | None
    in_their_words: list[str]
    """What the person said of it, in the language of the copy."""
    settled: str | None
    """What was found where the organisation said otherwise."""


class OfferEntry(Entry):
    """Services that the person could choose from."""

    need: NeedKind
    services: list[str]
    note: str | None
    """What the caseworker would tell the one that is chosen."""
    state: OfferState
    offered_at: datetime
    answered_at: datetime | None


class ApplicationStepEntry(Entry):
    what: ApplicationEntryKind
    on_day: date
    due_on: date | None
    outcome: Outcome | None
    note: str
    by_the_person: bool


class ApplicationDocumentEntry(Entry):
    name: str
    standing: Standing
    note: str
    file: UUID | None


class WorkPeriodEntry(Entry):
    starts_on: date
    ends_on: date | None
    employer: str
    place: str
    work: str
    status: WorkStatus
    insured: Insured
    scheme: str
    proof: str


class ApplicationEntry(Entry):
    """Something applied for in the person's name."""

    kind: str
    name: str
    state: ApplicationState
    state_in_words: str
    institution: str
    country: str
    reference: str
    details: dict[str, str]
    amount: str | None
    currency: str | None
    due_on: date | None
    submitted_on: date | None
    decided_on: date | None
    outcome: Outcome | None
    authorised_on: date | None
    authorised_how: Given | None
    authorisation: str
    """What they agreed that the institution is given."""
    documents: list[ApplicationDocumentEntry]
    periods: list[WorkPeriodEntry]
    steps: list[ApplicationStepEntry]
    plan: JsonValue
    """The business plan as it was submitted."""


class CoachingEntry(Entry):
    held_on: date
    agreed: str
    next_on: date | None


class ShareEntry(Entry):
    recipient: str
    covers: list[str]
    consent: UUID | None
    shared_at: datetime
    opened_at: datetime | None
    delete_asked_at: datetime | None
    """When the recipient was told to delete it."""
    deleted_at: datetime | None
    """When the recipient confirmed that it has."""


class OpeningEntry(Entry):
    day: date
    role: Role
    times: int


class CallBackEntry(Entry):
    number: str
    channel: str
    at: CallTime
    safe_words: str | None
    requested_at: datetime
    outcome: CallOutcome | None


class FollowUpEntry(Entry):
    wave: str
    due_on: date
    state: FollowUpState


class JobEntry(Entry):
    """A job, a course or a job fair that the person was told of, and what came of it."""

    title: str
    kind: OpeningKind
    organisation: str
    outcome: OpeningOutcome
    outcome_in_words: str
    reason: EndReason | None
    started_on: date | None
    noted_at: datetime


class WorkCodeEntry(Entry):
    """A code of their work or education, by which jobs and courses are found."""

    scheme: str
    code: str
    origin: CodeOrigin


class LessonEntry(Entry):
    """A lesson about money that the person finished. Which answers they chose is not kept."""

    lesson: str
    title: str
    right_answers: int
    questions: int
    done_at: datetime


class SavingsEntry(Entry):
    amount: str
    put_at: datetime


class SavingsGoalEntry(Entry):
    what: str
    amount: str
    currency: str
    by: date | None
    saved: str
    saved_in_words: str
    amount_in_words: str
    seen_by_the_team: bool
    """The person said that the team for their case may see it."""
    set_at: datetime
    reached_at: datetime | None
    ended_at: datetime | None
    entries: list[SavingsEntry]


class PersonFile(Entry):
    """Everything kept of one person, at one moment. Times are in UTC."""

    format: Literal["homeward-person-file-1"]
    made_at: datetime
    language: str
    operator: str
    case_number: str
    phase: Phase
    status: CaseStatus
    country: str | None
    area: str | None
    opened_at: datetime
    called: str | None
    consents: list[ConsentEntry]
    forms: list[FormEntry]
    needs: list[NeedEntry]
    messages: list[MessageEntry]
    files: list[FileEntry]
    referrals: list[ReferralEntry]
    offers: list[OfferEntry]
    applications: list[ApplicationEntry]
    business_plan: JsonValue
    coaching: list[CoachingEntry]
    shared: list[ShareEntry]
    opened: list[OpeningEntry]
    call_backs: list[CallBackEntry]
    follow_ups: list[FollowUpEntry]
    jobs: list[JobEntry]
    work_codes: list[WorkCodeEntry]
    lessons: list[LessonEntry]
    savings: list[SavingsGoalEntry]
