"""The directory for programs: the addresses, parameters and answers of the API of HSDS 3.0, for anyone."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from web_browser import Browsers

from access.actor import SYSTEM
from foundation import clock
from foundation.database import Database
from referrals.directory import import_directory, read_directory
from referrals.hsds_package import Package
from referrals.hsds_tables import TABLES
from referrals.hsds_writing import write_tables
from tests.referrals.hsds_made import made_package
from tests.referrals.hsds_official import faults

LISTS = {
    "services": "service",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
    "organizations": "organization",
    "service_at_locations": "service_at_location",
}
ROWS = 7


@pytest.fixture
async def package(app: FastAPI, database: Database) -> Package:
    made = made_package(11, ROWS)
    async with database.transaction() as session:
        await import_directory(session, read_directory(write_tables(made)), actor=SYSTEM)
    return made


@pytest.fixture
async def anyone(browsers: Browsers, package: Package) -> httpx.AsyncClient:
    return (await browsers.stranger()).client


async def asked(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await client.get(f"/api/v1/hsds{path}?{urlencode(params)}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(client: httpx.AsyncClient, path: str, **params: Any) -> list[str]:
    return [each["id"] for each in (await asked(client, path, **params))["contents"]]


async def test_it_says_what_it_is(anyone: httpx.AsyncClient) -> None:
    told = await asked(anyone, "/")
    assert told["version"] == "3.0"
    assert told["openapi_url"].endswith("/api/v1/openapi.json")


@pytest.mark.parametrize(("name", "table"), LISTS.items())
async def test_lists_and_records_are_those_of_the_standard(
    anyone: httpx.AsyncClient, package: Package, name: str, table: str
) -> None:
    page = await asked(anyone, f"/{name}")
    assert [each["id"] for each in page["contents"]] == [row.id for row in package.rows[table]]
    assert (page["total_items"], page["total_pages"], page["size"]) == (ROWS, 1, ROWS)
    assert (page["first_page"], page["last_page"], page["empty"]) == (True, True, False)
    for record in page["contents"]:
        assert faults(table, record) == []
        assert not any(isinstance(value, list) for value in record.values())
        whole = await asked(anyone, f"/{name}/{record['id']}")
        assert faults(table, whole) == []
        assert (
            record.items() <= {**whole, **{key: record[key] for key in record if isinstance(record[key], dict)}}.items()
        )


async def test_pages_follow_one_another_and_hold_each_record_once(anyone: httpx.AsyncClient) -> None:
    pages = [await asked(anyone, "/services", page=number, per_page=3) for number in (1, 2, 3, 4)]
    assert [page["size"] for page in pages] == [3, 3, 1, 0]
    assert [(page["first_page"], page["last_page"], page["empty"]) for page in pages] == [
        *((True, False, False), (False, False, False), (False, True, False), (False, True, True))
    ]
    found = [each["id"] for page in pages for each in page["contents"]]
    assert found == await ids(anyone, "/services")


async def test_a_stream_has_every_record_on_a_line_of_its_own(anyone: httpx.AsyncClient) -> None:
    answer = await anyone.get("/api/v1/hsds/services?format=ndjson&per_page=2&full=true")
    assert answer.headers["content-type"] == "application/x-ndjson"
    records = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["id"] for each in records] == await ids(anyone, "/services")
    assert all(faults("service", each) == [] and each["organization"] for each in records)


async def test_lists_are_narrowed_as_the_standard_says(anyone: httpx.AsyncClient, package: Package) -> None:
    services, terms = package.rows["service"], package.rows["taxonomy_term"]
    holder = services[0].values["organization_id"]
    of_them = [row.id for row in services if row.values["organization_id"] == holder]
    assert await ids(anyone, "/services", organization_id=holder) == of_them
    assert await ids(anyone, "/service_at_locations", organization_id=holder) == [
        row.id for row in package.rows["service_at_location"] if row.values["service_id"] in of_them
    ]
    tagged = next(row for row in package.rows["attribute"] if row.values["link_entity"] == "service")
    term = tagged.values["taxonomy_term_id"]
    with_term = {row.values["link_id"] for row in package.rows["attribute"] if row.values["taxonomy_term_id"] == term}
    assert set(await ids(anyone, "/services", taxonomy_term_id=term)) == with_term & {row.id for row in services}
    taxonomy = next(row for row in terms if row.id == term).values["taxonomy_id"]
    assert tagged.values["link_id"] in await ids(anyone, "/services", taxonomy_id=taxonomy)
    assert await ids(anyone, "/taxonomy_terms", taxonomy_id=taxonomy) == [
        row.id for row in terms if row.values["taxonomy_id"] == taxonomy
    ]
    parent = terms[0].values["parent_id"]
    assert await ids(anyone, "/taxonomy_terms", parent_id=parent) == [
        row.id for row in terms if row.values["parent_id"] == parent
    ]
    assert await ids(anyone, "/taxonomy_terms", top_only=True) == []


async def test_words_are_found_in_any_order_and_signs_mean_themselves(
    anyone: httpx.AsyncClient, package: Package
) -> None:
    named = {
        row.id
        for row in package.rows["organization"]
        if "Papers desk" in (row.values[name] for name in ("name", "alternate_name", "description"))
    }
    assert set(await ids(anyone, "/organizations", search="DESK papers")) == named
    assert await ids(anyone, "/organizations", search="%") == []


async def test_what_changed_since_is_told_and_told_briefly(
    anyone: httpx.AsyncClient, database: Database, package: Package
) -> None:
    later = clock.now() + timedelta(hours=1)
    assert await ids(anyone, "/services", modified_after=later.isoformat()) == []
    phone = package.rows["phone"][0]
    package.rows["phone"][0] = type(phone)(phone.table, {**phone.values, "number": "+216 71 000 000"})
    with clock.moved_to(later + timedelta(minutes=1)):
        async with database.transaction() as session:
            await import_directory(session, read_directory(write_tables(package)), actor=SYSTEM)
    changed = await asked(anyone, "/services", modified_after=later.isoformat(), minimal=True)
    assert phone.values["service_id"] in {each["id"] for each in changed["contents"]}
    assert all(each.keys() == {"id", "modified_date"} for each in changed["contents"])
    for moment, found in (("0001-01-01T00:00:00+14:00", ROWS), ("9999-12-31T23:59:59-14:00", 0), ("2026-01-01", ROWS)):
        assert len(await ids(anyone, "/services", modified_after=moment)) == found
    assert len(changed["contents"]) < ROWS


async def test_places_are_found_by_their_postcode_and_around_it(anyone: httpx.AsyncClient, package: Package) -> None:
    address = package.rows["address"][0]
    code = address.values["postal_code"]
    there = {row.values["location_id"] for row in package.rows["address"] if row.values["postal_code"] == code}
    at = package.rows["service_at_location"]
    assert await ids(anyone, "/service_at_locations", postcode=code) == [
        row.id for row in at if row.values["location_id"] in there
    ]
    assert set(await ids(anyone, "/service_at_locations", postcode=code, proximity=21_000_000)) == {
        row.id for row in at
    }
    assert await ids(anyone, "/service_at_locations", postcode="nowhere", proximity=1000) == []


async def test_an_organisation_tells_its_services(anyone: httpx.AsyncClient, package: Package) -> None:
    holder = package.rows["service"][0].values["organization_id"]
    briefly = (await asked(anyone, f"/organizations/{holder}"))["services"]
    whole = (await asked(anyone, f"/organizations/{holder}", full_service=True))["services"]
    assert [each["id"] for each in briefly] == [each["id"] for each in whole]
    assert all("organization" not in each for each in whole)
    assert {name for each in whole for name in each} > {name for each in briefly for name in each}


@pytest.mark.parametrize("name", LISTS)
async def test_what_is_not_there_is_not_found(anyone: httpx.AsyncClient, name: str) -> None:
    assert (await anyone.get(f"/api/v1/hsds/{name}/{uuid4()}")).status_code == 404
    assert (await anyone.get(f"/api/v1/hsds/{name}/17")).status_code == 404
    assert (await anyone.get(f"/api/v1/hsds/{name}?search=a%00b")).status_code == 422


def test_the_names_of_the_lists_are_tables() -> None:
    assert set(LISTS.values()) <= TABLES.keys()
