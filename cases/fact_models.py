"""Tables of counted facts. A fact carries codes and no id of a case or person; what leads to it is kept apart.

Erasure deletes the way to the facts of a person. They stay, and lead back to nobody.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.fact_rules import Thing
from foundation.database import Base, Serial, codes


class Fact(Base):
    """One thing counted, by codes only."""

    __tablename__ = "fact"
    __table_args__ = (Index("ix_fact_thing_quarter", "thing", "quarter"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    thing: Mapped[Thing] = mapped_column(codes(Thing))
    quarter: Mapped[date]
    """First day of the quarter it happened in."""
    kind: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(8))
    area: Mapped[str] = mapped_column(String(40))
    came_from: Mapped[str] = mapped_column(String(8))
    return_type: Mapped[str] = mapped_column(String(40))
    sex: Mapped[str] = mapped_column(String(12))
    age_band: Mapped[str] = mapped_column(String(12))
    disability: Mapped[str] = mapped_column(String(12))


class FactLink(Base):
    """Whose fact it is, while there is anyone: without the key of this installation it names nobody."""

    __tablename__ = "fact_link"

    fact_id: Mapped[UUID] = mapped_column(ForeignKey("fact.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), index=True)
    """A keyed fingerprint of the id of the case or complaint."""


class FactPartner(Base):
    """Which partner knows of what is counted, for figures that must be safe from that partner too. Never published.

    It stays when the person is erased, like the fact: the partner may remember them, and it names an organisation only.
    """

    __tablename__ = "fact_partner"

    fact_id: Mapped[UUID] = mapped_column(ForeignKey("fact.id"), primary_key=True)
    partner: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A keyed fingerprint of the id of the organisation."""


class FactMark(Base):
    """How far along the audit log the facts have been brought up to date. One row."""

    __tablename__ = "fact_mark"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    link: Mapped[int] = mapped_column(Serial)
    """The place in the chain of the last entry that was taken into account."""
