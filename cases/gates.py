"""Evaluating the gates: a pure function from what is known of a case to every rule, met or not, for everyone."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cases.child_gate import CHILD_GATE
from cases.gate_facts import Facts, Traveller
from cases.gate_rules import Gate, Rule, Severity
from cases.return_gates import RETURN_GATES
from cases.safeguard_rules import Step

RULES: tuple[Rule, ...] = CHILD_GATE + RETURN_GATES
RULE_OF: dict[str, Rule] = {rule.id: rule for rule in RULES}
_ORDER = list(Step)


class Found(StrEnum):
    MET = "met"
    UNMET = "unmet"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True)
class Finding:
    rule: Rule
    about: Traveller
    found: Found

    @property
    def blocks(self) -> bool:
        return self.found is Found.UNMET and self.rule.severity is Severity.BLOCK


@dataclass(frozen=True, slots=True)
class Report:
    """Every rule that applies to someone. What does not apply is not listed."""

    findings: tuple[Finding, ...]

    def before(self, step: Step) -> "Report":
        """What must hold before `step` is taken: its own rules and those of all steps before it.

        From the departure on only the rules of the handover are left: nobody can be called back by a rule.
        """
        return Report(tuple(each for each in self.findings if _guards(each.rule.at, step)))

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.blocks)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.found is Found.UNMET and not each.blocks)

    @property
    def overridden(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.found is Found.OVERRIDDEN)

    def of_gate(self, gate: Gate) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.rule.gate is gate)

    def about(self, person_id: UUID) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.about.id == person_id)

    def coded(self) -> dict[str, str]:
        """For a passage to remember: what was found, by rule and person."""
        return {f"{each.rule.id}/{each.about.id}": each.found.value for each in self.findings}


def evaluate(facts: Facts, rules: Iterable[Rule] = RULES) -> Report:
    return Report(
        tuple(
            Finding(rule, person, _found(rule, facts, person))
            for rule in rules
            for person in facts.people
            if rule.applies(facts, person)
        )
    )


def _found(rule: Rule, facts: Facts, person: Traveller) -> Found:
    if rule.met(facts, person):
        return Found.MET
    is_set_aside = rule.may_be_set_aside and (rule.id, person.id) in facts.overridden
    return Found.OVERRIDDEN if is_set_aside else Found.UNMET


def _guards(at: Step, step: Step) -> bool:
    if step is Step.HANDED_OVER:
        return at is Step.HANDED_OVER
    return step is not Step.ARRIVED and _ORDER.index(at) <= _ORDER.index(step)
