"""Best interests in a case: each child with what was assessed and determined, and the officers' work on it."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.best_interests import (
    candidates,
    children_of,
    open_determination,
    read_determination,
    record_child_informed,
    seat_member,
    unseat_member,
    write_report,
)
from cases.household import ensure_self
from cases.models import Case
from cases.queries import find_case, record_view
from cases.rules import CaseStatus
from cases.safeguard_rules import BidState, BidTrigger, PanelBody
from foundation import clock
from foundation.errors import Conflict, Invalid, Refusal
from web.errors import message_of, status_of
from web.forms import CaseNumber, Posted, Text, see_other
from web.guard import Visit, guarded
from web.pages.determination_part import NAMES, shown_record
from web.rendering import page

router = APIRouter(include_in_schema=False)

Verb = Callable[[AsyncSession, Case], Awaitable[object]]
_reader, _officer = guarded(Permission.CASE_READ), guarded(Permission.BEST_INTERESTS_PREPARE)


class OpenForm(Posted):
    about: UUID
    trigger: BidTrigger


class ReportForm(Posted):
    """One field for each part of `determinations.REPORT_FIELDS`."""

    sources: Text = ""
    views: Text = ""
    family: Text = ""
    safety: Text = ""
    development: Text = ""
    return_for: Text = ""
    return_against: Text = ""
    stay_for: Text = ""
    stay_against: Text = ""
    third_country_for: Text = ""
    third_country_against: Text = ""
    reunification_elsewhere_for: Text = ""
    reunification_elsewhere_against: Text = ""


class SeatForm(Posted):
    member: UUID
    body: PanelBody


class InformedForm(Posted):
    on_day: date
    understood: Literal["yes", ""] = ""


@router.get("/cases/{number}/best-interests")
async def show_children(visit: Annotated[Visit, _reader], number: CaseNumber) -> Response:
    """The person themselves may be the child: they stand among the people of their case from here on."""
    async with visit.database.transaction() as session:
        case = await find_case(session, visit.actor, number)
        record_view(session, case, actor=visit.actor)
        if case.status is CaseStatus.OPEN:
            await ensure_self(session, case, actor=visit.actor)
    return await _children_page(visit, number)


@router.post("/cases/{number}/best-interests")
async def open_one(
    visit: Annotated[Visit, _officer], number: CaseNumber, form: Annotated[OpenForm, Form()]
) -> Response:
    try:
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            opened = await open_determination(session, case, form.about, form.trigger, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _children_page(visit, number, refusal=refusal, typed=form.model_dump())
    return see_other(f"/cases/{number}/best-interests/{opened.id}")


@router.get("/cases/{number}/best-interests/{determination_id}")
async def show_one(visit: Annotated[Visit, _reader], number: CaseNumber, determination_id: UUID) -> Response:
    """That it was read is noted before it is shown; one that is not of this case is not."""
    async with visit.database.transaction() as session:
        case = await find_case(session, visit.actor, number)
        await read_determination(session, case, determination_id, reader=visit.actor)
        record_view(session, case, actor=visit.actor)
    return await _determination_page(visit, number, determination_id)


@router.post("/cases/{number}/best-interests/{determination_id}/report")
async def write(
    visit: Annotated[Visit, _officer],
    number: CaseNumber,
    determination_id: UUID,
    form: Annotated[ReportForm, Form()],
) -> Response:
    async def verb(session: AsyncSession, case: Case) -> None:
        report = form.model_dump(exclude={"csrf_token"})
        await write_report(session, case, determination_id, report, actor=visit.actor)

    return await _carry_out(visit, number, determination_id, verb, form, place="report")


@router.post("/cases/{number}/best-interests/{determination_id}/members")
async def seat(
    visit: Annotated[Visit, _officer],
    number: CaseNumber,
    determination_id: UUID,
    form: Annotated[SeatForm, Form()],
) -> Response:
    async def verb(session: AsyncSession, case: Case) -> None:
        await seat_member(session, case, determination_id, form.member, form.body, actor=visit.actor)

    return await _carry_out(visit, number, determination_id, verb, form, place="panel")


@router.post("/cases/{number}/best-interests/{determination_id}/members/{member_id}/unseat")
async def unseat(
    visit: Annotated[Visit, _officer],
    number: CaseNumber,
    determination_id: UUID,
    member_id: UUID,
    form: Annotated[Posted, Form()],
) -> Response:
    async def verb(session: AsyncSession, case: Case) -> None:
        await unseat_member(session, case, determination_id, member_id, actor=visit.actor)

    return await _carry_out(visit, number, determination_id, verb, form, place="panel")


@router.post("/cases/{number}/best-interests/{determination_id}/informed")
async def tell(
    visit: Annotated[Visit, _officer],
    number: CaseNumber,
    determination_id: UUID,
    form: Annotated[InformedForm, Form()],
) -> Response:
    async def verb(session: AsyncSession, case: Case) -> None:
        understood = form.understood == "yes"
        await record_child_informed(
            session, case, determination_id, form.on_day, understood=understood, actor=visit.actor
        )

    return await _carry_out(visit, number, determination_id, verb, form, place="informed")


async def _carry_out(
    visit: Visit, number: str, determination_id: UUID, verb: Verb, form: Posted, *, place: str
) -> Response:
    """What was typed stays on the page when the verb refuses it."""
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_case(session, visit.actor, number))
    except (Invalid, Conflict) as refusal:
        typed = {"place": place, **form.model_dump()}
        return await _determination_page(visit, number, determination_id, refusal=refusal, typed=typed)
    return see_other(f"/cases/{number}/best-interests/{determination_id}#{place}")


async def _children_page(
    visit: Visit, number: str, *, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        children = await children_of(session, case, reader=visit.actor)
    return page(
        visit,
        "case_best_interests.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        typed={"about": None, "trigger": None, **(typed or {})},
        case=case,
        children=[(child, shown_record(child.assessment) if child.assessment else None) for child in children],
        may_prepare=case.status is CaseStatus.OPEN and visit.may(Permission.BEST_INTERESTS_PREPARE),
        first_triggers=[trigger for trigger in BidTrigger if trigger is not BidTrigger.NEW_FACTS],
        new_facts=BidTrigger.NEW_FACTS,
        names=NAMES,
    )


async def _determination_page(
    visit: Visit,
    number: str,
    determination_id: UUID,
    *,
    refusal: Refusal | None = None,
    typed: dict[str, Any] | None = None,
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        view, called = await read_determination(session, case, determination_id, reader=visit.actor)
        seated = {each.member.staff_id for each in view.seats}
        unseated = [each for each in await candidates(session) if each.id not in seated]
    determination = view.determination
    is_undecided = determination.state is not BidState.DECIDED
    may_prepare = case.status is CaseStatus.OPEN and visit.may(Permission.BEST_INTERESTS_PREPARE)
    return page(
        visit,
        "case_determination.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        typed={"place": "", "on_day": None, "member": None, "body": None, **(typed or {})},
        case=case,
        view=view,
        called=called,
        candidates=unseated if may_prepare and is_undecided else [],
        may_write=may_prepare and is_undecided,
        may_tell=may_prepare and not (is_undecided or determination.replaced_by or determination.child_informed_on),
        bodies=list(PanelBody),
        today=clock.today(),
        names=NAMES,
    )
