"""Debts to whoever smuggled or recruited someone, and threats over money: what is raised, and how fast."""

from datetime import timedelta

import pytest
from case_scene import Scene
from sqlalchemy import select
from test_assessments import assess, flags

from access.rules import Role
from cases.assessment import due
from cases.assessment_rules import Assessment, DueState
from cases.debts import OWED, PRESSED, next_steps
from cases.models import Task
from cases.risk import load_known
from cases.rules import FlagKind, FlagOutcome, NeedKind, TaskKind, Urgency
from cases.safeguarding import FLAG_RULES, rule_of, settle_flag
from questionnaire.sheet import Answer

THREATS: dict[str, Answer] = {"debt_band": "months", "debt_to": ["moneylender"], "debt_threats": "threatened"}


async def tasks(scene: Scene, kind: TaskKind) -> list[str]:
    found = await scene.session.scalars(select(Task.reason).where(Task.kind == kind).order_by(Task.reason))
    return list(found)


async def test_a_debt_to_a_recruiter_told_in_the_chat_holds_a_return_until_the_officer_has_looked(scene: Scene) -> None:
    told = await scene.tell(needs={"debts": "yes", "debt_to": "recruiter"})
    assert await flags(scene, told) == ["needs.debt_to_smuggler"]
    assert await tasks(scene, TaskKind.PROTECTION) == ["needs.debt_to_smuggler"]
    assert await tasks(scene, TaskKind.DISCLOSURE) == []
    assert {need.kind: need.urgency for need in await scene.needs(told)} == {
        NeedKind.MONEY: Urgency.NORMAL,
        NeedKind.SAFETY: Urgency.URGENT,
    }


async def test_threats_over_money_call_a_person_in_within_hours(scene: Scene) -> None:
    told = await scene.tell(needs={"debts": "no"})
    await assess(scene, told, "finance", THREATS)
    assert await flags(scene, told) == ["finance.debt_threats"]
    task = (await scene.session.scalars(select(Task).where(Task.kind == TaskKind.DISCLOSURE))).one()
    assert (task.reason, task.due_at - task.created_at) == ("finance.debt_threats", timedelta(hours=4))
    assert told.case.attention_at is not None


async def test_a_correction_calls_nobody_twice_and_threats_that_come_again_do(scene: Scene) -> None:
    told = await scene.tell(needs={"debts": "no"})
    await assess(scene, told, "finance", THREATS)
    await assess(scene, told, "finance", THREATS)
    assert await tasks(scene, TaskKind.DISCLOSURE) == ["finance.debt_threats"]
    flag = (await scene.flags(told))[FlagKind.VIOLENCE]
    officer = scene.staff[Role.PROTECTION_OFFICER]
    await settle_flag(scene.session, told.case, flag.id, FlagOutcome.RESOLVED, "A lawyer helped.", actor=officer)
    await assess(scene, told, "finance", THREATS)
    assert await tasks(scene, TaskKind.DISCLOSURE) == ["finance.debt_threats", "finance.debt_threats.2"]


async def test_work_to_pay_off_a_debt_is_a_sign_of_trafficking_and_cannot_wait(scene: Scene) -> None:
    told = await scene.tell(needs={"debts": "no"})
    await assess(scene, told, "finance", {"debt_to": ["employer"], "debt_work": "yes"})
    assert await flags(scene, told) == ["finance.debt_bondage"]
    assert (
        await tasks(scene, TaskKind.DISCLOSURE) == await tasks(scene, TaskKind.PROTECTION) == ["finance.debt_bondage"]
    )


async def test_nothing_is_raised_by_what_somebody_prefers_not_to_say(scene: Scene) -> None:
    told = await scene.tell(needs={"debts": "unsaid"})
    await assess(scene, told, "finance", {"debt_band": "unsaid", "debt_to": ["unsaid"], "debt_threats": "unsaid"})
    assert await flags(scene, told) == []


@pytest.mark.parametrize(
    ("needs", "state"),
    [
        ({"debts": "yes", "debt_to": "family"}, DueState.DUE),
        ({"debts": "no", "work_wanted": ["own_business"]}, DueState.DUE),
        ({"debts": "no"}, DueState.NOT_NEEDED),
        (None, DueState.NOT_KNOWN),
    ],
)
async def test_money_and_debts_are_assessed_where_the_person_told_of_them(
    scene: Scene, needs: dict[str, Answer] | None, state: DueState
) -> None:
    told = await scene.tell(needs=needs)
    found = {each.assessment: each for each in due(await load_known(scene.session, told.case, told.key))}
    assert found[Assessment.FINANCE].state is state


def test_every_debt_that_endangers_someone_comes_with_what_to_do_next() -> None:
    rules = {rule.id: rule for rule in FLAG_RULES}
    assert {*OWED, *PRESSED} <= rules.keys()
    of_debts = {name for name, rule in rules.items() if any("debt" in each for each in rule.when.references)}
    assert of_debts == {*OWED, *PRESSED}
    assert {rule.id for rule in FLAG_RULES if rule.at_once} <= PRESSED
    for name in of_debts:
        assert len(next_steps(name)) >= 5
    assert next_steps("needs.fear") == ()


def test_a_flag_that_was_raised_again_has_the_rule_of_the_first() -> None:
    assert rule_of("finance.debt_threats.2") == "finance.debt_threats"
    assert rule_of("arrival.under_18") == "arrival.under_18"
    assert {rule_of(rule.id) for rule in FLAG_RULES} == {rule.id for rule in FLAG_RULES}
