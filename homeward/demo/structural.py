"""Example facts about law and institutions: some confirmed by a second person, one that waits. All is invented."""

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from foundation import clock
from monitoring.structural import Entry, confirm, enter

_FACTS = (
    ("21b-S1", "1", "", "Example procedure on voluntary return, section 3"),
    ("21e-S1", "0", "", "Example act on foreigners, article 41"),
    ("21f-S1", "3", "", "Example decree on the monitoring of returns; budget of the year"),
    ("21f-S2", "4", "", "Example decree on the monitoring of returns, article 5"),
    ("21i-S1", "7", "12", "Example register of local development plans"),
)
_WAITING = ("21f-P5", "1", "", "Example yearly report of the monitoring body")


async def add_structural_facts(session: AsyncSession, monitor: Actor, colleague: Actor) -> None:
    """Entered by one monitor; a colleague has read and confirmed all but the last."""
    year = str(clock.today().year - 1)
    for indicator, figure, total, source in (*_FACTS, _WAITING):
        fact = await enter(session, Entry(indicator, year, figure, total, source, "", ""), actor=monitor)
        await session.flush()
        if indicator != _WAITING[0]:
            await confirm(session, fact.id, actor=colleague)
