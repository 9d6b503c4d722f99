"""Tables of the case file. What a person says is sealed; what is left open is codes that queries need.

Codes die with the person too: erasure deletes every row that hangs on them, and keeps only counted facts, which
carry no id of anyone.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.rules import (
    CaseStatus,
    ConsentKind,
    ConsentState,
    Direction,
    FlagKind,
    FlagOutcome,
    NeedKind,
    NeedStatus,
    Phase,
    SubmissionState,
    Thing,
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
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    team: Mapped[str | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
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
    fact_id: Mapped[UUID | None]


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


class PublishedSheet(Base):
    """A form version as it was published; whoever began it stays on it."""

    __tablename__ = "published_sheet"

    sheet_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]


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
    fact_id: Mapped[UUID]


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
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


class Fact(Base):
    """One thing counted, by codes only. No case, no person: after erasure nothing leads back to anyone."""

    __tablename__ = "fact"
    __table_args__ = (Index("ix_fact_thing_quarter", "thing", "quarter"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    thing: Mapped[Thing] = mapped_column(codes(Thing))
    quarter: Mapped[date]
    """First day of the quarter it happened in."""
    country: Mapped[str] = mapped_column(String(8))
    area: Mapped[str] = mapped_column(String(40))
    sex: Mapped[str] = mapped_column(String(12))
    age_band: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(40))
