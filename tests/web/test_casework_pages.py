"""Casework in the browser: notes, closing by two people, transfer, merging, and what retention will erase."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from agreed import agree_on_cases
from fastapi import FastAPI
from first_rows import actor_of, add_case
from sqlalchemy import select, update
from web_browser import Browsers

from access.actor import PERSON
from access.models import Organisation, OrganisationKind, StaffMember
from access.rules import Role
from access.staff import create_organisation
from cases.casework_models import CaseTransfer
from cases.messages import receive_from_person
from cases.models import Case, Flag, Task
from cases.rules import CaseStatus, FlagOutcome
from cases.sheets import publish_built_in
from foundation import clock
from foundation.database import Database
from foundation.keys import open_subject
from foundation.sealing import SubjectKey
from questionnaire.sheet import Answer
from referrals.transferring import answer_transfer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ARRIVAL: dict[str, Answer] = {"called": "Zebulon", "birth_year": 1990, "country_return": "GM", "maybe_child": "no"}
CLOSING = {"reason": "remigrated", "note": "He works <b>abroad</b>.", "no_survey": "refused"}


async def opened(database: Database) -> tuple[str, SubjectKey]:
    """The number of a quiet case: nothing in it waits."""
    async with database.transaction() as session:
        await publish_built_in(session)
        case, key = await add_case(session, None, arrival=ARRIVAL, needs={"maybe_child": "no", "income": "yes"})
        await session.flush()
        supervisor = await actor_of(session, Role.SUPERVISOR)
        settled = {"settled_at": clock.now(), "settled_by": supervisor.id, "outcome": FlagOutcome.RESOLVED}
        await session.execute(update(Flag).values(**settled))
        await session.execute(update(Task).values(done_at=clock.now(), done_by=supervisor.id))
        case.organisation_id = supervisor.organisation_id or case.organisation_id
    return case.number, key


async def the_case(database: Database, number: str) -> Case:
    async with database.reading() as session:
        return (await session.scalars(select(Case).where(Case.number == number))).one()


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    return (await opened(database))[0]


async def test_a_note_is_written_corrected_and_hidden_from_those_it_is_not_for(browsers: Browsers, number: str) -> None:
    worker, supervisor = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    hidden = {"note": "She told <i>me</i> alone.", "visibility": "roles", "roles": "child_protection_officer"}
    assert (await worker.send(f"/cases/{number}/notes", hidden)).status_code == 303
    session = {
        "note": "We talked.",
        "kind": "counselling",
        "minutes": "40",
        "topics": "family",
        "attended": "person",
        "next_on": (clock.today() + timedelta(days=7)).isoformat(),
        "held_on": clock.today().isoformat(),
    }
    assert (await worker.send(f"/cases/{number}/notes", session)).status_code == 303
    page = (await worker.get(f"/cases/{number}")).text
    assert "She told &lt;i&gt;me&lt;/i&gt; alone." in page
    assert "40 minutes" in page
    seen = (await supervisor.get(f"/cases/{number}")).text
    assert "We talked." in seen
    assert "She told" not in seen
    note_id = re.search(rf"/cases/{number}/notes/([0-9a-f-]+)/correction", page)
    assert note_id is not None
    address = f"/cases/{number}/notes/{note_id[1]}/correction"
    assert (await worker.send(address, {"note": "We talked long."})).status_code == 303
    assert "We talked long." in (await supervisor.get(f"/cases/{number}")).text
    assert (await worker.send(address, {"note": "Again."})).status_code == 409


async def test_a_note_that_cannot_be_saved_stays_as_it_was_typed(browsers: Browsers, number: str) -> None:
    worker = await browsers.signed_in(Role.CASEWORKER)
    typed = {"note": "Half a session.", "kind": "counselling", "minutes": "35", "topics": "family"}
    refused = await worker.send(f"/cases/{number}/notes", typed)
    assert refused.status_code == 422
    for kept in ("Half a session.", 'value="35"', 'value="family" checked', 'role="alert"'):
        assert kept in refused.text


async def test_a_case_is_closed_by_two_people_and_opened_again(
    browsers: Browsers, database: Database, number: str
) -> None:
    worker, supervisor = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    address = f"/cases/{number}/closing"
    refused = await worker.send(address, {**CLOSING, "no_survey": ""})
    assert refused.status_code == 422
    assert "He works &lt;b&gt;abroad&lt;/b&gt;." in refused.text
    assert (await worker.send(address, CLOSING)).status_code == 303
    assert "/closing/decision" not in (await worker.get(address)).text
    assert address in (await supervisor.get("/approvals")).text
    empty = await supervisor.send(f"{address}/decision", {"decision": "send_back", "note": ""})
    assert empty.status_code == 422
    assert (await supervisor.send(f"{address}/decision", {"decision": "approve"})).status_code == 303
    assert "Nothing waits for you here." in (await supervisor.get("/approvals")).text
    case = await the_case(database, number)
    assert case.erase_after is not None
    page = (await worker.get(f"/cases/{number}")).text
    assert "This case was closed on" in page
    assert "Case closed: Left the country again" in page
    assert (await worker.send(f"/cases/{number}/reopen", {"reason": "came_back", "note": ""})).status_code == 422
    assert (await worker.send(f"/cases/{number}/reopen", {"reason": "came_back", "note": "Wrote."})).status_code == 303
    assert (await the_case(database, number)).status is CaseStatus.OPEN
    assert "Case opened again: The person came back" in (await worker.get(f"/cases/{number}")).text


async def test_nobody_is_offered_the_approval_of_their_own_request(browsers: Browsers, number: str) -> None:
    supervisor = await browsers.signed_in(Role.SUPERVISOR)
    assert (await supervisor.send(f"/cases/{number}/closing", CLOSING)).status_code == 303
    assert "another person decides" in (await supervisor.get("/approvals")).text
    assert "/closing/decision" not in (await supervisor.get(f"/cases/{number}/closing")).text
    answer = await supervisor.send(f"/cases/{number}/closing/decision", {"decision": "approve"})
    assert answer.status_code == 403
    assert "Nobody approves what they asked for themselves." in answer.text


async def test_a_case_goes_to_another_team_and_is_offered_to_another_organisation(
    browsers: Browsers, database: Database
) -> None:
    number, key = await opened(database)
    supervisor = await browsers.signed_in(Role.SUPERVISOR)
    async with database.transaction() as session:
        await session.execute(update(StaffMember).where(StaffMember.role == Role.CASEWORKER).values(team="TN"))
        other = create_organisation(session, "The other agency", OrganisationKind.OPERATOR)
        await agree_on_cases(session, other.id)
    page = (await supervisor.get(f"/cases/{number}/transfer")).text
    assert "The other agency" in page
    assert (await supervisor.send(f"/cases/{number}/transfer/team", {"team": "TN"})).status_code == 303
    assert (await the_case(database, number)).team == "TN"
    offer = {"organisation": str(other.id), "note": "Knows the town."}
    assert (await supervisor.send(f"/cases/{number}/transfer/organisation", offer)).status_code == 303
    again = await supervisor.send(f"/cases/{number}/transfer/organisation", offer)
    assert again.status_code == 409
    async with database.transaction() as session:
        consent_id: UUID = (await session.scalars(select(CaseTransfer.consent_id))).one()
        await answer_transfer(session, key.subject_id, consent_id, agrees=True)
        # The supervisor now works for the other agency.
        await session.execute(
            update(StaffMember).where(StaffMember.role == Role.SUPERVISOR).values(organisation_id=other.id)
        )
        transfer_id = (await session.scalars(select(CaseTransfer.id))).one()
    listed = (await supervisor.get("/transfers")).text
    assert number in listed
    assert "Knows the town." in listed
    assert (await supervisor.get(f"/cases/{number}")).status_code == 404
    assert (await supervisor.send(f"/transfers/{transfer_id}/accept")).status_code == 303
    assert (await supervisor.get(f"/cases/{number}")).status_code == 200
    async with database.transaction() as session:
        first = select(Organisation.id).where(Organisation.name == "The operator")
        await session.execute(
            update(StaffMember)
            .where(StaffMember.role == Role.SUPERVISOR)
            .values(organisation_id=(await session.scalars(first)).one())
        )
    gone = (await supervisor.get("/transfers")).text
    assert number in gone
    assert "The other agency" in gone
    assert (await supervisor.get(f"/cases/{number}")).status_code == 404


async def test_two_files_stand_side_by_side_and_one_page_shows_both_once_merged(
    browsers: Browsers, database: Database
) -> None:
    numbers = [(await opened(database))[0], (await opened(database))[0]]
    supervisor = await browsers.signed_in(Role.SUPERVISOR)
    pairs = (await supervisor.get("/duplicates")).text
    assert all(each in pairs for each in numbers)
    assert "same year of birth" in pairs
    merge = {"stays": numbers[0], "other": numbers[1]}
    assert (await supervisor.send("/duplicates/merge", merge)).status_code == 303
    assert "No two cases look like" in (await supervisor.get("/duplicates")).text
    async with database.transaction() as session:
        other = (await session.scalars(select(Case).where(Case.number == numbers[1]))).one()
        assert other.person_id is not None
        key = await open_subject(session, other.person_id)
        await receive_from_person(session, other, key, "From the old phone.", actor=PERSON)
    page = (await supervisor.get(f"/cases/{numbers[0]}")).text
    for expected in ("Merged into this case", numbers[1], "From the old phone.", "Waits for an answer since"):
        assert expected in page
    old = (await supervisor.get(f"/cases/{numbers[1]}")).text
    assert "This file was merged into another" in old
    assert f'action="/cases/{numbers[1]}/messages"' in old
    assert f'action="/cases/{numbers[1]}/phase"' not in old
    assert (await supervisor.send("/duplicates/merge", merge)).status_code == 409
    assert (await supervisor.send(f"/cases/{numbers[1]}/separate")).status_code == 303
    assert (await the_case(database, numbers[1])).status is CaseStatus.OPEN
    apart = {"first": numbers[0], "second": numbers[1]}
    assert (await supervisor.send("/duplicates/apart", apart)).status_code == 303


async def test_the_retention_page_says_what_will_be_erased_and_when(
    browsers: Browsers, database: Database, number: str
) -> None:
    supervisor = await browsers.signed_in(Role.SUPERVISOR)
    assert "Nothing is to be erased." in (await supervisor.get("/retention")).text
    async with database.transaction() as session:
        ended = {"status": CaseStatus.CLOSED, "closed_at": clock.now(), "erase_after": clock.now() + timedelta(days=9)}
        await session.execute(update(Case).where(Case.number == number).values(**ended))
    page = (await supervisor.get("/retention")).text
    assert number in page
    assert "Closed, and kept as long as the person was told" in page
