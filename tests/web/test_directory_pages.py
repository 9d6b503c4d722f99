"""The directory for staff: found by its filters, kept right, imported only after its differences were seen."""

import json
import re
from datetime import date
from html import unescape
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from first_rows import actor_of
from small_screen import check_on_small_screen
from sqlalchemy import select
from web_browser import Browser, Browsers

from access.actor import SYSTEM
from access.rules import Role
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import Database
from referrals.check_links import make_check_link, tell_change_by_link
from referrals.directory import import_directory, read_directory
from referrals.directory_models import DirectoryDraft, DirectoryImport
from referrals.models import Service
from referrals.upkeep import set_places
from tests.referrals.secret_scene import SECRET_WORDS, id_of, open_service, secret_directory, without_marks

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KITCHEN, REFUGE, COUNSEL = (id_of(name) for name in ("Open kitchen", "Refuge nights", "Open counsel"))


def as_file(*services: Any) -> bytes:
    return json.dumps(list(services)).encode()


def bare_kitchen() -> dict[str, Any]:
    """Of no kind and no area: it can be offered to nobody."""
    return open_service() | {"id": id_of("bare"), "name": "Bare kitchen", "attributes": [], "service_areas": []}


@pytest.fixture
async def directory(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        file = as_file(*secret_directory(), bare_kitchen())
        await import_directory(session, read_directory(file), actor=SYSTEM)


@pytest.fixture
async def keeper(directory: None, browsers: Browsers) -> Browser:
    return await browsers.signed_in(Role.SUPERVISOR)


async def upload(browser: Browser, data: bytes, name: str = "directory.json") -> httpx.Response:
    return await browser.client.post(
        "/directory/imports",
        data={"csrf_token": await browser.token()},
        files={"file": (name, data)},
        headers={"Sec-Fetch-Site": "same-origin"},
    )


def words_of(text: str) -> str:
    return " ".join(re.sub(r"[\u2066-\u2069]", "", unescape(re.sub(r"<[^>]+>", " ", text))).split())


async def names(browser: Browser, query: str) -> list[str]:
    text = (await browser.get(f"/directory?{query}")).text
    return [unescape(each) for each in re.findall(r'<a href="/directory/[0-9a-f-]{36}"><bdi>(.*?)</bdi>', text)]


async def test_the_list_is_narrowed_by_everything_it_offers(keeper: Browser, database: Database) -> None:
    every = ["Open counsel", "Open kitchen", "Refuge nights"]
    assert await names(keeper, "") == every
    assert await names(keeper, "words=&kind=&country=&state=&room=&months=") == every
    assert await names(keeper, "words=REFUGE+of") == ["Refuge nights"]
    assert await names(keeper, "kind=housing&country=TN") == every
    assert await names(keeper, "kind=health") == await names(keeper, "country=GM") == []
    assert await names(keeper, "state=staff_only") == ["Refuge nights"]
    assert await names(keeper, "state=incomplete") == ["Bare kitchen"]
    assert await names(keeper, "room=unknown") == every
    async with database.transaction() as session:
        supervisor = await actor_of(session, Role.SUPERVISOR)
        await set_places(session, UUID(KITCHEN), 0, actor=supervisor)
    assert await names(keeper, "room=none") == ["Open kitchen"]
    await keeper.send(f"/directory/{KITCHEN}/check")
    assert await names(keeper, "months=6") == ["Open counsel", "Refuge nights"]
    await keeper.send(f"/directory/{KITCHEN}/pause", {"reason": "moving"})
    assert await names(keeper, "state=paused") == await names(keeper, "state=not_offered") == ["Open kitchen"]
    assert "Moving to another place" in (await keeper.get("/directory?state=paused")).text
    for query in ("state=strange", "page=0", "kind=weapons", "words=" + "x" * 61):
        assert (await keeper.get(f"/directory?{query}")).status_code == 404


async def test_a_caseworker_reads_all_of_it_and_changes_nothing(directory: None, browsers: Browsers) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    page = await browser.get(f"/directory/{REFUGE}")
    assert page.status_code == 200
    told = words_of(page.text)
    assert all(word in told for word in ("1 Hidden Lane", "+216 77 777 002", "For staff only"))
    assert "Checked today" not in told
    assert "Import and export" not in words_of((await browser.get("/directory")).text)
    counsel = words_of((await browser.get(f"/directory/{COUNSEL}")).text)
    assert "Some of its places must stay secret: Keeper second house" in counsel
    bare = words_of((await browser.get(f"/directory/{id_of('bare')}")).text)
    assert "Not offered: exactly one attribute must have a term of the taxonomy" in bare


async def test_what_keeps_it_right_is_stored_and_audited_and_bad_input_stays(
    keeper: Browser, database: Database
) -> None:
    at = f"/directory/{KITCHEN}"
    for fields in ({"left": "many"}, {"left": "-1"}, {"left": "1234567"}):
        answer = await keeper.send(f"{at}/places", fields)
        assert answer.status_code == 422
        assert f'value="{fields["left"]}"' in answer.text
    assert (await keeper.send(f"{at}/places", {"left": "٧"})).status_code == 303
    assert (await keeper.send(f"{at}/check")).status_code == 303
    assert (await keeper.send(f"{at}/pause")).status_code == 422
    assert (await keeper.send(f"{at}/pause", {"reason": "full"})).status_code == 303
    assert (await keeper.send(f"{at}/pause", {"reason": "full"})).status_code == 409
    assert "Full, takes nobody for now" in (await keeper.get(at)).text
    assert (await keeper.send(f"{at}/resume")).status_code == 303
    async with database.reading() as session:
        kitchen = await session.get_one(Service, UUID(KITCHEN))
        assert (kitchen.places_left, kitchen.assured_date, kitchen.status) == (7, clock.today(), "active")
        found = select(AuditEntry.event).where(AuditEntry.event.startswith("service.")).order_by(AuditEntry.id)
        assert list(await session.scalars(found)) == [
            "service.places_set",
            "service.checked",
            "service.paused",
            "service.resumed",
        ]


async def test_what_a_provider_said_is_read_and_settled(keeper: Browser, database: Database) -> None:
    async with database.transaction() as session:
        token = await make_check_link(session, UUID(KITCHEN))
        await session.flush()
        await tell_change_by_link(session, token, "We close on Fridays now.")
    today = await keeper.get("/today")
    assert "/directory?state=told" in today.text
    assert "A provider says that its entry in the directory has changed" in words_of(today.text)
    assert await names(keeper, "state=told") == ["Open kitchen"]
    assert "We close on Fridays now." in (await keeper.get(f"/directory/{KITCHEN}")).text
    assert (await keeper.send(f"/directory/{KITCHEN}/settle")).status_code == 303
    assert "We close on Fridays now." not in (await keeper.get(f"/directory/{KITCHEN}")).text
    assert (await keeper.send(f"/directory/{KITCHEN}/settle")).status_code == 409


async def test_a_file_is_compared_first_and_replaces_nothing_until_it_is_confirmed(
    keeper: Browser, database: Database
) -> None:
    changed = [*secret_directory()[:2], open_service() | {"description": "Soup at noon."}]
    answer = await upload(keeper, as_file(*changed))
    assert answer.status_code == 303
    page = await keeper.get(answer.headers["location"])
    told = words_of(page.text)
    assert "Changed service : 1" in told
    assert "description" in told
    assert "Gone" in told
    assert "rows of the file are for staff only" in told
    async with database.reading() as session:
        assert (await session.get_one(Service, UUID(KITCHEN))).description == "Open kitchen."
        draft = (await session.scalars(select(DirectoryDraft))).one()
        assert b"Hidden Lane" not in draft.content.box
    assert (await keeper.send(answer.headers["location"])).status_code == 303
    async with database.reading() as session:
        assert (await session.get_one(Service, UUID(KITCHEN))).description == "Soup at noon."
        newest = select(DirectoryImport).order_by(DirectoryImport.imported_at.desc()).limit(1)
        done = (await session.scalars(newest)).one()
        assert done.imported_by is not None
        assert list(await session.scalars(select(DirectoryDraft))) == []
    assert "description" in words_of((await keeper.get(f"/directory/{KITCHEN}")).text)
    assert (await keeper.get(answer.headers["location"])).status_code == 404


async def test_a_file_with_faults_is_refused_with_table_place_and_field(keeper: Browser, database: Database) -> None:
    kitchen = open_service() | {"minimum_age": 200, "email": "nobody"}
    answer = await upload(keeper, as_file(kitchen))
    assert answer.status_code == 422
    told = words_of(answer.text)
    assert "service service 1 “Open kitchen” email This is not an e-mail address." in told
    assert "service service 1 “Open kitchen” minimum_age The age must be between 0 and 120." in told
    assert (await upload(keeper, b"no JSON")).status_code == 422
    assert (await keeper.send("/directory/imports")).status_code == 422
    async with database.reading() as session:
        assert list(await session.scalars(select(DirectoryDraft))) == []


async def test_secrets_are_shown_before_they_would_be_public_and_need_a_confirmation(
    keeper: Browser, database: Database
) -> None:
    answer = await upload(keeper, as_file(*without_marks(secret_directory())))
    at = answer.headers["location"]
    page = await keeper.get(at)
    assert "This would become public" in page.text
    assert (await keeper.send(at)).status_code == 422
    async with database.reading() as session:
        assert not (await session.get_one(Service, UUID(REFUGE))).is_public
    assert (await keeper.send(at, {"reveal": "yes"})).status_code == 303
    async with database.reading() as session:
        assert (await session.get_one(Service, UUID(REFUGE))).is_public


async def test_another_import_in_between_means_to_compare_anew(keeper: Browser, database: Database) -> None:
    first = await upload(keeper, as_file(*secret_directory()))
    async with database.transaction() as session:
        other = [*secret_directory()[:2], open_service() | {"description": "Soup."}]
        await import_directory(session, read_directory(as_file(*other)), actor=SYSTEM)
    answer = await keeper.send(first.headers["location"])
    assert answer.status_code == 409
    assert "The directory has changed since you compared." in answer.text


async def test_exports_for_the_public_hold_no_secret_and_those_for_staff_hold_all(
    keeper: Browser, database: Database
) -> None:
    for form in ("services", "tables", "package"):
        public = await keeper.get(f"/directory/export/{form}/public")
        staff = await keeper.get(f"/directory/export/{form}")
        assert "directory-public-" in public.headers["content-disposition"]
        assert "directory-staff-only-" in staff.headers["content-disposition"]
        assert [word for word in SECRET_WORDS if word.encode() in public.content] == []
        assert {row.id for row in read_directory(public.content).package.rows["service"]} == {
            KITCHEN,
            COUNSEL,
            id_of("bare"),
        }
        assert REFUGE in {row.id for row in read_directory(staff.content).package.rows["service"]}
    async with database.reading() as session:
        found = select(AuditEntry.facts).where(AuditEntry.event == "directory.exported")
        assert [each["is_for_public"] for each in await session.scalars(found.order_by(AuditEntry.id))] == [1, 0] * 3


async def test_the_pages_fit_a_small_screen_and_pass_axe(keeper: Browser, database: Database) -> None:
    async with database.transaction() as session:
        token = await make_check_link(session, UUID(COUNSEL))
        service = await session.get_one(Service, UUID(COUNSEL))
        service.assured_date = date(2020, 1, 1)
    draft = (await upload(keeper, as_file(*without_marks(secret_directory())))).headers["location"]
    pages = [
        "/directory",
        f"/directory/{COUNSEL}",
        f"/directory/{REFUGE}",
        "/directory/imports",
        draft,
        "/services?country=TN",
        f"/services/{COUNSEL}",
        f"/directory-check/{token}",
    ]
    texts = {path: (await keeper.get(path)).text for path in pages}
    await check_on_small_screen(texts)
