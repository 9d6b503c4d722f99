"""Beginning a business: the plan of a case, written with the person, and the coaching visits that follow it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from babel.numbers import get_currency_precision
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.models import StaffMember
from cases.models import Case
from cases.money import LARGEST, read_currency
from foundation import audit, clock
from foundation.errors import Invalid
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import free_of_accounts
from referrals.application_file import key_of
from referrals.application_models import BusinessPlan, CoachingVisit
from referrals.application_steps import begin_change, checked_note
from referrals.business_plan import MONTHS, MOST_LOAN_MONTHS, ZERO, CashFlow, Figures, Loan, cash_flow

LONGEST = 4000
MOST_COSTS = 20
HIGHEST_RATE = Decimal(100)
RATE_PLACES = 3


@dataclass(frozen=True, slots=True)
class PlanText:
    """A business plan as it is written down. `start_up`: what is bought to begin, and what it costs."""

    what: str
    where: str
    currency: str
    own: Decimal
    start_up: Sequence[tuple[str, Decimal]]
    income: Sequence[Decimal]
    costs: Sequence[Decimal]
    grant: Decimal = ZERO
    loan: Loan | None = None
    risks: str = ""

    def figures(self) -> Figures:
        spent = sum((amount for _name, amount in self.start_up), ZERO)
        return Figures(self.own, spent, self.income, self.costs, self.grant, self.loan)

    def flow(self) -> CashFlow:
        return cash_flow(self.figures(), get_currency_precision(self.currency))


@dataclass(frozen=True, slots=True)
class VisitView:
    row: CoachingVisit
    agreed: str
    by: str


@dataclass(frozen=True, slots=True)
class EnterpriseFile:
    plan: PlanText | None
    visits: list[VisitView] = field(default_factory=list)
    """The newest first."""


async def enterprise_of(session: AsyncSession, case: Case) -> EnterpriseFile:
    key = await key_of(session, case)
    plan = await session.get(BusinessPlan, case.id)
    rows = await session.execute(
        select(CoachingVisit, StaffMember.name)
        .join(StaffMember, StaffMember.id == CoachingVisit.held_by)
        .where(CoachingVisit.case_id == case.id)
        .order_by(CoachingVisit.held_on.desc(), CoachingVisit.recorded_at.desc())
    )
    return EnterpriseFile(
        unpacked(key.open(BusinessPlan.content, plan.case_id, plan.content)) if plan else None,
        [VisitView(row, key.open(CoachingVisit.agreed, row.id, row.agreed), name) for row, name in rows],
    )


async def write_business_plan(session: AsyncSession, case: Case, text: PlanText, *, actor: Actor) -> None:
    """Write the plan anew. An application that was submitted keeps the plan as it was then.

    Raises Invalid with what to put right.
    """
    key = await begin_change(session, case, actor=actor)
    checked = _checked(text)
    plan = await session.get(BusinessPlan, case.id, with_for_update=True)
    if plan is None:
        plan = BusinessPlan(case_id=case.id)
        session.add(plan)
    plan.content = _sealed(key, case, checked)
    plan.written_by, plan.written_at = actor.id, clock.now()
    audit.record(session, actor.id, "business_plan.written", case.id)
    await session.flush()


async def record_visit(
    session: AsyncSession, case: Case, *, held_on: date, agreed: str, next_on: date | None, actor: Actor
) -> CoachingVisit:
    """A coaching visit that took place, what was agreed, and when the next is due."""
    key = await begin_change(session, case, actor=actor)
    words = checked_note(agreed)
    if not words:
        raise Invalid(_("Write what was agreed."))
    if held_on > clock.today():
        raise Invalid(_("The day cannot lie in the future."))
    if next_on is not None and next_on <= held_on:
        raise Invalid(_("The next visit lies after this one."))
    visit_id = uuid4()
    visit = CoachingVisit(
        id=visit_id,
        case_id=case.id,
        held_on=held_on,
        held_by=actor.id,
        agreed=key.seal(CoachingVisit.agreed, visit_id, free_of_accounts(words)),
        next_on=next_on,
        recorded_at=clock.now(),
    )
    session.add(visit)
    audit.record(session, actor.id, "coaching.recorded", case.id, visit=visit_id)
    await session.flush()
    return visit


def packed(text: PlanText) -> dict[str, Any]:
    """As JSON: amounts are texts, so that none becomes a float."""
    loan = text.loan
    return {
        "what": text.what,
        "where": text.where,
        "currency": text.currency,
        "own": str(text.own),
        "start_up": [[name, str(amount)] for name, amount in text.start_up],
        "income": [str(amount) for amount in text.income],
        "costs": [str(amount) for amount in text.costs],
        "grant": str(text.grant),
        "loan": loan and [str(loan.amount), str(loan.yearly_rate), loan.months, loan.grace],
        "risks": text.risks,
    }


def unpacked(stored: Mapping[str, Any]) -> PlanText:
    loan = stored["loan"]
    return PlanText(
        what=stored["what"],
        where=stored["where"],
        currency=stored["currency"],
        own=Decimal(stored["own"]),
        start_up=[(name, Decimal(amount)) for name, amount in stored["start_up"]],
        income=[Decimal(amount) for amount in stored["income"]],
        costs=[Decimal(amount) for amount in stored["costs"]],
        grant=Decimal(stored["grant"]),
        loan=Loan(Decimal(loan[0]), Decimal(loan[1]), loan[2], loan[3]) if loan else None,
        risks=stored["risks"],
    )


def _sealed(key: SubjectKey, case: Case, text: PlanText) -> Any:
    return key.seal(BusinessPlan.content, case.id, free_of_accounts(packed(text)))


def _checked(text: PlanText) -> PlanText:
    what, where, risks = text.what.strip(), text.where.strip(), text.risks.strip()
    if not what or not where:
        raise Invalid(_("Write what the business does, and where."))
    if max(map(len, (what, where, risks))) > LONGEST:
        raise Invalid(_("Please keep each answer under {count} characters."), count=LONGEST)
    if len(text.start_up) > MOST_COSTS:
        raise Invalid(_("Write at most {count} costs to begin; put small ones together."), count=MOST_COSTS)
    start_up = [(name.strip(), amount) for name, amount in text.start_up]
    if any(not name or len(name) > LONGEST for name, _amount in start_up):
        raise Invalid(_("Write what each cost is for."))
    if len(text.income) != MONTHS or len(text.costs) != MONTHS:
        raise Invalid(_("Write income and costs of {count} months."), count=MONTHS)
    currency = read_currency(text.currency)
    loan = text.loan
    amounts = [text.own, text.grant, *text.income, *text.costs, *(amount for _name, amount in start_up)]
    _check_amounts([*amounts, loan.amount] if loan else amounts, currency)
    if loan is not None:
        _check_loan(loan)
    places = get_currency_precision(currency)
    return PlanText(
        what,
        where,
        currency,
        own=round(text.own, places),
        start_up=[(name, round(amount, places)) for name, amount in start_up],
        income=[round(amount, places) for amount in text.income],
        costs=[round(amount, places) for amount in text.costs],
        grant=round(text.grant, places),
        loan=replace(loan, amount=round(loan.amount, places)) if loan else None,
        risks=risks,
    )


def _check_amounts(amounts: Sequence[Decimal], currency: str) -> None:
    places = get_currency_precision(currency)
    if any(not amount.is_finite() or not 0 <= amount < LARGEST for amount in amounts):
        raise Invalid(_("An amount is nothing or more, in figures."))
    if any(amount != round(amount, places) for amount in amounts):
        raise Invalid(
            _("The currency {currency} is counted with {count} places behind the point."),
            currency=currency,
            count=places,
        )


def _check_loan(loan: Loan) -> None:
    if loan.amount == 0:
        raise Invalid(_("Write how much the loan is, or leave it out."))
    if not 1 <= loan.months <= MOST_LOAN_MONTHS or not 0 <= loan.grace <= MONTHS:
        raise Invalid(
            _("A loan is paid back in 1 to {months} months, after a grace of at most {grace}."),
            months=MOST_LOAN_MONTHS,
            grace=MONTHS,
        )
    rate = loan.yearly_rate
    if not rate.is_finite() or not 0 <= rate <= HIGHEST_RATE or rate != round(rate, RATE_PLACES):
        raise Invalid(_("The interest is a percentage of a year, from 0 to {highest}."), highest=HIGHEST_RATE)
