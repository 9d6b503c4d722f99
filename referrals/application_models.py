"""Tables of applications to institutions. What is said of the person is sealed with the person's key."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cases.money import Amount
from foundation.database import Base, codes
from foundation.sealing import Sealed, SealedColumn
from referrals.application_rules import ApplicationState, Entry, Given, Outcome, Standing


class Application(Base):
    """Something that a caseworker pursues for a person at an institution."""

    __tablename__ = "application"
    __table_args__ = (
        Index("ix_application_state_due_on", "state", "due_on"),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="amount_in_a_currency"),
        CheckConstraint("(decided_on IS NULL) = (outcome IS NULL)", name="decided_with_outcome"),
        CheckConstraint("state != 'decided' OR outcome IS NOT NULL", name="outcome_of_decided"),
        CheckConstraint(
            "submitted_on IS NOT NULL OR state IN ('preparing', 'closed', 'withdrawn')", name="submitted_before_more"
        ),
        CheckConstraint(
            "(authorised_on IS NULL) = (authorised_how IS NULL) AND (authorised_on IS NULL) = (authorised_by IS NULL)",
            name="authorised_by_someone",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    """A code of `application_kinds`."""
    state: Mapped[ApplicationState] = mapped_column(codes(ApplicationState))
    country: Mapped[str] = mapped_column(String(2))
    """Of the institution: ISO 3166 alpha-2."""
    institution: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed str: its name, as it is written to."""
    reference: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed str: the number that the institution gave it."""
    details: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed {field: text}: what the kind asks for."""
    amount: Mapped[Decimal | None] = mapped_column(Amount)
    """What is asked for, where it is money."""
    currency: Mapped[str | None] = mapped_column(String(3))
    plan: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed: the business plan as it was submitted."""
    due_on: Mapped[date | None]
    """What is due next, by the state: to submit, the answer, what was asked for, an appeal."""
    submitted_on: Mapped[date | None]
    """For the first time."""
    decided_on: Mapped[date | None]
    outcome: Mapped[Outcome | None] = mapped_column(codes(Outcome))
    authorised_on: Mapped[date | None]
    authorised_how: Mapped[Given | None] = mapped_column(codes(Given))
    authorised_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """Of the staff: who recorded it."""
    authorisation: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed str: what the person agreed that the institution is told."""
    guardian_evidence: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """For a child, sealed str: which parent or guardian agreed, and how that was checked."""
    authorisation_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id", ondelete="SET NULL"))
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    opened_at: Mapped[datetime]


class ApplicationDocument(Base):
    """A document that an application rests on, and whether it is there."""

    __tablename__ = "application_document"
    __table_args__ = (UniqueConstraint("application_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    """Of `application_kinds`."""
    standing: Mapped[Standing] = mapped_column(codes(Standing))
    note: Mapped[Sealed | None] = mapped_column(SealedColumn)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id", ondelete="SET NULL"))


class ApplicationEntry(Base):
    """What happened with an application, on which day. Never changed."""

    __tablename__ = "application_entry"
    __table_args__ = (Index("ix_application_entry_application_id_position", "application_id", "position", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    position: Mapped[int]
    what: Mapped[Entry] = mapped_column(codes(Entry))
    on_day: Mapped[date]
    due_on: Mapped[date | None]
    """What became due with it."""
    outcome: Mapped[Outcome | None] = mapped_column(codes(Outcome))
    note: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed str."""
    by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """None: the person."""
    at: Mapped[datetime]


class WorkPeriod(Base):
    """A time of work abroad that an application rests on."""

    __tablename__ = "work_period"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    content: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed: see `work_periods.Period`."""
    added_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    added_at: Mapped[datetime]


class BusinessPlan(Base):
    """The business plan of a case, as it stands now."""

    __tablename__ = "business_plan"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    content: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed: see `enterprise.PlanText`."""
    written_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    written_at: Mapped[datetime]


class CoachingVisit(Base):
    """A visit to someone who begins a business, and when the next is due."""

    __tablename__ = "coaching_visit"
    __table_args__ = (
        Index("ix_coaching_visit_case_id_held_on", "case_id", "held_on"),
        CheckConstraint("next_on IS NULL OR next_on > held_on", name="next_after_this"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    held_on: Mapped[date]
    held_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    agreed: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed str: what was agreed."""
    next_on: Mapped[date | None] = mapped_column(index=True)
    recorded_at: Mapped[datetime]
