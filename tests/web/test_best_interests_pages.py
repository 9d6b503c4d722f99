"""Best interests on pages: an officer prepares, three members decide, the child is told, and the person can see it."""

import re
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from axe_playwright_python.async_playwright import Axe
from determination_scene import CHILD, REPORT, add_child, add_determination, add_panel_members
from first_rows import actor_of, add_case
from playwright.async_api import async_playwright
from sqlalchemy import select
from web_browser import Browser, Browsers

from access.rules import Role
from cases.determinations import REPORT_FIELDS
from cases.models import Case
from cases.safeguard_models import PanelMember
from cases.sheets import publish_built_in
from documents.openings import openings_of
from foundation.database import Database
from tests.chromium import CHROMIUM
from web.pages.best_interests import ReportForm
from web.rendering import STATIC_FILES

MEMBERS = ("first", "second", "third")
BODIES = ("child_protection", "un_or_ngo", "justice")
ISOLATES = re.compile("[\u2068\u2069]")


@dataclass
class Place:
    case: Case
    child: str
    members: dict[str, str]


@pytest.fixture
async def place(browsers: Browsers, database: Database) -> Place:
    assert browsers
    async with database.transaction() as session:
        await publish_built_in(session)
        case, _key = await add_case(session, None)
        officer = await actor_of(session, Role.CHILD_PROTECTION_OFFICER)
        child = await add_child(session, case, officer)
        members = await add_panel_members(session, *MEMBERS)
        return Place(case, str(child.id), dict(zip(MEMBERS, [str(each.id) for each in members], strict=True)))


async def member_browser(browsers: Browsers, name: str) -> Browser:
    browser = await browsers.stranger()
    assert (await browser.sign_in(f"{name}@example.org")).status_code == 303
    return browser


async def prepare(officer: Browser, place: Place) -> str:
    """Open a determination, seat three and write the report; gives the determination's id."""
    address = f"/cases/{place.case.number}/best-interests"
    opened = await officer.send(address, {"about": place.child, "trigger": "durable_solution"})
    assert opened.status_code == 303
    one = opened.headers["location"]
    for name, body in zip(MEMBERS, BODIES, strict=True):
        assert (await officer.send(f"{one}/members", {"member": place.members[name], "body": body})).status_code == 303
    assert (await officer.send(f"{one}/report", REPORT)).status_code == 303
    return one.rpartition("/")[2]


def test_the_form_asks_for_every_part_of_the_report() -> None:
    assert {*ReportForm.model_fields} - {"csrf_token"} == {*REPORT_FIELDS}


async def test_an_officer_opens_it_and_what_was_typed_stays_when_a_report_is_refused(
    browsers: Browsers, place: Place
) -> None:
    number = place.case.number
    officer = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    assert f"/cases/{number}/best-interests" in (await officer.get(f"/cases/{number}")).text
    page = (await officer.get(f"/cases/{number}/best-interests")).text
    assert CHILD in page
    assert "None has been opened." in page
    one = f"/cases/{number}/best-interests/{await prepare(officer, place)}"
    again = await officer.send(f"/cases/{number}/best-interests", {"about": place.child, "trigger": "temporary_care"})
    assert again.status_code == 409
    refused = await officer.send(f"{one}/report", {**REPORT, "views": "Wants to <b>stay</b>", "safety": " "})
    assert refused.status_code == 422
    assert "Wants to &lt;b&gt;stay&lt;/b&gt;" in refused.text
    assert "Words about safety" in (await officer.get(one)).text


async def test_members_declare_before_they_read_and_opine_before_they_see_the_others(
    browsers: Browsers, place: Place
) -> None:
    officer = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    determination_id = await prepare(officer, place)
    one, address = f"/cases/{place.case.number}/best-interests/{determination_id}", f"/panel/{determination_id}"
    panel = [await member_browser(browsers, name) for name in MEMBERS]
    for browser in panel:
        assert (await browser.get("/")).headers["location"] == "/panel"
        assert "Declare whether you have a conflict" in (await browser.get("/panel")).text
        before = (await browser.get(address)).text
        assert "Words about" not in before
        assert (await browser.send(f"{address}/declaration", {"conflict": "no"})).status_code == 303
        text = (await browser.get(address)).text
        assert "Words about views" in text
        assert not [name for name in (CHILD, "Zebulon") if name in before + text]
    early = await panel[0].send(f"{address}/decision", {"reasons": "All weighed."})
    assert early.status_code == 409
    for browser, name in zip(panel, MEMBERS, strict=True):
        assert "Because of" not in (await browser.get(address)).text
        await browser.send(f"{address}/opinion", {"opinion": "stay", "note": f"Because of {name}"})
        assert "Because of first" in (await browser.get(address)).text
    assert "Because of" not in (await officer.get(one)).text
    assert (await panel[2].send(f"{address}/decision", {"reasons": "  "})).status_code == 422
    assert (await panel[2].send(f"{address}/decision", {"reasons": "All weighed."})).status_code == 303
    assert "Because of second" in (await officer.get(one)).text
    assert "Stay" in (await panel[1].get("/panel")).text


