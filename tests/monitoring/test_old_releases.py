"""A release from before releases were signed: after the upgrade it is read and listed as it was."""

import asyncio
import hashlib
import json
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import text
from typer.testing import CliRunner

from access.actor import SYSTEM
from foundation.database import Database
from foundation.sealing import KeyRing
from homeward.cli import app
from homeward.schema import alembic_config, migrate
from monitoring.ledger import TOTAL
from monitoring.publication import find_file, list_releases, published_releases, tables_of, told_in_releases

MANIFEST = b'{"files": {}}'
CELLS = {"female": 12, "male": 20, "other": 0, "unknown": None, TOTAL: None}
OLD = {
    "name": "cases",
    "population": "cases",
    "dimensions": [{"name": "sex", "codes": ["female", "male", "other", "unknown"]}],
    "period": {"start": "2025-01-01", "end": "2025-03-31"},
    "revision": 1,
    "policy": "1",
    "notes": [],
    "cells": [{"at": [code], "value": value} for code, value in CELLS.items()],
}


async def _publish_as_then(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(
            text("INSERT INTO release VALUES (1, :quarter, :moment, :who, '1', :sha256, :tables)"),
            {
                "quarter": "2025-01-01",
                "moment": "2025-05-01 00:00:00.000000",
                "who": uuid4().hex,
                "sha256": hashlib.sha256(MANIFEST).hexdigest(),
                "tables": json.dumps({"cases": json.dumps(OLD)}),
            },
        )
        await session.execute(text("INSERT INTO release_file VALUES (1, 'manifest.json', :it)"), {"it": MANIFEST})


async def test_it_is_read_and_listed_after_the_upgrade(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"
    await asyncio.to_thread(command.upgrade, alembic_config(url), "0020")
    database = Database(url, KeyRing.parse(KeyRing.new_master("test")))
    await _publish_as_then(database)
    await migrate(database)
    async with database.reading() as session:
        (release,) = await published_releases(session)
        assert await list_releases(session, actor=SYSTEM) == [release]
        assert (release.number, release.quarter, release.approved_by) == (1, date(2025, 1, 1), None)
        (table,) = tables_of(release)
        assert {code: table.cells[(code,)] for code in CELLS} == CELLS
        assert await find_file(session, 1, "manifest.json", actor=SYSTEM) == MANIFEST
        assert await told_in_releases(session, actor=SYSTEM) == [], "it says nothing of indicators"
    await database.close()


def test_its_files_are_said_to_be_unsigned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "manifest.json").write_bytes(MANIFEST)
    told = CliRunner().invoke(app, ["release", "verify", str(tmp_path)])
    assert told.exit_code != 0
    assert "not signed" in told.output + capsys.readouterr().err + str(told.exception)
