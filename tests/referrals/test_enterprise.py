"""Business plans with their cash flow, which a grant or loan application carries, and coaching visits."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from referral_scene import Scene
from sqlalchemy import select

from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed
from referrals.application_file import open_application
from referrals.application_models import BusinessPlan
from referrals.application_rules import Entry, Given, Standing
from referrals.application_waiting import coaching_due
from referrals.applying import Terms, authorise, note_document, open_new
from referrals.business_plan import MONTHS, ZERO, Figures, Loan, cash_flow, schedule
from referrals.enterprise import (
    MOST_COSTS,
    PlanText,
    enterprise_of,
    packed,
    record_visit,
    unpacked,
    write_business_plan,
)
from referrals.pursuing import Happened, record

D = Decimal
LOOM = PlanText(
    what="Weaving",
    where="Brikama market",
    currency="GMD",
    own=D(2000),
    start_up=[("A loom", D(9000)), ("Yarn", D(3000))],
    income=[D(0), D(1000), *[D(3000)] * 10],
    costs=[D(500)] * 12,
    grant=D(5000),
    loan=Loan(D(6000), D(12), 6, 1),
)
MONEY = st.decimals(0, 10**9, places=2)
LOANS = st.builds(
    Loan,
    st.decimals(1, 10**9, places=2),
    st.decimals(0, 100, places=3),
    st.integers(1, 60),
    st.integers(0, 12),
)


def test_the_flow_of_a_loan_without_interest_by_hand() -> None:
    figures = Figures(D(100), D(400), [D(100)] * 12, [D(20)] * 12, loan=Loan(D(300), ZERO, 3))
    flow = cash_flow(figures, 2)
    assert flow.opening == 0
    assert [month.balance for month in flow.months][:4] == [D(-20), D(-40), D(-60), D(20)]
    assert flow.first_short == 1
    assert flow.pays_back == 5


def test_an_annuity_by_hand() -> None:
    # 1200 at 12 % a year over 12 months: the textbook instalment is 106.62.
    made = schedule(Loan(D(1200), D(12), 12), 2)
    assert made[0].interest == D("12.00")
    assert {each.total for each in made[:-1]} == {D("106.62")}
    assert abs(made[-1].total - D("106.62")) < D("0.10")


def test_in_the_grace_months_the_interest_alone_is_paid() -> None:
    made = schedule(Loan(D(1200), D(12), 2, 3), 2)
    assert [each.principal for each in made[:3]] == [ZERO] * 3
    assert [each.interest for each in made[:4]] == [D("12.00")] * 4


def test_a_start_that_the_money_does_not_reach_is_said() -> None:
    flow = cash_flow(Figures(D(1), D(2), [ZERO] * 12, [ZERO] * 12), 2)
    assert (flow.first_short, flow.pays_back) == (0, None)


@given(LOANS, st.sampled_from([0, 2, 3]))
def test_a_loan_is_paid_back_to_the_coin_and_no_instalment_is_below_nothing(loan: Loan, places: int) -> None:
    loan = replace(loan, amount=round(loan.amount, places) + 1)
    made = schedule(loan, places)
    assert len(made) == loan.grace + loan.months
    assert sum((each.principal for each in made), ZERO) == loan.amount
    assert all(each.principal >= 0 and each.interest >= 0 for each in made)
    assert loan.yearly_rate > 0 or all(each.interest == 0 for each in made)


@given(MONEY, MONEY, st.lists(MONEY, min_size=12, max_size=12), st.lists(MONEY, min_size=12, max_size=12), LOANS)
def test_the_till_holds_what_came_in_less_what_went_out(
    own: Decimal, start_up: Decimal, income: list[Decimal], costs: list[Decimal], loan: Loan
) -> None:
    flow = cash_flow(Figures(own, start_up, income, costs, loan=loan), 2)
    paid = sum((each.total for each in flow.instalments[:MONTHS]), ZERO)
    assert flow.months[-1].balance == own + loan.amount - start_up + sum(income) - sum(costs) - paid
    below = [month.number for month in flow.months if month.balance < 0]
    assert flow.first_short == (0 if flow.opening < 0 else next(iter(below), None))
    if flow.pays_back is not None:
        assert sum(income[: flow.pays_back]) - sum(costs[: flow.pays_back]) >= start_up


async def test_a_plan_is_sealed_written_anew_and_comes_back_as_it_was(scene: Scene) -> None:
    await write_business_plan(scene.session, scene.case, LOOM, actor=scene.caseworker)
    file = await enterprise_of(scene.session, scene.case)
    assert file.plan is not None
    assert unpacked(packed(file.plan)) == file.plan
    assert file.plan.flow().months == LOOM.flow().months
    box = await scene.session.scalar(select(BusinessPlan.content))
    assert box is not None
    assert b"Weaving" not in box.box
    await write_business_plan(scene.session, scene.case, replace(LOOM, what="Dyeing"), actor=scene.caseworker)
    changed = (await enterprise_of(scene.session, scene.case)).plan
    assert changed is not None
    assert changed.what == "Dyeing"
    events = await scene.session.scalars(select(AuditEntry.facts).where(AuditEntry.event == "business_plan.written"))
    assert events.all() == [{}, {}]


@pytest.mark.parametrize(
    "changes",
    [
        {"what": " "},
        {"where": ""},
        {"risks": "x" * 4001},
        {"currency": "ZZZ"},
        {"own": D(-1)},
        {"own": D("0.001")},
        {"grant": D("NaN")},
        {"own": D("Infinity")},
        {"income": [D(1)] * 11},
        {"costs": []},
        {"start_up": [("", D(1))]},
        {"start_up": [("A nail", D(1))] * (MOST_COSTS + 1)},
        {"loan": Loan(ZERO, D(1), 6)},
        {"loan": Loan(D(1), D(101), 6)},
        {"loan": Loan(D(1), D("0.0001"), 6)},
        {"loan": Loan(D(1), D(1), 0)},
        {"loan": Loan(D(1), D(1), 61)},
        {"loan": Loan(D(1), D(1), 6, 13)},
    ],
)
async def test_a_plan_that_cannot_be_is_refused(scene: Scene, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await write_business_plan(scene.session, scene.case, replace(LOOM, **changes), actor=scene.caseworker)
    assert (await enterprise_of(scene.session, scene.case)).plan is None


async def test_a_loan_application_carries_the_plan_as_it_was_when_it_was_sent(scene: Scene) -> None:
    terms = Terms("Women's bank", "GM", details={"form": "loan", "use": "A loom"}, amount=D(6000), currency="GMD")
    application = await open_new(scene.session, scene.case, "business_funding", terms, actor=scene.caseworker)
    verb = (scene.session, scene.case, application.id)
    await authorise(*verb, on_day=clock.today(), how=Given.SIGNED, covers="The plan", actor=scene.caseworker)
    await note_document(*verb, "identity", Standing.HAVE, actor=scene.caseworker)
    submit = Happened(Entry.SUBMITTED, clock.today())
    with pytest.raises(Conflict, match="no business plan"):
        await record(*verb, submit, actor=scene.caseworker)
    await write_business_plan(scene.session, scene.case, LOOM, actor=scene.caseworker)
    await record(*verb, submit, actor=scene.caseworker)
    await write_business_plan(scene.session, scene.case, replace(LOOM, what="Dyeing"), actor=scene.caseworker)
    carried = (await open_application(*verb)).plan
    assert carried is not None
    assert unpacked(carried).what == "Weaving"


async def test_the_next_visit_of_the_last_one_stands_in_today(scene: Scene) -> None:
    today = clock.today()
    verb = (scene.session, scene.case)
    with pytest.raises(NotAllowed):
        await record_visit(*verb, held_on=today, agreed="Books", next_on=None, actor=scene.partner)
    for held_on, agreed, next_on in (
        (today + timedelta(days=1), "Books", None),
        (today, " ", None),
        (today, "Books", today),
        (today, "x" * 4001, None),
    ):
        with pytest.raises(Invalid):
            await record_visit(*verb, held_on=held_on, agreed=agreed, next_on=next_on, actor=scene.caseworker)
    week = today + timedelta(days=7)
    await record_visit(*verb, held_on=today, agreed="Keep books", next_on=week, actor=scene.caseworker)
    assert await coaching_due(scene.session, scene.caseworker) == []
    with clock.moved_to(clock.now() + timedelta(days=6)):
        [line] = await coaching_due(scene.session, scene.caseworker)
        assert line.address == f"/cases/{scene.case.number}/business-plan#visits"
        await record_visit(*verb, held_on=clock.today(), agreed="Prices", next_on=None, actor=scene.caseworker)
        assert await coaching_due(scene.session, scene.caseworker) == []
    visits = (await enterprise_of(scene.session, scene.case)).visits
    assert [(each.agreed, each.by) for each in visits] == [("Prices", "caseworker"), ("Keep books", "caseworker")]
