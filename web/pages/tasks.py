"""The tasks of everyone's cases in one list: what presses most stands on top."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from access.rules import Permission
from cases.break_glass import count_waiting
from cases.rules import TASK_NAMES
from cases.worklist import list_tasks, settle_visible
from foundation.errors import NotFound
from web.forms import Posted, see_other
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


class DoneForm(Posted):
    mine: bool = False


@router.get("/tasks")
async def show_tasks(visit: Annotated[Visit, guarded(Permission.TASK_SETTLE)]) -> Response:
    given = {name: value for name, value in visit.request.query_params.items() if value}
    try:
        narrowing = Narrowing.model_validate(given)
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None
    async with visit.database.reading() as session:
        found = await list_tasks(session, visit.actor, mine=narrowing.mine, page=narrowing.page)
        reviews = visit.may(Permission.GLASS_REVIEW)
        glass_waiting = await count_waiting(session, actor=visit.actor) if reviews else 0
    return page(
        visit, "tasks.html", found=found, narrowing=narrowing, task_names=TASK_NAMES, glass_waiting=glass_waiting
    )


@router.post("/tasks/{task_id}")
async def settle(
    visit: Annotated[Visit, guarded(Permission.TASK_SETTLE)], task_id: UUID, form: Annotated[DoneForm, Form()]
) -> Response:
    async with visit.database.transaction() as session:
        await settle_visible(session, task_id, actor=visit.actor)
    return see_other("/tasks?mine=true" if form.mine else "/tasks")
