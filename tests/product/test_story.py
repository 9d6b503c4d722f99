"""The whole story in a browser: two phones, four signed-in people, from consent to a release, and to erasure."""

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from console_on_page import check_accessibility, find_case, sign_in
from phone_on_page import SECONDS, PhoneOnPage
from playwright.sync_api import Browser, Page, expect
from running_demo import Demo

from bot import deleting, menu
from cases.consent import YES
from foundation.language import _, say

NAME = "Zubaydah Qqwertz"
PLACE_WORDS = "bricklaying xylograph"
MESSAGE = "My phone battery is weak jabberwock"
THANKS = _("Thank you. A caseworker reads your answers and writes to you here within {hours} hours.")
REPLY = "I will call you at noon zanzibar"

ARABIC: dict[str, object] = {
    "called": NAME,
    "birth_year": "١٩٩٠",
    "sex": "female",
    "country_return": "TN",
    "area": "tn_greater_tunis",
    "country_from": "LY",
    "back_already": "yes",
    "company": ["partner"],
    "children_not_own": "no",
}
ARABIC_NEEDS: dict[str, object] = {
    "place_tonight": "yes",
    "health": "none",
    "fear": "no",
    "forced_work": "no",
    "documents": ["none"],
    "family": "no",
    "income": "no",
    "work_wanted": ["job"],
    "skills": PLACE_WORDS,
    "debts": "no",
    "talk": "no",
    "anything_else": None,
}
CHILD: dict[str, object] = {
    **ARABIC,
    "called": "Kebba",
    "birth_year": str(time.gmtime().tm_year - 15),
    "sex": "male",
    "country_return": "GM",
    "area": "gm_brikama",
    "company": ["friends"],
}


@pytest.fixture
def phones(browser: Browser, demo: Demo) -> tuple[PhoneOnPage, PhoneOnPage]:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=demo.address).new_page()
    page.goto("/phone?phones=2")
    return PhoneOnPage(page, 0, "Zz", "ar"), PhoneOnPage(page, 1, "Kk", "en")


def test_from_a_message_on_a_phone_to_a_release_and_erasure(
    browser: Browser, demo: Demo, phones: tuple[PhoneOnPage, PhoneOnPage]
) -> None:
    arabic, child = phones
    fill_in_both(browser, demo, arabic, child)

    caseworker = sign_in(browser, demo, "caseworker.tn@example.org")
    number = find_case(caseworker, NAME)
    message_both_ways(caseworker, arabic)
    refer(caseworker, number)
    assert partner_inbox_is_silent_about(browser, demo, NAME)
    arabic.tap(YES)
    arabic.sees(_("Thank you. Your request has been sent. We will tell you here when there is an answer."))

    accept_at_the_partner(browser, demo, arabic)
    see_the_child(browser, demo)
    publish(browser, demo)
    erase(caseworker, demo, arabic, number)


def waiting_case(demo: Demo) -> str:
    """The number of the one case whose child waits for a guardian: nothing else is known of them yet."""
    found = "SELECT number FROM case_file JOIN consent USING (person_id) WHERE kind = 'data' AND state = 'requested'"
    with closing(sqlite3.connect(f"file:{demo.data / 'homeward.db'}?mode=ro", uri=True)) as connection:
        ((number,),) = connection.execute(found).fetchall()
    return str(number)


def confirm_guardian(browser: Browser, demo: Demo) -> None:
    """The child waits without a question; the officer hears the guardian, and the questions begin."""
    officer = sign_in(browser, demo, "child@example.org", width=360)
    officer.goto(f"/cases/{waiting_case(demo)}")
    officer.locator("main a[href$='/safety']").click()
    officer.locator("textarea[name=evidence]").fill("Spoke with his uncle, who looks after him.")
    check_accessibility(officer)
    assert officer.evaluate("document.documentElement.scrollWidth") <= 360
    officer.locator("form[action$='/guardian'] button").click()
    expect(officer.locator("textarea[name=evidence]")).to_have_count(0)
    officer.context.close()


def fill_in_both(browser: Browser, demo: Demo, arabic: PhoneOnPage, child: PhoneOnPage) -> None:
    for phone, answers in ((arabic, ARABIC), (child, CHILD)):
        if phone is arabic:
            phone.begin()
        else:
            phone.begin_as_child()
            phone.sees(menu.WRITE)
            confirm_guardian(browser, demo)
            phone.sees(_("There is something new for you here. Open the menu to see it."))
            phone.tap(menu.MENU)
            phone.tap(menu.GO_ON)
        phone.fill_in("arrival", answers)
        phone.tap(menu.GO_ON)
        asked = phone.fill_in("needs", ARABIC_NEEDS)
        # A child is never asked about fear or force in a chat.
        assert ("fear" in asked) is (phone is arabic)
        phone.sees(
            _("Thank you. A caseworker reads your answers and writes to you here within {hours} hours."), hours=24
        )
    assert arabic.last.locator(".words").evaluate("node => getComputedStyle(node).direction") == "rtl"


def message_both_ways(caseworker: Page, phone: PhoneOnPage) -> None:
    phone.tap(menu.MENU)
    phone.tap(menu.WRITE)
    phone.write(MESSAGE)
    # Live: the page was open before the message was written.
    expect(caseworker.locator("ol.messages")).to_contain_text(MESSAGE, timeout=SECONDS)
    caseworker.locator("textarea[name=text]").fill(REPLY)
    caseworker.locator("form[action$='/messages'] button").click()
    phone.sees(REPLY)
    check_accessibility(caseworker)


