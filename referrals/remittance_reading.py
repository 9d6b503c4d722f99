"""Reading a table of remittance prices: a CSV with the column names of Remittance Prices Worldwide. Pure.

Names are read without regard to capitals, blanks and underscores, in the form of the files from the second quarter of
2016 on and in the older one. Columns that are not needed are left alone. Every fault is told by row and column.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import TypeVar

from babel import Locale
from babel.core import get_global

from cases.money import LARGEST, SCALE, currencies
from foundation.errors import Invalid
from foundation.language import Message, _
from referrals.csv_files import FileRefused, Problem, read_table
from referrals.remittance_rules import AMOUNTS, Means, ProviderKind, Speed

LARGEST_FILE = 30 * 1024 * 1024
"""Bytes. All that the World Bank has published since 2011 is about that much."""
MOST_ROWS = 300_000
TOLERANCE = Decimal("0.06")
"""Percentage points by which a total may differ from its parts, which are rounded in the file."""
LONGEST_NAME = 120

_PERIOD = re.compile(r"(20\d\d)[ _-]?(?:q([1-4])|([1-4])q)", re.ASCII)
_ISO3 = re.compile(r"[A-Z]{3}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,15})?", re.ASCII)
_ALSO = {"KSV": "XK", "XKX": "XK"}
"""Codes of the World Bank that are not in CLDR: Kosovo."""
_NAMES: Mapping[str, tuple[str, ...]] = {
    "period": ("period",),
    "date": ("date",),
    "from": ("source code",),
    "to": ("destination code",),
    "firm": ("firm",),
    "firm type": ("firm type",),
    "paid by": ("payment instrument", "product"),
    "received by": ("pickup method", "pick-up method"),
    "coverage": ("receiving network coverage", "coverage"),
    "speed": ("speed actual",),
    "transparent": ("transparent",),
    "bank rate": ("inter lcu bank fx",),
}
"""What each column is called: in the newer files, and where it differs in the older ones."""
_PRICE = {
    "amount": "lcu amount",
    "currency": "lcu code",
    "fee": "lcu fee",
    "rate": "lcu fx rate",
    "margin": "fx margin",
    "total": "total cost %",
}
"""The columns of one amount, behind `cc1` (200 US dollars) or `cc2` (500)."""
_Value = TypeVar("_Value")
_NEEDED = ("period", "date", "from", "to", "firm", "speed", "transparent", "cc1 amount", "cc1 currency", "cc1 fee")


@dataclass(frozen=True, slots=True)
class Price:
    """The fields of `RemittancePrice`, without an id."""

    period: str
    collected_on: date
    from_country: str
    to_country: str
    provider: str
    provider_kind: ProviderKind
    paid_by: str
    received_by: str
    speed: Speed
    is_transparent: bool
    is_within_reach: bool
    usd: int
    amount: Decimal
    fee: Decimal
    currency: str
    margin: Decimal | None
    total: Decimal | None


class _Fault(Exception):
    def __init__(self, column: str, reason: Message) -> None:
        self.column, self.reason = column, reason


def read_prices(content: bytes) -> list[Price]:
    """Raises FileRefused with everything that is wrong."""
    found, problems = read_faultless(content)
    if problems:
        raise FileRefused(problems)
    return found


def read_faultless(content: bytes) -> tuple[list[Price], list[Problem]]:
    """The prices of the rows without a fault; and the rows that are left out, each with the first fault in it.

    A row is left out whole: with a total that does not add up, nobody can tell which part is wrong. Raises FileRefused
    if it is no table of prices, or if no row is left.
    """
    table = read_table(content, largest=LARGEST_FILE, most_rows=MOST_ROWS)
    names = [_plain(name) for name in table.columns]
    columns = _columns(names)
    if not table.rows:
        raise FileRefused([Problem(0, "", _("The file is empty."))])
    found: list[Price] = []
    problems: list[Problem] = []
    for number, cells in table.rows:
        row = _Row(names, columns, cells)
        try:
            found += row.prices()
        except _Fault as fault:
            problems.append(Problem(number, fault.column, fault.reason))
    if not found:
        raise FileRefused(problems)
    return found, problems


def cost_in_percent(amount: Decimal, fee: Decimal, margin: Decimal) -> Decimal:
    """The total: 5 of 200 and a margin of 1.6667 percent are 4.1667 percent."""
    return _rounded(fee / amount * 100 + margin)


def margin_in_percent(rate: Decimal, bank_rate: Decimal) -> Decimal:
    """How much worse a provider's rate is than the one between banks; both in what is received for one unit sent."""
    return _rounded((1 - rate / bank_rate) * 100)


