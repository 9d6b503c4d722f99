"""The part of a case page about the plan: what the person wants, what is done about it, and by when it is agreed."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from cases.plan_file import PlanFile, PlanView, open_plan, plan_file
from cases.queries import CaseFile


@dataclass(frozen=True, slots=True)
class PlanPart:
    file: PlanFile
    shown: PlanView | None
    """The version in force, else the newest one."""


async def plan_part(session: AsyncSession, file: CaseFile) -> PlanPart | None:
    """None once the person is erased."""
    if file.person is None:
        return None
    found = await plan_file(session, file.case)
    return PlanPart(found, await open_plan(session, file.case, found.shown) if found.shown else None)
