"""Breaking the glass: opening a case outside one's scope, for three hours, with a reason that supervisors read."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.access_models import BrokenGlass
from cases.messages import call_attention
from cases.models import Case
from cases.queries import visible_cases
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import open_subject, open_subjects
from foundation.language import _
from questionnaire.account_numbers import free_of_accounts

OPEN_FOR = timedelta(hours=3)
SHORTEST_REASON = 10
"""Characters. The shortest that can say why."""
COUNTED = timedelta(days=30)
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class GlassView:
    glass: BrokenGlass
    case_number: str
    by_name: str
    reason: str
    reviewed_by_name: str | None
    may_review: bool

    @property
    def is_open(self) -> bool:
        return self.glass.ends_at > clock.now()


@dataclass(frozen=True, slots=True)
class GlassList:
    """`recent`, `people`: how often in the last thirty days, and by how many colleagues."""

    rows: list[GlassView]
    waiting: int
    recent: int
    people: int


async def break_glass(session: AsyncSession, number: str, reason: str, *, actor: Actor) -> Case:
    """Let the actor see one case of their organisation for three hours, and call the supervisors.

    Raises NotFound for a case that is missing, of another organisation or erased; Conflict for one they see already.
    """
    require(actor, Permission.CASE_BREAK_GLASS)
    # First, so that trying numbers without a reason tells nothing.
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(_("Write why you must open this case now."))
    wanted = Case.number == number.strip().upper()
    case = await session.scalar(
        select(Case).where(wanted, Case.organisation_id == actor.organisation_id, Case.person_id.is_not(None))
    )
    if case is None or case.person_id is None:
        raise NotFound(_("There is no such case."))
    if await session.scalar(visible_cases(actor).where(wanted)) is not None:
        raise Conflict(_("You can open this case already."))
    key = await open_subject(session, case.person_id)
    glass = BrokenGlass(id=uuid4(), case_id=case.id, staff_id=actor.id, opened_at=clock.now())
    glass.ends_at = glass.opened_at + OPEN_FOR
    glass.reason = key.seal(BrokenGlass.reason, glass.id, free_of_accounts(reason.strip()))
    session.add(glass)
    call_attention(case)
    audit.record(session, actor.id, "glass.broken", case.id, role=actor.role, glass=glass.id)
    return case


async def review_glass(session: AsyncSession, glass_id: UUID, *, actor: Actor) -> None:
    """Someone has looked at why it was done. Nobody reviews their own."""
    require(actor, Permission.GLASS_REVIEW)
    glass = await session.scalar(
        select(BrokenGlass)
        .where(BrokenGlass.id == glass_id, BrokenGlass.case_id.in_(visible_cases(actor).with_only_columns(Case.id)))
        .with_for_update()
    )
    if glass is None:
        raise NotFound(_("There is no such entry."))
    if glass.staff_id == actor.id:
        raise NotAllowed(_("Someone else must look at what you opened yourself."))
    if glass.reviewed_at is not None:
        raise Conflict(_("Someone has looked at this already."))
    glass.reviewed_at, glass.reviewed_by = clock.now(), actor.id
    audit.record(session, actor.id, "glass.reviewed", glass.case_id, glass=glass.id)


async def list_glass(session: AsyncSession, *, actor: Actor) -> GlassList:
    """What colleagues opened, the ones that nobody has looked at first, then the newest."""
    require(actor, Permission.GLASS_REVIEW)
    reviewer = aliased(StaffMember)
    in_sight = BrokenGlass.case_id.in_(visible_cases(actor).with_only_columns(Case.id))
    found = await session.execute(
        select(BrokenGlass, Case, StaffMember.name, reviewer.name)
        .join(Case, Case.id == BrokenGlass.case_id)
        .join(StaffMember, StaffMember.id == BrokenGlass.staff_id)
        .outerjoin(reviewer, reviewer.id == BrokenGlass.reviewed_by)
        .where(in_sight)
        .order_by(BrokenGlass.reviewed_at.is_not(None), BrokenGlass.opened_at.desc(), BrokenGlass.id)
        .limit(MOST_SHOWN)
    )
    rows = found.all()
    keys = await open_subjects(session, [case.person_id for _glass, case, *_names in rows if case.person_id])
    recent = select(func.count(), func.count(BrokenGlass.staff_id.distinct())).where(
        in_sight, BrokenGlass.opened_at > clock.now() - COUNTED
    )
    counted = (await session.execute(recent)).one()
    return GlassList(
        [
            GlassView(
                glass,
                case.number,
                by_name,
                keys[case.person_id].open(BrokenGlass.reason, glass.id, glass.reason),
                reviewer_name,
                glass.reviewed_at is None and glass.staff_id != actor.id,
            )
            for glass, case, by_name, reviewer_name in rows
            if case.person_id in keys
        ],
        await count_waiting(session, actor=actor),
        *counted,
    )


async def count_waiting(session: AsyncSession, *, actor: Actor) -> int:
    """How many openings nobody has looked at yet."""
    require(actor, Permission.GLASS_REVIEW)
    in_sight = BrokenGlass.case_id.in_(visible_cases(actor).with_only_columns(Case.id))
    waiting = select(func.count()).select_from(BrokenGlass).where(in_sight, BrokenGlass.reviewed_at.is_(None))
    return await session.scalar(waiting) or 0
