"""Dates and small numbers by buttons: for people who would rather tap than write. Writing always works too."""

from datetime import date, timedelta

from babel import Locale, UnknownLocaleError
from babel.dates import get_month_names

from bot.form import Form
from bot.replies import Button, Row
from bot.taps import data, tap
from foundation import clock
from foundation.language import SOURCE_LANGUAGE, Message, _, _p
from questionnaire import engine
from questionnaire.dates import EARLIEST_YEAR, LATEST_YEAR
from questionnaire.sheet import Kind, Question, Widget

# Translators: Buttons under a question for a date. Short: they must fit a small phone.
EARLIER = _p("button", "⏪ Earlier years")
LATER = _p("button", "Later years ⏩")
ANOTHER_YEAR = _p("button", "↩️ Another year")

_YEARS_SHOWN, _YEARS_A_ROW, _MONTHS_A_ROW, _DAYS_A_ROW, _NUMBERS_A_ROW = 20, 4, 3, 7, 5
_MOST_NUMBER = 9
_MONTHS = 12
_YEAR, _YEAR_AND_MONTH = 1, 2
"""Parts of a date that are chosen already."""


def picker_line(form: Form, question: Question) -> str | None:
    """What to choose now, above the buttons."""
    if question.kind is not Kind.DATE:
        return None
    match form.drafted(question):
        case [year]:
            return form.turn.words(_("Choose the month of {year}, or write the whole date."), year=year)
        case [year, month]:
            name = _month_names(form.turn.language)[int(month)]
            return form.turn.words(_("Choose the day in {month} {year}."), month=name, year=year)
    return form.turn.words(_("Choose the year, or write the whole date, for example 3 May 1990."))


def picker_rows(form: Form, question: Question, page: int) -> tuple[Row, ...]:
    """`page`: the first year to show, counted from 1 for the earliest that a date can have; 0: the last years."""
    if question.kind is Kind.DATE:
        return _date_rows(form, question, page)
    if question.kind is Kind.INTEGER and question.widget is Widget.NUMBER_PAD:
        return _number_rows(form, question)
    return ()


async def draft_date(form: Form, question: Question, verb: str, number: int) -> bool:
    """Take the year or month that was tapped; False if the tap is neither."""
    parts = form.drafted(question)
    if question.kind is not Kind.DATE:
        return False
    if verb == "year" and EARLIEST_YEAR <= EARLIEST_YEAR + number <= LATEST_YEAR:
        await form.draft(question, [str(EARLIEST_YEAR + number)])
    elif verb == "month" and 1 <= number <= _MONTHS and parts:
        await form.draft(question, [parts[0], str(number)])
    elif verb == "undate":
        await form.draft(question, [])
    else:
        return False
    return True


def picked_text(form: Form, question: Question, verb: str, number: int) -> str | None:
    """The whole answer that a tap on a day or a number makes, as if it had been written."""
    parts = form.drafted(question)
    if verb == "day" and question.kind is Kind.DATE and len(parts) == _YEAR_AND_MONTH:
        return f"{parts[0]}-{int(parts[1]):02}-{number:02}"
    if verb == "number" and question.kind is Kind.INTEGER and 0 <= number <= _MOST_NUMBER:
        return str(number)
    return None


def _date_rows(form: Form, question: Question, page: int) -> tuple[Row, ...]:
    parts = form.drafted(question)
    if not parts:
        return _year_rows(form, page)
    again = ((tap(form, ANOTHER_YEAR, "undate"),),)
    if len(parts) == _YEAR:
        names = _month_names(form.turn.language)
        return _rows([(names[month], data(form, "month", str(month))) for month in names], _MONTHS_A_ROW) + again
    days = range(1, _days_of(int(parts[0]), int(parts[1])) + 1)
    return _rows([(str(day), data(form, "day", str(day))) for day in days], _DAYS_A_ROW) + again


def _year_rows(form: Form, page: int) -> tuple[Row, ...]:
    last = LATEST_YEAR - EARLIEST_YEAR
    start = page - 1 if page else clock.today().year - EARLIEST_YEAR - _YEARS_SHOWN + 1
    start = max(0, min(start, last - _YEARS_SHOWN + 1))
    years = range(start, start + _YEARS_SHOWN)
    rows = _rows([(str(EARLIEST_YEAR + year), data(form, "year", str(year))) for year in years], _YEARS_A_ROW)
    turning: list[Button] = []
    if start > 0:
        turning.append(tap(form, EARLIER, "years", str(max(0, start - _YEARS_SHOWN) + 1)))
    if start + _YEARS_SHOWN <= last:
        turning.append(tap(form, LATER, "years", str(start + _YEARS_SHOWN + 1)))
    return (*rows, tuple(turning))


def _number_rows(form: Form, question: Question) -> tuple[Row, ...]:
    """The small numbers that can be the answer. For a year of birth there are none, and it is written."""
    fitting = [
        number
        for number in range(_MOST_NUMBER + 1)
        if engine.check(form.sheet, question, number, form.answers, form.given) is None
    ]
    return _rows([(str(number), data(form, "number", str(number))) for number in fitting], _NUMBERS_A_ROW)


def _rows(buttons: list[Button], size: int) -> tuple[Row, ...]:
    """Numbers run from left to right in every script."""
    return tuple(tuple(buttons[start : start + size]) for start in range(0, len(buttons), size))


def _days_of(year: int, month: int) -> int:
    following = date(year + month // _MONTHS, month % _MONTHS + 1, 1)
    return (following - timedelta(days=1)).day


def _month_names(language: str) -> dict[int, str]:
    try:
        names = get_month_names("wide", "stand-alone", Locale.parse(language))
    except (UnknownLocaleError, ValueError):
        names = get_month_names("wide", "stand-alone", Locale.parse(SOURCE_LANGUAGE))
    return {month: str(names[month]) for month in range(1, _MONTHS + 1)}


UNKNOWN: Message = _p("button", "I don't know ▶️")
"""In place of Skip where a date is asked."""
