"""What budget lines still hold. Charges are added up from the plans in force, never kept beside them."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.plan_models import BudgetLine, Plan, PlanActivity, Programme, ProgrammeVersion
from cases.plan_rules import COUNTED, ActivityStatus
from foundation import clock
from foundation.errors import Conflict
from foundation.language import _

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineView:
    line: BudgetLine
    charged: Decimal
    """By plans that are approved, at work or completed."""

    @property
    def rest(self) -> Decimal:
        return self.line.amount - self.charged


async def charged_to(session: AsyncSession, lines: Collection[BudgetLine]) -> dict[UUID, Decimal]:
    """What is charged to each line, with what was spent on people who have been erased since."""
    wanted = PlanActivity.line_id.in_([line.id for line in lines])
    found = await _sums(session, wanted, Plan.state.in_(COUNTED))
    return {line.id: found.get(line.id, NOTHING) + line.spent_on_erased for line in lines}


async def lines_of(session: AsyncSession, programme_id: UUID) -> list[LineView]:
    lines = await session.scalars(
        select(BudgetLine).where(BudgetLine.programme_id == programme_id).order_by(BudgetLine.code)
    )
    return await _with_charges(session, lines.all())


async def lines_for(session: AsyncSession, organisation_id: UUID) -> list[tuple[str, LineView]]:
    """The lines that a plan may be charged to, each with its programme's code: of the organisation, not yet ended."""
    rows = await session.execute(
        select(Programme.code, BudgetLine)
        .join(BudgetLine, BudgetLine.programme_id == Programme.id)
        .join(
            ProgrammeVersion,
            (ProgrammeVersion.programme_id == Programme.id) & (ProgrammeVersion.version == Programme.version),
        )
        .where(
            ProgrammeVersion.organisation_id == organisation_id,
            ProgrammeVersion.ends_on.is_(None) | (ProgrammeVersion.ends_on >= clock.today()),
        )
        .order_by(Programme.code, BudgetLine.code)
    )
    found = rows.all()
    views = await _with_charges(session, [line for _code, line in found])
    return [(code, view) for (code, _line), view in zip(found, views, strict=True)]


async def lock_line(session: AsyncSession, line_id: UUID) -> LineView | None:
    """A line that nobody else charges or changes until this transaction ends."""
    line = await session.scalar(
        select(BudgetLine).where(BudgetLine.id == line_id).with_for_update().execution_options(populate_existing=True)
    )
    return None if line is None else (await _with_charges(session, [line]))[0]


async def require_rest(session: AsyncSession, plan: Plan) -> None:
    """Raises Conflict if a line does not hold what the plan, which is not counted yet, would be charged to it.

    The lines stay locked until the transaction ends: of two plans approved at once the second sees the first.
    """
    wanted = await _sums(session, PlanActivity.plan_id == plan.id)
    for line_id in sorted(wanted):
        view = await lock_line(session, line_id)
        if view is not None and wanted[line_id] > view.rest:
            raise Conflict(
                # Translators: amounts of money, such as "has 200 EUR left"
                _("The budget line {line} has {rest} {currency} left. This plan would need {needed} {currency} of it."),
                line=view.line.code,
                rest=view.rest,
                needed=wanted[line_id],
                currency=view.line.currency,
            )


async def keep_what_was_spent(session: AsyncSession, case_id: UUID) -> None:
    """Before a case's plans are erased: what they are charged stays with the lines, as a sum without a name."""
    spent = await _sums(session, PlanActivity.case_id == case_id, Plan.state.in_(COUNTED))
    for line_id in sorted(spent):
        view = await lock_line(session, line_id)
        if view is not None:
            view.line.spent_on_erased += spent[line_id]
    await session.flush()


async def _with_charges(session: AsyncSession, lines: Collection[BudgetLine]) -> list[LineView]:
    charged = await charged_to(session, lines) if lines else {}
    return [LineView(line, charged[line.id]) for line in lines]


async def _sums(session: AsyncSession, *wanted: ColumnElement[bool]) -> dict[UUID, Decimal]:
    """What activities that were not dropped are charged, by line."""
    rows = await session.execute(
        select(PlanActivity.line_id, func.sum(PlanActivity.amount))
        .join(Plan, Plan.id == PlanActivity.plan_id)
        .where(PlanActivity.line_id.is_not(None), PlanActivity.status != ActivityStatus.DROPPED, *wanted)
        .group_by(PlanActivity.line_id)
    )
    return {line_id: amount or NOTHING for line_id, amount in rows if line_id is not None}
