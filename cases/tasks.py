"""Tasks: what a person of the staff must do about a case, by when. One open task of a kind and reason."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.messages import call_attention
from cases.models import Case, Task
from cases.rules import TaskKind
from foundation import audit, clock
from foundation.errors import NotFound
from foundation.language import _

DUE_WITHIN: dict[TaskKind, timedelta] = {
    TaskKind.DISTRESS: timedelta(hours=24),
    TaskKind.DISCLOSURE: timedelta(hours=4),
    TaskKind.GUARDIAN: timedelta(hours=24),
    TaskKind.CALL_BACK: timedelta(hours=24),
    TaskKind.UNREACHABLE: timedelta(days=7),
    TaskKind.ANSWER: timedelta(hours=24),
    TaskKind.PROTECTION: timedelta(hours=48),
    TaskKind.OVERRIDE: timedelta(hours=24),
    TaskKind.CHILD_VISIT: timedelta(days=3),
    TaskKind.RETURN_HALTED: timedelta(hours=24),
    TaskKind.RETURN_ANSWERED: timedelta(hours=24),
    TaskKind.BEST_INTERESTS: timedelta(days=7),
    TaskKind.NOT_IN_INTERESTS: timedelta(hours=24),
}


async def open_task(
    session: AsyncSession, case: Case, kind: TaskKind, reason: str, *, actor: Actor, due_at: datetime | None = None
) -> Task:
    """Ask the staff to act, by `due_at` or within what the kind allows. One that is there already is left as it is."""
    known = await session.scalar(select(Task).where(Task.case_id == case.id, Task.kind == kind, Task.reason == reason))
    if known is not None:
        return known
    now = clock.now()
    task = Task(
        id=uuid4(),
        case_id=case.id,
        kind=kind,
        reason=reason,
        created_at=now,
        due_at=due_at or now + DUE_WITHIN[kind],
    )
    session.add(task)
    call_attention(case)
    audit.record(session, actor.id, "task.opened", case.id, kind=kind, task=task.id)
    return task


async def close_task(session: AsyncSession, case: Case, kind: TaskKind, reason: str, *, actor: Actor) -> None:
    """What the task asked for was done by another verb. Nothing to do if there is none that is open."""
    task = await session.scalar(
        select(Task).where(Task.case_id == case.id, Task.kind == kind, Task.reason == reason, Task.done_at.is_(None))
    )
    if task is not None:
        _settle(session, case, task, actor)


async def open_tasks(session: AsyncSession, case_id: UUID) -> Sequence[Task]:
    """What is to be done about a case, the most pressing first."""
    return (await session.scalars(_OPEN, {"case_id": case_id})).all()


_OPEN = select(Task).where(Task.case_id == bindparam("case_id"), Task.done_at.is_(None)).order_by(Task.due_at, Task.id)


async def settle_task(session: AsyncSession, case: Case, task_id: UUID, *, actor: Actor) -> None:
    """Someone of the staff has done it."""
    require(actor, Permission.TASK_SETTLE)
    task = await session.scalar(
        select(Task).where(Task.id == task_id, Task.case_id == case.id, Task.done_at.is_(None)).with_for_update()
    )
    if task is None:
        raise NotFound(_("There is no such task."))
    _settle(session, case, task, actor)


def _settle(session: AsyncSession, case: Case, task: Task, actor: Actor) -> None:
    task.done_at, task.done_by = clock.now(), actor.id
    audit.record(session, actor.id, "task.settled", case.id, kind=task.kind, task=task.id)
