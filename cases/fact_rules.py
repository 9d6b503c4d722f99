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
    ANSWER = "answer"
    SCORE = "score"
    RETURN = "return"
    RETURN_CHECK = "return_check"
    CHILD_CHECK = "child_check"
    TRAVEL_DOCUMENT = "travel_document"
    MONITORED = "monitored"
    OVERRIDE = "override"
    COMPLAINT = "complaint"


class Told(StrEnum):
    """How a question stands. Missing evidence is never a yes."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not_known"


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


class Measure(StrEnum):
    """What is asked in the survey and counted by wave; the item stands in `docs/indicators.md`."""

    WORK = "work"
    IDENTITY = "identity"
    SCHOOL = "school"
    DISCRIMINATION = "discrimination"
    SUPPORT = "support"


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
    WITHDRAWAL = "withdrawal"
    """For each consent to return that was taken back, whether no return followed."""


class ChildCheck(StrEnum):
    """What is looked at for each child who was returned; the guardian, for each child found to be alone."""

    BEST_INTERESTS = "best_interests"
    ACCOMPANIED = "accompanied"
    ARRANGEMENTS = "arrangements"
    HANDED_OVER = "handed_over"
    OVERRIDE = "override"
    GUARDIAN = "guardian"


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
NOTICE_HOURS = 48
UNDER_18 = "under_18"
"""The age band of a child of whom no more is known."""
