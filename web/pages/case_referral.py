"""One referral of a case: what the partner says and what the person says, side by side; settling, taking up again."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.models import Case
from cases.queries import find_case, record_view
from cases.rules import CaseStatus
from foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from referrals.confirming import is_in_dispute, settle
from referrals.queries import referral_file
from referrals.referring import reopen
from referrals.rules import OPEN_STATES, Settlement
from web.errors import status_in_sight
from web.forms import CaseNumber, Posted, Text, see_other
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

Verb = Callable[[AsyncSession, Case], Awaitable[object]]


class SettlementForm(Posted):
    settlement: Settlement | None = None
    reason: Text = ""


class ReopeningForm(Posted):
    note: Text = ""


@router.get("/cases/{number}/referrals/{referral_id}")
async def show_referral(
    visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber, referral_id: UUID
) -> Response:
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
    return await _referral(visit, number, referral_id)


@router.post("/cases/{number}/referrals/{referral_id}/settle")
async def settle_one(
    visit: Annotated[Visit, guarded(Permission.REFERRAL_SETTLE)],
    number: CaseNumber,
    referral_id: UUID,
    form: Annotated[SettlementForm, Form()],
) -> Response:
    async def settle_it(session: AsyncSession, case: Case) -> None:
        await settle(session, case, referral_id, form.settlement, form.reason, actor=visit.actor)

    return await _carry_out(visit, number, referral_id, settle_it, form)


@router.post("/cases/{number}/referrals/{referral_id}/reopen")
async def reopen_one(
    visit: Annotated[Visit, guarded(Permission.REFERRAL_CREATE)],
    number: CaseNumber,
    referral_id: UUID,
    form: Annotated[ReopeningForm, Form()],
) -> Response:
    """Goes to the new one, which waits for the person's yes."""
    made: list[UUID] = []

    async def reopen_it(session: AsyncSession, case: Case) -> None:
        made.append((await reopen(session, case, referral_id, form.note, actor=visit.actor)).id)

    return await _carry_out(visit, number, referral_id, reopen_it, form, leads_to=made)


async def _carry_out(
    visit: Visit, number: str, referral_id: UUID, verb: Verb, form: Posted, *, leads_to: list[UUID] | None = None
) -> Response:
    """Who may not see the case meets a missing page before the verb is asked; what the verb refuses is said."""
    async with visit.database.reading() as session:
        await find_case(session, visit.actor, number)
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_case(session, visit.actor, number))
    except (Invalid, Conflict, NotAllowed) as refusal:
        return await _referral(visit, number, referral_id, refusal=refusal, typed=form.model_dump())
    return see_other(f"/cases/{number}/referrals/{(leads_to or [referral_id])[0]}")


async def _referral(
    visit: Visit,
    number: str,
    referral_id: UUID,
    *,
    refusal: Refusal | None = None,
    typed: dict[str, Any] | None = None,
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        file = await referral_file(session, case, referral_id)
    return page(
        visit,
        "case_referral.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and refusal.message,
        typed=typed or {},
        case=case,
        file=file,
        referral=file.referral,
        word=file.referral.word,
        is_in_dispute=is_in_dispute(file.referral.word),
        has_ended=file.referral.state not in OPEN_STATES,
        is_open=case.status is CaseStatus.OPEN,
        settlements=list(Settlement),
    )
