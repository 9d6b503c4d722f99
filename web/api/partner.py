"""A partner's referrals: what was shared with them, and their answer. Nothing of the case beyond that."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from access.rules import Permission
from cases.rules import Urgency
from foundation.language import say
from foundation.pdf import MEDIA_TYPE
from referrals.deletion import confirm_deletion
from referrals.models import reference_of
from referrals.responding import InboxRow, accept, begin, complete, decline, fail, find_referral, inbox
from referrals.rules import DeclineReason, ReferralState
from web.api.case_transfers import ContactTold, contact_told
from web.api.one_case import in_sight
from web.api.paging import STANDARD, Limit, NumberCursor, Page, part_of
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.guard import Visit, guarded
from web.pages.partner import sheet, steps_open

router = api_router("/partner", "partner")

_partner = guarded(Permission.REFERRAL_ANSWER)


SHEET: dict[int | str, dict[str, Any]] = {
    200: {"description": "A PDF", "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


class ReasonBody(Body):
    reason: DeclineReason


class InboxTold(Answer):
    """One line of the inbox: nothing about the person."""

    id: UUID
    service: str
    state: ReferralState
    urgency: Urgency
    sent_at: datetime
    due_at: datetime
    is_open: bool
    awaits_answer: bool
    is_pressing: bool
    """Half of its time has passed without an answer."""
    is_nearly_over: bool
    """An eighth of it is left at most."""


class SharedTold(Answer):
    name: str
    """What it is, in your language."""
    value: str


class PartnerReferral(Answer):
    id: UUID
    reference: str
    """What it is called by on paper and by telephone."""
    service: str
    state: ReferralState
    urgency: Urgency
    reason: DeclineReason | None
    sent_at: datetime | None
    due_at: datetime | None
    shared: list[SharedTold]
    """What the person agreed to share with you, for this service only. Empty once the agreement or referral ended."""
    must_delete: bool
    """The agreement has ended: stop, do not contact the person because of it, and delete every copy of what you had."""
    delete_asked_at: datetime | None
    """When you were told to delete it: confirm it within 7 days under `deletion`."""
    deleted_at: datetime | None
    """When you confirmed that you have."""
    has_agreement: bool
    """Your organisation has an agreement in force for this kind of service. Without one you see and answer nothing."""
    contact: ContactTold
    """Whom to write to about it now."""
    moved_at: datetime | None
    """When they took the case over from the organisation that had sent it to you."""
    next_states: list[ReferralState]
    """What it can become by your answer."""


@router.get("")
async def received(
    visit: Annotated[Visit, _partner], limit: Limit = STANDARD, after: NumberCursor = ""
) -> Page[InboxTold]:
    """Everything sent to your organisation: what awaits an answer first, by when it is due; what ended last."""
    async with visit.database.reading() as session:
        rows = await inbox(session, visit.actor)
    items, following = part_of(rows, limit, after)
    return Page[InboxTold](items=[_row(each) for each in items], next=following)


@router.get("/{referral_id}")
async def one(visit: Annotated[Visit, _partner], referral_id: UUID) -> PartnerReferral:
    """Opening it is noted: from then on it counts as seen, and the person can see that."""
    async with visit.database.transaction() as session:
        view = await find_referral(session, visit.actor, referral_id)
    referral = view.referral
    steps = steps_open(view)
    return PartnerReferral(
        id=referral.id,
        reference=reference_of(referral.id),
        service=view.service.name,
        state=referral.state,
        urgency=referral.urgency,
        reason=referral.reason,
        sent_at=referral.sent_at,
        due_at=referral.due_at,
        shared=[
            SharedTold(
                name=say(visit.language, name), value=value if isinstance(value, str) else say(visit.language, value)
            )
            for name, value in view.shared
        ],
        must_delete=view.must_delete,
        delete_asked_at=view.deletion.delete_asked_at if view.deletion else None,
        deleted_at=view.deletion.deleted_at if view.deletion else None,
        has_agreement=view.has_agreement,
        contact=contact_told(view.contact),
        moved_at=view.moved_at,
        next_states=[state for state in _ANSWERS if state in steps],
    )


@router.post("/{referral_id}/accept", status_code=204)
async def accept_one(visit: Annotated[Visit, _partner], referral_id: UUID) -> None:
    async with visit.database.transaction() as session:
        with in_sight():
            await accept(session, referral_id, actor=visit.actor)


@router.post("/{referral_id}/decline", status_code=204)
async def decline_one(visit: Annotated[Visit, _partner], referral_id: UUID, body: ReasonBody) -> None:
    async with visit.database.transaction() as session:
        with in_sight():
            await decline(session, referral_id, body.reason, actor=visit.actor)


@router.post("/{referral_id}/begin", status_code=204)
async def begin_one(visit: Annotated[Visit, _partner], referral_id: UUID) -> None:
    """The service has begun."""
    async with visit.database.transaction() as session:
        with in_sight():
            await begin(session, referral_id, actor=visit.actor)


@router.post("/{referral_id}/complete", status_code=204)
async def complete_one(visit: Annotated[Visit, _partner], referral_id: UUID) -> None:
    """The service is completed."""
    async with visit.database.transaction() as session:
        with in_sight():
            await complete(session, referral_id, actor=visit.actor)


@router.post("/{referral_id}/fail", status_code=204)
async def fail_one(visit: Annotated[Visit, _partner], referral_id: UUID, body: ReasonBody) -> None:
    """The service has ended without success."""
    async with visit.database.transaction() as session:
        with in_sight():
            await fail(session, referral_id, body.reason, actor=visit.actor)


@router.post("/{referral_id}/deletion", status_code=204)
async def confirm_deleted(visit: Annotated[Visit, _partner], referral_id: UUID) -> None:
    """You have deleted every copy of what you were told to delete. The person sees that you said so."""
    async with visit.database.transaction() as session:
        await confirm_deletion(session, referral_id, actor=visit.actor)


@router.get("/{referral_id}/sheet", response_class=Response, responses=SHEET)
async def download_sheet(
    visit: Annotated[Visit, _partner],
    referral_id: UUID,
    *,
    for_person: Annotated[bool, Query(description="In the person's language, where they shared it.")] = False,
) -> Response:
    """The hand-over sheet: exactly what was shared, and what holds for it. Only while you see what was shared."""
    return await sheet(visit, referral_id, for_person=for_person)


_ANSWERS = (
    ReferralState.ACCEPTED,
    ReferralState.DECLINED,
    ReferralState.IN_SERVICE,
    ReferralState.COMPLETED,
    ReferralState.UNSUCCESSFUL,
)


def _row(row: InboxRow) -> InboxTold:
    return InboxTold(
        id=row.referral_id,
        service=row.service_name,
        state=row.state,
        urgency=row.urgency,
        sent_at=row.sent_at,
        due_at=row.due_at,
        is_open=row.is_open,
        awaits_answer=row.awaits_answer,
        is_pressing=row.is_pressing,
        is_nearly_over=row.is_nearly_over,
    )
