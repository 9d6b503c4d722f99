"""The words and steps of casework: notes, closing and reopening, transfer, and when a file is erased.

Reasons for closing follow the code list that agencies use (IOM, Primero/CPIMS+). Whoever migrates again has not failed:
`remigrated` is a reason like any other.
"""

from enum import StrEnum

from access.rules import Role
from foundation.language import Message, _p


class NoteKind(StrEnum):
    COUNSELLING = "counselling"
    PHONE_CALL = "phone_call"
    VISIT = "visit"
    OTHER = "other"


NOTE_KIND_NAMES: dict[NoteKind, Message] = {
    NoteKind.COUNSELLING: _p("note", "Counselling session"),
    NoteKind.PHONE_CALL: _p("note", "Phone call"),
    NoteKind.VISIT: _p("note", "Visit"),
    NoteKind.OTHER: _p("note", "Other"),
}


class NoteVisibility(StrEnum):
    AUTHOR = "author"
    TEAM = "team"
    """Everyone who sees the case."""
    ROLES = "roles"
    """Of those who see the case, the roles that the note names, and its author."""


NOTE_VISIBILITY_NAMES: dict[NoteVisibility, Message] = {
    NoteVisibility.TEAM: _p("note is read by", "Everyone who works on this case"),
    NoteVisibility.ROLES: _p("note is read by", "Only the roles that I choose, and I"),
    NoteVisibility.AUTHOR: _p("note is read by", "Only I"),
}

NOTE_ROLES: tuple[Role, ...] = (
    Role.SUPERVISOR,
    Role.CHILD_PROTECTION_OFFICER,
    Role.CHILD_PROTECTION_LEAD,
    Role.PROTECTION_OFFICER,
)
"""Which roles a note may name."""


class CounsellingKind(StrEnum):
    RETURN = "return"
    REINTEGRATION = "reintegration"
    CAREER = "career"
    PSYCHOSOCIAL = "psychosocial"
    FAMILY = "family"
    FINANCIAL = "financial"


COUNSELLING_KIND_NAMES: dict[CounsellingKind, Message] = {
    CounsellingKind.RETURN: _p("counselling", "Return"),
    CounsellingKind.REINTEGRATION: _p("counselling", "Reintegration"),
    CounsellingKind.CAREER: _p("counselling", "Work and training"),
    CounsellingKind.PSYCHOSOCIAL: _p("counselling", "Psychosocial"),
    CounsellingKind.FAMILY: _p("counselling", "Family"),
    CounsellingKind.FINANCIAL: _p("counselling", "Money"),
}


class SessionChannel(StrEnum):
    IN_PERSON = "in_person"
    PHONE = "phone"
    VIDEO = "video"
    CHAT = "chat"


SESSION_CHANNEL_NAMES: dict[SessionChannel, Message] = {
    SessionChannel.IN_PERSON: _p("session", "In person"),
    SessionChannel.PHONE: _p("session", "By phone"),
    SessionChannel.VIDEO: _p("session", "By video"),
    SessionChannel.CHAT: _p("session", "By chat"),
}


class SessionTopic(StrEnum):
    """Information given is listed item by item, so that "informed" can be shown (GCM 21(b))."""

    RETURN_OPTIONS = "return_options"
    SITUATION_THERE = "situation_there"
    RIGHTS_AND_APPEALS = "rights_and_appeals"
    PROTECTION = "protection"
    DOCUMENTS = "documents"
    FAMILY = "family"
    CHILDREN = "children"
    HEALTH = "health"
    WELLBEING = "wellbeing"
    HOUSING = "housing"
    WORK = "work"
    BUSINESS = "business"
    TRAINING = "training"
    MONEY = "money"
    SERVICES = "services"
    PLAN = "plan"


