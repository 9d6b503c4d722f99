"""The words and steps of a case: phases, statuses, flags, needs, consent, and which step may follow which."""

from enum import StrEnum

from access.rules import Permission
from foundation.language import Message, _, _p


class Phase(StrEnum):
    INTAKE = "intake"
    ASSESSMENT = "assessment"
    PLANNING = "planning"
    RETURN = "return"
    REINTEGRATION = "reintegration"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"


PHASE_STEPS: dict[Phase, frozenset[Phase]] = {
    Phase.INTAKE: frozenset([Phase.ASSESSMENT]),
    Phase.ASSESSMENT: frozenset([Phase.PLANNING]),
    Phase.PLANNING: frozenset([Phase.ASSESSMENT, Phase.REINTEGRATION]),
    # Into `return` and out of it a case goes by a return alone, through the gates: see `cases.returning`.
    Phase.RETURN: frozenset(),
    Phase.REINTEGRATION: frozenset([Phase.PLANNING, Phase.FOLLOW_UP]),
    Phase.FOLLOW_UP: frozenset([Phase.REINTEGRATION]),
    Phase.CLOSED: frozenset(),
}

PHASE_NAMES: dict[Phase, Message] = {
    Phase.INTAKE: _p("phase", "Intake"),
    Phase.ASSESSMENT: _p("phase", "Assessment"),
    Phase.PLANNING: _p("phase", "Planning"),
    Phase.RETURN: _p("phase", "Return"),
    Phase.REINTEGRATION: _p("phase", "Reintegration"),
    Phase.FOLLOW_UP: _p("phase", "Follow-up"),
    Phase.CLOSED: _p("phase", "Closed"),
}


class CaseStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    TRANSFERRED = "transferred"
    """Closed here, because an organisation that works without Homeward has taken over."""
    DUPLICATE = "duplicate"
    """Another file of the same person goes on in its place; this one stays readable beside it."""
    ERASED = "erased"


ENDED: frozenset[CaseStatus] = frozenset([CaseStatus.CLOSED, CaseStatus.TRANSFERRED])
"""Nobody works on it any more, and the clock of its erasure runs."""
HEARD: frozenset[CaseStatus] = frozenset([CaseStatus.OPEN, CaseStatus.DUPLICATE])
"""Who writes to such a file waits for an answer."""


class FlagKind(StrEnum):
    CHILD = "child"
    UNACCOMPANIED_CHILD = "unaccompanied_child"
    FEAR_OF_RETURN = "fear_of_return"
    NO_SAFE_PLACE = "no_safe_place"
    HEALTH_EMERGENCY = "health_emergency"
    TRAFFICKING = "trafficking"
    VIOLENCE = "violence"
    SELF_HARM = "self_harm"
    TORTURE = "torture"
    STATELESSNESS = "statelessness"
    SERIOUS_ILLNESS = "serious_illness"


FLAG_NAMES: dict[FlagKind, Message] = {
    FlagKind.CHILD: _("Child"),
    FlagKind.UNACCOMPANIED_CHILD: _("Possible unaccompanied child"),
    FlagKind.FEAR_OF_RETURN: _("Fear of return"),
    FlagKind.NO_SAFE_PLACE: _("No safe place tonight"),
    FlagKind.HEALTH_EMERGENCY: _("Health emergency"),
    FlagKind.TRAFFICKING: _("Possible trafficking"),
    FlagKind.VIOLENCE: _("Violence or abuse"),
    FlagKind.SELF_HARM: _("Thoughts of self-harm"),
    FlagKind.TORTURE: _("Possible torture"),
    FlagKind.STATELESSNESS: _("Possibly without any nationality"),
    FlagKind.SERIOUS_ILLNESS: _("Serious illness without treatment"),
}

