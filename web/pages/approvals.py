"""What waits for a second person, one section a kind. A new kind is a section more in `SECTIONS`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.actor import Actor
from access.rules import Permission
from cases.approvals import waiting_closings
from cases.casework_rules import CLOSING_REASON_NAMES
from foundation.language import Message, _
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line: what it is about, who asked when, and the page on which it is decided."""

    number: str
    what: Message
    asked_by: str
    asked_at: datetime
    address: str
    is_own: bool
    """Asked for by the reader themselves, who does not decide it."""


@dataclass(frozen=True, slots=True)
class Section:
    permission: Permission
    title: Message
    rows: Callable[[AsyncSession, Actor], Awaitable[Sequence[Waiting]]]


async def _closings(session: AsyncSession, actor: Actor) -> Sequence[Waiting]:
    return [
        Waiting(
            number=each.number,
            what=CLOSING_REASON_NAMES[each.closing.reason],
            asked_by=each.requested_by_name,
            asked_at=each.closing.requested_at,
            address=f"/cases/{each.number}/closing",
            is_own=each.closing.requested_by == actor.id,
        )
        for each in await waiting_closings(session, actor)
    ]


SECTIONS: tuple[Section, ...] = (Section(Permission.CASE_APPROVE_CLOSING, _("Cases to be closed"), _closings),)


@router.get("/approvals")
async def show_approvals(visit: Annotated[Visit, guarded(Permission.CASE_APPROVE_CLOSING)]) -> Response:
    async with visit.database.reading() as session:
        sections = [
            (section.title, await section.rows(session, visit.actor))
            for section in SECTIONS
            if visit.may(section.permission)
        ]
    return page(visit, "approvals.html", sections=sections)
