"""Moments as the person reads them on their own clock."""

from datetime import datetime

from cases.hours import zone_of
from cases.rules import COUNTRY_NAMES
from foundation.language import Message, _


def local_time(country: str | None, moment: datetime) -> datetime:
    """`moment` in the zone of the country of return; in UTC where that country is not known."""
    return moment.astimezone(zone_of(country))


def clock_words(country: str | None) -> Message:
    """Which clock the times of a text are given by."""
    if country in COUNTRY_NAMES and str(zone_of(country)) != "UTC":
        # Translators: {country} is a country, such as The Gambia
        return _("Times are given as the clock in {country} shows them.").of(country=COUNTRY_NAMES[country])
    return _("Times are given in UTC (world time).")
