"""Table of what sending money costs: one row for each price that someone collected. Nothing in it is about a person."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.money import Amount
from foundation.database import Base, codes
from referrals.remittance_rules import ProviderKind, Speed


class RemittancePrice(Base):
    """The price of sending one amount by one service on one day, as in Remittance Prices Worldwide (World Bank)."""

    __tablename__ = "remittance_price"
    __table_args__ = (
        Index("ix_remittance_price_corridor", "from_country", "to_country", "period"),
        CheckConstraint("fee >= 0", name="fee_not_negative"),
        CheckConstraint("amount > 0", name="something_is_sent"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    """Year and quarter, `2026_3Q`: later ones sort later."""
    collected_on: Mapped[date]
    from_country: Mapped[str] = mapped_column(String(2))
    to_country: Mapped[str] = mapped_column(String(2))
    provider: Mapped[str]
    provider_kind: Mapped[ProviderKind] = mapped_column(codes(ProviderKind))
    paid_by: Mapped[str]
    """Codes of `Means` with blanks between; blank: not stated."""
    received_by: Mapped[str]
    speed: Mapped[Speed] = mapped_column(codes(Speed))
    is_transparent: Mapped[bool]
    """Whether the provider tells its exchange rate before the money is sent."""
    is_within_reach: Mapped[bool]
    """Whether the money can be received in more than a few places."""
    usd: Mapped[int]
    """The amount in US dollars that this price stands for: 200 or 500."""
    amount: Mapped[Decimal] = mapped_column(Amount)
    fee: Mapped[Decimal] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(String(3))
    """Of the amount and the fee."""
    margin: Mapped[Decimal | None] = mapped_column(Amount)
    """Of the exchange rate, in percent of the amount; below nothing where the rate is better than between banks. None:
    the provider does not tell its rate."""
    total: Mapped[Decimal | None] = mapped_column(Amount)
    """Fee and margin in percent of the amount."""
