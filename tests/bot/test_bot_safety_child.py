"""A child in the chat: help at once, no questions, nothing kept before their yes, nothing begun before an officer."""

import hashlib

import pytest
from bot_records import filled_tables, only, rows, the_case
from journeys import agree
from phone import Phone
from sqlalchemy import select

from access.actor import Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from bot.agreeing import ADULT, TAKE_BACK, TAKE_BACK_YES, UNSURE, YOUNGER
from bot.guarding import ALONE, CHILD_NO, CHILD_YES, WITH_GUARDIAN
from bot.menu import BEGIN, WAITING, WRITE
from bot.models import Chat
from cases.consent import NO, YES
from cases.guardianship import confirm_guardian
from cases.models import Case, CaseMessage, Consent, Flag, Submission, Task
from cases.rules import CaseStatus, ConsentState, FlagKind, FlagOutcome, GivenBy, TaskKind
from cases.safeguarding import settle_flag
from foundation import clock
from foundation.database import Database
from foundation.language import Message, say

CHILD_LINES = "Help for children"
NOTHING_KEPT = {"chat", "subject_key", "seen_update", "outbox", "audit_entry"}
NOT_PERSONAL = {"organisation", "published_sheet", "instance_key", "service"}


async def to_child(phone: Phone, age: Message = YOUNGER) -> str:
    await phone.write("/start")
    await phone.tap("English")
    await phone.tap(BEGIN)
    return (await phone.tap(age))[-1].text


async def contact(phone: Phone, *, accompanied: bool) -> None:
    await to_child(phone)
    if accompanied:
        await phone.tap(WITH_GUARDIAN)
        await phone.tap(YES)
    else:
        await phone.tap(ALONE)
    await phone.tap(CHILD_YES)


async def add_officer(database: Database) -> Actor:
    async with database.transaction() as session:
        operator = (
            await session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.OPERATOR))
        ).one()
        member = StaffMember(
            id=operator.id,
            email="officer@example.org",
            name="Officer",
            role=Role.CHILD_PROTECTION_OFFICER,
            organisation_id=operator.id,
            team=None,
            language="en",
            password_hash="",
            created_at=clock.now(),
        )
        session.add(member)
    return Actor(member.id, member.role, operator.id)


async def test_an_adult_has_one_tap_more_and_nothing_of_it_is_kept(phone: Phone, database: Database) -> None:
    await phone.write("/start")
    await phone.tap("English")
    (asked,) = await phone.tap(BEGIN)
    assert asked.text == "First one question: are you 18 years old or older?"
    await phone.write("I am 17")
    assert set(await filled_tables(database)) - NOT_PERSONAL <= NOTHING_KEPT
    (notice,) = await phone.tap(ADULT)
    assert "Do you agree that we keep your answers" in notice.text
    assert set((await only(database, Chat)).place) <= {"standing", "nonce", "before", "notice", "tap"}


async def test_nothing_is_kept_of_a_child_until_they_say_yes(phone: Phone, database: Database) -> None:
    await to_child(phone)
    await phone.write("I am Kebba and I am alone")
    told = await phone.tap(ALONE)
    assert CHILD_LINES in told[0].text
    await phone.write("Kebba")
    assert set(await filled_tables(database)) - NOT_PERSONAL <= NOTHING_KEPT
    await phone.tap(CHILD_NO)
    assert set(await filled_tables(database)) - NOT_PERSONAL <= NOTHING_KEPT


async def test_with_a_guardian_both_say_yes_and_it_waits_for_the_officer(phone: Phone, database: Database) -> None:
    await to_child(phone)
    _please, guardian = await phone.tap(WITH_GUARDIAN)
    assert "parent or guardian" in guardian.text
    assert "who work on your case" in guardian.text
    (child,) = await phone.tap(YES)
    assert "Now it is your turn" in child.text
    said = await phone.tap(CHILD_YES)
    assert any(CHILD_LINES in each.text for each in said)
    consent = await only(database, Consent)
    assert (consent.state, consent.given_by, consent.notice_id) == (
        ConsentState.REQUESTED,
        GivenBy.GUARDIAN,
        "data_child",
    )
    assert consent.text_hash == hashlib.sha256(f"{guardian.text}\n\n{child.text}".encode()).hexdigest()
    assert {each.kind for each in await rows(database, Flag)} == {FlagKind.CHILD}
    assert [each.kind for each in await rows(database, Task)] == [TaskKind.GUARDIAN]


