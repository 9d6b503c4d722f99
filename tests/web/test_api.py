"""What all operations of the API share: tokens, problems, keys, and the description."""

from datetime import timedelta
from typing import Any

import pytest
from api_client import Program, program_of
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from permission_rules_case_api import picture
from permission_scene import build_scene
from sqlalchemy import select, update
from web_browser import PASSWORD, Browsers

from access import once, tokens
from access.models import ApiAnswer, ApiToken
from access.rules import GRANTS, Permission, Role
from access.staff import change_role, disable_staff
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from web.api.paging import STANDARD, part_of
from web.api.routing import ApiRoute
from web.guard import SAFE_METHODS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FILTERS = "/case-filters"
"""A small thing to change: a caseworker's saved filters."""
WANTED = {"name": "Afraid", "filter": {"flag": "fear_of_return"}}


@pytest.fixture
async def program(app: FastAPI, database: Database) -> Program:
    return await program_of(app, database, Role.CASEWORKER)


async def test_a_token_made_on_the_page_works_once_and_is_kept_as_a_hash(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    fields = {"name": "The registry", "permission": "release.read", "days": "30", "current": PASSWORD}
    answer = await browser.send("/account/tokens", fields)
    assert answer.status_code == 200
    token = answer.text.partition('<bdi dir="ltr">hw_')[2].partition("<")[0]
    assert token
    listed = (await browser.get("/account/tokens")).text
    assert "The registry" in listed
    assert token not in listed
    program = await program_of(app, database, Role.MONITOR)
    program.token = f"hw_{token}"
    assert (await program.get("/releases")).json() == {"items": [], "next": None}
    async with database.reading() as session:
        kept = (await session.scalars(select(ApiToken).where(ApiToken.name == "The registry"))).one()
        made = await session.scalars(select(AuditEntry.facts).where(AuditEntry.event == "token.made"))
    assert token not in kept.token_hash
    assert kept.used_at is not None
    assert {"token": str(kept.id), "permissions": ["release.read"]} in made.all()

    await browser.send(f"/account/tokens/{kept.id}/revoke")
    assert (await program.get("/releases")).status_code == 401


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"current": "not it"}, "The password is not right."),
        ({"name": " "}, "Give the token a name"),
        ({"permission": "case.read"}, "Choose what the program may do"),
        ({"permission": ""}, None),
        ({"days": "31"}, "Choose how long"),
    ],
)
async def test_a_token_that_asks_too_much_is_not_made(
    browsers: Browsers, database: Database, fields: dict[str, str], said: str | None
) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    good = {"name": "The registry", "permission": "release.read", "days": "30", "current": PASSWORD}
    answer = await browser.send("/account/tokens", {**good, **fields})
    assert answer.status_code == 422
    assert said is None or said in answer.text
    async with database.reading() as session:
        assert (await session.scalars(select(ApiToken))).all() == []


async def test_a_token_does_no_more_than_it_names_and_no_more_than_its_owner_now(
    app: FastAPI, database: Database
) -> None:
    narrow = await program_of(app, database, Role.SUPERVISOR, Permission.STAFF_LIST)
    assert (await narrow.get("/releases")).status_code == 404
    wide = await program_of(app, database, Role.SUPERVISOR)
    assert (await wide.get("/releases")).status_code == 200
    async with database.transaction() as session:
        await session.execute(update(ApiToken).values(permissions=[*Permission]))
    monitor = await program_of(app, database, Role.MONITOR)
    async with database.transaction() as session:
        await session.execute(update(ApiToken).values(permissions=[*Permission]))
    assert (await monitor.get("/me")).json()["permissions"] == sorted(GRANTS[Role.MONITOR])


async def test_a_token_ends_with_its_day_its_owner_or_their_role(app: FastAPI, database: Database) -> None:
    program = await program_of(app, database, Role.SUPERVISOR)
    with clock.moved_to(clock.now() + timedelta(days=31)):
        assert (await program.get("/me")).status_code == 401
    assert (await program.get("/me")).status_code == 200
    async with database.transaction() as session:
        await change_role(session, "supervisor@example.org", Role.CASEWORKER)
    assert (await program.get("/me")).status_code == 401
    other = await program_of(app, database, Role.MONITOR)
    async with database.transaction() as session:
        await disable_staff(session, "monitor@example.org")
    assert (await other.get("/me")).status_code == 401
    with clock.moved_to(clock.now() + timedelta(days=31)):
        async with database.transaction() as session:
            await once.sweep(session)
            await tokens.sweep(session)
    async with database.reading() as session:
        assert (await session.scalars(select(ApiToken))).all() == []