def refer(caseworker: Page, number: str) -> None:
    caseworker.goto(f"/cases/{number}/referrals/new")
    caseworker.locator("select[name=need]").select_option("work")
    caseworker.locator("main form button").click()
    service = caseworker.locator(".option", has_text="Yasmina Pathways").first
    service.locator("input[name=services]").check()
    for box in caseworker.locator("input[name=fields]").all():
        box.set_checked(box.get_attribute("value") in ("called", "area"))
    check_accessibility(caseworker)
    caseworker.locator("form[action$='/referrals'] button").click()
    expect(caseworker).to_have_url(re.compile(f"/cases/{number}"))


def partner_inbox_is_silent_about(browser: Browser, demo: Demo, name: str) -> bool:
    """Before the yes the partner must know nothing."""
    partner = sign_in(browser, demo, "partner.tn@example.org")
    before = partner.locator("main").inner_text()
    partner.context.close()
    return name not in before


def accept_at_the_partner(browser: Browser, demo: Demo, phone: PhoneOnPage) -> None:
    partner = sign_in(browser, demo, "partner.tn@example.org", width=360)
    for link in partner.locator("main a[href^='/partner/']").all():
        address = link.get_attribute("href") or ""
        partner.goto(address)
        if NAME in partner.locator("main").inner_text():
            break
        partner.goto("/partner")
    shared = partner.locator("main").inner_text()
    assert NAME in shared
    for unshared in (PLACE_WORDS, MESSAGE, REPLY, "1990", "HW-"):
        assert unshared not in shared
    check_accessibility(partner)
    assert partner.evaluate("document.documentElement.scrollWidth") <= 360
    partner.locator("form[action$='/accept'] button").click()
    expect(partner.locator("form[action$='/begin'] button")).to_be_visible()
    news = phone.section.locator("article.theirs .words").last
    expect(news).to_contain_text(say("ar", menu.CASE).split(" ", 1)[1], timeout=SECONDS)
    # Neutral words only: whoever else holds the phone learns nothing of the partner or the service.
    assert "Yasmina" not in news.inner_text()
    partner.context.close()


def see_the_child(browser: Browser, demo: Demo) -> None:
    officer = sign_in(browser, demo, "child@example.org", width=360)
    find_case(officer, "Kebba")
    expect(officer.locator("main")).to_contain_text("arrival.child_without_guardian")
    flag = officer.locator("li.open-flag", has_text="arrival.child_without_guardian")
    flag.locator("summary").click()
    flag.locator("textarea").fill("Spoke with him and his uncle by phone.")
    flag.locator("form button").click()
    expect(officer.locator("li.open-flag", has_text="arrival.child_without_guardian")).to_have_count(0)
    check_accessibility(officer)
    assert officer.evaluate("document.documentElement.scrollWidth") <= 360
    officer.context.close()


def publish(browser: Browser, demo: Demo) -> None:
    monitor = sign_in(browser, demo, "monitor@example.org")
    # The earliest option is a quarter before the example data, the one before last holds nobody: take the newest.
    monitor.get_by_label("Count the figures of a quarter").select_option(index=0)
    monitor.get_by_role("button", name="Make a draft").click()
    # A draft takes its time; the page shows it once it is made.
    expect(monitor.locator("main")).to_contain_text("Draft, waits for approval", timeout=180_000)
    monitor.locator("main table a").first.click()
    expect(monitor.locator("main")).to_contain_text("Someone else of your body")
    second = sign_in(browser, demo, "monitor.2@example.org")
    second.goto(monitor.url)
    second.locator("form[action$='/approve'] button").click()
    expect(second.locator("form[action$='/publish']")).to_be_visible(timeout=SECONDS)
    check_accessibility(second)
    second.context.close()
    monitor.reload()
    monitor.get_by_role("button", name="Publish it").click()
    expect(monitor.locator("main")).to_contain_text("Correct this release", timeout=SECONDS)
    check_accessibility(monitor)
    with monitor.expect_download() as download:
        monitor.locator("a[href$='.csv']").first.click()
    rows = Path(download.value.path()).read_text().splitlines()
    assert rows[1].startswith("#"), rows[:3]
    monitor.context.close()


def erase(caseworker: Page, demo: Demo, phone: PhoneOnPage, number: str) -> None:
    phone.tap(menu.MENU)
    phone.tap(menu.MORE)
    phone.tap(menu.DELETE)
    phone.tap(deleting.DELETE_YES)
    phone.sees(number)
    time.sleep(2)  # the write-ahead log is folded right after
    for file in demo.data.glob("homeward.db*"):
        content = file.read_bytes()
        for trace in (NAME, PLACE_WORDS, MESSAGE, REPLY):
            assert trace.encode() not in content, file.name
    page = caseworker.goto(f"/cases/{number}")
    assert page is not None
    assert page.status == 200
    expect(caseworker.locator("main .notice").first).to_be_visible()
    assert NAME not in caseworker.content()
    assert PLACE_WORDS not in caseworker.content()


def test_no_personal_word_and_no_token_reached_the_log(demo: Demo) -> None:
    """Runs after the story, on the log of the same demo."""
    log = demo.log.read_text()
    token = (demo.data / "bot.token").read_text()
    for trace in (NAME, PLACE_WORDS, MESSAGE, REPLY, token, token.partition(":")[2]):
        assert trace not in log


def test_the_service_says_it_is_well(demo: Demo, http: httpx.Client) -> None:
    assert http.get("/healthz").status_code == 200
    assert http.get("/readyz").status_code == 200
