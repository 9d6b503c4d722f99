"""The flags of the rapid vulnerability screen: which answer marks which, and what is not known. Pure.

An answer that was skipped, is not known, or that the person prefers not to give, marks nothing and denies nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cases.assessment_rules import RiskLevel
from cases.functioning import has_disability
from foundation.language import Message, _
from questionnaire.sheet import Answer, Answers

_TELLS = frozenset([
    "yes", "no", "parent", "guardian", "other_adult", "nobody", "calm", "distress", "self_harm", "detained",
    "ill_treated", "treated", "untreated", "both", "no_paper", "stateless", "unsafe",
])  # fmt: skip
"""Whatever else was answered, such as `unknown` and `unsaid`, tells nothing: no code that is new here denies a flag."""
HIGH, MEDIUM = RiskLevel.HIGH, RiskLevel.MEDIUM


@dataclass(frozen=True, slots=True)
class ScreenFlag:
    """`holds`: None where it cannot be told from the answers. `level`: what it suggests as the level of risk."""

    id: str
    level: RiskLevel
    name: Message
    holds: Callable[[Answers], bool | None]


def _flag(question: str, level: RiskLevel, name: Message, *codes: str, called: str = "") -> ScreenFlag:
    """Marked by one of these answers to a question; by yes if none is named."""

    def holds(answers: Answers) -> bool | None:
        answer = answers.get(question)
        return answer in (codes or ("yes",)) if _tells(answer) else None

    return ScreenFlag(f"screen.{called or question}", level, name, holds)


def _tells(answer: Answer) -> bool:
    return isinstance(answer, str) and answer in _TELLS


def _unaccompanied(answers: Answers) -> bool | None:
    """Asked only of whoever may be under 18."""
    if answers.get("under_18") == "no":
        return False
    carer = answers.get("child_care")
    return carer in ("other_adult", "nobody") if _tells(carer) else None


SCREEN_FLAGS: tuple[ScreenFlag, ...] = (
    _flag("under_18", MEDIUM, _("Under 18")),
    ScreenFlag("screen.unaccompanied", HIGH, _("A child without a parent or guardian"), _unaccompanied),
    _flag("age_disputed", MEDIUM, _("Age in doubt or disputed")),
    _flag("pregnant", MEDIUM, _("Pregnant or breastfeeding")),
    _flag("sole_carer", MEDIUM, _("Alone in looking after others")),
    _flag("weak_head", MEDIUM, _("A child or an older person heads the household")),
    _flag("older_alone", MEDIUM, _("60 or older and alone")),
    ScreenFlag("screen.functioning", MEDIUM, _("Much difficulty in functioning (Washington Group)"), has_disability),
    _flag("illness", MEDIUM, _("Serious or long illness"), "treated"),
    _flag("illness", HIGH, _("Serious illness without treatment or medicine"), "untreated", called="untreated"),
    _flag("emergency", HIGH, _("Medical care is needed now")),
    _flag("distress", MEDIUM, _("Distress"), "distress"),
    _flag("distress", HIGH, _("Thoughts of self-harm"), "self_harm", called="self_harm"),
    _flag("trafficking", HIGH, _("A sign of trafficking or forced labour")),
    _flag("violence", HIGH, _("Violence because of sex or gender, or danger of it")),
    _flag("detention", MEDIUM, _("Detention on the way or abroad"), "detained", called="detained"),
    _flag("detention", HIGH, _("Ill-treatment or torture"), "ill_treated", called="ill_treated"),
    _flag("fear", HIGH, _("Fear of going back")),
    _flag("stateless", HIGH, _("No nationality, or in doubt"), "stateless"),
    _flag("stateless", MEDIUM, _("No paper that shows who they are"), "no_paper", called="no_paper"),
    _flag("place_tonight", HIGH, _("No safe place tonight"), "no", "unsafe"),
    _flag("debt_threat", HIGH, _("Debt to a smuggler or recruiter, or threats")),
    _flag("tracing", MEDIUM, _("Separated from family who must be traced")),
    _flag("rejected", MEDIUM, _("Rejected by family or community")),
    _flag("lgbtiq_safety", HIGH, _("A danger because of sexual orientation or gender identity")),
)
"""The twenty of the rapid screen, and the last, which is marked only if the person raised it. Where one question tells
two things of different weight, each has a line."""


def marked(answers: Answers) -> list[ScreenFlag]:
    return [flag for flag in SCREEN_FLAGS if flag.holds(answers)]
