"""The person's own file in the chat: where the case stands and by when, who got and saw what, corrections, a copy."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bot_records import answers, filled_tables, only, rows, the_case
from bot_scene import PARTNER, add_caseworker, add_service, refer
from journeys import agree, fill_in_both
from phone import CHAT_ID, Phone
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from telegram_stub import Sent

from access.actor import PERSON, Actor
from access.models import StaffMember
from access.rules import Role
from bot.agreeing import TAKE_BACK, TAKE_BACK_YES
from bot.copying import ALREADY_ON_ITS_WAY, PERSON_COPY, TO_READ, Copier
from bot.deleting import BACKUP_DAYS, DELETE_YES
from bot.locking import OPEN_ACTIONS
from bot.menu import CONSENTS, GO_ON
from bot.models import Chat
from bot.myfile import COPY, CORRECT, EARLIER, OPENINGS, RECEIPT, SHARES
from bot.routing import BUTTONS, ON_ID
from bot.screens import EDIT, SEND, SKIP
from bot.status import MY_FILE
from bot.turn import FIRST_LINE
from cases.consent import YES
from cases.files import drop_outlived, outlived_files
from cases.filling import begin_filling
from cases.hours import in_words, reply_due, zone_of
from cases.intake import submit_form
from cases.models import Case, FollowUp, StoredFile, Submission, Task
from cases.rules import FollowUpState, SubmissionState, TaskKind
from documents.person_file import PersonFile
from documents.receipts import Controller, Receipt
from foundation import audit, clock
from foundation.audit import AuditEntry
from foundation.database import Base, Database
from foundation.keys import open_subject
from foundation.language import Message, say
from foundation.outbox import OutboxRow, OutboxState
from referrals.models import Referral
from referrals.responding import find_referral

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWN_FILE = {"bot.status", "bot.myfile", "bot.copying"}
CONTROLLER = Controller(name="Example Return Service")


@pytest.fixture
def phone(phone: Phone, database: Database) -> Phone:
    """A phone whose worker makes copies too."""
    phone.handlers[PERSON_COPY] = Copier(database, CONTROLLER).make
    phone.fixed = MONDAY
    return phone


async def referred(phone: Phone, database: Database) -> tuple[Referral, Actor]:
    """The forms sent, a caseworker, and a request that the person said yes to."""
    await fill_in_both(phone)
    caseworker, service = await add_caseworker(database), await add_service(database)
    with clock.moved_to(MONDAY):
        referral = await refer(database, caseworker, service)
    await phone.receive()
    await phone.tap(YES)
    return referral, caseworker


async def case_text(phone: Phone) -> Sent:
    (shown,) = await phone.write("/case")
    return shown


def told(moment: datetime, case: Case) -> str:
    return in_words("en", moment.astimezone(zone_of(case.country)))


async def test_my_case_says_what_is_due_by_when_on_the_clock_of_the_country(phone: Phone, database: Database) -> None:
    referral, caseworker = await referred(phone, database)
    async with database.transaction() as session:
        await session.execute(
            update(Case).values(
                owner_id=caseworker.id, country="TN", unanswered_at=MONDAY, attention_at=MONDAY - timedelta(hours=1)
            )
        )
    case, sent = await the_case(database), await only(database, Referral)
    assert sent.due_at is not None
    text = (await case_text(phone)).text
    assert "Your contact is Mariama (caseworker)." in text
    assert f"A caseworker answers your message by {told(reply_due(MONDAY, 'TN', 24), case)}." in text
    assert f"{PARTNER} must answer by {told(sent.due_at, case)}." in text
    assert f"sent, no answer yet (answer due by {told(sent.due_at, case)})" in text
    assert "Times are given as the clock in Tunisia shows them." in text
    # Nine in the morning in UTC is ten in Tunis; both clocks of the reply are one promise.
    assert text.count("• A caseworker") == 1
    assert f"If you write now, you have an answer by {told(reply_due(MONDAY, 'TN', 24), case)}." in text
    assert referral.id == sent.id


async def test_tasks_and_follow_ups_are_told_with_their_day_and_what_is_late_is_called_late(
    phone: Phone, database: Database
) -> None:
    await agree(phone)
    case = await the_case(database)
    async with database.transaction() as session:
        for kind, hours in ((TaskKind.CALL_BACK, 5), (TaskKind.DISTRESS, -5), (TaskKind.UNREACHABLE, 1)):
            session.add(_task(case, kind, MONDAY + timedelta(hours=hours)))
        session.add(_wave(case, "month_3", FollowUpState.PLANNED, 90))
        session.add(_wave(case, "day_3", FollowUpState.DONE, 3))
    text = (await case_text(phone)).text
    lines = text[text.index("What comes next:") :].split("\n")
    assert f"We call you by {told(MONDAY + timedelta(hours=5), case)}." in text
    assert text.count("This is late. We are sorry.") == 1
    late = next(line for line in lines if "This is late" in line)
    assert late.startswith("• Someone from our team contacts you by ")
    assert lines.index(late) < lines.index(next(line for line in lines if "We call you" in line))
    assert "On 31 May 2026 we ask you here how you are." in text.replace("\u2068", "").replace("\u2069", "")
    assert "Times are given in UTC" in text


def _task(case: Case, kind: TaskKind, due_at: datetime) -> Task:
    return Task(id=uuid4(), case_id=case.id, kind=kind, reason="test", created_at=MONDAY, due_at=due_at)


def _wave(case: Case, wave: str, state: FollowUpState, days: int) -> FollowUp:
    due_on = MONDAY.date() + timedelta(days=days)
    return FollowUp(id=uuid4(), case_id=case.id, wave=wave, due_on=due_on, state=state, attempts=0)


async def test_what_tells_of_the_case_begins_neutrally_and_cannot_be_forwarded(
    phone: Phone, database: Database
) -> None:
    await referred(phone, database)
    shown = [await case_text(phone), *(await phone.tap(CONSENTS))[:-1]]
    await phone.write("/file")
    shown += await phone.tap(SHARES)
    await phone.write("/file")
    shown += await phone.tap(OPENINGS)
    assert len(shown) == 5
    for sent in shown:
        assert sent.text.split("\n")[0] == say("en", FIRST_LINE)
        assert sent.protected


async def test_the_share_log_says_to_whom_what_when_and_whether_it_was_opened(phone: Phone, database: Database) -> None:
    referral, _caseworker = await referred(phone, database)
    await phone.write("/case")
    await phone.tap(MY_FILE)
    (shown,) = await phone.tap(SHARES)
    for words in (PARTNER, "the name you want to be called by", "You agreed to it on", "They have not opened it yet."):
        assert words in shown.text
    assert "skills" not in shown.text
    async with database.transaction() as session:
        partner = Actor((await _staff_of(session, referral)).id, Role.PARTNER, referral.organisation_id)
        with clock.moved_to(MONDAY + timedelta(days=1)):
            await find_referral(session, partner, referral.id)
    await phone.write("/file")
    (shown,) = await phone.tap(SHARES)
    assert "They opened it on" in shown.text
    await phone.write("/file")
    (shown,) = await phone.tap(OPENINGS)
    assert "3 March 2026: partner (1 time)" in shown.text.replace("\u2068", "").replace("\u2069", "")


async def _staff_of(session: AsyncSession, referral: Referral) -> StaffMember:
    member = StaffMember(
        id=uuid4(),
        email="desk@example.org",
        name="Someone at the desk",
        role=Role.PARTNER,
        organisation_id=referral.organisation_id,
        team=None,
        language="en",
        password_hash="",
        created_at=clock.now(),
    )
    session.add(member)
    await session.flush()
    return member


async def test_who_opened_the_file_is_told_by_role_never_by_name_a_page_at_a_time(
    phone: Phone, database: Database
) -> None:
    await agree(phone)
    caseworker, case = await add_caseworker(database), await the_case(database)
    async with database.transaction() as session:
        for day in range(12):
            with clock.moved_to(MONDAY + timedelta(days=day)):
                audit.record(session, caseworker.id, "case.viewed", case.id, role=caseworker.role)
                audit.record(session, caseworker.id, "case.viewed", case.id, role=Role.SUPERVISOR)
                audit.record(session, caseworker.id, "case.viewed", case.id, role=Role.SUPERVISOR)
    await phone.write("/file")
    (first,) = await phone.tap(OPENINGS)
    (second,) = await phone.tap(EARLIER)
    days = [line for line in (first.text + second.text).split("\n") if line.startswith("•")]
    assert len(days) == 12
    assert (
        days[0].replace("\u2068", "").replace("\u2069", "")
        == "• 13 March 2026: supervisor (2 times), caseworker (1 time)"
    )
    assert "2 March 2026" in days[-1]
    assert "Mariama" not in first.text + second.text
    assert (await phone.tap_data("m.openings:nonsense"))[0].text == first.text


async def test_an_answer_can_be_corrected_after_sending(phone: Phone, database: Database) -> None:
    await fill_in_both(phone)
    before = await only(database, Submission, Submission.sheet_id == "arrival")
    await phone.write("/file")
    await phone.tap(CORRECT)
    (shown,) = await phone.tap(Message("About you"))
    assert "Amie" in shown.text
    await phone.tap(EDIT)
    await phone.tap(Message("What name shall we call you by?"))
    await phone.write("Fatou")
    (thanked,) = await phone.tap(SEND)
    # Nothing is left to be asked, so nothing more is offered.
    assert "A caseworker reads your answers" in thanked.text
    sent = await rows(database, Submission, Submission.sheet_id == "arrival")
    assert {each.amends for each in sent} == {None, before.id}
    (newest,) = (each for each in sent if each.amends == before.id)
    assert newest.state is SubmissionState.SUBMITTED


async def test_an_age_corrected_to_a_childs_says_who_will_come(phone: Phone) -> None:
    await fill_in_both(phone)
    await phone.write("/file")
    await phone.tap(CORRECT)
    await phone.tap(Message("About you"))
    await phone.tap(EDIT)
    await phone.tap(Message("In which year were you born?"))
    await phone.write("2012")
    told = await phone.tap(SEND)
    assert "Someone who works with children" in told[0].text
    assert "A caseworker reads your answers" in told[-1].text


async def test_a_form_that_is_half_filled_in_is_not_lost_to_a_correction(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("Amie")
    for _question in range(3):
        await phone.tap(SKIP)
    await phone.tap(Message("Tunisia"))
    for _question in range(5):
        await phone.tap(SKIP)
    await phone.tap(SEND)
    await phone.tap(GO_ON)
    chat = await only(database, Chat)
    await phone.write("/file")
    await phone.tap(CORRECT)
    (refused,) = await phone.tap(Message("About you"))
    assert "Please finish and send them first" in refused.text
    assert (await only(database, Chat)).submission_id == chat.submission_id
    assert len(await rows(database, Submission)) == 2


async def test_a_copy_comes_as_two_documents_with_neutral_names(phone: Phone, database: Database) -> None:
    await referred(phone, database)
    await phone.write("/file")
    made = await phone.tap(COPY)
    assert made[0].text.startswith("We are making it now.")
    printed, data = (each for each in made if each.file is not None)
    assert isinstance(printed.file, bytes)
    assert printed.file.startswith(b"%PDF-")
    assert printed.text == say("en", TO_READ)
    assert not printed.protected
    assert isinstance(data.file, bytes)
    copied = PersonFile.model_validate_json(data.file)
    assert copied.called == (await answers(database))["called"]
    files = await rows(database, StoredFile)
    assert {each.delete_at for each in files} == {MONDAY + timedelta(hours=24)}
    noted = await only(database, AuditEntry, AuditEntry.event == "file.copied")
    assert (noted.actor_id, noted.facts) == (PERSON.id, {"what": "file"})


async def test_a_copy_that_is_ready_after_the_chat_was_hidden_does_not_arrive_beside_the_cover(
    phone: Phone, database: Database
) -> None:
    await agree(phone)
    phone.worker = False
    await phone.write("/file")
    await phone.tap(COPY)
    await phone.write("/hide")
    phone.worker = True
    arrived = await phone.receive()
    assert [each.text for each in arrived if each.file is not None] == []
    assert say("en", TO_READ) not in [each.text for each in arrived]
    await phone.write("/menu")
    made = await phone.tap("Read it")
    assert len([each for each in made if each.file is not None]) == 2


async def test_what_was_made_is_gone_after_a_day(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("/file")
    await phone.tap(COPY)
    assert len(await rows(database, StoredFile)) == 2
    with clock.moved_to(MONDAY + timedelta(hours=25)):
        async with database.transaction() as session:
            for file_id in await outlived_files(session):
                await drop_outlived(session, file_id)
    assert await rows(database, StoredFile) == []


async def test_a_second_wish_while_one_is_being_made_makes_no_second_copy(phone: Phone, database: Database) -> None:
    await agree(phone)
    phone.worker = False
    await phone.write("/file")
    await phone.tap(COPY)
    (again,) = await phone.tap_data("m.copy")
    assert again.text == say("en", ALREADY_ON_ITS_WAY)
    # What is said meanwhile does not wait for the copy.
    assert await phone.write("/menu")
    assert len(await rows(database, OutboxRow, OutboxRow.topic == PERSON_COPY)) == 1
    phone.worker = True
    await phone.receive()
    assert len(await rows(database, StoredFile)) == 2


async def test_two_workers_that_make_the_same_copy_hand_it_over_once(phone: Phone, database: Database) -> None:
    await agree(phone)
    phone.worker = False
    await phone.write("/file")
    await phone.tap(COPY)
    row = await only(database, OutboxRow, OutboxRow.topic == PERSON_COPY)
    copier = Copier(database, CONTROLLER)
    await asyncio.gather(copier.make(row), copier.make(row))
    assert len(await rows(database, StoredFile)) == 2
    assert len(await rows(database, AuditEntry, AuditEntry.event == "file.copied")) == 1


async def test_a_person_erased_meanwhile_gets_nothing_and_leaves_nothing(phone: Phone, database: Database) -> None:
    await agree(phone)
    phone.worker = False
    await phone.write("/file")
    await phone.tap(COPY)
    row = await only(database, OutboxRow, OutboxRow.topic == PERSON_COPY)
    await phone.write("/delete")
    await phone.tap(DELETE_YES)
    await Copier(database, CONTROLLER).make(row)
    assert await rows(database, StoredFile) == []
    assert await rows(database, OutboxRow, OutboxRow.state == OutboxState.WAITING) == []


async def test_a_copy_that_keeps_failing_ends_with_an_apology(phone: Phone, database: Database) -> None:
    await agree(phone)
    phone.worker = False
    await phone.write("/file")
    await phone.tap(COPY)
    async with database.transaction() as session:
        await session.execute(update(OutboxRow).where(OutboxRow.topic == PERSON_COPY).values(attempts=3))
    phone.worker = True
    (sorry,) = await phone.receive()
    assert sorry.text.startswith("Something went wrong on our side.")
    row = await only(database, OutboxRow, OutboxRow.topic == PERSON_COPY)
    assert (row.state, row.reason) == (OutboxState.FAILED, "could not be made")


async def test_each_consent_has_a_receipt_and_nobody_gets_that_of_another(phone: Phone, database: Database) -> None:
    await referred(phone, database)
    shown = await phone.write("/consents")
    share = next(each for each in shown if PARTNER in each.text)
    assert "What for: A request for a service: Jobs" in share.text
    assert "What: the name you want to be called by" in share.text
    button = next(data for row in share.buttons for label, data in row if label == say("en", RECEIPT))
    made = await phone.tap_data(button, share.message_id)
    receipt = Receipt.model_validate_json(next(each.file for each in made if (each.file or b"")[:1] == b"{"))
    assert receipt.pii_principal_id == (await the_case(database)).number
    assert [party.party_name for party in receipt.parties] == ["Example Return Service", PARTNER]
    stranger = Phone(phone.receiver, phone.network, chat_id=CHAT_ID + 1, fixed=MONDAY)
    await agree(stranger)
    (refused,) = await stranger.tap_data(f"r:{receipt.record_id.hex}")
    assert refused.file is None
    assert "dead_letter" not in await filled_tables(database)


async def test_a_copy_can_be_had_after_the_agreement_was_taken_back(phone: Phone, database: Database) -> None:
    await agree(phone)
    await phone.write("/consents")
    await phone.tap(TAKE_BACK)
    await phone.tap(TAKE_BACK_YES)
    await phone.write("/case")
    await phone.tap(MY_FILE)
    assert sum(each.file is not None for each in await phone.tap(COPY)) == 2


async def test_deleting_everything_leaves_no_row_of_the_person_in_any_table(phone: Phone, database: Database) -> None:
    await referred(phone, database)
    case, chat = await the_case(database), await only(database, Chat)
    async with database.transaction() as session:
        session.add_all([_task(case, TaskKind.CALL_BACK, MONDAY), _wave(case, "month_18", FollowUpState.PLANNED, 540)])
    await phone.write("/file")
    await phone.tap(COPY)
    await phone.write("/delete")
    (receipt,) = await phone.tap(DELETE_YES)
    until = MONDAY + timedelta(days=BACKUP_DAYS)
    assert f"until {say('en', Message('{day}'), day=until.date())}" in receipt.text
    kept = set()
    async with database.reading() as session:
        for table in Base.metadata.tables.values():
            for name in ("case_id", "person_id", "subject_id"):
                if name in table.columns:
                    ids = set(await session.scalars(select(table.columns[name])))
                    if ids & {case.id, chat.subject_id}:
                        kept.add(f"{table.name}.{name}")
    # The log and what partners must still read: ids and codes. The consent's record: codes of what was agreed.
    assert kept == {
        "audit_entry.subject_id",
        "referral.case_id",
        "referral.subject_id",
        "disclosure.case_id",
        "consent.person_id",
    }
    gone = await the_case(database) if len(await rows(database, Case)) == 1 else None
    assert gone is not None
    assert (gone.person_id, gone.unanswered_at, gone.attention_at) == (None, None, None)
    referral = await only(database, Referral)
    assert (referral.disclosed, referral.note) == (None, None)


def test_with_a_pin_none_of_it_is_open() -> None:
    steps = {name for table in (BUTTONS, ON_ID) for name, step in table.items() if step.__module__ in OWN_FILE}
    assert {"m.case", "m.file", "m.shares", "m.openings", "m.correct", "m.copy", "r"} <= steps
    assert not steps & OPEN_ACTIONS


@pytest.mark.parametrize("data", ["m.file", "m.shares", "m.openings", "m.correct", "m.copy"])
async def test_who_has_no_case_is_told_so(phone: Phone, database: Database, data: str) -> None:
    await phone.write("/start")
    await phone.tap("English")
    assert await phone.tap_data(data)
    assert await rows(database, OutboxRow, OutboxRow.topic == PERSON_COPY) == []


async def test_what_staff_have_assessed_is_neither_shown_nor_corrected_on_a_phone(
    phone: Phone, database: Database
) -> None:
    await fill_in_both(phone)
    caseworker = await add_caseworker(database)
    async with database.transaction() as session:
        case = await session.get_one(Case, (await the_case(database)).id)
        begun = await begin_filling(session, case, "family", actor=caseworker)
        await session.flush()
        assert case.person_id is not None
        await submit_form(session, begun.id, await open_subject(session, case.person_id), {}, actor=caseworker)
    await phone.write("/file")
    (shown,) = await phone.tap(CORRECT)
    labels = [label for row in shown.buttons for label, _data in row]
    assert "About you" in labels
    assert not [label for label in labels if "amily" in label]
    (refused,) = await phone.tap_data(f"m.correct:{begun.id.hex}")
    assert refused.text == shown.text
