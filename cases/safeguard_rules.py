"""The words of the safeguards: people of a case, how old and with whom they are, and the steps of a return."""

from enum import StrEnum

from foundation.language import Message, _p


class Relation(StrEnum):
    """What someone of the case is to the person whose case it is."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    OTHER_RELATIVE = "other_relative"
    NOT_RELATED = "not_related"


RELATION_NAMES: dict[Relation, Message] = {
    Relation.SELF: _p("person of the case", "The person themselves"),
    Relation.SPOUSE: _p("person of the case", "Husband, wife or partner"),
    Relation.CHILD: _p("person of the case", "Son or daughter"),
    Relation.PARENT: _p("person of the case", "Mother or father"),
    Relation.SIBLING: _p("person of the case", "Brother or sister"),
    Relation.OTHER_RELATIVE: _p("person of the case", "Another relative"),
    Relation.NOT_RELATED: _p("person of the case", "Not related"),
}


class Age(StrEnum):
    """Whoever is not known to be an adult is treated as a child (CRC GC6, A/79/213)."""

    ADULT = "adult"
    CHILD = "child"
    UNSURE = "unsure"


AGE_NAMES: dict[Age, Message] = {
    Age.ADULT: _p("age", "18 or older"),
    Age.CHILD: _p("age", "Under 18"),
    Age.UNSURE: _p("age", "Not sure: treated as a child"),
}


class Company(StrEnum):
    """With whom a child is (CRC GC6, paragraphs 7 and 8). What nobody has verified counts as unaccompanied."""

    WITH_PARENT = "with_parent"
    SEPARATED = "separated"
    UNACCOMPANIED = "unaccompanied"
    UNVERIFIED = "unverified"


COMPANY_NAMES: dict[Company, Message] = {
    Company.WITH_PARENT: _p("child is", "With a parent or legal guardian"),
    Company.SEPARATED: _p("child is", "Separated: with another relative"),
    Company.UNACCOMPANIED: _p("child is", "Unaccompanied"),
    Company.UNVERIFIED: _p("child is", "Not verified yet: treated as unaccompanied"),
}


class ReturnType(StrEnum):
    """What the record proves, not a judgement."""

    SPONTANEOUS = "spontaneous"
    ASSISTED_VOLUNTARY = "assisted_voluntary"
    ASSISTED_OBLIGED = "assisted_obliged"
    FORCED_ESCORTED = "forced_escorted"
    FORCED_UNESCORTED = "forced_unescorted"
    READMISSION_AGREEMENT = "readmission_agreement"
    HUMANITARIAN_EVACUATION = "humanitarian_evacuation"
    UNKNOWN = "unknown"


RETURN_TYPE_NAMES: dict[ReturnType, Message] = {
    ReturnType.SPONTANEOUS: _p("return", "On their own"),
    ReturnType.ASSISTED_VOLUNTARY: _p("return", "Assisted, by free choice"),
    ReturnType.ASSISTED_OBLIGED: _p("return", "Assisted, under a duty to leave"),
    ReturnType.FORCED_ESCORTED: _p("return", "Forced, with escort"),
    ReturnType.FORCED_UNESCORTED: _p("return", "Forced, without escort"),
    ReturnType.READMISSION_AGREEMENT: _p("return", "Under a readmission agreement"),
    ReturnType.HUMANITARIAN_EVACUATION: _p("return", "Humanitarian evacuation"),
    ReturnType.UNKNOWN: _p("return", "Not known"),
}

BY_CHOICE = frozenset(
    [ReturnType.SPONTANEOUS, ReturnType.ASSISTED_VOLUNTARY, ReturnType.ASSISTED_OBLIGED, ReturnType.UNKNOWN]
)
"""Returns that need the person's own consent. What is not known needs it too."""
WITHOUT_DECISION = frozenset(
    [ReturnType.SPONTANEOUS, ReturnType.ASSISTED_VOLUNTARY, ReturnType.HUMANITARIAN_EVACUATION]
)
"""Returns that rest on no decision of an authority, against which there would be a remedy."""


class Step(StrEnum):
    """Where a return stands (the chain of `03_child_best_interests`, 3.4). No step is skipped."""

    DRAFT = "draft"
    ASSESSED = "assessed"
    DETERMINED = "determined"
    ARRANGED = "arranged"
    CLEARED = "cleared"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    HANDED_OVER = "handed_over"
    HALTED = "halted"


STEP_AFTER: dict[Step, Step] = {
    Step.DRAFT: Step.ASSESSED,
    Step.ASSESSED: Step.DETERMINED,
    Step.DETERMINED: Step.ARRANGED,
    Step.ARRANGED: Step.CLEARED,
    Step.CLEARED: Step.DEPARTED,
    Step.DEPARTED: Step.ARRIVED,
    Step.ARRIVED: Step.HANDED_OVER,
}
BEFORE_DEPARTURE = frozenset([Step.DRAFT, Step.ASSESSED, Step.DETERMINED, Step.ARRANGED, Step.CLEARED])
"""From here a return can be halted, and consent to it withdrawn."""
ON_THE_WAY = frozenset([Step.DEPARTED, Step.ARRIVED])
LIVE_STEPS = BEFORE_DEPARTURE | ON_THE_WAY

STEP_NAMES: dict[Step, Message] = {
    Step.DRAFT: _p("return step", "Being prepared"),
    Step.ASSESSED: _p("return step", "Best interests assessed"),
    Step.DETERMINED: _p("return step", "Best interests determined"),
    Step.ARRANGED: _p("return step", "Arrangements confirmed"),
    Step.CLEARED: _p("return step", "Travel cleared"),
    Step.DEPARTED: _p("return step", "Departed"),
    Step.ARRIVED: _p("return step", "Arrived"),
    Step.HANDED_OVER: _p("return step", "Return completed"),
    Step.HALTED: _p("return step", "Halted"),
}


