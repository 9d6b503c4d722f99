"""What is read of a case's plan: its words opened, with the names behind the ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from access.models import StaffMember
from cases.models import Case
from cases.plan_models import BudgetLine, Plan, PlanActivity, Programme
from cases.plan_rules import IN_FORCE, UNSETTLED, WRITING, ActivityStatus, PlanState
from cases.plan_steps import activities_of, is_late, plans_of, target_of
from foundation import clock
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import Sealed, SubjectKey


@dataclass(frozen=True, slots=True)
class ActivityView:
    row: PlanActivity
    what: str
    provider: str
    reason: str
    """Why it was dropped."""
    line: str
    """The budget line as `programme/line`; empty for none."""
    responsible: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    plan: Plan
    goals: str
    risks: str
    mitigations: str
    returned_note: str
    programme: str
    author: str
    approver: str
    activities: list[ActivityView]
    totals: list[tuple[str, Decimal]]
    """Currency and what all activities in it that were not dropped are worth."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """All versions of a case's plan as rows, and when one must be agreed."""

    versions: list[Plan]
    """The newest first."""
    target_on: date | None

    @property
    def written(self) -> Plan | None:
        return next((each for each in self.versions if each.state in WRITING), None)

    @property
    def in_force(self) -> Plan | None:
        return next((each for each in self.versions if each.state in IN_FORCE), None)

    @property
    def shown(self) -> Plan | None:
        """What the case works by: the version in force, else the newest."""
        return self.in_force or next(iter(self.versions), None)

    @property
    def is_late(self) -> bool:
        """The day by which a plan should be agreed has passed, and none is."""
        agreed = {PlanState.APPROVED, PlanState.ACTIVE, PlanState.COMPLETED}
        return is_late(self.target_on, is_agreed=any(each.state in agreed for each in self.versions))


async def plan_file(session: AsyncSession, case: Case) -> PlanFile:
    versions = await plans_of(session, case.id)
    return PlanFile(versions, first_target(versions) or await target_of(session, case))


def first_target(versions: Sequence[Plan]) -> date | None:
    """The day that a version keeps; `versions`: the newest first."""
    return next((each.target_on for each in reversed(versions) if each.target_on is not None), None)


async def find_version(session: AsyncSession, case: Case, version: int) -> Plan:
    plan = await session.scalar(select(Plan).where(Plan.case_id == case.id, Plan.version == version))
    if plan is None:
        raise NotFound(_("There is no such version of the plan."))
    return plan


async def open_plan(session: AsyncSession, case: Case, plan: Plan) -> PlanView:
    """One version in words. Raises NotFound once the person is erased."""
    if case.person_id is None:
        raise NotFound(_("There is no such version of the plan."))
    key = await open_subject(session, case.person_id)
    rows = await activities_of(session, plan.id)
    staff = {plan.author_id, plan.approved_by, *(row.responsible_id for row in rows)}
    found = await session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(staff)))
    names = {row.id: row.name for row in found}
    lines = await _line_names(session, rows)
    programme = select(Programme.code).where(Programme.id == plan.programme_id)
    return PlanView(
        plan,
        _opened(key, Plan.goals, plan.id, plan.goals),
        _opened(key, Plan.risks, plan.id, plan.risks),
        _opened(key, Plan.mitigations, plan.id, plan.mitigations),
        _opened(key, Plan.returned_note, plan.id, plan.returned_note),
        await session.scalar(programme) or "",
        names.get(plan.author_id, ""),
        names.get(plan.approved_by, "") if plan.approved_by else "",
        [_view(key, row, names, lines) for row in rows],
        _totals(rows),
    )


def is_overdue(row: PlanActivity) -> bool:
    return row.status in UNSETTLED and row.due_on < clock.today()


def _view(key: SubjectKey, row: PlanActivity, names: dict[UUID, str], lines: dict[UUID, str]) -> ActivityView:
    return ActivityView(
        row,
        _opened(key, PlanActivity.what, row.id, row.what),
        _opened(key, PlanActivity.provider, row.id, row.provider),
        _opened(key, PlanActivity.reason, row.id, row.reason),
        lines.get(row.line_id, "") if row.line_id else "",
        names.get(row.responsible_id, ""),
        is_overdue(row),
    )


def _opened(key: SubjectKey, column: InstrumentedAttribute[Sealed | None], row_id: UUID, box: Sealed | None) -> str:
    return "" if box is None else str(key.open(column, row_id, box))


async def _line_names(session: AsyncSession, rows: list[PlanActivity]) -> dict[UUID, str]:
    found = await session.execute(
        select(BudgetLine.id, Programme.code, BudgetLine.code)
        .join(Programme, Programme.id == BudgetLine.programme_id)
        .where(BudgetLine.id.in_({row.line_id for row in rows if row.line_id is not None}))
    )
    return {line_id: f"{programme}/{line}" for line_id, programme, line in found}


def _totals(rows: list[PlanActivity]) -> list[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = {}
    for row in rows:
        if row.amount is not None and row.currency is not None and row.status is not ActivityStatus.DROPPED:
            sums[row.currency] = sums.get(row.currency, Decimal(0)) + row.amount
    return sorted(sums.items())
