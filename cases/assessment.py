"""Which assessment is due for whom, and why: a table of triggers over what is known of a case. Pure.

Each trigger says yes, no, or that it is not known yet. One yes makes an assessment due; it is done once it was filled
in after the latest yes. Nothing here stops anything: what must not happen without an assessment is a rule of a gate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cases.assessment_rules import Assessment, DueState
from cases.rules import FlagKind, FlagOutcome, NeedKind
from cases.screening import marked
from foundation.language import Message, _
from questionnaire.sheet import Answers

ARRIVAL, NEEDS = "arrival", "needs"
WORKING_AGE = range(15, 65)
"""Years of age: from 15 (ILO Convention 138, article 2) to 64."""
ECONOMIC_NEEDS = frozenset(
    [NeedKind.INCOME, NeedKind.WORK, NeedKind.BUSINESS, NeedKind.TRAINING, NeedKind.SKILLS_RECOGNITION]
)
_MONEY_NEEDS = frozenset([NeedKind.MONEY, NeedKind.BUSINESS])
_WISHES = frozenset(["job", "own_business", "training"])
_FAMILY = frozenset(["partner", "own_children", "parent_guardian", "other_family"])


@dataclass(frozen=True, slots=True)
class RaisedFlag:
    kind: FlagKind
    rule: str
    raised_at: datetime
    outcome: FlagOutcome | None

    @property
    def stands(self) -> bool:
        """Open, or confirmed and being handled."""
        return self.outcome in (None, FlagOutcome.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules look at. `answers`: the newest of each form; `sent_at`: when each was sent last."""

    opened_at: datetime
    maybe_child: str
    """`yes`, `no` or `unknown`."""
    age: int | None
    back_since: datetime | None
    """Since when the person is back in their country; None: they are not, or it is not known."""
    answers: Mapping[str, Answers] = field(default_factory=dict)
    sent_at: Mapping[str, datetime] = field(default_factory=dict)
    flags: tuple[RaisedFlag, ...] = ()
    needs: frozenset[NeedKind] = frozenset()
    """Those that are open."""

    def of(self, form: str) -> Answers:
        return self.answers.get(form, {})


Since = datetime | None
Answered = tuple[bool | None, Since]
"""Whether it holds (None: not known), and if so since when."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One reason why an assessment is due. `source`: the row of the table of assessments that it comes from."""

    id: str
    assessment: Assessment
    why: Message
    holds: Callable[[Known], Answered]


@dataclass(frozen=True, slots=True)
class Due:
    """`reasons`: the triggers that hold, or, where it is not known, those that cannot be told yet."""

    assessment: Assessment
    state: DueState
    reasons: tuple[Trigger, ...]
    done_at: datetime | None


def _everyone(known: Known) -> Answered:
    return True, known.opened_at


def _changed(known: Known) -> Answered:
    """A flag from elsewhere than the screen, or the return itself, after the screen was filled in."""
    screened = known.sent_at.get(Assessment.SCREEN)
    if screened is None:
        return False, None
    own = f"{Assessment.SCREEN}."
    moments = [flag.raised_at for flag in known.flags if not flag.rule.startswith(own)]
    moments += [known.back_since] if known.back_since else []
    since = max((each for each in moments if each > screened), default=None)
    return since is not None, since


def _flagged(known: Known) -> Answered:
    """A flag that stands, or a mark on the screen that raises none."""
    since = [flag.raised_at for flag in known.flags if flag.stands]
    if marked(known.of(Assessment.SCREEN)):
        since.append(known.sent_at[Assessment.SCREEN])
    if since:
        return True, max(since)
    return (None, None) if Assessment.SCREEN not in known.sent_at else (False, None)


def _before_return(known: Known) -> Answered:
    return known.back_since is None, known.opened_at


def _after_return(known: Known) -> Answered:
    return known.back_since is not None, known.back_since


def _child(known: Known) -> Answered:
    return known.maybe_child != "no", known.opened_at


