"""The table of broken glass: who opened a case that is not theirs, why, until when, and who looked at it after."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.sealing import Sealed, SealedColumn


class BrokenGlass(Base):
    __tablename__ = "break_glass"
    __table_args__ = (
        Index("ix_break_glass_staff_id_ends_at", "staff_id", "ends_at"),
        CheckConstraint("(reviewed_at IS NULL) = (reviewed_by IS NULL)", name="reviewed_by_someone"),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by != staff_id", name="reviewed_by_another"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    reason: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed str, with the key of the person whose case it is."""
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