async def test_the_child_is_told_the_history_tells_it_and_the_person_sees_who_opened_the_file(
    browsers: Browsers, database: Database, place: Place
) -> None:
    officer = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    one = f"/cases/{place.case.number}/best-interests/{await prepare(officer, place)}"
    address = f"/panel/{one.rpartition('/')[2]}"
    for name, opinion in zip(MEMBERS, ("stay", "return", "stay"), strict=True):
        browser = await member_browser(browsers, name)
        await browser.get(address)
        await browser.send(f"{address}/declaration", {"conflict": "no"})
        await browser.send(f"{address}/opinion", {"opinion": opinion, "note": "Because."})
    assert (await browser.send(f"{address}/decision", {"reasons": "All weighed."})).status_code == 303
    decided = (await officer.get(one)).text
    assert "All weighed." in decided
    assert "The child has not been told" in decided
    day = re.search(r'name="on_day" type="date" max="([\d-]+)"', decided)
    assert day is not None
    assert (await officer.send(f"{one}/informed", {"on_day": day[1], "understood": ""})).status_code == 422
    assert (await officer.send(f"{one}/informed", {"on_day": day[1], "understood": "yes"})).status_code == 303
    assert "To be reviewed by" in (await officer.get(one.rpartition("/")[0])).text
    history = ISOLATES.sub("", (await officer.get(f"/cases/{place.case.number}")).text)
    assert "The best-interests panel decided: Stay" in history
    assert "Panel member declared: No conflict of interest" in history
    async with database.reading() as session:
        (opened,) = await openings_of(session, await session.get_one(Case, place.case.id))
    counts = dict(opened.roles)
    assert (counts.pop(Role.PANEL_MEMBER), set(counts)) == (3, {Role.CHILD_PROTECTION_OFFICER})


async def test_whoever_has_a_conflict_is_led_away_and_another_takes_the_seat(
    browsers: Browsers, database: Database, place: Place
) -> None:
    officer = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    determination_id = await prepare(officer, place)
    address = f"/panel/{determination_id}"
    first = await member_browser(browsers, "first")
    answer = await first.send(f"{address}/declaration", {"conflict": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/panel")
    assert (await first.get(address)).status_code == 404
    assert determination_id not in (await first.get("/panel")).text
    one = f"/cases/{place.case.number}/best-interests/{determination_id}"
    assert "no longer sits" in (await officer.get(one)).text
    back = await officer.send(f"{one}/members", {"member": place.members["first"], "body": "justice"})
    assert back.status_code == 409
    async with database.reading() as session:
        of_second = select(PanelMember.id).where(PanelMember.staff_id == UUID(place.members["second"]))
        freed = (await session.scalars(of_second)).one()
    assert (await officer.send(f"{one}/members/{freed}/unseat")).status_code == 303
    second = await member_browser(browsers, "second")
    missing = str(uuid4())
    hidden, nothing = await second.get(address), await second.get(f"/panel/{missing}")
    assert (hidden.status_code, hidden.text) == (404, nothing.text.replace(missing, determination_id))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_determination_is_not_reached_through_another_case_nor_changed_by_a_caseworker(
    browsers: Browsers, database: Database, place: Place
) -> None:
    officer = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    determination_id = await prepare(officer, place)
    async with database.transaction() as session:
        other, _key = await add_case(session, None)
    mixed = f"/cases/{other.number}/best-interests/{determination_id}"
    for step, fields in (
        ("report", REPORT),
        ("members", {"member": place.members["first"], "body": "justice"}),
        ("informed", {"on_day": "2026-01-01", "understood": "yes"}),
    ):
        assert (await officer.send(f"{mixed}/{step}", fields)).status_code == 404
    assert (await officer.get(mixed)).status_code == 404
    caseworker = await browsers.signed_in(Role.CASEWORKER)
    page = (await caseworker.get(f"/cases/{place.case.number}/best-interests/{determination_id}")).text
    assert "Words about" not in page
    assert "The words are kept for the officer responsible." in page
    assert "<textarea" not in page
    assert "/unseat" not in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_pages_are_accessible_on_a_small_screen(browsers: Browsers, database: Database, place: Place) -> None:
    officer = await browsers.signed_in(Role.CHILD_PROTECTION_OFFICER)
    determination_id = await prepare(officer, place)
    async with database.transaction() as session:
        lead = await actor_of(session, Role.CHILD_PROTECTION_OFFICER)
        case = await session.get_one(Case, place.case.id)
        await add_determination(session, case, lead, *[each.id for each in await add_panel_members(session, "fourth")])
    first = await member_browser(browsers, "first")
    pages = [await first.get("/panel"), await first.get(f"/panel/{determination_id}")]
    await first.send(f"/panel/{determination_id}/declaration", {"conflict": "no"})
    pages.append(await first.get(f"/panel/{determination_id}"))
    cases = f"/cases/{place.case.number}/best-interests"
    pages += [await officer.get(cases), await officer.get(f"{cases}/{determination_id}")]
    style = (STATIC_FILES / "style.css").read_text()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = await browser.new_page(viewport={"width": 360, "height": 740})
        for answer in pages:
            assert answer.status_code == 200
            await tab.set_content(re.sub(r'<link rel="stylesheet"[^>]*>', f"<style>{style}</style>", answer.text))
            found = await Axe().run(tab)
            assert found.violations_count == 0, found.generate_report()
            assert await tab.evaluate("document.documentElement.scrollWidth") <= 360
        await browser.close()
