"""The tasks of all cases that someone may see: what presses most comes first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.case_list import called_of
from cases.models import Case, Task
from cases.queries import visible_cases
from cases.tasks import settle_task
from foundation import clock
from foundation.errors import NotFound
from foundation.language import _

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class TaskRow:
    task: Task
    case: Case
    called: str | None
    owner_name: str | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class TaskPage:
    rows: list[TaskRow]
    total: int
    overdue: int
    page: int
    pages: int


async def list_tasks(session: AsyncSession, actor: Actor, *, mine: bool = False, page: int = 1) -> TaskPage:
    """Open tasks in the order in which they are due, so that what is overdue stands on top.

    `mine`: those of the cases that the actor owns, and of cases that nobody owns yet.
    """
    require(actor, Permission.TASK_SETTLE)
    cases = visible_cases(actor)
    if mine:
        cases = cases.where(or_(Case.owner_id == actor.id, Case.owner_id.is_(None)))
    wanted = Task.done_at.is_(None) & Task.case_id.in_(cases.with_only_columns(Case.id))
    late = Task.due_at < clock.now()
    total = await session.scalar(select(func.count()).select_from(Task).where(wanted)) or 0
    overdue = await session.scalar(select(func.count()).select_from(Task).where(wanted, late)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    found = await session.execute(
        select(Task, Case, StaffMember.name)
        .join(Case, Case.id == Task.case_id)
        .outerjoin(StaffMember, StaffMember.id == Case.owner_id)
        .where(wanted)
        .order_by(Task.due_at, Task.id)
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    )
    rows = found.all()
    names = await called_of(session, {case.id for _task, case, _owner in rows})
    moment: datetime = clock.now()
    return TaskPage(
        [TaskRow(task, case, names.get(case.id), owner, task.due_at < moment) for task, case, owner in rows],
        total,
        overdue,
        page,
        pages,
    )


async def settle_visible(session: AsyncSession, task_id: UUID, *, actor: Actor) -> None:
    """Someone has done a task of a case they may see. Raises NotFound for any other."""
    require(actor, Permission.TASK_SETTLE)
    of_task = select(Task.case_id).where(Task.id == task_id)
    case = await session.scalar(visible_cases(actor).where(Case.id.in_(of_task)))
    if case is None:
        raise NotFound(_("There is no such task."))
    await settle_task(session, case, task_id, actor=actor)
