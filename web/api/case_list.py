"""The list of cases: narrowed by codes, a page at a time; found by number, name or phone; filters that staff keep."""

from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Query
from pydantic import ConfigDict

from access.rules import Permission
from cases.case_list import CaseRow, Place, list_cases
from cases.rules import CaseStatus, FlagKind, Phase, Urgency
from cases.saved_filters import remove_filter, save_filter
from cases.searching import search_cases
from web.api.paging import Cursor, Limit, Page
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.case_filter import CaseFilter
from web.forms import Line
from web.guard import Visit, guarded
from web.pages.case_list import kept_filters, possible_owners, read_narrowing

router = api_router("", "cases")

_reader = guarded(Permission.CASE_LIST)


class CaseListed(Answer):
    """What the list tells of a case."""

    number: str
    status: CaseStatus
    phase: Phase
    called: str | None
    """The name to be called by; null if the person gave none, or is erased."""
    team: str | None
    owner: str | None
    """The owner's name; null: nobody owns it."""
    country: str | None
    """Of return."""
    area: str | None
    opened_at: datetime
    attention_at: datetime | None
    """Since when something waits for staff."""
    unanswered_at: datetime | None
    """When the person wrote the first message that nobody has answered yet."""
    is_overdue: bool
    """The person has waited too long for an answer."""
    flags: list[FlagKind]
    """Kinds of the flags that nobody has settled."""
    urgency: Urgency | None
    """The highest among open needs."""


class CasesFound(Answer):
    items: list[CaseListed]
    """The nearest first, at most 50."""
    are_more: bool
    """There are more than could be told: say more of what you look for."""


class ListQuery(CaseFilter):
    """How the list is narrowed and ordered, and where the page begins."""

    limit: Limit = 50
    after: Cursor = ""


class WantedFilter(CaseFilter):
    model_config = ConfigDict(extra="forbid")


class NamedFilter(Body):
    name: Line
    """At most 60 characters. One of the same name is replaced."""
    filter: WantedFilter


class KeptFilter(Answer):
    id: UUID
    name: str
    filter: CaseFilter
    found: int
    """How many cases it finds now, counted up to 101."""


class SearchBody(Body):
    words: Line
    """A case number or its last four signs, a name in any common spelling, or a phone number."""


class Colleague(Answer):
    id: UUID
    name: str


@router.get("/cases")
async def all_cases(visit: Annotated[Visit, _reader], query: Annotated[ListQuery, Query()]) -> Page[CaseListed]:
    """The cases that you may see, what needs attention first unless another order is asked for."""
    after = Place.read(query.after) if query.after else None
    async with visit.database.reading() as session:
        found = await list_cases(session, visit.actor, query.wanted(), sort=query.sort, after=after, most=query.limit)
    return Page[CaseListed](
        items=[_listed(each) for each in found.rows], next=found.following.code() if found.following else None
    )


@router.post("/cases/search")
async def search(visit: Annotated[Visit, _reader], body: SearchBody) -> CasesFound:
    """Sent as a body: what is searched for may be a name, and must stand in no address and no log."""
    async with visit.database.reading() as session:
        found = await search_cases(session, visit.actor, body.words)
    return CasesFound(items=[_listed(each) for each in found.rows], are_more=found.are_more)


@router.get("/case-owners")
async def owners(visit: Annotated[Visit, _reader]) -> list[Colleague]:
    """Colleagues who may own a case that you see, by name; at most 200."""
    async with visit.database.reading() as session:
        found = await possible_owners(session, visit)
    return [Colleague(id=staff_id, name=name) for staff_id, name in found]


@router.get("/case-filters")
async def filters(visit: Annotated[Visit, _reader]) -> list[KeptFilter]:
    """The filters that you keep, by name."""
    async with visit.database.reading() as session:
        kept = await kept_filters(session, visit)
    return [
        KeptFilter(
            id=each.id,
            name=each.name,
            filter=CaseFilter(**dict(read_narrowing(parse_qsl(each.codes)))),
            found=count,
        )
        for each, count in kept
    ]


@router.post("/case-filters", status_code=201)
async def keep(visit: Annotated[Visit, _reader], body: NamedFilter) -> Made:
    async with visit.database.transaction() as session:
        saved = await save_filter(session, body.name, body.filter.codes(), actor=visit.actor)
    return Made(id=saved.id)


@router.delete("/case-filters/{filter_id}", status_code=204)
async def remove(visit: Annotated[Visit, _reader], filter_id: UUID) -> None:
    async with visit.database.transaction() as session:
        await remove_filter(session, filter_id, actor=visit.actor)


def _listed(row: CaseRow) -> CaseListed:
    return CaseListed(
        number=row.number,
        status=row.status,
        phase=row.phase,
        called=row.called,
        team=row.team,
        owner=row.owner_name,
        country=row.country,
        area=row.area,
        opened_at=row.opened_at,
        attention_at=row.attention_at,
        unanswered_at=row.unanswered_at,
        is_overdue=row.is_overdue,
        flags=row.flags,
        urgency=row.urgency,
    )
