"""Which assessments are due in someone's own cases, found by a query: one line a case, the first that is due.

What `assessment.due` says of one case, as far as it hangs on what stands open: which forms were sent and which flags
stand. What hangs on sealed answers stands on the case page only. Whatever is listed here is due there.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.rules import Permission
from cases.assessment_rules import ASSESSMENT_NAMES, Assessment
from cases.models import Case, Flag, Submission
from cases.rules import FlagKind, FlagOutcome, SubmissionState
from cases.waiting import MOST, Source, Waiting, open_cases
from foundation.language import _

_STANDS = or_(Flag.outcome.is_(None), Flag.outcome == FlagOutcome.CONFIRMED)


async def assessments_due(session: AsyncSession, actor: Actor) -> list[Waiting]:
    """In the actor's own cases. It presses least of all: what cannot wait is a flag or a task of its own."""
    if not actor.may(Permission.FORM_FILL):
        return []
    conditions = _conditions()
    which = case(*((holds, literal(each.value)) for each, holds in conditions.items()), else_=None)
    rows = await session.execute(
        open_cases(actor)
        .where(Case.owner_id == actor.id, or_(*conditions.values()))
        .with_only_columns(Case.id, Case.number, Case.opened_at, which)
        .order_by(Case.opened_at, Case.id)
        .limit(MOST + 1)
    )
    return [
        Waiting(
            Source.ASSESSMENT,
            case_id,
            number,
            # Translators: {assessment} is the name of a questionnaire, such as "Vulnerability screen".
            _("An assessment is due: {assessment}").of(assessment=ASSESSMENT_NAMES[Assessment(code)]),
            since,
            place="#assessments",
            is_routine=True,
        )
        for case_id, number, since, code in rows
    ]


def _conditions() -> Mapping[Assessment, ColumnElement[bool]]:
    """In the order in which they are made."""
    screened = _last(Assessment.SCREEN)
    elsewhere = Flag.rule.not_like(f"{Assessment.SCREEN}.%")
    assessed, flagged = _last(Assessment.VULNERABILITY), _raised(_STANDS)
    return {
        Assessment.SCREEN: or_(screened.is_(None), _raised(elsewhere) > screened),
        Assessment.VULNERABILITY: flagged.is_not(None) & or_(assessed.is_(None), flagged > assessed),
        # Due before a return and again after it: without any, one of the two holds.
        Assessment.RETURN_RISK: _last(Assessment.RETURN_RISK).is_(None),
        Assessment.FAMILY: _last(Assessment.FAMILY).is_(None)
        & _raised(_STANDS, Flag.kind == FlagKind.CHILD).is_not(None),
    }


def _last(assessment: Assessment) -> ScalarSelect[Any]:
    """When it was sent in last."""
    return (
        select(func.max(Submission.submitted_at))
        .where(
            Submission.case_id == Case.id,
            Submission.sheet_id == assessment,
            Submission.state == SubmissionState.SUBMITTED,
        )
        .scalar_subquery()
    )


def _raised(*conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    """When the newest such flag was raised."""
    return select(func.max(Flag.raised_at)).where(Flag.case_id == Case.id, *conditions).scalar_subquery()
