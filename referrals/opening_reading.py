"""What someone wrote of a vacancy or a course, read field by field: a form, a row of a file and the API alike.

The names of the fields are the columns of the files.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from babel import Locale

from cases.classifications import ISCED, ISCED_FIELDS, ISCO, classification
from cases.money import read_amount
from cases.work_codes import UNKNOWN_LEVEL, read_occupation
from foundation.errors import Invalid
from foundation.language import Message, _
from questionnaire.cleaning import ascii_digits
from referrals.openings import COUNTRIES, Terms, areas_in

LONGEST = 200
MOST_PLACES = 100_000
MOST_HOURS = 84
MOST_OCCUPATIONS = 20
UNIT_GROUP = 4
"""Digits of an occupation in full."""
_Code = TypeVar("_Code", bound=StrEnum)
_Read = TypeVar("_Read")

COMMON = ("reference", "title", "country", "area", "languages", "level", "places", "starts_on", "apply_until")
VACANCY_FIELDS = (
    *COMMON,
    *("isco", "wage_from", "wage_to", "currency", "period", "hours", "contract", "employer"),
)
COURSE_FIELDS = (
    *COMMON,
    *("kind", "field", "ends_on", "certificate", "cost", "stipend", "currency", "occupations"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field; empty: with how they fit together."""

    field: str
    reason: Message


class Faulty(Invalid):
    """Not everything could be read; the message is the first fault's."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].reason)
        self.faults = faults


@dataclass(slots=True)
class Reader:
    """Reads fields and gathers every fault, so that all can be put right at once."""

    values: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def read(self, name: str, reading: Callable[[str], _Read], default: Any = None) -> Any:
        """`default` for an empty field, and for one that is at fault."""
        text = (self.values.get(name) or "").strip()
        if not text:
            return default
        try:
            return reading(without_nul(text))
        except Invalid as refusal:
            self.faults.append(Fault(name, refusal.message))
            return default

    def need(self, name: str, reading: Callable[[str], _Read]) -> Any:
        """A field that cannot be empty."""
        if not (self.values.get(name) or "").strip():
            self.faults.append(Fault(name, _("This cannot be empty: {field}.").of(field=name)))
            return None
        return self.read(name, reading)

    def refuse(self, name: str, reason: Message) -> None:
        self.faults.append(Fault(name, reason))

    def done(self) -> None:
        """Raises Faulty if anything could not be read."""
        if self.faults:
            raise Faulty(self.faults)

    def common(self) -> dict[str, Any]:
        """The fields that both have; with gaps where there are faults."""
        country = self.need("country", read_country)
        return {
            "reference": self.need("reference", short(40)),
            "title": self.need("title", short(LONGEST)),
            "country": country,
            "area": self.read("area", lambda text: read_area(country, text)),
            "languages": self.read("languages", read_languages, ()),
            "level": self.read("level", read_level),
            "places": self.read("places", whole(1, MOST_PLACES)),
            "starts_on": self.read("starts_on", read_date),
            "apply_until": self.need("apply_until", read_date),
        }

    def amount(self, name: str, currency: str | None) -> Decimal | None:
        if not (self.values.get(name) or "").strip():
            return None
        if currency is None:
            self.refuse("currency", _("Write the currency of the amount as its three letters, such as TND."))
            return None
        found: Decimal | None = self.read(name, lambda text: read_amount(text, currency))
        return found


def terms_of(common: dict[str, Any]) -> Terms:
    return Terms(**{name: common[name] for name in COMMON})


def without_nul(text: str) -> str:
    if "\0" in text:
        raise Invalid(_("A text cannot hold the character NUL."))
    return text


def short(longest: int) -> Callable[[str], str]:
    def reading(text: str) -> str:
        if len(text) > longest:
            raise Invalid(_("This is too long: at most {count} letters."), count=longest)
        return text

    return reading


def whole(least: int, most: int) -> Callable[[str], int]:
    def reading(text: str) -> int:
        figures = ascii_digits(text)
        if not (figures.isascii() and figures.isdigit() and len(figures) < len(str(most)) + 1):
            raise Invalid(_("Write a whole number from {least} to {most}."), least=least, most=most)
        if not least <= int(figures) <= most:
            raise Invalid(_("Write a whole number from {least} to {most}."), least=least, most=most)
        return int(figures)

    return reading


def code(kind: type[_Code]) -> Callable[[str], _Code]:
    def reading(text: str) -> _Code:
        try:
            return kind(text.lower())
        except ValueError:
            raise Invalid(_("Write one of: {codes}."), codes=", ".join(kind)) from None

    return reading


def read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("Write a day as year-month-day, such as 2026-03-31.")) from None


def read_country(text: str) -> str:
    if text.upper() not in COUNTRIES:
        raise Invalid(_("Write one of: {codes}."), codes=", ".join(COUNTRIES))
    return text.upper()


def read_area(country: str | None, text: str) -> str:
    """Raises Invalid for an area that the arrival form does not know in this country."""
    known = areas_in(country) if country else []
    if text not in known:
        raise Invalid(_("Write an area of the country: {codes}."), codes=", ".join(known))
    return text


def read_languages(text: str) -> tuple[str, ...]:
    """Codes with blanks or commas between; `fr_FR` is `fr`."""
    names = Locale.parse("en").languages
    codes = [each.lower().replace("-", "_").partition("_")[0] for each in text.replace(",", " ").split()]
    if len(codes) > MOST_OCCUPATIONS or any(each not in names for each in codes):
        raise Invalid(_("Write languages as their codes with blanks between, such as: ar fr."))
    return tuple(dict.fromkeys(codes))


def read_level(text: str) -> int:
    known = {entry.code for entry in classification(ISCED).codes} - {UNKNOWN_LEVEL}
    if text not in known:
        raise Invalid(_("Write a level of ISCED 2011, from 0 to 8."))
    return int(text)


def read_field(text: str) -> str:
    if text not in {entry.code for entry in classification(ISCED_FIELDS).codes}:
        raise Invalid(_("Write a broad field of ISCED-F 2013 as its two digits, such as 07."))
    return text


def read_unit_group(text: str) -> str:
    occupation = read_occupation(text)
    if len(occupation) != UNIT_GROUP:
        raise Invalid(_("Write the occupation of a vacancy as four digits of ISCO-08, such as 7112 for bricklayers."))
    return occupation


def read_occupations(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(read_occupation(each) for each in text.replace(",", " ").split()))
    if len(found) > MOST_OCCUPATIONS:
        raise Invalid(_("Name at most {count} occupations."), count=MOST_OCCUPATIONS)
    return found


def occupation_group(language: str, occupation: str) -> str:
    """The sub-major group of ISCO-08 that an occupation belongs to, in words."""
    known = classification(ISCO).codes
    return next((entry.words(language)[0] for entry in known if entry.code == occupation[:2]), occupation)
