"""Tables of the services directory and of referrals."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from access.models import Organisation
from cases.models import Case
from cases.rules import NeedKind, Urgency
from foundation.database import Base, codes
from foundation.sealing import Sealed, SealedColumn
from referrals.rules import DeclineReason, Helped, OfferState, Received, ReferralState, ServiceKind, Settlement


class DirectoryRecord(Base):
    """A row of a table of the directory as it was imported, in whatever form of HSDS 3.0."""

    __tablename__ = "directory_record"

    table: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    """In small letters, to be compared with what other rows hold of it."""
    position: Mapped[int]
    """Its place among the rows of the table."""
    content: Mapped[dict[str, Any]]
    """Texts as they were written, by field."""
    nested: Mapped[dict[str, Any] | None]
    """With all that it embeds and is public, of the tables that the directory's API tells; see `hsds_views`."""
    changed_at: Mapped[datetime]
    """When it, or what it embeds, last changed here."""
    is_public: Mapped[bool] = mapped_column(default=True)
    """False: for staff only; see `referrals.visibility`."""
    whole: Mapped[dict[str, Any] | None]
    """A service with all that it embeds, for staff, where `nested` says less."""


class Service(Base):
    """A service of the directory that can be offered: its full HSDS record, and columns for what is searched."""

    __tablename__ = "service"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    description: Mapped[str]
    kind: Mapped[ServiceKind] = mapped_column(codes(ServiceKind), index=True)
    status: Mapped[str]
    minimum_age: Mapped[int | None]
    maximum_age: Mapped[int | None]
    languages: Mapped[list[str]]
    areas: Mapped[list[str]]
    """Codes `TN` (whole country) or `TN:greater_tunis`."""
    assured_date: Mapped[date | None]
    criteria: Mapped[str] = mapped_column(default="")
    """Codes of `eligibility.Criterion` with blanks between: what must be met."""
    first_for: Mapped[str] = mapped_column(default="")
    """The same: who goes first."""
    is_free: Mapped[bool | None]
    """None: the directory does not say what it costs."""
    places_left: Mapped[int | None]
    """None: not known. Falls with each referral that is accepted."""
    places_at: Mapped[datetime | None]
    """When the provider said so last."""
    finished: Mapped[int] = mapped_column(default=0)
    """Referrals that were completed or ended without success."""
    completed: Mapped[int] = mapped_column(default=0)
    is_public: Mapped[bool] = mapped_column(default=True)
    """False: no page, no list and no finder for the public knows it; see `referrals.visibility`."""
    hsds: Mapped[dict[str, Any]]
    """Its full record, as far as it may be told to the person who is referred: no place that is for staff only."""
    organisation: Mapped[Organisation] = relationship(lazy="raise")


class ServiceReach(Base):
    """Where a service is offered: the services that may fit are found by it."""

    __tablename__ = "service_reach"
    __table_args__ = (Index("ix_service_reach_kind_country_area", "kind", "country", "area"),)

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), primary_key=True)
    country: Mapped[str] = mapped_column(primary_key=True)
    area: Mapped[str] = mapped_column(primary_key=True)
    """Empty: the whole country."""
    kind: Mapped[ServiceKind] = mapped_column(codes(ServiceKind))
    service: Mapped[Service] = relationship(lazy="raise")


def reach_of(service: Service) -> list[ServiceReach]:
    """The rows that say where a service is offered."""
    places = (code.partition(":") for code in service.areas)
    return [
        ServiceReach(service=service, country=country, area=area, kind=service.kind) for country, _colon, area in places
    ]


def reference_of(referral_id: UUID) -> str:
    """What a referral or transfer is called by on paper and by telephone: tells nothing of the case."""
    return referral_id.hex[:8].upper()


