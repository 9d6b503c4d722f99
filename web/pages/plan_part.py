"""The part of a case page about the plan: what the person wants, what is done about it, and by when it is agreed."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from cases.followup import day_back
from cases.plan_file import PlanFile, PlanView, first_target, open_plan
from cases.plan_steps import month_after, plans_of
from cases.queries import CaseFile
from cases.sheets import ARRIVAL


@dataclass(frozen=True, slots=True)
class PlanPart:
    file: PlanFile
    shown: PlanView | None
    """The version in force, else the newest one."""


async def plan_part(session: AsyncSession, file: CaseFile, arrivals: list[date]) -> PlanPart | None:
    """None once the person is erased."""
    if file.person is None:
        return None
    versions = await plans_of(session, file.case.id)
    returned_on = max(arrivals, default=None) or day_back(file.case, file.answers_to(ARRIVAL))
    found = PlanFile(versions, first_target(versions) or month_after(returned_on))
    return PlanPart(found, await open_plan(session, file.case, found.shown) if found.shown else None)
