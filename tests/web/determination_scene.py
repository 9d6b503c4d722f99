"""A child whose best interests are determined, for tests of pages: the case, the officer, and members who sign in."""

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.models import StaffMember
from access.rules import Role
from cases.best_interests import open_determination, seat_member
from cases.determinations import REPORT_FIELDS
from cases.household import add_person
from cases.models import Case
from cases.safeguard_models import BestInterests, CasePerson
from cases.safeguard_rules import Age, BidTrigger, PanelBody, Relation
from foundation import clock

REPORT = {name: f"Words about {name}" for name in REPORT_FIELDS}
CHILD = "Musa"


async def add_panel_members(session: AsyncSession, *names: str) -> list[Actor]:
    """More members of panels, who sign in as `name@example.org` with everyone's password."""
    known = (await session.scalars(select(StaffMember).where(StaffMember.role == Role.PANEL_MEMBER))).first()
    assert known is not None
    added = [
        StaffMember(
            id=uuid4(),
            email=f"{name}@example.org",
            name=f"Someone {name}",
            role=Role.PANEL_MEMBER,
            organisation_id=known.organisation_id,
            language="en",
            password_hash=known.password_hash,
            created_at=clock.now(),
        )
        for name in names
    ]
    session.add_all(added)
    await session.flush()
    return [Actor(each.id, each.role, each.organisation_id) for each in added]


async def add_child(session: AsyncSession, case: Case, officer: Actor, called: str = CHILD) -> CasePerson:
    child = await add_person(session, case, Relation.CHILD, Age.CHILD, called, travels=True, actor=officer)
    await session.flush()
    return child


async def add_determination(session: AsyncSession, case: Case, officer: Actor, *members: UUID) -> BestInterests:
    """One just opened about a new child of the case, with members who have not declared yet."""
    child = await add_child(session, case, officer, "Isatou")
    opened = await open_determination(session, case, child.id, BidTrigger.DURABLE_SOLUTION, actor=officer)
    await session.flush()
    for member, body in zip(members, PanelBody, strict=False):
        await seat_member(session, case, opened.id, member, body, actor=officer)
    await session.flush()
    return opened
