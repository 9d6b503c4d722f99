"""Tables of casework: notes, closings, transfers between organisations, and files found to be two people's."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from access.rules import Role
from cases.casework_rules import (
    ClosingReason,
    ClosingState,
    CounsellingKind,
    NoSurvey,
    NoteKind,
    NoteVisibility,
    ReopeningReason,
    SessionChannel,
    TransferDecline,
    TransferState,
)
from cases.rules import Phase, Urgency
from foundation.database import Base, codes
from foundation.sealing import Sealed, SealedColumn


class CaseNote(Base):
    """Something that staff wrote down about a case. Never edited: a correction is a note of its own."""

    __tablename__ = "case_note"
    __table_args__ = (Index("ix_case_note_case_id_written_at", "case_id", "written_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    kind: Mapped[NoteKind] = mapped_column(codes(NoteKind))
    visibility: Mapped[NoteVisibility] = mapped_column(codes(NoteVisibility))
    body: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed str."""
    written_at: Mapped[datetime]
    corrects: Mapped[UUID | None] = mapped_column(ForeignKey("case_note.id"), unique=True)
    """The note that this one corrects; each is corrected once, a second time by correcting the correction."""


class CaseNoteReader(Base):
    """A role that may read a note of the visibility `roles`."""

    __tablename__ = "case_note_reader"

    note_id: Mapped[UUID] = mapped_column(ForeignKey("case_note.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(codes(Role), primary_key=True)


class CounsellingSession(Base):
    """The record of a counselling session, beside the note that tells of it."""

    __tablename__ = "counselling_session"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 720", name="minutes_of_one_day"),
        CheckConstraint("next_on IS NULL OR next_on >= held_on", name="next_after_this"),
    )

    note_id: Mapped[UUID] = mapped_column(ForeignKey("case_note.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[CounsellingKind] = mapped_column(codes(CounsellingKind))
    held_on: Mapped[date]
    channel: Mapped[SessionChannel] = mapped_column(codes(SessionChannel))
    language: Mapped[str] = mapped_column(String(12))
    has_interpreter: Mapped[bool]
    minutes: Mapped[int]
    topics: Mapped[list[str]]
    """Codes of SessionTopic: what was told, item by item."""
    attended: Mapped[list[str]]
    """Codes of Attendee."""
    next_on: Mapped[date | None]


class Closing(Base):
    """A request to close a case, what a second person decided, and whether the case was reopened later."""

    __tablename__ = "closing"
    __table_args__ = (
        Index(
            "uq_closing_case_id_requested",
            "case_id",
            unique=True,
            sqlite_where=text("state = 'requested'"),
            postgresql_where=text("state = 'requested'"),
        ),
        CheckConstraint("decided_by IS NULL OR decided_by != requested_by", name="approved_by_another"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_by_someone"),
        CheckConstraint(
            "(state IN ('approved', 'returned', 'reopened')) = (decided_by IS NOT NULL)", name="decided_in_its_state"
        ),
        CheckConstraint("(survey_id IS NULL) != (no_survey IS NULL)", name="survey_or_why_none"),
        CheckConstraint("(state = 'reopened') = (reopened_by IS NOT NULL)", name="reopened_by_someone"),
        CheckConstraint("(reopened_by IS NULL) = (reopening_reason IS NULL)", name="reopened_with_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    state: Mapped[ClosingState] = mapped_column(codes(ClosingState))
    reason: Mapped[ClosingReason] = mapped_column(codes(ClosingReason))
    ended_on: Mapped[date]
    """The last day of support, as the requester gives it."""
    note: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed str: how it ended, in the requester's words."""
    handed_over: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed str: who takes over the tasks and flags that are not settled."""
    survey_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
    """The last reintegration survey."""
    no_survey: Mapped[NoSurvey | None] = mapped_column(codes(NoSurvey))
    phase_before: Mapped[Phase] = mapped_column(codes(Phase))
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    requested_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[Sealed | None] = mapped_column(SealedColumn)
    reopened_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    reopened_at: Mapped[datetime | None]
    reopening_reason: Mapped[ReopeningReason | None] = mapped_column(codes(ReopeningReason))
    reopening_note: Mapped[Sealed | None] = mapped_column(SealedColumn)


class CaseTransfer(Base):
    """A case offered to another organisation, with the person's consent; what the sender still sees of it later.

    After erasure the row stays as codes: the number, the organisations and the days.
    """

    __tablename__ = "case_transfer"
    __table_args__ = (
        Index(
            "uq_case_transfer_case_id_open",
            "case_id",
            unique=True,
            sqlite_where=text("state IN ('asked', 'offered')"),
            postgresql_where=text("state IN ('asked', 'offered')"),
        ),
        CheckConstraint("from_organisation_id != to_organisation_id", name="to_another"),
        CheckConstraint("(state = 'declined') = (reason IS NOT NULL)", name="declined_with_reason"),
        CheckConstraint("state != 'offered' OR due_at IS NOT NULL", name="offered_until"),
        Index("ix_case_transfer_state_due_at", "state", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    from_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    to_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"), unique=True)
    state: Mapped[TransferState] = mapped_column(codes(TransferState))
    reason: Mapped[TransferDecline | None] = mapped_column(codes(TransferDecline))
    note: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed str: the hand-over, read by the receiving organisation once the person has said yes."""
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    urgency: Mapped[Urgency] = mapped_column(codes(Urgency))
    offered_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """By when the other organisation must have answered."""
    remind_at: Mapped[datetime | None]
    """When it is reminded next while it has not; None: it was reminded for the last time, or is not waited for."""
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """Of the staff; None when the person ended it."""
    settled_at: Mapped[datetime | None]


class ToldApart(Base):
    """Two cases that look alike and belong to two people: a supervisor has looked. They are not suggested again."""

    __tablename__ = "told_apart"
    __table_args__ = (CheckConstraint("first_id < second_id", name="in_order"),)

    first_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    second_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True, index=True)
    by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    at: Mapped[datetime]
