"""Reports of the monitoring body to take away: the yearly report, and the national review pack."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from access.rules import Permission
from foundation import clock
from foundation.errors import NotFound
from foundation.pdf import MEDIA_TYPE
from monitoring import review, review_files, yearly_report
from web.guard import NOTHING_HERE, Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

REVIEW_YEARS = 4
"""From one review of the Global Compact to the next."""
_reader = guarded(Permission.RELEASE_READ)
JSON = "application/json"


class Years(BaseModel):
    """What may stand in the address."""

    model_config = ConfigDict(extra="ignore")

    first: Annotated[int, Field(ge=1, le=9999)]
    last: Annotated[int, Field(ge=1, le=9999)]


@router.get("/monitoring/reports")
async def show_reports(visit: Annotated[Visit, _reader]) -> Response:
    this_year = clock.today().year
    years = range(this_year, this_year - 2 * REVIEW_YEARS, -1)
    return page(visit, "monitoring_reports.html", years=years, first=this_year - REVIEW_YEARS + 1, last=this_year)


@router.get("/monitoring/reports/yearly.pdf")
async def yearly_pdf(visit: Annotated[Visit, _reader]) -> Response:
    return await yearly(visit, _years(visit).first, "pdf")


@router.get("/monitoring/reports/yearly.json")
async def yearly_json(visit: Annotated[Visit, _reader]) -> Response:
    return await yearly(visit, _years(visit).first, "json")


@router.get("/monitoring/reports/review.pdf")
async def review_pdf(visit: Annotated[Visit, _reader]) -> Response:
    return await review_pack(visit, _years(visit), "pdf")


@router.get("/monitoring/reports/review.json")
async def review_json(visit: Annotated[Visit, _reader]) -> Response:
    return await review_pack(visit, _years(visit), "json")


async def yearly(visit: Visit, year: int, ending: str) -> Response:
    async with visit.database.reading() as session:
        report = await yearly_report.yearly_report(session, year, actor=visit.actor)
    is_pdf = ending == "pdf"
    content = yearly_report.to_pdf(report, visit.language) if is_pdf else yearly_report.to_json(report)
    return _file(content, f"yearly_report_{year}", ending)


async def review_pack(visit: Visit, years: Years, ending: str) -> Response:
    async with visit.database.reading() as session:
        pack = await review.review(session, years.first, years.last, actor=visit.actor)
    content = (review_files.to_pdf if ending == "pdf" else review_files.to_json)(pack, visit.language)
    return _file(content, f"review_{years.first}_{years.last}", ending)


def _file(content: bytes, name: str, ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(content, media_type=MEDIA_TYPE if ending == "pdf" else JSON, headers=headers)


def _years(visit: Visit) -> Years:
    """Without a year the present one; the yearly report has one year: its form sends no other."""
    given = visit.request.query_params
    first = given.get("first", str(clock.today().year))
    try:
        return Years.model_validate({"first": first, "last": given.get("last", first)})
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None
