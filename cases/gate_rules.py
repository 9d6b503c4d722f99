"""What a rule of the gates is: data that says what must be true, for whom, from which step on, and where it comes from.

A rule holds only if its evidence says so: what is missing is never taken as fulfilled. `grade` says how sure the source
is: A read there, B well known, D our own proposal. The rules stand in `child_gate.py` and `return_gates.py`.
"""

from dataclasses import dataclass
from enum import StrEnum

from cases.gate_checks import Check
from cases.record_kinds import RecordKind
from cases.safeguard_rules import Step
from foundation.language import Message, _p

RULES_VERSION = "2"
"""Goes up whenever a rule is added, dropped or changed: a passage remembers which version it met."""


class Severity(StrEnum):
    BLOCK = "block"
    WARN = "warn"


class Gate(StrEnum):
    CHILD = "child"
    PROTECTION = "protection"
    REMEDIES = "remedies"
    CONSENT = "consent"
    DOCUMENTS = "documents"


GATE_NAMES: dict[Gate, Message] = {
    Gate.CHILD: _p("gate", "Children: before a return"),
    Gate.PROTECTION: _p("gate", "Protection hold"),
    Gate.REMEDIES: _p("gate", "Remedies"),
    Gate.CONSENT: _p("gate", "Free and informed consent"),
    Gate.DOCUMENTS: _p("gate", "Documents and consular help"),
}


class Supply(StrEnum):
    """Where evidence comes from that is not a record."""

    FLAGS = "flags"
    DETERMINATION = "determination"
    CONSENT = "consent"
    LEGS = "legs"
    VISITS = "visits"
    QUESTIONNAIRE = "questionnaire"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    gate: Gate
    severity: Severity
    at: Step
    """The step that it guards first; it guards every later one up to the departure too."""
    applies: Check
    met: Check
    says: Message
    evidence: tuple[RecordKind | Supply, ...]
    source: str
    grade: str
    may_be_set_aside: bool = False
