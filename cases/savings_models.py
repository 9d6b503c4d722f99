"""Tables of what a person learns and saves. What for, how much and each amount are sealed with the person's key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.sealing import Sealed, SealedColumn

_GOING_ON = text("ended_at IS NULL")


class LessonDone(Base):
    """A lesson about money that the person finished. How many questions were right is kept; which ones is not."""

    __tablename__ = "lesson_done"
    __table_args__ = (CheckConstraint("correct BETWEEN 0 AND questions", name="no_more_than_asked"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    lesson: Mapped[str] = mapped_column(String(40), primary_key=True)
    correct: Mapped[int]
    questions: Mapped[int]
    done_at: Mapped[datetime]


class SavingsGoal(Base):
    """What a person saves for. One goal goes on at a time."""

    __tablename__ = "savings_goal"
    __table_args__ = (
        Index("ix_savings_goal_case_id", "case_id"),
        Index("uq_savings_goal_going_on", "case_id", unique=True, sqlite_where=_GOING_ON, postgresql_where=_GOING_ON),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    terms: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed {"what": words, "amount": figures, "currency": code, "by": ISO day or ""}."""
    shared: Mapped[bool]
    """The person said that the team for their case may see it."""
    set_at: Mapped[datetime]
    reached_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SavingsEntry(Base):
    """One amount that the person put aside. An entry that was wrong is deleted."""

    __tablename__ = "savings_entry"
    __table_args__ = (Index("ix_savings_entry_goal_id", "goal_id"), Index("ix_savings_entry_case_id", "case_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    goal_id: Mapped[UUID] = mapped_column(ForeignKey("savings_goal.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    amount: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed figures, in the currency of the goal."""
    put_at: Mapped[datetime]