def _rounded(percent: Decimal) -> Decimal:
    with localcontext(prec=30):
        return round(percent, SCALE)


def _columns(names: Sequence[str]) -> dict[str, int]:
    """Where each thing stands. Raises FileRefused if one that is needed is missing, or stands there twice."""
    wanted = dict(_NAMES) | {f"cc{n} {name}": (f"cc{n} {told}",) for n in (1, 2) for name, told in _PRICE.items()}
    found: dict[str, int] = {}
    problems: list[Problem] = []
    for name, told in wanted.items():
        places = [place for each in told for place, column in enumerate(names) if column == each]
        if places:
            found[name] = places[0]
        elif name in _NEEDED:
            problems.append(Problem(1, told[0], _("This column is missing.")))
        if any(names.count(each) > 1 for each in told):
            problems.append(Problem(1, told[0], _("This column is there twice.")))
    if problems:
        raise FileRefused(problems)
    return found


class _Row:
    """One row of the file: a service, and its prices for one or two amounts."""

    def __init__(self, names: Sequence[str], columns: Mapping[str, int], cells: Sequence[str]) -> None:
        self.names, self.columns, self.cells = names, columns, cells

    def prices(self) -> list[Price]:
        common = {
            "period": self.read("period", _period),
            "collected_on": self.read("date", _day),
            "from_country": self.read("from", _country),
            "to_country": self.read("to", _country),
            "provider": self.read("firm", _name),
            "provider_kind": _provider_kind(self.text("firm type")),
            "paid_by": _means(self.text("paid by")),
            "received_by": _means(self.text("received by")),
            "speed": _speed(self.text("speed")),
            "is_transparent": self.read("transparent", _yes_or_no),
            "is_within_reach": _plain(self.text("coverage")) not in ("low", "limited"),
        }
        amounts = [place for place in (1, 2) if place == 1 or self.text(f"cc{place} amount")]
        return [Price(**common, usd=AMOUNTS[place - 1], **self.price(f"cc{place}")) for place in amounts]  # type: ignore[arg-type]  # read above

    def price(self, of: str) -> dict[str, object]:
        amount = self.read(f"{of} amount", _positive)
        fee = self.read(f"{of} fee", _not_negative)
        currency = self.read(f"{of} currency", _currency)
        margin = self.margin(of)
        stated = self.optional(f"{of} total", _number)
        if margin is None and stated is not None:
            margin = _rounded(stated - fee / amount * 100)
        total = None if margin is None else cost_in_percent(amount, fee, margin)
        if stated is not None and total is not None and abs(stated - total) > TOLERANCE:
            reason = _("The total is not the fee and the exchange margin together. They make {percent} percent.")
            raise _Fault(self.column(f"{of} total"), reason.of(percent=round(total, 2)))
        return {"amount": amount, "fee": fee, "currency": currency, "margin": margin, "total": total}

    def margin(self, of: str) -> Decimal | None:
        """As the file states it, else by the two rates; None if it tells neither."""
        stated = self.optional(f"{of} margin", _number)
        rate, bank_rate = self.optional(f"{of} rate", _positive), self.optional("bank rate", _positive)
        if stated is not None:
            return _rounded(stated)
        return None if rate is None or bank_rate is None else margin_in_percent(rate, bank_rate)

    def text(self, name: str) -> str:
        place = self.columns.get(name)
        return self.cells[place].strip() if place is not None and place < len(self.cells) else ""

    def column(self, name: str) -> str:
        return self.names[self.columns[name]]

    def read(self, name: str, how: Callable[[str], _Value]) -> _Value:
        try:
            return how(self.text(name))
        except Invalid as refused:
            raise _Fault(self.column(name), refused.message) from None

    def optional(self, name: str, how: Callable[[str], _Value]) -> _Value | None:
        """Blank, and what stands for it in the World Bank's files, is not stated."""
        return None if self.text(name).casefold() in ("", "n/a", "na", "null", "-") else self.read(name, how)


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())


