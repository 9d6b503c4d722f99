"""Complaints: in time, answered, without a way back to whoever wants none, and out of reach of everyone else."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from case_scene import Scene
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, SYSTEM
from access.rules import Role
from cases.complaint_desk import (
    NEWS,
    acknowledge,
    answer,
    close,
    find_complaint,
    keep_complaints,
    list_complaints,
    open_complaint,
)
from cases.complaints import (
    MOST_SENT,
    MOST_TRIES,
    RECEIPT,
    answers_for,
    read_answer,
    receive_complaint,
    shown_code,
    throttle_sending,
    working_days_after,
)
from cases.erasure import erase_person
from cases.fact_models import Fact
from cases.fact_rules import Thing
from cases.models import Complaint
from cases.rules import ComplaintAbout, ComplaintStatus
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import StoredSubjectKey, fingerprint, open_subject
from foundation.outbox import OutboxRow
from foundation.sealing import WrongKey
from referrals.facts import refresh

MOMENT = datetime(2026, 3, 6, 9, 41, 17, 123456, tzinfo=UTC)
"""A Friday."""
WORDS = "The guard at the gate asked me for money twice."


async def complain(session: AsyncSession, person_id: UUID | None = None, text: str = WORDS) -> tuple[Complaint, str]:
    receipt = await receive_complaint(
        session, text, about=ComplaintAbout.STAFF, language="en", country="TN", person_id=person_id
    )
    with_code = Complaint.code_fingerprint == await fingerprint(session, RECEIPT, receipt.code)
    return (await session.scalars(select(Complaint).where(with_code))).one(), receipt.code


async def events(session: AsyncSession, complaint: Complaint) -> list[str]:
    await session.flush()
    entries = await session.scalars(
        select(AuditEntry.event).where(AuditEntry.subject_id == complaint.id).order_by(AuditEntry.id)
    )
    return list(entries)


def test_the_days_are_working_days_of_the_country() -> None:
    # Friday: Monday and Tuesday are the first and second working day; 20 March is closed in Tunisia.
    assert working_days_after(MOMENT, "TN", 2).date() == date(2026, 3, 10)
    assert working_days_after(MOMENT, "TN", 10).date() == date(2026, 3, 23)
    assert working_days_after(MOMENT, "GM", 10).date() == date(2026, 3, 20)
    assert working_days_after(MOMENT, None, 20).date() == date(2026, 4, 3)


async def test_without_a_name_nothing_leads_to_a_moment_or_a_person(session: AsyncSession, scene: Scene) -> None:
    with clock.moved_to(MOMENT):
        complaint, _code = await complain(session)
    midnight = datetime(2026, 3, 6, tzinfo=UTC)
    assert complaint.person_id is None
    assert complaint.received_at == midnight
    assert (await session.get_one(StoredSubjectKey, complaint.id)).created_at == midnight
    await refresh(session, [complaint.id])
    fact = (await session.scalars(select(Fact))).one()
    assert (fact.thing, fact.kind, fact.country, fact.sex, fact.area) == (
        Thing.COMPLAINT, "staff", "TN", "unknown", "unknown",
    )  # fmt: skip
    entries = await session.scalars(select(AuditEntry).where(AuditEntry.at == MOMENT))
    assert list(entries) == []
    assert list(await session.scalars(select(OutboxRow))) == []


async def test_its_arrival_enters_the_audit_log_on_a_later_day_and_once(session: AsyncSession) -> None:
    with clock.moved_to(MOMENT):
        complaint, _code = await complain(session)
        await keep_complaints(session)
        assert await events(session, complaint) == []
    with clock.moved_to(MOMENT + timedelta(days=1)):
        await keep_complaints(session)
        await session.flush()
        await keep_complaints(session)
    assert await events(session, complaint) == ["complaint.received"]
    entry = (await session.scalars(select(AuditEntry).where(AuditEntry.subject_id == complaint.id))).one()
    assert (entry.actor_id, entry.facts) == (SYSTEM.id, {"about": "staff"})


async def test_no_key_of_a_case_opens_it(session: AsyncSession, scene: Scene) -> None:
    told = await scene.tell()
    complaint, _code = await complain(session, told.case.person_id)
    with pytest.raises(WrongKey):
        told.key.open(Complaint.body, complaint.id, complaint.body)
    key = await open_subject(session, complaint.id)
    assert key.open(Complaint.body, complaint.id, complaint.body) == {"text": WORDS, "contact": ""}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMPLAINTS_OFFICER])
async def test_nobody_but_the_officer_reads_or_changes_it(session: AsyncSession, scene: Scene, role: Role) -> None:
    complaint, _code = await complain(session)
    other = scene.add_staff(role, scene.operator)
    with pytest.raises(NotAllowed):
        await list_complaints(session, actor=other)
    with pytest.raises(NotAllowed):
        await open_complaint(session, complaint.number, actor=other)
    for verb in (acknowledge, close):
        with pytest.raises(NotAllowed):
            await verb(session, complaint, actor=other)
    with pytest.raises(NotAllowed):
        await answer(session, complaint, "No.", actor=other)
    with pytest.raises(NotAllowed):
        await acknowledge(session, complaint, actor=PERSON)
    assert complaint.status is ComplaintStatus.RECEIVED


async def test_the_officer_acknowledges_answers_and_closes(session: AsyncSession, scene: Scene) -> None:
    officer = scene.add_staff(Role.COMPLAINTS_OFFICER, scene.operator)
    complaint, code = await complain(session)
    assert (await open_complaint(session, complaint.number.lower(), actor=officer)).text == WORDS
    await acknowledge(session, complaint, actor=officer)
    with pytest.raises(Conflict):
        await close(session, complaint, actor=officer)
    with pytest.raises(Invalid):
        await answer(session, complaint, "  ", actor=officer)
    await answer(session, complaint, "We have spoken with him.", actor=officer)
    with pytest.raises(Conflict):
        await answer(session, complaint, "Once more.", actor=officer)
    told = await read_answer(session, f" {shown_code(code).lower()} ", asker="192.0.2.1")
    assert told is not None
    assert (told.answer, told.status) == ("We have spoken with him.", ComplaintStatus.ANSWERED)
    await close(session, complaint, actor=officer)
    await refresh(session, [complaint.id])
    fact = (await session.scalars(select(Fact))).one()
    assert (fact.outcome, fact.detail) == ("in_time", "closed")
    assert await events(session, complaint) == [
        "complaint.read", "complaint.acknowledged", "complaint.answered", "complaint.closed",
    ]  # fmt: skip
    with pytest.raises(NotFound):
        await find_complaint(session, "CO-00000000", actor=officer)


async def test_numbers_of_cards_and_accounts_are_masked_for_the_person_and_refused_to_the_officer(
    session: AsyncSession, scene: Scene
) -> None:
    officer = scene.add_staff(Role.COMPLAINTS_OFFICER, scene.operator)
    complaint, _code = await complain(session, text=f"{WORDS} He wrote down 4111 1111 1111 1111.")
    opened = await open_complaint(session, complaint.number, actor=officer)
    assert opened.text == f"{WORDS} He wrote down ••••."
    with pytest.raises(Invalid):
        await answer(session, complaint, "We pay to DE89 3704 0044 0532 0130 00", actor=officer)
    assert complaint.answer is None


async def test_someone_with_a_name_is_told_in_neutral_words_and_needs_no_code(
    session: AsyncSession, scene: Scene
) -> None:
    officer = scene.add_staff(Role.COMPLAINTS_OFFICER, scene.operator)
    told = await scene.tell()
    complaint, _code = await complain(session, told.key.subject_id)
    assert (await open_complaint(session, complaint.number, actor=officer)).called == "Fatou Jallow"
    assert await answers_for(session, told.key.subject_id) == []
    await answer(session, complaint, "We have spoken with the guard.", actor=officer)
    await session.flush()
    row = (await session.scalars(select(OutboxRow).where(OutboxRow.lane == told.key.subject_id))).one()
    assert row.body is not None
    said = told.key.open(OutboxRow.body, row.id, row.body)
    assert said["text"] == NEWS.text
    assert not {"complain", "answer", "guard"} & set(said["text"].casefold().split())
    assert [each.answer for each in await answers_for(session, told.key.subject_id)] == [
        "We have spoken with the guard."
    ]
    assert await answers_for(session, uuid4()) == []


async def test_what_is_due_first_stands_first_and_the_overdue_are_counted(session: AsyncSession, scene: Scene) -> None:
    officer = scene.add_staff(Role.COMPLAINTS_OFFICER, scene.operator)
    made = []
    for days in (0, 3, 7):
        with clock.moved_to(MOMENT + timedelta(days=days)):
            made.append((await complain(session, text=f"{WORDS} {days}"))[0])
    oldest, middle, newest = made
    await acknowledge(session, middle, actor=officer)
    with clock.moved_to(MOMENT + timedelta(days=8)):
        listed = await list_complaints(session, actor=officer)
        assert [row.complaint.number for row in listed.rows] == [oldest.number, newest.number, middle.number]
        assert [row.is_overdue for row in listed.rows] == [True, False, False]
        assert (listed.overdue, listed.total) == (1, 3)
        await answer(session, oldest, "It is settled.", actor=officer)
        await session.flush()
        again = await list_complaints(session, actor=officer)
        assert [row.complaint.number for row in again.rows] == [newest.number, middle.number, oldest.number]
        assert again.overdue == 0
        only = await list_complaints(session, actor=officer, status=ComplaintStatus.ANSWERED)
        assert [row.complaint.number for row in only.rows] == [oldest.number]
        assert (await list_complaints(session, actor=officer, about=ComplaintAbout.DATA)).rows == []


async def test_erasing_a_person_cuts_the_way_and_keeps_the_complaint(session: AsyncSession, scene: Scene) -> None:
    officer = scene.add_staff(Role.COMPLAINTS_OFFICER, scene.operator)
    told = await scene.tell()
    complaint, code = await complain(session, told.key.subject_id)
    await erase_person(session, told.key.subject_id, actor=PERSON)
    await session.refresh(complaint)
    view = await open_complaint(session, complaint.number, actor=officer)
    assert (complaint.person_id, view.called, view.text) == (None, None, WORDS)
    await answer(session, complaint, "It is settled.", actor=officer)
    assert (await read_answer(session, code, asker="a")) is not None


async def test_two_years_after_closing_the_words_are_destroyed_and_the_number_stays(
    session: AsyncSession, scene: Scene
) -> None:
    officer = scene.add_staff(Role.COMPLAINTS_OFFICER, scene.operator)
    with clock.moved_to(MOMENT):
        complaint, code = await complain(session)
        await answer(session, complaint, "It is settled.", actor=officer)
    with clock.moved_to(MOMENT + timedelta(days=61)):
        await keep_complaints(session)
        assert complaint.status is ComplaintStatus.CLOSED
        await session.flush()
    with clock.moved_to(MOMENT + timedelta(days=61 + 720)):
        await keep_complaints(session)
        assert (await open_complaint(session, complaint.number, actor=officer)).text == WORDS
    with clock.moved_to(MOMENT + timedelta(days=61 + 735)):
        await keep_complaints(session)
        await session.flush()
        view = await open_complaint(session, complaint.number, actor=officer)
        assert (view.text, view.answer, complaint.body.box) == (None, None, b"")
        assert await session.get(StoredSubjectKey, complaint.id) is None
        told = await read_answer(session, code, asker="a")
        assert told is not None
        assert told.answer is None
        await keep_complaints(session)
    assert (await events(session, complaint)).count("complaint.destroyed") == 1


async def test_guessing_codes_is_slowed_down_by_place(session: AsyncSession) -> None:
    _complaint, code = await complain(session)
    for _try in range(MOST_TRIES):
        assert await read_answer(session, "2345-6789-ABCD", asker="192.0.2.1") is None
    with pytest.raises(NotAllowed):
        await read_answer(session, code, asker="192.0.2.1")
    assert await read_answer(session, code, asker="192.0.2.2") is not None
    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        assert await read_answer(session, code, asker="192.0.2.1") is not None
    assert await read_answer(session, "", asker="192.0.2.3") is None


async def test_a_flood_from_one_place_is_stopped(session: AsyncSession) -> None:
    for _time in range(MOST_SENT):
        await throttle_sending(session, "192.0.2.1")
    with pytest.raises(NotAllowed):
        await throttle_sending(session, "192.0.2.1")
    await throttle_sending(session, "192.0.2.2")


@pytest.mark.parametrize("text", ["", "help", "x" * 10_001])
async def test_too_little_and_too_much_is_refused_in_words(session: AsyncSession, text: str) -> None:
    with pytest.raises(Invalid):
        await receive_complaint(session, text, about=ComplaintAbout.OTHER, language="en", country=None)
