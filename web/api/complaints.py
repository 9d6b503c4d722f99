"""The complaints officer's desk: what is due, one complaint, and the steps with it. No case is reachable from here."""

from datetime import datetime
from typing import Annotated

from fastapi import Query

from access.rules import Permission
from cases.complaint_desk import (
    ComplaintRow,
    acknowledge,
    answer,
    close,
    find_complaint,
    list_complaints,
    open_complaint,
)
from cases.rules import COMPLAINT_STEPS, ComplaintAbout, ComplaintStatus
from web.api.paging import STANDARD, Limit, NumberCursor, Page
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.forms import Text
from web.guard import Visit, guarded
from web.pages.complaints import Number

router = api_router("/complaints", "complaints")

_reader, _answerer = guarded(Permission.COMPLAINT_READ), guarded(Permission.COMPLAINT_ANSWER)


class AnswerBody(Body):
    text: Text
    """Kept sealed. At most 3,000 characters."""


class ComplaintListed(Answer):
    number: str
    about: ComplaintAbout
    status: ComplaintStatus
    country: str | None
    language: str
    received_at: datetime
    due_at: datetime | None
    """By when the next step is due; null: none is."""
    is_overdue: bool


class ComplaintsFound(Page[ComplaintListed]):
    total: int
    overdue: int


class ComplaintTold(Answer):
    number: str
    about: ComplaintAbout
    status: ComplaintStatus
    next_statuses: list[ComplaintStatus]
    country: str | None
    language: str
    """In which it was written."""
    received_at: datetime
    acknowledge_by: datetime
    acknowledged_at: datetime | None
    answer_by: datetime
    answered_at: datetime | None
    called: str | None
    """The name of someone who complained with their name, while they are not erased."""
    contact: str
    """How someone without an account wants to be reached; often empty."""
    text: str | None
    """Null: the time has come at which its words were destroyed."""
    answer: str | None


@router.get("")
async def complaints(
    visit: Annotated[Visit, _reader],
    status: Annotated[ComplaintStatus | None, Query()] = None,
    about: Annotated[ComplaintAbout | None, Query()] = None,
    limit: Limit = STANDARD,
    after: NumberCursor = "",
) -> ComplaintsFound:
    """What is due first stands first; the answered and closed come after, newest first.

    Keep `limit` the same from page to page.
    """
    async with visit.database.reading() as session:
        found = await list_complaints(
            session, actor=visit.actor, status=status, about=about, page=int(after or 1), most=limit
        )
    return ComplaintsFound(
        items=[_listed(each) for each in found.rows],
        next=str(found.page + 1) if found.page < found.pages else None,
        total=found.total,
        overdue=found.overdue,
    )


@router.get("/{complaint}")
async def one(visit: Annotated[Visit, _reader], complaint: Number) -> ComplaintTold:
    """That it was read is noted."""
    async with visit.database.transaction() as session:
        view = await open_complaint(session, complaint, actor=visit.actor)
    row = view.complaint
    steps = COMPLAINT_STEPS[row.status]
    return ComplaintTold(
        number=row.number,
        about=row.about,
        status=row.status,
        next_statuses=[status for status in ComplaintStatus if status in steps],
        country=row.country,
        language=row.language,
        received_at=row.received_at,
        acknowledge_by=row.acknowledge_by,
        acknowledged_at=row.acknowledged_at,
        answer_by=row.answer_by,
        answered_at=row.answered_at,
        called=view.called,
        contact=view.contact,
        text=view.text,
        answer=view.answer,
    )


@router.post("/{complaint}/acknowledge", status_code=204)
async def mark_acknowledged(visit: Annotated[Visit, _answerer], complaint: Number) -> None:
    """You have read it and look into it."""
    async with visit.database.transaction() as session:
        found = await find_complaint(session, complaint, actor=visit.actor)
        await acknowledge(session, found, actor=visit.actor)


@router.post("/{complaint}/answer", status_code=204)
async def send_answer(visit: Annotated[Visit, _answerer], complaint: Number, body: AnswerBody) -> None:
    """Someone who gave their name is told, in words that say nothing of a complaint."""
    async with visit.database.transaction() as session:
        found = await find_complaint(session, complaint, actor=visit.actor)
        await answer(session, found, body.text, actor=visit.actor)


@router.post("/{complaint}/close", status_code=204)
async def close_one(visit: Annotated[Visit, _answerer], complaint: Number) -> None:
    """Nothing more is done; the time after which the words are destroyed begins."""
    async with visit.database.transaction() as session:
        found = await find_complaint(session, complaint, actor=visit.actor)
        await close(session, found, actor=visit.actor)


def _listed(row: ComplaintRow) -> ComplaintListed:
    complaint = row.complaint
    return ComplaintListed(
        number=complaint.number,
        about=complaint.about,
        status=complaint.status,
        country=complaint.country,
        language=complaint.language,
        received_at=complaint.received_at,
        due_at=row.due_at,
        is_overdue=row.is_overdue,
    )
