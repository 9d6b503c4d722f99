"""Files that were found to be one person's: the one that goes on, and those that were merged into it.

Nothing is moved when files are merged: each keeps its person, its key and every row, and points to the file that goes
on. So nothing can be lost or open under a wrong key, and a merge that was a mistake is undone by cutting the pointer.
Whoever erases one erases all: see `cases.erasure`.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.models import Case


async def files_of_person(session: AsyncSession, case: Case) -> Sequence[Case]:
    """The file that goes on, first, and what was merged into it; for each of them the same."""
    head = case.survivor_id or case.id
    found = await session.scalars(
        select(Case)
        .where(or_(Case.id == head, Case.survivor_id == head))
        .order_by(Case.survivor_id.is_not(None), Case.opened_at, Case.number)
    )
    return found.all()


async def merged_into(session: AsyncSession, case: Case) -> Sequence[Case]:
    """What was merged into this case, oldest first."""
    found = await session.scalars(select(Case).where(Case.survivor_id == case.id).order_by(Case.opened_at, Case.number))
    return found.all()


async def same_people(session: AsyncSession, person_id: UUID) -> list[UUID]:
    """Ids under which this person is kept, their own first; empty if there is nobody (any more)."""
    case = await session.scalar(select(Case).where(Case.person_id == person_id))
    if case is None:
        return []
    files = await files_of_person(session, case)
    return [person_id, *(each.person_id for each in files if each.person_id not in (None, person_id))]
