"""When a service is open: the schedules of HSDS (days of the week or month, from, to) at one moment, in local time.

What the directory does not say is unknown and never guessed: a schedule without hours, or of a kind not evaluated
here, opens nothing and closes nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel.core import get_global

from referrals.hsds import Schedule

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LOOKED_AHEAD = 14
"""Days."""
ALWAYS = timedelta(days=7)
"""Open without a break for longer than this is open day and night."""
_BYDAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_LAST_MINUTE = time(23, 59)

Window = tuple[datetime, datetime]


class State(StrEnum):
    OPEN = "open"
    LATER = "later"
    CLOSED = "closed"
    """It has hours, and none within the next fourteen days."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Opening:
    state: State
    at: datetime | None = None
    """In local time: until when it is open (None: day and night), or when it opens."""


class _Unreadable(Exception):
    """A schedule of a kind that is not evaluated."""


def opening(schedules: Sequence[Schedule], country: str, moment: datetime) -> Opening:
    """Whether a service with these schedules is open at `moment`, and what comes next.

    A schedule without hours for a certain time, such as a holiday, puts in doubt the days of that time and no others.
    """
    windows: list[Window] = []
    doubtful = [each for each in schedules if _puts_in_doubt(each)]
    regular = [each for each in schedules if each not in doubtful]
    unreadable = not regular
    for schedule in regular:
        try:
            windows += _windows(schedule, zone_for(country, schedule), moment)
        except _Unreadable:
            unreadable = True
    merged = _merged([window for window in windows if not _is_within(window[0].date(), doubtful)])
    for begins, ends in merged:
        if begins <= moment < ends:
            return Opening(State.OPEN, None if ends - moment > ALWAYS else ends)
    following = next((begins for begins, _ends in merged if begins > moment), None)
    if unreadable or (windows and _is_within(moment.astimezone(windows[0][0].tzinfo).date(), doubtful)):
        return Opening(State.UNKNOWN)
    return Opening(State.CLOSED) if following is None else Opening(State.LATER, following)


def _puts_in_doubt(schedule: Schedule) -> bool:
    has_hours = schedule.opens_at is not None and schedule.closes_at is not None
    return not has_hours and schedule.valid_from is not None and schedule.valid_to is not None


def _is_within(day: date, doubtful: Sequence[Schedule]) -> bool:
    return any(each.valid_from <= day <= each.valid_to for each in doubtful if each.valid_from and each.valid_to)


def zone_for(country: str, schedule: Schedule) -> tzinfo:
    """The country's time zone; where a country has several, the offset that the schedule names."""
    zones = get_global("territory_zones").get(country, [])
    if len(zones) == 1:
        return ZoneInfo(zones[0])
    if schedule.timezone is None:
        raise _Unreadable
    return timezone(timedelta(hours=schedule.timezone))


def _windows(schedule: Schedule, zone: tzinfo, moment: datetime) -> list[Window]:
    """The opening times from yesterday on: what opened then may go on past midnight."""
    if schedule.opens_at is None or schedule.closes_at is None or schedule.count is not None:
        raise _Unreadable
    today = moment.astimezone(zone).date()
    last = min((each for each in (schedule.valid_to, schedule.until) if each), default=today)
    if last < today - timedelta(days=1):
        raise _Unreadable  # what holds since then is not said
    days = [today + timedelta(days=ahead) for ahead in range(-1, LOOKED_AHEAD)]
    return [_window(schedule.opens_at, schedule.closes_at, day, zone) for day in days if _opens_on(schedule, day)]


def _window(opens_at: time, closes_at: time, day: date, zone: tzinfo) -> Window:
    opens, closes = opens_at.replace(tzinfo=None), closes_at.replace(tzinfo=None)
    next_day = closes <= opens
    begins = datetime.combine(day, opens, zone)
    if closes.replace(second=0, microsecond=0) == _LAST_MINUTE:
        return begins, datetime.combine(day + timedelta(days=1), time(), zone)
    return begins, datetime.combine(day + timedelta(days=next_day), closes, zone)


def _opens_on(schedule: Schedule, day: date) -> bool:
    first = max((each for each in (schedule.valid_from, schedule.dtstart) if each), default=None)
    last = min((each for each in (schedule.valid_to, schedule.until) if each), default=None)
    # Evaluated before the bounds, so that what cannot be read is unreadable on every day.
    fits = _weekly(schedule, day) if schedule.freq in (None, "WEEKLY") else _monthly(schedule, day)
    return fits and (first is None or day >= first) and (last is None or day <= last)


def _weekly(schedule: Schedule, day: date) -> bool:
    named = _days(schedule.byday)
    if not named or any(ordinal for ordinal, _day in named):
        raise _Unreadable
    step = _step(schedule)
    if step > 1:
        begun = schedule.dtstart or day
        weeks = (_monday(day) - _monday(begun)).days // 7
        if weeks % step:
            return False
    return any(DAYS[day.weekday()] == each for _ordinal, each in named)


def _monthly(schedule: Schedule, day: date) -> bool:
    step = _step(schedule)
    if step > 1:
        begun = schedule.dtstart or day
        months = (day.year - begun.year) * 12 + day.month - begun.month
        if months % step:
            return False
    if schedule.bymonthday:
        wanted = [each.strip() for each in schedule.bymonthday.split(",")]
        if not all(re.fullmatch(r"-?\d{1,2}", each) for each in wanted):
            raise _Unreadable
        return str(day.day) in wanted or str(day.day - _length(day) - 1) in wanted
    named = _days(schedule.byday)
    if not named:
        raise _Unreadable
    forward, backward = (day.day - 1) // 7 + 1, -((_length(day) - day.day) // 7 + 1)
    return any(each == DAYS[day.weekday()] and ordinal in (0, forward, backward) for ordinal, each in named)


def _step(schedule: Schedule) -> int:
    """Every how many weeks or months; more than one needs a day to count from."""
    step = int(schedule.interval or 1)
    if step < 1 or (step > 1 and schedule.dtstart is None):
        raise _Unreadable
    return step


def days_named(byday: str | None) -> list[tuple[int, str]]:
    """As `_days`; nothing if it cannot be read."""
    try:
        return _days(byday)
    except _Unreadable:
        return []


def _days(byday: str | None) -> list[tuple[int, str]]:
    """`MO,1TU` is [(0, 'MO'), (1, 'TU')]."""
    found = []
    for each in (byday or "").upper().replace(";", ",").split(","):
        match = _BYDAY.fullmatch(each.strip())
        if match is None:
            raise _Unreadable
        found.append((int(match[1] or 0), match[2]))
    return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _length(day: date) -> int:
    """Days of the month that `day` lies in."""
    following = day.replace(day=28) + timedelta(days=4)
    return (following - timedelta(days=following.day)).day


def _merged(windows: list[Window]) -> list[Window]:
    merged: list[Window] = []
    for begins, ends in sorted(windows, key=lambda window: (window[0].astimezone(UTC), window[1].astimezone(UTC))):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return merged
