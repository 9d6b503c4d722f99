"""What needs whoever asks: *Today* in its order, and the tasks of every case that they see."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from access.rules import Permission
from cases.rules import TaskKind
from cases.today import gather
from cases.waiting import Press, Source, press_of
from cases.worklist import list_tasks, settle_visible
from foundation import clock
from foundation.language import say
from web.api.paging import NumberCursor, Page
from web.api.routing import api_router
from web.api.shapes import Answer
from web.guard import Visit, guarded
from web.pages.today import EVERY_SOURCE

router = api_router("", "today")

_worker = guarded(Permission.TASK_SETTLE)


class WaitingTold(Answer):
    source: Source
    press: Press
    """How it presses."""
    number: str
    """Of the case; empty: it is about none, such as the directory."""
    why: str
    """In the reader's language."""
    since: datetime
    due: datetime | None


class TaskListed(Answer):
    id: UUID
    kind: TaskKind
    number: str
    """Of the case."""
    called: str | None
    """The name to be called by."""
    owner: str | None
    """The name of the case's owner; null: nobody owns it."""
    due_at: datetime
    is_overdue: bool


@router.get("/today")
async def today(
    visit: Annotated[Visit, guarded(Permission.CASE_LIST)],
    only: Annotated[Source | None, Query(description="Of one kind alone.")] = None,
) -> list[WaitingTold]:
    """What presses most comes first; of each kind at most 101."""
    async with visit.database.reading() as session:
        found = await gather(session, visit.actor, EVERY_SOURCE)
    moment = clock.now()
    return [
        WaitingTold(
            source=each.source,
            press=press_of(each, moment),
            number=each.number,
            why=say(visit.language, each.why),
            since=each.since,
            due=each.due,
        )
        for each in found
        if only in (None, each.source)
    ]


@router.get("/tasks")
async def tasks(
    visit: Annotated[Visit, _worker],
    mine: Annotated[bool, Query(description="Of cases that you own, or nobody does.")] = False,  # noqa: FBT002  # a flag of the address
    after: NumberCursor = "",
) -> Page[TaskListed]:
    """Open tasks in the order in which they are due, 50 a page."""
    async with visit.database.reading() as session:
        found = await list_tasks(session, visit.actor, mine=mine, page=int(after or 1))
    return Page[TaskListed](
        items=[
            TaskListed(
                id=row.task.id,
                kind=row.task.kind,
                number=row.case.number,
                called=row.called,
                owner=row.owner_name,
                due_at=row.task.due_at,
                is_overdue=row.is_overdue,
            )
            for row in found.rows
        ],
        next=str(found.page + 1) if found.page < found.pages else None,
    )


@router.post("/tasks/{task_id}/settle", status_code=204)
async def settle(visit: Annotated[Visit, _worker], task_id: UUID) -> None:
    """You have done it."""
    async with visit.database.transaction() as session:
        await settle_visible(session, task_id, actor=visit.actor)
