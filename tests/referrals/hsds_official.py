"""The JSON Schemas of HSDS 3.0 as it publishes them; see `hsds_3_0/README.md`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry

SCHEMAS = Path(__file__).parent / "hsds_3_0"
BASE = "https://schemas.example.org/"
OFFICIAL = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(SCHEMAS.glob("*.json"))}


def faults(table: str, record: Any) -> list[str]:
    """What the schema of a table says against a record."""
    return [f"{error.instance_path}: {error.message}" for error in _validator(table).iter_errors(record)]


@cache
def _validator(table: str) -> Draft202012Validator:
    registry = Registry([(f"{BASE}{name}.json", _named(schema, name)) for name, schema in OFFICIAL.items()])
    return Draft202012Validator({"$ref": f"{BASE}{table}.json"}, registry=registry, validate_formats=True)


def _named(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return {"$id": f"{BASE}{name}.json", **schema}
