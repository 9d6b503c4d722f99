"""A service in words, the same in the chat and on the public page: when, where, what it costs, what to bring.

What the directory does not say is told as unknown.
"""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from functools import cache

from babel.dates import format_date, format_time

from cases.helplines import language_name, left_to_right
from cases.sheets import ARRIVAL, built_in_sheets
from foundation import clock
from foundation.language import SOURCE_LANGUAGE, Message, _, isolate, listed, say
from questionnaire.parts import Choice
from questionnaire.wording import choice_words
from referrals.finance import PRODUCT_NAMES, products
from referrals.finding import Found
from referrals.hsds import CostOption
from referrals.matching import area_code
from referrals.models import Service
from referrals.opening import Opening, State

FREE = frozenset(["", "free", "free of charge", "no fee", "none"])
"""Descriptions of a cost of nothing that say nothing more."""


NOT_PUBLISHED = _(
    "Where it is and how to call there is not published, so that the people there are safe. "
    "Your caseworker tells you how to get there."
)


@dataclass(frozen=True, slots=True)
class Line:
    sign: str
    text: str


def lines(language: str, found: Found) -> list[Line]:
    """Everything to know before going there, but the phone numbers: how they are shown depends on the channel."""
    service = found.service
    where = [Line("🕒", opening_text(language, found.opening)), Line("📍", _place(language, found))]
    if not service.is_public:
        where = [Line("📍", say(language, NOT_PUBLISHED))]
    told = [
        *where,
        Line("🗣", languages_text(language, found)),
        Line("🏦", offers_text(language, service)),
        Line("💰", cost_text(language, found)),
        Line("👥", for_whom_text(language, service)),
        Line("📄", _documents(language, found)),
        Line("⚠️", str(service.hsds.get("alert") or "")),
    ]
    return [line for line in told if line.text]


def offers_text(language: str, service: Service) -> str:
    """What a financial service offers; nothing of any other."""
    found = products(service.hsds)
    if not found:
        return ""
    names = listed(language, (say(language, PRODUCT_NAMES[each]) for each in found))
    # Translators: {services} is a list such as "an account, saving, loans"
    return say(language, _("Offers: {services}"), services=names)


def opening_text(language: str, opening: Opening) -> str:
    if opening.state is State.OPEN:
        if opening.at is None:
            return say(language, _("Open now, day and night"))
        return say(language, _("Open now, until {time}"), time=time_text(language, opening.at))
    if opening.state is State.LATER and opening.at is not None:
        return _opens(language, opening.at)
    if opening.state is State.CLOSED:
        return say(language, _("Closed in the next two weeks. Please call first."))
    return say(language, _("We do not know the opening hours. Please call first."))


def distance_text(language: str, km: float) -> str:
    whole = round(km)
    return say(language, _("Less than 1 km away")) if whole < 1 else say(language, _("About {km} km away"), km=whole)


@cache
def areas_of(country: str) -> dict[str, Choice]:
    """The areas of a country as the arrival form names them, by the directory's code."""
    choices = built_in_sheets()[ARRIVAL].question("area").choices
    ours = [choice for choice in choices if choice.columns.get("country") == country]
    return {code: choice for choice in ours if (code := area_code(country, choice.code))}


def area_name(language: str, country: str, code: str) -> str:
    return say(language, choice_words(built_in_sheets()[ARRIVAL], areas_of(country)[code], language))


def _opens(language: str, at: datetime) -> str:
    values = {"time": time_text(language, at)}
    days = (at.date() - clock.now().astimezone(at.tzinfo).date()).days
    if days == 0:
        return say(language, _("Closed now. Opens today at {time}"), **values)
    if days == 1:
        return say(language, _("Closed now. Opens tomorrow at {time}"), **values)
    day = format_date(at.date(), "EEEE d MMMM", locale=language)
    # Translators: {day} is a day with its weekday, such as "Monday 4 May".
    return say(language, _("Closed now. Opens on {day} at {time}"), day=day, **values)


def time_text(language: str, moment: datetime) -> str:
    return format_time(moment, "HH:mm", tzinfo=moment.tzinfo, locale=language)


def time_range(language: str, opens: time, closes: time) -> str:
    """Such as 08:30–16:30, the earlier one first in any script."""
    told = (format_time(each.replace(tzinfo=None), "HH:mm", locale=language) for each in (opens, closes))
    return left_to_right("–".join(told))


def _place(language: str, found: Found) -> str:
    far = "" if found.km is None else distance_text(language, found.km)
    return " · ".join(part for part in (found.place, far) if part)


def languages_text(language: str, found: Found) -> str:
    codes = found.service.languages
    if not codes:
        return say(language, _("We do not know which languages are spoken there."))
    names = listed(language, (language_name(language, code) for code in codes))
    return say(language, _("They speak: {languages}"), languages=names)


def cost_text(language: str, found: Found) -> str:
    told = [_one_cost(language, each) for each in found.costs if each.amount is not None]
    if told:
        return "; ".join(dict.fromkeys(told))
    given = str(found.service.hsds.get("fees_description") or "")
    return given or say(language, _("We do not know what it costs. Please ask first."))


def _one_cost(language: str, cost: CostOption) -> str:
    amount = Decimal(str(cost.amount))
    more = (cost.amount_description or cost.option or "").strip()
    if amount == 0:
        nothing = say(language, _("Costs nothing"))
        return nothing if more.casefold() in FREE else f"{nothing} ({more})"
    shown = int(amount) if amount == int(amount) else amount
    told = say(language, _("Costs {amount} {currency}"), amount=shown, currency=cost.currency or "")
    return f"{told.strip()} ({more})" if more else told.strip()


def for_whom_text(language: str, service: Service) -> str:
    ages = _ages(service)
    described = str(service.hsds.get("eligibility_description") or "").strip()
    if ages is None:
        return described
    told = say(language, ages)
    # The directory's own sentence may say the same once more, in its own language.
    says_more = described.rstrip(".").casefold() != say(SOURCE_LANGUAGE, ages).rstrip(".").casefold()
    return f"{told} {isolate(described)}" if described and says_more else told


def _ages(service: Service) -> Message | None:
    low, high = service.minimum_age, service.maximum_age
    if low is not None and high is not None:
        return _("For people aged {low} to {high}.").of(low=low, high=high)
    if low is not None:
        return _("For people aged {low} or older.").of(low=low)
    return None if high is None else _("For people aged {high} or younger.").of(high=high)


def _documents(language: str, found: Found) -> str:
    if not found.documents:
        return ""
    return say(language, _("Bring with you: {documents}"), documents="; ".join(found.documents))
