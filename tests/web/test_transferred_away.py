"""Whoever gave a case away finds nothing of it on any page or operation, but the line that says where it went."""

from collections.abc import Iterator

import pytest
from agreed import agree_on_cases
from api_client import token_of
from first_rows import actor_of
from permission_scene import Scene
from sqlalchemy import select
from test_permissions import API_RULES, RULES, ask, visitor_of, ways
from web_browser import Browsers

from access.actor import Actor
from access.models import Organisation
from access.rules import Role
from access.staff import add_staff
from cases.messages import send_to_person
from cases.models import Case
from cases.notes import write_note
from foundation import clock
from foundation.database import Database
from referrals.transferring import accept_transfer, answer_transfer, ask_transfer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WORDS = "quixotic"
SAYS_WHERE_IT_WENT = frozenset(["GET /transfers", "GET /api/v1/transfers"])
OF_CASES = ("/cases/{number}", "/tasks/{task_id}")
WORK_ON_CASES = [
    Role.SUPERVISOR,
    Role.CASEWORKER,
    Role.CHILD_PROTECTION_OFFICER,
    Role.CHILD_PROTECTION_LEAD,
    Role.PROTECTION_OFFICER,
    Role.ADMINISTRATOR,
    Role.COMPLAINTS_OFFICER,
]


@pytest.fixture
async def scene(scene: Scene, database: Database) -> Scene:
    """The case with everything in it has gone to the organisation elsewhere."""
    async with database.transaction() as session:
        number = scene.cases["own"]["number"]
        case = (await session.scalars(select(Case).where(Case.number == number))).one()
        elsewhere = (await session.scalars(select(Organisation).where(Organisation.name == "Elsewhere"))).one()
        await agree_on_cases(session, elsewhere.id)
        officer = await actor_of(session, Role.CHILD_PROTECTION_OFFICER)
        await write_note(session, case, f"A {WORDS} note.", actor=officer)
        await send_to_person(session, case, f"A {WORDS} message.", actor=officer)
        transfer = await ask_transfer(
            session, case, elsewhere.id, f"A {WORDS} hand-over.", guardian_evidence="Met her aunt.", actor=officer
        )
        await session.flush()
        assert case.person_id is not None
        await answer_transfer(session, case.person_id, transfer.consent_id, agrees=True)
        await session.flush()
        there = await add_staff(
            session,
            email="there@example.org",
            name="Someone there",
            role=Role.SUPERVISOR,
            organisation=elsewhere,
            password="correct horse battery",
        )
        await session.flush()
        await accept_transfer(session, transfer.id, actor=Actor(there.id, Role.SUPERVISOR, elsewhere.id))
    return scene


def about_the_case(scene: Scene) -> Iterator[tuple[str, dict[str, str]]]:
    own = scene.cases["own"]
    for route in (*RULES, *API_RULES):
        address = route.split()[1].removeprefix("/api/v1")
        if address.startswith(OF_CASES):
            yield route, {**own, "task_id": own["listed_task_id" if address.startswith("/tasks") else "task_id"]}


def elsewhere(scene: Scene, role: Role) -> Iterator[tuple[str, dict[str, str]]]:
    """Lists, searches, boards and files, with whatever else they may be about."""
    for route, rule in {**RULES, **API_RULES}.items():
        method, address = route.split()
        reads = method == "GET" or route in ("POST /cases", "POST /api/v1/cases/search")
        if not reads or role not in rule.who or address.removeprefix("/api/v1").startswith(OF_CASES):
            continue
        for values, shown in ways(scene, address, role):
            if shown:
                yield route, values


@pytest.mark.parametrize("role", WORK_ON_CASES)
async def test_nothing_of_it_is_left_but_where_it_went(
    browsers: Browsers, database: Database, scene: Scene, role: Role
) -> None:
    visitor = await visitor_of(browsers, database, role)
    number = scene.cases["own"]["number"]
    asked = 0
    for route, values in about_the_case(scene):
        status, text = await ask(visitor, route, values)
        assert (status, number in text, WORDS in text) == (404, False, False), route
        asked += 1
    assert asked > 200  # all of them, and not a few by mistake
    for route, values in elsewhere(scene, role):
        _status, text = await ask(visitor, route, values)
        # The scene names an account of a panel member after the case.
        text = text.replace(f"sits.{number}", "")
        assert WORDS not in text, route
        assert number not in text or route in SAYS_WHERE_IT_WENT, route


async def test_what_is_said_is_the_number_to_whom_when_whether_it_is_open_and_whom_to_ask(
    browsers: Browsers, database: Database, scene: Scene
) -> None:
    number = scene.cases["own"]["number"]
    supervisor = await browsers.signed_in(Role.SUPERVISOR)
    page = (await supervisor.get("/transfers")).text
    for words in (number, "Elsewhere", "Transferred", "Open", "Someone there", "there@example.org"):
        assert words in page
    bearer = {"Authorization": f"Bearer {await token_of(database, Role.SUPERVISOR)}"}
    program = (await browsers.stranger()).client
    told = (await program.get("/api/v1/transfers", headers=bearer)).json()["given_away"]
    (line,) = [each for each in told if each["number"] == number]
    assert set(line) == {"number", "to", "state", "at", "is_open", "contact"}
    assert (line["to"], line["state"], line["is_open"]) == ("Elsewhere", "accepted", True)
    assert line["at"][:10] == clock.today().isoformat()
    assert line["contact"] == {"organisation": "Elsewhere", "name": "Someone there", "email": "there@example.org"}


async def test_whoever_took_it_over_reads_it_whole(browsers: Browsers, scene: Scene) -> None:
    there = await browsers.stranger()
    assert (await there.sign_in("there@example.org")).status_code == 303
    number = scene.cases["own"]["number"]
    page = await there.get(f"/cases/{number}")
    assert page.status_code == 200
    assert f"A {WORDS} message." in page.text
    assert f"A {WORDS} hand-over." in (await there.get(f"/cases/{number}/transfer")).text
