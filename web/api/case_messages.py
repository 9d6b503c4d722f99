"""The conversation with a person: read, waited for, answered or left without an answer; and what came of calls.

The words of a person are for their case alone: they stand in no address and no log.
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Form, Query, UploadFile
from pydantic import BaseModel, ConfigDict

from access.rules import Permission
from cases.callbacks import Planned, note_outcome
from cases.conversation import Arrival, FileView, MessageView, messages_of
from cases.messages import NEWEST, send_again, send_to_person, waive_answer
from cases.models import Case
from cases.queries import find_case
from cases.rules import CallChannel, CallOutcome, CallTime, CaseStatus, Direction, FileKind
from foundation.errors import NotFound
from web.api.one_case import changing, viewing
from web.api.paging import Limit
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.forms import CaseNumber, Text
from web.guard import NOTHING_HERE, Visit, guarded, still_signed_in
from web.pages.case_messages import Position, Seen, conversation_part
from web.uploads import LARGEST_POST, cleaned_upload

router = api_router("/cases/{number}", "messages")

LONGEST_WAIT = 20
"""Seconds that an answer is held back for something new."""
POLL_SECONDS = 1.0

# A program that only looks for something new must not keep a session alive, as an open page does not.
_waiter = guarded(Permission.CASE_READ, counts_as_use=False)


class FileTold(Answer):
    id: UUID
    """Read it at `/api/v1/cases/{number}/files/{id}`."""
    kind: FileKind
    name: str
    size: int
    """Bytes."""
    delete_at: datetime | None
    """When it is removed; null: with the case."""


class MessageTold(Answer):
    id: UUID
    position: int
    """Grows with every message."""
    direction: Direction
    author: str | None
    """The name of the member of staff; null: the person, or the service itself."""
    text: str
    sent_at: datetime
    delivered_at: datetime | None
    arrival: Arrival | None
    """What became of a message to the person; null for what they wrote."""
    file: FileTold | None


class CallTold(Answer):
    """A call that the person asked for."""

    id: UUID
    number: str
    channel: CallChannel
    at: CallTime
    safe_words: str
    """What to say if someone else answers."""
    requested_at: datetime
    begins: datetime
    """When it is safe to call, from then on."""
    ends: datetime
    tried: bool
    """Someone called once already, and nobody answered."""


class ConversationTold(Answer):
    items: list[MessageTold]
    """Oldest first."""
    earlier: int
    """How many messages stand before them: ask for those `before` the position of the first."""
    unanswered_since: datetime | None
    is_overdue: bool
    promised: datetime | None
    """By when the person was told that they have an answer."""
    call: CallTold | None
    """The call that is to be made."""


class MessageForm(BaseModel):
    """Sent as multipart: the text, a file beside it, or both."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    text: Text = ""
    """At most 3000 characters."""
    file: UploadFile | None = None
    """A picture, recording or PDF. What a device wrote into it is removed."""
    seen: Seen = NEWEST
    """The position of the last message that you have read: what came behind it is not answered yet."""


class Waiver(Body):
    seen: Seen
    """The position of the last message that you have read."""


class Outcome(Body):
    outcome: CallOutcome


@router.get("/messages")
async def conversation(
    visit: Annotated[Visit, guarded(Permission.CASE_READ)],
    number: CaseNumber,
    limit: Limit = 50,
    before: Position = NEWEST,
) -> ConversationTold:
    """The newest messages, or those before a position."""
    async with viewing(visit, number) as (session, case):
        part = await conversation_part(session, visit, _living(case), count=limit, before=before)
    return ConversationTold(
        items=[_message(each) for each in part.excerpt.messages],
        earlier=part.excerpt.earlier,
        unanswered_since=part.unanswered_since,
        is_overdue=part.is_overdue,
        promised=part.promised,
        call=_call(part.call) if part.call else None,
    )


@router.get("/messages/new")
async def new_messages(
    visit: Annotated[Visit, _waiter],
    number: CaseNumber,
    after: Annotated[int, Query(ge=0, le=NEWEST)] = 0,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for something new.")] = 0,
) -> list[MessageTold]:
    """Messages behind the position `after`, oldest first; at once if there are some, else as soon as there are."""
    closing: asyncio.Event = visit.request.app.state.closing
    for _poll in range(wait):
        if (found := await _behind(visit, number, after)) or closing.is_set():
            return found
        with suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), POLL_SECONDS)
    return await _behind(visit, number, after)


@router.post("/messages", status_code=204, max_body_size=LARGEST_POST)
async def send_message(
    visit: Annotated[Visit, guarded(Permission.MESSAGE_SEND)], number: CaseNumber, form: Annotated[MessageForm, Form()]
) -> None:
    async with visit.database.reading() as session:
        await find_case(session, visit.actor, number)
    file = await cleaned_upload(form.file)
    async with changing(visit, number) as (session, case):
        await send_to_person(session, case, form.text, actor=visit.actor, file=file, seen=form.seen)


@router.post("/messages/no-answer", status_code=204)
async def need_no_answer(
    visit: Annotated[Visit, guarded(Permission.MESSAGE_SEND)], number: CaseNumber, body: Waiver
) -> None:
    """What the person wrote needs no answer, such as a thank-you."""
    async with changing(visit, number) as (session, case):
        await waive_answer(session, case, actor=visit.actor, seen=body.seen)


@router.post("/messages/{message_id}/again", status_code=204)
async def send_message_again(
    visit: Annotated[Visit, guarded(Permission.MESSAGE_SEND)], number: CaseNumber, message_id: UUID
) -> None:
    """Send a message once more that did not arrive."""
    async with changing(visit, number) as (session, case):
        await send_again(session, case, message_id, actor=visit.actor)


@router.post("/calls/{call_id}/outcome", status_code=204)
async def note_call(
    visit: Annotated[Visit, guarded(Permission.TASK_SETTLE)], number: CaseNumber, call_id: UUID, body: Outcome
) -> None:
    """When nobody answers for the first time, the call is to be tried once more."""
    async with changing(visit, number) as (session, case):
        await note_outcome(session, case, call_id, body.outcome, actor=visit.actor)


async def _behind(visit: Visit, number: str, after: int) -> list[MessageTold]:
    """Asks anew each time who is reading: a right that was taken ends the waiting."""
    async with visit.database.reading() as session:
        signed_in = await still_signed_in(session, visit)
        if signed_in is None:
            raise NotFound(NOTHING_HERE)
        case = await find_case(session, signed_in.actor, number)
        return [_message(each) for each in await messages_of(session, case, after=after)]


def _living(case: Case) -> Case:
    if case.status is CaseStatus.ERASED:
        raise NotFound(NOTHING_HERE)
    return case


def _message(view: MessageView) -> MessageTold:
    return MessageTold(
        id=view.id,
        position=view.position,
        direction=view.direction,
        author=view.author_name,
        text=view.text,
        sent_at=view.sent_at,
        delivered_at=view.delivered_at,
        arrival=view.arrival,
        file=_file(view.file) if view.file else None,
    )


def _file(view: FileView) -> FileTold:
    return FileTold(**{name: getattr(view, name) for name in FileTold.model_fields})


def _call(call: Planned) -> CallTold:
    return CallTold(**{name: getattr(call, name) for name in CallTold.model_fields})