async def test_a_cookie_reads_at_the_api_and_changes_nothing_and_a_token_opens_no_page(
    browsers: Browsers, program: Program
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    assert (await browser.get("/api/v1/me")).status_code == 200
    for site in ("same-origin", "cross-site"):
        answer = await browser.client.post(f"/api/v1{FILTERS}", json=WANTED, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 404
    page = await program.client.get("/cases", headers={"Authorization": f"Bearer {program.token}"})
    assert page.status_code == 404


async def test_problems_are_told_as_rfc_9457_says(program: Program) -> None:
    missing = await program.get("/cases/HW-0000-0000")
    assert missing.headers["content-type"] == "application/problem+json"
    told = missing.json()
    assert (told["type"], told["title"], told["status"]) == ("about:blank", "Not Found", 404)
    nowhere = await program.get("/nowhere/at/all")
    assert nowhere.json() == told
    bad = await program.post(FILTERS, {**WANTED, "secret": "Zebulon"})
    assert bad.status_code == 422
    assert bad.json()["errors"] == [{"at": "body.secret", "fault": "extra_forbidden"}]
    assert "Zebulon" not in bad.text
    program.token = "hw_unknown"
    unknown = await program.get("/me")
    assert unknown.status_code == 401
    assert unknown.headers["www-authenticate"].startswith("Bearer")
    assert (await program.get("/nowhere")).json() == told


async def test_a_change_under_a_key_is_made_once(program: Program, database: Database) -> None:
    key = {"Idempotency-Key": "3f1c"}
    first = await program.post(FILTERS, WANTED, **key)
    assert first.status_code == 201
    for _time in range(2):
        again = await program.post(FILTERS, WANTED, **key)
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert again.headers["Idempotent-Replayed"] == "true"
    assert len((await program.get(FILTERS)).json()) == 1
    other = await program.post(FILTERS, {**WANTED, "name": "Others"}, **key)
    assert other.status_code == 422
    for wrong in ("x" * 65, "\t", "a b"):
        assert (await program.post(FILTERS, WANTED, **{"Idempotency-Key": wrong})).status_code == 422
    async with database.reading() as session:
        (kept,) = await session.scalars(select(ApiAnswer))
    assert kept.answer is not None
    assert b"Afraid" not in kept.answer.box
    assert "3f1c" not in kept.key_hash


async def test_a_refused_change_frees_its_key_and_one_in_hand_is_not_made_twice(
    program: Program, database: Database
) -> None:
    key = {"Idempotency-Key": "again"}
    refused = await program.post(FILTERS, {**WANTED, "name": " "}, **key)
    assert refused.status_code == 422
    assert (await program.post(FILTERS, WANTED, **key)).status_code == 201
    async with database.transaction() as session:
        await session.execute(update(ApiAnswer).values(status=None, answer=None))
    assert (await program.post(FILTERS, WANTED, **key)).status_code == 409
    with clock.moved_to(clock.now() + once.KEPT * 2):
        assert (await program.post(FILTERS, WANTED, **key)).status_code == 201


async def test_a_change_whose_answer_was_lost_is_not_made_twice(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of ours behind the commit: the change stands, so its key must not be free."""
    key = {"Idempotency-Key": "lost"}
    with monkeypatch.context() as broken:
        broken.delattr("web.api.case_list.Made")
        assert (await program.post(FILTERS, WANTED, **key)).status_code == 500
    assert (await program.post(FILTERS, WANTED, **key)).status_code == 409
    assert len((await program.get(FILTERS)).json()) == 1


async def test_a_form_with_a_file_is_the_same_request_when_it_is_sent_again(
    program: Program, database: Database
) -> None:
    """Its parts are divided by a mark that every library makes anew."""
    async with database.transaction() as session:
        number = (await build_scene(session)).cases["own"]["number"]
    headers = {"Authorization": f"Bearer {program.token}", "Idempotency-Key": "file"}
    told = {"text": "Come tomorrow."}
    for _time in range(2):
        answer = await program.client.post(
            f"/api/v1/cases/{number}/messages", data=told, files={"file": ("way.png", picture())}, headers=headers
        )
        assert answer.status_code == 204, answer.text
    assert answer.headers["Idempotent-Replayed"] == "true"
    messages = (await program.get(f"/cases/{number}/messages")).json()["items"]
    assert [each["text"] for each in messages].count("Come tomorrow.") == 1


async def test_lists_come_in_pages(browsers: Browsers, database: Database) -> None:
    everything = [*range(120)]
    first, following = part_of(everything, STANDARD, "")
    assert following is not None
    assert part_of(everything, 100, following) == (everything[len(first) :], None)
    browser = await browsers.signed_in(Role.MONITOR)
    for wrong in ("after=-1", "after=x", "after=%D9%A3", "limit=0", "limit=101"):
        assert (await browser.get(f"/api/v1/releases?{wrong}")).status_code == 422, wrong


async def test_the_key_of_one_token_is_nothing_to_another(app: FastAPI, database: Database, program: Program) -> None:
    key = {"Idempotency-Key": "shared"}
    await program.post(FILTERS, WANTED, **key)
    other = await program_of(app, database, Role.SUPERVISOR)
    assert "Idempotent-Replayed" not in (await other.post(FILTERS, WANTED, **key)).headers


def test_every_change_goes_through_the_route_that_makes_it_once(app: FastAPI) -> None:
    loose = [
        context.path
        for context in iter_route_contexts(app.routes)
        if str(context.path).startswith("/api/")
        and not (context.methods or set()) <= SAFE_METHODS
        and not isinstance(context.route, ApiRoute)
    ]
    assert loose == []


async def test_the_description_names_the_permission_the_key_and_the_problems(program: Program) -> None:
    described: dict[str, Any] = (await program.get("/openapi.json")).json()
    operation = described["paths"]["/api/v1/case-filters"]["post"]
    assert "Needs the permission `case.list`." in operation["description"]
    assert any(each["name"] == "Idempotency-Key" for each in operation["parameters"])
    assert [*operation["responses"]["404"]["content"]] == ["application/problem+json"]
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    names = [each["operationId"] for operations in described["paths"].values() for each in operations.values()]
    assert len(names) == len(set(names))
