"""The words and steps of recommendations and questions: what they are about, how answered, what may follow what.

National monitoring mechanisms make independent recommendations, to strengthen accountability (GCM 21(f)).
"""

from datetime import timedelta
from enum import StrEnum

from foundation.language import Message, _, _p

ANSWER_WITHIN = timedelta(days=60)
"""What is offered as the time to answer; whoever issues a recommendation sets the day."""


class Kind(StrEnum):
    RECOMMENDATION = "recommendation"
    QUESTION = "question"
    """Asks how something is, and asks for nothing to be done: it is answered, not implemented."""


class State(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    REJECTED = "rejected"
    IMPLEMENTED = "implemented"
    NOT_IMPLEMENTED = "not_implemented"
    ANSWERED = "answered"
    """Of a question alone."""
    REOPENED = "reopened"
    """Asked once more, with new days; it waits for a new answer."""


ANSWERS: dict[Kind, frozenset[State]] = {
    Kind.RECOMMENDATION: frozenset([State.ACCEPTED, State.PARTLY_ACCEPTED, State.REJECTED]),
    Kind.QUESTION: frozenset([State.ANSWERED]),
}
OUTCOMES = frozenset([State.IMPLEMENTED, State.NOT_IMPLEMENTED])
TAKEN_UP = frozenset([State.ACCEPTED, State.PARTLY_ACCEPTED])
"""Answered so that something is to be done."""
UNANSWERED = frozenset([State.ISSUED, State.REOPENED])

STEPS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset([State.ISSUED]),
    State.ISSUED: frozenset().union(*ANSWERS.values()),
    State.ANSWERED: frozenset([State.REOPENED]),
    State.ACCEPTED: OUTCOMES,
    State.PARTLY_ACCEPTED: OUTCOMES,
    State.REJECTED: frozenset([State.REOPENED]),
    State.IMPLEMENTED: frozenset([State.REOPENED]),
    State.NOT_IMPLEMENTED: frozenset([State.REOPENED]),
    State.REOPENED: frozenset().union(*ANSWERS.values()),
}
"""What may follow what; each kind with the answers of its own."""


def next_states(kind: Kind, state: State) -> frozenset[State]:
    others = (answers for each, answers in ANSWERS.items() if each is not kind)
    return STEPS[state].difference(*others)


KIND_NAMES: dict[Kind, Message] = {
    Kind.RECOMMENDATION: _p("recommendation", "Recommendation"),
    Kind.QUESTION: _p("recommendation", "Question"),
}
NUMBERED: dict[Kind, Message] = {
    Kind.RECOMMENDATION: _("Recommendation {number}"),
    Kind.QUESTION: _("Question {number}"),
}

STATE_NAMES: dict[State, Message] = {
    State.DRAFT: _p("recommendation", "Draft"),
    State.ISSUED: _p("recommendation", "Waits for an answer"),
    State.ACCEPTED: _p("recommendation", "Accepted"),
    State.PARTLY_ACCEPTED: _p("recommendation", "Partly accepted"),
    State.REJECTED: _p("recommendation", "Rejected"),
    State.IMPLEMENTED: _p("recommendation", "Implemented"),
    State.NOT_IMPLEMENTED: _p("recommendation", "Not implemented"),
    State.ANSWERED: _p("recommendation", "Answered"),
    State.REOPENED: _p("recommendation", "Reopened, waits for a new answer"),
}


class Entry(StrEnum):
    """What is written under an issued recommendation, by day. An entry is never changed."""

    ANSWER = "answer"
    FOLLOW_UP = "follow_up"
    OUTCOME = "outcome"
    CORRECTION = "correction"
    REOPENING = "reopening"


ENTRY_NAMES: dict[Entry, Message] = {
    Entry.ANSWER: _p("recommendation", "Answer"),
    Entry.FOLLOW_UP: _p("recommendation", "Follow-up"),
    Entry.OUTCOME: _p("recommendation", "Outcome"),
    Entry.CORRECTION: _p("recommendation", "Correction"),
    Entry.REOPENING: _p("recommendation", "Reopened"),
}


class Theme(StrEnum):
    """What monitors of returns report about; after FRA's forced return monitoring and GCM 21."""

    INDIVIDUAL_ASSESSMENT = "individual_assessment"
    NON_REFOULEMENT = "non_refoulement"
    REMEDIES = "remedies"
    VOLUNTARINESS = "voluntariness"
    DOCUMENTS = "documents"
    NOTICE = "notice"
    TREATMENT = "treatment"
    HEALTH = "health"
    CHILDREN = "children"
    HANDOVER = "handover"
    MONITORING = "monitoring"
    REINTEGRATION = "reintegration"
    COMMUNITIES = "communities"
    COMPLAINTS = "complaints"
    DATA = "data"
    OTHER = "other"


THEME_NAMES: dict[Theme, Message] = {
    Theme.INDIVIDUAL_ASSESSMENT: _p("theme", "Individual assessment"),
    Theme.NON_REFOULEMENT: _p("theme", "No return to danger"),
    Theme.REMEDIES: _p("theme", "Appeals and legal help"),
    Theme.VOLUNTARINESS: _p("theme", "Free and informed decision"),
    Theme.DOCUMENTS: _p("theme", "Travel documents and consular help"),
    Theme.NOTICE: _p("theme", "Notice before the return"),
    Theme.TREATMENT: _p("theme", "Treatment, force and restraint"),
    Theme.HEALTH: _p("theme", "Health and vulnerability"),
    Theme.CHILDREN: _p("theme", "Children and families"),
    Theme.HANDOVER: _p("theme", "Handover and reception"),
    Theme.MONITORING: _p("theme", "Access of monitors"),
    Theme.REINTEGRATION: _p("theme", "Help to start again"),
    Theme.COMMUNITIES: _p("theme", "Communities of return"),
    Theme.COMPLAINTS: _p("theme", "Complaints"),
    Theme.DATA: _p("theme", "Protection of data"),
    Theme.OTHER: _p("theme", "Something else"),
}


class Action(StrEnum):
    """The actions of objective 21 of the Global Compact for Migration (A/RES/73/195, paragraph 37)."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"
    E = "e"
    F = "f"
    G = "g"
    H = "h"
    I = "i"  # noqa: E741  # the text's own letter


ACTION_NAMES: dict[Action, Message] = {
    Action.A: _p("GCM 21", "(a) Cooperation and agreements on return"),
    Action.B: _p("GCM 21", "(b) Programmes for return and reintegration"),
    Action.C: _p("GCM 21", "(c) Identification and travel documents"),
    Action.D: _p("GCM 21", "(d) Consular contact before return"),
    Action.E: _p("GCM 21", "(e) Safe and dignified return with remedies"),
    Action.F: _p("GCM 21", "(f) Monitoring and independent recommendations"),
    Action.G: _p("GCM 21", "(g) Children and their best interests"),
    Action.H: _p("GCM 21", "(h) Equal access in reintegration"),
    Action.I: _p("GCM 21", "(i) Needs of communities of return"),
}

OVERDUE: Message = _p("recommendation", "Overdue")
OUTSIDE: Message = _("Another authority, which has no account here")
