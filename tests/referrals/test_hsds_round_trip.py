"""What comes in goes out: every row of all 21 tables, in every form, byte for byte."""

import io
import json
import zipfile
from typing import Any

import pytest
from hsds_made import contents, made_package
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from referrals.directory import compare_directory, import_directory, read_directory, stored_package
from referrals.hsds_checks import faults_of
from referrals.hsds_package import Package
from referrals.hsds_reading import read_package
from referrals.hsds_tables import DRAFT, SERVICE, TABLES
from referrals.hsds_writing import write_data_package, write_services, write_tables

WRITERS = {"package": write_data_package, "tables": write_tables, "services": write_services}


def in_order(value: Any) -> Any:
    """Lists of records have no order of their own."""
    if isinstance(value, dict):
        return {name: in_order(each) for name, each in value.items()}
    return sorted(map(in_order, value), key=lambda each: str(each["id"])) if isinstance(value, list) else value


def files_of(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_made_package_has_a_row_in_every_table_and_no_fault() -> None:
    package = made_package(draft=True)
    assert set(contents(package)) == set(TABLES)
    assert list(faults_of(package)) == []


def test_a_package_holds_the_21_tables_and_says_which() -> None:
    files = files_of(write_data_package(made_package()))
    resources = json.loads(files["datapackage.json"])["resources"]
    assert [each["name"] for each in resources] == [name for name in TABLES if name not in DRAFT]
    assert len(resources) == 21
    assert {each["path"] for each in resources} == files.keys() - {"datapackage.json"}


@given(
    seed=st.integers(0, 2**32), rows=st.integers(1, 5), fill=st.floats(0, 1), draft=st.booleans(),
    form=st.sampled_from(["package", "tables"]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_every_row_comes_back_as_it_was_written(seed: int, rows: int, fill: float, form: str, *, draft: bool) -> None:
    package = made_package(seed, rows, fill=fill, draft=draft)
    written = WRITERS[form](package)
    again = read_package(written)
    assert contents(again) == contents(package)
    assert list(faults_of(again)) == []
    assert WRITERS[form](again) == written


@given(seed=st.integers(0, 2**32), rows=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_nested_services_come_back_whole(seed: int, rows: int) -> None:
    """Nested JSON holds what a service embeds, no more: rows that belong to no service are in the tables alone.

    What stands in several services stands in each of them again, perhaps in another order.
    """
    written = write_services(made_package(seed, rows))
    once = read_package(written)
    assert list(faults_of(once)) == []
    assert in_order(json.loads(write_services(once))) == in_order(json.loads(written))


@pytest.mark.parametrize("form", WRITERS)
async def test_the_database_keeps_it_whole(session: AsyncSession, form: str) -> None:
    written = WRITERS[form](made_package(3, 3, draft=True))
    directory = read_directory(written)
    await import_directory(session, directory, actor=SYSTEM)
    await session.flush()
    stored = await stored_package(session)
    assert contents(stored) == contents(directory.package)
    assert WRITERS[form](stored) == WRITERS[form](directory.package)
    if form != "services":
        assert WRITERS[form](stored) == written


async def test_a_dry_run_says_row_by_row_what_would_change_and_changes_nothing(session: AsyncSession) -> None:
    before, after = made_package(5, 3), made_package(5, 3)
    await import_directory(session, read_directory(write_tables(before)), actor=SYSTEM)
    await session.flush()
    phone, document = after.rows["phone"][0], after.rows["required_document"].pop()
    after.rows["phone"][0] = type(phone)(phone.table, {**phone.values, "number": "+216 71 000 000"})
    after.rows[SERVICE][1] = type(phone)(TABLES[SERVICE], {**after.rows[SERVICE][1].values, "name": "New name"})
    without_links = Package()
    for row in after:
        if document.id not in row.values.values():
            without_links.add(row)
    changes = await compare_directory(session, read_directory(write_tables(without_links)))
    assert [(each.table, each.fields, each.name) for each in changes.changed] == [
        (SERVICE, ("name",), "New name"),
        ("phone", ("number",), "+216 71 000 000"),
    ]
    assert changes.added == []
    assert ("required_document", document.id) in {(each.table, str(each.id)) for each in changes.removed}
    assert contents(await stored_package(session)) == contents(before)
    assert not await compare_directory(session, read_directory(write_tables(before)))