def _to_family(known: Known) -> Answered:
    told, company = known.of(Assessment.SCREEN).get("to_family"), known.of(ARRIVAL).get("company")
    with_family = isinstance(company, list) and not _FAMILY.isdisjoint(map(str, company))
    if told == "yes" or with_family or NeedKind.FAMILY in known.needs:
        return True, known.opened_at
    return (False, None) if told == "no" else (None, None)


def _earning(known: Known) -> Answered:
    if known.age is not None and known.age not in WORKING_AGE:
        return False, None
    wishes = known.of(NEEDS).get("work_wanted")
    if (isinstance(wishes, list) and not _WISHES.isdisjoint(map(str, wishes))) or known.needs & ECONOMIC_NEEDS:
        return True, known.opened_at
    return (None, None) if NEEDS not in known.sent_at else (False, None)


def _owing(known: Known) -> Answered:
    """Debts were told of, or help with money is wanted. A debt that only the family has is theirs to tell."""
    told = known.of(NEEDS).get("debts") == "yes" or known.of(Assessment.SCREEN).get("debt_threat") == "yes"
    if told or known.needs & _MONEY_NEEDS:
        return True, known.opened_at
    return (None, None) if NEEDS not in known.sent_at else (False, None)


def _adult_back(known: Known) -> Answered:
    if known.maybe_child == "yes" or known.back_since is None:
        return False, None
    return (True, known.back_since) if known.maybe_child == "no" else (None, None)


TRIGGERS: tuple[Trigger, ...] = (
    Trigger("screen.everyone", Assessment.SCREEN, _("Everyone is screened at first contact."), _everyone),
    Trigger(
        "screen.changed",
        Assessment.SCREEN,
        _("Circumstances have changed since: a flag was raised elsewhere, or the person is back."),
        _changed,
    ),
    Trigger("vulnerability.flag", Assessment.VULNERABILITY, _("A screening flag stands."), _flagged),
    Trigger(
        "return_risk.before", Assessment.RETURN_RISK, _("Every return is assessed before departure."), _before_return
    ),
    Trigger(
        "return_risk.after",
        Assessment.RETURN_RISK,
        _("The person is back: it is assessed again within days of arrival."),
        _after_return,
    ),
    Trigger("family.child", Assessment.FAMILY, _("The person is a child, or may be one."), _child),
    Trigger("family.return", Assessment.FAMILY, _("The person goes back to a family, or supports one."), _to_family),
    Trigger(
        "skills.earning",
        Assessment.SKILLS,
        _("The person is of working age and wants help to earn a living."),
        _earning,
    ),
    Trigger(
        "finance.owing",
        Assessment.FINANCE,
        _("The person told of debts, or wants help with money or an own business."),
        _owing,
    ),
    Trigger(
        "survey.baseline", Assessment.SURVEY, _("Adults answer it once after their return, as a baseline."), _adult_back
    ),
)
"""Handbook 2.2: which assessment, for whom, when. Who is back is assessed again, whatever was found before."""


def due(known: Known) -> list[Due]:
    """Every assessment, in the order of `Assessment`."""
    return [_state(known, assessment) for assessment in Assessment]


def _state(known: Known, assessment: Assessment) -> Due:
    told = [(each, *each.holds(known)) for each in TRIGGERS if each.assessment is assessment]
    holding = tuple(each for each, holds, _since in told if holds)
    done_at = known.sent_at.get(assessment)
    if holding:
        since = max((since for _each, holds, since in told if holds and since), default=known.opened_at)
        is_done = done_at is not None and (done_at >= since or assessment not in _AGAIN)
        return Due(assessment, DueState.DONE if is_done else DueState.DUE, holding, done_at)
    if done_at is not None:
        return Due(assessment, DueState.DONE, (), done_at)
    unknown = tuple(each for each, holds, _since in told if holds is None)
    return Due(assessment, DueState.NOT_KNOWN if unknown else DueState.NOT_NEEDED, unknown, None)


_AGAIN = frozenset([Assessment.SCREEN, Assessment.VULNERABILITY, Assessment.RETURN_RISK])
"""Made again when a reason arises after it was made; of the others, one is enough until someone makes another."""
