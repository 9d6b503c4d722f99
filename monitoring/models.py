"""Tables of monitoring: releases as they were published, frozen."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base


class Release(Base):
    """One publication. Nothing in it is ever recomputed: downloads serve these bytes."""

    __tablename__ = "release"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quarter: Mapped[date] = mapped_column(unique=True)
    """First day of the quarter it covers."""
    published_at: Mapped[datetime]
    published_by: Mapped[UUID]
    policy_version: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the manifest, which names the SHA-256 of every file."""
    tables: Mapped[dict[str, Any]]
    """PublishedTable documents by name."""


class ReleaseFile(Base):
    __tablename__ = "release_file"

    release_number: Mapped[int] = mapped_column(ForeignKey("release.number"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