class HaltReason(StrEnum):
    CONSENT_WITHDRAWN = "consent_withdrawn"
    PROTECTION = "protection"
    NOT_IN_BEST_INTERESTS = "not_in_best_interests"
    REMEDY_SUCCEEDED = "remedy_succeeded"
    ARRANGEMENTS_FAILED = "arrangements_failed"
    OTHER = "other"


HALT_NAMES: dict[HaltReason, Message] = {
    HaltReason.CONSENT_WITHDRAWN: _p("halted because", "The person took back their consent"),
    HaltReason.PROTECTION: _p("halted because", "Protection concerns"),
    HaltReason.NOT_IN_BEST_INTERESTS: _p("halted because", "Not in the child's best interests"),
    HaltReason.REMEDY_SUCCEEDED: _p("halted because", "An appeal or remedy succeeded"),
    HaltReason.ARRANGEMENTS_FAILED: _p("halted because", "Arrangements could not be made"),
    HaltReason.OTHER: _p("halted because", "Another reason"),
}


class TravelMode(StrEnum):
    AIR_SCHEDULED = "air_scheduled"
    AIR_CHARTER = "air_charter"
    LAND = "land"
    SEA = "sea"


TRAVEL_MODE_NAMES: dict[TravelMode, Message] = {
    TravelMode.AIR_SCHEDULED: _p("travel", "Scheduled flight"),
    TravelMode.AIR_CHARTER: _p("travel", "Charter flight"),
    TravelMode.LAND: _p("travel", "By land"),
    TravelMode.SEA: _p("travel", "By sea"),
}


class EscortRole(StrEnum):
    """Who accompanies a child throughout (GCM 21(g))."""

    PARENT = "parent"
    LEGAL_GUARDIAN = "legal_guardian"
    SPECIALISED_OFFICIAL = "specialised_official"


ESCORT_NAMES: dict[EscortRole, Message] = {
    EscortRole.PARENT: _p("escort", "Parent"),
    EscortRole.LEGAL_GUARDIAN: _p("escort", "Legal guardian"),
    EscortRole.SPECIALISED_OFFICIAL: _p("escort", "Specialised official"),
}


class BidState(StrEnum):
    OPENED = "opened"
    REPORTED = "reported"
    DECIDED = "decided"


BID_STEPS: dict[BidState, frozenset[BidState]] = {
    BidState.OPENED: frozenset([BidState.REPORTED]),
    BidState.REPORTED: frozenset([BidState.REPORTED, BidState.DECIDED]),
    BidState.DECIDED: frozenset(),
}
"""A decision stands; new facts open another determination that replaces it."""


class BidTrigger(StrEnum):
    DURABLE_SOLUTION = "durable_solution"
    TEMPORARY_CARE = "temporary_care"
    SEPARATION_FROM_PARENTS = "separation_from_parents"
    UNRESOLVED_CUSTODY = "unresolved_custody"
    NEW_FACTS = "new_facts"


BID_TRIGGER_NAMES: dict[BidTrigger, Message] = {
    BidTrigger.DURABLE_SOLUTION: _p("bid", "A durable solution for an unaccompanied or separated child"),
    BidTrigger.TEMPORARY_CARE: _p("bid", "Temporary care in exceptional circumstances"),
    BidTrigger.SEPARATION_FROM_PARENTS: _p("bid", "Possible separation from parents against their will"),
    BidTrigger.UNRESOLVED_CUSTODY: _p("bid", "Custody that is not resolved"),
    BidTrigger.NEW_FACTS: _p("bid", "New facts, or a review, after an earlier decision"),
}


class BidDecision(StrEnum):
    RETURN = "return"
    STAY = "stay"
    THIRD_COUNTRY = "third_country"
    REUNIFICATION_ELSEWHERE = "reunification_elsewhere"
    DEFERRED = "deferred"
    MORE_INFORMATION = "more_information"


BID_DECISION_NAMES: dict[BidDecision, Message] = {
    BidDecision.RETURN: _p("bid decision", "Return"),
    BidDecision.STAY: _p("bid decision", "Stay"),
    BidDecision.THIRD_COUNTRY: _p("bid decision", "Move to a third country"),
    BidDecision.REUNIFICATION_ELSEWHERE: _p("bid decision", "Join family elsewhere"),
    BidDecision.DEFERRED: _p("bid decision", "Decide later"),
    BidDecision.MORE_INFORMATION: _p("bid decision", "More information is needed"),
}


class PanelBody(StrEnum):
    """The kind of body that a member of the panel belongs to."""

    CHILD_PROTECTION = "child_protection"
    SOCIAL_SERVICES = "social_services"
    JUSTICE = "justice"
    HEALTH_OR_EDUCATION = "health_or_education"
    UN_OR_NGO = "un_or_ngo"
    MIGRATION_AUTHORITY = "migration_authority"


PANEL_BODY_NAMES: dict[PanelBody, Message] = {
    PanelBody.CHILD_PROTECTION: _p("panel", "Child-protection authority"),
    PanelBody.SOCIAL_SERVICES: _p("panel", "Social services"),
    PanelBody.JUSTICE: _p("panel", "Justice"),
    PanelBody.HEALTH_OR_EDUCATION: _p("panel", "Health or education"),
    PanelBody.UN_OR_NGO: _p("panel", "United Nations or a non-governmental organisation"),
    PanelBody.MIGRATION_AUTHORITY: _p("panel", "Migration authority"),
}
PANEL_SIZE = (3, 5)
"""Fewest and most members."""
