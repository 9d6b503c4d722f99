"""What a test of the console begins with: a case whose person has answered, a service, an account that acts."""

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from cases.intake import begin_form, open_case, submit_form
from cases.models import Case
from cases.sheets import ARRIVAL, NEEDS, built_in_sheets
from foundation.keys import create_subject
from foundation.sealing import SubjectKey
from questionnaire.sheet import Answer
from referrals.models import Service, reach_of
from referrals.rules import ServiceKind

TEAM, OTHER_TEAM = "GM", "TN"
ARRIVAL_ANSWERS: dict[str, Answer] = {"called": "Zebulon", "birth_year": 1990, "country_return": TEAM}
NEEDS_ANSWERS: dict[str, Answer] = {"place_tonight": "no", "fear": "yes"}


async def add_case(
    session: AsyncSession,
    team: str | None,
    language: str = "en",
    arrival: dict[str, Answer] = ARRIVAL_ANSWERS,
    needs: dict[str, Answer] = NEEDS_ANSWERS,
) -> tuple[Case, SubjectKey]:
    """A case whose person has sent both forms."""
    key = create_subject(session, uuid4())
    case = await open_case(session, key, language, "the notice", actor=PERSON)
    await session.flush()
    for sheet_id, answers in ((ARRIVAL, arrival), (NEEDS, needs)):
        submission = await begin_form(session, case, key, built_in_sheets()[sheet_id], language)
        await session.flush()
        await submit_form(session, submission.id, key, dict(answers), actor=PERSON)
    case.team = team
    return case, key


async def add_service(session: AsyncSession, organisation_id: UUID) -> UUID:
    service = Service(
        id=uuid4(),
        organisation_id=organisation_id,
        name="A safe bed",
        description="",
        kind=ServiceKind.HOUSING,
        status="active",
        languages=["en"],
        areas=[TEAM],
        hsds={},
    )
    session.add_all([service, *reach_of(service)])
    await session.flush()
    return service.id


async def partner_id(session: AsyncSession) -> UUID:
    """The organisation that the partner with an account belongs to."""
    found = await session.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.PARTNER))
    return found.one()


async def actor_of(session: AsyncSession, role: Role) -> Actor:
    member = (await session.scalars(select(StaffMember).where(StaffMember.role == role))).one()
    return Actor(member.id, member.role, member.organisation_id, member.team)
