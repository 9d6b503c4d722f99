"""The words and steps of vacancies and courses: kinds, states, and what can come of one for a person."""

from enum import StrEnum

from cases.rules import NeedKind
from foundation.language import Message, _p


class OpeningKind(StrEnum):
    VACANCY = "vacancy"
    COURSE = "course"
    JOB_FAIR = "job_fair"
    """A day on which many employers meet people: seats and dates like a course, for those who look for work."""


OPENING_KIND_NAMES: dict[OpeningKind, Message] = {
    OpeningKind.VACANCY: _p("opening", "Vacancy"),
    OpeningKind.COURSE: _p("opening", "Course"),
    OpeningKind.JOB_FAIR: _p("opening", "Job fair"),
}

KINDS_FOR_OPENING_NEED: dict[NeedKind, tuple[OpeningKind, ...]] = {
    NeedKind.WORK: (OpeningKind.VACANCY, OpeningKind.JOB_FAIR),
    NeedKind.TRAINING: (OpeningKind.COURSE,),
}


class OpeningStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    """By hand: filled, called off."""
    EXPIRED = "expired"


OPENING_STATUS_NAMES: dict[OpeningStatus, Message] = {
    OpeningStatus.OPEN: _p("opening", "Open"),
    OpeningStatus.CLOSED: _p("opening", "Closed"),
    OpeningStatus.EXPIRED: _p("opening", "Expired"),
}


class Contract(StrEnum):
    PERMANENT = "permanent"
    FIXED_TERM = "fixed_term"
    SEASONAL = "seasonal"
    CASUAL = "casual"
    APPRENTICESHIP = "apprenticeship"


CONTRACT_NAMES: dict[Contract, Message] = {
    Contract.PERMANENT: _p("contract", "Permanent"),
    Contract.FIXED_TERM: _p("contract", "For a fixed time"),
    Contract.SEASONAL: _p("contract", "For a season"),
    Contract.CASUAL: _p("contract", "By the day or task"),
    Contract.APPRENTICESHIP: _p("contract", "Apprenticeship"),
}


