"""The directory at the API for staff: the same verbs as the pages, a file is compared before it is imported."""

import json
from typing import Any
from uuid import uuid4

import pytest
from api_caller import API, Caller, calling
from fastapi import FastAPI
from web_browser import Browsers

from access.actor import SYSTEM
from access.rules import Role
from foundation import clock
from foundation.database import Database
from referrals.directory import import_directory, read_directory
from tests.referrals.secret_scene import SECRET_WORDS, id_of, open_service, secret_directory, without_marks

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KITCHEN, REFUGE, COUNSEL = (id_of(name) for name in ("Open kitchen", "Refuge nights", "Open counsel"))
LIST = "/directory/services"


@pytest.fixture
async def keeper(app: FastAPI, browsers: Browsers, database: Database) -> Caller:
    async with database.transaction() as session:
        await import_directory(session, read_directory(json.dumps(secret_directory()).encode()), actor=SYSTEM)
    return await calling(browsers, Role.ADMINISTRATOR)


async def upload(caller: Caller, data: bytes) -> Any:
    answer = await caller.client.post(f"{API}/directory/imports", files={"file": ("directory.json", data)})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_service_is_read_whole_and_kept_right(keeper: Caller) -> None:
    listed = await keeper.read(LIST, limit=2)
    assert [each["name"] for each in listed["items"]] == ["Open counsel", "Open kitchen"]
    rest = await keeper.read(LIST, limit=2, after=listed["next"])
    assert [(each["name"], each["is_public"]) for each in rest["items"]] == [("Refuge nights", False)]
    assert rest["next"] is None
    assert await keeper.read(f"{LIST}/incomplete") == []
    at = f"{LIST}/{KITCHEN}"
    await keeper.send("PUT", f"{at}/places", 204, {"left": 4})
    await keeper.send("PUT", f"{at}/places", 422, {"left": -1})
    await keeper.post(f"{at}/check", 204)
    await keeper.post(f"{at}/pause", 204, {"reason": "moving"})
    await keeper.post(f"{at}/pause", 409, {"reason": "moving"})
    told = await keeper.read(at)
    assert (told["service"]["pause"], told["service"]["places_left"]) == ("moving", 4)
    assert told["service"]["checked_on"] == str(clock.today())
    assert told["service"]["why_not"][0] == "Moving to another place"
    assert told["record"]["status"] == "temporarily closed"
    assert [each["change"] for each in told["history"]] == ["added"]
    await keeper.post(f"{at}/resume", 204)
    await keeper.post(f"{at}/resume", 409)
    await keeper.post(f"{at}/settle", 409)
    await keeper.send("GET", f"{LIST}/{uuid4()}", 404)


async def test_staff_read_what_must_stay_secret_and_which_places_it_is(keeper: Caller) -> None:
    assert "1 Hidden Lane" in json.dumps(await keeper.read(f"{LIST}/{REFUGE}"))
    assert (await keeper.read(f"{LIST}/{COUNSEL}"))["staff_only_places"] == ["Keeper second house"]


async def test_a_file_is_compared_imported_and_noted(keeper: Caller) -> None:
    changed = [*secret_directory()[:2], open_service() | {"description": "Soup at noon."}]
    told = await upload(keeper, json.dumps(changed).encode())
    assert told["problems"] == told["revealed"] == told["added"] == []
    assert [(each["table"], each["fields"]) for each in told["changed"]] == [("service", ["description"])]
    assert told["hidden"] > 0
    at = f"/directory/imports/{told['id']}"
    assert await keeper.read(at) == told
    assert (await keeper.post(at, 200, {}))["changed"] == 1
    await keeper.post(at, 404, {})
    newest = (await keeper.read("/directory/imports"))[0]
    assert (newest["changed"], newest["added"], newest["removed"]) == (1, 0, 0)
    dropped = await upload(keeper, json.dumps(changed).encode())
    await keeper.send("DELETE", f"/directory/imports/{dropped['id']}", 204)
    await keeper.send("GET", f"/directory/imports/{dropped['id']}", 404)


async def test_faults_are_told_by_table_place_and_field(keeper: Caller) -> None:
    told = await upload(keeper, json.dumps([open_service() | {"email": "nobody"}]).encode())
    assert told["id"] is None
    assert told["problems"] == [
        {
            "table": "service",
            "place": "service 1 “Open kitchen”",
            "field": "email",
            "reason": "This is not an e-mail address.",
        }
    ]


async def test_what_would_become_public_is_told_and_must_be_meant(keeper: Caller) -> None:
    told = await upload(keeper, json.dumps(without_marks(secret_directory())).encode())
    assert {"service", "address", "phone"} <= {each["table"] for each in told["revealed"]}
    at = f"/directory/imports/{told['id']}"
    await keeper.post(at, 422, {})
    await keeper.post(at, 422, {"reveal": False})
    await keeper.post(at, 200, {"reveal": True})


async def test_an_export_is_for_the_public_unless_everything_is_asked_for(keeper: Caller) -> None:
    public = await keeper.client.get(f"{API}/directory/export/services")
    whole = await keeper.client.get(f"{API}/directory/export/services?public=false")
    assert [word for word in SECRET_WORDS if word in public.text] == []
    assert all(word in whole.text for word in SECRET_WORDS)
    await keeper.send("GET", "/directory/export/strange", 404)
