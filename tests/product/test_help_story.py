"""Help in a browser: chosen in Pashto, answered by a link, told of by both; costs of sending money; applications."""

import re

import applying_play
import pytest
from console_on_page import Console, check_on_small_phone, find_case, sign_in
from phone_on_page import PhoneOnPage
from playwright.sync_api import Browser, expect
from running_demo import Demo

from bot import confirming, menu
from bot.money import SENDING
from bot.sending import ABOUT
from cases.consent import YES
from foundation.language import _, say_country
from homeward.demo.staff import PASSWORD
from referrals.confirming import READ_AND_ANSWER
from referrals.offering import LOOK_AND_CHOOSE
from referrals.rules import RECEIVED_NAMES, Received

NAME, PARTNER = "Zarghuna Vexley", "Yasmina Pathways"
CHOSEN, OTHERS = "Sewing and tailoring, four months", ("Job desk", "Skills card")
SHARE_QUESTION = _("Your caseworker suggests a service: {service}, by {recipient}.")
WHY_SETTLED = "Rang the course and the woman: quixotic register, she was never called."
ARRIVAL: dict[str, object] = {
    "called": NAME,
    "birth_year": "۱۹۹۱",
    "sex": "female",
    "country_return": "TN",
    "area": "tn_greater_tunis",
    "country_from": "LY",
    "back_already": "yes",
    "company": ["partner"],
    "children_not_own": "no",
}
NEEDS: dict[str, object] = {
    "place_tonight": "yes",
    "health": "none",
    "fear": "no",
    "forced_work": "no",
    "documents": ["none"],
    "family": "no",
    "income": "no",
    "work_wanted": ["job"],
    "skills": "sewing",
    "debts": "no",
    "talk": "no",
    "anything_else": None,
}


@pytest.fixture
def phone(browser: Browser, demo: Demo) -> PhoneOnPage:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=demo.address).new_page()
    page.goto("/phone?phones=1")
    return PhoneOnPage(page, 0, "Zv", "ps")


def test_help_is_chosen_given_and_told_of(browser: Browser, demo: Demo, phone: PhoneOnPage) -> None:
    phone.begin()
    phone.fill_in("arrival", ARRIVAL)
    phone.tap(menu.GO_ON)
    phone.fill_in("needs", NEEDS)
    worker = Console(sign_in(browser, demo, "caseworker.tn@example.org"))
    worker.number = find_case(worker.page, NAME)
    offer_three(worker)
    choose_one(phone)
    link = hand_over_link(worker)
    accept_by_link(browser, demo, link)
    phone.sees(_("There is news about your request. Open Homeward's menu, “My case”, to read it."))
    complete(browser, demo)
    say_that_nothing_came(phone)
    settle(browser, demo, worker.number)
    compare_costs(browser, demo, phone)
    applying_play.play(worker, phone)
    worker.page.context.close()


def compare_costs(browser: Browser, demo: Demo, phone: PhoneOnPage) -> None:
    """Her brother is in Italy: in the chat the three cheapest, on the page that anyone may read all of them."""
    phone.tap(menu.MENU)
    phone.tap(menu.MORE)
    phone.tap(menu.MONEY)
    phone.tap(SENDING)
    phone.tap_text(say_country("ps", "IT"))
    phone.tap_text(say_country("ps", "TN"))
    phone.tap(ABOUT.of(amount="200 USD"))
    phone.sees("Example Harbour Online")
    expect(phone.section.locator("article.theirs .words").last).not_to_contain_text("Example Union Bank")
    page = browser.new_context(viewport={"width": 360, "height": 900}, base_url=demo.address).new_page()
    page.goto("/remittances?lang=ar")
    check_on_small_phone(page)
    page.locator("#origin").select_option("IT")
    page.locator("#to").select_option("TN")
    page.locator("main form button").click()
    expect(page.locator("main ol > li")).to_have_count(7)
    expect(page.locator("main ol .chip-good")).to_have_count(3)
    check_on_small_phone(page)
    page.context.close()


def offer_three(worker: Console) -> None:
    worker.open("/referrals/new")
    worker.page.locator("select[name=need]").select_option("work")
    worker.page.locator("main form button").click()
    for service in (CHOSEN, *OTHERS):
        worker.page.locator(".option", has_text=service).locator("input[name=services]").check()
    for box in worker.page.locator("input[name=fields]").all():
        box.set_checked(box.get_attribute("value") in ("called", "skills"))
    check_on_small_phone(worker.page)
    worker.page.locator("form[action$='/referrals'] button").click()
    expect(worker.page.locator("main form[action$='/take-back']")).to_have_count(1)


