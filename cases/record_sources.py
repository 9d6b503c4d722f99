"""What a record rests on elsewhere in the case: a finding about risk on its questionnaire, a child's plan on the plan.

A record keeps the id of what stood there when it was written. Once something newer stands, it no longer rests on that,
and the rules say so: a finding is made anew by someone who has read what is new.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.assessment_rules import Assessment
from cases.models import Submission
from cases.plan_models import Plan
from cases.plan_rules import PlanState
from cases.record_kinds import RecordKind
from cases.rules import SubmissionState

RESTS_ON = "rests_on"
"""The name under which the id stands among the codes of a record."""


def _questionnaire(case_id: UUID) -> Select[UUID]:
    """On the risk of return, as it was sent in last."""
    return (
        select(Submission.id)
        .where(
            Submission.case_id == case_id,
            Submission.sheet_id == Assessment.RETURN_RISK,
            Submission.state == SubmissionState.SUBMITTED,
        )
        .order_by(Submission.submitted_at.desc(), Submission.id)
        .limit(1)
    )


def _plan(case_id: UUID) -> Select[UUID]:
    """The version that two people have agreed to and that is in force."""
    return select(Plan.id).where(Plan.case_id == case_id, Plan.state.in_((PlanState.APPROVED, PlanState.ACTIVE)))


SOURCES: Mapping[RecordKind, Callable[[UUID], Select[UUID]]] = {
    RecordKind.RISK: _questionnaire,
    RecordKind.CHILD_PLAN: _plan,
}


async def source_of(session: AsyncSession, case_id: UUID, kind: RecordKind) -> UUID | None:
    """What a record of this kind would rest on now; None if there is nothing, or it rests on nothing else."""
    return await session.scalar(SOURCES[kind](case_id)) if kind in SOURCES else None


async def sources_of(session: AsyncSession, case_id: UUID) -> dict[RecordKind, str]:
    """By kind, as records keep it."""
    found = {kind: await source_of(session, case_id, kind) for kind in SOURCES}
    return {kind: source.hex for kind, source in found.items() if source is not None}
