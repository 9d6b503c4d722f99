"""Transfer: with the person's yes, an agreement in force and the other organisation's own yes, or not at all."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from agreed import agree_on_cases
from referral_scene import Scene, add_organisation, add_staff
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from access.actor import PERSON, SYSTEM, Actor
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from cases.casework_models import CaseTransfer
from cases.casework_rules import SENT_AHEAD, WHOLE_FILE, FilePart, TransferDecline, TransferState
from cases.consent import consents_of, withdraw
from cases.conversation import messages_of
from cases.intake import open_case
from cases.messages import receive_from_person
from cases.models import Case, Consent, Task
from cases.notes import notes_of, write_note
from cases.notices import text_hash, transfer_notice
from cases.queries import case_file, find_case
from cases.rules import ConsentState, FlagKind, TaskKind, Urgency
from cases.safeguarding import raise_flag
from cases.tasks import open_task
from cases.today import SOURCES, gather
from cases.waiting import Source, Waiting
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from foundation.keys import create_subject
from foundation.language import say
from foundation.outbox import OutboxRow
from referrals.agreements import end_agreement
from referrals.deletion import deletions_overdue
from referrals.erasure import erase_person
from referrals.models import Disclosure
from referrals.notifying import TELL_PARTNER, Notice, write_letter
from referrals.partner_models import Agreement
from referrals.queries import shared_with
from referrals.referring import withdraw_all
from referrals.responding import accept, find_referral
from referrals.rules import ANSWER_WITHIN
from referrals.transfer_letters import remind_receivers, write_transfer_letter
from referrals.transferring import (
    accept_transfer,
    answer_transfer,
    ask_transfer,
    confirm_transfer_deletion,
    decline_transfer,
    expire_transfers,
    revoke_transfer,
    take_back_transfer,
)
from referrals.transfers import given_away, offers_to, taken_over, to_delete

ADDRESS = "https://cases.example.org"
MINUTE = timedelta(minutes=1)


@dataclass
class Offered:
    other: Organisation
    here: Actor
    there: Actor
    transfer: CaseTransfer


@pytest.fixture
async def offered(scene: Scene) -> Offered:
    """A case whose person is asked whether the other organisation may take over."""
    session = scene.session
    home = await session.get_one(Organisation, scene.case.organisation_id)
    other = add_organisation(session, "The other agency", OrganisationKind.OPERATOR)
    await agree_on_cases(session, other.id)
    here, there = add_staff(session, home, Role.SUPERVISOR), add_staff(session, other, Role.SUPERVISOR)
    await session.flush()
    transfer = await ask_transfer(session, scene.case, other.id, "Knows the town.", actor=here)
    await session.flush()
    return Offered(other, here, there, transfer)


async def say_yes(scene: Scene, transfer: CaseTransfer) -> None:
    await answer_transfer(scene.session, scene.person_id, transfer.consent_id, agrees=True)
    await scene.session.flush()


async def handed_over(scene: Scene, offered: Offered) -> None:
    await say_yes(scene, offered.transfer)
    await accept_transfer(scene.session, offered.transfer.id, actor=offered.there)
    await scene.session.flush()


async def lines_of(scene: Scene, actor: Actor) -> list[Waiting]:
    await scene.session.flush()
    return [each for each in await gather(scene.session, actor, SOURCES) if each.source is Source.TRANSFER]


async def queued(scene: Scene) -> list[tuple[str, str]]:
    await scene.session.flush()
    rows = await scene.session.scalars(
        select(OutboxRow).where(OutboxRow.topic == TELL_PARTNER).order_by(OutboxRow.position)
    )
    return [("transfer" if "transfer" in each.payload else "referral", each.payload["notice"]) for each in rows]


async def test_the_person_reads_who_would_receive_what_and_what_is_left_here(scene: Scene, offered: Offered) -> None:
    consent = await scene.session.get_one(Consent, offered.transfer.consent_id)
    parts = list(FilePart)
    assert consent.fields == sorted(parts)
    text = (await scene.said())[-1]
    assert text == transfer_notice("en", "The other agency", parts)
    assert (consent.notice_id, consent.text_hash) == ("transfer", text_hash(text))
    for words in (
        "The other agency",
        "the number of your case",
        "what your caseworkers wrote down",
        "whom to ask there",
    ):
        assert words in text
    without_note = await ask_again(scene, offered, note="")
    assert FilePart.HAND_OVER not in (await scene.session.get_one(Consent, without_note.consent_id)).fields
    assert "short note" not in (await scene.said())[-1]


async def ask_again(scene: Scene, offered: Offered, note: str = "Knows the town.") -> CaseTransfer:
    await revoke_transfer(scene.session, scene.case, actor=offered.here)
    asked = await ask_transfer(scene.session, scene.case, offered.other.id, note, actor=offered.here)
    await scene.session.flush()
    return asked


async def test_nobody_elsewhere_learns_of_a_case_before_the_person_has_said_yes(scene: Scene, offered: Offered) -> None:
    session, case = scene.session, scene.case
    assert await offers_to(session, offered.there) == []
    assert await queued(scene) == []
    with pytest.raises(NotFound):
        await accept_transfer(session, offered.transfer.id, actor=offered.there)
    await say_yes(scene, offered.transfer)
    assert await queued(scene) == [("transfer", Notice.NEW)]
    (offer,) = await offers_to(session, offered.there)
    assert (offer.number, offer.sender, offer.note) == (case.number, "Operator", "Knows the town.")
    assert await offers_to(session, offered.here) == []
    (ahead,) = await scene.disclosures()
    assert (set(ahead.fields), ahead.opened_at, ahead.recipient_id) == (set(SENT_AHEAD), None, offered.other.id)
    with pytest.raises(NotFound):
        await find_case(session, offered.there, case.number)
    with pytest.raises(NotFound):
        await accept_transfer(session, offered.transfer.id, actor=offered.here)
    for role in (Role.CASEWORKER, Role.CHILD_PROTECTION_OFFICER, Role.ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            await accept_transfer(session, offered.transfer.id, actor=add_staff(session, offered.other, role))


async def test_an_accepted_case_goes_over_whole_with_all_that_is_open(scene: Scene, offered: Offered) -> None:
    session, case = scene.session, scene.case
    await write_note(session, case, "For the team.", actor=offered.here)
    task = await open_task(session, case, TaskKind.CALL_BACK, "test", actor=SYSTEM)
    referral = await scene.sent()
    await handed_over(scene, offered)
    assert (case.organisation_id, case.team, case.owner_id) == (offered.other.id, None, offered.there.id)
    file = await case_file(session, offered.there, case.number)
    assert file.called == "Amadou"
    assert [view.body for view in await notes_of(session, case, actor=offered.there)] == ["For the team."]
    assert (await session.get_one(Task, task.id)).done_at is None
    came = await taken_over(session, case)
    assert came is not None
    assert (came.sender, came.note) == ("Operator", "Knows the town.")
    with pytest.raises(NotFound):
        await accept_transfer(session, offered.transfer.id, actor=offered.there)
    # The partner goes on, and hears whom to ask from now on.
    await accept(session, referral.id, actor=scene.partner)
    view = await find_referral(session, scene.partner, referral.id)
    assert (view.contact.organisation, view.contact.name) == ("The other agency", "supervisor")
    assert view.moved_at == offered.transfer.settled_at
    assert ("referral", Notice.MOVED) in await queued(scene)
    letter = await write_letter(session, referral.id, scene.partner.id, Notice.MOVED, ADDRESS)
    assert letter is not None
    account = await session.get_one(StaffMember, offered.there.id)
    for words in ("The other agency", account.email, f"{ADDRESS}/partner/{referral.id}"):
        assert words in letter.text
    for secret in ("Amadou", "masonry", case.number):
        assert secret not in letter.text + letter.subject
    events = await session.scalars(select(AuditEntry.event).where(AuditEntry.event.startswith("case.transfer")))
    assert sorted(events) == ["case.transfer_accepted", "case.transfer_asked", "case.transfer_offered"]


async def test_the_sender_keeps_the_number_to_whom_when_whether_it_is_open_and_whom_to_ask(
    scene: Scene, offered: Offered
) -> None:
    session, case = scene.session, scene.case
    await handed_over(scene, offered)
    for actor in (offered.here, scene.caseworker, scene.officer):
        with pytest.raises(NotFound):
            await find_case(session, actor, case.number)
    (seen,) = await given_away(session, offered.here)
    assert (seen.number, seen.other, seen.state, seen.is_open) == (
        case.number,
        "The other agency",
        TransferState.ACCEPTED,
        True,
    )
    assert seen.at == offered.transfer.settled_at
    account = await session.get_one(StaffMember, offered.there.id)
    assert seen.contact is not None
    assert (seen.contact.name, seen.contact.email) == (account.name, account.email)
    assert await given_away(session, offered.there) == []
    await erase_person(session, scene.person_id, actor=PERSON)
    await session.flush()
    (seen,) = await given_away(session, offered.here)
    assert (seen.number, seen.is_open) == (case.number, False)


async def test_whoever_goes_on_is_told_of_and_stands_in_the_share_log(scene: Scene, offered: Offered) -> None:
    await handed_over(scene, offered)
    told = (await messages_of(scene.session, scene.case))[-1].text
    assert "The other agency has taken over your case. Your contact is supervisor." in told
    ahead, whole = sorted(await shared_with(scene.session, scene.case.id), key=lambda each: len(each.fields))
    assert set(ahead.fields) == set(SENT_AHEAD)
    assert ahead.opened_at is not None
    assert set(whole.fields) == set(WHOLE_FILE)
    assert {each.consent_id for each in (ahead, whole)} == {offered.transfer.consent_id}
    assert {each.recipient_id for each in (ahead, whole)} == {offered.other.id}


async def test_whoever_takes_the_yes_back_goes_back_to_where_they_were(scene: Scene, offered: Offered) -> None:
    session, case = scene.session, scene.case
    referral = await scene.sent()
    await handed_over(scene, offered)
    await take_back_transfer(session, scene.person_id, offered.transfer.consent_id)
    await session.flush()
    assert await find_case(session, offered.here, case.number)
    assert case.owner_id == offered.here.id
    with pytest.raises(NotFound):
        await find_case(session, offered.there, case.number)
    assert await given_away(session, offered.here) == []
    (seen,) = await given_away(session, offered.there)
    assert (seen.number, seen.other, seen.is_open, seen.contact) == (case.number, "Operator", None, None)
    assert "Your case is with Operator again." in (await messages_of(session, case))[-1].text
    assert (await find_referral(session, scene.partner, referral.id)).contact.organisation == "Operator"
    # What the other had of it, on paper too, is to be deleted, and it says when it has.
    (asked,) = await to_delete(session, offered.there)
    assert asked.number == case.number
    with pytest.raises(NotFound):
        await confirm_transfer_deletion(session, asked.transfer_id, actor=offered.here)
    administrator = add_staff(session, offered.other, Role.ADMINISTRATOR)
    with clock.moved_to(clock.now() + timedelta(days=8)):
        (overdue,) = {each.reference for each in await deletions_overdue(session, administrator)}
        assert overdue == offered.transfer.id.hex[:8].upper()
    await confirm_transfer_deletion(session, asked.transfer_id, actor=offered.there)
    await session.flush()
    assert await to_delete(session, offered.there) == []
    with pytest.raises(Conflict):
        await confirm_transfer_deletion(session, asked.transfer_id, actor=offered.there)


async def test_a_no_ends_it_and_so_does_a_yes_taken_back_in_time(scene: Scene, offered: Offered) -> None:
    session, person_id = scene.session, scene.person_id
    await answer_transfer(session, person_id, offered.transfer.consent_id, agrees=False)
    assert offered.transfer.state is TransferState.REFUSED
    assert await scene.disclosures() == []
    with pytest.raises(Conflict):
        await answer_transfer(session, person_id, offered.transfer.consent_id, agrees=True)
    again = await ask_transfer(session, scene.case, offered.other.id, "", actor=offered.here)
    await session.flush()
    await say_yes(scene, again)
    await take_back_transfer(session, person_id, again.consent_id)
    await session.flush()
    assert await offers_to(session, offered.there) == []
    with pytest.raises(NotFound):
        await accept_transfer(session, again.id, actor=offered.there)
    stranger = create_subject(session, uuid4())
    await open_case(session, stranger, "en", "notice", actor=PERSON)
    await session.flush()
    with pytest.raises(NotFound):
        await answer_transfer(session, stranger.subject_id, again.consent_id, agrees=True)


async def test_the_yes_is_looked_at_again_when_the_other_accepts(scene: Scene, offered: Offered) -> None:
    session = scene.session
    await say_yes(scene, offered.transfer)
    await withdraw(session, offered.transfer.consent_id, scene.person_id, actor=PERSON)
    await session.flush()
    with pytest.raises(NotAllowed):
        await accept_transfer(session, offered.transfer.id, actor=offered.there)
    home = scene.case.organisation_id
    await withdraw_all(session, scene.person_id)
    await session.flush()
    assert (offered.transfer.state, offered.transfer.note) == (TransferState.REFUSED, None)
    assert scene.case.organisation_id == home


async def test_without_an_agreement_in_force_nobody_takes_over(scene: Scene, offered: Offered) -> None:
    session = scene.session
    alone = add_organisation(session, "A third", OrganisationKind.OPERATOR)
    await session.flush()
    agreed = select(Agreement.id).where(Agreement.organisation_id == offered.other.id)
    await end_agreement(session, offered.other.id, (await session.scalars(agreed)).one(), actor=SYSTEM)
    await session.flush()
    # Between the question and the yes: nothing is sent, and the question stays open.
    await say_yes(scene, offered.transfer)
    assert offered.transfer.state is TransferState.ASKED
    assert await scene.disclosures() == []
    assert scene.case.attention_at is not None
    assert "nothing was sent" in (await scene.said())[-1]
    again = await agree_on_cases(session, offered.other.id)
    await say_yes(scene, offered.transfer)
    assert len(await offers_to(session, offered.there)) == 1
    # Between the yes and the other's.
    await end_agreement(session, offered.other.id, again.id, actor=SYSTEM)
    await session.flush()
    assert await offers_to(session, offered.there) == []
    with pytest.raises(Conflict):
        await accept_transfer(session, offered.transfer.id, actor=offered.there)
    await revoke_transfer(session, scene.case, actor=offered.here)
    await session.flush()
    for recipient in (alone.id, offered.other.id, scene.partner.organisation_id, scene.case.organisation_id, uuid4()):
        assert recipient is not None
        with pytest.raises(Invalid):
            await ask_transfer(session, scene.case, recipient, "", actor=offered.here)


async def test_the_other_declines_or_the_sender_takes_it_back(scene: Scene, offered: Offered) -> None:
    session, case = scene.session, scene.case
    home = case.organisation_id
    with pytest.raises(Conflict):
        await ask_transfer(session, case, offered.other.id, "", actor=offered.here)
    await say_yes(scene, offered.transfer)
    with pytest.raises(Conflict):
        await revoke_transfer(session, case, actor=offered.there)
    await decline_transfer(session, offered.transfer.id, TransferDecline.NO_CAPACITY, actor=offered.there)
    await session.flush()
    assert (case.organisation_id, case.attention_at is None) == (home, False)
    assert offered.transfer.note is None
    assert "cannot take over your case" in (await messages_of(session, case))[-1].text
    (line,) = await lines_of(scene, offered.here)
    assert say("en", line.why) == "Another organisation does not take over the case"
    again = await ask_transfer(session, case, offered.other.id, "", actor=offered.here)
    await session.flush()
    assert await lines_of(scene, offered.here) == []
    await revoke_transfer(session, case, actor=offered.here)
    await session.flush()
    with pytest.raises(Conflict):
        await answer_transfer(session, scene.person_id, again.consent_id, agrees=True)


@pytest.mark.parametrize("urgency", list(Urgency))
async def test_the_clock_reminds_warns_and_ends_it_and_the_case_stays(
    scene: Scene, offered: Offered, urgency: Urgency
) -> None:
    session, case = scene.session, scene.case
    home, owner = case.organisation_id, case.owner_id
    await revoke_transfer(session, case, actor=offered.here)
    transfer = await ask_transfer(session, case, offered.other.id, "Soon.", urgency=urgency, actor=offered.here)
    await session.flush()
    await say_yes(scene, transfer)
    assert transfer.offered_at is not None
    assert transfer.due_at == transfer.offered_at + ANSWER_WITHIN[urgency]
    half, last = transfer.offered_at + ANSWER_WITHIN[urgency] / 2, transfer.due_at - ANSWER_WITHIN[urgency] / 8
    told = []
    for moment in (half - MINUTE, half, half + MINUTE, last - MINUTE, last, last + MINUTE):
        with clock.moved_to(moment):
            told.append(await remind_receivers(session))
            await session.flush()
    assert told == [0, 1, 0, 0, 1, 0]
    assert await queued(scene) == [("transfer", each) for each in (Notice.NEW, Notice.HALF, Notice.LAST)]
    with clock.moved_to(last):
        (line,) = await lines_of(scene, offered.there)
        assert (line.address, line.due) == ("/transfers", transfer.due_at)
        (line,) = await lines_of(scene, offered.here)
        assert (line.address, line.due) == (f"/cases/{case.number}/transfer", transfer.due_at)
        assert (await expire_transfers(session), transfer.state) == (0, TransferState.OFFERED)
    with clock.moved_to(transfer.due_at + MINUTE):
        with pytest.raises(NotFound):  # the worker has not been there yet
            await accept_transfer(session, transfer.id, actor=offered.there)
        assert await expire_transfers(session) == 1
        await session.flush()
        assert (transfer.state, transfer.note) == (TransferState.EXPIRED, None)
        assert (case.organisation_id, case.owner_id) == (home, owner)
        assert await offers_to(session, offered.there) == []
        assert "has not answered in time" in (await messages_of(session, case))[-1].text
        (line,) = await lines_of(scene, offered.here)
        assert say("en", line.why) == "Another organisation did not answer in time whether it takes over the case"
        with pytest.raises(Conflict):
            await revoke_transfer(session, case, actor=offered.here)


async def test_a_mail_says_who_asks_and_until_when_and_nothing_of_the_person(scene: Scene, offered: Offered) -> None:
    session = scene.session
    letter = write_transfer_letter
    assert await letter(session, offered.transfer.id, offered.there.id, Notice.NEW, ADDRESS) is None
    await say_yes(scene, offered.transfer)
    sent = await letter(session, offered.transfer.id, offered.there.id, Notice.NEW, ADDRESS)
    assert sent is not None
    assert f"{ADDRESS}/transfers" in sent.text
    assert "Operator" in sent.text
    for secret in (scene.case.number, "Amadou", "Knows the town", str(offered.transfer.id)):
        assert secret not in sent.text + sent.subject
    assert await letter(session, offered.transfer.id, offered.here.id, Notice.NEW, ADDRESS) is None
    await decline_transfer(session, offered.transfer.id, TransferDecline.OTHER, actor=offered.there)
    assert await letter(session, offered.transfer.id, offered.there.id, Notice.LAST, ADDRESS) is None


async def test_a_child_is_asked_only_once_an_officer_has_heard_the_guardian(scene: Scene, offered: Offered) -> None:
    session, case = scene.session, scene.case
    # Found to be a child only after the question: nothing goes anywhere on their own yes.
    await raise_flag(session, case, FlagKind.CHILD, "test.rule", actor=SYSTEM)
    await session.flush()
    with pytest.raises(NotAllowed):
        await say_yes(scene, offered.transfer)
    await session.refresh(offered.transfer)
    await revoke_transfer(session, case, actor=offered.here)
    await session.flush()
    with pytest.raises(NotAllowed):
        await ask_transfer(session, case, offered.other.id, "", guardian_evidence="Met her.", actor=offered.here)
    with pytest.raises(Invalid):
        await ask_transfer(session, case, offered.other.id, "", actor=scene.officer)
    await ask_transfer(session, case, offered.other.id, "", guardian_evidence="Met her.", actor=scene.officer)


async def test_new_people_come_to_the_organisation_that_was_here_first(scene: Scene, offered: Offered) -> None:
    home = scene.case.organisation_id
    for each in range(5):
        later = add_organisation(scene.session, f"Agency {each}", OrganisationKind.OPERATOR)
        await scene.session.flush()
        with clock.moved_to(clock.now() + timedelta(days=1)):
            add_staff(scene.session, later, Role.SUPERVISOR)
    await scene.session.flush()
    opened = await open_case(scene.session, create_subject(scene.session, uuid4()), "en", "notice", actor=PERSON)
    assert opened.organisation_id == home


async def test_the_database_keeps_one_open_offer_a_case_to_somebody_else_until_a_day(
    scene: Scene, offered: Offered
) -> None:
    session = scene.session
    referral = await scene.refer()
    again = {
        "case_id": scene.case.id,
        "from_organisation_id": offered.here.organisation_id,
        "to_organisation_id": offered.other.id,
        "consent_id": referral.consent_id,
        "state": TransferState.ASKED,
        "asked_by": offered.here.id,
        "asked_at": clock.now(),
        "urgency": Urgency.NORMAL,
    }
    attempt = await session.begin_nested()
    session.add(CaseTransfer(id=uuid4(), **again))
    with pytest.raises(IntegrityError):
        await session.flush()
    await attempt.rollback()
    for values in (
        {"to_organisation_id": offered.here.organisation_id},
        {"state": TransferState.DECLINED},
        {"state": TransferState.OFFERED},
    ):
        attempt = await session.begin_nested()
        with pytest.raises(IntegrityError):
            await session.execute(update(CaseTransfer).values(**values))
        await attempt.rollback()
    await say_yes(scene, offered.transfer)
    for values in ({"referral_id": referral.id}, {"transfer_id": None}):
        attempt = await session.begin_nested()
        with pytest.raises(IntegrityError):
            await session.execute(update(Disclosure).values(**values))
        await attempt.rollback()


async def test_erasure_ends_an_offer_and_leaves_codes_alone(scene: Scene, offered: Offered) -> None:
    await say_yes(scene, offered.transfer)
    await erase_person(scene.session, scene.person_id, actor=PERSON)
    row = (await scene.session.scalars(select(CaseTransfer).execution_options(populate_existing=True))).one()
    assert (row.state, row.note) == (TransferState.REFUSED, None)
    assert await offers_to(scene.session, offered.there) == []
    assert (await scene.session.scalars(select(Case.person_id).where(Case.id == row.case_id))).one() is None
    consents = await consents_of(scene.session, scene.person_id)
    assert {each.state for each in consents} == {ConsentState.WITHDRAWN}
    assert await scene.disclosures() == []


async def test_erasure_still_asks_whoever_gave_the_case_back_to_delete(scene: Scene, offered: Offered) -> None:
    await handed_over(scene, offered)
    await receive_from_person(scene.session, scene.case, scene.key, "Not there, please.", actor=PERSON)
    await take_back_transfer(scene.session, scene.person_id, offered.transfer.consent_id)
    await erase_person(scene.session, scene.person_id, actor=PERSON)
    left = await scene.session.scalars(select(Disclosure).execution_options(populate_existing=True))
    assert {(each.consent_id, tuple(each.fields), each.delete_asked_at is None) for each in left} == {(None, (), False)}
    assert len(await to_delete(scene.session, offered.there)) == 1
