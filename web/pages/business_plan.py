"""The business plan of a case with its cash flow, and the coaching visits: who came, what was agreed, what next."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Annotated, Any

from babel.numbers import get_currency_precision
from fastapi import APIRouter, Form
from starlette.responses import Response

from access.rules import Permission
from cases.money import in_words, read_amount, read_currency
from cases.queries import find_case, record_view
from foundation import clock
from foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from foundation.language import _
from questionnaire.cleaning import ascii_digits
from referrals.business_plan import MONTHS, ZERO, Loan
from referrals.enterprise import PlanText, enterprise_of, record_visit, write_business_plan
from web.errors import status_in_sight
from web.forms import CaseNumber, Line, Posted, Text, read_day, see_other
from web.guard import Visit, guarded
from web.pages.applications import day_of, may_write, typed_fields
from web.rendering import page

router = APIRouter(include_in_schema=False)

_reader, _writer = guarded(Permission.APPLICATION_READ), guarded(Permission.APPLICATION_WRITE)
COSTS_SHOWN = 8
"""Lines for costs to begin; a plan written by a program may have more, and then has more lines."""
_LONGEST_NUMBER = 20
MOST_NUMBER = 1000


class VisitForm(Posted):
    held_on: Line = ""
    agreed: Text = ""
    next_on: Line = ""


@router.get("/cases/{number}/business-plan")
async def show_business_plan(visit: Annotated[Visit, _reader], number: CaseNumber) -> Response:
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
    return await _page(visit, number)


@router.post("/cases/{number}/business-plan")
async def write(visit: Annotated[Visit, _writer], number: CaseNumber) -> Response:
    typed = await typed_fields(visit)
    try:
        plan = _plan(typed)
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            await write_business_plan(session, case, plan, actor=visit.actor)
    except (Invalid, Conflict, NotAllowed) as refusal:
        return await _page(visit, number, refusal, {"place": "write", **typed})
    return see_other(f"/cases/{number}/business-plan")


@router.post("/cases/{number}/coaching-visits")
async def write_visit(
    visit: Annotated[Visit, _writer], number: CaseNumber, form: Annotated[VisitForm, Form()]
) -> Response:
    try:
        held_on = day_of(form.held_on)
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            await record_visit(
                session, case, held_on=held_on, agreed=form.agreed, next_on=read_day(form.next_on), actor=visit.actor
            )
    except (Invalid, Conflict, NotAllowed) as refusal:
        return await _page(visit, number, refusal, {"place": "visits", **form.model_dump()})
    return see_other(f"/cases/{number}/business-plan#visits")


async def _page(
    visit: Visit, number: str, refusal: Refusal | None = None, typed: Mapping[str, Any] | None = None
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        file = await enterprise_of(session, case)
    sent = typed or {}
    is_plan = sent.get("place") == "write"
    return page(
        visit,
        "business_plan.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and refusal.message,
        case=case,
        plan=file.plan,
        flow=file.plan.flow() if file.plan else None,
        visits=file.visits,
        typed=sent,
        is_plan_typed=is_plan,
        written=sent if is_plan else _as_written(file.plan),
        lines=range(1, max(COSTS_SHOWN, len(file.plan.start_up) if file.plan else 0) + 1),
        months=range(1, MONTHS + 1),
        may_write=may_write(visit, case),
        money=partial(in_words, visit.language),
        today=clock.today(),
    )


def _plan(typed: Mapping[str, str]) -> PlanText:
    """What was typed, read. Raises Invalid for what cannot be read; the verb checks the rest."""
    currency = read_currency(typed.get("currency", ""))

    def amount(name: str) -> Decimal:
        return _amount(typed.get(name, ""), currency)

    names = [name.removeprefix("cost_name_") for name in typed if name.startswith("cost_name_")]
    start_up = [(typed[f"cost_name_{each}"], amount(f"cost_{each}")) for each in names]
    borrowed = amount("loan")
    return PlanText(
        what=typed.get("what", ""),
        where=typed.get("where", ""),
        currency=currency,
        own=amount("own"),
        start_up=[(name, cost) for name, cost in start_up if name or cost],
        income=[amount(f"income_{month}") for month in range(1, MONTHS + 1)],
        costs=[amount(f"costs_{month}") for month in range(1, MONTHS + 1)],
        grant=amount("grant"),
        loan=Loan(
            borrowed,
            _number(typed.get("rate", "")),
            _months(typed.get("months", "")),
            _months(typed.get("grace", "")),
        )
        if borrowed
        else None,
        risks=typed.get("risks", ""),
    )


def _amount(text: str, currency: str) -> Decimal:
    """Nothing written is nothing; so is a nought in any writing."""
    if not text or not ascii_digits(text).strip("0., "):
        return ZERO
    return read_amount(text, currency)


def _number(text: str) -> Decimal:
    try:
        found = Decimal(ascii_digits(text[:_LONGEST_NUMBER]).replace(",", ".") or 0)
    except InvalidOperation:
        raise Invalid(_("Write months and interest in figures.")) from None
    if not found.is_finite() or abs(found) > MOST_NUMBER:
        raise Invalid(_("Write months and interest in figures."))
    return found


def _months(text: str) -> int:
    found = _number(text)
    if found != int(found):
        raise Invalid(_("Write whole months."))
    return int(found)


def _as_written(plan: PlanText | None) -> dict[str, str]:
    if plan is None:
        return {}
    loan = plan.loan
    places = get_currency_precision(plan.currency)
    amounts = {
        "own": plan.own,
        "grant": plan.grant,
        **{f"cost_{place}": cost for place, (_name, cost) in enumerate(plan.start_up, 1)},
        **{f"income_{month}": each for month, each in enumerate(plan.income, 1)},
        **{f"costs_{month}": each for month, each in enumerate(plan.costs, 1)},
        **({"loan": loan.amount} if loan else {}),
    }
    return {
        "what": plan.what,
        "where": plan.where,
        "currency": plan.currency,
        "risks": plan.risks,
        **{f"cost_name_{place}": name for place, (name, _cost) in enumerate(plan.start_up, 1)},
        **{name: f"{amount:.{places}f}" if amount else "" for name, amount in amounts.items()},
        **({"rate": f"{loan.yearly_rate:f}", "months": str(loan.months), "grace": str(loan.grace)} if loan else {}),
    }
