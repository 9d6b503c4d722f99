"""Budgets: amounts stay exact on every database, and no order of approvals makes a line hold less than nothing."""

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from case_scene import Scene, Told, build_scene
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_scene import CODE, add_budget, approved, drafted, submitted, terms
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from access.models import Organisation, OrganisationKind
from access.rules import Role
from cases.activities import add_activity, change_activity, move_activity
from cases.budgets import charged_to
from cases.models import Case
from cases.money import SCALE, currencies, exact, in_words, read_amount, read_currency
from cases.plan_models import BudgetLine, Plan, PlanActivity, Programme
from cases.plan_rules import ActivityStatus, Criterion, PlanState
from cases.plan_steps import activities_of, version_in_force
from cases.planning import activate_plan, approve_plan, discard_draft, revise_plan, send_back
from cases.programmes import (
    Statement,
    add_line,
    change_line,
    create_programme,
    edit_programme,
    list_programmes,
    programme_file,
)
from foundation.database import Database
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound


@pytest.mark.parametrize(
    ("written", "currency", "amount"),
    [
        ("1250.50", "EUR", "1250.50"),
        ("1 250,5", "EUR", "1250.50"),
        ("١٢٥٠٫٥", "TND", "1250.500"),
        ("1.200", "TND", "1.200"),
        ("500", "XOF", "500"),
        ("1,200", "EUR", None),
        ("1.200", "EUR", None),
        ("0.5", "XOF", None),
        ("0", "EUR", None),
        ("-5", "EUR", None),
        ("1e3", "EUR", None),
        ("NaN", "EUR", None),
        ("9999999999999", "EUR", None),
        ("12", "DEM", None),
    ],
)
def test_an_amount_is_read_exactly_or_refused(written: str, currency: str, amount: str | None) -> None:
    if amount is None:
        with pytest.raises(Invalid):
            read_amount(written, currency)
    else:
        assert str(read_amount(written, currency)) == amount
        assert exact(Decimal(amount), currency) == Decimal(amount)


def test_an_amount_is_told_with_the_places_and_the_code_of_its_currency() -> None:
    assert in_words("en", Decimal("1250.5"), "TND") == "1,250.500 TND"
    assert in_words("fr", Decimal(1250), "XOF").replace("\u202f", " ") == "1 250 XOF"
    assert read_currency(" gmd ") == "GMD"
    assert "DEM" not in currencies()


async def test_an_amount_comes_back_as_it_was_stored_and_adds_up_exactly(scene: Scene) -> None:
    line = await add_budget(scene, "999999999999.99")
    wanted = [Decimal("0.01"), Decimal("0.02"), Decimal("888888888888.87")]
    told = await drafted(scene, *(terms(scene, str(each), line) for each in wanted))
    plan = await approved(scene, told)
    scene.session.expire_all()
    rows = (await scene.session.scalars(select(PlanActivity.amount).order_by(PlanActivity.position))).all()
    assert rows == wanted
    line = (await scene.session.scalars(select(BudgetLine))).one()
    assert await charged_to(scene.session, [line]) == {line.id: sum(wanted)}
    stored = await scene.session.scalar(text("SELECT amount FROM plan_activity ORDER BY position LIMIT 1"))
    assert (stored, type(stored)) == (10 ** (SCALE - 2), int)
    for wrong in (0.5, Decimal("0.00001")):
        attempt = await scene.session.begin_nested()
        with pytest.raises((StatementError, TypeError)):
            await scene.session.execute(update(PlanActivity).values(amount=wrong))
        await attempt.rollback()
    assert plan is not None


