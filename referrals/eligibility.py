"""For whom a service is: each condition met, not met, or not known yet, and which question would settle it. Pure.

A service names its conditions as attributes with a term of the taxonomy `homeward-eligibility`; their `link_type` says
whether one must be met (`eligibility`) or goes first (`priority`: GCM 20(i) names low-income and female-headed
households). Ages are HSDS's own fields. What is not known is told as unknown, never as met.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cases.functioning import has_disability
from foundation.language import Message, _
from questionnaire.sheet import Answers

ELIGIBILITY = "homeward-eligibility"
"""The taxonomy whose terms are codes of `Criterion`."""
MUST, FIRST = "eligibility", "priority"
"""Link types."""


class Criterion(StrEnum):
    WOMEN = "women"
    MEN = "men"
    FEMALE_HEADED = "female_headed_household"
    LOW_INCOME = "low_income"
    DISABILITY = "disability"
    IDENTITY_PAPER = "identity_paper"
    WITH_CHILDREN = "with_children"


class Found(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Person:
    """What the conditions look at."""

    age: int | None = None
    answers: Mapping[str, Answers] = field(default_factory=dict, repr=False)
    """The newest of each form."""

    def of(self, form: str) -> Answers:
        return self.answers.get(form, {})


@dataclass(frozen=True, slots=True)
class Question:
    """What would settle a condition: a question of a form."""

    form: str
    name: str


@dataclass(frozen=True, slots=True)
class Condition:
    name: Message
    holds: Callable[[Person], bool | None]
    """None: not known."""
    question: Question


@dataclass(frozen=True, slots=True)
class Judged:
    """One condition of one service for one person."""

    name: Message
    found: Found
    question: Question | None
    """What would settle it, while it is unknown."""


_AGE_FITS, _BIRTH_YEAR = _("The age fits"), Question("arrival", "birth_year")


def judge(person: Person, criterion: Criterion) -> Judged:
    condition = CONDITIONS[criterion]
    return _found(condition.name, condition.holds(person), condition.question)


def judge_age(person: Person, youngest: int | None, oldest: int | None) -> list[Judged]:
    """Nothing if the service is for every age."""
    if youngest is None and oldest is None:
        return []

    age = person.age
    fits = None if age is None else (youngest or 0) <= age and (oldest is None or age <= oldest)
    return [_found(_AGE_FITS, fits, _BIRTH_YEAR)]


def _found(name: Message, holds: bool | None, question: Question) -> Judged:  # noqa: FBT001  # an answer, not a switch
    if holds is None:
        return Judged(name, Found.UNKNOWN, question)
    return Judged(name, Found.MET if holds else Found.NOT_MET, None)


def _is_woman(person: Person) -> bool | None:
    return {"female": True, "male": False}.get(str(person.of("arrival").get("sex")))


def _is_man(person: Person) -> bool | None:
    return {"female": False, "male": True}.get(str(person.of("arrival").get("sex")))


def _heads_household_as_woman(person: Person) -> bool | None:
    """Whoever alone looks after others heads a household; who is no woman heads none of these."""
    woman = _is_woman(person)
    if woman is False:
        return False
    carer = {"yes": True, "no": False}.get(str(person.of("screen").get("sole_carer")))
    return carer if woman or carer is False else None


def _has_low_income(person: Person) -> bool | None:
    """By what the household lives on, if staff asked; else by what the person said of their own income."""
    household = str(person.of("family").get("income_band"))
    if household in {"none", "less_than_food", "food", "needs", "hopes"}:
        return household in {"none", "less_than_food", "food"}
    return {"no": True, "some": True, "yes": False}.get(str(person.of("needs").get("income")))


def _has_disability(person: Person) -> bool | None:
    screen = person.of("screen")
    return has_disability(screen) if screen else None


def _has_identity_paper(person: Person) -> bool | None:
    """Whoever lacks one of the two may have the other."""
    missing = person.of("needs").get("documents")
    if not isinstance(missing, list):
        return None
    return True if "none" in missing else False if {"passport", "id_card"} <= set(missing) else None


def _has_children(person: Person) -> bool | None:
    company = person.of("arrival").get("company")
    return "own_children" in company if isinstance(company, list) else None


CONDITIONS: dict[Criterion, Condition] = {
    Criterion.WOMEN: Condition(_("For women and girls"), _is_woman, Question("arrival", "sex")),
    Criterion.MEN: Condition(_("For men and boys"), _is_man, Question("arrival", "sex")),
    Criterion.FEMALE_HEADED: Condition(
        _("For households that a woman heads"), _heads_household_as_woman, Question("screen", "sole_carer")
    ),
    Criterion.LOW_INCOME: Condition(_("For a low income"), _has_low_income, Question("needs", "income")),
    Criterion.DISABILITY: Condition(
        _("For people with a disability"), _has_disability, Question("screen", "wg_seeing")
    ),
    Criterion.IDENTITY_PAPER: Condition(
        _("An identity paper is needed"), _has_identity_paper, Question("needs", "documents")
    ),
    Criterion.WITH_CHILDREN: Condition(_("For people with children"), _has_children, Question("arrival", "company")),
}
