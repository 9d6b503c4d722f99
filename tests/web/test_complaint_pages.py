"""The officer's pages show complaints and no case; the public pages need no account and keep nothing of a visitor."""

import json
import re
from datetime import UTC, datetime
from html import unescape
from uuid import uuid4

import pytest
from fastapi import FastAPI
from first_rows import add_case
from sqlalchemy import select
from web_browser import Browser, Browsers

from access.actor import SYSTEM
from access.models import SignInFailures
from access.rules import Role
from cases.complaints import MOST_SENT, MOST_TRIES, receive_complaint
from cases.models import Complaint
from cases.rules import ComplaintAbout, ComplaintStatus
from cases.sheets import publish_built_in
from foundation.audit import AuditEntry
from foundation.database import Database
from foundation.language import complete_languages
from homeward.demo.seed import DIRECTORY
from referrals.directory import import_directory, read_directory

WORDS = "The guard <b>asked</b> me for money twice."
ADDRESS = "192.0.2.77"
FORM = {"about": "staff", "country": "TN", "text": WORDS, "contact": "", "lang": "en"}


async def only(database: Database) -> Complaint:
    async with database.reading() as session:
        return (await session.scalars(select(Complaint))).one()


async def add(database: Database, text: str = WORDS) -> Complaint:
    async with database.transaction() as session:
        await receive_complaint(session, text, about=ComplaintAbout.STAFF, language="ar", country="TN")
    return await only(database)