def _period(text: str) -> str:
    match = _PERIOD.fullmatch(text.casefold())
    if match is None:
        raise Invalid(_("Write the quarter as 2026_3Q."))
    return f"{match[1]}_{match[2] or match[3]}Q"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Invalid(_("Write the day as 2026-05-31.")) from None


def _country(text: str) -> str:
    code = text.upper()
    named = _ALSO.get(code) or next(iter(get_global("territory_aliases").get(code, ())), "")
    if not _ISO3.fullmatch(code) or named not in Locale("en").territories:
        raise Invalid(_("Write the country as its three letters of ISO 3166, such as DEU."))
    return str(named)


def _name(text: str) -> str:
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise Invalid(_("Write a name of at most {count} characters."), count=LONGEST_NAME)
    return text


def _number(text: str) -> Decimal:
    figures = text.removesuffix("%").strip()
    if not _NUMBER.fullmatch(figures):
        raise Invalid(_("Write a number with a point before the fraction, such as 4.99."))
    return Decimal(figures)


def _positive(text: str) -> Decimal:
    number = _not_negative(text)
    if not number:
        raise Invalid(_("This must be more than nothing."))
    return number


def _not_negative(text: str) -> Decimal:
    number = _number(text)
    if not 0 <= number < LARGEST:
        raise Invalid(_("This cannot be less than nothing."))
    return round(number, SCALE)


def _currency(text: str) -> str:
    if text.upper() not in currencies():
        raise Invalid(_("Write the currency as its three letters, such as EUR."))
    return text.upper()


def _yes_or_no(text: str) -> bool:
    if _plain(text) not in ("yes", "no"):
        raise Invalid(_("Write yes or no."))
    return _plain(text) == "yes"


def _provider_kind(text: str) -> ProviderKind:
    return _first(text, _PROVIDERS, ProviderKind.OTHER)


def _speed(text: str) -> Speed:
    return _first(text, _SPEEDS, Speed.UNKNOWN)


def _means(text: str) -> str:
    """A cell may name several, in words of its own; their codes, in the order of `Means`."""
    words = _plain(text)
    if not words:
        return ""
    found = {means for sign, means in _MEANS if sign in words} or {Means.OTHER}
    return " ".join(each.value for each in Means if each in found)


def _first(text: str, signs: Sequence[tuple[str, _Value]], otherwise: _Value) -> _Value:
    words = _plain(text)
    return next((code for sign, code in signs if sign in words), otherwise)


_PROVIDERS: tuple[tuple[str, ProviderKind], ...] = (
    ("money transfer", ProviderKind.OPERATOR),
    ("mto", ProviderKind.OPERATOR),
    ("post", ProviderKind.POST),
    ("mobile", ProviderKind.MOBILE),
    ("credit union", ProviderKind.COOPERATIVE),
    ("cooperative", ProviderKind.COOPERATIVE),
    ("building society", ProviderKind.COOPERATIVE),
    ("bank", ProviderKind.BANK),
)
_MEANS: tuple[tuple[str, Means], ...] = (
    ("cash", Means.CASH),
    ("account", Means.ACCOUNT),
    ("bank transfer", Means.ACCOUNT),
    ("card", Means.CARD),
    ("mobile", Means.MOBILE),
    ("wallet", Means.MOBILE),
    ("home", Means.HOME),
)
_SPEEDS: tuple[tuple[str, Speed], ...] = (
    ("hour", Speed.HOUR),
    ("same day", Speed.SAME_DAY),
    ("next day", Speed.NEXT_DAY),
    ("2 days", Speed.TWO_DAYS),
    ("3-5", Speed.FIVE_DAYS),
    ("3 to 5", Speed.FIVE_DAYS),
    ("6 days", Speed.LONGER),
    ("more than", Speed.LONGER),
)
"""Signs by which the words of the World Bank's file are known; what has none of them is not known."""
