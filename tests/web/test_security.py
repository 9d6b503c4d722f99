"""The front door: who gets in, what strangers see, where forms may come from, and what every answer carries."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from sqlalchemy import func, select
from starlette.routing import Mount
from web_browser import ORIGIN, PASSWORD, Browsers, email_of

from access.models import StaffSession
from access.rules import GRANTS, Permission, Role
from access.sessions import IDLE
from access.staff import disable_staff
from access.throttling import MOST_FAILURES
from foundation import clock
from foundation.database import Database
from foundation.settings import Settings
from web.app import LARGEST_BODY, create_app
from web.guard import FORM_COOKIE, SESSION_COOKIE, Door, Guard
from web.problems import MEDIA_TYPE
from web.rendering import NAVIGATION

VALUES = defaultdict(lambda: str(uuid4()), {"number": "1", "name": "a.csv", "picture": "a.png"})
"""Something for each part of an address, an id if not said otherwise; nothing of the kind exists."""
STATIC = {"/static"}


def routes_of(app: FastAPI) -> Iterator[RouteContext]:
    for context in iter_route_contexts(app.routes):
        if not (isinstance(context.route, Mount) and context.path in STATIC):
            yield context


def guards_of(dependant: Dependant) -> Iterator[Guard]:
    if isinstance(dependant.call, Guard):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from guards_of(inner)


def needs_of(context: RouteContext) -> set[Permission | Door]:
    return {guard.needs for guard in guards_of(context.dependant)}


def address_of(context: RouteContext) -> str:
    assert context.path is not None
    return context.path.format_map(VALUES)


def protected(app: FastAPI) -> list[tuple[str, str, Permission]]:
    """Method, address and permission of every route that names one."""
    return [
        (method, address_of(context), needs)
        for context in routes_of(app)
        for needs in needs_of(context)
        if isinstance(needs, Permission)
        for method in sorted(context.methods or ())
    ]


def test_every_route_names_one_guard(app: FastAPI) -> None:
    routes = list(routes_of(app))
    assert len(routes) > 25
    assert {context.path: len(needs_of(context)) for context in routes} == {context.path: 1 for context in routes}


def test_every_permission_with_a_page_is_in_the_navigation_or_leads_from_it(app: FastAPI) -> None:
    listed = {permission for permission, _path, _name in NAVIGATION}
    paths = {context.path: needs_of(context) for context in routes_of(app) if "GET" in (context.methods or ())}
    assert all(paths[path] == {permission} for permission, path, _name in NAVIGATION)
    assert listed <= {needs for _method, _path, needs in protected(app)}


async def test_strangers_see_no_difference_between_protected_and_missing_pages(
    app: FastAPI, browsers: Browsers
) -> None:
    browser = await browsers.stranger()
    await browser.get("/")
    for method, address, _needs in protected(app):
        answer = await browser.client.request(method, address)
        missing = await browser.client.request(method, "/no-such-page")
        assert answer.status_code == missing.status_code == 404, address
        if not address.startswith("/api/"):
            assert answer.text.count("<h1>") == 1
            assert answer.text.replace(address, "") == missing.text.replace("/no-such-page", "")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", Role)
async def test_a_role_gets_404_for_every_route_it_has_no_permission_for(
    app: FastAPI, browsers: Browsers, role: Role
) -> None:
    browser = await browsers.signed_in(role)
    forbidden = [route for route in protected(app) if route[2] not in GRANTS[role]]
    assert forbidden
    for method, address, needs in forbidden:
        answer = await browser.client.request(method, address, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 404, (method, address, needs)


@pytest.mark.parametrize("role", Role)
async def test_home_is_the_first_page_the_role_may_open(browsers: Browsers, role: Role) -> None:
    browser = await browsers.signed_in(role)
    home = await browser.get("/")
    assert home.status_code == 303
    expected = next((path for permission, path, _name in NAVIGATION if permission in GRANTS[role]), "/account")
    assert home.headers["location"] == expected
    assert (await browser.get(expected)).status_code == 200


async def test_every_answer_carries_the_security_headers(browsers: Browsers) -> None:
    stranger, worker = await browsers.stranger(), await browsers.signed_in(Role.CASEWORKER)
    for browser, path in (
        (stranger, "/"),
        (stranger, "/cases"),
        (stranger, "/api/v1/releases"),
        (stranger, "/healthz"),
        (worker, "/cases"),
        (worker, "/cases/HW-NONE"),
    ):
        headers = (await browser.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["strict-transport-security"].startswith("max-age=")


async def test_an_error_of_ours_is_a_page_that_tells_nothing_and_carries_the_headers(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    app.state.database = None
    answer = await browser.get("/cases")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert "NoneType" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_no_page_holds_inline_script_or_style(browsers: Browsers) -> None:
    for role in Role:
        browser = await browsers.signed_in(role)
        for permission, path, _name in NAVIGATION:
            if permission in GRANTS[role]:
                text = (await browser.get(path)).text
                assert "<style" not in text
                assert " style=" not in text
                assert " onclick=" not in text
                assert "<script>" not in text


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites(browsers: Browsers) -> None:
    browser = await browsers.stranger()
    first = (await browser.get("/")).headers["set-cookie"]
    assert first.startswith(f"{FORM_COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=strict"} <= set(first.split("; "))
    session = (await browser.sign_in(email_of(Role.CASEWORKER))).headers["set-cookie"]
    assert session.startswith(f"{SESSION_COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(session.split("; "))


async def test_only_this_machine_may_do_without_secure_cookies(database: Database) -> None:
    async with AsyncExitStack() as stack:
        local = Browsers(create_app(database, Settings(public_url="http://127.0.0.1:8000")), stack)
        answer = await (await local.stranger()).get("/")
    assert "Secure" not in answer.headers["set-cookie"]
    assert "strict-transport-security" not in answer.headers


async def test_a_form_from_another_site_is_refused(browsers: Browsers, database: Database) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    for site in ("cross-site", "same-site", "none"):
        assert (await browser.send("/sign-out", site=site)).status_code == 403
    token = await browser.token()
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = await browser.client.post("/sign-out", data={"csrf_token": token}, headers=headers)
        assert answer.status_code == 403, headers
    assert (await browser.get("/cases")).status_code == 200
    answer = await browser.client.post("/sign-out", data={"csrf_token": token}, headers={"Origin": ORIGIN})
    assert answer.status_code == 303
    assert (await browser.get("/cases")).status_code == 404


@pytest.mark.parametrize("token", ["", "wrong", "\u0663"])
async def test_a_form_without_the_token_of_the_session_is_refused(browsers: Browsers, token: str) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    answer = await browser.client.post(
        "/sign-out", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 403
    assert (await browser.get("/cases")).status_code == 200


async def test_the_token_of_another_session_is_refused(browsers: Browsers) -> None:
    mine, other = await browsers.signed_in(Role.CASEWORKER), await browsers.signed_in(Role.SUPERVISOR)
    answer = await mine.client.post(
        "/sign-out", data={"csrf_token": await other.token()}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 403


async def test_nobody_is_signed_in_by_a_form_without_the_visitors_own_token(browsers: Browsers) -> None:
    browser = await browsers.stranger()
    fields = {"email": email_of(Role.CASEWORKER), "password": PASSWORD, "csrf_token": "made-up"}
    answer = await browser.client.post("/sign-in", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    assert SESSION_COOKIE not in browser.client.cookies


async def test_a_wrong_password_and_a_missing_account_get_the_same_answer(browsers: Browsers) -> None:
    known, unknown = await browsers.stranger("192.0.2.10"), await browsers.stranger("192.0.2.11")
    wrong = await known.sign_in(email_of(Role.CASEWORKER), "not the password")
    missing = await unknown.sign_in("nobody-here@example.org", "not the password")
    assert wrong.status_code == missing.status_code == 401
    texts = [
        answer.text.replace(email, "").replace(await browser.token(), "")
        for answer, email, browser in (
            (wrong, email_of(Role.CASEWORKER), known),
            (missing, "nobody-here@example.org", unknown),
        )
    ]
    assert texts[0] == texts[1]


async def test_guessing_is_throttled_for_known_and_unknown_accounts_alike(browsers: Browsers) -> None:
    for number, email in enumerate((email_of(Role.CASEWORKER), "nobody-here@example.org")):
        for attempt in range(MOST_FAILURES):
            browser = await browsers.stranger(f"198.51.{number}.{attempt}")
            assert (await browser.sign_in(email, "guess")).status_code == 401
        later = await browsers.stranger(f"198.51.{number}.99")
        answer = await later.sign_in(email, PASSWORD)
        assert answer.status_code == 429
        assert SESSION_COOKIE not in later.client.cookies


async def test_one_address_cannot_try_many_accounts(browsers: Browsers) -> None:
    browser = await browsers.stranger("203.0.113.7")
    for attempt in range(MOST_FAILURES):
        await browser.sign_in(f"person{attempt}@example.org", "guess")
    assert (await browser.sign_in(email_of(Role.CASEWORKER))).status_code == 429
    elsewhere = await browsers.stranger("203.0.113.8")
    assert (await elsewhere.sign_in(email_of(Role.CASEWORKER))).status_code == 303


async def test_the_page_keeps_the_address_and_never_the_password(browsers: Browsers) -> None:
    browser = await browsers.stranger()
    answer = await browser.sign_in("typed@example.org", "secret that was typed")
    assert 'value="typed@example.org"' in answer.text
    assert "secret that was typed" not in answer.text


async def test_the_database_holds_no_token_that_would_open_a_session(browsers: Browsers, database: Database) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    async with database.reading() as session:
        hashes = list(await session.scalars(select(StaffSession.token_hash)))
    assert len(hashes) == 1
    assert browser.client.cookies[SESSION_COOKIE] not in hashes[0]


async def test_signing_in_again_ends_the_session_before(browsers: Browsers, database: Database) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    first = browser.client.cookies[SESSION_COOKIE]
    assert (await browser.sign_in(email_of(Role.CASEWORKER))).status_code == 303
    assert browser.client.cookies[SESSION_COOKIE] != first
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(StaffSession)) == 1


async def test_a_disabled_account_is_out_at_once(browsers: Browsers, database: Database) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    assert (await browser.get("/cases")).status_code == 200
    async with database.transaction() as session:
        await disable_staff(session, email_of(Role.CASEWORKER))
    assert (await browser.get("/cases")).status_code == 404
    assert (await browser.sign_in(email_of(Role.CASEWORKER))).status_code == 401


async def test_fields_that_a_form_does_not_have_are_refused(browsers: Browsers) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    assert (await browser.send("/cases", {"words": "x"})).status_code == 200
    assert (await browser.send("/cases", {"words": "x", "organisation_id": "1"})).status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "/cases/%00",
        "/cases/..%2F..%2Fetc",
        "/cases/HW-\u0661",
        f"/cases/{'9' * 200}",
        "/tasks?page=0",
        "/tasks?page=99999999999999999999",
        "/cases?phase=%00",
        "/cases/HW-1/messages/stream?after=-1",
        "/monitoring/99999999999999999999",
        "/monitoring/0",
        "/monitoring/1/%00",
        "/partner/not-an-id",
        "/api/v1/releases/99999999999999999999",
        "/static/../app.py",
        "/static/%00",
    ],
)
async def test_a_strange_address_is_a_missing_page_and_never_an_error_of_ours(browsers: Browsers, address: str) -> None:
    for role in (Role.SUPERVISOR, Role.PARTNER):
        browser = await browsers.signed_in(role)
        assert (await browser.get(address)).status_code in {404, 422}


async def test_text_that_no_database_can_keep_is_refused(browsers: Browsers) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    assert (await browser.send("/cases", {"words": "a\0b"})).status_code == 422
    assert (await browser.sign_in("a\0b@example.org")).status_code == 422


async def test_an_idle_session_ends_and_only_pages_keep_it_alive(browsers: Browsers) -> None:
    begun = datetime(2026, 3, 1, 8, tzinfo=UTC)
    with clock.moved_to(begun):
        browser = await browsers.signed_in(Role.CASEWORKER)
    with clock.moved_to(begun + IDLE * 0.8):
        assert (await browser.get("/cases")).status_code == 200
    with clock.moved_to(begun + IDLE * 1.6):
        assert (await browser.get("/cases")).status_code == 200
        assert (await browser.get("/cases/HW-NONE/messages/stream")).status_code == 404
    with clock.moved_to(begun + IDLE * 2.4):
        assert (await browser.get("/cases/HW-NONE/messages/stream")).status_code == 404
    with clock.moved_to(begun + IDLE * 2.7):
        assert (await browser.get("/cases")).status_code == 404


async def test_a_body_that_is_too_large_is_refused(browsers: Browsers) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    answer = await browser.send("/cases", {"words": "x" * LARGEST_BODY})
    assert answer.status_code == 413
    assert "This is too large to be sent." in answer.text
    assert answer.headers["content-security-policy"]
    to_program = await browser.client.post("/api/v1/cases", content=b"x" * (LARGEST_BODY + 1))
    assert to_program.status_code == 413
    assert to_program.headers["content-type"] == MEDIA_TYPE


async def test_a_search_leaves_no_trace_in_any_address(browsers: Browsers) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    answer = await browser.send("/cases", {"words": "Zebulon"})
    assert answer.status_code == 200
    assert 'value="Zebulon"' in answer.text
    assert answer.text.count("Zebulon") == 1


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_the_language_form_leads_nowhere_else(browsers: Browsers, back: str) -> None:
    browser = await browsers.stranger()
    answer = await browser.send("/language", {"language": "en", "back": back})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


async def test_text_that_someone_typed_is_shown_as_text(browsers: Browsers) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    answer = await browser.send("/cases", {"words": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text


async def test_pages_of_the_framework_are_off(browsers: Browsers) -> None:
    browser = await browsers.stranger()
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await browser.get(path)).status_code == 404
    description = (await browser.get("/api/v1/openapi.json")).json()
    described = {path for path in description["paths"] if path.startswith("/api/v1/")}
    assert described == set(description["paths"]) > {"/api/v1/releases", "/api/v1/cases/{number}"}


async def test_machines_learn_counts_only(browsers: Browsers) -> None:
    browser = await browsers.stranger()
    assert (await browser.get("/healthz")).json() == {"status": "ok"}
    assert (await browser.get("/readyz")).json()["outbox_oldest_due_seconds"] == 0
    lines = (await browser.get("/metrics")).text.splitlines()
    names = {line.partition(" ")[0].partition("{")[0] for line in lines if not line.startswith("#")}
    assert names == {
        "homeward_outbox_oldest_due_seconds",
        "homeward_outbox_rows",
        "homeward_audit_unlinked_entries",
    }


async def test_alive_needs_no_database(app: FastAPI, browsers: Browsers) -> None:
    app.state.database = None
    browser = await browsers.stranger()
    browser.client.cookies.set(SESSION_COOKIE, "anything")
    assert (await browser.get("/healthz")).status_code == 200
