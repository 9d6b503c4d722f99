"""What is exported is HSDS 3.0 as its own JSON Schemas describe it, not only as we read it."""

import json

import pytest
from hsds_made import made_package
from hsds_official import OFFICIAL, faults
from referral_scene import EXAMPLE

from referrals.directory import read_directory
from referrals.hsds_tables import DRAFT, TABLES
from referrals.hsds_writing import write_services, write_tables


def test_our_tables_are_those_of_the_schemas() -> None:
    assert OFFICIAL.keys() == TABLES.keys() - DRAFT
    for name, schema in OFFICIAL.items():
        single = {key for key, value in schema["properties"].items() if "$ref" in value}
        many = {key for key, value in schema["properties"].items() if value.get("type") == "array"}
        table = TABLES[name]
        assert [field.name for field in table.fields] == [
            key for key in schema["properties"] if key not in single | many
        ], name
        assert table.holds_one.keys() == single, name
        assert {key for key, held, _key in table.embeds() if held not in DRAFT} == many, name
        required = {*schema["required"], *schema.get("tabular_required", [])}
        assert {field.name for field in table.fields if field.required} == required, name


def test_the_schemas_refuse_what_is_wrong() -> None:
    assert faults("service", {"id": "12", "name": "x", "status": "open"}) != []


@pytest.mark.parametrize("seed", range(5))
def test_every_nested_service_validates(seed: int) -> None:
    for record in json.loads(write_services(made_package(seed, 3))):
        assert faults("service", record) == []


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_record_of_every_table_validates(name: str) -> None:
    records = json.loads(write_tables(made_package(7, 3)))[TABLES[name].path]
    assert records
    for record in records:
        assert faults(name, record) == []


def test_the_example_directory_validates() -> None:
    for record in json.loads(write_services(read_directory(EXAMPLE.read_bytes()).package)):
        assert faults("service", record) == []
