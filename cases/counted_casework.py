"""What is counted of casework: cases, flags, needs, skills, counselling, plans and activities, complaints."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.casework_models import CounsellingSession
from cases.casework_rules import CounsellingKind
from cases.classifications import ISCO
from cases.counted_files import CaseFile, by_case, ids_of
from cases.fact_rules import FEAR, FEAR_WITHIN, NONE, PLAN_WITHIN, Thing, Timing, Told
from cases.facts import Coded, Counted, Who
from cases.models import Complaint, Flag, Need
from cases.plan_models import Plan, PlanActivity
from cases.plan_rules import COUNTED
from cases.rules import UNKNOWN, ComplaintStatus, FlagKind, FlagOutcome
from cases.work_models import CodeOrigin, WorkCode

Found = Iterator[tuple[CaseFile, Counted]]


async def casework(session: AsyncSession, files: Sequence[CaseFile]) -> Iterable[tuple[CaseFile, Counted]]:
    """Everything of casework in these files."""
    ids = ids_of(files)
    flags = by_case(await session.scalars(select(Flag).where(Flag.case_id.in_(ids))), files)
    needs = by_case(await session.scalars(select(Need).where(Need.case_id.in_(ids))), files)
    skills = by_case(
        await session.scalars(
            select(WorkCode).where(
                WorkCode.case_id.in_(ids), WorkCode.scheme == ISCO, WorkCode.origin != CodeOrigin.WANTED
            )
        ),
        files,
    )
    held = by_case(
        await session.scalars(
            select(CounsellingSession).where(
                CounsellingSession.case_id.in_(ids), CounsellingSession.kind == CounsellingKind.RETURN
            )
        ),
        files,
    )
    plans = by_case(
        await session.scalars(select(Plan).where(Plan.case_id.in_(ids), Plan.agreed_on.is_not(None))), files
    )
    done = by_case(
        await session.scalars(
            select(PlanActivity)
            .join(Plan, Plan.id == PlanActivity.plan_id)
            .where(PlanActivity.case_id.in_(ids), Plan.state.in_(COUNTED))
        ),
        files,
    )
    return [
        *_cases(flags),
        *_flags(flags),
        *_needs(needs),
        *_skills(skills),
        *_told(held),
        *_plans(plans),
        *_done(done),
    ]


def _cases(found: Iterable[tuple[CaseFile, list[Flag]]]) -> Found:
    """A flag that a person has found wrong counts as none."""
    for file, flags in found:
        stands = any(flag.outcome is not FlagOutcome.NOT_CONFIRMED for flag in flags)
        if file.is_registered:
            yield file, Counted(Thing.CASE, file.opened_on, outcome=Told.YES if stands else Told.NO)


def _flags(found: Iterable[tuple[CaseFile, list[Flag]]]) -> Found:
    for file, flags in found:
        for flag in flags:
            timing = Timing.NOT_YET
            if flag.settled_at is not None:
                timing = Timing.IN_TIME if flag.settled_at - flag.raised_at <= FEAR_WITHIN else Timing.LATE
            code = f"{FEAR}_{timing}" if flag.kind is FlagKind.FEAR_OF_RETURN else flag.kind
            yield file, Counted(Thing.FLAG, flag.raised_at.date(), code, timing, flag.outcome or NONE)


def _needs(found: Iterable[tuple[CaseFile, list[Need]]]) -> Found:
    for file, needs in found:
        for need in needs:
            yield file, Counted(Thing.NEED, need.raised_at.date(), need.kind, need.status)


def _skills(found: Iterable[tuple[CaseFile, list[WorkCode]]]) -> Found:
    """By major group of ISCO-08, each once a person: someone with two trades of one group counts once."""
    for file, skills in found:
        for major in sorted({skill.code[0] for skill in skills}):
            yield file, Counted(Thing.SKILL, file.opened_on, major)


def _told(found: Iterable[tuple[CaseFile, list[CounsellingSession]]]) -> Found:
    """Each person once, on the day of the first session about a return."""
    for file, held in found:
        if held:
            understood = any(each.language == file.language or each.has_interpreter for each in held)
            first = min(each.held_on for each in held)
            yield file, Counted(Thing.COUNSELLING, first, outcome=Told.YES if understood else Told.NO)


def _plans(found: Iterable[tuple[CaseFile, list[Plan]]]) -> Found:
    """Each case once, in the quarter in which it was opened, by when the first plan was agreed."""
    for file, plans in found:
        agreed: list[date] = [plan.agreed_on for plan in plans if plan.agreed_on is not None]
        timing = Timing.NOT_YET
        if agreed:
            timing = Timing.IN_TIME if min(agreed) - file.opened_on <= PLAN_WITHIN else Timing.LATE
        if file.is_registered:
            yield file, Counted(Thing.PLAN, file.opened_on, outcome=timing)


def _done(found: Iterable[tuple[CaseFile, list[PlanActivity]]]) -> Found:
    for file, activities in found:
        for each in activities:
            yield file, Counted(Thing.ACTIVITY, each.starts_on or each.due_on, each.kind, each.status, each.dimension)


async def complaints(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, list[Coded]]:
    """The facts of the complaints among these ids: what it is about, and where. Nothing of whoever complains."""
    found = await session.scalars(select(Complaint).where(Complaint.id.in_(list(ids))))
    return {each.id: [_complaint(each).coded(Who(country=each.country or UNKNOWN))] for each in found}


def _complaint(complaint: Complaint) -> Counted:
    timing = Timing.NOT_YET
    if complaint.answered_at is not None:
        timing = Timing.IN_TIME if complaint.answered_at <= complaint.answer_by else Timing.LATE
    detail = "closed" if complaint.status is ComplaintStatus.CLOSED else "open"
    return Counted(Thing.COMPLAINT, complaint.received_at.date(), complaint.about, timing, detail)
