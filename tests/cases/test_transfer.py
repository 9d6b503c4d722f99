"""Transfer: a team at once; another organisation with the person's yes and its own, and back when they take it back."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from case_scene import Scene, Told
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from access.actor import PERSON, SYSTEM, Actor
from access.models import Organisation, OrganisationKind
from access.rules import Role
from cases.casework_models import CaseTransfer
from cases.casework_rules import TransferDecline, TransferState
from cases.consent import consents_of, withdraw
from cases.conversation import messages_of
from cases.erasure import erase_person
from cases.models import Case
from cases.notes import notes_of, write_note
from cases.queries import find_case
from cases.rules import ConsentState, FlagKind
from cases.safeguarding import raise_flag
from cases.transfer import (
    accept_transfer,
    answer_transfer,
    ask_transfer,
    decline_transfer,
    end_transfers,
    given_away,
    move_team,
    offers_to,
    revoke_transfer,
    take_back_transfer,
    teams_of,
)
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound


@dataclass
class Offered:
    told: Told
    other: Organisation
    here: Actor
    there: Actor
    transfer: CaseTransfer


@pytest.fixture
async def offered(scene: Scene) -> Offered:
    """A case whose person is asked whether the other organisation may take over."""
    told = await scene.tell()
    other = Organisation(id=uuid4(), name="The other agency", kind=OrganisationKind.OPERATOR)
    scene.session.add(other)
    await scene.session.flush()
    there = scene.add_staff(Role.SUPERVISOR, other)
    here = scene.staff[Role.SUPERVISOR]
    await scene.session.flush()
    transfer = await ask_transfer(scene.session, told.case, other.id, "Knows the town.", actor=here)
    await scene.session.flush()
    return Offered(told, other, here, there, transfer)


async def say_yes(scene: Scene, offered: Offered) -> None:
    await answer_transfer(scene.session, offered.told.key.subject_id, offered.transfer.consent_id, agrees=True)
    await scene.session.flush()


async def test_a_team_takes_over_at_once_and_its_own_staff_keep_the_case(scene: Scene) -> None:
    session, told, supervisor = scene.session, await scene.tell(), scene.staff[Role.SUPERVISOR]
    worker = {team: scene.add_staff(Role.CASEWORKER, scene.operator, team) for team in ("GM", "TN")}
    await session.flush()
    told.case.owner_id = worker["GM"].id
    await session.flush()
    assert await teams_of(session, scene.operator.id) == ["GM", "TN"]
    assert await find_case(session, worker["GM"], told.case.number)
    for team, refusal in (("GM", Conflict), ("nowhere", Invalid)):
        with pytest.raises(refusal):
            await move_team(session, told.case, team, actor=supervisor)
    with pytest.raises(NotAllowed):
        await move_team(session, told.case, "TN", actor=worker["GM"])
    await move_team(session, told.case, "TN", actor=supervisor)
    await session.flush()
    assert (told.case.team, told.case.owner_id, told.case.attention_at is None) == ("TN", None, False)
    assert await find_case(session, worker["TN"], told.case.number)
    with pytest.raises(NotFound):
        await find_case(session, worker["GM"], told.case.number)
    told.case.owner_id = supervisor.id
    await session.flush()
    await move_team(session, told.case, "GM", actor=supervisor)
    assert told.case.owner_id == supervisor.id


async def test_nobody_elsewhere_learns_of_a_case_before_the_person_has_said_yes(scene: Scene, offered: Offered) -> None:
    session, case = scene.session, offered.told.case
    assert await offers_to(session, offered.there) == []
    with pytest.raises(NotFound):
        await accept_transfer(session, offered.transfer.id, actor=offered.there)
    await say_yes(scene, offered)
    (offer,) = await offers_to(session, offered.there)
    assert (offer.number, offer.sender, offer.note) == (case.number, "Operator", "Knows the town.")
    assert await offers_to(session, offered.here) == []
    with pytest.raises(NotFound):
        await find_case(session, offered.there, case.number)
    with pytest.raises(NotFound):
        await accept_transfer(session, offered.transfer.id, actor=offered.here)
    with pytest.raises(NotAllowed):
        await accept_transfer(session, offered.transfer.id, actor=scene.add_staff(Role.CASEWORKER, offered.other))


async def test_an_accepted_case_goes_over_whole_and_the_sender_keeps_its_number(scene: Scene, offered: Offered) -> None:
    session, case = scene.session, offered.told.case
    await write_note(session, case, "For the team.", actor=offered.here)
    await say_yes(scene, offered)
    await accept_transfer(session, offered.transfer.id, actor=offered.there)
    await session.flush()
    assert (case.organisation_id, case.team, case.owner_id) == (offered.other.id, None, None)
    assert await find_case(session, offered.there, case.number)
    assert [view.body for view in await notes_of(session, case, actor=offered.there)] == ["For the team."]
    with pytest.raises(NotFound):
        await find_case(session, offered.here, case.number)
    (seen,) = await given_away(session, offered.here)
    assert (seen.number, seen.recipient, seen.state) == (case.number, "The other agency", TransferState.ACCEPTED)
    assert await given_away(session, offered.there) == []
    assert "The other agency" in (await messages_of(session, case))[-1].text
    with pytest.raises(NotFound):
        await accept_transfer(session, offered.transfer.id, actor=offered.there)
    events = await session.scalars(select(AuditEntry.event).where(AuditEntry.event.startswith("case.transfer")))
    assert sorted(events) == ["case.transfer_accepted", "case.transfer_asked", "case.transfer_offered"]


async def test_whoever_takes_the_yes_back_goes_back_to_where_they_were(scene: Scene, offered: Offered) -> None:
    session, case = scene.session, offered.told.case
    await say_yes(scene, offered)
    await accept_transfer(session, offered.transfer.id, actor=offered.there)
    await session.flush()
    await take_back_transfer(session, offered.told.key.subject_id, offered.transfer.consent_id)
    await session.flush()
    assert await find_case(session, offered.here, case.number)
    with pytest.raises(NotFound):
        await find_case(session, offered.there, case.number)
    assert await given_away(session, offered.here) == []
    assert [seen.number for seen in await given_away(session, offered.there)] == [case.number]


async def test_a_no_ends_it_and_so_does_a_yes_taken_back_in_time(scene: Scene, offered: Offered) -> None:
    session, person_id, told = scene.session, offered.told.key.subject_id, offered.told
    await answer_transfer(session, person_id, offered.transfer.consent_id, agrees=False)
    assert offered.transfer.state is TransferState.REFUSED
    with pytest.raises(Conflict):
        await answer_transfer(session, person_id, offered.transfer.consent_id, agrees=True)
    again = await ask_transfer(session, told.case, offered.other.id, "", actor=offered.here)
    await session.flush()
    await answer_transfer(session, person_id, again.consent_id, agrees=True)
    await session.flush()
    await take_back_transfer(session, person_id, again.consent_id)
    await session.flush()
    assert await offers_to(session, offered.there) == []
    with pytest.raises(NotFound):
        await accept_transfer(session, again.id, actor=offered.there)
    stranger = await scene.tell()
    with pytest.raises(NotFound):
        await answer_transfer(session, stranger.key.subject_id, again.consent_id, agrees=True)


async def test_the_yes_is_looked_at_again_when_the_other_accepts(scene: Scene, offered: Offered) -> None:
    await say_yes(scene, offered)
    await withdraw(scene.session, offered.transfer.consent_id, offered.told.key.subject_id, actor=PERSON)
    await scene.session.flush()
    with pytest.raises(NotAllowed):
        await accept_transfer(scene.session, offered.transfer.id, actor=offered.there)
    await end_transfers(scene.session, offered.told.key.subject_id)
    assert offered.transfer.state is TransferState.REFUSED


async def test_the_other_declines_or_the_sender_takes_it_back(scene: Scene, offered: Offered) -> None:
    session, case = scene.session, offered.told.case
    with pytest.raises(Conflict):
        await ask_transfer(session, case, offered.other.id, "", actor=offered.here)
    await say_yes(scene, offered)
    with pytest.raises(Conflict):
        await revoke_transfer(session, case, actor=offered.there)
    await decline_transfer(session, offered.transfer.id, TransferDecline.NO_CAPACITY, actor=offered.there)
    await session.flush()
    assert (case.organisation_id, case.attention_at is None) == (scene.operator.id, False)
    again = await ask_transfer(session, case, offered.other.id, "", actor=offered.here)
    await session.flush()
    await revoke_transfer(session, case, actor=offered.here)
    await session.flush()
    with pytest.raises(Conflict):
        await answer_transfer(session, offered.told.key.subject_id, again.consent_id, agrees=True)
    for recipient in (scene.partner.id, scene.operator.id, uuid4()):
        with pytest.raises(Invalid):
            await ask_transfer(session, case, recipient, "", actor=offered.here)


async def test_a_child_is_asked_only_once_an_officer_has_heard_the_guardian(scene: Scene, offered: Offered) -> None:
    session, child = scene.session, await scene.tell()
    child.case.organisation_id = scene.operator.id
    await raise_flag(session, child.case, FlagKind.CHILD, "test.rule", actor=SYSTEM)
    await session.flush()
    officer = scene.staff[Role.CHILD_PROTECTION_OFFICER]
    with pytest.raises(NotAllowed):
        await ask_transfer(session, child.case, offered.other.id, "", guardian_evidence="Met her.", actor=offered.here)
    with pytest.raises(Invalid):
        await ask_transfer(session, child.case, offered.other.id, "", actor=officer)
    await ask_transfer(session, child.case, offered.other.id, "", guardian_evidence="Met her.", actor=officer)
    # Found to be a child only after the question: nothing goes anywhere on their own yes.
    await raise_flag(session, offered.told.case, FlagKind.CHILD, "test.rule", actor=SYSTEM)
    await session.flush()
    with pytest.raises(NotAllowed):
        await say_yes(scene, offered)


async def test_the_database_keeps_one_open_offer_a_case_to_somebody_else(scene: Scene, offered: Offered) -> None:
    session = scene.session
    consent = scene.add_consent(offered.told, ConsentState.REQUESTED)
    await session.flush()
    again = {
        "case_id": offered.told.case.id,
        "from_organisation_id": scene.operator.id,
        "to_organisation_id": offered.other.id,
        "consent_id": consent.id,
        "state": TransferState.ASKED,
        "asked_by": offered.here.id,
        "asked_at": clock.now(),
    }
    attempt = await session.begin_nested()
    session.add(CaseTransfer(id=uuid4(), **again))
    with pytest.raises(IntegrityError):
        await session.flush()
    await attempt.rollback()
    for values in ({"to_organisation_id": scene.operator.id}, {"state": TransferState.DECLINED}):
        attempt = await session.begin_nested()
        with pytest.raises(IntegrityError):
            await session.execute(update(CaseTransfer).values(**values))
        await attempt.rollback()


async def test_erasure_ends_an_offer_and_leaves_codes_alone(scene: Scene, offered: Offered) -> None:
    await say_yes(scene, offered)
    await erase_person(scene.session, offered.told.key.subject_id, actor=SYSTEM)
    row = (await scene.session.scalars(select(CaseTransfer).execution_options(populate_existing=True))).one()
    assert (row.state, row.note) == (TransferState.REFUSED, None)
    assert await offers_to(scene.session, offered.there) == []
    assert (await scene.session.scalars(select(Case.person_id).where(Case.id == row.case_id))).one() is None
    consents = await consents_of(scene.session, offered.told.key.subject_id)
    assert {each.state for each in consents} == {ConsentState.WITHDRAWN}
