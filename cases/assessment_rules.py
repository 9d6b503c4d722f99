"""The words of assessments: which there are, how far each is, and levels of risk."""

from enum import StrEnum

from foundation.language import Message, _, _p


class Assessment(StrEnum):
    """Each value is also the id of the form that it is made with."""

    SCREEN = "screen"
    VULNERABILITY = "vulnerability"
    RETURN_RISK = "return_risk"
    FAMILY = "family"
    SKILLS = "skills"
    FINANCE = "finance"
    SURVEY = "reintegration"


ASSESSMENT_NAMES: dict[Assessment, Message] = {
    Assessment.SCREEN: _p("assessment", "Vulnerability screen"),
    Assessment.VULNERABILITY: _p("assessment", "Vulnerability"),
    Assessment.RETURN_RISK: _p("assessment", "Risk of return"),
    Assessment.FAMILY: _p("assessment", "Family"),
    Assessment.SKILLS: _p("assessment", "Skills"),
    Assessment.FINANCE: _p("assessment", "Money and debts"),
    Assessment.SURVEY: _p("assessment", "Reintegration survey"),
}


class DueState(StrEnum):
    DUE = "due"
    DONE = "done"
    NOT_NEEDED = "not_needed"
    NOT_KNOWN = "not_known"
    """What it hangs on has not been told yet."""


DUE_STATE_NAMES: dict[DueState, Message] = {
    DueState.DUE: _p("assessment", "Due"),
    DueState.DONE: _p("assessment", "Done"),
    DueState.NOT_NEEDED: _p("assessment", "Not needed"),
    DueState.NOT_KNOWN: _p("assessment", "Not known yet"),
}


class RiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


RISK_LEVEL_NAMES: dict[RiskLevel, Message] = {
    RiskLevel.LOW: _p("risk", "Low"),
    RiskLevel.MEDIUM: _p("risk", "Medium"),
    RiskLevel.HIGH: _p("risk", "High"),
}


class SuggestedLevel(StrEnum):
    """What the rules suggest. Where too little is known they suggest nothing, and never low."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNKNOWN = "unknown"


SUGGESTED_LEVEL_NAMES: dict[SuggestedLevel, Message] = {
    SuggestedLevel.LOW: _p("risk", "Low"),
    SuggestedLevel.MEDIUM: _p("risk", "Medium"),
    SuggestedLevel.HIGH: _p("risk", "High"),
    SuggestedLevel.UNKNOWN: _p("risk", "Not enough known"),
}

STAFF_FILL_IT_IN = _("Staff fill in this form. It is never asked in the chat.")
