"""The applications of a case to institutions: where each stands, and beginning one more."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.models import Case
from cases.money import read_amount, read_currency
from cases.queries import find_case, record_view
from cases.rules import HEARD
from foundation import clock
from foundation.errors import Conflict, Invalid, Refusal
from foundation.language import Message, _, _p, say_country
from referrals.application_file import applications_of
from referrals.application_kinds import Kind, kind_of, kinds
from referrals.application_models import Application
from referrals.application_rules import OPEN_APPLICATIONS, ApplicationState
from referrals.applying import Terms, open_new
from web.countries import countries
from web.errors import message_of, status_of
from web.forms import CaseNumber, read_day, see_other
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

_reader, _writer = guarded(Permission.APPLICATION_READ), guarded(Permission.APPLICATION_WRITE)
OWN_FIELDS = frozenset(["csrf_token", "kind", "institution", "country", "reference", "amount", "currency", "due_on"])
"""Of the form, beside the fields of the kind."""

# Translators: what is due with an application, and on which day
DUE_NAMES: dict[ApplicationState, Message] = {
    ApplicationState.PREPARING: _p("application", "to be submitted by {day}"),
    ApplicationState.SUBMITTED: _p("application", "answer expected by {day}"),
    ApplicationState.MORE_ASKED: _p("application", "what is asked for is due by {day}"),
    ApplicationState.DECIDED: _p("application", "appeal possible until {day}"),
    ApplicationState.APPEALED: _p("application", "answer to the appeal expected by {day}"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One application as a list shows it."""

    row: Application
    name: Message
    due: Message | None
    is_overdue: bool
    outcome: Message | None
    number: str
    """Of the case, which may have been merged into the one whose page it is."""


def row_of(application: Application, number: str) -> Row:
    kind = kind_of(application.kind)
    is_open, due_on = application.state in OPEN_APPLICATIONS, application.due_on
    has_due = is_open and due_on is not None
    return Row(
        application,
        kind.name,
        DUE_NAMES[application.state].of(day=due_on) if has_due else None,
        is_overdue=due_on is not None and is_open and due_on < clock.today(),
        outcome=kind.outcomes[application.outcome] if application.outcome else None,
        number=number,
    )


async def application_rows(session: AsyncSession, case: Case) -> list[Row]:
    return [row_of(each, case.number) for each in await applications_of(session, case.id)]


@router.get("/cases/{number}/applications")
async def show_applications(visit: Annotated[Visit, _reader], number: CaseNumber) -> Response:
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
    return await _list_page(visit, number, {})


@router.post("/cases/{number}/applications")
async def begin(visit: Annotated[Visit, _writer], number: CaseNumber) -> Response:
    typed = await typed_fields(visit)
    try:
        terms = terms_of(typed, kind_of(typed.get("kind", "")))
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            made = await open_new(session, case, typed["kind"], terms, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _list_page(visit, number, typed, refusal)
    return see_other(f"/cases/{number}/applications/{made.id}")


async def _list_page(visit: Visit, number: str, typed: Mapping[str, str], refusal: Refusal | None = None) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        rows = await application_rows(session, case)
    return page(
        visit,
        "applications.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        case=case,
        rows=rows,
        kinds=list(kinds().values()),
        may_write=may_write(visit, case),
        countries=countries(visit.language),
        country_name=partial(say_country, visit.language),
        typed=typed,
    )


def may_write(visit: Visit, case: Case) -> bool:
    return case.status in HEARD and visit.may(Permission.APPLICATION_WRITE)


async def typed_fields(visit: Visit) -> dict[str, str]:
    """The texts of a form whose fields depend on a kind; no character that a database cannot keep."""
    form = await visit.request.form()
    return {name: text.replace("\0", "").strip() for name, text in form.items() if isinstance(text, str)}


def terms_of(typed: Mapping[str, str], kind: Kind) -> Terms:
    """What was typed, read. Raises Invalid for what cannot be read; the verb checks the rest."""
    amount, currency = typed.get("amount", ""), typed.get("currency", "")
    terms = Terms(
        institution=typed.get("institution", ""),
        country=typed.get("country", ""),
        reference=typed.get("reference", ""),
        details={name: text for name, text in typed.items() if name not in OWN_FIELDS},
        due_on=read_day(typed.get("due_on", "")),
    )
    if kind.money is None or not amount:
        return terms
    code = read_currency(currency)
    return replace(terms, amount=read_amount(amount, code), currency=code)


def day_of(text: str) -> date:
    """Raises Invalid for what is no day."""
    day = read_day(text)
    if day is None:
        raise Invalid(_("Please give a day."))
    return day


def without_required(kind: Kind) -> dict[str, Any]:
    """The fields as a form shows them: half of an application is kept too, and what is lacking is told beside it."""
    return {"fields": [replace(field, required=False) for field in kind.fields]}
