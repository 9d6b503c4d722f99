"""What the rules find in answers: flags and needs with their urgency, as one table."""

from itertools import pairwise

import pytest
from case_scene import ADULT, Scene

from cases.needs import NEED_RULES, found_needs
from cases.rules import SETTLED_BY, URGENCY_ORDER, FlagKind, NeedKind, Urgency
from cases.safeguarding import FLAG_RULES, holds, may_be_child
from cases.sheets import ARRIVAL, NEEDS, built_in_sheets
from questionnaire.sheet import Answer

A, N, U = Urgency.EMERGENCY, Urgency.NORMAL, Urgency.URGENT
Flags = set[FlagKind]
Needs = dict[NeedKind, Urgency]

NOTHING: list[tuple[str, dict[str, Answer], Flags, Needs]] = [
    (ARRIVAL, {}, set(), {}),
    (ARRIVAL, {"maybe_child": "no", "company": ["alone"], "children_not_own": "no"}, set(), {}),
    (NEEDS, {}, set(), {}),
    (NEEDS, {"place_tonight": "yes", "health": "none", "fear": "no", "forced_work": "no"}, set(), {}),
    (NEEDS, {"fear": "unsaid", "forced_work": "unsaid", "debts": "unsaid"}, set(), {}),
    (NEEDS, {"documents": ["none"], "family": "no", "income": "yes", "work_wanted": ["none"]}, set(), {}),
    (
        "screen",
        {"under_18": "no", "fear": "unsaid", "violence": "unknown", "distress": "calm", "detention": "no"},
        set(),
        {},
    ),
    ("return_risk", {"persecution": "unknown", "own_view": "unsure"}, set(), {}),
    ("family", {"family_violence": "unsaid", "safe_there": "support"}, set(), {}),
    (NEEDS, {"skills": "masonry", "debts": "no", "talk": "no", "anything_else": "yes no urgent smuggler"}, set(), {}),
]
SOMETHING: list[tuple[str, dict[str, Answer], Flags, Needs]] = [
    (ARRIVAL, {"maybe_child": "unknown"}, {FlagKind.CHILD, FlagKind.UNACCOMPANIED_CHILD}, {}),
    (
        ARRIVAL,
        {"maybe_child": "yes"},
        {FlagKind.CHILD, FlagKind.UNACCOMPANIED_CHILD},
        {NeedKind.CHILD_PROTECTION: U},
    ),
    (
        ARRIVAL,
        {"maybe_child": "yes", "company": ["friends", "other_family"]},
        {FlagKind.CHILD, FlagKind.UNACCOMPANIED_CHILD},
        {NeedKind.CHILD_PROTECTION: U},
    ),
    (
        ARRIVAL,
        {"maybe_child": "yes", "company": ["friends", "parent_guardian"]},
        {FlagKind.CHILD},
        {NeedKind.CHILD_PROTECTION: U},
    ),
    (ARRIVAL, {"children_not_own": "yes"}, {FlagKind.UNACCOMPANIED_CHILD}, {NeedKind.CHILD_PROTECTION: U}),
    (ARRIVAL, {"children_not_own": "unsure"}, {FlagKind.UNACCOMPANIED_CHILD}, {}),
    (NEEDS, {"place_tonight": "no"}, {FlagKind.NO_SAFE_PLACE}, {NeedKind.SHELTER: A}),
    (NEEDS, {"place_tonight": "unsafe"}, {FlagKind.NO_SAFE_PLACE}, {NeedKind.SHELTER: A}),
    (NEEDS, {"health": "urgent"}, {FlagKind.HEALTH_EMERGENCY}, {NeedKind.HEALTH: A}),
    (NEEDS, {"health": "some"}, set(), {NeedKind.HEALTH: N}),
    (NEEDS, {"fear": "yes"}, {FlagKind.FEAR_OF_RETURN}, {NeedKind.SAFETY: U}),
    (NEEDS, {"forced_work": "yes"}, {FlagKind.TRAFFICKING}, {NeedKind.SAFETY: A}),
    (
        NEEDS,
        {"fear": "yes", "forced_work": "yes"},
        {FlagKind.FEAR_OF_RETURN, FlagKind.TRAFFICKING},
        {NeedKind.SAFETY: A},
    ),
    (NEEDS, {"debts": "yes", "debt_to": "bank"}, set(), {NeedKind.MONEY: N}),
    (NEEDS, {"debts": "yes", "debt_to": "smuggler"}, {FlagKind.TRAFFICKING}, {NeedKind.MONEY: N, NeedKind.SAFETY: U}),
    (NEEDS, {"debts": "yes", "debt_to": "recruiter"}, {FlagKind.TRAFFICKING}, {NeedKind.MONEY: N, NeedKind.SAFETY: U}),
    (NEEDS, {"documents": ["passport", "id_card"]}, set(), {NeedKind.DOCUMENTS: N}),
    (NEEDS, {"family": "yes"}, set(), {NeedKind.FAMILY: N}),
    (NEEDS, {"income": "no"}, set(), {NeedKind.INCOME: U}),
    (NEEDS, {"income": "some"}, set(), {NeedKind.INCOME: N}),
    (NEEDS, {"work_wanted": ["job"]}, set(), {NeedKind.WORK: N}),
    (NEEDS, {"work_wanted": ["job"], "skills": "masonry"}, set(), {NeedKind.WORK: N, NeedKind.SKILLS_RECOGNITION: N}),
    (NEEDS, {"work_wanted": ["own_business", "training"]}, set(), {NeedKind.BUSINESS: N, NeedKind.TRAINING: N}),
    (NEEDS, {"talk": "yes"}, set(), {NeedKind.PSYCHOSOCIAL: U}),
    ("check_in", {"roof": "no", "health": "some"}, set(), {NeedKind.SHELTER: A, NeedKind.HEALTH: N}),
    ("check_in", {"roof": "for_now", "health": "urgent"}, set(), {NeedKind.SHELTER: N, NeedKind.HEALTH: A}),
    ("check_in", {"safe": "no", "food": "some"}, set(), {NeedKind.SAFETY: U, NeedKind.INCOME: U}),
    ("check_in", {"talk": "yes", "food": "no"}, set(), {NeedKind.PSYCHOSOCIAL: U, NeedKind.INCOME: U}),
    ("reintegration", {"P08": "yes"}, set(), {NeedKind.PSYCHOSOCIAL: U}),
    ("screen", {"under_18": "yes", "child_care": "parent"}, {FlagKind.CHILD}, {NeedKind.CHILD_PROTECTION: U}),
    ("screen", {"under_18": "unknown"}, {FlagKind.CHILD}, {}),
    ("screen", {"child_care": "other_adult"}, {FlagKind.UNACCOMPANIED_CHILD}, {}),
    ("screen", {"age_disputed": "yes"}, {FlagKind.CHILD}, {}),
    ("screen", {"emergency": "yes", "illness": "treated"}, {FlagKind.HEALTH_EMERGENCY}, {NeedKind.HEALTH: A}),
    ("screen", {"pregnant": "yes"}, set(), {NeedKind.HEALTH: N}),
    ("screen", {"distress": "self_harm"}, {FlagKind.SELF_HARM}, {NeedKind.PSYCHOSOCIAL: U}),
    ("screen", {"distress": "distress"}, set(), {NeedKind.PSYCHOSOCIAL: U}),
    ("screen", {"trafficking": "yes"}, {FlagKind.TRAFFICKING}, {NeedKind.SAFETY: A}),
    ("screen", {"debt_threat": "yes"}, {FlagKind.TRAFFICKING}, {NeedKind.SAFETY: U}),
    ("screen", {"violence": "yes"}, {FlagKind.VIOLENCE}, {NeedKind.SAFETY: U}),
    ("screen", {"detention": "ill_treated"}, {FlagKind.TORTURE}, {}),
    ("screen", {"illness": "untreated"}, {FlagKind.SERIOUS_ILLNESS}, {NeedKind.HEALTH: U}),
    ("return_risk", {"health": "yes"}, {FlagKind.SERIOUS_ILLNESS}, {}),
    ("screen", {"fear": "yes"}, {FlagKind.FEAR_OF_RETURN}, {NeedKind.SAFETY: U}),
    ("screen", {"lgbtiq_safety": "yes"}, {FlagKind.FEAR_OF_RETURN}, {NeedKind.SAFETY: U}),
    ("screen", {"place_tonight": "unsafe"}, {FlagKind.NO_SAFE_PLACE}, {NeedKind.SHELTER: A}),
    ("screen", {"stateless": "stateless"}, {FlagKind.STATELESSNESS}, {NeedKind.DOCUMENTS: N}),
    ("screen", {"stateless": "no_paper", "tracing": "yes"}, set(), {NeedKind.DOCUMENTS: N, NeedKind.FAMILY: N}),
    ("return_risk", {"persecution": "yes"}, {FlagKind.FEAR_OF_RETURN}, {}),
    ("return_risk", {"persecution": "no", "own_view": "not_safe"}, {FlagKind.FEAR_OF_RETURN}, {}),
    ("return_risk", {"traffickers": "yes", "violence": "yes"}, {FlagKind.TRAFFICKING, FlagKind.VIOLENCE}, {}),
    ("return_risk", {"self_harm": "yes"}, {FlagKind.SELF_HARM}, {}),
    ("family", {"safe_there": "no"}, {FlagKind.VIOLENCE}, {}),
    ("family", {"debt_to": ["bank", "smuggler"]}, {FlagKind.TRAFFICKING}, {NeedKind.SAFETY: U}),
    ("family", {"debt_to": ["bank", "family"]}, set(), {}),
    ("finance", {"debt_band": "none", "services_wanted": ["none"]}, set(), {}),
    ("finance", {"debt_band": "unsaid", "debt_to": ["unsaid"], "debt_threats": "unsaid"}, set(), {}),
    ("finance", {"services_wanted": ["account"]}, set(), {NeedKind.MONEY: N}),
    ("finance", {"debt_band": "months", "debt_to": ["family"], "debt_threats": "pressed"}, set(), {NeedKind.MONEY: N}),
    ("finance", {"debt_to": ["recruiter", "family"]}, {FlagKind.TRAFFICKING}, {NeedKind.SAFETY: U}),
    ("finance", {"debt_to": ["moneylender"], "debt_threats": "threatened"}, {FlagKind.VIOLENCE}, {NeedKind.SAFETY: A}),
    (
        "finance",
        {"debt_to": ["smuggler"], "debt_threats": "harmed", "debt_work": "yes"},
        {FlagKind.TRAFFICKING, FlagKind.VIOLENCE},
        {NeedKind.SAFETY: A},
    ),
    ("finance", {"debt_security": ["papers"]}, {FlagKind.TRAFFICKING}, {NeedKind.SAFETY: U}),
    ("finance", {"debt_for": ["release"]}, {FlagKind.TRAFFICKING}, {NeedKind.SAFETY: U}),
    ("vulnerability", {"family_violence": "risk", "stigma": "risk"}, {FlagKind.VIOLENCE}, {}),
]  # fmt: skip


