"""A release is frozen: it is shown although the catalogue has changed since, and says that nobody signed it."""

import hashlib
import json
from datetime import date
from uuid import uuid4

from web_browser import Browsers

from access.rules import Role
from foundation import clock
from foundation.database import Database
from foundation.language import Message, say
from monitoring.ledger import TOTAL
from monitoring.models import Release, ReleaseFile, ReleaseState
from monitoring.publication import tables_of
from monitoring.tables import BY_NAME, named

MANIFEST = b'{"files": {}}'
UNSIGNED = "This release is not signed: it was made before releases were signed."
NO_LONGER = "A table in this form is no longer made. It stands here as it was released."


def stored(name: str, dimensions: dict[str, list[str]], cells: dict[tuple[str, ...], int | None]) -> str:
    return json.dumps(
        {
            "name": name,
            "population": name,
            "dimensions": [{"name": each, "codes": codes} for each, codes in dimensions.items()],
            "period": {"start": "2025-01-01", "end": "2025-03-31"},
            "revision": 0,
            "policy": "1",
            "notes": [],
            "cells": [{"at": at, "value": value} for at, value in cells.items()],
        }
    )


TABLES = {
    "boats_of_old": stored(
        "boats_of_old",
        {"sex": ["female", "third"], "harbour": ["Zarzis {1}"]},
        {
            ("female", "Zarzis {1}"): 7123,
            ("third", "Zarzis {1}"): None,
            (TOTAL, "Zarzis {1}"): 8456,
            ("female", TOTAL): 7123,
            ("third", TOTAL): None,
            (TOTAL, TOTAL): 8456,
        },
    ),
    "cases": stored("cases", {"mast": ["main"]}, {("main",): 9321, (TOTAL,): 9321}),
    "complaints": stored("complaints", {"matter": ["ropes"]}, {("ropes",): 6543, (TOTAL,): 6543}),
}
"""One that is unknown today, with a dimension and a code known today; two known today by other dimensions."""


async def publish_as_then(database: Database) -> None:
    async with database.transaction() as session:
        release = Release(
            number=1,
            quarter=date(2025, 1, 1),
            state=ReleaseState.PUBLISHED,
            corrects=None,
            changed="",
            drafted_at=clock.now(),
            drafted_by=uuid4(),
            published_at=clock.now(),
            policy_version="1",
            sha256=hashlib.sha256(MANIFEST).hexdigest(),
            tables=TABLES,
            held={},
        )
        session.add(release)
        await session.flush()
        session.add(ReleaseFile(release_number=1, name="manifest.json", content=MANIFEST))
    assert [table.name for table in tables_of(release)] == ["cases", "complaints", "boats_of_old"]


async def test_a_table_that_is_no_longer_made_is_shown_by_the_names_in_the_release(
    browsers: Browsers, database: Database
) -> None:
    assert "boats_of_old" not in BY_NAME
    await publish_as_then(database)
    browser = await browsers.signed_in(Role.MONITOR)
    page = await browser.get("/monitoring/1")
    assert page.status_code == 200
    for words in (
        "boats_of_old",
        "Zarzis {1}",
        "third",
        "Female",
        "7123",
        "8456",
        "withheld",
        "9321",
        "mast",
    ):
        assert words in page.text
    assert page.text.count(NO_LONGER) == len(TABLES)
    assert str(BY_NAME["cases"].title.text) not in page.text, "it names dimensions that the old table has not"
    told = (await browser.get("/api/v1/releases/1")).json()
    assert [each["name"] for each in told["tables"]] == ["cases", "complaints", "boats_of_old"]
    assert (await browser.get("/monitoring/reports/yearly.json?year=2025")).status_code == 200
    printed = await browser.get("/monitoring/reports/yearly.pdf?year=2025")
    assert (printed.status_code, printed.content[:4]) == (200, b"%PDF")


async def test_a_release_without_a_signature_says_so(browsers: Browsers, database: Database) -> None:
    await publish_as_then(database)
    browser = await browsers.signed_in(Role.MONITOR)
    page = (await browser.get("/monitoring/1")).text
    assert UNSIGNED in page
    assert "It is signed" not in page
    assert (await browser.get("/api/v1/releases/1")).json()["signed"] is False
    (listed,) = (await browser.get("/api/v1/releases")).json()["items"]
    assert listed["signed"] is False


def test_names_from_a_release_are_told_in_any_language_as_they_are() -> None:
    release = Release(tables=TABLES)
    old = next(table for table in tables_of(release) if table.name == "boats_of_old")
    sex, harbour = named(old).axes
    assert say("ar", sex.codes["female"]) == say("ar", Message("Female", context=sex.codes["female"].context))
    assert "Zarzis {1}" in say("ar", harbour.codes["Zarzis {1}"])
    assert say("ar", named(old).note) != NO_LONGER
