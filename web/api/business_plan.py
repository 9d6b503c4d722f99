"""The business plan of a case with its cash flow, and coaching visits."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from access.rules import Permission
from referrals.business_plan import MONTHS, MOST_LOAN_MONTHS, Loan
from referrals.enterprise import MOST_COSTS, PlanText, enterprise_of, record_visit, write_business_plan
from web.api.money import Currency
from web.api.one_case import changing, in_sight, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Line, Text
from web.guard import Visit, guarded

router = api_router("/cases/{number}", "applications")

Reading = Annotated[Visit, guarded(Permission.APPLICATION_READ)]
Writing = Annotated[Visit, guarded(Permission.APPLICATION_WRITE)]
Sum = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$")]
"""In the plan's currency, with a point before the fraction; nothing is `0`."""
Rate = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,3})?$")]
Twelve = Annotated[list[Sum], Field(min_length=MONTHS, max_length=MONTHS)]


class CostBody(Body):
    name: Line
    amount: Sum


class LoanBody(Body):
    amount: Sum
    yearly_rate: Rate
    """Percent; `0` for a loan without interest."""
    months: Annotated[int, Field(ge=1, le=MOST_LOAN_MONTHS)]
    grace: Annotated[int, Field(ge=0, le=MONTHS)] = 0
    """Months before the first instalment, in which the interest alone is paid."""


class PlanBody(Body):
    """Whole, in one currency. Kept sealed."""

    what: Text
    where: Text
    currency: Currency
    own: Sum = "0"
    start_up: Annotated[list[CostBody], Field(default_factory=list, max_length=MOST_COSTS)]
    """What it costs to begin."""
    income: Twelve
    costs: Twelve
    grant: Sum = "0"
    loan: LoanBody | None = None
    risks: Text = ""


class VisitBody(Body):
    held_on: date
    agreed: Text
    """Kept sealed."""
    next_on: date | None = None


class CostTold(Answer):
    name: str
    amount: str


class LoanTold(Answer):
    amount: str
    yearly_rate: str
    months: int
    grace: int


class MonthTold(Answer):
    month: int
    income: str
    costs: str
    instalment: str
    balance: str
    """What is in the till at its end; below zero with a minus."""


class FlowTold(Answer):
    opening: str
    months: list[MonthTold]
    first_short: int | None
    """The first month that ends below zero; 0: the money does not reach for the start."""
    pays_back: int | None
    """The month in which the business has earned what it cost to begin; null: not within the twelve."""


class PlanTold(Answer):
    what: str
    where: str
    currency: str
    own: str
    start_up: list[CostTold]
    grant: str
    loan: LoanTold | None
    risks: str
    flow: FlowTold


class VisitTold(Answer):
    id: UUID
    held_on: date
    by: str
    agreed: str
    next_on: date | None


class EnterpriseTold(Answer):
    plan: PlanTold | None
    visits: list[VisitTold]
    """The newest first."""


@router.get("/business-plan")
async def business_plan(visit: Reading, number: CaseNumber) -> EnterpriseTold:
    async with viewing(visit, number) as (session, case):
        file = await enterprise_of(session, case)
    return EnterpriseTold(
        plan=plan_told(file.plan) if file.plan else None,
        visits=[
            VisitTold(
                id=each.row.id, held_on=each.row.held_on, by=each.by, agreed=each.agreed, next_on=each.row.next_on
            )
            for each in file.visits
        ],
    )


@router.put("/business-plan", status_code=204)
async def write_plan(visit: Writing, number: CaseNumber, body: PlanBody) -> None:
    """Write it anew. An application that was submitted keeps the plan as it was then."""
    loan = body.loan
    text = PlanText(
        what=body.what,
        where=body.where,
        currency=body.currency,
        own=Decimal(body.own),
        start_up=[(each.name, Decimal(each.amount)) for each in body.start_up],
        income=[Decimal(each) for each in body.income],
        costs=[Decimal(each) for each in body.costs],
        grant=Decimal(body.grant),
        loan=Loan(Decimal(loan.amount), Decimal(loan.yearly_rate), loan.months, loan.grace) if loan else None,
        risks=body.risks,
    )
    async with changing(visit, number) as (session, case):
        with in_sight():
            await write_business_plan(session, case, text, actor=visit.actor)


@router.post("/coaching-visits", status_code=201)
async def write_visit(visit: Writing, number: CaseNumber, body: VisitBody) -> Made:
    async with changing(visit, number) as (session, case):
        with in_sight():
            made = await record_visit(
                session, case, held_on=body.held_on, agreed=body.agreed, next_on=body.next_on, actor=visit.actor
            )
    return Made(id=made.id)


def plan_told(plan: PlanText) -> PlanTold:
    loan, flow = plan.loan, plan.flow()
    return PlanTold(
        what=plan.what,
        where=plan.where,
        currency=plan.currency,
        own=f"{plan.own:f}",
        start_up=[CostTold(name=name, amount=f"{amount:f}") for name, amount in plan.start_up],
        grant=f"{plan.grant:f}",
        loan=LoanTold(
            amount=f"{loan.amount:f}", yearly_rate=f"{loan.yearly_rate:f}", months=loan.months, grace=loan.grace
        )
        if loan
        else None,
        risks=plan.risks,
        flow=FlowTold(
            opening=f"{flow.opening:f}",
            months=[
                MonthTold(
                    month=each.number,
                    income=f"{each.income:f}",
                    costs=f"{each.costs:f}",
                    instalment=f"{each.instalment:f}",
                    balance=f"{each.balance:f}",
                )
                for each in flow.months
            ],
            first_short=flow.first_short,
            pays_back=flow.pays_back,
        ),
    )
