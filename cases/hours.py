"""When the programme works, and by when a person is answered: pure functions of a moment and a country.

The hours stand in `working_hours.json`, by country of return: a time zone, the hours of each day of the week, and the
days that are closed, every year (`MM-DD`) or once (`YYYY-MM-DD`). `other` serves whoever's country is not known.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

HOURS = Path(__file__).resolve().parent / "working_hours.json"
ELSEWHERE = "other"
REPLY_HOURS = 24
WORK_TO_ANSWER = timedelta(hours=2)
"""Working time that an answer is given at the least: a promise for the minute the doors open would be broken."""
QUARTER = timedelta(minutes=15)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_CLOSED = 60
"""Days. A week without any hour would make the search endless."""
NEVER = "no working hours in 60 days: see working_hours.json"


@dataclass(frozen=True, slots=True)
class Hours:
    zone: ZoneInfo
    week: tuple[tuple[tuple[time, time], ...], ...]
    """From Monday: when work begins and ends, for each stretch of the day."""
    closed: frozenset[str]

    def stretches(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working time of a day."""
        if {day.isoformat(), day.isoformat()[5:]} & self.closed:
            return []
        return [
            (datetime.combine(day, begins, self.zone), datetime.combine(day, ends, self.zone))
            for begins, ends in self.week[day.weekday()]
        ]


@cache
def hours_of(country: str | None) -> Hours:
    read = _read(HOURS.read_text("utf-8"))
    return read.get(country or ELSEWHERE, read[ELSEWHERE])


def zone_of(country: str | None) -> ZoneInfo:
    """The time zone in which a person who returns to this country is told a time."""
    return hours_of(country).zone


def is_working(moment: datetime, country: str | None) -> bool:
    hours = hours_of(country)
    return any(begins <= moment < ends for begins, ends in hours.stretches(moment.astimezone(hours.zone).date()))


def next_working(moment: datetime, country: str | None) -> datetime:
    """The moment itself if it falls into working time, else when work begins next; in the country's zone."""
    begins, _ends = next(_work_after(moment, hours_of(country)))
    return begins


def reply_due(moment: datetime, country: str | None, hours: int = REPLY_HOURS) -> datetime:
    """By when something that came at `moment` is answered, in the country's zone, on a quarter of an hour.

    That is the last working minute within `hours`. When less than two hours of work lie in between, as over a weekend,
    it is two hours into the next working time.
    """
    working = hours_of(country)
    enough = _after_work(moment, working, WORK_TO_ANSWER)
    latest = _last_work_before(_to_quarter(moment + timedelta(hours=hours)), working, since=moment)
    if latest is not None and _to_quarter(latest) >= enough:
        return _to_quarter(latest)
    return _to_quarter(enough + QUARTER - timedelta(microseconds=1))


def next_between(moment: datetime, country: str | None, begins: time, ends: time) -> tuple[datetime, datetime]:
    """The next time from `begins` to `ends` on a day that is worked on, an hour of which is still to come."""
    hours = hours_of(country)
    first = moment.astimezone(hours.zone)
    for days in range(_LONGEST_CLOSED):
        day = first.date() + timedelta(days)
        start, end = datetime.combine(day, begins, hours.zone), datetime.combine(day, ends, hours.zone)
        if hours.stretches(day) and end - first >= timedelta(hours=1):
            return max(start, first), end
    raise ValueError(NEVER)


def day_in_words(language: str, moment: datetime) -> str:
    return format_datetime(moment, "EEEE d MMMM y", locale=language)


def time_in_words(language: str, moment: datetime) -> str:
    return format_datetime(moment, "HH:mm" + _zone_named(moment), locale=language)


def in_words(language: str, moment: datetime) -> str:
    """A day with its weekday, and the time; of the Gregorian calendar in every language.

    The zone is named only where it is nobody's own.
    """
    return format_datetime(moment, "EEEE d MMMM y, HH:mm" + _zone_named(moment), locale=language)


def _zone_named(moment: datetime) -> str:
    return " 'UTC'" if str(moment.tzinfo) == "UTC" else ""


def _read(text: str) -> dict[str, Hours]:
    return {
        country: Hours(
            ZoneInfo(entry["zone"]),
            tuple(tuple(_stretch(*each) for each in entry["week"].get(day, [])) for day in _DAYS),
            frozenset(entry["closed"]),
        )
        for country, entry in json.loads(text).items()
    }


def _stretch(begins: str, ends: str) -> tuple[time, time]:
    return time.fromisoformat(begins), time.fromisoformat(ends)


def _work_after(moment: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    """The working time from `moment` on, stretch by stretch."""
    first = moment.astimezone(hours.zone)
    for days in range(_LONGEST_CLOSED):
        for begins, ends in hours.stretches(first.date() + timedelta(days)):
            if ends > first:
                yield max(begins, first), ends
    raise ValueError(NEVER)


def _after_work(moment: datetime, hours: Hours, work: timedelta) -> datetime:
    """When `work` has been possible since `moment`."""
    left = work
    for begins, ends in _work_after(moment, hours):
        # In UTC, because the arithmetic of local times forgets a change of the clock.
        length = ends.astimezone(UTC) - begins.astimezone(UTC)
        if length >= left:
            return (begins.astimezone(UTC) + left).astimezone(hours.zone)
        left -= length
    raise ValueError(NEVER)


def _last_work_before(limit: datetime, hours: Hours, *, since: datetime) -> datetime | None:
    """The last working moment up to `limit`, None if there is none after `since`."""
    found = None
    for begins, ends in _work_after(since, hours):
        if begins >= limit:
            return found
        found = min(ends, limit.astimezone(hours.zone))
    return found


def _to_quarter(moment: datetime) -> datetime:
    """The quarter of an hour that has begun."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
