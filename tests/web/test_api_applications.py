"""The API about applications: the same as the pages, for programs."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from api_caller import Caller, calling
from fastapi import FastAPI
from first_rows import add_case
from web_browser import Browsers

from access.rules import Role
from cases.sheets import publish_built_in
from foundation import clock
from foundation.database import Database

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def number(app: FastAPI, database: Database) -> str:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, _key = await add_case(session, None)
    return case.number


@pytest.fixture
async def worker(browsers: Browsers) -> Caller:
    return await calling(browsers, Role.CASEWORKER)


def day(ahead: int = 0) -> str:
    return (clock.today() + timedelta(days=ahead)).isoformat()


async def begin(worker: Caller, number: str, **body: Any) -> str:
    sent = {"kind": "unpaid_wages", "institution": "Inspectorate", "country": "IT"} | body
    made = await worker.post(f"/cases/{number}/applications", 201, sent)
    return f"/cases/{number}/applications/{made['id']}"


async def test_a_wage_claim_from_begin_to_end(worker: Caller, number: str) -> None:
    one = await begin(worker, number)
    terms = {
        "institution": "Inspectorate",
        "country": "IT",
        "details": {"employer": "A farm", "route": "court"},
        "amount": {"amount": "2400.5", "currency": "EUR"},
        "due_on": day(20),
    }
    await worker.send("PUT", one, 204, terms)
    period = {"starts_on": "2023-05-01", "ends_on": "2023-09-30", "employer": "A farm", "place": "Foggia"}
    added = await worker.post(f"{one}/periods", 201, period)
    spare = await worker.post(f"{one}/periods", 201, period)
    await worker.send("DELETE", f"{one}/periods/{spare['id']}", 204)
    await worker.send("PUT", f"{one}/documents/witness", 204, {"standing": "have", "note": "Two friends"})
    told = await worker.read(one)
    assert told["unready"] == ["The person has not authorised us to give their details to this institution."]
    authorisation = {"on_day": day(), "how": "witnessed", "covers": "All"}
    await worker.send("PUT", f"{one}/authorisation", 204, authorisation)
    await worker.post(f"{one}/entries", 204, {"what": "submitted", "on_day": day(), "reference": "R-1"})
    told = await worker.read(one)
    assert (told["state"], told["reference"], told["submitted_on"]) == ("submitted", "R-1", day())
    assert told["amount"] == {"amount": "2400.5", "currency": "EUR"}
    assert [each["id"] for each in told["periods"]] == [added["id"]]
    assert told["authorisation"] == authorisation | {"file_id": None}
    assert told["next"] == ["more_asked", "reminded", "decided", "closed", "withdrawn"]
    await worker.post(f"{one}/entries", 204, {"what": "decided", "on_day": day(), "outcome": "granted"})
    await worker.post(f"{one}/entries", 204, {"what": "closed", "on_day": day()})
    (listed,) = await worker.read(f"/cases/{number}/applications")
    assert (listed["state"], listed["outcome"], listed["due_on"]) == ("closed", "granted", None)
    assert (await worker.read(one))["next"] == []
    await worker.post(f"{one}/authorisation/end", 409, {"on_day": day()})


async def test_what_does_not_fit_is_refused_in_words(worker: Caller, number: str) -> None:
    start = f"/cases/{number}/applications"
    for wrong in (
        {"kind": "a_visa"},
        {"country": "Italy"},
        {"country": "XX"},
        {"institution": ""},
        {"details": {"no_such": "x"}},
        {"details": {"employer": "a\0b"}},
        {"amount": {"amount": "1", "currency": "ZZZ"}},
        {"more": 1},
    ):
        sent = {"kind": "unpaid_wages", "institution": "Inspectorate", "country": "IT"} | wrong
        await worker.post(start, 422, sent)
    one = await begin(worker, number)
    await worker.send("PUT", f"{one}/documents/no_such", 404, {"standing": "have"})
    await worker.send("PUT", f"{one}/documents/identity", 422, {"standing": "have", "file_id": str(uuid4())})
    await worker.post(f"{one}/entries", 422, {"what": "opened", "on_day": day()})
    await worker.post(f"{one}/entries", 422, {"what": "submitted", "on_day": day(1)})
    await worker.send("DELETE", f"{one}/periods/{uuid4()}", 404)
    assert (await worker.client.get(f"/api/v1{start}/{uuid4()}")).status_code == 404


async def test_kinds_and_routes_are_told(worker: Caller, number: str) -> None:
    told = {each["kind"]: each for each in await worker.read("/application-kinds")}
    assert told["business_funding"]["has_plan"]
    recognition = told["skills_recognition"]
    assert {each["classification"] for each in recognition["fields"]} == {None, "isco08", "isced", "isced_fields"}
    assert recognition["outcomes"][1] == {"code": "partly", "name": "Recognised in part"}
    routes = await worker.read("/entitlement-routes", worked_in="IT", returns_to="TN", branch="old_age")
    assert (routes[0]["route"], routes[0]["grade"]) == ("agreement", "A")
    assert [each["read_on"] is None for each in routes].count(True) == 5
    unknown = await worker.client.get("/api/v1/entitlement-routes?worked_in=Italy&returns_to=TN")
    assert unknown.status_code == 422


async def test_a_business_plan_and_what_an_application_carries_of_it(worker: Caller, number: str) -> None:
    where = f"/cases/{number}/business-plan"
    assert await worker.read(where) == {"plan": None, "visits": []}
    plan = {
        "what": "Weaving",
        "where": "Brikama",
        "currency": "GMD",
        "own": "2000",
        "start_up": [{"name": "A loom", "amount": "8000"}],
        "income": ["0", *["3000"] * 11],
        "costs": ["500"] * 12,
        "loan": {"amount": "6000", "yearly_rate": "0", "months": 6},
    }
    await worker.send("PUT", where, 422, plan | {"income": ["1"]})
    await worker.send("PUT", where, 422, plan | {"own": "0.001"})
    await worker.send("PUT", where, 204, plan)
    told = (await worker.read(where))["plan"]
    assert told["flow"]["first_short"] == 1
    assert told["flow"]["months"][0] == {
        "month": 1,
        "income": "0.00",
        "costs": "500.00",
        "instalment": "1000.00",
        "balance": "-1500.00",
    }
    one = await begin(
        worker,
        number,
        kind="business_funding",
        country="GM",
        details={"form": "loan", "use": "A loom"},
        amount={"amount": "6000", "currency": "GMD"},
    )
    await worker.send("PUT", f"{one}/documents/identity", 204, {"standing": "have"})
    await worker.send("PUT", f"{one}/authorisation", 204, {"on_day": day(), "how": "spoken", "covers": "The plan"})
    await worker.post(f"{one}/entries", 204, {"what": "submitted", "on_day": day()})
    assert (await worker.read(one))["plan"] == told
    visits = f"/cases/{number}/coaching-visits"
    await worker.post(visits, 422, {"held_on": day(), "agreed": "Books", "next_on": day(-1)})
    await worker.post(visits, 201, {"held_on": day(), "agreed": "Books", "next_on": day(7)})
    (visit,) = (await worker.read(where))["visits"]
    assert (visit["agreed"], visit["next_on"]) == ("Books", day(7))
