"""Consent in the chat: nothing is kept before a yes, a yes is to one exact text, and it can be taken back."""

import hashlib

import pytest
from bot_records import filled_tables, only, rows, the_case
from bot_scene import PARTNER, add_caseworker, add_service, refer
from journeys import agree, fill_in_both
from phone import Phone
from sqlalchemy import select, update

from bot.agreeing import ADULT, TAKE_BACK, TAKE_BACK_NO, TAKE_BACK_YES
from bot.asking import OLD_BUTTON
from bot.menu import BEGIN, CONSENTS, MENU, SERVICES
from bot.models import Chat
from bot.receiving import Receiver
from bot.services import WHOLE_COUNTRY
from bot.turns import Desk
from cases.consent import NO, YES
from cases.conversation import messages_of
from cases.messages import send_to_person
from cases.models import Case, CaseMessage, Consent, Submission
from cases.notices import DATA_NOTICE_VERSION, Programme, text_hash
from cases.rules import ConsentKind, ConsentState
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.language import RLM, Message, autonym
from referrals.models import Disclosure, Referral
from referrals.rules import ReferralState

BEFORE_CONSENT = {"chat", "subject_key", "seen_update", "outbox", "audit_entry"}
NOT_PERSONAL = {"organisation", "published_sheet", "instance_key", "service"}


async def test_without_consent_nothing_about_a_person_is_kept(phone: Phone, database: Database) -> None:
    await phone.write("/start")
    await phone.tap("English")
    await phone.write("I am Amie and I am afraid")
    await phone.tap(BEGIN)
    await phone.tap(ADULT)
    await phone.write("Amie")
    await phone.send("photo", photo=[{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}])
    assert set(await filled_tables(database)) - NOT_PERSONAL <= BEFORE_CONSENT
    await phone.tap(NO)
    await phone.write("Amie")
    await phone.write("/message")
    await phone.write("Amie")
    assert set(await filled_tables(database)) - NOT_PERSONAL == BEFORE_CONSENT
    events = [entry.event for entry in await rows(database, AuditEntry)]
    assert [event for event in events if event != "form.published"] == ["consent.refused"]
    assert set((await only(database, Chat)).place) <= {"standing", "nonce", "before", "question", "tap"}


async def test_who_refused_can_still_look_at_services(phone: Phone, database: Database) -> None:
    await add_service(database)
    await phone.write("/start")
    await phone.tap("English")
    await phone.tap(BEGIN)
    await phone.tap(ADULT)
    await phone.tap(NO)
    await phone.tap(SERVICES)
    await phone.tap(Message("Tunisia"))
    await phone.tap(WHOLE_COUNTRY)
    (answer,) = await phone.tap(Message("Jobs"))
    assert PARTNER in answer.text
    assert "+216 73 000 000" in answer.text


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_record_holds_the_hash_of_exactly_what_was_shown(
    phone: Phone, database: Database, language: str
) -> None:
    phone.language = language
    await phone.write("/start")
    await phone.tap(autonym(language))
    await phone.tap(BEGIN)
    (notice,) = await phone.tap(ADULT)
    await phone.tap(YES)
    consent = await only(database, Consent)
    assert consent.text_hash == hashlib.sha256(notice.text.encode()).hexdigest()
    assert notice.text.startswith(RLM) == (language == "ar")
    assert (consent.notice_id, consent.notice_version, consent.language) == ("data", DATA_NOTICE_VERSION, language)
    assert (consent.kind, consent.state) == (ConsentKind.DATA, ConsentState.GIVEN)


async def test_a_yes_to_a_text_that_has_changed_since_is_asked_again(
    phone: Phone, receiver: Receiver, database: Database
) -> None:
    await phone.write("/start")
    await phone.tap("English")
    await phone.tap(BEGIN)
    await phone.tap(ADULT)
    receiver.desk = Desk(Programme("Another Operator", 24, no_police_access=False), receiver.desk.languages)
    why, notice = await phone.tap(YES)
    assert "has changed" in why.text
    assert "Another Operator" in notice.text
    assert await rows(database, Consent) == []
    await phone.tap(YES)
    assert (await only(database, Consent)).text_hash == text_hash(notice.text)


async def test_a_yes_from_an_old_notice_counts_for_nothing(phone: Phone, database: Database) -> None:
    await phone.write("/start")
    await phone.tap("English")
    await phone.tap(BEGIN)
    await phone.tap(ADULT)
    await phone.tap(NO)
    phone.wait(minutes=1)
    await phone.tap(YES)
    assert await rows(database, Consent) == []
    await phone.tap(BEGIN)
    await phone.tap(ADULT)
    phone.wait(minutes=1)
    await phone.tap(YES, old=1)
    assert await rows(database, Consent) == []


async def test_two_taps_on_yes_open_one_case(phone: Phone, database: Database) -> None:
    await phone.write("/start")
    await phone.tap("English")
    await phone.tap(BEGIN)
    await phone.tap(ADULT)
    await phone.tap(YES, times=2)
    assert len(await rows(database, Case)) == len(await rows(database, Consent)) == 1


