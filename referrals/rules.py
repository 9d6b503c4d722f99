"""The words and steps of a referral: kinds of service, states, clocks, reasons, and what may be shared."""

from datetime import timedelta
from enum import StrEnum

from cases.rules import NeedKind, Urgency
from foundation.language import Message, _, _p


class Pause(StrEnum):
    """Why staff offer a service to nobody for now."""

    FULL = "full"
    CLOSED_FOR_NOW = "closed_for_now"
    MOVING = "moving"
    UNSAFE = "unsafe"
    NO_ANSWER = "no_answer"
    OTHER = "other"


class Unreached(StrEnum):
    """Why a provider cannot be asked by mail whether its entry is still right."""

    NO_ADDRESS = "no_address"
    NO_SERVER = "no_server"
    REFUSED = "refused"


class ServiceKind(StrEnum):
    JOBS = "jobs"
    ENTREPRENEURSHIP = "entrepreneurship"
    TRAINING = "training"
    SKILLS_RECOGNITION = "skills_recognition"
    FINANCE = "finance"
    SOCIAL_PROTECTION = "social_protection"
    HEALTH = "health"
    PSYCHOSOCIAL = "psychosocial"
    HOUSING = "housing"
    LEGAL = "legal"
    DOCUMENTS = "documents"
    EDUCATION = "education"
    CHILD_PROTECTION = "child_protection"
    ANTI_TRAFFICKING = "anti_trafficking"
    FAMILY_TRACING = "family_tracing"
    COMMUNITY = "community"


SERVICE_KIND_NAMES: dict[ServiceKind, Message] = {
    ServiceKind.JOBS: _("Jobs"),
    ServiceKind.ENTREPRENEURSHIP: _("Own business"),
    ServiceKind.TRAINING: _("Training"),
    ServiceKind.SKILLS_RECOGNITION: _("Recognition of skills"),
    ServiceKind.FINANCE: _("Financial services"),
    ServiceKind.SOCIAL_PROTECTION: _("Social protection"),
    ServiceKind.HEALTH: _("Health"),
    ServiceKind.PSYCHOSOCIAL: _("Someone to talk to"),
    ServiceKind.HOUSING: _("Housing"),
    ServiceKind.LEGAL: _("Legal help"),
    ServiceKind.DOCUMENTS: _("Documents"),
    ServiceKind.EDUCATION: _("Education"),
    ServiceKind.CHILD_PROTECTION: _("Child protection"),
    ServiceKind.ANTI_TRAFFICKING: _("Protection from trafficking"),
    ServiceKind.FAMILY_TRACING: _("Family tracing"),
    ServiceKind.COMMUNITY: _("Community support"),
}

KINDS_FOR_NEED: dict[NeedKind, tuple[ServiceKind, ...]] = {
    NeedKind.SHELTER: (ServiceKind.HOUSING,),
    NeedKind.HEALTH: (ServiceKind.HEALTH,),
    NeedKind.SAFETY: (ServiceKind.LEGAL, ServiceKind.ANTI_TRAFFICKING),
    NeedKind.DOCUMENTS: (ServiceKind.DOCUMENTS, ServiceKind.LEGAL),
    NeedKind.FAMILY: (ServiceKind.FAMILY_TRACING, ServiceKind.COMMUNITY),
    NeedKind.INCOME: (ServiceKind.SOCIAL_PROTECTION, ServiceKind.FINANCE, ServiceKind.JOBS),
    NeedKind.WORK: (ServiceKind.JOBS, ServiceKind.TRAINING, ServiceKind.SKILLS_RECOGNITION),
    NeedKind.BUSINESS: (ServiceKind.ENTREPRENEURSHIP, ServiceKind.FINANCE),
    NeedKind.TRAINING: (ServiceKind.TRAINING, ServiceKind.EDUCATION),
    NeedKind.SKILLS_RECOGNITION: (ServiceKind.SKILLS_RECOGNITION,),
    NeedKind.MONEY: (ServiceKind.FINANCE, ServiceKind.LEGAL),
    NeedKind.PSYCHOSOCIAL: (ServiceKind.PSYCHOSOCIAL,),
    NeedKind.CHILD_PROTECTION: (ServiceKind.CHILD_PROTECTION, ServiceKind.EDUCATION),
    NeedKind.OTHER: tuple(ServiceKind),
}