async def test_a_plan_that_a_line_does_not_hold_is_refused_and_says_how_much_is_left(scene: Scene) -> None:
    line = await add_budget(scene, "100")
    first, second = await drafted(scene, terms(scene, "60", line)), await drafted(scene, terms(scene, "40.01", line))
    await approved(scene, first)
    plan = await submitted(scene, second)
    with pytest.raises(Conflict, match="This plan would need") as refused:
        await approve_plan(scene.session, second.case, plan.changes, actor=scene.staff[Role.SUPERVISOR])
    values = dict(refused.value.message.values)
    assert (values["rest"], values["needed"], values["line"]) == (Decimal(40), Decimal("40.01"), "GRANTS")
    with pytest.raises(Conflict, match="cannot hold less"):
        await change_line(scene.session, CODE, line.id, Decimal("59.99"), actor=scene.staff[Role.SUPERVISOR])
    await change_line(scene.session, CODE, line.id, Decimal("100.01"), actor=scene.staff[Role.SUPERVISOR])
    await approve_plan(scene.session, second.case, plan.changes, actor=scene.staff[Role.SUPERVISOR])
    await scene.session.flush()
    assert (await programme_file(scene.session, scene.staff[Role.MONITOR], CODE)).lines[0].rest == 0


async def test_a_charge_is_in_the_currency_of_its_line_says_the_database_too(scene: Scene) -> None:
    line = await add_budget(scene, currency="GMD")
    told = await drafted(scene, terms(scene, "10", line))
    wrong = terms(scene, "10")
    fields = {name: getattr(wrong, name) for name in wrong.__slots__}
    with pytest.raises(Invalid, match="The budget line"):
        await add_activity(
            scene.session, told.case, type(wrong)(**{**fields, "line_id": line.id}), actor=scene.staff[Role.CASEWORKER]
        )
    await scene.session.flush()
    for values in ({"currency": "EUR"}, {"amount": None, "currency": None}):
        attempt = await scene.session.begin_nested()
        with pytest.raises(IntegrityError):
            await scene.session.execute(update(PlanActivity).values(values))
        await attempt.rollback()


Cents = st.integers(1, 70)
Moves = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.integers(0, 2), st.lists(Cents, min_size=1, max_size=2)),
        st.tuples(st.just("drop"), st.integers(0, 2), st.just([])),
        st.tuples(st.just("budget"), st.just(0), st.lists(st.integers(1, 150), min_size=1, max_size=1)),
    ),
    min_size=3,
    max_size=8,
)


@pytest.fixture
async def people(scene: Scene) -> tuple[list[Told], BudgetLine]:
    return [await scene.tell() for _each in range(3)], await add_budget(scene, "1")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=Moves)
async def test_no_sequence_of_approvals_exceeds_a_line(
    scene: Scene, people: tuple[list[Told], BudgetLine], moves: list[tuple[str, int, list[int]]]
) -> None:
    told, line = people
    session, worker, supervisor = scene.session, scene.staff[Role.CASEWORKER], scene.staff[Role.SUPERVISOR]
    await session.execute(delete(PlanActivity))
    await session.execute(delete(Plan))
    held, charged = Decimal(1), dict.fromkeys(range(3), Decimal(0))
    await change_line(session, CODE, line.id, held, actor=supervisor)
    for what, who, cents in moves:
        case = told[who].case
        if what == "budget":
            wanted = Decimal(cents[0]) / 100
            if wanted < sum(charged.values()):
                with pytest.raises(Conflict):
                    await change_line(session, CODE, line.id, wanted, actor=supervisor)
            else:
                await change_line(session, CODE, line.id, wanted, actor=supervisor)
                held = wanted
        elif what == "drop":
            plan = await version_in_force(session, case.id)
            open_ones = (
                [each for each in await activities_of(session, plan.id) if each.status == "planned"] if plan else []
            )
            if open_ones:
                await move_activity(session, case, open_ones[0].id, ActivityStatus.DROPPED, "No", actor=worker)
                charged[who] -= open_ones[0].amount or 0
        else:
            amounts = [Decimal(each) / 100 for each in cents]
            fits = sum(charged.values()) - charged[who] + sum(amounts) <= held
            assert await _try(scene, told[who], line, amounts) is fits
            charged[who] = sum(amounts, Decimal(0)) if fits else charged[who]
        await session.flush()
        assert (await charged_to(session, [line]))[line.id] == sum(charged.values()) <= held


