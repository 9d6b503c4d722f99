"""The pages of a panel's members: what waits for them, and one determination with their part in it. No case else."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.panel import (
    ASKS_OF_ME,
    WAITS_NAMES,
    Waits,
    decide,
    declare,
    docket,
    give_opinion,
    note_opening,
    panel_file,
)
from cases.safeguard_rules import BidDecision
from foundation.errors import Conflict, Invalid, Refusal
from web.errors import message_of, status_of
from web.forms import Posted, Text, see_other
from web.guard import Visit, guarded
from web.pages.determination_part import NAMES, shown_record
from web.rendering import page

router = APIRouter(include_in_schema=False)

Verb = Callable[[AsyncSession], Awaitable[object]]
_member = guarded(Permission.BEST_INTERESTS_DECIDE)


class DeclarationForm(Posted):
    conflict: Literal["yes", "no"]


class OpinionForm(Posted):
    opinion: BidDecision
    note: Text = ""


class DecisionForm(Posted):
    reasons: Text = ""


@router.get("/panel")
async def show_docket(visit: Annotated[Visit, _member]) -> Response:
    async with visit.database.reading() as session:
        rows = await docket(session, visit.actor)
    return page(
        visit,
        "panel.html",
        undecided=[row for row in rows if row.waits is not Waits.DECIDED],
        decided=[row for row in rows if row.waits is Waits.DECIDED],
        asks=ASKS_OF_ME,
        waits_names=WAITS_NAMES,
        names=NAMES,
    )


@router.get("/panel/{determination_id}")
async def show_one(visit: Annotated[Visit, _member], determination_id: UUID) -> Response:
    """Opening it is noted on the case before it is shown: the person can ask who did."""
    async with visit.database.transaction() as session:
        await note_opening(session, visit.actor, determination_id)
    return await _page(visit, determination_id)


@router.post("/panel/{determination_id}/declaration")
async def make_declaration(
    visit: Annotated[Visit, _member], determination_id: UUID, form: Annotated[DeclarationForm, Form()]
) -> Response:
    """Whoever declares a conflict no longer sees it, and is led back to what else waits."""
    has_conflict = form.conflict == "yes"

    async def verb(session: AsyncSession) -> None:
        await declare(session, determination_id, has_conflict=has_conflict, actor=visit.actor)

    back_to = "/panel" if has_conflict else f"/panel/{determination_id}"
    return await _carry_out(visit, determination_id, verb, form, back_to=back_to)


@router.post("/panel/{determination_id}/opinion")
async def send_opinion(
    visit: Annotated[Visit, _member], determination_id: UUID, form: Annotated[OpinionForm, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        await give_opinion(session, determination_id, form.opinion, form.note, actor=visit.actor)

    return await _carry_out(visit, determination_id, verb, form, back_to=f"/panel/{determination_id}#panel")


@router.post("/panel/{determination_id}/decision")
async def record_decision(
    visit: Annotated[Visit, _member], determination_id: UUID, form: Annotated[DecisionForm, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        await decide(session, determination_id, form.reasons, actor=visit.actor)

    return await _carry_out(visit, determination_id, verb, form, back_to=f"/panel/{determination_id}#decision")


async def _carry_out(visit: Visit, determination_id: UUID, verb: Verb, form: Posted, *, back_to: str) -> Response:
    """What was typed stays on the page when the verb refuses it."""
    try:
        async with visit.database.transaction() as session:
            await verb(session)
    except (Invalid, Conflict) as refusal:
        return await _page(visit, determination_id, refusal=refusal, typed=form.model_dump())
    return see_other(back_to)


async def _page(
    visit: Visit, determination_id: UUID, *, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> Response:
    async with visit.database.reading() as session:
        file = await panel_file(session, visit.actor, determination_id)
    own = next((each for each in file.opened.seats if each.member is file.seat), None) if file.opened else None
    return page(
        visit,
        "panel_determination.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        typed={"opinion": own and own.opinion, "note": (own and own.note) or "", "reasons": "", **(typed or {})},
        file=file,
        view=file.opened,
        determination=file.determination,
        records=[shown_record(record) for record in file.records],
        opinions=list(BidDecision),
        waits=Waits,
        waits_names=WAITS_NAMES,
        names=NAMES,
    )
