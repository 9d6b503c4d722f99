"""Ways of looking at the list that a member of staff keeps for themselves: a name, and the codes of the filter."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.console_models import SavedFilter
from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import _

MOST_KEPT = 10
LONGEST_NAME = 60


async def filters_of(session: AsyncSession, actor: Actor) -> Sequence[SavedFilter]:
    """The actor's own, by name; nobody sees another's."""
    return (await session.scalars(_OF_STAFF, {"staff_id": actor.id})).all()


_OF_STAFF = (
    select(SavedFilter).where(SavedFilter.staff_id == bindparam("staff_id")).order_by(SavedFilter.name, SavedFilter.id)
)


async def save_filter(session: AsyncSession, name: str, codes: str, *, actor: Actor) -> SavedFilter:
    """Keep a filter. One of the same name is replaced. `codes`: as the list's address has them, never free words."""
    require(actor, Permission.CASE_LIST)
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(_("Give the filter a name of at most {count} characters."), count=LONGEST_NAME)
    known = await session.scalar(
        select(SavedFilter).where(SavedFilter.staff_id == actor.id, SavedFilter.name == name).with_for_update()
    )
    if known is not None:
        known.codes = codes
        return known
    kept = await session.scalar(select(func.count()).select_from(SavedFilter).where(SavedFilter.staff_id == actor.id))
    if (kept or 0) >= MOST_KEPT:
        raise Conflict(_("You keep {count} filters already. Remove one first."), count=MOST_KEPT)
    saved = SavedFilter(id=uuid4(), staff_id=actor.id, name=name, codes=codes, created_at=clock.now())
    session.add(saved)
    return saved


async def remove_filter(session: AsyncSession, filter_id: UUID, *, actor: Actor) -> None:
    """Raises NotFound for one that is missing or another's."""
    require(actor, Permission.CASE_LIST)
    removed = await session.scalar(
        delete(SavedFilter)
        .where(SavedFilter.id == filter_id, SavedFilter.staff_id == actor.id)
        .returning(SavedFilter.id)
    )
    if removed is None:
        raise NotFound(_("There is no such filter."))
