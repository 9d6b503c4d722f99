"""New messages of a case as they arrive, pushed to the open page. The page works without; this saves the reload."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from access.rules import Permission
from cases.conversation import MessageView, messages_of
from cases.models import Case
from cases.queries import find_case
from foundation.errors import NotFound, Refusal
from web.forms import CaseNumber
from web.guard import NOTHING_HERE, Visit, guarded, still_signed_in
from web.rendering import render

router = APIRouter(include_in_schema=False)

POLL_SECONDS = 1.0
MOST_POLLS = 600
"""A stream ends after ten minutes; the browser opens the next one and says what it saw last."""
LAST_POSITION = 2**62

# An open page alone must not keep a session alive: someone may have walked away from it.
_reader = guarded(Permission.CASE_READ, counts_as_use=False)


async def visible_number(visit: Annotated[Visit, _reader], number: CaseNumber) -> str:
    """The number of a case that this reader may see. Raises NotFound before the stream has begun."""
    async with visit.database.reading() as session:
        return (await find_case(session, visit.actor, number)).number


@router.get("/cases/{number}/messages/stream", response_class=EventSourceResponse)
async def stream_messages(
    visit: Annotated[Visit, _reader],
    number: Annotated[str, Depends(visible_number)],
    after: Annotated[int, Query(ge=0, le=LAST_POSITION)] = 0,
    last_event_id: Annotated[int, Header(ge=0, le=LAST_POSITION)] = 0,
    place: Literal["case", "messages"] = "case",
) -> AsyncIterator[ServerSentEvent]:
    closing: asyncio.Event = visit.request.app.state.closing
    position = max(after, last_event_id)
    for _poll in range(MOST_POLLS):
        with suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), POLL_SECONDS)
        if closing.is_set():
            return
        try:
            case, messages = await _messages_behind(visit, number, position)
        except Refusal:
            return
        for message in messages:
            position = message.position
            piece = render(visit, "message.html", message=message, case=case, place=place)
            yield ServerSentEvent(raw_data=piece, id=str(position))


async def _messages_behind(visit: Visit, number: str, position: int) -> tuple[Case, list[MessageView]]:
    """Asks anew each time who is reading: a session that ended, or a right that was taken, ends the stream."""
    async with visit.database.reading() as session:
        signed_in = await still_signed_in(session, visit)
        if signed_in is None:
            raise NotFound(NOTHING_HERE)
        case = await find_case(session, signed_in.actor, number)
        return case, await messages_of(session, case, after=position)
