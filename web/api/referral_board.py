"""The closed-loop board: by partner and kind, what became of what was sent. Counts only, and as files."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from access.rules import Permission
from referrals.board import board, period_of
from referrals.board_files import CSV, XLSX
from referrals.rules import DeclineReason, ServiceKind
from web.api.routing import api_router
from web.api.shapes import Answer
from web.guard import Visit, guarded
from web.pages.referral_board import as_file

router = api_router("/referral-board", "supervision")

_reader = guarded(Permission.REFERRAL_COMPARE)
FirstDay = Annotated[date | None, Query(description="On which referrals were sent, in UTC; without: 90 days back.")]
LastDay = Annotated[date | None, Query(description="The last such day; without: today. At most five years later.")]


def file_of(media_type: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": "The board as a table", "content": content}}


class LineTold(Answer):
    """One partner and one kind of service."""

    organisation_id: UUID
    organisation: str
    kind: ServiceKind
    sent: int
    in_time: int
    """Accepted or declined before it was due."""
    late: int
    """Answered after that, or expired."""
    waiting: int
    unanswered: int
    """Taken back before there was an answer."""
    accepted: int
    """Whatever came of it afterwards."""
    declined: dict[DeclineReason, int]
    completed: int
    unsuccessful: int
    confirmed: int
    """Ended, and the person got it, at least in part: in their own word, or as a supervisor found."""
    denied: int
    """Ended, and the person did not get it, by the same."""
    median_days: float | None
    """Half of the answers took at most so long; null: there was none."""


class BoardTold(Answer):
    first: date
    last: date
    lines: list[LineTold]


@router.get("")
async def closed_loop(visit: Annotated[Visit, _reader], first: FirstDay = None, last: LastDay = None) -> BoardTold:
    """A supervisor sees what their own organisation sent, an administrator all of it."""
    period = period_of(first, last)
    async with visit.database.reading() as session:
        lines = await board(session, visit.actor, period)
    told = [LineTold(**{name: getattr(each, name) for name in LineTold.model_fields}) for each in lines]
    return BoardTold(first=period.first, last=period.last, lines=told)


@router.get("/csv", response_class=Response, responses=file_of(CSV))
async def closed_loop_csv(visit: Annotated[Visit, _reader], first: FirstDay = None, last: LastDay = None) -> Response:
    """In the language of the account; UTF-8."""
    return await as_file(visit, period_of(first, last), "csv")


@router.get("/xlsx", response_class=Response, responses=file_of(XLSX))
async def closed_loop_xlsx(visit: Annotated[Visit, _reader], first: FirstDay = None, last: LastDay = None) -> Response:
    """In the language of the account."""
    return await as_file(visit, period_of(first, last), "xlsx")
