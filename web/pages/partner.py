"""A partner's referrals: what was shared with them, and their answer. Nothing of the case beyond that."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from documents.hand_over import open_sheet, print_sheet, speaks_openly
from foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from foundation.language import _
from foundation.pdf import MEDIA_TYPE
from referrals.deletion import confirm_deletion
from referrals.models import reference_of
from referrals.responding import PartnerView, accept, begin, complete, decline, fail, find_referral, inbox
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


@router.post("/partner/{referral_id}/deleted")
async def confirm_deleted(visit: Annotated[Visit, _partner], referral_id: UUID) -> Response:
    """The partner has deleted what it held."""
    return await _answer(visit, referral_id, lambda session: confirm_deletion(session, referral_id, actor=visit.actor))


@router.get("/partner/{referral_id}/sheet")
async def download_sheet(visit: Annotated[Visit, _partner], referral_id: UUID) -> Response:
    """What was shared, on paper, in the language of the page."""
    return await sheet(visit, referral_id)


@router.get("/partner/{referral_id}/sheet/person")
async def download_sheet_for_person(visit: Annotated[Visit, _partner], referral_id: UUID) -> Response:
    """The same in the person's language, to go through it with them."""
    return await sheet(visit, referral_id, for_person=True)


async def sheet(visit: Visit, referral_id: UUID, *, for_person: bool = False) -> Response:
    async with visit.database.transaction() as session:
        opened = await open_sheet(session, visit.actor, referral_id, language=visit.language, for_person=for_person)
    content = await asyncio.to_thread(print_sheet, opened)
    named = f'attachment; filename="hand-over-{reference_of(referral_id)}.pdf"'
    return Response(content, media_type=MEDIA_TYPE, headers={"Content-Disposition": named})


def steps_open(view: PartnerView) -> frozenset[ReferralState]:
    """What the partner can make of it now."""
    closed = view.must_delete or not view.has_agreement
    return frozenset() if closed else REFERRAL_STEPS[view.referral.state]


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
        reference=reference_of(referral_id),
        speaks_openly=speaks_openly(view),
        steps=steps_open(view),
        state=ReferralState,
        reasons=list(DeclineReason),
    )
