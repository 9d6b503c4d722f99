"""Money: exact amounts with an ISO 4217 currency, kept as whole numbers so that every database adds them up exactly."""

import re
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import format_currency, get_currency_precision, get_territory_currencies
from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

from foundation.errors import Invalid
from foundation.language import _
from questionnaire.cleaning import ascii_digits

SCALE = 4
"""Places kept behind the point: the most that any currency of ISO 4217 has. How many a currency uses may change."""
LARGEST = Decimal(10) ** 12
_FIGURES = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,4}|,[0-9]{1,2}|,[0-9]{4})?")
"""A comma before three figures may part the thousands or the fraction: nobody can tell, so it is not taken."""
_NUMBERS = re.compile(r"[0-9]{1,3}(?:[ \u00a0\u202f'][0-9]{3})+(?:[.,][0-9]+)?(?![0-9])|[0-9]+(?:[.,][0-9]+)*")
"""A blank parts thousands only where three figures follow it each time: anything else is two numbers."""
_SPACES = re.compile(r"[\s\u00a0\u202f']")


class Amount(TypeDecorator[Decimal]):
    """A column of exact amounts, in ten-thousandths. SQLite knows no decimals, and a float is refused everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError("an amount of money is a Decimal")
        units = value.scaleb(SCALE)
        if units != units.to_integral_value():
            raise TypeError("an amount of money has no more than four places behind the point")
        return int(units)

    def process_result_value(self, value: int | Decimal | None, dialect: Dialect) -> Decimal | None:
        """PostgreSQL adds whole numbers up to a numeric, SQLite to a whole number."""
        return None if value is None else Decimal(int(value)).scaleb(-SCALE)


@cache
def currencies() -> frozenset[str]:
    """The codes of the currencies that are in use somewhere today."""
    countries = [str(code) for code in Locale("en").territories if len(str(code)) == 2]  # noqa: PLR2004  # ISO 3166 alpha-2
    return frozenset(code for country in countries for code in get_territory_currencies(country))


def read_currency(text: str) -> str:
    """A currency's code as someone wrote it. Raises Invalid for what is none in use."""
    code = text.strip().upper()
    if code not in currencies():
        raise Invalid(_("Write the currency as its three letters, such as EUR."))
    return code


def read_amount(text: str, currency: str) -> Decimal:
    """An amount as someone wrote it, in any script's digits. Raises Invalid for what could be read in two ways."""
    figures = _SPACES.sub("", ascii_digits(text))
    if not _FIGURES.fullmatch(figures):
        raise Invalid(_("Write the amount in figures, with a point before the fraction, such as 1250.50."))
    amount = Decimal(figures.replace(",", "."))
    if len(figures.replace(",", ".").partition(".")[2]) > get_currency_precision(currency):
        # "1.200" euros may be meant as twelve hundred.
        raise _too_fine(currency)
    return exact(amount, currency)


def usual_currency(country: str | None) -> str | None:
    """What is paid with in a country, by its ISO 3166 code; None where that is not known."""
    found = get_territory_currencies(country) if country else []
    return found[0] if found else None


def read_money(text: str, usual: str | None) -> tuple[Decimal, str]:
    """An amount as someone says it, such as `400`, `400 EUR` or `I put aside 50`: the only number among the words.

    `usual`: the currency where none is named. Raises Invalid for no number, several, or one below nothing.
    """
    plain = ascii_digits(text)
    found = list(_NUMBERS.finditer(plain))
    if len(found) != 1 or plain[: found[0].start()].rstrip().endswith(("-", "−")):
        raise Invalid(_("Please write one amount in figures, such as 1250.50."))
    beside = (plain[: found[0].start()] + " " + plain[found[0].end() :]).split()
    named = [each.upper() for each in beside if each.isupper() or len(beside) == 1]
    currency = next((each for each in named if each in currencies()), usual)
    if currency is None:
        raise Invalid(_("Please write the three letters of the currency behind the amount, such as 400 EUR."))
    return read_amount(found[0][0], currency), currency


def exact(amount: Decimal, currency: str) -> Decimal:
    """The amount itself, if it is one that can be paid in the currency. Raises Invalid for any other."""
    places = get_currency_precision(read_currency(currency))
    if not amount.is_finite() or not 0 < amount < LARGEST:
        raise Invalid(_("The amount must be more than nothing."))
    if amount != round(amount, places):
        raise _too_fine(currency)
    return round(amount, places)


def in_words(language: str, amount: Decimal, currency: str) -> str:
    """As it is read: grouped, with the currency's own places and its code, which says more than a sign."""
    return format_currency(amount, currency, "#,##0.00 ¤¤", locale=language, numbering_system="latn")


def _too_fine(currency: str) -> Invalid:
    return Invalid(
        _("The currency {currency} is counted with {count} places behind the point."),
        currency=currency,
        count=get_currency_precision(currency),
    )
