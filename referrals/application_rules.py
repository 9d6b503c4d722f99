"""The words and steps of an application that is pursued for a person at an institution."""

from enum import StrEnum

from foundation.language import Message, _p


class ApplicationState(StrEnum):
    PREPARING = "preparing"
    SUBMITTED = "submitted"
    MORE_ASKED = "more_asked"
    """The institution wants something more of the person."""
    DECIDED = "decided"
    APPEALED = "appealed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """By the person, who may do so at any time."""


_ENDS = frozenset([ApplicationState.CLOSED, ApplicationState.WITHDRAWN])

APPLICATION_STEPS: dict[ApplicationState, frozenset[ApplicationState]] = {
    ApplicationState.PREPARING: _ENDS | {ApplicationState.SUBMITTED},
    ApplicationState.SUBMITTED: _ENDS | {ApplicationState.MORE_ASKED, ApplicationState.DECIDED},
    ApplicationState.MORE_ASKED: _ENDS | {ApplicationState.SUBMITTED, ApplicationState.DECIDED},
    ApplicationState.DECIDED: _ENDS | {ApplicationState.APPEALED},
    ApplicationState.APPEALED: _ENDS | {ApplicationState.MORE_ASKED, ApplicationState.DECIDED},
    ApplicationState.CLOSED: frozenset(),
    ApplicationState.WITHDRAWN: frozenset(),
}
"""What may follow what. A state without followers is final."""

OPEN_APPLICATIONS: frozenset[ApplicationState] = frozenset(state for state, steps in APPLICATION_STEPS.items() if steps)

APPLICATION_STATE_NAMES: dict[ApplicationState, Message] = {
    ApplicationState.PREPARING: _p("application", "Being prepared"),
    ApplicationState.SUBMITTED: _p("application", "Submitted, waiting for the answer"),
    ApplicationState.MORE_ASKED: _p("application", "The institution asks for more"),
    ApplicationState.DECIDED: _p("application", "Decided"),
    ApplicationState.APPEALED: _p("application", "Appealed, waiting for the answer"),
    ApplicationState.CLOSED: _p("application", "Closed"),
    ApplicationState.WITHDRAWN: _p("application", "Withdrawn by the person"),
}


class Entry(StrEnum):
    """What can be written into the history of an application, by day."""

    OPENED = "opened"
    AUTHORISED = "authorised"
    AUTHORISATION_ENDED = "authorisation_ended"
    SUBMITTED = "submitted"
    MORE_ASKED = "more_asked"
    REMINDED = "reminded"
    DECIDED = "decided"
    APPEALED = "appealed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


LEADS_TO: dict[Entry, ApplicationState] = {
    Entry.SUBMITTED: ApplicationState.SUBMITTED,
    Entry.MORE_ASKED: ApplicationState.MORE_ASKED,
    Entry.DECIDED: ApplicationState.DECIDED,
    Entry.APPEALED: ApplicationState.APPEALED,
    Entry.CLOSED: ApplicationState.CLOSED,
    Entry.WITHDRAWN: ApplicationState.WITHDRAWN,
}
"""The entries that move an application; a reminder does not."""

AWAITING_ANSWER: frozenset[ApplicationState] = frozenset([ApplicationState.SUBMITTED, ApplicationState.APPEALED])
"""The next word is the institution's."""


class Outcome(StrEnum):
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


OUTCOME_NAMES: dict[Outcome, Message] = {
    Outcome.GRANTED: _p("application outcome", "Granted in full"),
    Outcome.PARTLY: _p("application outcome", "Granted in part"),
    Outcome.REFUSED: _p("application outcome", "Refused"),
}


class Standing(StrEnum):
    """Where a document stands."""

    HAVE = "have"
    ASKED = "asked"
    MISSING = "missing"
    NOT_AVAILABLE = "not_available"
    """It cannot be had; the note says why, and what shows the same."""


class Given(StrEnum):
    """How an authorisation was given."""

    SIGNED = "signed"
    SPOKEN = "spoken"
    WITNESSED = "witnessed"
    """By a mark or in words, before a witness."""
    WRITTEN_IN_CHAT = "written_in_chat"