class WagePeriod(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


WAGE_PERIOD_NAMES: dict[WagePeriod, Message] = {
    WagePeriod.HOUR: _p("wage", "an hour"),
    WagePeriod.DAY: _p("wage", "a day"),
    WagePeriod.WEEK: _p("wage", "a week"),
    WagePeriod.MONTH: _p("wage", "a month"),
    WagePeriod.YEAR: _p("wage", "a year"),
}


class Outcome(StrEnum):
    """How far a person is with one vacancy, course or job fair."""

    SUGGESTED = "suggested"
    TOLD = "told"
    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"
    APPLIED = "applied"
    INTERVIEW = "interview"
    OFFERED = "offered"
    STARTED = "started"
    STAYED_3 = "stayed_3"
    STAYED_6 = "stayed_6"
    ENROLLED = "enrolled"
    ATTENDED = "attended"
    COMPLETED = "completed"
    CERTIFIED = "certified"
    ENDED = "ended"
    """With a reason: before a job began, or after."""
    DROPPED_OUT = "dropped_out"
    """With a reason: before a course began, or after."""


_ASKING: dict[Outcome, frozenset[Outcome]] = {
    Outcome.SUGGESTED: frozenset([Outcome.TOLD, Outcome.INTERESTED, Outcome.NOT_INTERESTED]),
    Outcome.TOLD: frozenset([Outcome.INTERESTED, Outcome.NOT_INTERESTED]),
    # A person may change their mind.
    Outcome.NOT_INTERESTED: frozenset([Outcome.INTERESTED]),
}
_OF_A_COURSE: dict[Outcome, frozenset[Outcome]] = _ASKING | {
    Outcome.INTERESTED: frozenset([Outcome.NOT_INTERESTED, Outcome.ENROLLED]),
    Outcome.ENROLLED: frozenset([Outcome.ATTENDED, Outcome.DROPPED_OUT]),
    Outcome.ATTENDED: frozenset([Outcome.COMPLETED, Outcome.CERTIFIED, Outcome.DROPPED_OUT]),
    Outcome.COMPLETED: frozenset([Outcome.CERTIFIED]),
    Outcome.CERTIFIED: frozenset(),
    Outcome.DROPPED_OUT: frozenset(),
}
OUTCOME_STEPS: dict[OpeningKind, dict[Outcome, frozenset[Outcome]]] = {
    OpeningKind.VACANCY: _ASKING
    | {
        Outcome.INTERESTED: frozenset([Outcome.NOT_INTERESTED, Outcome.APPLIED, Outcome.ENDED]),
        Outcome.APPLIED: frozenset([Outcome.INTERVIEW, Outcome.OFFERED, Outcome.STARTED, Outcome.ENDED]),
        Outcome.INTERVIEW: frozenset([Outcome.OFFERED, Outcome.STARTED, Outcome.ENDED]),
        Outcome.OFFERED: frozenset([Outcome.STARTED, Outcome.ENDED]),
        Outcome.STARTED: frozenset([Outcome.STAYED_3, Outcome.STAYED_6, Outcome.ENDED]),
        Outcome.STAYED_3: frozenset([Outcome.STAYED_6, Outcome.ENDED]),
        Outcome.STAYED_6: frozenset([Outcome.ENDED]),
        Outcome.ENDED: frozenset(),
    },
    OpeningKind.COURSE: _OF_A_COURSE,
    OpeningKind.JOB_FAIR: _ASKING
    | {
        Outcome.INTERESTED: frozenset([Outcome.NOT_INTERESTED, Outcome.ENROLLED]),
        Outcome.ENROLLED: frozenset([Outcome.ATTENDED, Outcome.DROPPED_OUT]),
        Outcome.ATTENDED: frozenset(),
        Outcome.DROPPED_OUT: frozenset(),
    },
}
"""What may follow what. What came of a job is recorded on a day, not of a day: someone may be heard of late."""


def outcomes_after(kind: OpeningKind, outcome: Outcome) -> list[Outcome]:
    """What may follow, in the order in which things usually come."""
    following = OUTCOME_STEPS[kind][outcome]
    return [each for each in Outcome if each in following]


TAKES_A_PLACE = frozenset(
    [
        *(Outcome.STARTED, Outcome.STAYED_3, Outcome.STAYED_6),
        *(Outcome.ENROLLED, Outcome.ATTENDED, Outcome.COMPLETED, Outcome.CERTIFIED),
    ]
)
OVER = frozenset(
    [Outcome.NOT_INTERESTED, Outcome.ENDED, Outcome.DROPPED_OUT, Outcome.COMPLETED, Outcome.CERTIFIED, Outcome.ATTENDED]
)
"""It is not suggested to the person again."""
NEEDS_REASON = frozenset([Outcome.ENDED, Outcome.DROPPED_OUT])

OUTCOME_NAMES: dict[Outcome, Message] = {
    Outcome.SUGGESTED: _p("outcome", "Suggested"),
    Outcome.TOLD: _p("outcome", "The person was told"),
    Outcome.INTERESTED: _p("outcome", "The person is interested"),
    Outcome.NOT_INTERESTED: _p("outcome", "The person does not want it"),
    Outcome.APPLIED: _p("outcome", "Applied"),
    Outcome.INTERVIEW: _p("outcome", "Interview"),
    Outcome.OFFERED: _p("outcome", "Has an offer"),
    Outcome.STARTED: _p("outcome", "Has started"),
    Outcome.STAYED_3: _p("outcome", "Still there after 3 months"),
    Outcome.STAYED_6: _p("outcome", "Still there after 6 months"),
    Outcome.ENROLLED: _p("outcome", "Has a seat"),
    Outcome.ATTENDED: _p("outcome", "Attended"),
    Outcome.COMPLETED: _p("outcome", "Completed"),
    Outcome.CERTIFIED: _p("outcome", "Completed, with a certificate"),
    Outcome.ENDED: _p("outcome", "Ended"),
    Outcome.DROPPED_OUT: _p("outcome", "Did not go on"),
}


class EndReason(StrEnum):
    NOT_CHOSEN = "not_chosen"
    FILLED = "filled"
    CONTRACT_ENDED = "contract_ended"
    BETTER_WORK = "better_work"
    CONDITIONS = "conditions"
    DISMISSED = "dismissed"
    HEALTH = "health"
    FAMILY = "family"
    DISTANCE = "distance"
    MOVED_AWAY = "moved_away"
    OTHER = "other"


END_REASON_NAMES: dict[EndReason, Message] = {
    EndReason.NOT_CHOSEN: _p("why it ended", "Someone else was chosen"),
    EndReason.FILLED: _p("why it ended", "It was called off, or filled before"),
    EndReason.CONTRACT_ENDED: _p("why it ended", "The contract or season ended"),
    EndReason.BETTER_WORK: _p("why it ended", "Found other work or another course"),
    EndReason.CONDITIONS: _p("why it ended", "Pay or conditions were not as promised"),
    EndReason.DISMISSED: _p("why it ended", "Was dismissed"),
    EndReason.HEALTH: _p("why it ended", "Health"),
    EndReason.FAMILY: _p("why it ended", "Care for family"),
    EndReason.DISTANCE: _p("why it ended", "Too far, or no way to get there"),
    EndReason.MOVED_AWAY: _p("why it ended", "Moved away"),
    EndReason.OTHER: _p("why it ended", "Another reason"),
}


SAME, CLOSE, RELATED, ANYONE = range(4)
"""How near an occupation is. In the same minor group of ISCO-08 it is close; in the same sub-major group, related."""
HERE, COUNTRYWIDE, ELSEWHERE = range(3)
