"""The upgrades that bring agreements cut nobody off, ask for what was to be deleted, and remind of what waits."""

import asyncio
from datetime import timedelta

from agreed import agree_on_cases
from alembic import command
from referral_scene import add_organisation, add_staff, build_scene
from sqlalchemy import delete, select

from access.models import Organisation, OrganisationKind
from access.rules import Role
from cases.casework_models import CaseTransfer
from cases.rules import Urgency
from foundation import clock
from foundation.database import Database
from homeward.schema import alembic_config
from referrals.agreements import has_agreement, may_take_over
from referrals.clocks import half_way
from referrals.models import Disclosure, Referral
from referrals.partner_models import Agreement, AgreementPurpose
from referrals.referring import revoke
from referrals.responding import find_referral
from referrals.rules import ServiceKind
from referrals.transferring import accept_transfer, answer_transfer, ask_transfer
from referrals.transfers import offers_to


async def test_partners_that_exist_may_go_on(database: Database) -> None:
    async with database.transaction() as session:
        scene = await build_scene(session)
        taken_back = await scene.sent()
        await revoke(session, scene.case, taken_back.id, actor=scene.caseworker)
        waits = await scene.sent()
    async with database.transaction() as session:
        await session.execute(delete(AgreementPurpose))
        await session.execute(delete(Agreement))
    config = alembic_config(database.url)
    await asyncio.to_thread(command.downgrade, config, "0011")
    await asyncio.to_thread(command.upgrade, config, "head")
    async with database.transaction() as session:
        made = list(await session.scalars(select(Agreement).where(~Agreement.takes_over)))
        partners = select(Organisation.id).where(Organisation.kind == OrganisationKind.PARTNER)
        assert {each.organisation_id for each in made} == set(await session.scalars(partners))
        assert len(made) == 2
        for each in made:
            assert (each.starts_on, each.ends_on, each.ended_at, each.entered_by) == (clock.today(), None, None, None)
            assert [purpose.kind for purpose in each.purposes] == sorted(ServiceKind)
            for kind in ServiceKind:
                assert await has_agreement(session, each.organisation_id, kind)
        assert (await find_referral(session, scene.partner, waits.id)).shared
        again = await session.get_one(Referral, waits.id)
        assert again.sent_at is not None
        assert again.due_at is not None
        assert again.remind_at == half_way(again.sent_at, again.due_at)
        shares = {each.referral_id: each.delete_asked_at for each in await session.scalars(select(Disclosure))}
        assert shares[taken_back.id] is not None
        assert shares[waits.id] is None


async def test_organisations_that_exist_may_go_on_handing_cases_over(database: Database) -> None:
    async with database.transaction() as session:
        scene = await build_scene(session)
        home = await session.get_one(Organisation, scene.case.organisation_id)
        other = add_organisation(session, "The other agency", OrganisationKind.OPERATOR)
        await agree_on_cases(session, other.id)
        here, there = add_staff(session, home, Role.SUPERVISOR), add_staff(session, other, Role.SUPERVISOR)
        await session.flush()
        asked = await ask_transfer(session, scene.case, other.id, "Knows the town.", actor=here)
        await session.flush()
        await answer_transfer(session, scene.person_id, asked.consent_id, agrees=True)
    config = alembic_config(database.url)
    await asyncio.to_thread(command.downgrade, config, "0016")
    await asyncio.to_thread(command.upgrade, config, "head")
    async with database.transaction() as session:
        for each in (home, other):
            assert await may_take_over(session, each.id)
        (offer,) = await offers_to(session, there)
        assert (offer.note, offer.urgency) == ("Knows the town.", Urgency.NORMAL)
        assert timedelta(days=13) < offer.due_at - clock.now() <= timedelta(days=14)
        waits = await session.get_one(CaseTransfer, asked.id)
        assert waits.remind_at is not None
        assert waits.remind_at < offer.due_at
        assert (await accept_transfer(session, asked.id, actor=there)).organisation_id == other.id
