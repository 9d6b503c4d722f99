"""The upgrade that brings agreements cuts nobody off, asks for what was to be deleted, and reminds of what waits."""

import asyncio

from alembic import command
from referral_scene import build_scene
from sqlalchemy import delete, select

from access.models import Organisation, OrganisationKind
from foundation import clock
from foundation.database import Database
from homeward.schema import alembic_config
from referrals.agreements import has_agreement
from referrals.clocks import half_way
from referrals.models import Disclosure, Referral
from referrals.partner_models import Agreement, AgreementPurpose
from referrals.referring import revoke
from referrals.responding import find_referral
from referrals.rules import ServiceKind


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
        made = list(await session.scalars(select(Agreement)))
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