class ReferralState(StrEnum):
    DRAFT = "draft"
    """Waiting for the person's consent; the partner knows nothing of it."""
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    IN_SERVICE = "in_service"
    COMPLETED = "completed"
    UNSUCCESSFUL = "unsuccessful"
    EXPIRED = "expired"
    WITHDRAWN_BY_PERSON = "withdrawn_by_person"
    REVOKED = "revoked"


_ENDED_EARLY = frozenset([ReferralState.WITHDRAWN_BY_PERSON, ReferralState.REVOKED])

REFERRAL_STEPS: dict[ReferralState, frozenset[ReferralState]] = {
    ReferralState.DRAFT: _ENDED_EARLY | {ReferralState.SENT},
    ReferralState.SENT: _ENDED_EARLY
    | {ReferralState.ACKNOWLEDGED, ReferralState.ACCEPTED, ReferralState.DECLINED, ReferralState.EXPIRED},
    ReferralState.ACKNOWLEDGED: _ENDED_EARLY | {ReferralState.ACCEPTED, ReferralState.DECLINED, ReferralState.EXPIRED},
    ReferralState.ACCEPTED: _ENDED_EARLY
    | {ReferralState.IN_SERVICE, ReferralState.COMPLETED, ReferralState.UNSUCCESSFUL},
    ReferralState.IN_SERVICE: _ENDED_EARLY | {ReferralState.COMPLETED, ReferralState.UNSUCCESSFUL},
    ReferralState.DECLINED: frozenset(),
    ReferralState.COMPLETED: frozenset(),
    ReferralState.UNSUCCESSFUL: frozenset(),
    ReferralState.EXPIRED: frozenset(),
    ReferralState.WITHDRAWN_BY_PERSON: frozenset(),
    ReferralState.REVOKED: frozenset(),
}
"""What may follow what. A state without followers is final; final ones cannot be revoked."""

TAKEN_BACK_STATES = _ENDED_EARLY
"""The partner must stop, and delete what it holds."""
AWAITING_STATES = frozenset([ReferralState.SENT, ReferralState.ACKNOWLEDGED])
"""The partner has not answered yet."""
OPEN_STATES: frozenset[ReferralState] = frozenset(state for state, steps in REFERRAL_STEPS.items() if steps)
FINISHED_STATES = frozenset([ReferralState.COMPLETED, ReferralState.UNSUCCESSFUL])
"""The service was given, or tried: what came of it counts."""
SPOKEN_OF_STATES = FINISHED_STATES | {ReferralState.ACCEPTED, ReferralState.IN_SERVICE}
"""The person may say whether they got the service, and whether it helped."""
SHARED_STATES: frozenset[ReferralState] = frozenset(
    [ReferralState.SENT, ReferralState.ACKNOWLEDGED, ReferralState.ACCEPTED, ReferralState.IN_SERVICE]
)
"""The partner may read what was shared only while the referral is in one of these."""

REFERRAL_STATE_NAMES: dict[ReferralState, Message] = {
    ReferralState.DRAFT: _p("referral", "Waiting for the person's yes"),
    ReferralState.SENT: _p("referral", "Sent"),
    ReferralState.ACKNOWLEDGED: _p("referral", "Seen by the partner"),
    ReferralState.ACCEPTED: _p("referral", "Accepted"),
    ReferralState.DECLINED: _p("referral", "Declined"),
    ReferralState.IN_SERVICE: _p("referral", "Service has begun"),
    ReferralState.COMPLETED: _p("referral", "Completed"),
    ReferralState.UNSUCCESSFUL: _p("referral", "Ended without success"),
    ReferralState.EXPIRED: _p("referral", "No answer in time"),
    ReferralState.WITHDRAWN_BY_PERSON: _p("referral", "Withdrawn by the person"),
    ReferralState.REVOKED: _p("referral", "Taken back by the caseworker"),
}

ANSWER_WITHIN: dict[Urgency, timedelta] = {
    Urgency.EMERGENCY: timedelta(hours=24),
    Urgency.URGENT: timedelta(hours=72),
    Urgency.NORMAL: timedelta(days=14),
}


class DeclineReason(StrEnum):
    ALREADY_RECEIVED = "already_received"
    NOT_ELIGIBLE = "not_eligible"
    NO_CAPACITY = "no_capacity"
    OUT_OF_AREA = "out_of_area"
    PERSON_DECLINED = "person_declined"
    UNAVAILABLE = "unavailable"
    OTHER = "other"


