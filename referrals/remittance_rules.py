"""Words and marks of remittance prices: who offers, how it is paid and received, how fast, and what is cheap enough.

Sources: the fields of Remittance Prices Worldwide (World Bank); SDG 10.c and its indicator 10.c.1 for the marks and for
which services count ("SmaRT": the three cheapest that are transparent, take at most five days and can be reached).
"""

from decimal import Decimal
from enum import StrEnum

from foundation.language import Message, _p

AMOUNTS = (200, 500)
"""US dollars: prices are collected for these."""
TARGET, CEILING = Decimal(3), Decimal(5)
"""Percent, by 2030: what sending shall cost on average, and what it shall cost nowhere (SDG 10.c)."""
CHEAPEST = 3
"""Services that a corridor is judged by."""


class ProviderKind(StrEnum):
    BANK = "bank"
    OPERATOR = "operator"
    POST = "post"
    MOBILE = "mobile"
    COOPERATIVE = "cooperative"
    OTHER = "other"


PROVIDER_NAMES: dict[ProviderKind, Message] = {
    ProviderKind.BANK: _p("who sends money", "Bank"),
    ProviderKind.OPERATOR: _p("who sends money", "Money transfer company"),
    ProviderKind.POST: _p("who sends money", "Post office"),
    ProviderKind.MOBILE: _p("who sends money", "Mobile phone company"),
    ProviderKind.COOPERATIVE: _p("who sends money", "Savings cooperative"),
    ProviderKind.OTHER: _p("who sends money", "Other"),
}


class Means(StrEnum):
    CASH = "cash"
    ACCOUNT = "account"
    CARD = "card"
    MOBILE = "mobile"
    HOME = "home"
    OTHER = "other"


MEANS_NAMES: dict[Means, Message] = {
    Means.CASH: _p("how money is paid", "cash"),
    Means.ACCOUNT: _p("how money is paid", "bank account"),
    Means.CARD: _p("how money is paid", "card"),
    Means.MOBILE: _p("how money is paid", "mobile money"),
    Means.HOME: _p("how money is paid", "brought to the home"),
    Means.OTHER: _p("how money is paid", "another way"),
}


class Speed(StrEnum):
    HOUR = "hour"
    SAME_DAY = "same_day"
    NEXT_DAY = "next_day"
    TWO_DAYS = "two_days"
    FIVE_DAYS = "five_days"
    LONGER = "longer"
    UNKNOWN = "unknown"


SPEED_NAMES: dict[Speed, Message] = {
    Speed.HOUR: _p("how fast", "within an hour"),
    Speed.SAME_DAY: _p("how fast", "the same day"),
    Speed.NEXT_DAY: _p("how fast", "the next day"),
    Speed.TWO_DAYS: _p("how fast", "in 2 days"),
    Speed.FIVE_DAYS: _p("how fast", "in 3 to 5 days"),
    Speed.LONGER: _p("how fast", "in 6 days or more"),
    Speed.UNKNOWN: _p("how fast", "not known how fast"),
}
FAST_ENOUGH = frozenset(Speed) - {Speed.LONGER, Speed.UNKNOWN}
"""At most five days."""
