"""Cases that may be one person's, side by side: merged, told apart, or separated again."""

from typing import Annotated

from access.rules import Permission
from cases.duplicates import Side, candidates, merge, separate, tell_apart
from cases.queries import find_case, record_view
from foundation.errors import Invalid
from foundation.language import _
from web.api.one_case import changing
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.forms import CaseNumber
from web.guard import Visit, guarded
from web.pages.duplicates import Number

router = api_router("", "duplicates")

_merger = guarded(Permission.CASE_MERGE)


class SideTold(Answer):
    number: str
    called: str
    """The name to be called by; empty if the person gave none."""
    birth_year: int | None
    has_chat: bool


class PairTold(Answer):
    first: SideTold
    second: SideTold
    same_year: bool
    """Of birth."""
    same_area: bool
    """Of return."""


class MergeBody(Body):
    stays: Number
    """The number of the case that goes on."""
    other: Number
    """The number of the one that is merged into it."""
    both_phones: bool = False
    """Both chats are the same person's: you have made sure."""


class PairBody(Body):
    first: Number
    second: Number


@router.get("/duplicates")
async def duplicates(visit: Annotated[Visit, _merger]) -> list[PairTold]:
    """At most 50 pairs. Seeing a name and a year of birth is opening the file, so each is noted."""
    async with visit.database.transaction() as session:
        pairs = await candidates(session, visit.actor)
        for pair in pairs:
            for side in (pair.first, pair.second):
                record_view(session, side.case, actor=visit.actor)
    return [
        PairTold(first=_side(each.first), second=_side(each.second), same_year=each.same_year, same_area=each.same_area)
        for each in pairs
    ]


@router.post("/duplicates/merge", status_code=204)
async def merge_two(visit: Annotated[Visit, _merger], body: MergeBody) -> None:
    """Nothing is moved or lost: both files are read together, and a merge can be undone."""
    _require_two(body.stays, body.other)
    async with visit.database.transaction() as session:
        stays = await find_case(session, visit.actor, body.stays)
        other = await find_case(session, visit.actor, body.other)
        await merge(session, stays, other, both_phones=body.both_phones, actor=visit.actor)


@router.post("/duplicates/apart", status_code=204)
async def keep_apart(visit: Annotated[Visit, _merger], body: PairBody) -> None:
    """They are two people: the pair is not suggested again."""
    _require_two(body.first, body.second)
    async with visit.database.transaction() as session:
        first = await find_case(session, visit.actor, body.first)
        second = await find_case(session, visit.actor, body.second)
        await tell_apart(session, first, second, actor=visit.actor)


@router.post("/cases/{number}/separate", status_code=204)
async def undo_merge(visit: Annotated[Visit, _merger], number: CaseNumber) -> None:
    """The merge was a mistake: the file with this number goes on by itself."""
    async with changing(visit, number) as (session, case):
        await separate(session, case, actor=visit.actor)


def _require_two(one: str, other: str) -> None:
    if one == other:
        raise Invalid(_("Choose two different cases."))


def _side(side: Side) -> SideTold:
    return SideTold(number=side.case.number, called=side.called, birth_year=side.birth_year, has_chat=side.has_chat)
