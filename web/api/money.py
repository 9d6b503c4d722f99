"""Amounts of money as JSON: a decimal string, exact, with the currency's three letters."""

from decimal import Decimal
from typing import Annotated

from pydantic import StringConstraints

from cases.money import read_currency
from web.api.shapes import Answer, Body

Figures = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$")]
"""With a point before the fraction, such as `1250.50`; how many places a currency has is checked beside it."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""


class MoneyBody(Body):
    amount: Figures
    currency: Currency

    def read(self) -> tuple[Decimal, str]:
        """Raises Invalid for a currency that nobody uses."""
        return Decimal(self.amount), read_currency(self.currency)


class MoneyTold(Answer):
    amount: str
    currency: str


def money_told(amount: Decimal, currency: str) -> MoneyTold:
    return MoneyTold(amount=figures(amount), currency=currency)


def figures(amount: Decimal) -> str:
    """Without an exponent and without zeros behind that say nothing."""
    return f"{amount.normalize():f}"
