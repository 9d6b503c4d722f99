"""Tables of assessments. The assessments themselves are submissions of forms; here is what a person concludes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cases.assessment_rules import RiskLevel, SuggestedLevel
from foundation.database import Base, codes
from foundation.sealing import Sealed, SealedColumn


class RiskSetting(Base):
    """One setting of a case's level of risk. None is ever changed: the newest is in force."""

    __tablename__ = "risk_setting"
    __table_args__ = (Index("ix_risk_setting_case_id_set_at", "case_id", "set_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    level: Mapped[RiskLevel] = mapped_column(codes(RiskLevel))
    suggested: Mapped[SuggestedLevel] = mapped_column(codes(SuggestedLevel))
    """What the rules suggested then."""
    basis: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed {"rules": ids of the rules that suggested it, "missing": ids of what was not known}."""
    reason: Mapped[Sealed] = mapped_column(SealedColumn)
    """Why, in the words of whoever set it: sealed str."""
    set_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    set_at: Mapped[datetime]
