"""The page of safeguards: who belongs to the case, which rules stop a return and why, and who set one aside."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.household import add_person, ensure_self, remove_person, set_travels
from cases.models import Case
from cases.overriding import ask_override, confirm_override
from cases.queries import find_case, record_view
from cases.rules import CaseStatus, FlagKind
from cases.safeguard_rules import (
    AGE_NAMES,
    COMPANY_NAMES,
    ESCORT_NAMES,
    HALT_NAMES,
    RELATION_NAMES,
    RETURN_TYPE_NAMES,
    STEP_NAMES,
    TRAVEL_MODE_NAMES,
    Age,
    Relation,
)
from cases.safeguarding import report_concern
from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound, Refusal
from web.errors import message_of, status_of
from web.forms import CaseNumber, Line, Posted, Text, see_other
from web.guard import NOTHING_HERE, Visit, guarded
from web.pages.safeguards_part import FOUND_NAMES, safeguards_view
from web.rendering import page

router = APIRouter(include_in_schema=False)

Verb = Callable[[AsyncSession, Case], Awaitable[object]]
SAFEGUARDS, RETURN = "safeguards", "return"
"""The two pages that show a return: its rules, and its steps."""


class PersonForm(Posted):
    relation: Relation
    age: Age
    called: Line = ""
    travels: Literal["yes", ""] = ""


class TravelsForm(Posted):
    travels: Literal["yes", "no"]


class ConcernForm(Posted):
    kind: FlagKind


class OverrideForm(Posted):
    rule: Line
    about: UUID
    reason: Text = ""


@router.get("/cases/{number}/safeguards")
async def show_safeguards(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> Response:
    await open_for_reading(visit, number)
    return await safeguards_page(visit, number, SAFEGUARDS)


@router.post("/cases/{number}/people")
async def add_to_case(
    visit: Annotated[Visit, guarded(Permission.HOUSEHOLD_EDIT)],
    number: CaseNumber,
    form: Annotated[PersonForm, Form()],
) -> Response:
    async def add(session: AsyncSession, case: Case) -> None:
        await add_person(
            session, case, form.relation, form.age, form.called, travels=form.travels == "yes", actor=visit.actor
        )

    return await carry_out(visit, number, add, form, back_to=SAFEGUARDS)


@router.post("/cases/{number}/people/{person_id}/travels")
async def change_travels(
    visit: Annotated[Visit, guarded(Permission.HOUSEHOLD_EDIT)],
    number: CaseNumber,
    person_id: UUID,
    form: Annotated[TravelsForm, Form()],
) -> Response:
    async def change(session: AsyncSession, case: Case) -> None:
        await set_travels(session, case, person_id, travels=form.travels == "yes", actor=visit.actor)

    return await carry_out(visit, number, change, form, back_to=SAFEGUARDS)


@router.post("/cases/{number}/people/{person_id}/remove")
async def take_off_case(
    visit: Annotated[Visit, guarded(Permission.HOUSEHOLD_EDIT)],
    number: CaseNumber,
    person_id: UUID,
    form: Annotated[Posted, Form()],
) -> Response:
    async def remove(session: AsyncSession, case: Case) -> None:
        await remove_person(session, case, person_id, actor=visit.actor)

    return await carry_out(visit, number, remove, form, back_to=SAFEGUARDS)


@router.post("/cases/{number}/concerns")
async def raise_concern(
    visit: Annotated[Visit, guarded(Permission.FLAG_RAISE)], number: CaseNumber, form: Annotated[ConcernForm, Form()]
) -> Response:
    async def report(session: AsyncSession, case: Case) -> None:
        await report_concern(session, case, form.kind, actor=visit.actor)

    return await carry_out(visit, number, report, form, back_to=SAFEGUARDS)


@router.post("/cases/{number}/overrides")
async def ask_to_set_aside(
    visit: Annotated[Visit, guarded(Permission.GATE_OVERRIDE)],
    number: CaseNumber,
    form: Annotated[OverrideForm, Form()],
) -> Response:
    async def ask(session: AsyncSession, case: Case) -> None:
        await ask_override(session, case, form.rule, form.about, form.reason, actor=visit.actor)

    return await carry_out(visit, number, ask, form, back_to=SAFEGUARDS)


@router.post("/cases/{number}/overrides/{override_id}/confirm")
async def confirm_setting_aside(
    visit: Annotated[Visit, guarded(Permission.GATE_CONFIRM_OVERRIDE)],
    number: CaseNumber,
    override_id: UUID,
    form: Annotated[Posted, Form()],
) -> Response:
    async def confirm(session: AsyncSession, case: Case) -> None:
        await confirm_override(session, case, override_id, actor=visit.actor)

    return await carry_out(visit, number, confirm, form, back_to=SAFEGUARDS)


async def open_for_reading(visit: Visit, number: str) -> None:
    """Opening the page is noted; the person themselves stands among the people of the case from then on."""
    async with visit.database.transaction() as session:
        case = await find_case(session, visit.actor, number)
        record_view(session, case, actor=visit.actor)
        if case.status is CaseStatus.OPEN and case.person_id is not None:
            await ensure_self(session, case, actor=visit.actor)


async def carry_out(visit: Visit, number: str, verb: Verb, form: Posted, *, back_to: str) -> Response:
    """Do `verb` with the case, then show the page again; what was typed stays when the verb refuses it."""
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_case(session, visit.actor, number))
    except (Invalid, Conflict) as refusal:
        return await safeguards_page(visit, number, back_to, refusal=refusal, typed=form.model_dump())
    return see_other(f"/cases/{number}/{back_to}")


async def safeguards_page(
    visit: Visit, number: str, which: str, *, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        if case.person_id is None:
            raise NotFound(NOTHING_HERE)
        view = await safeguards_view(session, case, visit.actor)
    return page(
        visit,
        f"case_{which}.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        typed=typed or {},
        case=case,
        is_open=case.status is CaseStatus.OPEN,
        view=view,
        today=clock.today(),
        names=NAMES,
    )


NAMES = {
    "relation": RELATION_NAMES,
    "age": AGE_NAMES,
    "company": COMPANY_NAMES,
    "found": FOUND_NAMES,
    "step": STEP_NAMES,
    "return_type": RETURN_TYPE_NAMES,
    "halt": HALT_NAMES,
    "mode": TRAVEL_MODE_NAMES,
    "escort": ESCORT_NAMES,
}
