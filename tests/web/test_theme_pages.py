"""Pages of themes and of changes: published numbers and nothing else, the same at the API, and maps."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from api_caller import calling
from axe_playwright_python.async_playwright import Axe
from chromium import CHROMIUM
from fastapi import FastAPI
from playwright.async_api import async_playwright
from sqlalchemy import delete, select
from web_browser import Browsers, email_of

from access.actor import Actor
from access.models import StaffMember
from access.rules import Role
from cases.fact_models import Fact
from cases.fact_rules import ChildCheck, Thing
from foundation import clock
from foundation.database import Database
from homeward.demo.start import BOUNDARIES
from monitoring.axes import ANSWERS
from monitoring.boundaries import use_boundaries
from monitoring.themes import themes
from tests.monitoring.releasing import QUARTER, fact, release
from web.rendering import STATIC_FILES

SECOND = date(2025, 4, 1)
NEEDS = {QUARTER: {"gm_basse": 40, "tn_greater_tunis": 20, "gm_banjul": 3}, SECOND: {"gm_basse": 55, "gm_banjul": 30}}


@pytest.fixture(autouse=True)
def _no_map_again() -> Iterator[None]:
    yield
    use_boundaries(None)


def counted(quarter: date) -> Iterator[Fact]:
    """Needs by area; each check met for 20 of 30 children; 60 to be asked, 40 of whom answered, 30 with a yes."""
    for area, count in NEEDS[quarter].items():
        for _each in range(count):
            yield fact(Thing.NEED, quarter, kind="shelter", outcome="open", area=area)
    for check in ChildCheck:
        for number in range(30):
            told = "yes" if number < 20 else "no"
            yield fact(Thing.CHILD_CHECK, quarter, kind=check, outcome=told, detail="with_parent")
    for number in range(60):
        state = "done" if number < 40 else "unreachable"
        yield fact(Thing.FOLLOW_UP, quarter, kind="month_6", outcome=state)
        answer = ("yes" if number < 30 else "no") if state == "done" else "not_applicable"
        for thing in ANSWERS:
            yield fact(thing, quarter, kind="month_6", outcome=answer, detail=state)
        scored = "not_known" if state == "done" else "not_applicable"
        yield fact(Thing.SCORE, quarter, kind="month_6", outcome=scored, detail=state)


async def monitor_of(database: Database, email: str) -> Actor:
    async with database.reading() as session:
        staff = (await session.scalars(select(StaffMember).where(StaffMember.email == email))).one()
    return Actor(staff.id, staff.role, staff.organisation_id, staff.team)


@pytest.fixture
async def released(database: Database, second_monitor: str) -> None:
    monitor = await monitor_of(database, email_of(Role.MONITOR))
    second = await monitor_of(database, second_monitor)
    for quarter, day in ((QUARTER, datetime(2025, 5, 1, tzinfo=UTC)), (SECOND, datetime(2025, 8, 1, tzinfo=UTC))):
        async with database.transaction() as session:
            session.add_all(counted(quarter))
            with clock.moved_to(day):
                await release(session, quarter, monitor, second)
    async with database.transaction() as session:
        await session.execute(delete(Fact))


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
    assert safeguards.count("66.7 % (\u206820\u2069 of \u206830\u2069)") >= len(ChildCheck)
    assert "Candidate, ours" in safeguards
    outcomes = (await browser.get("/monitoring/themes/reintegration")).text
    assert "75.0 % (\u206830\u2069 of \u206840\u2069)" in outcomes
    assert outcomes.count("66.7 % (\u206840\u2069 of \u206860\u2069)") >= 2
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
    assert "Source" not in page
    assert "made up for the demonstration" in page
    for choice in ("of=atlantis", "release=9"):
        assert (await browser.get(f"/monitoring/themes/communities?{choice}")).status_code == 404


async def test_a_change_stands_where_both_are_published(app: FastAPI, browsers: Browsers, released: None) -> None:
    browser = await browsers.signed_in(Role.MONITOR)
    assert "+22" in (await browser.get("/monitoring/changes")).text
    cells = (await browser.get("/monitoring/changes?table=needs")).text
    basse = cells[cells.index("Basse") :].split("</tr>")[0]
    assert ("40" in basse, "55" in basse, "+15" in basse) == (True, True, True)
    banjul = cells[cells.index("Banjul") :].split("</tr>")[0]
    assert ("Withheld" in banjul, "+" in banjul) == (True, False)
    assert "no release" not in cells
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
    style = (STATIC_FILES / "style.css").read_text(encoding="utf-8")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM)
        shown = await chromium.new_page(viewport={"width": 360, "height": 740})
        for path, text in texts.items():
            assert len(text.encode()) < 60_000
            await shown.set_content(text.replace("</head>", f"<style>{style}</style></head>"))
            found = await Axe().run(shown)
            assert found.violations_count == 0, (path, found.generate_report())
            assert await shown.evaluate("document.documentElement.scrollWidth") <= 360, path
        await chromium.close()
