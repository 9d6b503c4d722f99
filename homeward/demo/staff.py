"""Example accounts: one for each role, all with one password that is printed at the start."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from access.staff import add_staff, find_or_create_organisation
from referrals.models import Service

PASSWORD = "homeward-demo"  # noqa: S105  # opens example data on one's own machine only
MONITORING_BODY = "National Return Monitoring Body"


@dataclass(frozen=True, slots=True)
class Account:
    email: str
    name: str
    role: Role
    team: str | None = None
    language: str = "en"


SUPERVISOR = Account("supervisor@example.org", "Awa Njie", Role.SUPERVISOR)
ACCOUNTS: tuple[Account, ...] = (
    Account("caseworker.tn@example.org", "Salma Trabelsi", Role.CASEWORKER, "TN", "fr"),
    Account("caseworker.gm@example.org", "Lamin Ceesay", Role.CASEWORKER, "GM"),
    SUPERVISOR,
    Account("child@example.org", "Hela Mansour", Role.CHILD_PROTECTION_OFFICER),
    Account("lead@example.org", "Mariatou Drammeh", Role.CHILD_PROTECTION_LEAD),
    Account("protection@example.org", "Ousman Bah", Role.PROTECTION_OFFICER),
    Account("complaints@example.org", "Mariam Sow", Role.COMPLAINTS_OFFICER),
    Account("panel@example.org", "Ridha Gharbi", Role.PANEL_MEMBER),
    Account("panel.2@example.org", "Leila Hamdi", Role.PANEL_MEMBER, None, "fr"),
    Account("panel.3@example.org", "Saikou Jatta", Role.PANEL_MEMBER),
    Account("administrator@example.org", "Isatou Jallow", Role.ADMINISTRATOR),
)
OTHER_SUPERVISOR = Account("supervisor.2@example.org", "Binta Sanyang", Role.SUPERVISOR)
RETURN_MONITOR = Account("return.monitor@example.org", "Amadou Sarr", Role.RETURN_MONITOR)
MONITOR = Account("monitor@example.org", "Nadia Ben Youssef", Role.MONITOR)
SECOND_MONITOR = Account("monitor.2@example.org", "Karim Saidi", Role.MONITOR, None, "fr")
PARTNER_TN = Account("partner.tn@example.org", "Youssef Chebbi", Role.PARTNER, None, "ar")
PARTNER_GM = Account("partner.gm@example.org", "Fatou Darboe", Role.PARTNER)


async def add_accounts(session: AsyncSession, operator: str) -> dict[str, StaffMember]:
    """Every example account, by e-mail address."""
    house = await find_or_create_organisation(session, operator, OrganisationKind.OPERATOR)
    body = await find_or_create_organisation(session, MONITORING_BODY, OrganisationKind.MONITOR)
    added = [await add_account(session, account, house) for account in ACCOUNTS]
    added += [await add_account(session, each, body) for each in (MONITOR, SECOND_MONITOR, RETURN_MONITOR)]
    for account, country in ((PARTNER_TN, "TN"), (PARTNER_GM, "GM")):
        added.append(await add_account(session, account, await busiest_partner(session, country)))
    await session.flush()
    return {member.email: member for member in added}


async def busiest_partner(session: AsyncSession, country: str) -> Organisation:
    """The partner with the most services in a country: its inbox is worth looking at."""
    services = await session.scalars(select(Service))
    here = [each.organisation_id for each in services if any(area.startswith(country) for area in each.areas)]
    chosen = max(sorted(set(here)), key=here.count)
    return await session.get_one(Organisation, chosen)


async def is_seeded(session: AsyncSession) -> bool:
    return bool(await session.scalar(select(func.count()).select_from(StaffMember)))


async def add_account(session: AsyncSession, account: Account, organisation: Organisation) -> StaffMember:
    return await add_staff(
        session,
        email=account.email,
        name=account.name,
        role=account.role,
        organisation=organisation,
        password=PASSWORD,
        team=account.team,
        language=account.language,
    )
