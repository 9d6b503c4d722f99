"""Tables of how the directory is kept: imports and what they changed, files that wait, and what staff know besides."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, codes
from foundation.sealing import Sealed, SealedColumn
from referrals.rules import Pause, Unreached


class RowChange(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class DirectoryImport(Base):
    """One import that changed the directory: when, by whom, and how many rows of all tables."""

    __tablename__ = "directory_import"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    imported_at: Mapped[datetime]
    imported_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """None: with the command."""
    added: Mapped[int]
    changed: Mapped[int]
    removed: Mapped[int]


class ImportedService(Base):
    """What one import did to one service: which parts of its full record, no values."""

    __tablename__ = "imported_service"
    __table_args__ = (Index("ix_imported_service_service_id", "service_id"),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("directory_import.id"), primary_key=True)
    service_id: Mapped[str] = mapped_column(primary_key=True)
    """As the directory writes it, in small letters: not every service can be offered."""
    change: Mapped[RowChange] = mapped_column(codes(RowChange))
    fields: Mapped[list[str]]


class DirectoryDraft(Base):
    """A file that was uploaded and is not imported yet. Sealed, for it may hold addresses that must stay secret."""

    __tablename__ = "directory_draft"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Also the subject whose key opens the content."""
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    uploaded_at: Mapped[datetime]
    content: Mapped[Sealed] = mapped_column(SealedColumn)
    base_id: Mapped[UUID | None]
    """The newest import when it was compared: after another one the differences are others."""


class ServiceUpkeep(Base):
    """What is known of a service besides the file, and stays when a file is imported again."""

    __tablename__ = "service_upkeep"
    __table_args__ = (
        CheckConstraint("pause IS NULL OR paused_at IS NOT NULL", name="paused_at_a_moment"),
        CheckConstraint("words IS NULL OR told_at IS NOT NULL", name="told_at_a_moment"),
    )

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), primary_key=True)
    subject_id: Mapped[UUID]
    """Whose key opens the words: the service's own, of no person."""
    checked_on: Mapped[date | None]
    checked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """None: the provider itself said so."""
    places_at: Mapped[datetime | None]
    """When staff wrote down how many places are left; an older statement of a file does not count."""
    places_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    pause: Mapped[Pause | None] = mapped_column(codes(Pause))
    """Why it is not offered for now."""
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    reminded: Mapped[int]
    """How often the provider was asked since the last check."""
    reminded_at: Mapped[datetime | None]
    unreached: Mapped[Unreached | None] = mapped_column(codes(Unreached))
    """Why the provider cannot be asked by mail."""
    words: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """What the provider says has changed, until someone has seen to it."""
    told_at: Mapped[datetime | None]


class CheckLink(Base):
    """A link with which a provider says once whether its entry is still right. Only a hash of its token is kept."""

    __tablename__ = "check_link"
    __table_args__ = (Index("ix_check_link_service_id", "service_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
