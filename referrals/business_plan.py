"""The cash flow of a small business over twelve months. Pure: figures in, figures out, exact to the smallest coin."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce

MONTHS = 12
MOST_LOAN_MONTHS = 60
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Loan:
    """Paid out before the first month, paid back in equal instalments from the month after the `grace` months.

    `yearly_rate` in percent, ZERO for a loan without interest; in the grace months the interest alone is paid.
    """

    amount: Decimal
    yearly_rate: Decimal
    months: int
    grace: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """`income` and `costs`: of each of the twelve months. All in one currency, none below nothing."""

    own: Decimal
    start_up: Decimal
    income: Sequence[Decimal]
    costs: Sequence[Decimal]
    grant: Decimal = ZERO
    loan: Loan | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    interest: Decimal
    principal: Decimal

    @property
    def total(self) -> Decimal:
        return self.interest + self.principal


@dataclass(frozen=True, slots=True)
class Month:
    number: int
    income: Decimal
    costs: Decimal
    instalment: Decimal
    balance: Decimal
    """What is in the till at its end."""

    @property
    def surplus(self) -> Decimal:
        return self.income - self.costs


@dataclass(frozen=True, slots=True)
class CashFlow:
    opening: Decimal
    """What is left when the start-up costs are paid."""
    months: tuple[Month, ...]
    instalments: tuple[Instalment, ...]
    """Of the whole loan, also beyond the twelve months."""
    first_short: int | None
    """The first month that ends below zero; 0: the money does not reach for the start."""
    pays_back: int | None
    """The month in which the surpluses have earned the start-up costs; None: not within the twelve months."""


def cash_flow(figures: Figures, places: int) -> CashFlow:
    """Month by month. `places`: behind the point, of the currency."""
    loan = figures.loan
    opening = figures.own + figures.grant + (loan.amount if loan else ZERO) - figures.start_up
    instalments = schedule(loan, places) if loan else ()
    balance, earned = opening, ZERO
    months: list[Month] = []
    pays_back = None
    for index, (income, costs) in enumerate(zip(figures.income, figures.costs, strict=True)):
        paid = instalments[index].total if index < len(instalments) else ZERO
        balance += income - costs - paid
        earned += income - costs
        months.append(Month(index + 1, income, costs, paid, balance))
        if pays_back is None and earned >= figures.start_up:
            pays_back = index + 1
    short = 0 if opening < 0 else next((month.number for month in months if month.balance < 0), None)
    return CashFlow(opening, tuple(months), instalments, short, pays_back)


def schedule(loan: Loan, places: int) -> tuple[Instalment, ...]:
    """Every instalment, the grace months first. The last one settles what rounding has left."""
    coin = Decimal(1).scaleb(-places)
    rate = loan.yearly_rate / 1200
    owed = loan.amount
    made: list[Instalment] = [Instalment(_round(owed * rate, coin), ZERO) for _month in range(loan.grace)]
    even = _even(loan, rate, coin)
    for month in range(loan.months):
        interest = _round(owed * rate, coin)
        is_last = month == loan.months - 1
        principal = owed if is_last else min(owed, max(ZERO, even - interest))
        made.append(Instalment(interest, principal))
        owed -= principal
    return tuple(made)


def _even(loan: Loan, rate: Decimal, coin: Decimal) -> Decimal:
    """The equal instalment: an annuity, or the amount in equal parts where there is no interest."""
    if rate == 0:
        return _round(loan.amount / loan.months, coin)
    growth = reduce(lambda grown, _month: grown * (1 + rate), range(loan.months), Decimal(1))
    return _round(loan.amount * rate * growth / (growth - 1), coin)


def _round(amount: Decimal, coin: Decimal) -> Decimal:
    return amount.quantize(coin, ROUND_HALF_UP)
