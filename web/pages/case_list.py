"""The list of cases: what needs attention first, narrowed by codes; found by number, name or phone; filters to keep."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import Field, StringConstraints, ValidationError
from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.actor import Actor
from access.models import StaffMember
from access.rules import SCOPES, Permission, Role, Scope
from cases.case_list import Place, Sort, counted, list_cases, narrowed
from cases.console_models import SavedFilter
from cases.rules import COUNTRY_NAMES, CaseStatus, FlagKind, Phase
from cases.saved_filters import filters_of, remove_filter, save_filter
from cases.searching import search_cases
from foundation.database import STATEMENTS_KEPT
from foundation.errors import Invalid, NotFound, Refusal
from foundation.language import Message, _p
from web.case_filter import CaseFilter
from web.errors import message_of, status_of
from web.forms import Line, Posted, see_other
from web.guard import NOTHING_HERE, Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

SORT_NAMES: dict[Sort, Message] = {
    Sort.ATTENTION: _p("order of a list", "What needs attention first"),
    Sort.NEWEST: _p("order of a list", "Newest first"),
    Sort.OLDEST: _p("order of a list", "Oldest first"),
}
STATUS_NAMES: dict[CaseStatus, Message] = {
    CaseStatus.OPEN: _p("case", "Open"),
    CaseStatus.CLOSED: _p("case", "Closed"),
    CaseStatus.TRANSFERRED: _p("case", "Handed over"),
    CaseStatus.DUPLICATE: _p("case", "Merged"),
    CaseStatus.ERASED: _p("case", "Erased"),
}

MOST_OWNERS = 200


class Narrowing(CaseFilter):
    """What may stand in the address of the list: a filter, and where the page begins."""

    after: Annotated[str, Field(max_length=120)] = ""


class SearchForm(Posted):
    words: Line = ""


class KeepForm(Posted):
    name: Line = ""
    codes: Annotated[str, StringConstraints(max_length=400)] = ""


@router.get("/cases")
async def show_list(visit: Annotated[Visit, guarded(Permission.CASE_LIST)]) -> Response:
    """A form sends its empty choices too; they mean all."""
    return await _list(visit, read_narrowing(visit.request.query_params.items()))


@router.post("/cases")
async def search(
    visit: Annotated[Visit, guarded(Permission.CASE_LIST)], form: Annotated[SearchForm, Form()]
) -> Response:
    """Answered in place: what is searched for may be a name, and must not end up in an address."""
    if not form.words:
        return await _list(visit, Narrowing())
    async with visit.database.reading() as session:
        found = await search_cases(session, visit.actor, form.words)
    return page(visit, "cases_found.html", found=found, words_sought=form.words)


@router.post("/cases/filters")
async def keep(visit: Annotated[Visit, guarded(Permission.CASE_LIST)], form: Annotated[KeepForm, Form()]) -> Response:
    """Only what the list itself understands is kept: read as its address is, and written anew."""
    narrowing = read_narrowing(parse_qsl(form.codes))
    try:
        async with visit.database.transaction() as session:
            await save_filter(session, form.name, narrowing.codes(), actor=visit.actor)
    except Refusal as refusal:
        return await _list(visit, narrowing, refusal=refusal)
    return see_other(f"/cases?{narrowing.codes()}")


@router.post("/cases/filters/{filter_id}/remove")
async def remove(visit: Annotated[Visit, guarded(Permission.CASE_LIST)], filter_id: UUID) -> Response:
    async with visit.database.transaction() as session:
        await remove_filter(session, filter_id, actor=visit.actor)
    return see_other("/cases")


async def _list(visit: Visit, narrowing: Narrowing, *, refusal: Refusal | None = None) -> Response:
    try:
        after = Place.read(narrowing.after) if narrowing.after else None
    except Invalid:
        raise NotFound(NOTHING_HERE) from None
    async with visit.database.reading() as session:
        found = await list_cases(session, visit.actor, narrowing.wanted(), sort=narrowing.sort, after=after)
        kept = await kept_filters(session, visit)
        owners = await possible_owners(session, visit)
    return page(
        visit,
        "cases.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        found=found,
        narrowing=narrowing,
        is_narrowed=narrowing.codes() != "",
        following=found.following and narrowing.codes(after=found.following.code()),
        kept=kept,
        owners=owners,
        phases=Phase,
        flags=FlagKind,
        sorts=SORT_NAMES,
        statuses=STATUS_NAMES,
        countries=COUNTRY_NAMES,
    )


async def kept_filters(session: AsyncSession, visit: Visit) -> list[tuple[SavedFilter, int]]:
    """The filters of whoever looks, each with how many cases it finds now."""
    saved = await filters_of(session, visit.actor)
    wanted = [narrowed(visit.actor, read_narrowing(parse_qsl(each.codes)).wanted()) for each in saved]
    return list(zip(saved, await counted(session, wanted), strict=True))


async def possible_owners(session: AsyncSession, visit: Visit) -> list[tuple[UUID, str]]:
    """Colleagues who may own a case: whoever sees a team's cases chooses among the team."""
    rows = await session.execute(_possible_owners(visit.actor))
    return [(row.id, row.name) for row in rows]


@lru_cache(STATEMENTS_KEPT)
def _possible_owners(actor: Actor) -> Select[UUID, str]:
    found = select(StaffMember.id, StaffMember.name).where(
        StaffMember.organisation_id == actor.organisation_id,
        StaffMember.disabled_at.is_(None),
        StaffMember.role.in_([role for role in Role if SCOPES[role] is not Scope.NOTHING]),
    )
    if actor.scope is Scope.TEAM and actor.team is not None:
        found = found.where(or_(StaffMember.team == actor.team, StaffMember.team.is_(None)))
    return found.order_by(StaffMember.name).limit(MOST_OWNERS)


def read_narrowing(given: Iterable[tuple[str, str]]) -> Narrowing:
    """Raises NotFound for an address that this list does not have."""
    try:
        return Narrowing.model_validate({name: value for name, value in given if value})
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None
