"""The list of cases: what needs attention first, narrowed by phase and flag, found by number or name."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from access.rules import Permission
from cases.queries import list_cases
from cases.rules import FlagKind, Phase
from foundation.errors import NotFound
from web.forms import Line, Posted
from web.guard import NOTHING_HERE, Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)


class Narrowing(BaseModel):
    """What may stand in the address of the list: codes and a page number, never a name."""

    phase: Phase | None = None
    flag: FlagKind | None = None
    mine: bool = False
    overdue: bool = False
    page: int = Field(1, ge=1, le=100_000)

    def query(self, number: int) -> str:
        chosen = self.model_dump(mode="json", exclude_defaults=True, exclude={"page"})
        return urlencode({**chosen, "page": number})


class SearchForm(Posted):
    words: Line = ""


@router.get("/cases")
async def show_list(visit: Annotated[Visit, guarded(Permission.CASE_LIST)]) -> Response:
    """A form sends its empty choices too; they mean all."""
    given = {name: value for name, value in visit.request.query_params.items() if value}
    try:
        return await _list(visit, Narrowing.model_validate(given))
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None


@router.post("/cases")
async def search(
    visit: Annotated[Visit, guarded(Permission.CASE_LIST)], form: Annotated[SearchForm, Form()]
) -> Response:
    """Answered in place: what is searched for may be a name, and must not end up in an address."""
    return await _list(visit, Narrowing(page=1), form.words)


async def _list(visit: Visit, narrowing: Narrowing, words: str = "") -> Response:
    async with visit.database.reading() as session:
        found = await list_cases(
            session,
            visit.actor,
            words=words,
            phase=narrowing.phase,
            flag=narrowing.flag,
            mine=narrowing.mine,
            overdue=narrowing.overdue,
            page=narrowing.page,
        )
    return page(visit, "cases.html", found=found, narrowing=narrowing, words_sought=words, phases=Phase, flags=FlagKind)