SESSION_TOPIC_NAMES: dict[SessionTopic, Message] = {
    SessionTopic.RETURN_OPTIONS: _p("topic", "Choices about the return"),
    SessionTopic.SITUATION_THERE: _p("topic", "The situation in the country of return"),
    SessionTopic.RIGHTS_AND_APPEALS: _p("topic", "Rights, appeals and complaints"),
    SessionTopic.PROTECTION: _p("topic", "Safety and protection"),
    SessionTopic.DOCUMENTS: _p("topic", "Documents"),
    SessionTopic.FAMILY: _p("topic", "Family"),
    SessionTopic.CHILDREN: _p("topic", "Children and school"),
    SessionTopic.HEALTH: _p("topic", "Health"),
    SessionTopic.WELLBEING: _p("topic", "Feelings and wellbeing"),
    SessionTopic.HOUSING: _p("topic", "A place to stay"),
    SessionTopic.WORK: _p("topic", "Work"),
    SessionTopic.BUSINESS: _p("topic", "Own business"),
    SessionTopic.TRAINING: _p("topic", "Training and skills"),
    SessionTopic.MONEY: _p("topic", "Money and debts"),
    SessionTopic.SERVICES: _p("topic", "Services and what they ask for"),
    SessionTopic.PLAN: _p("topic", "The plan"),
}


class Attendee(StrEnum):
    PERSON = "person"
    PARTNER = "partner"
    GUARDIAN = "guardian"
    FAMILY = "family"
    COLLEAGUE = "colleague"
    OTHER = "other"


ATTENDEE_NAMES: dict[Attendee, Message] = {
    Attendee.PERSON: _p("was there", "The person"),
    Attendee.PARTNER: _p("was there", "Husband, wife or partner"),
    Attendee.GUARDIAN: _p("was there", "Parent or guardian"),
    Attendee.FAMILY: _p("was there", "Other family"),
    Attendee.COLLEAGUE: _p("was there", "A colleague"),
    Attendee.OTHER: _p("was there", "Someone else"),
}


class ClosingReason(StrEnum):
    PLAN_COMPLETED = "plan_completed"
    ASSISTANCE_PERIOD_ENDED = "assistance_period_ended"
    WITHDREW = "withdrew"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    UNREACHABLE = "unreachable"
    MOVED_IN_COUNTRY = "moved_in_country"
    TRANSFERRED = "transferred"
    REMIGRATED = "remigrated"
    DID_NOT_RETURN = "did_not_return"
    DECEASED = "deceased"
    INELIGIBLE = "ineligible"
    FORMAL_CLOSING = "formal_closing"
    REPATRIATED = "repatriated"
    NOT_SEEN_DURING_VERIFICATION = "not_seen_during_verification"
    DEATH_OF_CHILD = "death_of_child"
    REACHED_MAJORITY = "reached_majority"
    OTHER = "other"


CLOSING_REASON_NAMES: dict[ClosingReason, Message] = {
    ClosingReason.PLAN_COMPLETED: _p("closing", "Goals of the plan reached"),
    ClosingReason.ASSISTANCE_PERIOD_ENDED: _p("closing", "Support period ended, goals partly reached"),
    ClosingReason.WITHDREW: _p("closing", "Wants no further help"),
    ClosingReason.CONSENT_WITHDRAWN: _p("closing", "Consent withdrawn"),
    ClosingReason.UNREACHABLE: _p("closing", "Lost contact"),
    ClosingReason.MOVED_IN_COUNTRY: _p("closing", "Moved inside the country"),
    ClosingReason.TRANSFERRED: _p("closing", "Handed to another organisation, which accepted"),
    ClosingReason.REMIGRATED: _p("closing", "Left the country again"),
    ClosingReason.DID_NOT_RETURN: _p("closing", "The return did not take place"),
    ClosingReason.DECEASED: _p("closing", "Died"),
    ClosingReason.INELIGIBLE: _p("closing", "Not eligible, referred elsewhere"),
    ClosingReason.FORMAL_CLOSING: _p("closing", "Formal closing, goals met"),
    ClosingReason.REPATRIATED: _p("closing", "Returned to the country of origin"),
    ClosingReason.NOT_SEEN_DURING_VERIFICATION: _p("closing", "Not seen during verification"),
    ClosingReason.DEATH_OF_CHILD: _p("closing", "The child died"),
    ClosingReason.REACHED_MAJORITY: _p("closing", "Turned 18, goes on with the service for adults"),
    ClosingReason.OTHER: _p("closing", "Other: see the note"),
}

