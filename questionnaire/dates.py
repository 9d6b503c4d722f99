"""Reading a date as people write it: 1990-05-03, 3/5/1990 (day first), 3 May 1990, ٣ أيار ١٩٩٠."""

import re
from datetime import date
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import get_month_names

from foundation.errors import Invalid
from foundation.language import _
from questionnaire.cleaning import ascii_digits, fold

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
_ALWAYS_READ = ("en", "fr", "ar", "ar_TN", "ar_LB")
"""Languages people write months in whatever they chat in; Tunisia and the Levant have names of their own."""
_ALSO_MAY = ("می", "مې", "مئ", "ግንቦት")
"""How May is written in Afghanistan and in Tigray beside the names that CLDR has."""
_YEAR_DIGITS = 4
_LONGEST_DATE = 60
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|ere|eme|ème|e|º|ª|°)\b", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{1,4})\s*[-/.\s]\s*(\d{1,2})\s*[-/.\s]\s*(\d{1,4})", re.ASCII)


def read_date(text: str, language: str) -> date:
    """Raises Invalid with what to type instead. In numbers the day comes before the month, unless the year is first."""
    plain = _ORDINAL.sub("", ascii_digits(text).strip())
    if len(plain) > _LONGEST_DATE:
        raise _not_a_date()
    whole = _NUMERIC.fullmatch(plain)
    first, month, last = whole.groups() if whole else _with_month_name(plain, language)
    year, day = (first, last) if len(first) == _YEAR_DIGITS else (last, first)
    if len(year) != _YEAR_DIGITS:
        raise Invalid(_("Please write the year with four digits, for example 3 May 1990."))
    return _civil_date(int(year), int(month), int(day))


def _civil_date(year: int, month: int, day: int) -> date:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        # Translators: said when a date has a year such as 1369 or 19900.
        raise Invalid(_("Please write the year as in the international calendar, for example 3 May 1990."))
    try:
        return date(year, month, day)
    except ValueError as fault:
        raise Invalid(_("This day does not exist. Please send day, month and year, for example 3 May 1990.")) from fault


def _with_month_name(plain: str, language: str) -> tuple[str, str, str]:
    words = fold(plain)
    numbers = re.findall(r"\d+", words, re.ASCII)
    month = _month(words, language)
    if not numbers:
        raise _not_a_date()
    if month and len(numbers) == 2:  # noqa: PLR2004 - a day and a year
        return numbers[0], str(month), numbers[1]
    if len(numbers) == 1 and len(numbers[0]) == _YEAR_DIGITS:
        raise Invalid(_("We need the day and the month too. Please send all three, for example 3 May 1990."))
    raise _not_a_date()


def _not_a_date() -> Invalid:
    return Invalid(_("Please send a date with day, month and year, for example 3 May 1990."))


def _month(words: str, language: str) -> int:
    """1 to 12, or 0 when the words hold no month or more than one."""
    padded = f" {re.sub(r'[0-9]+', ' ', words)} "
    padded = f" {' '.join(padded.split())} "
    found = {month for name, month in _months(language) if f" {name} " in padded}
    return found.pop() if len(found) == 1 else 0


@cache
def _months(language: str) -> tuple[tuple[str, int], ...]:
    names: dict[str, int] = {fold(name): 5 for name in _ALSO_MAY}
    for code in (*_ALWAYS_READ, language):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for month, name in _month_names(code, width, context).items():
                    names.setdefault(fold(name), month)
    names.pop("", None)
    return tuple(names.items())


def _month_names(code: str, width: str, context: str) -> dict[int, str]:
    try:
        names = get_month_names(width, context, Locale.parse(code))  # type: ignore[arg-type]
    except (UnknownLocaleError, ValueError):
        return {}
    return {month: str(name) for month, name in names.items() if not str(name).isdigit()}
