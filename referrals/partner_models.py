"""Tables of what binds a partner: the agreement without which it receives nothing, and the links it answers with."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foundation.database import Base, codes
from referrals.rules import ServiceKind


class Agreement(Base):
    """What an organisation may be given, and from when to when. The terms never change once entered.

    A partner referrals, for kinds of service; an organisation that works with cases here whole cases to take over.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_its_start"),
        CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name="ended_at_a_moment"),
        Index("ix_agreement_organisation_id_ends_on", "organisation_id", "ends_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    reference: Mapped[str] = mapped_column(String(100))
    """Such as the number of the signed document."""
    takes_over: Mapped[bool] = mapped_column(default=False)
    """It may take over cases."""
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    """The last day of it; None: it has no end."""
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """None: the system itself, such as at an upgrade."""
    ended_at: Mapped[datetime | None]
    """Before its time; from then on it is in force no more."""
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    purposes: Mapped[list["AgreementPurpose"]] = relationship(lazy="selectin", order_by="AgreementPurpose.kind")


class AgreementPurpose(Base):
    """One kind of service that an agreement covers."""

    __tablename__ = "agreement_purpose"

    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    kind: Mapped[ServiceKind] = mapped_column(codes(ServiceKind), primary_key=True)


class AnswerLink(Base):
    """A link with which a partner comes to one referral to answer it, once. Only a hash of its token is kept."""

    __tablename__ = "answer_link"
    __table_args__ = (Index("ix_answer_link_referral_id", "referral_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """Whom it was sent to by mail; None: it was handed over. Of each there is one live link at most."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