async def public_form(browser: Browser, path: str, fields: dict[str, str]) -> tuple[int, str]:
    """Send a form of the complaint page as the page itself gives it."""
    page = (await browser.get("/complain")).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = await browser.client.post(
        path, data={"csrf_token": token, **fields}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    return answer.status_code, unescape(answer.text)


async def test_the_officer_reads_acknowledges_answers_and_closes(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    complaint = await add(database)
    browser = await browsers.signed_in(Role.COMPLAINTS_OFFICER)
    assert (await browser.get("/")).headers["location"] == "/complaints"
    assert complaint.number in (await browser.get("/complaints")).text
    shown = (await browser.get(f"/complaints/{complaint.number}")).text
    assert "&lt;b&gt;asked&lt;/b&gt;" in shown
    assert "العربية" in shown
    here = f"/complaints/{complaint.number}"
    assert (await browser.send(f"{here}/close")).status_code == 409
    assert (await browser.send(f"{here}/acknowledge")).status_code == 303
    refused = await browser.send(f"{here}/answer", {"text": ""})
    assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
    assert (await browser.send(f"{here}/answer", {"text": "We have spoken with him."})).status_code == 303
    again = await browser.send(f"{here}/answer", {"text": "Kept on the page."})
    assert again.status_code == 409
    assert (await browser.send(f"{here}/close")).status_code == 303
    assert (await only(database)).status is ComplaintStatus.CLOSED
    async with database.reading() as session:
        entries = list(await session.scalars(select(AuditEntry.event).where(AuditEntry.subject_id == complaint.id)))
    assert entries.count("complaint.read") == 4
    assert [each for each in entries if each != "complaint.read"] == [
        "complaint.acknowledged", "complaint.answered", "complaint.closed",
    ]  # fmt: skip


async def test_the_officer_never_sees_a_case_not_even_of_a_complaint_with_a_name(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    async with database.transaction() as session:
        await publish_built_in(session)
        case, key = await add_case(session, None)
        await receive_complaint(
            session, WORDS, about=ComplaintAbout.STAFF, language="en", country="GM", person_id=key.subject_id
        )
    browser = await browsers.signed_in(Role.COMPLAINTS_OFFICER)
    shown = (await browser.get(f"/complaints/{(await only(database)).number}")).text
    assert "Zebulon" in shown
    for trace in (case.number, str(case.id), str(key.subject_id), "/cases"):
        assert trace not in shown
    assert (await browser.get(f"/cases/{case.number}")).status_code == 404
    assert (await browser.get("/cases")).status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_list_is_narrowed_and_strange_addresses_are_missing_pages(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    complaint = await add(database)
    browser = await browsers.signed_in(Role.COMPLAINTS_OFFICER)
    assert complaint.number in (await browser.get("/complaints?status=received&about=")).text
    assert complaint.number not in (await browser.get("/complaints?status=closed")).text
    for query in ("status=odd", "about=me", "page=0", "page=x"):
        assert (await browser.get(f"/complaints?{query}")).status_code == 404


async def test_anyone_complains_on_the_public_page_and_reads_the_answer_with_the_code(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    browser = await browsers.stranger(ADDRESS)
    status, shown = await public_form(browser, "/complain", FORM | {"contact": "Amie, the blue house"})
    assert status == 200
    found = re.search(r"<strong><bdi dir=\"ltr\">([0-9A-Z-]{14})</bdi>", shown)
    assert found is not None
    assert "Médiateur administratif" in shown
    complaint = await only(database)
    assert (complaint.person_id, complaint.country) == (None, "TN")
    assert complaint.received_at.time() == datetime(2026, 1, 1, tzinfo=UTC).time()
    officer = await browsers.signed_in(Role.COMPLAINTS_OFFICER)
    assert "Amie, the blue house" in (await officer.get(f"/complaints/{complaint.number}")).text
    status, shown = await public_form(browser, "/complain/answer", {"code": found[1], "lang": "en"})
    assert (status, "There is no answer yet" in shown) == (200, True)
    await officer.send(f"/complaints/{complaint.number}/answer", {"text": "We are <sorry>."})
    another = await browsers.stranger()
    status, shown = await public_form(another, "/complain/answer", {"code": found[1].lower(), "lang": "en"})
    assert (status, "We are <sorry>." in shown) == (200, True)


async def test_of_the_sender_nothing_is_kept_but_a_count_that_fades(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    browser = await browsers.stranger(ADDRESS)
    await public_form(browser, "/complain", FORM)
    async with database.reading() as session:
        (counted,) = await session.scalars(select(SignInFailures))
        assert list(await session.scalars(select(AuditEntry).where(AuditEntry.event.like("complaint%")))) == []
    assert ADDRESS not in counted.key_hash
    complaint = await only(database)
    columns = {each.key: str(getattr(complaint, each.key)) for each in Complaint.__table__.columns}
    assert not [name for name, value in columns.items() if ADDRESS in value]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_was_typed_stays_when_it_is_refused(app: FastAPI, browsers: Browsers, database: Database) -> None:
    browser = await browsers.stranger(ADDRESS)
    status, shown = await public_form(browser, "/complain", FORM | {"text": "short", "contact": "me"})
    assert status == 422
    assert ">short</textarea>" in shown
    assert 'value="me"' in shown
    for _time in range(MOST_SENT + 1):
        status, shown = await public_form(browser, "/complain", FORM)
    assert (status, WORDS in shown) == (429, True)
    assert (await public_form(await browsers.stranger("192.0.2.78"), "/complain", FORM))[0] == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_guessing_codes_is_stopped_by_place(app: FastAPI, browsers: Browsers) -> None:
    browser = await browsers.stranger(ADDRESS)
    for _try in range(MOST_TRIES):
        assert (await public_form(browser, "/complain/answer", {"code": "2345-6789-ABCD"}))[0] == 422
    assert (await public_form(browser, "/complain/answer", {"code": "2345-6789-ABCD"}))[0] == 429
    other = await browsers.stranger("192.0.2.78")
    assert (await public_form(other, "/complain/answer", {"code": "2345-6789-ABCD"}))[0] == 422


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_form_of_another_site_complains_for_nobody(
    app: FastAPI, browsers: Browsers, database: Database
) -> None:
    browser = await browsers.stranger(ADDRESS)
    token = (await browser.get("/complain")).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = await browser.client.post(
        "/complain", data={"csrf_token": token, **FORM}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    async with database.reading() as session:
        assert list(await session.scalars(select(Complaint))) == []


@pytest.fixture
async def directory(app: FastAPI, database: Database) -> int:
    """The example directory; how many services of Tunisia are offered."""
    async with database.transaction() as session:
        await import_directory(session, read_directory(DIRECTORY.read_bytes()), actor=SYSTEM)
    entries = json.loads(DIRECTORY.read_text("utf-8"))
    ours = [each for each in entries if any(area["extent"].startswith("TN") for area in each["service_areas"])]
    return sum(each["status"] == "active" for each in ours)


async def test_the_finder_needs_no_account_no_cookie_and_no_script(browsers: Browsers, directory: int) -> None:
    browser = await browsers.stranger()
    first = await browser.get("/services")
    assert "set-cookie" not in first.headers
    assert "country=TN" in unescape(first.text)
    answer = await browser.get("/services?country=TN")
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text
    assert 'name="viewport"' in answer.text
    assert f"{directory} services found" in answer.text
    assert 'href="tel:197"' in answer.text
    titles, page = [], answer
    while True:
        titles += re.findall(r"<h2><bdi>(.*?)</bdi>", page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if following is None:
            break
        page = await browser.get(unescape(following[1]))
    assert len(titles) == len(set(titles)) == directory


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_finder_narrows_by_everything_it_offers(browsers: Browsers, directory: int) -> None:
    browser = await browsers.stranger()

    async def found(query: str) -> list[str]:
        return re.findall(r"<h2><bdi>(.*?)</bdi>", (await browser.get(f"/services?country=TN&{query}")).text)

    jobs = await found("kind=jobs")
    assert 0 < len(jobs) < directory
    assert set(await found("kind=jobs&area=TN:greater_tunis")) <= set(jobs)
    assert "km away" in (await browser.get("/services?country=TN&kind=training&near=sousse")).text
    assert len(await found("mine=true&lang=en")) <= len(await found(""))
    assert await found("kind=&area=&near=&open=") == await found("")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_strange_addresses_are_missing_pages_and_strange_towns_sort_nothing(
    browsers: Browsers, directory: int
) -> None:
    browser = await browsers.stranger()
    for query in ("country=XX", "country=TN&kind=weapons", "country=TN&area=GM:banjul", "page=0", "country=other"):
        assert (await browser.get(f"/services?{query}")).status_code == 404, query
    answer = await browser.get("/services?country=TN&near=nowhere&page=999&lang=xx")
    assert answer.status_code == 200
    assert "km away" not in answer.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_public_pages_speak_the_language_that_the_address_names(browsers: Browsers, directory: int) -> None:
    browser = await browsers.stranger()
    for language in complete_languages("person"):
        tag = language.replace("_", "-")
        for path in ("/services?country=TN&", "/complain?"):
            answer = await browser.get(f"{path}lang={language}")
            assert f'<html lang="{tag}"' in answer.text
    linked = set(re.findall(r'hreflang="([^"]+)"', (await browser.get("/services")).text))
    assert linked == {each.replace("_", "-") for each in complete_languages("person")} - {"en"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_right_to_left_the_page_turns_and_numbers_do_not(
    browsers: Browsers, directory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Arabic is there also while new words of the code wait for their translation.
    monkeypatch.setattr("web.pages.public.page_languages", lambda _role: ("en", "ar"))
    answer = await (await browsers.stranger()).get("/services?country=TN&lang=ar")
    assert '<html lang="ar" dir="rtl">' in answer.text
    assert re.search(r'<a href="tel:\+216[0-9]+"><bdi dir="ltr">\+216', answer.text)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_missing_complaint_and_a_strange_number_look_alike(app: FastAPI, browsers: Browsers) -> None:
    browser = await browsers.signed_in(Role.COMPLAINTS_OFFICER)
    for number in ("CO-23456789", uuid4().hex, "x" * 17, "a'b"):
        answer = await browser.get(f"/complaints/{number}")
        assert (answer.status_code, "does not exist" in answer.text) == (404, True)
