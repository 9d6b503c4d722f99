"""Help that is asked for in the chat: choosing among services, and saying afterwards how it was."""

from uuid import UUID

import pytest
from bot_records import only, rows
from bot_scene import PARTNER, add_caseworker, add_partner_account, add_service, refer
from journeys import fill_in_both
from phone import Phone
from sqlalchemy import select

from access.actor import Actor
from bot.asking import OLD_BUTTON
from bot.choosing import NONE_OF_THESE
from bot.menu import CASE, MENU
from bot.status import HOW_WAS_IT
from cases.consent import YES
from cases.models import Case
from cases.rules import NeedKind, Urgency
from foundation.database import Database
from foundation.language import Message
from referrals.models import Referral, ReferralWord, Service, ServiceOffer, reach_of
from referrals.offering import LOOK_AND_CHOOSE, offer_services
from referrals.responding import accept, complete
from referrals.rules import HELPED_NAMES, RECEIVED_NAMES, Helped, OfferState, Received, ReferralState, SharedField

READ = "👁 Read and answer"


async def offer_two(database: Database, actor: Actor, service: Service) -> UUID:
    async with database.transaction() as session:
        other = Service(
            id=UUID(int=7),
            organisation_id=service.organisation_id,
            name="Sewing course",
            description="Six weeks, mornings.",
            kind=service.kind,
            status="active",
            languages=["ar"],
            areas=["TN"],
            hsds={},
        )
        session.add_all([other, *reach_of(other)])
        await session.flush()
        offer = await offer_services(
            session,
            (await session.scalars(select(Case))).one(),
            services=[service.id, other.id],
            need_kind=NeedKind.WORK,
            urgency=Urgency.NORMAL,
            fields=[SharedField.CALLED],
            actor=actor,
        )
    return offer.id


async def test_the_person_looks_at_the_services_and_chooses_one(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await offer_two(database, await add_caseworker(database), await add_service(database))
    (told,) = await phone.receive()
    assert PARTNER not in told.text
    (shown,) = await phone.tap(LOOK_AND_CHOOSE)
    assert shown.protected
    first, *parts = shown.text.split("\n\n")
    assert first == "Here is what you asked for."
    assert any(part.startswith("1. ▪️ Job desk\nSousse Job Centre\nHelp to find a job.") for part in parts)
    assert any(part.startswith("2. ▪️ Sewing course") for part in parts)
    assert await rows(database, Referral) == []
    (question,) = await phone.tap("Sewing course")
    assert "Sewing course" in question.text
    assert (await only(database, Referral)).state is ReferralState.DRAFT
    (thanks,) = await phone.tap(YES)
    assert thanks.text.startswith("Thank you. Your request has been sent.")
    assert (await only(database, ServiceOffer)).state is OfferState.CHOSEN
    (again,) = await phone.tap("Job desk")
    assert again.text.startswith("This question is no longer open.")
    assert len(await rows(database, Referral)) == 1


async def test_what_waits_to_be_chosen_stands_in_my_case_until_it_is_answered(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await offer_two(database, await add_caseworker(database), await add_service(database))
    await phone.receive()
    await phone.tap(MENU)
    (case,) = await phone.tap(CASE)
    assert any("Look and choose" in text for row in case.buttons for text, _data in row)
    await phone.tap(LOOK_AND_CHOOSE)
    (told,) = await phone.tap(NONE_OF_THESE)
    assert told.text.startswith("All right. Your caseworker sees it")
    assert (await only(database, ServiceOffer)).state is OfferState.NONE_CHOSEN
    await phone.tap(MENU)
    (case,) = await phone.tap(CASE)
    assert not any("Look and choose" in text for row in case.buttons for text, _data in row)


async def finished(phone: Phone, database: Database) -> None:
    """The partner says that the service was given; the person has read nothing yet."""
    referral = await refer(database, await add_caseworker(database), await add_service(database))
    await phone.receive()
    await phone.tap(YES)
    partner = await add_partner_account(database)
    async with database.transaction() as session:
        await accept(session, referral.id, actor=partner)
    async with database.transaction() as session:
        await complete(session, referral.id, actor=partner)


async def test_after_a_service_the_person_says_how_it_was(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await finished(phone, database)
    *_news, question = await phone.receive()
    assert PARTNER not in question.text
    (asked,) = await phone.tap(READ)
    assert asked.protected
    assert "Job desk, Sousse Job Centre: did you get this help?" in asked.text
    assert "The organisation does not." in asked.text
    (helped,) = await phone.tap(RECEIVED_NAMES[Received.YES])
    assert "Did it help you?" in helped.text
    (thanks,) = await phone.tap(HELPED_NAMES[Helped.A_LOT])
    assert thanks.text.startswith("Thank you. Your answer helps us")
    word = await only(database, ReferralWord)
    assert (word.received, word.helped, word.disputed_at) == (Received.YES, Helped.A_LOT, None)


async def test_who_got_nothing_says_so_and_someone_looks_into_it(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await finished(phone, database)
    await phone.receive()
    await phone.tap(MENU)
    await phone.tap(CASE)
    await phone.tap(Message(HOW_WAS_IT.text, context="button").of(service="Job desk"))
    (thanks,) = await phone.tap(RECEIVED_NAMES[Received.NO])
    assert "A caseworker looks into it." in thanks.text
    word = await only(database, ReferralWord)
    assert (word.received, word.helped) == (Received.NO, None)
    assert word.disputed_at is not None


@pytest.mark.parametrize(
    "data",
    [
        "u", "u:zz", "u.got", "u.got:{id}", "u.got:{id}:maybe", "u.got:{id}:yes:more", "u.helped:{id}:yes",
        "u.helped:zz:not", "s", "s:zz", "s.pick:{id}:x", "s.pick:{id}:9", "s.pick:{id}:²", "s.none:zz",
    ],
)  # fmt: skip
async def test_a_button_that_no_phone_shows_changes_nothing(phone: Phone, database: Database, data: str) -> None:
    await fill_in_both(phone)
    offer_id = await offer_two(database, await add_caseworker(database), await add_service(database))
    await phone.receive()
    answers = await phone.tap_data(data.replace("{id}", offer_id.hex))
    assert answers[0].text in (OLD_BUTTON.text, "This question is no longer open.")
    assert await rows(database, ReferralWord) == []
    assert await rows(database, Referral) == []
    assert (await only(database, ServiceOffer)).state is OfferState.OPEN
