"""Pages of themes and of changes: published numbers and nothing else, the same at the API, and maps."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from uuid import uuid4

import pytest
from api_caller import calling
from counted_statements import counted
from fastapi import FastAPI
from small_screen import check_on_small_screen
from web_browser import Browsers

from access.rules import Role
from cases.fact_rules import ChildCheck
from foundation import clock
from foundation.database import Database
from homeward.demo.start import BOUNDARIES
from monitoring.boundaries import use_boundaries
from monitoring.drafting import period_of
from monitoring.indicator_values import told_by
from monitoring.indicators import catalogue
from monitoring.ledger import TOTAL, Cell, PublishedTable
from monitoring.models import Release, ReleaseFile, ReleaseState
from monitoring.release_files import INDICATORS
from monitoring.tables import BY_NAME
from monitoring.themes import themes

QUARTER = date(2025, 1, 1)
SECOND = date(2025, 4, 1)
MOST_STATEMENTS = 7
"""Of a page, with those of the session and of the role."""
NEEDS = {QUARTER: {"gm_basse": 40, "tn_greater_tunis": 20, "gm_banjul": 3}, SECOND: {"gm_basse": 55, "gm_banjul": 30}}


@pytest.fixture(autouse=True)
def _no_map_again() -> Iterator[None]:
    yield
    use_boundaries(None)


def published(name: str, quarter: date, counts: Mapping[Cell, int], *withheld: Cell) -> PublishedTable:
    """A table of the catalogue as a release would hold it: its finest counts, added up, without what is withheld."""
    axes = BY_NAME[name].axes
    cells = {
        cell: sum(
            count
            for at, count in counts.items()
            if all(code in (TOTAL, other) for code, other in zip(cell, at, strict=True))
        )
        for cell in product(*((*axis.codes, TOTAL) for axis in axes))
    }
    end = period_of(quarter).end
    body = {
        "name": name,
        "population": BY_NAME[name].counted_in,
        "dimensions": [{"name": axis.name, "codes": list(axis.codes)} for axis in axes],
        "period": {"start": quarter.isoformat(), "end": end.isoformat()},
        "revision": 0,
        "policy": "public-1",
        "notes": [],
        "cells": [{"at": at, "value": None if at in withheld else value} for at, value in cells.items()],
    }
    return PublishedTable.restore_released(json.dumps(body))


def tables_of_quarter(quarter: date) -> Iterator[PublishedTable]:
    """Needs by area; each check met for 40 of 60 children; 120 to be asked, 80 of whom answered, 60 with a yes."""
    needs = {("shelter", area): count for area, count in NEEDS[quarter].items()}
    few = [(kind, area) for (_, area), count in needs.items() if count < 10 for kind in ("shelter", TOTAL)]
    yield published("needs", quarter, needs, *few)
    for check in ChildCheck:
        yield published(f"children_{check}", quarter, {("yes", "with_parent"): 40, ("no", "with_parent"): 20})
    reached = {("month_6", "done", "female"): 80, ("month_6", "unreachable", "female"): 40}
    yield published("follow_up", quarter, reached)
    answers = {("done", "month_6", "yes"): 60, ("done", "month_6", "no"): 20}
    answers[("unreachable", "month_6", "not_applicable")] = 40
    yield published("follow_up_work", quarter, answers)


@pytest.fixture
async def released(database: Database) -> None:
    """Two published releases, as their frozen rows stand in the database."""
    async with database.transaction() as session:
        for number, quarter in enumerate(NEEDS, start=1):
            tables = {table.name: table for table in tables_of_quarter(quarter)}
            told = [told_by(each, tables) for each in catalogue().indicators]
            indicators = {"indicators": [{"told": each.to_json() if each else None} for each in told]}
            session.add(
                Release(
                    number=number,
                    quarter=quarter,
                    state=ReleaseState.PUBLISHED,
                    changed="",
                    drafted_at=clock.now(),
                    drafted_by=uuid4(),
                    approved_at=clock.now(),
                    approved_by=uuid4(),
                    published_at=clock.now(),
                    published_by=uuid4(),
                    policy_version="public-1",
                    sha256="0" * 64,
                    tables={name: table.to_json() for name, table in tables.items()},
                    held={},
                )
            )
            await session.flush()
            content = json.dumps(indicators).encode()
            session.add(ReleaseFile(release_number=number, name=INDICATORS, content=content))


async def test_before_the_first_release_every_page_says_so(app: FastAPI, browsers: Browsers) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    for path in (*(f"themes/{each.id}" for each in themes()), "changes"):
        assert "Nothing has been published yet." in (await browser.get(f"/monitoring/{path}")).text
    assert (await browser.get("/monitoring/themes/nothing")).status_code == 404


async def test_shares_stand_with_what_they_are_out_of_and_who_was_reached(
    app: FastAPI, browsers: Browsers, released: None
) -> None:
    browser = await browsers.signed_in(Role.SUPERVISOR)
    safeguards = (await browser.get("/monitoring/themes/safeguards")).text
    assert safeguards.count("66.7 % (40 of 60)") >= len(ChildCheck)
    assert "Candidate, ours" in safeguards
    outcomes = (await browser.get("/monitoring/themes/reintegration")).text
    assert "75.0 % (60 of 80)" in outcomes
    assert outcomes.count("66.7 % (80 of 120)") >= 2
    assert "has not failed" in outcomes


async def test_a_map_is_drawn_where_boundaries_are_and_the_table_says_the_same(
    app: FastAPI, browsers: Browsers, released: None
) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    path = "/monitoring/themes/communities?release=1&of=shelter"
    without = (await browser.get(path)).text
    assert "HOMEWARD_BOUNDARIES" in without
    assert 'class="map"' not in without
    use_boundaries(BOUNDARIES)
    page = (await browser.get(path)).text
    assert page.count('class="map"') == 2
    assert "<title>Basse: 40</title>" in page
    assert "<title>Banjul: Withheld</title>" in page
    assert "made up for the demonstration" in page
    for choice in ("of=atlantis", "release=9"):
        assert (await browser.get(f"/monitoring/themes/communities?{choice}")).status_code == 404


async def test_a_change_stands_where_both_are_published(app: FastAPI, browsers: Browsers, released: None) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    assert "+22" in (await browser.get("/monitoring/changes")).text
    cells = (await browser.get("/monitoring/changes?table=needs")).text
    basse = cells[cells.index(">Basse") :].split("</tr>")[0]
    assert ("40" in basse, "55" in basse, "+15" in basse) == (True, True, True)
    banjul = cells[cells.index(">Banjul") :].split("</tr>")[0]
    assert ("Withheld" in banjul, "+" in banjul) == (True, False)
    assert "first release" in (await browser.get("/monitoring/changes?release=1")).text
    assert (await browser.get("/monitoring/changes?table=nothing")).status_code == 404


async def test_the_api_tells_what_the_pages_tell(app: FastAPI, browsers: Browsers, released: None) -> None:
    caller = await calling(browsers, Role.MONITOR)
    assert [each["id"] for each in await caller.read("/themes")] == [each.id for each in themes()]
    theme = await caller.read("/themes/communities", release=1, of="shelter")
    values = {line["code"]: line["counts"][0] for line in theme["areas"]["lines"]}
    assert values["gm_basse"]["value"] == 40
    assert (values["gm_banjul"]["value"], values["gm_banjul"]["why"]) == (None, "withheld")
    assert [each["counts"] for each in theme["trend"]] == [[63], [85]]
    changes = await caller.read("/releases/2/changes", table="needs")
    assert (changes["before"], changes["now"]) == (1, 2)
    assert next(each for each in changes["tables"] if each["table"] == "needs")["difference"] == "22"
    of_area = {tuple(each["at"].items()): each["difference"] for each in changes["cells"]}
    assert of_area[("area", "gm_basse"),] == "15"
    assert of_area[("area", "gm_banjul"),] is None
    await caller.send("GET", "/boundaries", 404)
    use_boundaries(BOUNDARIES)
    found = await caller.read("/boundaries")
    assert {each["properties"]["country"] for each in found["features"]} == {"TN", "GM"}


async def test_the_pages_are_light_fit_a_small_screen_and_pass_axe(
    app: FastAPI, browsers: Browsers, released: None
) -> None:
    use_boundaries(BOUNDARIES)
    browser = await browsers.signed_in(Role.MONITOR)
    paths = [*(f"themes/{each.id}" for each in themes()), "changes", "changes?table=needs"]
    texts = {path: (await browser.get(f"/monitoring/{path}")).text for path in paths}
    await check_on_small_screen(texts)


async def test_a_page_asks_the_database_a_few_times(
    app: FastAPI, browsers: Browsers, released: None, database: Database
) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    paths = ["", "/1", *(f"/themes/{each.id}" for each in themes()), "/changes", "/changes?table=needs", "/indicators"]
    asked: dict[str, list[str]] = {}
    for path in paths:
        await browser.get(f"/monitoring{path}")
        with counted(database) as asked[path]:
            assert (await browser.get(f"/monitoring{path}")).status_code == 200
    assert {path: len(statements) for path, statements in asked.items() if len(statements) > MOST_STATEMENTS} == {}
