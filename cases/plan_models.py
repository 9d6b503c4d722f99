"""Tables of the plan and of the programmes that pay for it.

What a plan says of a person is sealed with the person's key. A programme is public information, and holds no person.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.money import Amount
from cases.plan_rules import ActivityKind, ActivityStatus, Dimension, PlanState
from foundation.database import Base, codes
from foundation.sealing import Sealed, SealedColumn

_WRITING = text("state IN ('draft', 'pending')")
_IN_FORCE = text("state IN ('approved', 'active')")


class Programme(Base):
    """A programme of the register. What is said about it stands in its versions, none of which is ever changed."""

    __tablename__ = "programme"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    version: Mapped[int]
    """The version in force, the newest."""
    created_at: Mapped[datetime]


class ProgrammeVersion(Base):
    """What was said about a programme, from one change to the next. An empty text is a criterion not met."""

    __tablename__ = "programme_version"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),)

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    changed_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(200))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    """Responsible for the programme."""
    countries: Mapped[list[str]]
    """ISO 3166 alpha-2 codes."""
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    description: Mapped[str]
    rationale: Mapped[str]
    partners: Mapped[str]
    roles: Mapped[str]
    legal_compliance: Mapped[str]
    timeframe: Mapped[str]
    outcomes: Mapped[str]
    risks: Mapped[str]
    supporting_activities: Mapped[str]
    resources: Mapped[str]
    funding: Mapped[str]
    monitoring: Mapped[str]


class BudgetLine(Base):
    """Money of a programme for one purpose. What plans are charged to it is added up from their activities."""

    __tablename__ = "budget_line"
    __table_args__ = (
        UniqueConstraint("programme_id", "code"),
        # What an activity points to, so that the database itself keeps the two currencies the same.
        UniqueConstraint("id", "currency"),
        CheckConstraint("amount > 0", name="amount_is_something"),
        CheckConstraint("spent_on_erased >= 0", name="spent_is_no_debt"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"))
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal] = mapped_column(Amount)
    spent_on_erased: Mapped[Decimal] = mapped_column(Amount)
    """What plans were charged to it of people whose data has been erased since: one sum, of nobody in particular."""


class Plan(Base):
    """One version of a case's plan."""

    __tablename__ = "plan"
    __table_args__ = (
        UniqueConstraint("case_id", "version"),
        Index("uq_plan_written", "case_id", unique=True, sqlite_where=_WRITING, postgresql_where=_WRITING),
        Index("uq_plan_in_force", "case_id", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
        Index("ix_plan_state_submitted_at", "state", "submitted_at"),
        CheckConstraint("approved_by != author_id AND approved_by != submitted_by", name="approved_by_another"),
        CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name="approved_by_someone"),
        CheckConstraint("(submitted_at IS NULL) = (submitted_by IS NULL)", name="submitted_by_someone"),
        CheckConstraint("state = 'draft' OR submitted_by IS NOT NULL", name="submitted_before_more"),
        CheckConstraint("state IN ('draft', 'pending') OR approved_by IS NOT NULL", name="approved_before_work"),
        CheckConstraint(
            "state = 'draft' OR (goals IS NOT NULL AND agreed_on IS NOT NULL)", name="agreed_before_submitted"
        ),
        CheckConstraint("(agreed_on IS NULL) = (language IS NULL)", name="agreed_in_a_language"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    version: Mapped[int]
    state: Mapped[PlanState] = mapped_column(codes(PlanState))
    changes: Mapped[int]
    """How often it was changed: whoever approves says which state of it they have read."""
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme.id"))
    """The programme that the case is assigned to."""
    author_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    writers: Mapped[list[str]]
    """Ids of everyone who has written in it; none of them approves it."""
    created_at: Mapped[datetime]
    goals: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """The person's own goals in their words: sealed str."""
    risks: Mapped[Sealed | None] = mapped_column(SealedColumn)
    mitigations: Mapped[Sealed | None] = mapped_column(SealedColumn)
    language: Mapped[str | None] = mapped_column(String(12))
    """In which it was read back to the person."""
    agreed_on: Mapped[date | None]
    """When the person agreed to it as it stands now: every change afterwards empties this."""
    review_on: Mapped[date | None]
    target_on: Mapped[date | None]
    """By when it should be agreed: a month after the return. None while the person is not back."""
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    returned_note: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Why it was sent back to be changed: sealed str."""
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    active_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class PlanActivity(Base):
    """What is done for the person: by whom, worth what, when, and how far it is."""

    __tablename__ = "plan_activity"
    __table_args__ = (
        Index("ix_plan_activity_plan_id_position", "plan_id", "position"),
        Index("ix_plan_activity_status_due_on", "status", "due_on"),
        ForeignKeyConstraint(["line_id", "currency"], ["budget_line.id", "budget_line.currency"]),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="amount_in_a_currency"),
        CheckConstraint("amount > 0", name="amount_is_something"),
        CheckConstraint("line_id IS NULL OR amount IS NOT NULL", name="charged_with_an_amount"),
        CheckConstraint("starts_on IS NULL OR due_on >= starts_on", name="due_after_start"),
        CheckConstraint("(status = 'dropped') = (reason IS NOT NULL)", name="dropped_with_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    position: Mapped[int]
    dimension: Mapped[Dimension] = mapped_column(codes(Dimension))
    kind: Mapped[ActivityKind] = mapped_column(codes(ActivityKind))
    what: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed str."""
    provider: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Who provides it, as the person knows them: sealed str."""
    service_id: Mapped[UUID | None]
    """The service of the directory, if it is one. No foreign key: the directory is a floor above."""
    in_kind: Mapped[bool]
    """Given as goods or services; an amount is then what they are worth."""
    amount: Mapped[Decimal | None] = mapped_column(Amount)
    currency: Mapped[str | None] = mapped_column(String(3))
    line_id: Mapped[UUID | None] = mapped_column(index=True)
    starts_on: Mapped[date | None]
    due_on: Mapped[date]
    responsible_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    status: Mapped[ActivityStatus] = mapped_column(codes(ActivityStatus))
    reason: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Why it was dropped: sealed str."""
    settled_at: Mapped[datetime | None]
    follows: Mapped[UUID | None] = mapped_column(ForeignKey("plan_activity.id"))
    """The same activity in the version before."""
