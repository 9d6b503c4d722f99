"""The conversation with a person: read and answered by staff, on the case page and on a page of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, UploadFile
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.callbacks import Planned, note_outcome, planned_call
from cases.conversation import Excerpt, excerpt_of
from cases.hours import reply_due
from cases.messages import FILES_KEPT, NEWEST, is_overdue, send_again, send_to_person, waive_answer
from cases.models import Case
from cases.queries import find_case, record_view
from cases.rules import HEARD, CallOutcome, CaseStatus
from foundation.errors import Conflict, Invalid, NotFound, Refusal
from web.errors import message_of, status_of
from web.forms import CaseNumber, Posted, Text, see_other
from web.guard import NOTHING_HERE, Visit, guarded
from web.rendering import page
from web.uploads import LARGEST_POST, cleaned_upload

router = APIRouter(include_in_schema=False)

SHOWN = 50
"""Messages on the page of the conversation."""
SHOWN_BESIDE = 10
"""Messages on the case page, among everything else."""

Position = Annotated[int, Query(ge=1, le=NEWEST)]
Seen = Annotated[int, Field(ge=0, le=NEWEST)]
"""The last message that stood on the page: what came behind it is not answered yet."""


@dataclass(frozen=True, slots=True)
class ConversationPart:
    """What the part of a page needs that shows a conversation."""

    excerpt: Excerpt
    is_newest: bool
    unanswered_since: datetime | None
    is_overdue: bool
    promised: datetime | None
    """By when the person was told that they have an answer."""
    call: Planned | None
    outcomes: list[CallOutcome]
    files_kept: int
    """Days."""


class MessageForm(Posted):
    text: Text = ""
    file: UploadFile | None = None
    seen: Seen = NEWEST
    back: Literal["case", "messages"] = "case"


class WaiverForm(Posted):
    seen: Seen = NEWEST
    back: Literal["case", "messages"] = "case"


class BackForm(Posted):
    back: Literal["case", "messages"] = "case"


class OutcomeForm(BackForm):
    outcome: CallOutcome


async def conversation_part(
    session: AsyncSession, visit: Visit, case: Case, *, count: int = SHOWN_BESIDE, before: int = NEWEST
) -> ConversationPart:
    since = case.unanswered_at
    return ConversationPart(
        excerpt=await excerpt_of(session, case, count=count, before=before),
        is_newest=before == NEWEST,
        unanswered_since=since,
        is_overdue=is_overdue(since),
        promised=since and reply_due(since, case.country, visit.settings.reply_hours),
        call=await planned_call(session, case),
        outcomes=list(CallOutcome),
        files_kept=FILES_KEPT.days,
    )


@router.get("/cases/{number}/messages")
async def show_conversation(
    visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber, before: Position = NEWEST
) -> Response:
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
    return await _response(visit, number, before=before)


@router.post("/cases/{number}/messages", max_body_size=LARGEST_POST)
async def send_message(
    visit: Annotated[Visit, guarded(Permission.MESSAGE_SEND)], number: CaseNumber, form: Annotated[MessageForm, Form()]
) -> Response:
    try:
        async with visit.database.reading() as session:
            await find_case(session, visit.actor, number)
        file = await cleaned_upload(form.file)
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            await send_to_person(session, case, form.text, actor=visit.actor, file=file, seen=form.seen)
    except (Invalid, Conflict) as refusal:
        return await _response(visit, number, refusal=refusal, typed=form.text)
    return _back(number, form.back)


@router.post("/cases/{number}/messages/no-answer")
async def need_no_answer(
    visit: Annotated[Visit, guarded(Permission.MESSAGE_SEND)], number: CaseNumber, form: Annotated[WaiverForm, Form()]
) -> Response:
    try:
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            await waive_answer(session, case, actor=visit.actor, seen=form.seen)
    except Conflict as refusal:
        return await _response(visit, number, refusal=refusal)
    return _back(number, form.back)


@router.post("/cases/{number}/messages/{message_id}/again")
async def send_message_again(
    visit: Annotated[Visit, guarded(Permission.MESSAGE_SEND)],
    number: CaseNumber,
    message_id: UUID,
    form: Annotated[BackForm, Form()],
) -> Response:
    try:
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            await send_again(session, case, message_id, actor=visit.actor)
    except Conflict as refusal:
        return await _response(visit, number, refusal=refusal)
    return _back(number, form.back)


@router.post("/cases/{number}/calls/{call_id}")
async def note_call(
    visit: Annotated[Visit, guarded(Permission.TASK_SETTLE)],
    number: CaseNumber,
    call_id: UUID,
    form: Annotated[OutcomeForm, Form()],
) -> Response:
    try:
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            await note_outcome(session, case, call_id, form.outcome, actor=visit.actor)
    except Conflict as refusal:
        return await _response(visit, number, refusal=refusal)
    return _back(number, form.back)


async def _response(
    visit: Visit, number: str, *, before: int = NEWEST, refusal: Refusal | None = None, typed: str = ""
) -> Response:
    """The page of the conversation; with what was refused, and what was typed."""
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        part = await conversation_part(session, visit, case, count=SHOWN, before=before)
    if case.status is CaseStatus.ERASED:
        raise NotFound(NOTHING_HERE)
    return page(
        visit,
        "conversation.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        case=case,
        is_open=case.status in HEARD,
        conversation=part,
        place="messages",
        written=typed,
    )


def _back(number: str, place: str) -> Response:
    return see_other(f"/cases/{number}/messages#newest" if place == "messages" else f"/cases/{number}#messages")