async def test_a_childs_yes_from_an_older_button_or_for_the_guardian_counts_for_nothing(
    phone: Phone, database: Database
) -> None:
    await to_child(phone)
    await phone.tap(WITH_GUARDIAN)
    place = (await only(database, Chat)).place
    for data in (f"g:{place['before']}:yes", f"c:{place['nonce']}:yes", f"a:{place['nonce']}:yes"):
        phone.wait(minutes=1)
        await phone.tap_data(data)
    assert await rows(database, Case) == []
    await phone.tap(YES)
    await phone.tap(CHILD_YES, times=2)
    assert len(await rows(database, Case)) == 1


@pytest.mark.parametrize("says_no", ["guardian", "child"])
async def test_a_no_of_either_ends_it_with_help(phone: Phone, database: Database, says_no: str) -> None:
    await to_child(phone)
    await phone.tap(WITH_GUARDIAN)
    if says_no == "child":
        await phone.tap(YES)
    said = await phone.tap(NO if says_no == "guardian" else CHILD_NO)
    assert any("We keep nothing about you" in each.text for each in said)
    assert await rows(database, Case) == []


async def test_a_child_alone_can_write_at_once_and_is_asked_nothing(phone: Phone, database: Database) -> None:
    await contact(phone, accompanied=False)
    assert {each.kind for each in await rows(database, Flag)} == {FlagKind.CHILD, FlagKind.UNACCOMPANIED_CHILD}
    await phone.tap(WRITE)
    await phone.write("I am at the bus station and have no place to sleep")
    assert len(await rows(database, CaseMessage)) == 1
    assert (await the_case(database)).attention_at is not None
    for tried in ("m.begin", "m.file", "m.case", "q:x:skip:", "f.now:x"):
        await phone.tap_data(tried)
    assert await rows(database, Submission) == []
    (menu,) = await phone.write("/menu")
    assert "no questions yet" in menu.text
    (waits,) = await phone.tap(WAITING)
    assert "14 days" in waits.text


async def test_who_is_not_sure_of_their_age_is_treated_as_a_child(phone: Phone, database: Database) -> None:
    assert "If you are not sure" in await to_child(phone, UNSURE)
    await phone.tap(ALONE)
    await phone.tap(CHILD_YES)
    assert "contact.age_unsure" in {each.rule for each in await rows(database, Flag)}


async def test_once_the_officer_confirms_the_questions_begin(phone: Phone, database: Database) -> None:
    await contact(phone, accompanied=True)
    officer = await add_officer(database)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        await confirm_guardian(session, case, "Spoke with the mother.", actor=officer)
    (news,) = await phone.receive()
    assert news.text == "There is something new for you here. Open the menu to see it."
    await phone.write("/menu")
    (question,) = await phone.tap_data("m.begin")
    assert question.text.startswith("Question 1 of")


async def test_who_turns_out_to_be_an_adult_reads_the_notice_and_agrees_themselves(
    phone: Phone, database: Database
) -> None:
    await contact(phone, accompanied=False)
    officer = await add_officer(database)
    async with database.transaction() as session:
        case = (await session.scalars(select(Case))).one()
        flag = (await session.scalars(select(Flag).where(Flag.kind == FlagKind.CHILD))).one()
        await settle_flag(session, case, flag.id, FlagOutcome.NOT_CONFIRMED, "Born 2001.", actor=officer)
    (notice,) = await phone.tap_data("m.begin")
    assert "Do you agree that we keep your answers" in notice.text
    _thanks, question = await phone.tap(YES)
    assert question.text.startswith("Question 1 of")
    states = {each.given_by: each.state for each in await rows(database, Consent)}
    assert states == {GivenBy.GUARDIAN: ConsentState.REFUSED, GivenBy.PERSON: ConsentState.GIVEN}


async def test_a_child_takes_back_their_yes_and_everything_is_gone(phone: Phone, database: Database) -> None:
    await contact(phone, accompanied=False)
    await phone.write("/consents")
    await phone.tap(TAKE_BACK)
    (gone,) = await phone.tap(TAKE_BACK_YES)
    assert "has been destroyed" in gone.text
    assert (await the_case(database)).status is CaseStatus.ERASED
    assert (await only(database, Consent)).state is ConsentState.REFUSED


async def test_a_child_in_danger_who_writes_so_before_any_yes_reads_help_and_nothing_is_kept(
    phone: Phone, database: Database
) -> None:
    await to_child(phone)
    said = await phone.write("I want to die")
    assert "talk to someone now" in said[0].text
    assert set(await filled_tables(database)) - NOT_PERSONAL <= NOTHING_KEPT


async def test_the_words_for_a_child_exist_beside_those_for_a_guardian(phone: Phone) -> None:
    await agree(phone)  # an adult never reads them
    texts = "".join(each.text for each in phone.network.sent)
    for message in (CHILD_YES, WITH_GUARDIAN, ALONE):
        assert say("en", message) not in texts
