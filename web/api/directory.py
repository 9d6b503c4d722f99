"""The services directory for staff: everything, also what is not public, and what keeps it right between two files."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from access.rules import Permission
from foundation.language import say
from referrals.directory_list import (
    Incomplete,
    Room,
    Row,
    Sought,
    Standing,
    directory_file,
    incomplete,
    listed,
)
from referrals.directory_models import RowChange
from referrals.rules import Pause, ServiceKind, Unreached
from referrals.upkeep import MOST_PLACES, confirm_checked, pause, resume, set_places, settle_change
from web.api.paging import STANDARD, Limit, NumberCursor, Page
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.guard import Visit, guarded

router = api_router("/directory/services", "directory_upkeep")

_reader, _keeper = guarded(Permission.DIRECTORY_READ), guarded(Permission.DIRECTORY_EDIT)
Words = Annotated[
    str, Query(max_length=60, pattern=r"^[^\x00]*$", description="Each must stand in a name or in the description.")
]
Country = Annotated[str, Query(max_length=2, pattern=r"^[A-Z]*$", description="ISO 3166 alpha-2; empty: any.")]
Months = Annotated[int | None, Query(ge=1, le=120, description="Not checked for so many months.")]


class PlacesBody(Body):
    left: Annotated[int, Field(ge=0, le=MOST_PLACES)] | None
    """Null: not known."""


class PauseBody(Body):
    reason: Pause


class ServiceListed(Answer):
    id: UUID
    name: str
    organisation: str
    kind: ServiceKind
    status: str
    """Of HSDS."""
    is_public: bool
    """False: for staff only. Its place must stay secret."""
    why_not: list[str]
    """Why nobody is referred there now, in the reader's language; empty: it is offered."""
    pause: Pause | None
    """Why staff have taken it out for now."""
    places_left: int | None
    places_at: datetime | None
    checked_on: date | None
    is_stale: bool
    """It was not checked in time."""
    reminded: int
    """How often the provider was asked since the last check."""
    unreached: Unreached | None
    """Why no mail reaches the provider."""
    told_at: datetime | None
    """When the provider said that something has changed; null: nothing waits."""


class IncompleteTold(Answer):
    id: str
    name: str
    reason: str
    """In the reader's language."""


class ImportTold(Answer):
    at: datetime
    by: str | None
    """Null: with the command."""
    change: RowChange
    fields: list[str]
    """Parts of the full record that changed."""


class ServiceTold(Answer):
    service: ServiceListed | None
    """Null: it can be offered to nobody, see `incomplete`."""
    incomplete: IncompleteTold | None
    in_file: bool
    """False: the newest file does not list it."""
    staff_only_places: list[str]
    """Names of its places that must stay secret."""
    words: str
    """What the provider says has changed."""
    record: dict[str, Any]
    """The full record of HSDS 3.0, with what must stay secret."""
    history: list[ImportTold]
    """The newest first."""


@router.get("")
async def services(
    visit: Annotated[Visit, _reader],
    limit: Limit = STANDARD,
    after: NumberCursor = "",
    *,
    words: Words = "",
    kind: ServiceKind | None = None,
    country: Country = "",
    state: Standing | None = None,
    room: Room | None = None,
    months: Months = None,
) -> Page[ServiceListed]:
    """By name. Services without a kind or an area are at `/directory/services/incomplete`.

    Answers 200; 401, 404 or 422 as every operation here.
    """
    sought, begin = Sought(words, kind, country, state, room, months), int(after or 0)
    async with visit.database.reading() as session:
        found = await listed(session, visit.actor, sought, first=begin, most=limit + 1)
    items = [_listed(each, visit.language) for each in found[:limit]]
    return Page[ServiceListed](items=items, next=str(begin + limit) if len(found) > limit else None)


