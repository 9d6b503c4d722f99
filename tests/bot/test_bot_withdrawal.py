"""Agreement taken back in the chat: within one round of the worker it has reached every open referral and partner."""

from uuid import uuid4

import pytest
from bot_records import rows
from bot_scene import add_caseworker, add_partner_account, add_service, refer
from journeys import fill_in_both
from phone import Phone
from sqlalchemy import update

from access.actor import Actor
from bot.agreeing import TAKE_BACK, TAKE_BACK_YES
from cases.consent import YES
from cases.messages import TELL_PERSON
from cases.rules import ConsentKind
from foundation.database import Database
from foundation.errors import NotAllowed
from foundation.outbox import OutboxRow, OutboxState
from homeward.worker import Worker
from referrals.models import Referral, Service
from referrals.responding import accept, begin, complete, find_referral, inbox
from referrals.rules import ReferralState


async def open_referrals(phone: Phone, database: Database) -> tuple[Actor, dict[ReferralState, Referral]]:
    """One in every open state, and one that is finished, each to a service of its own."""
    caseworker, first = await add_caseworker(database), await add_service(database)
    partner = await add_partner_account(database)
    made: dict[ReferralState, Referral] = {}
    for state in (
        ReferralState.COMPLETED,
        ReferralState.IN_SERVICE,
        ReferralState.ACCEPTED,
        ReferralState.ACKNOWLEDGED,
        ReferralState.SENT,
        ReferralState.DRAFT,
    ):
        async with database.transaction() as session:
            copied = {column.name: getattr(first, column.name) for column in Service.__table__.columns}
            service = Service(**(copied | {"id": uuid4()}))
            session.add(service)
        made[state] = referral = await refer(database, caseworker, service)
        await phone.receive()
        if state is not ReferralState.DRAFT:
            await phone.tap(YES)
        async with database.transaction() as session:
            if state is ReferralState.ACKNOWLEDGED:
                await find_referral(session, partner, referral.id)
            if state in (ReferralState.ACCEPTED, ReferralState.IN_SERVICE, ReferralState.COMPLETED):
                await accept(session, referral.id, actor=partner)
            if state is ReferralState.IN_SERVICE:
                await begin(session, referral.id, actor=partner)
            if state is ReferralState.COMPLETED:
                await complete(session, referral.id, actor=partner)
    assert {each.id: each.state for each in await rows(database, Referral)} == {
        referral.id: state for state, referral in made.items()
    }
    return partner, made


@pytest.mark.parametrize("what", [ConsentKind.DATA, ConsentKind.SERVICES])
async def test_within_one_round_no_partner_has_or_may_do_anything_any_more(
    phone: Phone, database: Database, what: ConsentKind
) -> None:
    await fill_in_both(phone)
    partner, made = await open_referrals(phone, database)
    await phone.write("/consents")
    if what is ConsentKind.DATA:
        await phone.tap(TAKE_BACK, old=len(made))
        await phone.tap(TAKE_BACK_YES)
    else:
        for number in range(len(made)):
            await phone.tap(TAKE_BACK, old=number)
    # What was told stands for the network here; the worker does everything else in its one round.
    async with database.transaction() as session:
        await session.execute(update(OutboxRow).where(OutboxRow.topic == TELL_PERSON).values(state=OutboxState.DONE))
    await Worker(database, phone.receiver.bot, {}).run_once()
    ended = {each.id: each for each in await rows(database, Referral)}
    for state, referral in made.items():
        now = ended[referral.id]
        if state is not ReferralState.COMPLETED:
            assert now.state is ReferralState.WITHDRAWN_BY_PERSON, state
        assert now.disclosed is None
    async with database.transaction() as session:
        told = {row.referral_id: row for row in await inbox(session, partner)}
        assert made[ReferralState.DRAFT].id not in told, "what was never sent is never heard of"
        for state, referral in made.items():
            if state is ReferralState.DRAFT:
                continue
            view = await find_referral(session, partner, referral.id)
            assert (view.shared, view.must_delete) == ([], True), state
            assert not told[referral.id].awaits_answer
            for verb in (accept, begin, complete):
                with pytest.raises(NotAllowed):
                    await verb(session, referral.id, actor=partner)
