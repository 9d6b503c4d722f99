"""The closed-loop board: by partner and kind, what became of what was sent. Counts only, to read and to take away."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from access.rules import Permission
from foundation.errors import Invalid, NotFound, Refusal
from referrals import board_files
from referrals.board import COLUMNS, Period, board, period_of, record_export
from referrals.board_files import CSV, MEDIAN, XLSX, to_csv, to_xlsx
from web.errors import status_in_sight
from web.guard import NOTHING_HERE, Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

_reader = guarded(Permission.REFERRAL_COMPARE)
WRITERS = {"csv": (CSV, to_csv), "xlsx": (XLSX, to_xlsx)}


class Span(BaseModel):
    """What may stand in the address."""

    model_config = ConfigDict(extra="ignore")

    first: date | None = None
    last: date | None = None


@router.get("/referrals/board")
async def show_board(visit: Annotated[Visit, _reader]) -> Response:
    refusal: Refusal | None = None
    try:
        period = _period(visit)
    except Invalid as refused:
        period, refusal = period_of(None, None), refused
    async with visit.database.reading() as session:
        lines = await board(session, visit.actor, period)
    return page(
        visit,
        "referral_board.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal.message if refusal else None,
        period=period,
        lines=lines,
        columns=COLUMNS,
        median=MEDIAN,
    )


@router.get("/referrals/board.csv")
async def download_csv(visit: Annotated[Visit, _reader]) -> Response:
    return await as_file(visit, _period(visit), "csv")


@router.get("/referrals/board.xlsx")
async def download_xlsx(visit: Annotated[Visit, _reader]) -> Response:
    return await as_file(visit, _period(visit), "xlsx")


async def as_file(visit: Visit, period: Period, ending: str) -> Response:
    media_type, write = WRITERS[ending]
    async with visit.database.transaction() as session:
        lines = await board(session, visit.actor, period)
        record_export(session, period, actor=visit.actor)
    name = board_files.file_name(period, ending)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(write(lines, period, visit.language), media_type=media_type, headers=headers)


def _period(visit: Visit) -> Period:
    given: dict[str, Any] = {name: value for name, value in visit.request.query_params.items() if value}
    try:
        span = Span.model_validate(given)
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None
    return period_of(span.first, span.last)