ADULT_REASONS: tuple[ClosingReason, ...] = (
    ClosingReason.PLAN_COMPLETED,
    ClosingReason.ASSISTANCE_PERIOD_ENDED,
    ClosingReason.WITHDREW,
    ClosingReason.CONSENT_WITHDRAWN,
    ClosingReason.UNREACHABLE,
    ClosingReason.MOVED_IN_COUNTRY,
    ClosingReason.TRANSFERRED,
    ClosingReason.REMIGRATED,
    ClosingReason.DID_NOT_RETURN,
    ClosingReason.DECEASED,
    ClosingReason.INELIGIBLE,
    ClosingReason.OTHER,
)
"""A record that was there twice is not closed: it is merged, see `cases.duplicates`."""
CHILD_REASONS: tuple[ClosingReason, ...] = (
    ClosingReason.FORMAL_CLOSING,
    ClosingReason.TRANSFERRED,
    ClosingReason.REPATRIATED,
    ClosingReason.NOT_SEEN_DURING_VERIFICATION,
    ClosingReason.CONSENT_WITHDRAWN,
    ClosingReason.DEATH_OF_CHILD,
    ClosingReason.REACHED_MAJORITY,
    ClosingReason.OTHER,
)
TOLD_NOBODY: frozenset[ClosingReason] = frozenset([ClosingReason.DECEASED, ClosingReason.DEATH_OF_CHILD])
"""After these nobody is told how to come back: the phone is in someone else's hands."""


class NoSurvey(StrEnum):
    """Why a case is closed without the reintegration survey."""

    CHILD = "child"
    REFUSED = "refused"
    NOT_REACHED = "not_reached"
    TOO_EARLY = "too_early"
    NOT_BACK = "not_back"
    NOT_SAFE = "not_safe"
    OTHER = "other"


NO_SURVEY_NAMES: dict[NoSurvey, Message] = {
    NoSurvey.CHILD: _p("no survey", "The person is a child; the survey is for adults"),
    NoSurvey.REFUSED: _p("no survey", "The person did not want it"),
    NoSurvey.NOT_REACHED: _p("no survey", "The person could not be reached"),
    NoSurvey.TOO_EARLY: _p("no survey", "Too soon after the return"),
    NoSurvey.NOT_BACK: _p("no survey", "The person did not return"),
    NoSurvey.NOT_SAFE: _p("no survey", "Asking would not have been safe"),
    NoSurvey.OTHER: _p("no survey", "Other: see the note"),
}


class ClosingState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    RETURNED = "returned"
    """The second person sent it back: something is missing."""
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


CLOSING_STEPS: dict[ClosingState, frozenset[ClosingState]] = {
    ClosingState.REQUESTED: frozenset([ClosingState.APPROVED, ClosingState.RETURNED, ClosingState.WITHDRAWN]),
    ClosingState.APPROVED: frozenset([ClosingState.REOPENED]),
    ClosingState.RETURNED: frozenset(),
    ClosingState.WITHDRAWN: frozenset(),
    ClosingState.REOPENED: frozenset(),
}

CLOSING_STATE_NAMES: dict[ClosingState, Message] = {
    ClosingState.REQUESTED: _p("closing", "Waits for approval"),
    ClosingState.APPROVED: _p("closing", "Approved"),
    ClosingState.RETURNED: _p("closing", "Sent back"),
    ClosingState.WITHDRAWN: _p("closing", "Taken back"),
    ClosingState.REOPENED: _p("closing", "Approved, later reopened"),
}


class ReopeningReason(StrEnum):
    CAME_BACK = "came_back"
    NEW_NEED = "new_need"
    NEW_FACTS = "new_facts"
    MISTAKE = "mistake"
    OTHER = "other"


REOPENING_REASON_NAMES: dict[ReopeningReason, Message] = {
    ReopeningReason.CAME_BACK: _p("reopening", "The person came back"),
    ReopeningReason.NEW_NEED: _p("reopening", "A new need"),
    ReopeningReason.NEW_FACTS: _p("reopening", "New facts are known"),
    ReopeningReason.MISTAKE: _p("reopening", "Closed by mistake"),
    ReopeningReason.OTHER: _p("reopening", "Other: see the note"),
}


