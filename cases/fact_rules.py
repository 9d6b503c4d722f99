"""The words of counted facts: what is counted, and the codes in which it is told. No code names anyone.

Monitoring reads facts and nothing else, so a figure can only be made of what stands here.
"""

from datetime import timedelta
from enum import StrEnum

NONE = "none"
"""Where a fact has nothing to tell in a column."""


class Thing(StrEnum):
    """What a fact counts one of."""

    CASE = "case"
    FLAG = "flag"
    NEED = "need"
    SKILL = "skill"
    COUNSELLING = "counselling"
    PLAN = "plan"
    ACTIVITY = "activity"
    REFERRAL = "referral"
    REFERRAL_WAIT = "referral_wait"
    PLACEMENT = "placement"
    APPLICATION = "application"
    FOLLOW_UP = "follow_up"
    ANSWER_WORK = "answer_work"
    ANSWER_IDENTITY = "answer_identity"
    ANSWER_SCHOOL = "answer_school"
    ANSWER_DISCRIMINATION = "answer_discrimination"
    ANSWER_SUPPORT = "answer_support"
    SCORE = "score"
    RETURN = "return"
    RETURN_CHECK = "return_check"
    WITHDRAWAL = "withdrawal"
    CHILD_CHECK = "child_check"
    GUARDIAN = "guardian"
    TRAVEL_DOCUMENT = "travel_document"
    MONITORED = "monitored"
    OVERRIDE = "override"
    COMPLAINT = "complaint"


class Told(StrEnum):
    """How a question stands. Missing evidence is never a yes."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not_known"
    NOT_APPLICABLE = "not_applicable"
    """The question does not arise: it is counted so that each question is asked of the same whole."""


class Timing(StrEnum):
    """Whether something was done by when it should be."""

    IN_TIME = "in_time"
    LATE = "late"
    NOT_YET = "not_yet"


class Days(StrEnum):
    """How many days something took, in bands: an exact number could tell of one person."""

    WEEK = "0-7"
    FORTNIGHT = "8-14"
    MONTH = "15-30"
    QUARTER = "31-90"
    LONGER = "91+"
    NOT_YET = "not_yet"
    NEVER = "never"


DAYS_UP_TO: tuple[tuple[Days, int], ...] = (
    (Days.WEEK, 7),
    (Days.FORTNIGHT, 14),
    (Days.MONTH, 30),
    (Days.QUARTER, 90),
)


def days_band(days: int) -> Days:
    """The band of a number of whole days."""
    return next((band for band, most in DAYS_UP_TO if days <= most), Days.LONGER)


class Weighed(StrEnum):
    """With which weights a survey was scored. Scores with different ones are not comparable."""

    INTERIM = "interim"
    OWN = "own"


class ReturnCheck(StrEnum):
    """What is looked at for each return that has departed."""

    ASSESSMENT = "assessment"
    INFORMED_CONSENT = "informed_consent"
    REMEDIES = "remedies"
    LEGAL_HELP = "legal_help"
    FIT_TO_TRAVEL = "fit_to_travel"
    CONSULAR_WANTED = "consular_wanted"
    CONSULAR_DECLINED = "consular_declined"
    MONITORED = "monitored"
    MONITORED_THROUGHOUT = "monitored_throughout"


class ChildCheck(StrEnum):
    """What is looked at for each child who was returned."""

    BEST_INTERESTS = "best_interests"
    ACCOMPANIED = "accompanied"
    ARRANGEMENTS = "arrangements"
    HANDED_OVER = "handed_over"
    OVERRIDE = "override"


class MonitorCheck(StrEnum):
    """What monitors wrote of a return that they monitored."""

    BEFORE = "before"
    DEPARTURE = "departure"
    JOURNEY = "journey"
    HANDOVER = "handover"
    AFTER = "after"
    NOTICE = "notice"
    NEEDS_KNOWN = "needs_known"
    RESTRAINT = "restraint"
    INCIDENT = "incident"
    COMPLAINT_CHANNEL = "complaint_channel"


PLAN_WITHIN = timedelta(days=30)
"""A plan should be agreed within a month (IOM Reintegration Handbook)."""
GUARDIAN_WITHIN = timedelta(days=14)
FEAR_WITHIN = timedelta(hours=48)
FEAR = "fear"
"""A flag of fear of return is told by how soon it was looked at: `fear_in_time`, `fear_late`, `fear_not_yet`."""
NOTICE_HOURS = 48
UNDER_18 = "under_18"
"""The age band of a child of whom no more is known."""