class Referral(Base):
    __tablename__ = "referral"
    __table_args__ = (
        Index("ix_referral_organisation_id_state", "organisation_id", "state"),
        Index("ix_referral_state_due_at", "state", "due_at"),
        Index("ix_referral_sent_at", "sent_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    subject_id: Mapped[UUID]
    """Whose key opens the sealed columns."""
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    need_kind: Mapped[NeedKind] = mapped_column(codes(NeedKind))
    urgency: Mapped[Urgency] = mapped_column(codes(Urgency))
    state: Mapped[ReferralState] = mapped_column(codes(ReferralState))
    reason: Mapped[DeclineReason | None] = mapped_column(codes(DeclineReason))
    fields: Mapped[list[str]]
    """Codes of SharedField: exactly what the person was asked to share."""
    disclosed: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """Sealed {field: value}, written when the person says yes and never before."""
    note: Mapped[Sealed | None] = mapped_column(SealedColumn)
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    reopens_id: Mapped[UUID | None] = mapped_column(ForeignKey("referral.id"))
    """The one that had ended, which this one takes up again."""
    remind_at: Mapped[datetime | None]
    """When the partner is reminded next while it has not answered; None: it was reminded for the last time."""
    service: Mapped[Service] = relationship(lazy="raise")
    case: Mapped[Case] = relationship(lazy="raise")
    word: Mapped["ReferralWord | None"] = relationship(lazy="raise", viewonly=True)


class ServiceOffer(Base):
    """Services that fit a need, of which the person chooses one or none; nothing has been asked or sent yet."""

    __tablename__ = "service_offer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    """Whose choice it is, and whose key opens the note."""
    need_kind: Mapped[NeedKind] = mapped_column(codes(NeedKind))
    urgency: Mapped[Urgency] = mapped_column(codes(Urgency))
    services: Mapped[list[str]]
    """Their ids, in the order in which they are shown."""
    fields: Mapped[list[str]]
    """Codes of SharedField that the chosen one would be given."""
    note: Mapped[Sealed | None] = mapped_column(SealedColumn)
    state: Mapped[OfferState] = mapped_column(codes(OfferState))
    offered_by: Mapped[UUID] = mapped_column(ForeignKey("staff_member.id"))
    offered_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referral.id"))
    """What the choice led to."""


class ReferralWord(Base):
    """What the person says of a referral: whether they got the service, and whether it helped. One a referral."""

    __tablename__ = "referral_word"

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    received: Mapped[Received | None] = mapped_column(codes(Received))
    helped: Mapped[Helped | None] = mapped_column(codes(Helped))
    said_at: Mapped[datetime | None]
    asked: Mapped[int]
    """How often they were asked."""
    ask_at: Mapped[datetime | None] = mapped_column(index=True)
    """When they are asked once more; None: not again."""
    disputed_at: Mapped[datetime | None] = mapped_column(index=True)
    """Since when it stands against what the partner says; stays when it is settled."""
    settlement: Mapped[Settlement | None] = mapped_column(codes(Settlement))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    reason: Mapped[Sealed | None] = mapped_column(SealedColumn)
    """How the supervisor found out."""


class Disclosure(Base):
    """The share log: who received what, under which consent, and when they opened it. The person can see it.

    Once the person's data is erased it says only that a partner still has to confirm that it has deleted its copy.
    """

    __tablename__ = "disclosure"
    __table_args__ = (
        CheckConstraint("deleted_by IS NULL OR deleted_at IS NOT NULL", name="deleted_at_a_moment"),
        CheckConstraint("(referral_id IS NULL) != (transfer_id IS NULL)", name="with_a_referral_or_a_transfer"),
        Index("ix_disclosure_deletion", "delete_asked_at", "deleted_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referral.id"), index=True)
    transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_transfer.id"), index=True)
    """What it went with: one of the two."""
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    consent_id: Mapped[UUID | None] = mapped_column(ForeignKey("consent.id"))
    """None once the person's data is erased."""
    fields: Mapped[list[str]]
    shared_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    delete_asked_at: Mapped[datetime | None]
    """When the recipient was told to stop and to delete what it holds."""
    deleted_at: Mapped[datetime | None]
    """When it confirmed that it has done so."""
    deleted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
