"""Opening a case that is not one's own in an emergency, and the supervisors' list of who did."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from access.rules import Permission
from cases.break_glass import OPEN_FOR, break_glass, list_glass, review_glass
from foundation import clock
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.forms import Line, Text
from web.guard import Visit, guarded

router = api_router("/break-glass", "break-glass")

_reviewer = guarded(Permission.GLASS_REVIEW)


class GlassBody(Body):
    number: Line
    """Of a case of your organisation that you do not see."""
    reason: Text
    """Why you must open it now; at least 10 characters. Supervisors read it."""


class GlassOpened(Answer):
    number: str
    until: datetime
    """You see the case until then."""


class GlassTold(Answer):
    id: UUID
    number: str
    """Of the case."""
    by: str
    reason: str
    opened_at: datetime
    ends_at: datetime
    reviewed_at: datetime | None
    reviewed_by: str | None
    may_review: bool
    """Nobody has looked at it yet, and it is not your own."""


class GlassListTold(Answer):
    items: list[GlassTold]
    """What nobody has looked at first, then the newest; at most 200."""
    waiting: int
    """How many nobody has looked at."""
    recent: int
    """How often in the last thirty days."""
    people: int
    """By how many colleagues."""


@router.get("")
async def openings(visit: Annotated[Visit, _reviewer]) -> GlassListTold:
    async with visit.database.reading() as session:
        found = await list_glass(session, actor=visit.actor)
    return GlassListTold(
        items=[
            GlassTold(
                id=each.glass.id,
                number=each.case_number,
                by=each.by_name,
                reason=each.reason,
                opened_at=each.glass.opened_at,
                ends_at=each.glass.ends_at,
                reviewed_at=each.glass.reviewed_at,
                reviewed_by=each.reviewed_by_name,
                may_review=each.may_review,
            )
            for each in found.rows
        ],
        waiting=found.waiting,
        recent=found.recent,
        people=found.people,
    )


@router.post("", status_code=201)
async def open_in_emergency(
    visit: Annotated[Visit, guarded(Permission.CASE_BREAK_GLASS)], body: GlassBody
) -> GlassOpened:
    """Supervisors are called. A wrong number and one of another organisation get the same answer."""
    async with visit.database.transaction() as session:
        case = await break_glass(session, body.number, body.reason, actor=visit.actor)
    return GlassOpened(number=case.number, until=clock.now() + OPEN_FOR)


@router.post("/{glass_id}/review", status_code=204)
async def review(visit: Annotated[Visit, _reviewer], glass_id: UUID) -> None:
    """You have looked at why it was done. Nobody reviews their own."""
    async with visit.database.transaction() as session:
        await review_glass(session, glass_id, actor=visit.actor)
