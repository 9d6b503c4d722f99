"""What must stay secret is in nothing that anyone can read, and no import makes it public unasked."""

import copy
import json
from typing import Any
from uuid import UUID

import pytest
from hsds_made import made_package
from hypothesis import given, settings
from hypothesis import strategies as st
from secret_scene import (
    OPEN_PLACE,
    SECRET_PLACE,
    SECRET_WORDS,
    hidden_service,
    id_of,
    location,
    open_service,
    open_service_with_hidden_place,
    organization,
    secret_directory,
    service,
    staff_only,
    without_marks,
)
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import SYSTEM
from foundation import clock
from foundation.language import say
from referrals.directory import compare_directory, import_directory, read_directory, revealed, stored_package
from referrals.finding import Wish, find_services, found_of
from referrals.hsds_checks import faults_of
from referrals.hsds_package import DirectoryRefused, Package
from referrals.hsds_tables import LINKS, ORGANIZATION, SERVICE
from referrals.hsds_views import TOLD, Asked, counted, listed, record_of
from referrals.hsds_writing import write_data_package, write_services, write_tables
from referrals.models import DirectoryRecord, Service
from referrals.telling import lines
from referrals.visibility import hidden_rows, public_part


def as_file(*services: Any) -> bytes:
    return json.dumps(list(services)).encode()


def ids_in(package: Package, table: str) -> set[str]:
    return {row.id for row in package.rows[table]}


async def import_secrets(session: AsyncSession) -> None:
    await import_directory(session, read_directory(as_file(*secret_directory())), actor=SYSTEM)


def test_a_hidden_service_takes_its_place_and_its_organisation_with_it() -> None:
    directory = read_directory(as_file(*secret_directory()))
    assert ids_in(directory.public, SERVICE) == {id_of("Open counsel"), id_of("Open kitchen")}
    assert ids_in(directory.public, ORGANIZATION) == {id_of("Dar Open")}
    assert ids_in(directory.public, "location") == {OPEN_PLACE["id"]}
    assert len(directory.public.rows["service_at_location"]) == 2
    for written in (write_services, write_tables, write_data_package):
        assert_tells_nothing(written(directory.public))
    whole = write_tables(directory.package).decode()
    assert all(word in whole for word in SECRET_WORDS)


def assert_tells_nothing(told: bytes | str) -> None:
    text = told.decode("latin-1") if isinstance(told, bytes) else told
    assert [word for word in SECRET_WORDS if word in text] == []


def test_a_place_that_an_open_service_shares_stays_known_unless_it_is_marked() -> None:
    shared = service("Open desk", organization("Dar Open"), SECRET_PLACE)
    public = read_directory(as_file(hidden_service(), shared)).public
    assert SECRET_PLACE["id"] in ids_in(public, "location")
    marked = copy.deepcopy(shared)
    marked["service_at_locations"][0]["location"]["attributes"] = staff_only("Keeper house")
    assert SECRET_PLACE["id"] not in ids_in(read_directory(as_file(hidden_service(), marked)).public, "location")


def test_an_organisation_that_also_does_something_open_stays_known() -> None:
    both = [hidden_service(), open_service()]
    both[1]["organization"] = both[0]["organization"]
    assert ids_in(read_directory(as_file(*both)).public, SERVICE) == {id_of("Open kitchen")}
    assert len(read_directory(as_file(*both)).public.rows[ORGANIZATION]) == 1


@pytest.mark.parametrize("at", ["organization", "location", "phone", "service", "service_at_location"])
def test_the_mark_may_stand_at_anything(at: str) -> None:
    given = copy.deepcopy(open_service())
    given["organization"] = organization("Dar Two")
    given["phones"] = [{"id": id_of("own phone"), "number": "+216 00 000 400"}]
    holder: dict[str, Any] = {
        "organization": given["organization"],
        "location": given["service_at_locations"][0]["location"],
        "phone": given["phones"][0],
        "service": given,
        "service_at_location": given["service_at_locations"][0],
    }[at]
    holder["attributes"] = [*holder.get("attributes", []), *staff_only(at)]
    assert holder["id"] not in ids_in(read_directory(as_file(given)).public, at)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("code", "private", "The visibility must be: staff."),
        ("code", "Staff", "The visibility must be: staff."),
        ("taxonomy", "homeward-visiblity", "This taxonomy is not known here. Is homeward-visibility meant?"),
        ("taxonomy", "Homeward-Visibility", "This taxonomy is not known here. Is homeward-visibility meant?"),
        ("taxonomy", "homeward_visibility", "This taxonomy is not known here. Is homeward-visibility meant?"),
    ],
)
def test_a_slip_in_the_mark_is_refused_and_never_read_as_public(name: str, value: str, reason: str) -> None:
    given = hidden_service()
    given["attributes"][-1]["taxonomy_term"][name] = value
    with pytest.raises(DirectoryRefused) as refused:
        read_directory(as_file(given))
    assert [say("en", each.reason) for each in refused.value.problems] == [reason]


