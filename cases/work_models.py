"""The table of a person's coded work and education, outside the sealed answers; see `cases.work_codes`."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, codes


class CodeOrigin(StrEnum):
    DONE = "done"
    """Work that the person has done, or the education that they completed."""
    WANTED = "wanted"
    ENTERED = "entered"
    """By staff, beside the assessment."""


class WorkCode(Base):
    """A code of a person's work or education, for matching."""

    __tablename__ = "work_code"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(12), primary_key=True)
    """`isco08` or `isced`, as in `cases.classifications`."""
    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    origin: Mapped[CodeOrigin] = mapped_column(codes(CodeOrigin), primary_key=True)