async def _try(scene: Scene, told: Told, line: BudgetLine, amounts: Sequence[Decimal]) -> bool:
    """A plan, or its next version, with these amounts: whether it was approved."""
    session, worker, supervisor = scene.session, scene.staff[Role.CASEWORKER], scene.staff[Role.SUPERVISOR]
    if await version_in_force(session, told.case.id) is None:
        await drafted(scene, *(terms(scene, str(each), line) for each in amounts), told=told)
    else:
        plan = await revise_plan(session, told.case, actor=worker)
        await session.flush()
        for each in await activities_of(session, plan.id):
            await move_activity(session, told.case, each.id, ActivityStatus.DROPPED, "No", actor=worker)
        for amount in amounts:
            await add_activity(session, told.case, terms(scene, str(amount), line), actor=worker)
    plan = await submitted(scene, told)
    await session.flush()
    attempt = await session.begin_nested()
    try:
        await approve_plan(session, told.case, plan.changes, actor=supervisor)
    except Conflict:
        await attempt.rollback()
        await session.refresh(told.case)
        await send_back(session, told.case, "Too much", actor=supervisor)
        await discard_draft(session, told.case, actor=worker)
        await session.flush()
        return False
    await attempt.commit()
    plan = await version_in_force(session, told.case.id)
    if plan is not None and plan.state is PlanState.APPROVED:
        await activate_plan(session, told.case, actor=worker)
    return True


async def test_of_two_approvals_at_once_only_what_fits_is_approved(database: Database) -> None:
    async with database.transaction() as session:
        scene = await build_scene(session)
        line = await add_budget(scene, "100")
        supervisor = scene.staff[Role.SUPERVISOR]
        plans = [
            (told.case.id, await submitted(scene, told))
            for told in [await drafted(scene, terms(scene, "60", line)) for _each in range(4)]
        ]
        seen = [(case_id, plan.changes) for case_id, plan in plans]

    async def approve(case_id: object, changes: int) -> None:
        async with database.transaction() as session:
            await approve_plan(session, await session.get_one(Case, case_id), changes, actor=supervisor)

    ends = await asyncio.gather(*(approve(*each) for each in seen), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Conflict", "Conflict", "Conflict", "NoneType"]
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).where(Plan.state == PlanState.APPROVED)) == 1


STARTED = date(2026, 1, 1)


async def test_the_register_says_what_each_programme_does_not_state(scene: Scene) -> None:
    supervisor, monitor = scene.staff[Role.SUPERVISOR], scene.staff[Role.MONITOR]
    statement = Statement("A start", scene.operator.id, ("GM", "TN"), STARTED, None, {Criterion.RISKS: "Prices"})
    await create_programme(scene.session, " gm-start ", statement, actor=supervisor)
    (view,) = await list_programmes(scene.session, monitor)
    assert (view.programme.code, view.organisation, len(view.missing)) == ("GM-START", "Operator", 11)
    assert Criterion.RISKS not in view.missing
    full = Statement("A start", scene.operator.id, ("GM",), STARTED, None, dict.fromkeys(Criterion, "Told"))
    await edit_programme(scene.session, CODE, full, 1, actor=scene.staff[Role.ADMINISTRATOR])
    with pytest.raises(Conflict, match="Someone else"):
        await edit_programme(scene.session, CODE, statement, 1, actor=supervisor)
    await scene.session.flush()
    now, before = [await programme_file(scene.session, monitor, CODE, version) for version in (None, 1)]
    assert (now.view.missing, now.is_newest, len(now.changes)) == ([], True, 2)
    assert (before.view.stated.risks, before.is_newest, len(before.view.missing)) == ("Prices", False, 11)
    assert [(change.by, len(change.criteria)) for change in now.changes] == [
        ("Someone administrator", 12),
        ("Someone supervisor", 1),
    ]
    with pytest.raises(NotFound):
        await programme_file(scene.session, monitor, CODE, 3)


