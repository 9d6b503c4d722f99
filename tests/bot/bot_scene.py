"""Staff, a partner and a service around the person on the phone."""

from uuid import uuid4

from agreed import agree
from sqlalchemy import select

from access.actor import Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from cases.models import Case
from cases.rules import NeedKind, Urgency
from foundation import clock
from foundation.database import Database
from referrals.models import Referral, Service, reach_of
from referrals.referring import create_referral
from referrals.rules import ServiceKind, SharedField

PARTNER = "Sousse Job Centre"


async def add_caseworker(database: Database) -> Actor:
    async with database.transaction() as session:
        operator = await session.scalar(select(Organisation).where(Organisation.kind == OrganisationKind.OPERATOR))
        assert operator is not None
        member = StaffMember(
            id=uuid4(),
            email="caseworker@example.org",
            name="Mariama",
            role=Role.CASEWORKER,
            organisation_id=operator.id,
            team=None,
            language="en",
            password_hash="",
            created_at=clock.now(),
        )
        session.add(member)
    return Actor(member.id, member.role, operator.id)


async def add_service(database: Database) -> Service:
    async with database.transaction() as session:
        partner = Organisation(id=uuid4(), name=PARTNER, kind=OrganisationKind.PARTNER)
        session.add(partner)
        await session.flush()
        service = Service(
            id=uuid4(),
            organisation_id=partner.id,
            name="Job desk",
            description="Help to find a job.",
            kind=ServiceKind.JOBS,
            status="active",
            languages=["fr"],
            areas=["TN"],
            hsds={"phones": [{"number": "+216 73 000 000"}]},
        )
        session.add_all([service, *reach_of(service)])
        await agree(session, partner.id)
    return service


async def add_partner_account(database: Database) -> Actor:
    """Someone who answers for the partner."""
    async with database.transaction() as session:
        partner = (await session.scalars(select(Organisation).where(Organisation.name == PARTNER))).one()
        member = StaffMember(
            id=uuid4(),
            email="partner@example.org",
            name="Partner",
            role=Role.PARTNER,
            organisation_id=partner.id,
            team=None,
            language="en",
            password_hash="",
            created_at=clock.now(),
        )
        session.add(member)
    return Actor(member.id, member.role, partner.id)


async def refer(database: Database, actor: Actor, service: Service) -> Referral:
    """Ask the only person whether their name may go to the partner."""
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        return await create_referral(
            session,
            case,
            service_id=service.id,
            need_kind=NeedKind.WORK,
            urgency=Urgency.NORMAL,
            fields=[SharedField.CALLED],
            actor=actor,
        )