SETTLED_BY: dict[FlagKind, Permission] = {
    FlagKind.CHILD: Permission.FLAG_SETTLE_CHILD,
    FlagKind.UNACCOMPANIED_CHILD: Permission.FLAG_SETTLE_CHILD,
    FlagKind.FEAR_OF_RETURN: Permission.FLAG_SETTLE_PROTECTION,
    FlagKind.TRAFFICKING: Permission.FLAG_SETTLE_PROTECTION,
    FlagKind.VIOLENCE: Permission.FLAG_SETTLE_PROTECTION,
    FlagKind.SELF_HARM: Permission.FLAG_SETTLE_PROTECTION,
    FlagKind.TORTURE: Permission.FLAG_SETTLE_PROTECTION,
    FlagKind.STATELESSNESS: Permission.FLAG_SETTLE_PROTECTION,
    FlagKind.SERIOUS_ILLNESS: Permission.FLAG_SETTLE_PROTECTION,
    FlagKind.NO_SAFE_PLACE: Permission.FLAG_SETTLE_WELFARE,
    FlagKind.HEALTH_EMERGENCY: Permission.FLAG_SETTLE_WELFARE,
}
"""Only a person with this permission settles a flag of the kind. A score or a later answer never does."""

HOLDS_RETURN: frozenset[FlagKind] = frozenset(
    [
        FlagKind.FEAR_OF_RETURN,
        FlagKind.TRAFFICKING,
        FlagKind.TORTURE,
        FlagKind.STATELESSNESS,
        FlagKind.SERIOUS_ILLNESS,
        FlagKind.HEALTH_EMERGENCY,
    ]
)
"""Flags that hold every return (GCM 37) until the officer for them says otherwise."""


class FlagOutcome(StrEnum):
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    RESOLVED = "resolved"


FLAG_OUTCOME_NAMES: dict[FlagOutcome, Message] = {
    FlagOutcome.CONFIRMED: _("Confirmed, being handled"),
    FlagOutcome.NOT_CONFIRMED: _("Not the case after checking"),
    FlagOutcome.RESOLVED: _("Was the case, now solved"),
}


class NeedKind(StrEnum):
    SHELTER = "shelter"
    HEALTH = "health"
    SAFETY = "safety"
    DOCUMENTS = "documents"
    FAMILY = "family"
    INCOME = "income"
    WORK = "work"
    BUSINESS = "business"
    TRAINING = "training"
    SKILLS_RECOGNITION = "skills_recognition"
    MONEY = "money"
    PSYCHOSOCIAL = "psychosocial"
    CHILD_PROTECTION = "child_protection"
    OTHER = "other"


NEED_NAMES: dict[NeedKind, Message] = {
    NeedKind.SHELTER: _("A place to stay"),
    NeedKind.HEALTH: _("Health care"),
    NeedKind.SAFETY: _("Safety and protection"),
    NeedKind.DOCUMENTS: _("Documents"),
    NeedKind.FAMILY: _("Family contact"),
    NeedKind.INCOME: _("Income support"),
    NeedKind.WORK: _("A job"),
    NeedKind.BUSINESS: _("Own business"),
    NeedKind.TRAINING: _("Training"),
    NeedKind.SKILLS_RECOGNITION: _("Recognition of skills"),
    NeedKind.MONEY: _("Money and debts"),
    NeedKind.PSYCHOSOCIAL: _("Someone to talk to"),
    NeedKind.CHILD_PROTECTION: _("Care for a child"),
    NeedKind.OTHER: _("Something else"),
}


