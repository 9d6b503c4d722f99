"""Tables of the case file. What a person says is sealed; what is left open is codes that queries need.

Codes die with the person too: erasure deletes every row that hangs on them, and keeps only counted facts, which
carry no id of anyone: see `cases.fact_models`.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.rules import (
    CallOutcome,
    CallTime,
    CaseStatus,
    ComplaintAbout,
    ComplaintStatus,
    ConsentKind,
    ConsentState,
    Direction,
    FileKind,
    FlagKind,
    FlagOutcome,
    FollowUpState,
    GivenBy,
    NeedKind,
    NeedStatus,
    Phase,
    SubmissionState,
    TaskKind,
    Urgency,
)
from foundation.database import Base, Serial, codes
from foundation.sealing import Sealed, SealedColumn


class Person(Base):
    """A returnee. `id` is also the subject of their data key."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(12))
    called: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """The name to be called by: sealed str."""
    name_fingerprint: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Case(Base):
    __tablename__ = "case_file"
    __table_args__ = (
        Index("ix_case_file_organisation_id_status_attention_at", "organisation_id", "status", "attention_at"),
        CheckConstraint("status != 'erased' OR person_id IS NULL", name="erased_has_no_person"),
        CheckConstraint("(closed_at IS NULL) = (erase_after IS NULL)", name="closed_starts_the_clock"),
        CheckConstraint("closed_at IS NULL OR status IN ('closed', 'transferred')", name="only_what_ended_is_closed"),
        CheckConstraint("(status = 'duplicate') = (survivor_id IS NOT NULL)", name="duplicate_has_survivor"),
        CheckConstraint("survivor_id IS NULL OR survivor_id != id", name="survivor_is_another"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    team: Mapped[str | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    phase: Mapped[Phase] = mapped_column(codes(Phase))
    status: Mapped[CaseStatus] = mapped_column(codes(CaseStatus))
    country: Mapped[str | None] = mapped_column(String(8))
    """Country of return, a code of the arrival form."""
    area: Mapped[str | None] = mapped_column(String(40))
    opened_at: Mapped[datetime]
    attention_at: Mapped[datetime | None]
    """Since when something waits for staff: an unread message, a flag, a referral answer. None: nothing does."""
    unreachable_at: Mapped[datetime | None]
    """Since when the bot cannot reach the person (blocked or gone)."""
    unanswered_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the person wrote the first message that nobody has answered yet. None: all are answered."""
    closed_at: Mapped[datetime | None]
    erase_after: Mapped[datetime | None] = mapped_column(index=True)
    """When retention erases a case that ended; None: no clock runs."""
    survivor_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    """The file of the same person that goes on in place of this one."""


class Submission(Base):
    """One filled-in form. Answers are one sealed JSON document, updated with every answer."""

    __tablename__ = "submission"
    __table_args__ = (Index("ix_submission_case_id_sheet_id", "case_id", "sheet_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    sheet_id: Mapped[str]
    sheet_version: Mapped[str]
    answers: Mapped[Sealed] = mapped_column(SealedColumn)
    given: Mapped[Sealed] = mapped_column(SealedColumn)
    """What was known before it began, for the form's hidden questions: sealed {name: value}."""
    state: Mapped[SubmissionState] = mapped_column(codes(SubmissionState))
    language: Mapped[str] = mapped_column(String(12))
    started_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    """When the person was told once that a half-filled form still waits."""
    filled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """The caseworker who fills it in with the person; None when the person does so in the chat."""
    amends: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
    """The submission of the same form that this one corrects."""


class FormRequest(Base):
    """A form that staff or a follow-up wave asks a person to fill in."""

    __tablename__ = "form_request"
    __table_args__ = (Index("ix_form_request_case_id_done_at", "case_id", "done_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    sheet_id: Mapped[str]
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """None: a follow-up wave asked."""
    requested_at: Mapped[datetime]
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
    """The submission that it led to, once begun."""
    done_at: Mapped[datetime | None]
    """When it was answered, declined or taken back."""


class PublishedSheet(Base):
    """A form version as it was published; whoever began it stays on it."""

    __tablename__ = "published_sheet"

    sheet_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]


class FormMedia(Base):
    """A picture or recording that belongs to a form: shown or heard with a question. Public like the form itself."""

    __tablename__ = "form_media"
    __table_args__ = (
        ForeignKeyConstraint(["sheet_id", "version"], ["published_sheet.sheet_id", "published_sheet.version"]),
    )

    sheet_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    """The file's name as the form's media columns give it."""
    media_type: Mapped[str] = mapped_column(String(80))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    channel_file_id: Mapped[str | None]
    """What the messenger calls the file once it was sent there: from then on only this is sent."""


class Flag(Base):
    __tablename__ = "flag"
    __table_args__ = (
        Index("uq_flag_case_id_rule", "case_id", "rule", unique=True),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by_someone"),
        CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settled_with_outcome"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    kind: Mapped[FlagKind] = mapped_column(codes(FlagKind))
    rule: Mapped[str]
    """The id of the rule that raised it."""
    raised_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    outcome: Mapped[FlagOutcome | None] = mapped_column(codes(FlagOutcome))
    note: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Why, in the words of whoever settled it: sealed str."""


class Need(Base):
    __tablename__ = "need"
    __table_args__ = (Index("uq_need_case_id_kind", "case_id", "kind", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    kind: Mapped[NeedKind] = mapped_column(codes(NeedKind))
    urgency: Mapped[Urgency] = mapped_column(codes(Urgency))
    status: Mapped[NeedStatus] = mapped_column(codes(NeedStatus))
    raised_at: Mapped[datetime]


class Consent(Base):
    """One consent: what was asked, the exact text's hash, and what became of it. Terms never change once asked."""

    __tablename__ = "consent"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ConsentKind] = mapped_column(codes(ConsentKind))
    purpose: Mapped[str]
    recipient_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    """The partner who would receive; None for consent to data."""
    referral_id: Mapped[UUID | None] = mapped_column(index=True)
    fields: Mapped[list[str]]
    """Codes of exactly what may be shared."""
    notice_id: Mapped[str]
    notice_version: Mapped[str]
    language: Mapped[str] = mapped_column(String(12))
    text_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the exact text shown, in UTF-8."""
    state: Mapped[ConsentState] = mapped_column(codes(ConsentState))
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    authorised_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """For a child: the officer who recorded the guardian's agreement; the child's own yes is still asked."""
    given_by: Mapped[GivenBy] = mapped_column(codes(GivenBy), default=GivenBy.PERSON, server_default="person")
    assented_at: Mapped[datetime | None]
    """When the child said yes for themselves, beside the guardian."""
    guardian_evidence: Mapped[Sealed | None] = mapped_column(SealedColumn)


class CaseMessage(Base):
    __tablename__ = "case_message"
    __table_args__ = (Index("ix_case_message_case_id_position", "case_id", "position"),)

    position: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    direction: Mapped[Direction] = mapped_column(codes(Direction))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    body: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed str; empty beside a file without a caption."""
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


class StoredFile(Base):
    """A photo, voice message or document of a person, cleaned of what the device wrote into it, then sealed."""

    __tablename__ = "stored_file"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[FileKind] = mapped_column(codes(FileKind))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    """Bytes before sealing."""
    content: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed base64 str."""
    name: Mapped[Sealed | None] = mapped_column(SealedColumn)
    created_at: Mapped[datetime]
    delete_at: Mapped[datetime | None] = mapped_column(index=True)
    """When retention removes it; None: with the case."""


class Task(Base):
    """Something that a person of the staff must do about a case, by when."""

    __tablename__ = "task"
    __table_args__ = (
        Index("uq_task_case_id_kind_reason", "case_id", "kind", "reason", unique=True),
        Index("ix_task_done_at_due_at", "done_at", "due_at"),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_someone"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    kind: Mapped[TaskKind] = mapped_column(codes(TaskKind))
    reason: Mapped[str]
    """A code or an id that tells two tasks of one kind apart, such as the submission that led to it."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))


class CallBack(Base):
    """A person asks to be called: where, when it is safe, and what may be said if someone else answers."""

    __tablename__ = "call_back"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    number: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed str: the phone number, as E.164 where it could be read so."""
    channel: Mapped[str] = mapped_column(String(20))
    """`call`, `sms` or `whatsapp`."""
    at: Mapped[CallTime] = mapped_column(codes(CallTime))
    safe_words: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed str: what to say if someone else answers."""
    requested_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    outcome: Mapped[CallOutcome | None] = mapped_column(codes(CallOutcome))


class Complaint(Base):
    """A complaint about anyone. It has a key of its own, so that no key of the case opens it."""

    __tablename__ = "complaint"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Also the subject of the complaint's key."""
    number: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    """Who complains, if they gave their name; None: anonymous, and nothing else here leads to anyone."""
    code_fingerprint: Mapped[str] = mapped_column(unique=True)
    """Of the receipt code, with which whoever complained can read the answer."""
    about: Mapped[ComplaintAbout] = mapped_column(codes(ComplaintAbout))
    language: Mapped[str] = mapped_column(String(12))
    country: Mapped[str | None] = mapped_column(String(8))
    body: Mapped[Sealed] = mapped_column(SealedColumn)
    status: Mapped[ComplaintStatus] = mapped_column(codes(ComplaintStatus))
    received_at: Mapped[datetime]
    acknowledge_by: Mapped[datetime]
    answer_by: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    handled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    answer: Mapped[Sealed | None] = mapped_column(SealedColumn)


class PhoneLink(Base):
    """A one-time code with which a person moves to another phone; the old one is cut off."""

    __tablename__ = "phone_link"

    code_fingerprint: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FollowUp(Base):
    """One wave of asking how a person is, some time after their return."""

    __tablename__ = "follow_up"
    __table_args__ = (
        Index("uq_follow_up_case_id_wave", "case_id", "wave", unique=True),
        Index("ix_follow_up_state_next_at", "state", "next_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    wave: Mapped[str] = mapped_column(String(20))
    """Such as `day_3` or `month_6`; see the programme's list."""
    due_on: Mapped[date]
    state: Mapped[FollowUpState] = mapped_column(codes(FollowUpState))
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    """When the next attempt is to be made; None: none is."""
    settled_at: Mapped[datetime | None]
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))


class SurveyResult(Base):
    """What a survey's answers add up to, with the versions that say how. Never comparable across versions."""

    __tablename__ = "survey_result"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    follow_up_id: Mapped[UUID | None] = mapped_column(ForeignKey("follow_up.id"))
    instrument_version: Mapped[str]
    weights_version: Mapped[str]
    scores: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed {dimension or `composite`: decimal str or null, ...} with the counts of answered and expected items."""
    scored_at: Mapped[datetime]
