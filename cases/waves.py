"""When a person is asked how they are after a return: the list of waves, due days, decent hours, attempts."""

import calendar
import json
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from foundation.language import Message, _, _p

BUILT_IN = Path(__file__).resolve().parent / "waves.json"
FIRST_HOUR, LAST_HOUR = 9, 19
"""Nobody is asked before the first or from the last on, by the clock where they live."""
ASK_AT = time(10)
GAPS = (5, 5, 4)
"""Days from each attempt to the next, and from the last to giving up: days 0, 5 and 10; after 14 days unreachable."""
MONTHS_A_YEAR = 12
_CODE = re.compile(r"(day|month)_(\d{1,4})")


class WavesRefused(Exception):
    """The list of waves cannot be used; one sentence a line says why."""


def months_after(day: date, months: int) -> date:
    """By the calendar: three months after 30 November is the last day of February."""
    years, month = divmod(day.month - 1 + months, MONTHS_A_YEAR)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


class Wave(BaseModel):
    """One time of asking, counted from the return: after some days, or after some calendar months."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int | None = Field(None, ge=0, le=1000)
    months: int | None = Field(None, ge=1, le=120)
    form: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,59}$")
    form_for_children: str | None = Field(None, pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,59}$")
    """Asked instead of anyone who may be a child; None: the same form."""
    window_days: int = Field(ge=1, le=90)
    """How many days before or after the due day an answer belongs to this wave, and how late it may begin."""

    @model_validator(mode="after")
    def _must_have_one_distance(self) -> "Wave":
        if (self.days is None) == (self.months is None):
            raise ValueError("give either days or months")
        return self

    @property
    def code(self) -> str:
        return f"day_{self.days}" if self.months is None else f"month_{self.months}"

    def forms(self) -> frozenset[str]:
        return frozenset([self.form, self.form_for_children or self.form])

    def due_on(self, returned_on: date) -> date:
        if self.months is None:
            return returned_on + timedelta(days=self.days or 0)
        return months_after(returned_on, self.months)


class WaveList(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(min_length=1, max_length=60)
    default: tuple[Wave, ...] = Field(min_length=1)
    countries: dict[str, tuple[Wave, ...]] = Field(default_factory=dict)
    """By country of return, as in the arrival form. A country with an empty list has no follow-up."""

    @field_validator("default", "countries")
    @classmethod
    def _must_rise(cls, value: tuple[Wave, ...] | dict[str, tuple[Wave, ...]]) -> object:
        start = date(2001, 1, 1)
        for waves in value.values() if isinstance(value, dict) else [value]:
            days = [wave.due_on(start) for wave in waves]
            if days != sorted(set(days)):
                raise ValueError("each wave must come after the one before it")
        return value

    def of(self, country: str | None) -> tuple[Wave, ...]:
        return self.countries.get(country or "", self.default)

    def find(self, country: str | None, code: str) -> Wave | None:
        """A wave of the list; None for one that an earlier list had."""
        return next((wave for wave in self.of(country) if wave.code == code), None)

    def forms(self) -> frozenset[str]:
        """Every form that is asked by some wave."""
        lists = [self.default, *self.countries.values()]
        return frozenset[str]().union(*(wave.forms() for waves in lists for wave in waves))


def read_waves(text: str) -> WaveList:
    """Raises WavesRefused with everything that is wrong."""
    try:
        return WaveList.model_validate(json.loads(text))
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}." for each in error.errors()]
        raise WavesRefused("\n".join(lines)) from None
    except (ValueError, RecursionError):
        raise WavesRefused("The file is not JSON.") from None


class _InForce:
    """The list in use in this process; the built-in one until `use_waves` names another."""

    waves: WaveList | None = None


def use_waves(path: Path | None) -> None:
    """From now on this process follows this list; None: the built-in one. Raises WavesRefused or OSError."""
    _InForce.waves = read_waves((path or BUILT_IN).read_text(encoding="utf-8"))


def waves_in_force() -> WaveList:
    if _InForce.waves is None:
        _InForce.waves = read_waves(BUILT_IN.read_text(encoding="utf-8"))
    return _InForce.waves


def wave_name(code: str) -> Message:
    found = _CODE.fullmatch(code)
    if found is None:
        return Message("{code}").of(code=code)
    # Translators: when someone is asked how they are: so long after their return.
    name = _p("follow-up", "Day {count}") if found[1] == "day" else _p("follow-up", "Month {count}")
    return name.of(count=int(found[2]))


def wave_order(code: str) -> tuple[int, int, str]:
    """Sorts waves by time: days before months, by their number."""
    found = _CODE.fullmatch(code)
    return (found[1] == "month", int(found[2]), code) if found else (2, 0, code)


class Step(StrEnum):
    WAIT = "wait"
    ASK = "ask"
    GIVE_UP = "give_up"


def next_step(attempts: int, moment: datetime, zone: tzinfo) -> tuple[Step, datetime | None]:
    """What to do at `moment` with a wave that is due, after so many attempts; and when to look again.

    Rests on nothing but its arguments: neither a restart nor a clock that jumps makes an attempt too many.
    """
    if attempts >= len(GAPS):
        return Step.GIVE_UP, None
    start = decent(moment, zone)
    if start > moment:
        return Step.WAIT, start
    return Step.ASK, ask_on(moment.astimezone(zone).date() + timedelta(days=GAPS[attempts]), zone)


def decent(moment: datetime, zone: tzinfo) -> datetime:
    """`moment` if nobody is disturbed then, else the next time that nobody is."""
    local = moment.astimezone(zone)
    if FIRST_HOUR <= local.hour < LAST_HOUR:
        return moment
    day = local.date() + timedelta(days=int(local.hour >= LAST_HOUR))
    return datetime.combine(day, time(FIRST_HOUR), zone).astimezone(UTC)


def ask_on(day: date, zone: tzinfo) -> datetime:
    """When someone is asked on that day, by the clock of `zone`, whatever summer time does."""
    return datetime.combine(day, ASK_AT, zone).astimezone(UTC)


CLOSED_FOR: dict[str, Message] = {
    "case_closed": _("The case was not open."),
    "consent_withdrawn": _("There was no agreement to keep data."),
    "stopped_by_person": _("The person does not want to be asked any more."),
    "too_late": _("Its time had passed before anyone could ask."),
    "no_form": _("There was no form to ask with."),
    "not_wanted": _("Not needed, as decided by staff."),
    "other_way": _("Staff know how the person is from elsewhere."),
    "left_country": _("The person has left the country."),
    "deceased": _("The person has died."),
}
"""Why a wave was closed without an answer: codes of the audit log. Leaving the country again is no failure."""
BY_STAFF = ("other_way", "not_wanted", "left_country", "deceased")
"""What staff may choose from."""
