"""Tables of the register of recommendations. They hold public text: nothing in them is about one person."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, codes
from monitoring.recommendation_rules import Action, Entry, Kind, State, Theme


class Recommendation(Base):
    """What a monitoring body asks for. Once it is issued only `state` changes: the rest is an entry under it."""

    __tablename__ = "recommendation"
    __table_args__ = (
        CheckConstraint("(state = 'draft') = (number IS NULL)", name="a_number_once_issued"),
        CheckConstraint("(state = 'draft') = (issued_on IS NULL)", name="a_day_once_issued"),
        CheckConstraint("(state = 'draft') = (sha256 IS NULL)", name="frozen_once_issued"),
        CheckConstraint("answer_by <= due_on", name="answered_before_due"),
        CheckConstraint("kind = 'recommendation' OR due_on = answer_by", name="a_question_has_one_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    """In order of issue, without gaps."""
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The monitoring body that makes it."""
    kind: Mapped[Kind] = mapped_column(codes(Kind))
    addressee_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """Who answers here; None: an authority without accounts, whose answers the monitoring body writes down."""
    addressee: Mapped[str] = mapped_column(String(200))
    theme: Mapped[Theme] = mapped_column(codes(Theme))
    action: Mapped[Action | None] = mapped_column(codes(Action))
    indicator: Mapped[str | None] = mapped_column(String(20))
    """Id of an indicator, such as 21g-P2."""
    operation: Mapped[str | None] = mapped_column(String(12))
    """Reference of a return that was monitored: see `cases.return_monitoring.reference_of`."""
    text: Mapped[str]
    answer_by: Mapped[date]
    due_on: Mapped[date]
    """By when it is to be implemented; of a question, the day of the answer."""
    state: Mapped[State] = mapped_column(codes(State))
    written_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    written_at: Mapped[datetime]
    issued_on: Mapped[date | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Of what was issued; it stands in the audit log too, so that a later change shows."""


class RecommendationEntry(Base):
    """An answer, a follow-up, an outcome, a correction or a reopening. Never changed."""

    __tablename__ = "recommendation_entry"
    __table_args__ = (
        Index("uq_recommendation_entry_recommendation_id_position", "recommendation_id", "position", unique=True),
        CheckConstraint("(kind = 'reopening') = (answer_by IS NOT NULL)", name="new_days_when_reopened"),
        CheckConstraint("(answer_by IS NULL) = (due_on IS NULL)", name="both_days_or_none"),
        CheckConstraint("(kind IN ('follow_up', 'correction')) = (state IS NULL)", name="a_state_where_it_changes"),
        CheckConstraint("state IS NULL OR state != 'implemented' OR evidence != ''", name="implemented_with_evidence"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    recommendation_id: Mapped[UUID] = mapped_column(ForeignKey("recommendation.id"))
    position: Mapped[int]
    """Under its recommendation, from 1."""
    kind: Mapped[Entry] = mapped_column(codes(Entry))
    state: Mapped[State | None] = mapped_column(codes(State))
    """What the recommendation became by it; None where that stayed."""
    on_day: Mapped[date]
    """When it was said; for an answer on paper, its date."""
    speaker: Mapped[str] = mapped_column(String(200))
    """The organisation that says it."""
    text: Mapped[str]
    evidence: Mapped[str] = mapped_column(String(500))
    """Where it can be seen: an address, or the name and date of a document."""
    answer_by: Mapped[date | None]
    due_on: Mapped[date | None]
    written_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    written_at: Mapped[datetime]
