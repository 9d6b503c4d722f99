"""Complaining in the chat: kept only once it is sent, and without a name nothing of the chat is left on it."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bot_records import filled_tables, only, person_key, rows
from journeys import agree, fill_in_both
from phone import Phone
from sqlalchemy import func, select
from test_bot_privacy import stored_bytes

from access.actor import Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from bot.complaining import (
    ANSWER,
    DROP_COMPLAINT,
    GO_ON_WRITING,
    NAMED,
    NAMELESS,
    SEND_COMPLAINT,
    forget_drafts,
)
from bot.menu import COMPLAIN, MENU, MORE, RIGHTS
from bot.models import Chat
from bot.pace import Pace
from bot.rights import HELP_LINES
from bot.screens import MORE_CHOICES
from cases.complaint_desk import NEWS, READ, answer, open_complaint
from cases.complaints import ABOUT_NAMES, MOST_SENT
from cases.models import Case, Complaint
from cases.rights import RIGHT_NAMES, Right
from cases.rules import ComplaintAbout
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Base, Database
from foundation.language import Message
from foundation.outbox import OutboxRow
from foundation.sealing import SealedColumn

MOMENT = datetime(2026, 3, 6, 9, 41, 17, 123456, tzinfo=UTC)
CANARY = "Zuzannah saw the guard take needlework money"


async def meet(phone: Phone) -> None:
    await phone.write("/start")
    await phone.tap("English")


async def begin(phone: Phone, who: Message = NAMELESS, about: ComplaintAbout = ComplaintAbout.STAFF) -> None:
    await phone.write("/complain")
    await phone.tap(who)
    await phone.tap(ABOUT_NAMES[about])
    if who is NAMELESS:
        await phone.tap(Message("Tunisia"))


async def send(phone: Phone) -> str:
    """Send what was written; returns the receipt code."""
    said = await phone.tap(SEND_COMPLAINT)
    return said[0].text.partition("Your code: ")[2].partition("\n")[0].strip("\u2066\u2069")


async def add_officer(database: Database) -> Actor:
    async with database.transaction() as session:
        operator = await session.scalar(select(Organisation).where(Organisation.kind == OrganisationKind.OPERATOR))
        assert operator is not None
        officer = StaffMember(
            id=uuid4(), email="c@example.org", name="Mariam", role=Role.COMPLAINTS_OFFICER,
            organisation_id=operator.id, team=None, language="en", password_hash="", created_at=clock.now(),
        )  # fmt: skip
        session.add(officer)
    return Actor(officer.id, officer.role, operator.id)


async def answer_it(database: Database, text: str) -> None:
    officer = await add_officer(database)
    async with database.transaction() as session:
        complaint = (await session.scalars(select(Complaint))).one()
        await answer(session, complaint, text, actor=officer)


async def read_by_officer(database: Database, officer: Actor) -> str | None:
    async with database.transaction() as session:
        number = (await session.scalars(select(Complaint.number))).one()
        return (await open_complaint(session, number, actor=officer)).text


async def test_several_messages_become_one_complaint_and_the_code_reads_the_answer(
    phone: Phone, database: Database
) -> None:
    await meet(phone)
    await phone.tap(COMPLAIN)
    await phone.tap(NAMELESS)
    await phone.tap(ABOUT_NAMES[ComplaintAbout.SERVICE])
    await phone.tap(Message("The Gambia"))
    await phone.write("The bed was not there.")
    await phone.write("Nobody answered the phone.")
    assert await rows(database, Complaint) == []
    code = await send(phone)
    complaint = await only(database, Complaint)
    assert (complaint.about, complaint.country, complaint.language) == (ComplaintAbout.SERVICE, "GM", "en")
    officer = await add_officer(database)
    assert await read_by_officer(database, officer) == "The bed was not there.\n\nNobody answered the phone."
    await phone.write("/complain")
    await phone.tap(ANSWER)
    assert "do not know this code" in (await phone.write("2345-6789-ABCD"))[0].text
    assert "no answer yet" in (await phone.write(code))[0].text
    async with database.transaction() as session:
        await answer(session, (await session.scalars(select(Complaint))).one(), "We are sorry.", actor=officer)
    assert await phone.receive() == []
    await phone.write("/complain")
    await phone.tap(ANSWER)
    assert "We are sorry." in (await phone.write(code.lower().replace("-", " ")))[0].text


async def test_after_it_is_sent_the_outside_bodies_are_named(phone: Phone) -> None:
    await meet(phone)
    await begin(phone, about=ComplaintAbout.STAFF)
    await phone.write("Your caseworker shouted at me.")
    said = await phone.tap(SEND_COMPLAINT)
    assert "Médiateur administratif" in said[-1].text
    assert "do not belong to us" in said[-1].text


async def test_help_comes_before_the_writing_when_someone_was_exploited(phone: Phone) -> None:
    await meet(phone)
    await phone.write("/complain")
    await phone.tap(NAMELESS)
    await phone.tap(ABOUT_NAMES[ComplaintAbout.EXPLOITATION])
    assert "80 104 748" in (await phone.tap(Message("Tunisia")))[0].text


async def test_without_a_name_no_row_points_to_the_chat_nor_to_its_moment(phone: Phone, database: Database) -> None:
    phone.fixed = MOMENT
    await fill_in_both(phone)
    await begin(phone)
    await phone.write(CANARY)
    before = {each.id for each in await rows(database, AuditEntry)}
    await send(phone)
    complaint, chat, case = await only(database, Complaint), await only(database, Chat), await only(database, Case)
    traces = [complaint.id, complaint.number]
    for table in Base.metadata.tables.values():
        if table.name in ("complaint", "subject_key", "fact"):
            continue
        async with database.reading() as session:
            found = (await session.execute(select(*(each for each in table.c if not is_sealed(each))))).all()
        text = json.dumps([list(map(str, row)) for row in found])
        assert not [trace for trace in traces if str(trace) in text or str(trace).replace("-", "") in text], table.name
    assert {each.id for each in await rows(database, AuditEntry)} == before
    assert set(chat.place) <= {"standing", "nonce", "before", "tap", "answered_question", "answered_message"}
    own = json.dumps([str(getattr(complaint, each.key)) for each in Complaint.__table__.columns if not is_sealed(each)])
    for other in (chat.subject_id, case.id, case.number):
        assert str(other) not in own
    async with database.reading() as session:
        table = Base.metadata.tables["subject_key"]
        created = await session.scalar(select(table.c.created_at).where(table.c.subject_id == complaint.id))
    assert {created, complaint.received_at} == {MOMENT.replace(hour=0, minute=0, second=0, microsecond=0)}
    assert (await person_key(database)).subject_id not in (complaint.id, complaint.person_id)


def is_sealed(column: object) -> bool:
    return isinstance(getattr(column, "type", None), SealedColumn)


async def test_no_word_of_it_stands_in_the_clear_before_or_after(phone: Phone, database: Database) -> None:
    await meet(phone)
    await begin(phone)
    await phone.write(CANARY)
    drafted = await stored_bytes(database)
    code = await send(phone)
    sent = await stored_bytes(database)
    for found in (drafted, sent):
        assert b"Zuzannah" not in found
        assert b"needlework" not in found
    assert code.encode() not in sent
    assert code.replace("-", "").encode() not in sent


async def test_what_is_not_sent_can_be_gone_on_with_and_thrown_away(phone: Phone, database: Database) -> None:
    await meet(phone)
    await begin(phone)
    await phone.write(CANARY)
    await phone.tap(MENU)
    assert "draft" in (await only(database, Chat)).place
    await phone.write("This is no part of it, it comes from the menu.")
    await phone.write("/complain")
    assert CANARY in (await phone.tap(GO_ON_WRITING))[0].text
    await phone.tap(DROP_COMPLAINT)
    assert "draft" not in (await only(database, Chat)).place
    assert await rows(database, Complaint) == []
    phone.wait(minutes=1)
    assert "Nothing was sent" in (await phone.tap(SEND_COMPLAINT))[0].text
    assert await rows(database, Complaint) == []


async def test_a_second_tap_sends_nothing_twice(phone: Phone, database: Database) -> None:
    await meet(phone)
    await begin(phone)
    await phone.write("The office was closed all week.")
    await phone.tap(SEND_COMPLAINT, times=2)
    assert len(await rows(database, Complaint)) == 1


@pytest.mark.parametrize("who", [NAMED, NAMELESS])
async def test_a_flood_from_one_chat_is_stopped_and_the_draft_stays(
    phone: Phone, database: Database, who: Message
) -> None:
    await fill_in_both(phone)
    for number in range(MOST_SENT + 1):
        await begin(phone, who)
        await phone.write(f"The office was closed all week, again: {number}.")
        if number < MOST_SENT:
            await send(phone)
    stored = await filled_tables(database)
    assert "Too many attempts" in (await phone.tap(SEND_COMPLAINT))[0].text
    assert len(await rows(database, Complaint)) == MOST_SENT
    # Nothing was stored that counts, or names, who complained: neither of those that came nor of the one too many.
    assert "sign_in_failures" not in stored
    changed = {name for name, count in (await filled_tables(database)).items() if count != stored.get(name)}
    assert changed <= {"outbox", "seen_update"}
    other = Phone(phone.receiver, phone.network, chat_id=phone.chat_id + 1)
    await meet(other)
    await begin(other)
    await other.write("Nobody answers the phone.")
    await send(other)
    assert len(await rows(database, Complaint)) == MOST_SENT + 1
    phone.wait(minutes=16)
    await phone.write("/complain")
    await phone.tap(GO_ON_WRITING)
    await send(phone)
    assert len(await rows(database, Complaint)) == MOST_SENT + 2


def test_a_pace_forgets_whom_it_has_not_seen_of_late() -> None:
    pace = Pace(1, timedelta(minutes=15))
    for chat_id in range(3):
        pace.note(chat_id)
    assert [pace.is_too_fast(chat_id) for chat_id in (0, 3)] == [True, False]
    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        assert not pace.is_too_fast(0)
        pace.note(3)
        assert list(pace._moments) == [3]


async def test_too_little_is_refused_and_nothing_is_lost(phone: Phone, database: Database) -> None:
    await meet(phone)
    await begin(phone)
    await phone.write("hm")
    assert "in a few words" in (await phone.tap(SEND_COMPLAINT))[0].text
    await phone.write("The office was closed all week.")
    await phone.write("x" * 4000)
    await phone.write("y" * 4000)
    assert "left out" in (await phone.write("z" * 4000))[0].text
    await send(phone)
    text = await read_by_officer(database, await add_officer(database))
    assert text is not None
    assert text.startswith("hm\n\nThe office was closed")
    assert text.endswith("y" * 4000)


async def test_a_photo_is_asked_for_in_words(phone: Phone, database: Database) -> None:
    await meet(phone)
    await begin(phone)
    await phone.write("The office was closed all week.")
    assert "written words" in (await phone.send("contact", contact={"phone_number": "1", "first_name": "A"}))[0].text
    await send(phone)
    assert len(await rows(database, Complaint)) == 1


async def test_with_a_name_the_person_is_told_neutrally_and_reads_without_a_code(
    phone: Phone, database: Database
) -> None:
    await fill_in_both(phone)
    await begin(phone, NAMED)
    await phone.write("My caseworker did not come.")
    await send(phone)
    complaint, chat = await only(database, Complaint), await only(database, Chat)
    assert complaint.person_id == chat.subject_id
    await answer_it(database, "We have spoken with her.")
    (news,) = await phone.receive()
    assert news.text == NEWS.text
    assert "We have spoken with her." in (await phone.tap(READ))[0].text


async def test_only_someone_with_a_case_is_asked_for_their_name(phone: Phone) -> None:
    await meet(phone)
    (said,) = await phone.write("/complain")
    assert next(data for row in said.buttons for _text, data in row) == "m.complain.as:nameless"
    (said,) = await phone.tap_data("m.complain.as:named")
    assert said.buttons


async def test_a_name_claimed_by_a_forged_tap_is_none(phone: Phone, database: Database) -> None:
    await meet(phone)
    await phone.tap_data("m.complain.in:named:staff:TN")
    await phone.write("The office was closed all week.")
    await send(phone)
    assert (await only(database, Complaint)).person_id is None


@pytest.mark.parametrize(
    "data",
    [
        "m.complain.as:x",
        "m.complain.kind:named:x",
        "m.complain.in:nameless:staff:XX",
        "k:x:send",
        "k::",
        "m.right:TN:x",
    ],
)
async def test_garbled_taps_begin_nothing(phone: Phone, database: Database, data: str) -> None:
    await meet(phone)
    assert await phone.tap_data(data)
    await phone.write("not a complaint at all")
    assert await rows(database, Complaint) == []
    assert "draft" not in (await only(database, Chat)).place


async def test_a_draft_that_was_left_is_forgotten_after_a_week(phone: Phone, database: Database) -> None:
    await meet(phone)
    await begin(phone)
    await phone.write(CANARY)
    for days, kept in ((6, True), (8, False)):
        with clock.moved_to(clock.now() + timedelta(days=days)):
            async with database.transaction() as session:
                await forget_drafts(session)
        place = (await only(database, Chat)).place
        assert ("draft" in place) is kept
    await phone.write("still here")
    assert await rows(database, Complaint) == []


async def test_rights_and_help_lines_need_no_consent_and_leave_nothing(phone: Phone, database: Database) -> None:
    await meet(phone)
    async with database.reading() as session:
        audited = await session.scalar(select(func.count()).select_from(AuditEntry))
    await phone.tap(RIGHTS)
    await phone.tap(Message("The Gambia"))
    told = await phone.tap(HELP_LINES)
    assert "117" in told[0].text
    assert "197" not in "".join(sent.text for sent in told)
    await phone.tap(RIGHTS)
    assert "sell you" in (await phone.tap(RIGHT_NAMES[Right.SAFETY]))[0].text
    await phone.tap(RIGHTS)
    await phone.tap(MORE_CHOICES)
    assert "You need not give your name" in (await phone.tap(RIGHT_NAMES[Right.COMPLAIN]))[0].text
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == audited
    assert await rows(database, Case) == []
    assert set((await only(database, Chat)).place) <= {"standing", "nonce", "before", "tap"}


async def test_the_rights_of_the_case_s_country_come_without_asking(phone: Phone) -> None:
    await agree(phone)
    await fill_in_arrival_in_tunisia(phone)
    await phone.write("/menu")
    await phone.tap(MORE)
    await phone.tap(RIGHTS)
    assert "197" in (await phone.tap(HELP_LINES))[0].text


async def fill_in_arrival_in_tunisia(phone: Phone) -> None:
    await phone.write("Amie")
    await phone.write("1990")
    await phone.tap("Skip ▶️")
    await phone.tap(Message("Tunisia"))
    for _question in range(5):
        await phone.tap("Skip ▶️")
    await phone.tap("✅ Send")


async def test_the_outbox_holds_nothing_of_a_complaint_once_it_is_sent(phone: Phone, database: Database) -> None:
    await meet(phone)
    await begin(phone)
    await phone.write(CANARY)
    await send(phone)
    for row in await rows(database, OutboxRow):
        assert row.body is None
        assert row.payload == {}
