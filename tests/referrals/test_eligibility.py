"""Every condition of a service: met, not met, or not known and then settled by a question that there is."""

import pytest

from cases.functioning import A_LOT, DOMAINS, NO_DIFFICULTY, PREFIX
from cases.sheets import built_in_sheets
from questionnaire.sheet import Answers
from referrals.eligibility import CONDITIONS, Criterion, Found, Person, judge, judge_age

WOMAN, MAN = {"sex": "female"}, {"sex": "male"}
EASY = {f"{PREFIX}{domain}": NO_DIFFICULTY for domain in DOMAINS}
MET, NOT_MET, UNKNOWN = Found.MET, Found.NOT_MET, Found.UNKNOWN


@pytest.mark.parametrize(
    ("criterion", "answers", "found"),
    [
        (Criterion.WOMEN, {"arrival": WOMAN}, MET),
        (Criterion.WOMEN, {"arrival": MAN}, NOT_MET),
        (Criterion.WOMEN, {"arrival": {"sex": "unsaid"}}, UNKNOWN),
        (Criterion.WOMEN, {}, UNKNOWN),
        (Criterion.MEN, {"arrival": MAN}, MET),
        (Criterion.MEN, {"arrival": WOMAN}, NOT_MET),
        (Criterion.FEMALE_HEADED, {"arrival": WOMAN, "screen": {"sole_carer": "yes"}}, MET),
        (Criterion.FEMALE_HEADED, {"arrival": MAN, "screen": {"sole_carer": "yes"}}, NOT_MET),
        (Criterion.FEMALE_HEADED, {"arrival": WOMAN, "screen": {"sole_carer": "no"}}, NOT_MET),
        (Criterion.FEMALE_HEADED, {"arrival": WOMAN}, UNKNOWN),
        (Criterion.FEMALE_HEADED, {"screen": {"sole_carer": "yes"}}, UNKNOWN),
        (Criterion.LOW_INCOME, {"needs": {"income": "no"}}, MET),
        (Criterion.LOW_INCOME, {"needs": {"income": "yes"}}, NOT_MET),
        (Criterion.LOW_INCOME, {"needs": {"income": "yes"}, "family": {"income_band": "food"}}, MET),
        (Criterion.LOW_INCOME, {"family": {"income_band": "unknown"}}, UNKNOWN),
        (Criterion.DISABILITY, {"screen": EASY}, NOT_MET),
        (Criterion.DISABILITY, {"screen": {**EASY, "wg_seeing": A_LOT}}, MET),
        (Criterion.DISABILITY, {"screen": {"wg_hearing": NO_DIFFICULTY}}, UNKNOWN),
        (Criterion.IDENTITY_PAPER, {"needs": {"documents": ["none"]}}, MET),
        (Criterion.IDENTITY_PAPER, {"needs": {"documents": ["passport", "id_card"]}}, NOT_MET),
        (Criterion.IDENTITY_PAPER, {"needs": {"documents": ["passport"]}}, UNKNOWN),
        (Criterion.WITH_CHILDREN, {"arrival": {"company": ["own_children", "partner"]}}, MET),
        (Criterion.WITH_CHILDREN, {"arrival": {"company": ["alone"]}}, NOT_MET),
        (Criterion.WITH_CHILDREN, {}, UNKNOWN),
    ],
)
def test_a_condition_is_judged_by_what_was_answered(
    criterion: Criterion, answers: dict[str, Answers], found: Found
) -> None:
    judged = judge(Person(30, answers), criterion)
    assert judged.found is found
    assert (judged.question is None) == (found is not UNKNOWN)


@pytest.mark.parametrize(("age", "found"), [(17, NOT_MET), (18, MET), (25, MET), (26, NOT_MET), (None, UNKNOWN)])
def test_both_ends_of_an_age_are_part_of_it(age: int | None, found: Found) -> None:
    (judged,) = judge_age(Person(age), 18, 25)
    assert judged.found is found
    assert judge_age(Person(age), None, None) == []


def test_an_age_with_one_end_is_open_at_the_other() -> None:
    assert [judge_age(Person(age), 18, None)[0].found for age in (0, 90)] == [NOT_MET, MET]
    assert [judge_age(Person(age), None, 17)[0].found for age in (0, 90)] == [MET, NOT_MET]


def test_every_condition_has_a_question_of_a_form_that_the_program_asks() -> None:
    assert CONDITIONS.keys() == set(Criterion)
    for condition in CONDITIONS.values():
        assert built_in_sheets()[condition.question.form].question(condition.question.name).is_asked