def found_flags(sheet_id: str, answers: dict[str, Answer]) -> Flags:
    return {rule.kind for rule in FLAG_RULES if rule.sheet_id == sheet_id and holds(rule.when, answers)}


@pytest.mark.parametrize(("sheet_id", "answers", "flags", "needs"), [*NOTHING, *SOMETHING])
def test_answers_raise_exactly_these_flags_and_needs(
    sheet_id: str, answers: dict[str, Answer], flags: Flags, needs: Needs
) -> None:
    assert found_flags(sheet_id, answers) == flags
    assert found_needs(sheet_id, answers) == needs


def test_the_table_has_an_example_of_every_rule() -> None:
    for rule in (*FLAG_RULES, *NEED_RULES):
        assert any(sheet_id == rule.sheet_id and holds(rule.when, answers) for sheet_id, answers, *_ in SOMETHING)


def test_every_rule_asks_about_questions_and_answers_that_its_form_has() -> None:
    sheets = built_in_sheets()
    for rule in (*FLAG_RULES, *NEED_RULES):
        names = {question.name for question in sheets[rule.sheet_id].questions}
        assert rule.when.references <= names
    for sheet_id, answers, *_ in SOMETHING:
        assert set(answers) <= {question.name for question in sheets[sheet_id].questions}