DECLINE_REASON_NAMES: dict[DeclineReason, Message] = {
    DeclineReason.ALREADY_RECEIVED: _("The person receives this service already"),
    DeclineReason.NOT_ELIGIBLE: _("The person does not meet our conditions"),
    DeclineReason.NO_CAPACITY: _("We have no place at the moment"),
    DeclineReason.OUT_OF_AREA: _("We do not work in this area"),
    DeclineReason.PERSON_DECLINED: _("The person does not want the service"),
    DeclineReason.UNAVAILABLE: _("The service is not offered at the moment"),
    DeclineReason.OTHER: _("Another reason"),
}


class OfferState(StrEnum):
    """Of several services that a person chooses among."""

    OPEN = "open"
    CHOSEN = "chosen"
    NONE_CHOSEN = "none_chosen"
    TAKEN_BACK = "taken_back"


OFFER_STATE_NAMES: dict[OfferState, Message] = {
    OfferState.OPEN: _p("offer of services", "Waiting for the person's choice"),
    OfferState.CHOSEN: _p("offer of services", "The person has chosen"),
    OfferState.NONE_CHOSEN: _p("offer of services", "The person wants none of them"),
    OfferState.TAKEN_BACK: _p("offer of services", "Taken back"),
}


class Received(StrEnum):
    """Whether the person got the service, in their own word."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


RECEIVED_NAMES: dict[Received, Message] = {
    Received.YES: _p("whether a person got a service", "Yes"),
    Received.PARTLY: _p("whether a person got a service", "Only a part of it"),
    Received.NO: _p("whether a person got a service", "No"),
}


class Helped(StrEnum):
    A_LOT = "a_lot"
    A_LITTLE = "a_little"
    NOT = "not"


HELPED_NAMES: dict[Helped, Message] = {
    Helped.A_LOT: _p("whether a service helped", "It helped a lot"),
    Helped.A_LITTLE: _p("whether a service helped", "It helped a little"),
    Helped.NOT: _p("whether a service helped", "It did not help"),
}


class Settlement(StrEnum):
    """What a supervisor found where a partner and a person say different things."""

    RECEIVED = "received"
    PARTLY_RECEIVED = "partly_received"
    NOT_RECEIVED = "not_received"
    CANNOT_TELL = "cannot_tell"


SETTLEMENT_NAMES: dict[Settlement, Message] = {
    Settlement.RECEIVED: _("The help was received"),
    Settlement.PARTLY_RECEIVED: _("A part of the help was received"),
    Settlement.NOT_RECEIVED: _("The help was not received"),
    Settlement.CANNOT_TELL: _("It cannot be found out"),
}


def disagree(state: ReferralState, received: Received) -> bool:
    """Whether the partner and the person say opposite things of a service that has ended."""
    if state is ReferralState.COMPLETED:
        return received is Received.NO
    return state is ReferralState.UNSUCCESSFUL and received is Received.YES


class SharedField(StrEnum):
    """Everything that a referral can disclose. What is not named here never reaches a partner."""

    CALLED = "called"
    AGE_BAND = "age_band"
    SEX = "sex"
    COUNTRY = "country"
    AREA = "area"
    LANGUAGE = "language"
    NEED = "need"
    CHILDREN_COUNT = "children_count"
    SKILLS = "skills"
    TRAINING_TOPIC = "training_topic"
    NOTE = "note"


SHARED_FIELD_NAMES: dict[SharedField, Message] = {
    SharedField.CALLED: _("the name you want to be called by"),
    SharedField.AGE_BAND: _("your age group"),
    SharedField.SEX: _("your sex"),
    SharedField.COUNTRY: _("the country you return to"),
    SharedField.AREA: _("the area you live in or return to"),
    SharedField.LANGUAGE: _("your language"),
    SharedField.NEED: _("what you need and how urgent it is"),
    SharedField.CHILDREN_COUNT: _("how many children are with you"),
    SharedField.SKILLS: _("the work you know how to do"),
    SharedField.TRAINING_TOPIC: _("what you want to learn"),
    SharedField.NOTE: _("a short note from your caseworker"),
}
"""As the person reads them when asked for consent; staff read the same words."""