def choose_one(phone: PhoneOnPage) -> None:
    """Three services in her language's frame; nothing of them stands in the line that her locked phone shows."""
    told = phone.section.locator("article.theirs .words").last
    phone.tap(LOOK_AND_CHOOSE)
    for service in (CHOSEN, *OTHERS):
        phone.sees(service)
    assert CHOSEN not in told.inner_text().splitlines()[0]
    pick = phone.section.locator(".log").get_by_role("button", name=re.compile(rf"\d\. {re.escape(CHOSEN)}"))
    pick.last.click()
    # The partner stands in the list already: what is waited for is the question itself.
    phone.sees(SHARE_QUESTION, service=CHOSEN, recipient=PARTNER)
    phone.tap(YES)
    phone.sees(_("Thank you. Your request has been sent. We will tell you here when there is an answer."))


def hand_over_link(worker: Console) -> str:
    worker.open()
    check_on_small_phone(worker.page)
    worker.send("/link")
    check_on_small_phone(worker.page)
    return worker.page.locator("#link").input_value()


def accept_by_link(browser: Browser, demo: Demo, link: str) -> None:
    """Before the sign-in the link tells nothing of her; after it one tap accepts, and then it is dead."""
    page = browser.new_context(viewport={"width": 360, "height": 900}, base_url=demo.address).new_page()
    page.goto(link)
    for secret in (NAME, CHOSEN, "HW-"):
        expect(page.locator("body")).not_to_contain_text(secret)
    check_on_small_phone(page)
    page.locator("main a.button").click()
    page.locator("input[name=email]").fill("partner.tn@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page.locator("main form[action='/answer'] button[value=accept]")).to_be_visible()
    assert link.rpartition("/")[2] not in page.url
    check_on_small_phone(page)
    page.locator("button[value=accept]").click()
    expect(page.locator("main")).to_contain_text(NAME)
    answer = page.goto(link)
    assert answer is not None
    assert answer.status == 404  # used
    page.context.close()


def complete(browser: Browser, demo: Demo) -> None:
    partner = Console(sign_in(browser, demo, "partner.tn@example.org", width=360))
    for place in [each.get_attribute("href") or "" for each in partner.page.locator("main a[href^='/partner/']").all()]:
        partner.page.goto(place)
        if NAME in partner.main.inner_text():
            break
    check_on_small_phone(partner.page)
    with partner.page.expect_download() as sheet:
        partner.page.locator("main a[href$='/sheet']").click()
    assert sheet.value.path().read_bytes().startswith(b"%PDF")
    partner.send("/begin")
    partner.send("/complete")
    partner.page.context.close()


def say_that_nothing_came(phone: PhoneOnPage) -> None:
    phone.tap(READ_AND_ANSWER)
    phone.sees(_("Only our team reads your answer. The organisation does not."))
    phone.tap(RECEIVED_NAMES[Received.NO])
    phone.sees(_("Thank you for telling us. A caseworker looks into it. If you want to say more, write to us."))
    assert confirming.RECEIVED not in phone.last.inner_text()


def settle(browser: Browser, demo: Demo, number: str) -> None:
    supervisor = Console(sign_in(browser, demo, "supervisor@example.org"), number)
    supervisor.open()
    supervisor.page.locator("#referrals ~ ul li", has_text="In dispute").locator("a").first.click()
    supervisor.sees("In dispute")
    supervisor.send("/settle", {"settlement": "not_received"})
    supervisor.is_refused("Write how you found out.")
    check_on_small_phone(supervisor.page)
    supervisor.send("/settle", {"settlement": "not_received", "reason": WHY_SETTLED})
    supervisor.sees("The help was not received", WHY_SETTLED)
    check_on_small_phone(supervisor.page)
    supervisor.page.goto("/referrals/board")
    row = supervisor.page.locator("main tr", has_text=PARTNER).filter(has_text="Training")
    expect(row.locator("td[data-label='Not received, says the person']")).to_have_text("1")
    check_on_small_phone(supervisor.page)
    supervisor.page.context.close()


def test_what_was_told_on_the_way_is_sealed(demo: Demo) -> None:
    """Runs after the story, on the database and the log of the same demo."""
    for file in (demo.log, *demo.data.glob("homeward.db*")):
        content = file.read_bytes()
        for words in (NAME, WHY_SETTLED, "Books kept", applying_play.LOAN.institution, applying_play.COVERS):
            assert words.encode() not in content, file.name