def test_the_taxonomy_may_also_be_named_in_its_own_table() -> None:
    given = hidden_service()
    term = given["attributes"][-1]["taxonomy_term"]
    del term["taxonomy"]
    term["taxonomy_detail"] = {"id": id_of("taxonomy"), "name": "homeward-visibility", "description": "Who sees it."}
    assert ids_in(read_directory(as_file(given, open_service())).public, SERVICE) == {id_of("Open kitchen")}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), marked=st.integers(0, 10_000), rows=st.integers(1, 5))
def test_no_public_row_names_a_hidden_one(seed: int, marked: int, rows: int) -> None:
    """Whatever row of whatever table is marked."""
    package = made_package(seed, rows)
    term = package.rows["taxonomy_term"][0]
    term.values.update(taxonomy="homeward-visibility", code="staff")  # type: ignore[attr-defined]  # a dict in tests
    attribute = package.rows["attribute"][0]
    targets = [row for row in package if row.table.name not in ("taxonomy_term", "taxonomy", "attribute", "unit")]
    target = targets[marked % len(targets)]
    attribute.values.update(  # type: ignore[attr-defined]  # same
        taxonomy_term_id=term.id, link_entity=target.table.name, link_id=target.id
    )
    assert list(faults_of(package)) == []
    hidden, public = hidden_rows(package), public_part(package)
    assert (target.table.name, target.id) in hidden
    kept = {(row.table.name, row.id) for row in public}
    assert kept.isdisjoint(hidden)
    assert kept | hidden == {(row.table.name, row.id) for row in package}
    for row in public:
        for field in row.table.fields:
            if field.references and row.values.get(field.name):
                assert (field.references, row.holder(field.name)) in kept
        if row.table.name in LINKS:
            key, entity = LINKS[row.table.name]
            assert (row.values[entity], row.holder(key)) in kept


async def test_the_finder_the_api_and_public_exports_know_nothing_of_it(session: AsyncSession) -> None:
    await import_secrets(session)
    found = await find_services(session, Wish("TN"))
    assert {each.service.name for each in found} == {"Open counsel", "Open kitchen"}
    told = "".join(f"{each}{lines('en', each)}{each.service.hsds}" for each in found)
    for table in TOLD:
        for asked in (Asked(table), Asked(table, full=True), Asked(table, full=True, full_services=True)):
            records = await listed(session, asked)
            assert len(records) == await counted(session, asked)
            told += json.dumps(records, default=str)
            for record in records:
                told += json.dumps(await record_of(session, table, UUID(record["id"]), full_services=True), default=str)
    for write in (write_services, write_tables):
        told += write(await stored_package(session, is_for_public=True)).decode()
    assert_tells_nothing(told)
    assert "2 Open Street" in told


async def test_no_list_can_be_narrowed_to_what_is_hidden(session: AsyncSession) -> None:
    await import_secrets(session)
    at = Asked("service_at_location", postcode="1077")
    assert await listed(session, at) == []
    assert await listed(session, Asked("service_at_location", postcode="1077", proximity=21_000_000)) == [], (
        "where the middle of a hidden postcode lies can be found out by no circle"
    )
    assert await listed(session, Asked(SERVICE, search="Refuge")) == []
    assert await listed(session, Asked(ORGANIZATION, search="Refuge")) == []
    assert await listed(session, Asked(SERVICE, organization_id=UUID(id_of("Refuge of women")))) == []


