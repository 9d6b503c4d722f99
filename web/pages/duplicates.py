"""Cases that may be one person's, side by side: merged, told apart, or separated again."""

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import StringConstraints
from starlette.responses import Response

from access.rules import Permission
from cases.duplicates import candidates, merge, separate, tell_apart
from cases.queries import find_case, record_view
from foundation.errors import Conflict, Invalid, Refusal
from foundation.language import _
from web.errors import message_of, status_of
from web.forms import CaseNumber, Posted, see_other
from web.guard import Visit, guarded
from web.pages.case_page import case_response
from web.rendering import page

router = APIRouter(include_in_schema=False)

Number = Annotated[str, StringConstraints(max_length=16, pattern=r"^[A-Za-z0-9-]+$")]


class PairForm(Posted):
    first: Number
    second: Number

    def require_two(self) -> None:
        if self.first == self.second:
            raise Invalid(_("Choose two different cases."))


class MergeForm(Posted):
    stays: Number
    other: Number
    both_phones: bool = False

    def require_two(self) -> None:
        if self.stays == self.other:
            raise Invalid(_("Choose two different cases."))


@router.get("/duplicates")
async def show_duplicates(visit: Annotated[Visit, guarded(Permission.CASE_MERGE)]) -> Response:
    """Seeing a name and a year of birth is opening the file, so each is noted."""
    async with visit.database.transaction() as session:
        for pair in await candidates(session, visit.actor):
            for side in (pair.first, pair.second):
                record_view(session, side.case, actor=visit.actor)
    return await _duplicates_page(visit)


@router.post("/duplicates/merge")
async def merge_two(
    visit: Annotated[Visit, guarded(Permission.CASE_MERGE)], form: Annotated[MergeForm, Form()]
) -> Response:
    try:
        form.require_two()
        async with visit.database.transaction() as session:
            stays = await find_case(session, visit.actor, form.stays)
            other = await find_case(session, visit.actor, form.other)
            await merge(session, stays, other, both_phones=form.both_phones, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _duplicates_page(visit, refusal)
    return see_other(f"/cases/{form.stays}#merged")


@router.post("/duplicates/apart")
async def keep_apart(
    visit: Annotated[Visit, guarded(Permission.CASE_MERGE)], form: Annotated[PairForm, Form()]
) -> Response:
    try:
        form.require_two()
        async with visit.database.transaction() as session:
            first = await find_case(session, visit.actor, form.first)
            second = await find_case(session, visit.actor, form.second)
            await tell_apart(session, first, second, actor=visit.actor)
    except Invalid as refusal:
        return await _duplicates_page(visit, refusal)
    return see_other("/duplicates")


@router.post("/cases/{number}/separate")
async def undo_merge(
    visit: Annotated[Visit, guarded(Permission.CASE_MERGE)], number: CaseNumber, _form: Annotated[Posted, Form()]
) -> Response:
    try:
        async with visit.database.transaction() as session:
            await separate(session, await find_case(session, visit.actor, number), actor=visit.actor)
    except Conflict as refusal:
        return await case_response(visit, number, refusal=refusal)
    return see_other(f"/cases/{number}")


async def _duplicates_page(visit: Visit, refusal: Refusal | None = None) -> Response:
    async with visit.database.reading() as session:
        pairs = await candidates(session, visit.actor)
    return page(
        visit,
        "duplicates.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        pairs=pairs,
    )
