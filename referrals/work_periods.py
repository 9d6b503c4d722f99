"""Times of work abroad: from when to when, for whom, where, insured or not. All of it is sealed.

Fields follow the practice of social-security institutions; whoever has no papers can say what else shows the work.
"""

from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from foundation import clock
from foundation.errors import Invalid
from foundation.language import Message, _, _p

LONGEST = 500
"""Characters of each text."""


class Insured(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class WorkStatus(StrEnum):
    EMPLOYED = "employed"
    SELF_EMPLOYED = "self_employed"
    DOMESTIC = "domestic"
    SEASONAL = "seasonal"
    SEAFARER = "seafarer"
    INFORMAL = "informal"


INSURED_NAMES: dict[Insured, Message] = {
    Insured.YES: _p("insured", "Yes"),
    Insured.NO: _p("insured", "No"),
    Insured.UNKNOWN: _p("insured", "Not known"),
}
WORK_STATUS_NAMES: dict[WorkStatus, Message] = {
    WorkStatus.EMPLOYED: _p("work", "Employed"),
    WorkStatus.SELF_EMPLOYED: _p("work", "Self-employed"),
    WorkStatus.DOMESTIC: _p("work", "Domestic work"),
    WorkStatus.SEASONAL: _p("work", "Seasonal work"),
    WorkStatus.SEAFARER: _p("work", "At sea"),
    WorkStatus.INFORMAL: _p("work", "Without a contract or papers"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """`ends_on` is the last day; None: the person does not know it any more."""

    starts_on: date
    ends_on: date | None
    employer: str
    place: str
    work: str = ""
    status: WorkStatus = WorkStatus.EMPLOYED
    insured: Insured = Insured.UNKNOWN
    scheme: str = ""
    proof: str = ""
    """What shows it, in the absence of papers too: witnesses, photos, transfers."""


def checked(period: Period) -> Period:
    """Without blanks around the texts. Raises Invalid for what cannot be."""
    texts = {name: str(getattr(period, name)).strip() for name in ("employer", "place", "work", "scheme", "proof")}
    if not texts["employer"] or not texts["place"]:
        raise Invalid(_("Write for whom and where the person worked; “not known” is an answer too."))
    if any(len(text) > LONGEST for text in texts.values()):
        raise Invalid(_("Please keep each answer under {count} characters."), count=LONGEST)
    if period.starts_on > clock.today() or (period.ends_on is not None and period.ends_on > clock.today()):
        raise Invalid(_("The day cannot lie in the future."))
    if period.ends_on is not None and period.ends_on < period.starts_on:
        raise Invalid(_("The work ends before it begins."))
    return Period(
        starts_on=period.starts_on, ends_on=period.ends_on, status=period.status, insured=period.insured, **texts
    )


def packed(period: Period) -> dict[str, Any]:
    return asdict(period) | {
        "starts_on": period.starts_on.isoformat(),
        "ends_on": period.ends_on.isoformat() if period.ends_on else None,
    }


def unpacked(stored: dict[str, Any]) -> Period:
    ends_on = stored["ends_on"]
    return Period(
        **stored
        | {
            "starts_on": date.fromisoformat(stored["starts_on"]),
            "ends_on": date.fromisoformat(ends_on) if ends_on else None,
            "status": WorkStatus(stored["status"]),
            "insured": Insured(stored["insured"]),
        }
    )


def months_of(periods: list[Period]) -> int:
    """Months in which there was work, each counted once, of the periods whose end is known."""
    months: set[int] = set()
    for each in periods:
        if each.ends_on is not None:
            months.update(range(_month(each.starts_on), _month(each.ends_on) + 1))
    return len(months)


def _month(day: date) -> int:
    return day.year * 12 + day.month
