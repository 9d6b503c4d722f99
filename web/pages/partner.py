"""A partner's referrals: what was shared with them, and their answer. Nothing of the case beyond that."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from foundation.language import _
from referrals.responding import accept, begin, complete, decline, fail, find_referral, inbox
from referrals.rules import REFERRAL_STEPS, DeclineReason, ReferralState
from web.errors import status_in_sight
from web.forms import Posted, see_other
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

_partner = guarded(Permission.REFERRAL_ANSWER)
Verb = Callable[[AsyncSession], Awaitable[object]]


class ReasonForm(Posted):
    reason: DeclineReason | None = None


@router.get("/partner")
async def show_inbox(visit: Annotated[Visit, _partner]) -> Response:
    async with visit.database.reading() as session:
        rows = await inbox(session, visit.actor)
    return page(visit, "partner.html", rows=rows)


@router.get("/partner/{referral_id}")
async def show_referral(visit: Annotated[Visit, _partner], referral_id: UUID) -> Response:
    return await _referral(visit, referral_id)


@router.post("/partner/{referral_id}/accept")
async def accept_one(visit: Annotated[Visit, _partner], referral_id: UUID) -> Response:
    return await _answer(visit, referral_id, lambda session: accept(session, referral_id, actor=visit.actor))


@router.post("/partner/{referral_id}/begin")
async def begin_one(visit: Annotated[Visit, _partner], referral_id: UUID) -> Response:
    return await _answer(visit, referral_id, lambda session: begin(session, referral_id, actor=visit.actor))


@router.post("/partner/{referral_id}/complete")
async def complete_one(visit: Annotated[Visit, _partner], referral_id: UUID) -> Response:
    return await _answer(visit, referral_id, lambda session: complete(session, referral_id, actor=visit.actor))


@router.post("/partner/{referral_id}/fail")
async def fail_one(
    visit: Annotated[Visit, _partner], referral_id: UUID, form: Annotated[ReasonForm, Form()]
) -> Response:
    return await _answer(
        visit, referral_id, lambda session: fail(session, referral_id, _chosen(form), actor=visit.actor)
    )


@router.post("/partner/{referral_id}/decline")
async def decline_one(
    visit: Annotated[Visit, _partner], referral_id: UUID, form: Annotated[ReasonForm, Form()]
) -> Response:
    return await _answer(
        visit, referral_id, lambda session: decline(session, referral_id, _chosen(form), actor=visit.actor)
    )


def _chosen(form: ReasonForm) -> DeclineReason:
    if form.reason is None:
        raise Invalid(_("Choose a reason."))
    return form.reason


async def _answer(visit: Visit, referral_id: UUID, verb: Verb) -> Response:
    try:
        async with visit.database.transaction() as session:
            await verb(session)
    except (Invalid, Conflict, NotAllowed) as refusal:
        return await _referral(visit, referral_id, refusal)
    return see_other(f"/partner/{referral_id}")


async def _referral(visit: Visit, referral_id: UUID, refusal: Refusal | None = None) -> Response:
    """Opening it is noted, so that the person can see that it was read; hence a transaction."""
    async with visit.database.transaction() as session:
        view = await find_referral(session, visit.actor, referral_id)
    return page(
        visit,
        "partner_referral.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal.message if refusal else None,
        view=view,
        referral=view.referral,
        steps=frozenset() if view.must_delete else REFERRAL_STEPS[view.referral.state],
        state=ReferralState,
        reasons=list(DeclineReason),
    )
