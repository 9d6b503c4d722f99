"""The console's pages: *Today* leads straight to the place, the list pages on and keeps filters, and all stay cheap."""

import gc
import re
import sys
from datetime import datetime, timedelta
from functools import _lru_cache_wrapper
from types import FrameType
from typing import Any

import pytest
from counted_statements import counted
from first_rows import add_case
from sqlalchemy import select, update
from web_browser import Browser, Browsers

from access.actor import PERSON, SYSTEM
from access.models import StaffMember
from access.rules import GRANTS, Role
from cases import case_list
from cases.console_models import SavedFilter
from cases.messages import receive_from_person
from cases.models import Case
from cases.rules import TaskKind
from cases.sheets import publish_built_in
from cases.tasks import open_task
from foundation import clock
from foundation.audit import AuditEntry
from foundation.database import STATEMENTS_KEPT, Database
from web.rendering import NAVIGATION

TEAM = "GM"
MOST_BYTES = 60_000
MOST_STATEMENTS = {"/today": 26, "/cases": 7, "/cases?sort=newest&overdue=true": 5, "/dashboard": 14, "/case": 26}
"""With those of the session: the same for one case and for a crowd."""


@pytest.fixture
async def crowd(browsers: Browsers, database: Database) -> list[str]:
    """Numbers of cases that all want something; `browsers` for the organisation and its staff."""
    async with database.transaction() as session:
        await publish_built_in(session)
        numbers = []
        for number in range(12):
            case, key = await add_case(session, TEAM)
            await receive_from_person(session, case, key, "Hello", actor=PERSON)
            case.unanswered_at = clock.now() - timedelta(hours=30 + number)
            due = clock.now() - timedelta(hours=1)
            await open_task(session, case, TaskKind.DISTRESS, "a reason", actor=SYSTEM, due_at=due)
            numbers.append(case.number)
        return numbers


async def test_today_is_home_and_leads_to_the_place(browsers: Browsers, crowd: list[str]) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    assert (await browser.get("/")).headers["location"] == "/today"
    text = (await browser.get("/today")).text
    assert "Distress: offer someone to talk to" in text
    assert text.index("Somebody may be in danger") < text.index("The person wrote and has no answer yet")
    links = set(re.findall(r'href="/cases/(HW-[^"#]+)#(\w+)"', text))
    assert {(number, "tasks") for number in crowd} <= links
    place = (await browser.get(f"/cases/{crowd[0]}")).text
    assert 'id="tasks"' in place
    only = (await browser.get("/today?only=unowned")).text
    assert "Nobody has taken this case yet" in only
    assert "Distress" not in only
    assert (await browser.get("/today?only=everything")).status_code == 404
    assert "Nothing waits for you now." in (await browser.get("/today?only=approval")).text


async def test_the_navigation_fits_one_line_and_leads_everywhere_without_a_script(
    browsers: Browsers, crowd: list[str]
) -> None:
    for role in Role:
        browser = await browsers.signed_in(role)
        text = (await browser.get("/account")).text
        row = text.partition('<nav aria-label="Main">')[2].partition("</nav>")[0]
        expected = {path for permission, path, _name in NAVIGATION if permission in GRANTS[role]}
        assert set(re.findall(r'<a href="([^"]+)"', row)) == expected
        alone = re.sub(r"<details.*?</details>", "<menu>", row, flags=re.DOTALL)
        assert alone.count("<a ") + alone.count("<menu>") <= 7, role
        assert row.count("<summary") == row.count("</details>") == alone.count("<menu>")
    supervisor = await browsers.signed_in(Role.SUPERVISOR)
    assert 'class="here">Figures</summary>' in (await supervisor.get("/dashboard")).text


