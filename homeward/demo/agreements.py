"""Agreements with the example partners: nearly all run on, one ends soon, and one has ended."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from access.models import Organisation, OrganisationKind
from foundation import clock
from referrals.agreements import Terms, add_agreement
from referrals.rules import ServiceKind

ENDS_SOON, HAS_ENDED = "Nakhla Solidarity Finance", "Kafoo Savings Union"


async def add_agreements(session: AsyncSession, today: date) -> None:
    """From the day at which the clock stands, as it is seen `today`."""
    last_days = {ENDS_SOON: today + timedelta(days=20), HAS_ENDED: today - timedelta(days=30)}
    partners = await session.scalars(
        select(Organisation).where(Organisation.kind == OrganisationKind.PARTNER).order_by(Organisation.name)
    )
    for number, partner in enumerate(partners.all(), start=1):
        ends_on = last_days.get(partner.name)
        # With few example people the first of them came only lately.
        begun = clock.today() if ends_on is None else min(clock.today(), ends_on)
        terms = Terms(f"MoU {begun.year}/{number:02}", list(ServiceKind), begun, ends_on)
        await add_agreement(session, partner.id, terms, actor=SYSTEM)