@router.get("/incomplete")
async def kept_only(visit: Annotated[Visit, _reader]) -> list[IncompleteTold]:
    """Kept and offered to nobody, by name. Answers 200; 401 or 404 as every operation here."""
    async with visit.database.reading() as session:
        found = await incomplete(session, visit.actor)
    return [_incomplete(each, visit.language) for each in found]


@router.get("/{service_id}")
async def one_service(visit: Annotated[Visit, _reader], service_id: UUID) -> ServiceTold:
    """Everything about it. Answers 200; 404 if there is none; 401 or 422 as every operation here."""
    async with visit.database.reading() as session:
        file = await directory_file(session, visit.actor, service_id, visit.language)
    return ServiceTold(
        service=_listed(file.row, visit.language) if file.row else None,
        incomplete=_incomplete(file.incomplete, visit.language) if file.incomplete else None,
        in_file=file.in_file,
        staff_only_places=file.hidden,
        words=file.words,
        record=file.record,
        history=[
            ImportTold(at=each.at, by=each.by, change=each.changed.change, fields=each.changed.fields)
            for each in file.history
        ],
    )


@router.post("/{service_id}/check", status_code=204)
async def check(visit: Annotated[Visit, _keeper], service_id: UUID) -> None:
    """You have asked the provider today, and everything is right.

    Answers 204; 404 if there is none, or it can be offered to nobody; 401 or 422 as every operation here.
    """
    async with visit.database.transaction() as session:
        await confirm_checked(session, service_id, actor=visit.actor)


@router.put("/{service_id}/places", status_code=204)
async def write_places(visit: Annotated[Visit, _keeper], service_id: UUID, body: PlacesBody) -> None:
    """How many places are left, as the provider says today. Counts until a file has a newer number.

    Answers 204; 404 if there is no such service; 422 for a number that cannot be; 401 as every operation here.
    """
    async with visit.database.transaction() as session:
        await set_places(session, service_id, body.left, actor=visit.actor)


@router.post("/{service_id}/pause", status_code=204)
async def take_out(visit: Annotated[Visit, _keeper], service_id: UUID, body: PauseBody) -> None:
    """Found by nobody and offered to nobody, until it is offered again.

    Answers 204; 404 if there is no such service; 409 if it is not offered anyway; 401 or 422 as every operation here.
    """
    async with visit.database.transaction() as session:
        await pause(session, service_id, body.reason, actor=visit.actor)


@router.post("/{service_id}/resume", status_code=204)
async def offer_again(visit: Annotated[Visit, _keeper], service_id: UUID) -> None:
    """Offered again.

    Answers 204; 404 if there is no such service; 409 if it was not taken out here; 401 or 422 as every operation here.
    """
    async with visit.database.transaction() as session:
        await resume(session, service_id, actor=visit.actor)


@router.post("/{service_id}/settle", status_code=204)
async def settle(visit: Annotated[Visit, _keeper], service_id: UUID) -> None:
    """You have seen to what the provider said has changed. The words are kept no longer.

    Answers 204; 404 if there is no such service; 409 if nothing waits; 401 or 422 as every operation here.
    """
    async with visit.database.transaction() as session:
        await settle_change(session, service_id, actor=visit.actor)


def _listed(row: Row, language: str) -> ServiceListed:
    service, upkeep = row.service, row.upkeep
    return ServiceListed(
        id=service.id,
        name=service.name,
        organisation=service.organisation.name,
        kind=service.kind,
        status=service.status,
        is_public=service.is_public,
        why_not=[say(language, each) for each in row.why_not],
        pause=upkeep.pause if upkeep else None,
        places_left=service.places_left,
        places_at=service.places_at,
        checked_on=service.assured_date,
        is_stale=row.is_stale,
        reminded=upkeep.reminded if upkeep else 0,
        unreached=upkeep.unreached if upkeep else None,
        told_at=upkeep.told_at if upkeep else None,
    )


def _incomplete(each: Incomplete, language: str) -> IncompleteTold:
    return IncompleteTold(id=each.id, name=each.name, reason=say(language, each.reason))