CASE_TRANSFER = "case_transfer"
"""The purpose of a consent under which another organisation takes over."""
WHOLE_FILE_CODE = "whole_file"
"""What such a consent covered before its parts were named."""


class FilePart(StrEnum):
    """What another organisation receives: the first two when the person says yes, the others when it accepts."""

    NUMBER = "case_number"
    HAND_OVER = "hand_over"
    ANSWERS = "answers"
    MESSAGES = "messages"
    CASE_NOTES = "case_notes"
    PLAN = "plan"
    REQUESTS = "requests"
    CONSENTS = "consents"


SENT_AHEAD: frozenset[FilePart] = frozenset([FilePart.NUMBER, FilePart.HAND_OVER])
WHOLE_FILE: tuple[FilePart, ...] = tuple(part for part in FilePart if part not in SENT_AHEAD)
"""A case goes over whole."""


class TransferState(StrEnum):
    ASKED = "asked"
    """Waiting for the person's yes; the other organisation knows nothing of it."""
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REFUSED = "refused"
    """The person said no, or took their yes back."""
    REVOKED = "revoked"
    """Whoever offered it took it back."""
    EXPIRED = "expired"
    """The other organisation did not answer in time."""


TRANSFER_STEPS: dict[TransferState, frozenset[TransferState]] = {
    TransferState.ASKED: frozenset([TransferState.OFFERED, TransferState.REFUSED, TransferState.REVOKED]),
    TransferState.OFFERED: frozenset(
        [
            TransferState.ACCEPTED,
            TransferState.DECLINED,
            TransferState.REFUSED,
            TransferState.REVOKED,
            TransferState.EXPIRED,
        ]
    ),
    # Whoever takes their yes back later goes back to the organisation they came from.
    TransferState.ACCEPTED: frozenset([TransferState.REFUSED]),
    TransferState.DECLINED: frozenset(),
    TransferState.REFUSED: frozenset(),
    TransferState.REVOKED: frozenset(),
    TransferState.EXPIRED: frozenset(),
}
OPEN_TRANSFERS: frozenset[TransferState] = frozenset([TransferState.ASKED, TransferState.OFFERED])

TRANSFER_STATE_NAMES: dict[TransferState, Message] = {
    TransferState.ASKED: _p("transfer", "Waits for the person's yes"),
    TransferState.OFFERED: _p("transfer", "Waits for the other organisation"),
    TransferState.ACCEPTED: _p("transfer", "Transferred"),
    TransferState.DECLINED: _p("transfer", "Declined by the other organisation"),
    TransferState.REFUSED: _p("transfer", "The person said no"),
    TransferState.REVOKED: _p("transfer", "Taken back"),
    TransferState.EXPIRED: _p("transfer", "Not answered in time"),
}


class TransferDecline(StrEnum):
    NO_CAPACITY = "no_capacity"
    OUT_OF_AREA = "out_of_area"
    NOT_ELIGIBLE = "not_eligible"
    OTHER = "other"


TRANSFER_DECLINE_NAMES: dict[TransferDecline, Message] = {
    TransferDecline.NO_CAPACITY: _p("transfer", "No capacity at the moment"),
    TransferDecline.OUT_OF_AREA: _p("transfer", "Outside our area"),
    TransferDecline.NOT_ELIGIBLE: _p("transfer", "Not eligible for our programme"),
    TransferDecline.OTHER: _p("transfer", "Another reason"),
}


class ErasureRule(StrEnum):
    """Why something of a case is erased without anybody doing so."""

    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    UNCONFIRMED_CHILD = "unconfirmed_child"
    FILES = "files"


ERASURE_RULE_NAMES: dict[ErasureRule, Message] = {
    ErasureRule.CLOSED: _p("erasure", "Closed, and kept as long as the person was told"),
    ErasureRule.WITHDRAWN: _p("erasure", "The person took back their agreement"),
    ErasureRule.UNCONFIRMED_CHILD: _p("erasure", "A child whose guardian nobody has heard"),
    ErasureRule.FILES: _p("erasure", "Only files sent in the chat"),
}