async def test_the_list_goes_on_from_page_to_page(
    browsers: Browsers, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_list, "PAGE_SIZE", 5)
    browser = await browsers.signed_in(Role.CASEWORKER)
    path, found = "/cases", []
    for _page in range(3):
        text = (await browser.get(path)).text
        found += re.findall(r'<a href="/cases/(HW-[\w-]+)">', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert path == ""
    # The one that waits longest stands on top.
    assert found == list(reversed(crowd))
    for wrong in ("after=1", "phase=none", "owner=someone", "opened_from=yesterday", "area=a%20name"):
        assert (await browser.get(f"/cases?{wrong}")).status_code == 404


async def test_a_filter_is_kept_without_words_and_shows_how_many_it_finds(
    browsers: Browsers, crowd: list[str], database: Database
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    form = {"name": "Late", "codes": "overdue=true&words=Zebulon&after=x&owner=mine"}
    kept = await browser.send("/cases/filters", form)
    assert kept.headers["location"] == "/cases?owner=mine&overdue=true"
    async with database.transaction() as session:
        assert list(await session.scalars(select(SavedFilter.codes))) == ["owner=mine&overdue=true"]
        worker = await session.scalar(select(StaffMember.id).where(StaffMember.role == Role.CASEWORKER))
        await session.execute(update(Case).where(Case.number.in_(crowd[-2:])).values(owner_id=worker))
    text = (await browser.get("/cases")).text
    assert re.search(r'href="/cases\?owner=mine&amp;overdue=true"><bdi>Late</bdi> <bdi>\s*2', text)
    other = await browsers.signed_in(Role.SUPERVISOR)
    assert "Late" not in (await other.get("/cases")).text
    assert (await browser.send("/cases/filters", {"name": "x", "codes": "phase=none"})).status_code == 404
    assert (await browser.send("/cases/filters", {"name": " ", "codes": "overdue=true"})).status_code == 422


async def test_what_is_searched_for_is_in_no_address_and_no_audit(
    browsers: Browsers, crowd: list[str], database: Database
) -> None:
    browser = await browsers.signed_in(Role.CASEWORKER)
    async with database.reading() as session:
        before = len(list(await session.scalars(select(AuditEntry.id))))
    answer = await browser.send("/cases", {"words": crowd[3][-4:].lower()})
    assert answer.status_code == 200
    assert f'href="/cases/{crowd[3]}"' in answer.text
    async with database.reading() as session:
        assert len(list(await session.scalars(select(AuditEntry.id)))) == before


async def test_the_dashboard_has_a_table_for_each_chart_and_names_nobody(browsers: Browsers, crowd: list[str]) -> None:
    browser = await browsers.signed_in(Role.SUPERVISOR)
    text = (await browser.get("/dashboard")).text
    assert text.count("<table") == 3
    assert text.count("<svg") >= 1
    assert re.search(r"[1-9]\d* open tasks", text)
    for name in ("Zebulon", *crowd):
        assert name not in text


@pytest.mark.parametrize("path", MOST_STATEMENTS)
async def test_a_page_costs_few_statements_and_bytes(
    browsers: Browsers, crowd: list[str], database: Database, path: str
) -> None:
    browser = await browsers.signed_in(Role.SUPERVISOR)
    address = f"/cases/{crowd[0]}" if path == "/case" else path
    await _warm(browser, address)
    with counted(database) as statements:
        answer = await browser.get(address)
    assert answer.status_code == 200
    assert len(answer.content) <= MOST_BYTES
    assert len(statements) <= MOST_STATEMENTS[path], (len(statements), statements)


async def test_no_statement_that_is_kept_holds_the_moment_at_which_it_was_built(
    browsers: Browsers, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would answer with that moment for as long as the process runs: the moment is bound when it is asked."""
    kept = [each for each in gc.get_objects() if isinstance(each, _lru_cache_wrapper) and _is_ours(each)]
    builders = {each.__wrapped__.__code__ for each in kept if each.cache_parameters()["maxsize"] == STATEMENTS_KEPT}
    assert len(builders) >= 7
    for each in kept:
        each.cache_clear()
    now, frozen = clock.now, set()

    def watched() -> datetime:
        frame: FrameType | None = sys._getframe()
        while frame := frame.f_back:
            if frame.f_code in builders:
                frozen.add(frame.f_code.co_qualname)
        return now()

    monkeypatch.setattr(clock, "now", watched)
    asked = (f"/cases/{crowd[0]}", "/today", "/cases", "/cases?overdue=true&owner=nobody&sort=oldest")
    for role in (Role.CASEWORKER, Role.SUPERVISOR):
        browser = await browsers.signed_in(role)
        for path in asked:
            assert (await browser.get(path)).status_code == 200, path
        for words in ("Zebulon", crowd[3][-4:], "+216 20 123 456"):
            assert (await browser.send("/cases", {"words": words})).status_code == 200
        assert (await browser.send(f"/cases/{crowd[0]}/referrals/new", {"need": "work"})).status_code == 200
    built = {each.__wrapped__.__code__ for each in kept if each.cache_info().currsize}
    assert builders <= built
    assert frozen == set()


def _is_ours(kept: Any) -> bool:
    return kept.__module__.partition(".")[0] in ("access", "cases", "foundation", "referrals", "web")


async def _warm(browser: Browser, address: str) -> None:
    """Forms and keys that a process reads once."""
    await browser.get(address)
