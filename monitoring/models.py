"""Tables of monitoring: releases, frozen, with the days announced for them; signing keys; facts about law."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.money import Amount
from foundation.database import Base, codes
from foundation.sealing import Sealed, SealedColumn


class ReleaseState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"


RELEASE_STEPS: dict[ReleaseState, frozenset[ReleaseState]] = {
    ReleaseState.DRAFT: frozenset([ReleaseState.APPROVED]),
    ReleaseState.APPROVED: frozenset([ReleaseState.PUBLISHED]),
    ReleaseState.PUBLISHED: frozenset(),
}
"""What may follow what. Before it is published a release can also be dropped; afterwards it stays."""


class Release(Base):
    """One publication. Nothing in it is ever recomputed: downloads serve these bytes."""

    __tablename__ = "release"
    __table_args__ = (
        Index("uq_release_first_of_quarter", "quarter", unique=True,
              sqlite_where=text("corrects IS NULL"), postgresql_where=text("corrects IS NULL")),
        CheckConstraint("approved_by IS NULL OR approved_by != drafted_by", name="approved_by_another"),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published_at_a_moment"),
        CheckConstraint("(corrects IS NULL) = (changed = '')", name="a_correction_says_what_changed"),
    )  # fmt: skip

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quarter: Mapped[date]
    """First day of the quarter it covers."""
    state: Mapped[ReleaseState] = mapped_column(codes(ReleaseState))
    corrects: Mapped[int | None] = mapped_column(ForeignKey("release.number"), unique=True)
    """The release whose figures these take the place of."""
    changed: Mapped[str]
    """What a correction changes, and why."""
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[UUID]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    """None in releases from before two people were needed."""
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]
    policy_version: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the manifest, which names the SHA-256 of every file."""
    tables: Mapped[dict[str, Any]]
    """PublishedTable documents by name."""
    held: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """What each partner knew of these counts when they were made; see `monitoring.holdings`. Never in a file, and read
    only where a quarter is counted: monitors have no right to it."""


class ReleaseOrder(Base):
    """A draft that someone asked for; the worker makes it. The newest tells what came of it."""

    __tablename__ = "release_order"
    __table_args__ = (
        CheckConstraint("(corrects IS NULL) = (changed = '')", name="a_correction_says_what_changed"),
        CheckConstraint("(is_open IS NULL) = (ended_at IS NOT NULL)", name="open_until_it_ends"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    quarter: Mapped[date]
    """First day of the quarter to be counted."""
    corrects: Mapped[int | None] = mapped_column(ForeignKey("release.number"))
    changed: Mapped[str]
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    is_open: Mapped[bool | None] = mapped_column(unique=True)
    """True or nothing, so that one at a time is open."""
    taken_until: Mapped[datetime | None]
    """Until when it is in a worker's hands; it says so again and again while it makes it."""
    attempts: Mapped[int]
    """How often a worker has begun."""
    done: Mapped[int]
    """How many tables have been gone through."""
    ended_at: Mapped[datetime | None]
    release_number: Mapped[int | None]
    """Of the draft that was made, which may have been thrown away since."""
    refusal: Mapped[dict[str, Any] | None]
    """Why none was made: a message, see `refusals.kept`."""


class ReleaseFile(Base):
    __tablename__ = "release_file"

    release_number: Mapped[int] = mapped_column(ForeignKey("release.number"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ReleaseDay(Base):
    """The day for which a quarter's figures are announced. The newest row of a quarter counts; none is ever changed."""

    __tablename__ = "release_day"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    quarter: Mapped[date] = mapped_column(index=True)
    due_on: Mapped[date]
    reason: Mapped[str]
    """Why it was moved; empty the first time."""
    announced_at: Mapped[datetime]
    announced_by: Mapped[UUID]


class SigningKey(Base):
    """An Ed25519 key with which releases are signed. The newest signs; the older ones stay, to verify by."""

    __tablename__ = "signing_key"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    """32 bytes, raw."""
    private: Mapped[Sealed] = mapped_column(SealedColumn)
    """Sealed with the key of the house: 32 bytes, raw, as hexadecimal."""
    made_at: Mapped[datetime]


class StructuralFact(Base):
    """A fact about law and institutions, with its evidence. In force once a second person has confirmed it.

    Never changed: a better one takes its place, and one that was wrong is taken back. It is public information.
    """

    __tablename__ = "structural_fact"
    __table_args__ = (
        CheckConstraint("confirmed_by IS NULL OR confirmed_by != entered_by", name="confirmed_by_another"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed_by_someone"),
        CheckConstraint("(withdrawn_by IS NULL) = (withdrawn_at IS NULL)", name="withdrawn_by_someone"),
        CheckConstraint("total IS NULL OR total >= figure", name="no_more_than_all"),
        Index("ix_structural_fact_indicator_year", "indicator", "year"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    indicator: Mapped[str] = mapped_column(String(20))
    """An id of the catalogue of indicators."""
    version: Mapped[str] = mapped_column(String(4))
    """Of the definition that it was entered for."""
    year: Mapped[int]
    figure: Mapped[Decimal] = mapped_column(Amount)
    """1 and 0 for yes and no; for a share how many there are of `total`."""
    total: Mapped[Decimal | None] = mapped_column(Amount)
    source: Mapped[str] = mapped_column(String(300))
    """The document that it stands in."""
    address: Mapped[str] = mapped_column(String(500))
    """Where the document can be read: https, or empty for one that is on paper only."""
    note: Mapped[str] = mapped_column(String(1000))
    entered_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    entered_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    confirmed_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    withdrawn_at: Mapped[datetime | None]
