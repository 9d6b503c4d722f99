"""What the rules suggest as a case's level of risk. Pure; a hint beside the level that a person sets, never a verdict.

What is missing never counts as no: nothing suggests low before the screen and the risk of return are answered
throughout, and as things stand now. Every kind of flag that is not named here counts as high.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cases.assessment import Known, due
from cases.assessment_rules import Assessment, DueState, RiskLevel, SuggestedLevel
from cases.rules import FLAG_NAMES, FlagKind
from cases.screening import HIGH, MEDIUM, SCREEN_FLAGS
from foundation.language import Message, _, _p
from questionnaire.sheet import Answer, Answers

FLAG_LEVELS: dict[FlagKind, RiskLevel] = {FlagKind.CHILD: MEDIUM}
"""All others: high."""
THREATS = ("persecution", "traffickers", "stigma", "violence", "self_harm", "health", "other_threat")
_RESIDUALS = ("none", "some", "much")
LEAST_MORE = 3
"""By so many the risk factors must outnumber the protective ones to be a hint."""


@dataclass(frozen=True, slots=True)
class RiskRule:
    """Over the answers of one form. `holds`: None where it cannot be told from them."""

    id: str
    form: Assessment
    level: RiskLevel
    why: Message
    holds: Callable[[Answers], bool | None]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`rules`: ids, the gravest first. `missing`: ids of what is not known and might weigh."""

    level: SuggestedLevel
    rules: tuple[str, ...]
    missing: tuple[str, ...]


def _left_over(level: str) -> Callable[[Answers], bool | None]:
    """Whether so much danger is left of some threat; not known while that of any threat is not."""

    def holds(answers: Answers) -> bool | None:
        found = [_left(answers.get(threat), answers.get(f"{threat}_residual")) for threat in THREATS]
        return True if level in found else None if None in found else False

    return holds


def _left(threat: Answer, residual: Answer) -> str | None:
    if threat == "no":
        return "none"
    return str(residual) if threat == "yes" and residual in _RESIDUALS else None


def _grave(answers: Answers) -> bool | None:
    """Likely and grave, and nobody has said what is left of it."""
    return any(
        answers.get(f"{threat}_likelihood") == "likely"
        and answers.get(f"{threat}_severity") == "grave"
        and answers.get(f"{threat}_residual") not in _RESIDUALS
        for threat in THREATS
    )


def _more_risks(answers: Answers) -> bool | None:
    """Counts no further than to say that someone should look: no official score exists, so none is made."""
    factors = list(answers.values())
    return factors.count("risk") - factors.count("protective") >= LEAST_MORE


RISK_RULES: tuple[RiskRule, ...] = (
    *(RiskRule(flag.id, Assessment.SCREEN, flag.level, flag.name, flag.holds) for flag in SCREEN_FLAGS),
    RiskRule(
        "return_risk.much_left",
        Assessment.RETURN_RISK,
        HIGH,
        _("Of a threat on return, much danger is left"),
        _left_over("much"),
    ),
    RiskRule(
        "return_risk.grave",
        Assessment.RETURN_RISK,
        HIGH,
        _("A threat on return is likely and grave, and nothing that makes it smaller is assessed"),
        _grave,
    ),
    RiskRule(
        "return_risk.some_left",
        Assessment.RETURN_RISK,
        MEDIUM,
        _("Of a threat on return, some danger is left"),
        _left_over("some"),
    ),
    RiskRule(
        "vulnerability.more_risks",
        Assessment.VULNERABILITY,
        MEDIUM,
        _("Clearly more factors are a risk than protect"),
        _more_risks,
    ),
)
# Translators: what is missing before the rules can suggest that a risk is low
_MISSING: dict[str, Message] = {
    "missing.age": _p("risk", "It is not known whether the person is a child."),
    "missing.screen": _p("risk", "The screen is due."),
    "missing.return_risk": _p("risk", "The assessment of the risk of return is due."),
}
_WHY = {rule.id: rule.why for rule in RISK_RULES}


def suggest(known: Known) -> Suggestion:
    """The gravest level that any rule suggests; low only if every rule could be told and none holds."""
    told = {rule.id: rule.holds(known.of(rule.form)) for rule in RISK_RULES if rule.form in known.sent_at}
    flags = dict.fromkeys(flag.kind for flag in known.flags if flag.stands)
    found = [(f"flag.{kind}", FLAG_LEVELS.get(kind, HIGH)) for kind in flags]
    found += [(rule.id, rule.level) for rule in RISK_RULES if told.get(rule.id)]
    missing = (*_not_made(known), *(rule_id for rule_id, holds in told.items() if holds is None))
    high = [rule_id for rule_id, level in found if level is HIGH]
    medium = [rule_id for rule_id, level in found if level is MEDIUM]
    return Suggestion(_level(high, medium, missing), (*high, *medium), missing)


def _level(high: list[str], medium: list[str], missing: tuple[str, ...]) -> SuggestedLevel:
    if high:
        return SuggestedLevel.HIGH
    if medium:
        return SuggestedLevel.MEDIUM
    return SuggestedLevel.UNKNOWN if missing else SuggestedLevel.LOW


def _not_made(known: Known) -> list[str]:
    """Whole assessments that are missing or out of date, and an age that nobody knows."""
    is_due = {each.assessment for each in due(known) if each.state is DueState.DUE}
    gaps = {
        "missing.age": known.maybe_child == "unknown",
        "missing.screen": Assessment.SCREEN in is_due,
        "missing.return_risk": Assessment.RETURN_RISK in is_due,
    }
    return [name for name, is_missing in gaps.items() if is_missing]


def rule_words(rule_id: str) -> Message:
    """A rule, or what is missing, in words. The id itself for a rule that is not used any more."""
    group, _dot, name = rule_id.partition(".")
    if group == "flag" and name in {kind.value for kind in FlagKind}:
        return FLAG_NAMES[FlagKind(name)]
    return _MISSING.get(rule_id) or _WHY.get(rule_id) or Message("{rule}").of(rule=rule_id)
