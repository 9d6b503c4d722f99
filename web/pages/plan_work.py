"""The plans of everyone's cases in one list: activities that are due, and plans that wait for someone."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from access.rules import Permission
from cases.plan_work import plan_work
from foundation.errors import NotFound
from web.guard import NOTHING_HERE, Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)


class Narrowing(BaseModel):
    """What may stand in the address of the list."""

    mine: bool = False
    page: int = Field(1, ge=1, le=100_000)

    def query(self, number: int) -> str:
        chosen = self.model_dump(mode="json", exclude_defaults=True, exclude={"page"})
        return urlencode({**chosen, "page": number})


@router.get("/plan-work")
async def show_work(visit: Annotated[Visit, guarded(Permission.PLAN_WRITE)]) -> Response:
    given = {name: value for name, value in visit.request.query_params.items() if value}
    try:
        narrowing = Narrowing.model_validate(given)
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None
    async with visit.database.reading() as session:
        found = await plan_work(session, visit.actor, mine=narrowing.mine, page=narrowing.page)
    return page(visit, "plan_work.html", found=found, narrowing=narrowing)