async def test_only_a_yes_sends_anything_to_a_partner(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await refer(database, await add_caseworker(database), await add_service(database))
    (question,) = await phone.receive()
    assert PARTNER in question.text
    assert await rows(database, Disclosure) == []
    (thanks,) = await phone.tap(YES)
    assert thanks.text.startswith("Thank you. Your request has been sent.")
    consent = await only(database, Consent, Consent.kind == ConsentKind.SERVICES)
    assert consent.text_hash == text_hash(question.text)
    assert (await only(database, Disclosure)).fields == ["called"]
    (again,) = await phone.tap(YES)
    assert again.buttons
    assert len(await rows(database, Disclosure)) == 1


async def test_a_no_sends_nothing(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await refer(database, await add_caseworker(database), await add_service(database))
    await phone.receive()
    await phone.tap(NO)
    await phone.tap(YES)
    assert await rows(database, Disclosure) == []
    referral = await only(database, Referral)
    assert (referral.state, referral.disclosed) == (ReferralState.WITHDRAWN_BY_PERSON, None)


async def test_words_are_no_yes_to_a_share(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await refer(database, await add_caseworker(database), await add_service(database))
    await phone.receive()
    await phone.write("Yes, I agree")
    assert (await only(database, Referral)).state is ReferralState.DRAFT


async def test_a_share_taken_back_stops_at_once(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    await refer(database, await add_caseworker(database), await add_service(database))
    await phone.receive()
    await phone.tap(YES)
    await phone.write("/consents")
    await phone.tap(TAKE_BACK)
    referral = await only(database, Referral)
    assert (referral.state, referral.disclosed) == (ReferralState.WITHDRAWN_BY_PERSON, None)
    case = await phone.write("/case")
    assert "you took it back" in case[-1].text


async def test_taking_back_the_agreement_to_data_asks_once_and_stops_everything(
    phone: Phone, database: Database
) -> None:
    await fill_in_both(phone)
    await refer(database, await add_caseworker(database), await add_service(database))
    await phone.receive()
    await phone.tap(YES)
    await phone.tap(MENU)
    await phone.tap(CONSENTS)
    await phone.tap(TAKE_BACK, old=1)
    assert {each.state for each in await rows(database, Consent)} == {ConsentState.GIVEN}
    await phone.tap(TAKE_BACK_NO)
    await phone.tap(TAKE_BACK_YES)
    assert {each.state for each in await rows(database, Consent)} == {ConsentState.WITHDRAWN}
    assert (await only(database, Referral)).state is ReferralState.WITHDRAWN_BY_PERSON
    assert (await the_case(database)).attention_at is not None


async def test_after_taking_back_the_menu_offers_what_is_left(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("/consents")
    await phone.tap(TAKE_BACK)
    await phone.tap(TAKE_BACK_YES)
    (menu,) = await phone.write("/menu")
    assert {data for row in menu.buttons for _text, data in row} == {
        "m.services",
        "m.delete",
        "m.consents",
        "m.rights",
        "m.complain",
        "m.more",
    }
    await phone.write("/message")
    await phone.write("I am still here")
    assert await rows(database, CaseMessage) == []
    stale = await phone.tap_data("q:x:skip:")
    assert stale[-1].text == OLD_BUTTON.text
    assert len(await rows(database, Submission)) == 1
    (again,) = await phone.tap_data("m.begin")
    assert "delete" in again.text


async def test_a_message_is_not_kept_once_the_agreement_has_ended(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("/message")
    async with database.transaction() as session:
        await session.execute(update(Consent).values(state=ConsentState.EXPIRED))
    await phone.write("Are you there?")
    assert await rows(database, CaseMessage) == []


async def test_messages_go_both_ways(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    caseworker = await add_caseworker(database)
    await phone.write("/message")
    (thanks,) = await phone.write("When will I hear from you?")
    assert thanks.text.startswith("Thank you. Your message has been passed on.")
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        assert [each.text for each in await messages_of(session, case)] == ["When will I hear from you?"]
        assert case.attention_at is not None
        await send_to_person(session, case, "On Monday.", actor=caseworker)
    (letter,) = await phone.receive()
    assert letter.text == "Your caseworker writes:\n\nOn Monday."
    async with database.reading() as session:
        case = (await session.scalars(select(Case))).one()
        assert [each.delivered_at is not None for each in await messages_of(session, case)] == [False, True]


async def test_the_case_shows_the_caseworker_and_every_request(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    caseworker = await add_caseworker(database)
    await refer(database, caseworker, await add_service(database))
    await phone.receive()
    async with database.transaction() as session:
        await session.execute(update(Case).values(owner_id=caseworker.id))
    (case,) = await phone.write("/case")
    assert "Your contact is Mariama (caseworker)." in case.text
    assert f"Job desk, {PARTNER}: we wait for your answer before we send anything" in case.text
