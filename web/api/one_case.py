"""One case behind an address of the API: found for whoever asks, in the one transaction that reads or changes it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from cases.models import Case
from cases.queries import find_case, record_view
from cases.same_person import merged_into
from foundation.errors import Conflict, NotAllowed
from web.guard import Visit


@asynccontextmanager
async def changing(visit: Visit, number: str) -> AsyncIterator[tuple[AsyncSession, Case]]:
    """For one verb. Raises NotFound for a case that is missing or not for whoever asks."""
    async with visit.database.transaction() as session:
        yield session, await find_case(session, visit.actor, number)


@asynccontextmanager
async def viewing(visit: Visit, number: str) -> AsyncIterator[tuple[AsyncSession, Case]]:
    """For reading. As on the pages, opening the file is noted before anything of it is shown."""
    async with visit.database.transaction() as session:
        case = await find_case(session, visit.actor, number)
        for each in (case, *await merged_into(session, case)):
            record_view(session, each, actor=visit.actor)
    async with visit.database.reading() as session:
        yield session, await find_case(session, visit.actor, number)


@contextmanager
def in_sight() -> Iterator[None]:
    """Around a verb on a case that the reader sees: what they may not do themselves is said, as on the pages."""
    try:
        yield
    except NotAllowed as refusal:
        raise Conflict(refusal.message) from None
