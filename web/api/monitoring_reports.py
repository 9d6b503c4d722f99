"""Reports of the monitoring body: the yearly report and the national review pack, as JSON and as PDF."""

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from access.rules import Permission
from foundation.pdf import MEDIA_TYPE
from web.api.routing import api_router
from web.guard import Visit, guarded
from web.pages.monitoring_reports import JSON, Years, review_pack, yearly

router = api_router("/reports", "reports")

_reader = guarded(Permission.RELEASE_READ)
Year = Annotated[int, Query(ge=1, le=9999)]


def _described(media_type: str, schema: dict[str, str]) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "The report as a file", "content": {media_type: {"schema": schema}}}}


_PDF = _described(MEDIA_TYPE, {"type": "string", "format": "binary"})
_DATA = _described(JSON, {"type": "object"})


@router.get("/yearly", response_class=Response, responses=_DATA)
async def yearly_report(visit: Annotated[Visit, _reader], year: Year) -> Response:
    """Recommendations issued in the year as they stand, releases with their hashes, complaints as published."""
    return await yearly(visit, year, "json")


@router.get("/yearly/pdf", response_class=Response, responses=_PDF)
async def yearly_report_as_pdf(visit: Annotated[Visit, _reader], year: Year) -> Response:
    """In the language of the token's owner."""
    return await yearly(visit, year, "pdf")


@router.get("/review", response_class=Response, responses=_DATA)
async def review(visit: Annotated[Visit, _reader], first: Year, last: Year) -> Response:
    """Objective 21 by action (a) to (i): indicators, programmes, recommendations and answers.

    Words are in the language of the token's owner.
    """
    return await review_pack(visit, Years(first=first, last=last), "json")


@router.get("/review/pdf", response_class=Response, responses=_PDF)
async def review_as_pdf(visit: Annotated[Visit, _reader], first: Year, last: Year) -> Response:
    """In the language of the token's owner."""
    return await review_pack(visit, Years(first=first, last=last), "pdf")
