"""Partners, and those who may take over cases: their agreements, by administrators, and their people."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from foundation.errors import Conflict, Invalid, Refusal
from foundation.language import _
from referrals.agreements import Terms, add_agreement, end_agreement
from referrals.deletion import deletions_overdue
from referrals.organisations import STANDING_NAMES, Standing, ending_soon, operators, organisation_file, partners
from referrals.rules import ServiceKind
from web.errors import status_in_sight
from web.forms import Line, Posted, read_day, see_other
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

SHOWN = 60
"""Organisations on one page."""
_reader, _manager = guarded(Permission.AGREEMENT_READ), guarded(Permission.AGREEMENT_MANAGE)
Verb = Callable[[AsyncSession], Awaitable[object]]


class AgreementForm(Posted):
    reference: Line = ""
    starts_on: Line = ""
    ends_on: Line = ""
    purposes: list[ServiceKind] = Field(default_factory=list)


@router.get("/organisations")
async def show_organisations(
    visit: Annotated[Visit, _reader], after: Annotated[int, Query(ge=0, le=1_000_000)] = 0
) -> Response:
    async with visit.database.reading() as session:
        found = await partners(session, visit.actor)
        handing_over = await operators(session, visit.actor)
        ending = await ending_soon(session, visit.actor)
        overdue = await deletions_overdue(session, visit.actor)
    return page(
        visit,
        "organisations.html",
        found=found[after : after + SHOWN],
        following=after + SHOWN if after + SHOWN < len(found) else None,
        count=len(found),
        handing_over=handing_over,
        ending=ending,
        overdue=overdue,
        standing_names=STANDING_NAMES,
    )


@router.get("/organisations/{organisation_id}")
async def show_organisation(visit: Annotated[Visit, _reader], organisation_id: UUID) -> Response:
    return await _organisation(visit, organisation_id)


@router.post("/organisations/{organisation_id}/agreements")
async def add(
    visit: Annotated[Visit, _manager], organisation_id: UUID, form: Annotated[AgreementForm, Form()]
) -> Response:
    async def enter(session: AsyncSession) -> None:
        await add_agreement(session, organisation_id, _terms(form), actor=visit.actor)

    return await _carry_out(visit, organisation_id, enter, form)


@router.post("/organisations/{organisation_id}/agreements/{agreement_id}/end")
async def end(
    visit: Annotated[Visit, _manager], organisation_id: UUID, agreement_id: UUID, form: Annotated[Posted, Form()]
) -> Response:
    async def end_it(session: AsyncSession) -> None:
        await end_agreement(session, organisation_id, agreement_id, actor=visit.actor)

    return await _carry_out(visit, organisation_id, end_it, form)


def _terms(form: AgreementForm) -> Terms:
    starts_on = read_day(form.starts_on)
    if starts_on is None:
        raise Invalid(_("Say on which day the agreement begins."))
    return Terms(form.reference, form.purposes, starts_on, read_day(form.ends_on))


async def _carry_out(visit: Visit, organisation_id: UUID, verb: Verb, form: Posted) -> Response:
    try:
        async with visit.database.transaction() as session:
            await verb(session)
    except (Invalid, Conflict) as refusal:
        return await _organisation(visit, organisation_id, refusal, form.model_dump())
    return see_other(f"/organisations/{organisation_id}")


async def _organisation(
    visit: Visit, organisation_id: UUID, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> Response:
    async with visit.database.reading() as session:
        view = await organisation_file(session, visit.actor, organisation_id)
    return page(
        visit,
        "organisation.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal.message if refusal else None,
        view=view,
        typed={"reference": "", "starts_on": "", "ends_on": "", "purposes": [], **(typed or {})},
        kinds=list(ServiceKind),
        standing=Standing,
        standing_names=STANDING_NAMES,
    )
