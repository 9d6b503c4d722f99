"""Another organisation would take over: the person is asked in the chat, says yes or no, and may take a yes back."""

from uuid import uuid4

import pytest
from agreed import agree_on_cases
from bot_records import only, the_case
from bot_scene import add_caseworker
from journeys import agree
from phone import Phone
from sqlalchemy import select, update

from access.actor import Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from access.staff import add_staff
from bot.agreeing import TAKE_BACK
from cases.casework_models import CaseTransfer
from cases.casework_rules import TransferState
from cases.consent import NO, SHARE_SHOW, YES
from cases.models import Case, Consent
from cases.notices import text_hash
from cases.rules import ConsentKind
from foundation.database import Database
from referrals.transferring import accept_transfer, ask_transfer

OTHER = "The other agency"


async def ask(phone: Phone, database: Database) -> Actor:
    """The supervisor asks the only person; gives whoever can accept on the other side."""
    await agree(phone)
    worker = await add_caseworker(database)
    async with database.transaction() as session:
        await session.execute(update(StaffMember).values(role=Role.SUPERVISOR))
        other = Organisation(id=uuid4(), name=OTHER, kind=OrganisationKind.OPERATOR)
        session.add(other)
        await agree_on_cases(session, other.id)
        case = (await session.scalars(select(Case))).one()
        supervisor = Actor(worker.id, Role.SUPERVISOR, worker.organisation_id)
        await ask_transfer(session, case, other.id, "", actor=supervisor)
        there = await add_staff(
            session,
            email="there@example.org",
            name="Binta",
            role=Role.SUPERVISOR,
            organisation=other,
            password="correct horse battery",
        )
        await session.flush()
    return Actor(there.id, Role.SUPERVISOR, other.id)


async def test_the_person_reads_who_would_receive_what_says_yes_and_takes_it_back(
    phone: Phone, database: Database
) -> None:
    there = await ask(phone, database)
    (question,) = await phone.receive()
    assert OTHER in question.text
    assert "the messages and files you send" in question.text
    consent = await only(database, Consent, Consent.kind == ConsentKind.SERVICES)
    assert consent.text_hash == text_hash(question.text)
    (shown,) = await phone.tap_data(f"{SHARE_SHOW}:{consent.id.hex}")
    assert shown.text == question.text
    (thanks,) = await phone.tap(YES)
    assert thanks.text.startswith("Thank you. Your request has been sent.")
    before = (await the_case(database)).organisation_id
    (waiting,) = await phone.write("/case")
    assert f"{OTHER} must answer by" in waiting.text
    async with database.transaction() as session:
        await accept_transfer(session, (await session.scalars(select(CaseTransfer.id))).one(), actor=there)
    (told,) = await phone.receive()
    assert f"{OTHER} has taken over your case. Your contact is Binta." in told.text
    (case_text,) = await phone.write("/case")
    assert f"Your case is with {OTHER}. Your contact there is Binta." in case_text.text
    (shares,) = await phone.tap_data("m.shares")
    for words in (OTHER, "the number of your case", "what your caseworkers wrote down", "They opened it on"):
        assert words in shares.text
    assert (await the_case(database)).organisation_id == there.organisation_id
    listed = await phone.write("/consents")
    assert any("Taking over your case" in each.text for each in listed)
    await phone.tap(TAKE_BACK)
    assert (await only(database, CaseTransfer)).state is TransferState.REFUSED
    assert (await the_case(database)).organisation_id == before
    (shares,) = await phone.tap_data("m.shares")
    assert "to delete it. They have not confirmed it yet." in shares.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_after_a_no_nobody_is_told_anything(phone: Phone, database: Database) -> None:
    await ask(phone, database)
    await phone.receive()
    (answer,) = await phone.tap(NO)
    assert answer.text.startswith("Thank you for your answer. Nothing was sent")
    await phone.tap(YES)
    assert (await only(database, CaseTransfer)).state is TransferState.REFUSED