async def test_the_export_for_staff_holds_everything(session: AsyncSession) -> None:
    await import_secrets(session)
    whole = write_tables(await stored_package(session)).decode()
    assert all(word in whole for word in SECRET_WORDS)
    assert not await compare_directory(session, read_directory(whole.encode()))


async def test_whoever_is_referred_to_a_hidden_service_reads_nothing_of_where_it_is(session: AsyncSession) -> None:
    await import_secrets(session)
    hidden = await session.get_one(Service, UUID(id_of("Refuge nights")), options=[joinedload(Service.organisation)])
    assert not hidden.is_public
    found = found_of(hidden, Wish("TN"), clock.now())
    assert (found.place, found.phones) == ("", ())
    told = "\n".join(line.text for line in lines("en", found))
    assert "Your caseworker tells you how to get there." in told
    assert "call first" not in told
    for word in ("Hidden Lane", "36.777", "+216 77 777", "refuge@example.org", "Keeper"):
        assert word not in f"{told}{found}{hidden.hsds}"


async def test_staff_have_the_whole_record_of_what_is_told_in_part(session: AsyncSession) -> None:
    await import_secrets(session)
    rows = {
        each.content["name"]: each for each in await session.scalars(select(DirectoryRecord)) if each.table == SERVICE
    }
    assert rows["Refuge nights"].nested is None
    assert "1 Hidden Lane" in json.dumps(rows["Refuge nights"].whole)
    assert "9 Hidden Lane" in json.dumps(rows["Open counsel"].whole)
    assert_tells_nothing(json.dumps(rows["Open counsel"].nested))
    assert rows["Open kitchen"].whole is None


async def test_an_import_that_would_make_secrets_public_is_refused_until_it_is_meant(session: AsyncSession) -> None:
    await import_secrets(session)
    bare = read_directory(as_file(*without_marks(secret_directory())))
    tables = {problem.table for problem in await revealed(session, bare)}
    assert {SERVICE, ORGANIZATION, "location", "address", "phone", "service_at_location"} <= tables
    with pytest.raises(DirectoryRefused) as refused:
        await import_directory(session, bare, actor=SYSTEM)
    reasons = {say("en", each.reason) for each in refused.value.problems}
    assert reasons == {"This is for staff only now. The file would make it public."}
    assert {each.service.name for each in await find_services(session, Wish("TN"))} == {"Open counsel", "Open kitchen"}
    await import_directory(session, bare, actor=SYSTEM, reveal=True)
    assert len(await find_services(session, Wish("TN"))) == 3


async def test_a_secret_address_is_known_again_under_another_id(session: AsyncSession) -> None:
    await import_secrets(session)
    moved = location("Other house", "1  hidden LANE", (1.0, 1.0), "+216 00 000 999")
    new = read_directory(as_file(*secret_directory(), service("Open desk", organization("Dar New"), moved)))
    assert {(each.table, each.field) for each in await revealed(session, new)} == {
        ("address", "service_at_locations[0].location.addresses[0]")
    }


async def test_what_is_hidden_at_an_address_that_is_public_besides_can_be_imported_again(session: AsyncSession) -> None:
    upstairs = location("Rooms upstairs", "2 Open Street", (36.8, 10.18), "+216 00 000 200")
    file = as_file(
        open_service(), {**hidden_service(), "service_at_locations": [{"id": id_of("up"), "location": upstairs}]}
    )
    await import_directory(session, read_directory(file), actor=SYSTEM)
    assert await revealed(session, read_directory(file)) == []


async def test_what_becomes_secret_disappears_at_the_next_import(session: AsyncSession) -> None:
    bare = without_marks(secret_directory())
    await import_directory(session, read_directory(as_file(*bare)), actor=SYSTEM)
    assert len(await find_services(session, Wish("TN"))) == 3
    await import_secrets(session)
    assert len(await find_services(session, Wish("TN"))) == 2
    records = await listed(session, Asked(SERVICE, full=True))
    assert_tells_nothing(json.dumps(records))


async def test_a_gone_secret_service_stays_secret(session: AsyncSession) -> None:
    await import_secrets(session)
    await import_directory(session, read_directory(as_file(open_service_with_hidden_place())), actor=SYSTEM)
    gone = await session.get_one(Service, UUID(id_of("Refuge nights")))
    assert (gone.status, gone.is_public) == ("inactive", False)