class Urgency(StrEnum):
    """Also the clock of a referral: 24 hours, 72 hours, 14 days."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    NORMAL = "normal"


URGENCY_NAMES: dict[Urgency, Message] = {
    Urgency.EMERGENCY: _p("urgency", "Emergency"),
    Urgency.URGENT: _p("urgency", "Urgent"),
    Urgency.NORMAL: _p("urgency", "Normal"),
}
URGENCY_ORDER: tuple[Urgency, ...] = (Urgency.EMERGENCY, Urgency.URGENT, Urgency.NORMAL)


class NeedStatus(StrEnum):
    OPEN = "open"
    MET = "met"
    DROPPED = "dropped"


NEED_STATUS_NAMES: dict[NeedStatus, Message] = {
    NeedStatus.OPEN: _p("need", "Open"),
    NeedStatus.MET: _p("need", "Met"),
    NeedStatus.DROPPED: _p("need", "No longer needed"),
}


class ConsentKind(StrEnum):
    DATA = "data"
    SERVICES = "services"
    RETURN = "return"


class ConsentState(StrEnum):
    REQUESTED = "requested"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    RENEWED = "renewed"


CONSENT_STEPS: dict[ConsentState, frozenset[ConsentState]] = {
    ConsentState.REQUESTED: frozenset([ConsentState.GIVEN, ConsentState.REFUSED]),
    ConsentState.GIVEN: frozenset([ConsentState.WITHDRAWN, ConsentState.EXPIRED, ConsentState.RENEWED]),
    ConsentState.RENEWED: frozenset([ConsentState.WITHDRAWN, ConsentState.EXPIRED]),
    ConsentState.EXPIRED: frozenset([ConsentState.RENEWED]),
    ConsentState.REFUSED: frozenset(),
    ConsentState.WITHDRAWN: frozenset(),
}
"""Refused and withdrawn are final for that record; a new request is a new record."""

IN_FORCE: frozenset[ConsentState] = frozenset([ConsentState.GIVEN, ConsentState.RENEWED])

CONSENT_STATE_NAMES: dict[ConsentState, Message] = {
    ConsentState.REQUESTED: _p("consent", "Asked, no answer yet"),
    ConsentState.GIVEN: _p("consent", "Given"),
    ConsentState.REFUSED: _p("consent", "Refused"),
    ConsentState.WITHDRAWN: _p("consent", "Withdrawn"),
    ConsentState.EXPIRED: _p("consent", "Expired"),
    ConsentState.RENEWED: _p("consent", "Renewed"),
}


class SubmissionState(StrEnum):
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    ABANDONED = "abandoned"


class Direction(StrEnum):
    FROM_PERSON = "from_person"
    TO_PERSON = "to_person"


class GivenBy(StrEnum):
    """Who said yes: the person, or for a child the parent or guardian."""

    PERSON = "person"
    GUARDIAN = "guardian"


class FileKind(StrEnum):
    IMAGE = "image"
    VOICE = "voice"
    DOCUMENT = "document"


class TaskKind(StrEnum):
    """Why a person of the staff must act. One open task of a kind and reason per case."""

    DISTRESS = "distress"
    DISCLOSURE = "disclosure"
    GUARDIAN = "guardian"
    CALL_BACK = "call_back"
    UNREACHABLE = "unreachable"
    ANSWER = "answer"
    PROTECTION = "protection"
    OVERRIDE = "override"
    CHILD_VISIT = "child_visit"
    RETURN_HALTED = "return_halted"
    RETURN_ANSWERED = "return_answered"
    BEST_INTERESTS = "best_interests"
    NOT_IN_INTERESTS = "not_in_interests"


TASK_NAMES: dict[TaskKind, Message] = {
    TaskKind.DISTRESS: _p("task", "Distress: offer someone to talk to"),
    TaskKind.DISCLOSURE: _p("task", "Something was disclosed that cannot wait"),
    TaskKind.GUARDIAN: _p("task", "A child waits for a guardian's agreement"),
    TaskKind.CALL_BACK: _p("task", "Call the person back"),
    TaskKind.UNREACHABLE: _p("task", "The person did not answer the follow-up"),
    TaskKind.ANSWER: _p("task", "A message waits for an answer"),
    TaskKind.PROTECTION: _p("task", "A protection officer must look at this; no return until then"),
    TaskKind.OVERRIDE: _p("task", "A rule that protects a child was set aside: look at it"),
    TaskKind.CHILD_VISIT: _p("task", "Visit the child after the return"),
    TaskKind.RETURN_HALTED: _p("task", "The person took back their consent to return"),
    TaskKind.RETURN_ANSWERED: _p("task", "The person answered about their return: see what they need to know"),
    TaskKind.BEST_INTERESTS: _p("task", "Best interests of a child: see what the determination waits for"),
    TaskKind.NOT_IN_INTERESTS: _p("task", "A panel did not decide for the return of a child: no return until it does"),
}


class CallChannel(StrEnum):
    CALL = "call"
    SMS = "sms"
    WHATSAPP = "whatsapp"


CALL_CHANNEL_NAMES: dict[CallChannel, Message] = {
    CallChannel.CALL: _p("way to reach someone", "A phone call"),
    CallChannel.SMS: _p("way to reach someone", "A text message (SMS)"),
    CallChannel.WHATSAPP: _p("way to reach someone", "WhatsApp"),
}


class CallTime(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    ANY = "any"


CALL_TIME_NAMES: dict[CallTime, Message] = {
    CallTime.MORNING: _p("time of day", "In the morning"),
    CallTime.AFTERNOON: _p("time of day", "In the afternoon"),
    CallTime.EVENING: _p("time of day", "In the evening"),
    CallTime.ANY: _p("time of day", "At any time of the day"),
}


class CallOutcome(StrEnum):
    SPOKEN = "spoken"
    NO_ANSWER = "no_answer"
    NOT_SAFE = "not_safe"


CALL_OUTCOME_NAMES: dict[CallOutcome, Message] = {
    CallOutcome.SPOKEN: _p("call", "We spoke"),
    CallOutcome.NO_ANSWER: _p("call", "Nobody answered"),
    CallOutcome.NOT_SAFE: _p("call", "It was not safe to talk"),
}


class ComplaintAbout(StrEnum):
    STAFF = "staff"
    PARTNER = "partner"
    AUTHORITY = "authority"
    SERVICE = "service"
    EXPLOITATION = "exploitation"
    DATA = "data"
    OTHER = "other"


class ComplaintStatus(StrEnum):
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    CLOSED = "closed"


COMPLAINT_STEPS: dict[ComplaintStatus, frozenset[ComplaintStatus]] = {
    ComplaintStatus.RECEIVED: frozenset([ComplaintStatus.ACKNOWLEDGED, ComplaintStatus.ANSWERED]),
    ComplaintStatus.ACKNOWLEDGED: frozenset([ComplaintStatus.ANSWERED]),
    ComplaintStatus.ANSWERED: frozenset([ComplaintStatus.CLOSED]),
    ComplaintStatus.CLOSED: frozenset(),
}


class FollowUpState(StrEnum):
    PLANNED = "planned"
    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"


FOLLOW_UP_STEPS: dict[FollowUpState, frozenset[FollowUpState]] = {
    FollowUpState.PLANNED: frozenset([FollowUpState.ASKED, FollowUpState.CLOSED]),
    FollowUpState.ASKED: frozenset(
        [FollowUpState.DONE, FollowUpState.REFUSED, FollowUpState.UNREACHABLE, FollowUpState.CLOSED]
    ),
    # Someone who answers late was reached after all.
    FollowUpState.UNREACHABLE: frozenset([FollowUpState.DONE, FollowUpState.REFUSED, FollowUpState.CLOSED]),
    FollowUpState.DONE: frozenset(),
    FollowUpState.REFUSED: frozenset(),
    FollowUpState.CLOSED: frozenset(),
}


AGE_BANDS: tuple[tuple[str, int, int | None], ...] = (
    ("0-14", 0, 14),
    ("15-17", 15, 17),
    ("18-24", 18, 24),
    ("25-39", 25, 39),
    ("40-59", 40, 59),
    ("60+", 60, None),
)
"""Code, first and last year of age. 0-17 (CRC) and 60+ can be rebuilt from them."""
UNKNOWN = "unknown"

COUNTRY_NAMES: dict[str, Message] = {"GM": _("The Gambia"), "TN": _("Tunisia"), "other": _("Another country")}