async def test_only_the_responsible_organisation_and_the_administrator_change_a_programme(scene: Scene) -> None:
    told = await drafted(scene)
    elsewhere = Organisation(id=scene.staff[Role.MONITOR].id, name="Elsewhere", kind=OrganisationKind.OPERATOR)
    scene.session.add(elsewhere)
    await scene.session.flush()
    stranger = scene.add_staff(Role.SUPERVISOR, elsewhere)
    await scene.session.flush()
    line = await add_budget(scene)
    theirs = Statement("Ours now", elsewhere.id)
    for statement in (theirs, Statement("A start", scene.operator.id)):
        with pytest.raises(NotAllowed):
            await edit_programme(scene.session, CODE, statement, 1, actor=stranger)
    with pytest.raises(NotAllowed):
        await change_line(scene.session, CODE, line.id, Decimal(5), actor=stranger)
    with pytest.raises(Invalid, match="organisation"):
        await edit_programme(scene.session, CODE, theirs, 1, actor=scene.staff[Role.SUPERVISOR])
    await edit_programme(scene.session, CODE, theirs, 1, actor=scene.staff[Role.ADMINISTRATOR])
    await scene.session.flush()
    await edit_programme(scene.session, CODE, Statement("Ours", elsewhere.id), 2, actor=stranger)
    # A line of another organisation's programme is none for a plan here.
    with pytest.raises(Invalid, match="budget line"):
        await add_activity(scene.session, told.case, terms(scene, "1", line), actor=scene.staff[Role.CASEWORKER])
    for role in (Role.CASEWORKER, Role.PARTNER):
        with pytest.raises(NotAllowed):
            await list_programmes(scene.session, scene.staff[role])
    with pytest.raises(NotAllowed):
        await create_programme(scene.session, "X", theirs, actor=scene.staff[Role.MONITOR])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_cannot_be_entered_into_the_register_is_refused(scene: Scene) -> None:
    supervisor = scene.staff[Role.SUPERVISOR]
    good = Statement("A start", scene.operator.id)
    wrong: list[tuple[str, Statement, type[Exception]]] = [
        ("a code", good, Invalid),
        ("OK", Statement(" ", scene.operator.id), Invalid),
        ("OK", Statement("A start", scene.partner.id), Invalid),
        ("OK", Statement("A start", scene.operator.id, ("XQ",)), Invalid),
        ("OK", Statement("A start", scene.operator.id, (), STARTED, date(2025, 1, 1)), Invalid),
        ("OK", Statement("A start", scene.operator.id, (), None, STARTED), Invalid),
    ]
    for code, statement, refusal in wrong:
        with pytest.raises(refusal):
            await create_programme(scene.session, code, statement, actor=supervisor)
    line = await add_budget(scene)
    with pytest.raises(Conflict):
        await create_programme(scene.session, CODE, good, actor=supervisor)
    lines: list[tuple[str, str, str, str, type[Exception]]] = [
        ("grants", "Again", "1", "EUR", Conflict),
        ("a b", "Name", "1", "EUR", Invalid),
        ("B", " ", "1", "EUR", Invalid),
        ("B", "Name", "0.001", "EUR", Invalid),
        ("B", "Name", "1", "XXQ", Invalid),
    ]
    for code, name, amount, currency, refusal in lines:
        with pytest.raises(refusal):
            await add_line(scene.session, CODE, code, name, Decimal(amount), currency, actor=supervisor)
    with pytest.raises(NotFound):
        await change_line(scene.session, CODE, scene.operator.id, Decimal(1), actor=supervisor)
    assert await scene.session.scalar(select(func.count()).select_from(Programme)) == 1
    told = await drafted(scene, terms(scene, "10", line))
    (activity,) = await scene.session.scalars(select(PlanActivity).where(PlanActivity.case_id == told.case.id))
    await change_activity(scene.session, told.case, activity.id, terms(scene), actor=scene.staff[Role.CASEWORKER])
    assert (activity.amount, activity.currency, activity.line_id) == (None, None, None)
