"""The services directory for programs, at the addresses and with the parameters of the API of HSDS 3.0.

Open to anyone: it holds services and whoever offers them, nothing of anyone who seeks help.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response, StreamingResponse

from referrals.hsds_tables import ORGANIZATION, SERVICE
from referrals.hsds_views import AT_LOCATION, TAXONOMY, TERM, Asked, counted, listed, record_of, streamed
from web.api.routing import VERSION, api_router
from web.api.shapes import Answer
from web.guard import PUBLIC, Visit, guarded

router = api_router("/hsds", "directory")

HSDS_VERSION = "3.0"
MOST_ON_A_PAGE = 1_000
AT_ONCE = 200
"""Records of a stream that are read together."""
LINES = "application/x-ndjson"
_SCHEMAS = "https://raw.githubusercontent.com/openreferral/specification/3.0/schema/compiled"
_anyone = guarded(PUBLIC)


class Format(StrEnum):
    JSON = "json"
    NDJSON = "ndjson"
    """All records, one a line, without pages."""


class Listing(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    search: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = ""
    """Words, each of which must stand in the name or the description."""
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)] = 50
    format: Format = Format.JSON
    """`ndjson`: all records, one a line, without pages."""


class Tagged(Listing):
    taxonomy_term_id: UUID | None = None
    """Services that have this term."""
    taxonomy_id: UUID | None = None
    """Services that have any term of this taxonomy."""
    organization_id: UUID | None = None
    """Services of this organisation."""
    modified_after: datetime | None = None
    """Changed in this directory at or after this moment; UTC where it names no zone."""
    full: bool = False
    """Each with all that it embeds."""


class Services(Tagged):
    minimal: bool = False
    """Only `id` and `modified_date`."""


class AtLocations(Tagged):
    postcode: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] = ""
    """At places with this postcode."""
    proximity: Annotated[float | None, Field(ge=0, le=21_000_000)] = None
    """Metres around the middle of the places with the postcode."""


class Organizations(Listing):
    full: bool = False
    """Each with all that it embeds."""
    full_service: bool = False
    """Each with its services, whole."""


class Terms(Listing):
    taxonomy_id: UUID | None = None
    """Terms of this taxonomy."""
    top_only: bool = False
    """Terms without a parent."""
    parent_id: UUID | None = None
    """Terms with this parent."""


class About(Answer):
    version: str
    """Of HSDS."""
    profile: str
    openapi_url: str


class Page(Answer):
    total_items: int
    total_pages: int
    page_number: int
    size: int
    """Records of this page."""
    first_page: bool
    last_page: bool
    empty: bool
    contents: list[dict[str, Any]]
    """Records of HSDS 3.0."""


def _described(name: str) -> dict[int | str, dict[str, Any]]:
    """What a list answers, for the description."""
    lines = {"schema": {"type": "string", "description": "One record a line."}}
    about = f"Records as {_SCHEMAS}/{name}.json describes them"
    return {200: {"model": Page, "description": about, "content": {LINES: lines}}}


def _one(name: str) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"type": "object", "externalDocs": {"url": f"{_SCHEMAS}/{name}.json"}}}
    return {200: {"description": "The record", "content": {"application/json": schema}}}


@router.get("/")
async def about(visit: Annotated[Visit, _anyone]) -> About:
    """What this API is of."""
    address = visit.settings.public_url.rstrip("/")
    return About(
        version=HSDS_VERSION,
        profile="https://docs.openreferral.org",
        openapi_url=f"{address}{VERSION}/openapi.json",
    )


@router.get("/services", response_model=None, responses=_described("service_list"))
async def services(visit: Annotated[Visit, _anyone], asked: Annotated[Services, Query()]) -> Response:
    """Services without what they hold several of, or whole with `full`."""
    return await _list(visit, asked, _narrowed(SERVICE, asked, minimal=asked.minimal))


@router.get("/services/{service_id}", response_model=None, responses=_one("service"))
async def service(visit: Annotated[Visit, _anyone], service_id: UUID) -> Response:
    """A service with all that it embeds."""
    return await _record(visit, SERVICE, service_id)


@router.get("/taxonomies", response_model=None, responses=_described("taxonomy"))
async def taxonomies(visit: Annotated[Visit, _anyone], asked: Annotated[Listing, Query()]) -> Response:
    return await _list(visit, asked, Asked(TAXONOMY, search=asked.search))


@router.get("/taxonomies/{taxonomy_id}", response_model=None, responses=_one("taxonomy"))
async def taxonomy(visit: Annotated[Visit, _anyone], taxonomy_id: UUID) -> Response:
    return await _record(visit, TAXONOMY, taxonomy_id)


@router.get("/taxonomy_terms", response_model=None, responses=_described("taxonomy_term"))
async def taxonomy_terms(visit: Annotated[Visit, _anyone], asked: Annotated[Terms, Query()]) -> Response:
    narrowed = Asked(
        TERM,
        search=asked.search,
        taxonomy_id=asked.taxonomy_id,
        top_only=asked.top_only,
        parent_id=asked.parent_id,
    )
    return await _list(visit, asked, narrowed)


@router.get("/taxonomy_terms/{taxonomy_term_id}", response_model=None, responses=_one("taxonomy_term"))
async def taxonomy_term(visit: Annotated[Visit, _anyone], taxonomy_term_id: UUID) -> Response:
    return await _record(visit, TERM, taxonomy_term_id)


@router.get("/organizations", response_model=None, responses=_described("organization_list"))
async def organizations(visit: Annotated[Visit, _anyone], asked: Annotated[Organizations, Query()]) -> Response:
    """Organisations without what they hold several of, or whole with `full`."""
    narrowed = Asked(ORGANIZATION, search=asked.search, full=asked.full, full_services=asked.full_service)
    return await _list(visit, asked, narrowed)


@router.get("/organizations/{organization_id}", response_model=None, responses=_one("organization"))
async def organization(
    visit: Annotated[Visit, _anyone],
    organization_id: UUID,
    full_service: Annotated[bool, Query(description="Its services whole.")] = False,  # noqa: FBT002
) -> Response:
    """An organisation with all that it embeds, and its services."""
    return await _record(visit, ORGANIZATION, organization_id, full_services=full_service)


@router.get("/service_at_locations", response_model=None, responses=_described("service_at_location_list"))
async def service_at_locations(visit: Annotated[Visit, _anyone], asked: Annotated[AtLocations, Query()]) -> Response:
    """Where which service is given."""
    return await _list(visit, asked, _narrowed(AT_LOCATION, asked, postcode=asked.postcode, proximity=asked.proximity))


@router.get("/service_at_locations/{at_id}", response_model=None, responses=_one("service_at_location"))
async def service_at_location(visit: Annotated[Visit, _anyone], at_id: UUID) -> Response:
    return await _record(visit, AT_LOCATION, at_id)


def _narrowed(table: str, asked: Tagged, **more: Any) -> Asked:
    return Asked(
        table,
        search=asked.search,
        taxonomy_term_id=asked.taxonomy_term_id,
        taxonomy_id=asked.taxonomy_id,
        organization_id=asked.organization_id,
        modified_after=_in_utc(asked.modified_after),
        full=asked.full,
        **more,
    )


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # at the ends of the calendar some hours mean nothing
        return moment.replace(tzinfo=UTC)


async def _record(visit: Visit, table: str, record_id: UUID, *, full_services: bool = False) -> Response:
    async with visit.database.reading() as session:
        return JSONResponse(await record_of(session, table, record_id, full_services=full_services))


async def _list(visit: Visit, listing: Listing, asked: Asked) -> Response:
    if listing.format is Format.NDJSON:
        return StreamingResponse(_lines(visit, asked), media_type=LINES)
    async with visit.database.reading() as session:
        total = await counted(session, asked)
        first = (listing.page - 1) * listing.per_page
        contents = await listed(session, asked, first=first, most=listing.per_page)
    pages = -(-total // listing.per_page)
    page = Page(
        total_items=total,
        total_pages=pages,
        page_number=listing.page,
        size=len(contents),
        first_page=listing.page == 1,
        last_page=listing.page >= pages,
        empty=not contents,
        contents=contents,
    )
    return JSONResponse(page.model_dump())


async def _lines(visit: Visit, asked: Asked) -> AsyncIterator[bytes]:
    async with visit.database.reading() as session:
        async for records in streamed(session, asked, AT_ONCE):
            for record in records:
                yield bytes(JSONResponse(record).body) + b"\n"