def test_every_kind_of_flag_is_raised_by_a_rule_and_settled_by_someone() -> None:
    # Two come from what someone tells in words (`cases.disclosures`), the others from what staff see or are told.
    told = {FlagKind.VIOLENCE, FlagKind.SELF_HARM}
    told |= {FlagKind.TORTURE, FlagKind.STATELESSNESS, FlagKind.SERIOUS_ILLNESS}
    assert {rule.kind for rule in FLAG_RULES} | told == set(FlagKind) == set(SETTLED_BY)
    assert len({rule.id for rule in FLAG_RULES}) == len(FLAG_RULES)


def test_urgencies_are_in_order() -> None:
    assert set(URGENCY_ORDER) == set(Urgency)
    assert [*pairwise(URGENCY_ORDER)] == [(A, U), (U, N)]


@pytest.mark.parametrize(("maybe_child", "is_child"), [("yes", True), ("unknown", True), ("no", False)])
async def test_someone_whose_age_nobody_knows_is_treated_as_a_child(
    scene: Scene, maybe_child: str, is_child: bool  # noqa: FBT001  # a column of the table
) -> None:  # fmt: skip
    told = await scene.tell({"maybe_child": maybe_child})
    assert await may_be_child(scene.session, told.case.id) is is_child
    assert (FlagKind.CHILD in await scene.flags(told)) is is_child


async def test_a_form_sent_twice_raises_nothing_twice_and_takes_nothing_back(scene: Scene) -> None:
    told = await scene.tell(needs={"place_tonight": "no", "health": "urgent"})
    before = await scene.flags(told)
    await scene.submit(told, NEEDS, {"place_tonight": "yes", "health": "some", "family": "yes"})
    assert await scene.flags(told) == before
    assert {need.kind: need.urgency for need in await scene.needs(told)} == {
        NeedKind.SHELTER: A,
        NeedKind.HEALTH: A,
        NeedKind.FAMILY: N,
    }
    await scene.submit(told, ARRIVAL, ADULT | {"maybe_child": "unknown"})
    assert await may_be_child(scene.session, told.case.id)
