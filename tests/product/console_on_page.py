"""A member of staff at the console: signs in, reads what the page says, and uses its forms."""

import re
from collections.abc import Mapping

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from running_demo import Demo

from homeward.demo.staff import PASSWORD

NARROW, WIDE = 360, 1280
"""Widths in CSS pixels: of a small phone, and of an office."""


def sign_in(browser: Browser, demo: Demo, email: str, *, width: int = WIDE) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, base_url=demo.address).new_page()
    page.goto("/")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page.locator("form[action='/sign-out']")).to_be_attached()
    return page


def check_accessibility(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def check_on_small_phone(page: Page) -> None:
    """Nothing that axe finds and nothing to scroll sideways for, at the narrowest width that we promise."""
    before = page.viewport_size
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, page.url
    check_accessibility(page)
    if before is not None:
        page.set_viewport_size(before)


def find_case(page: Page, words: str) -> str:
    """Search as a caseworker does, by the name to be called by; opens the case and gives its number."""
    page.goto("/cases")
    page.locator("input[name=words]").fill(words)
    page.locator("form:has(input[name=words]) button").click()
    page.locator("main a[href^='/cases/HW-']").first.click()
    found = re.search(r"HW-\w{4}-\w{4}", page.url)
    assert found, page.url
    return found[0]


class Console:
    """One person of the staff, signed in, at work on one case."""

    def __init__(self, page: Page, number: str = "") -> None:
        self.page = page
        self.number = number

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def open(self, place: str = "") -> None:
        """A page of the case: `/return`, `/plan`; the case itself without a place."""
        answer = self.page.goto(f"/cases/{self.number}{place}")
        assert answer is not None
        assert answer.ok, (self.page.url, answer.status)

    def form(self, action: str) -> Locator:
        """The form that is sent to an address with this end; a folded part that hides it is opened."""
        form = self.page.locator(f"main form[action$='{action}']").first
        for folded in form.locator("xpath=ancestor::details[not(@open)]").all():
            folded.locator("summary").first.click()
        return form

    def fill_in(self, sheet: str) -> None:
        """A questionnaire, page by page, with no answer where none is needed."""
        self.open()
        start = f"main form[action$='/forms']:has(input[name=sheet][value={sheet}])"
        self.page.locator(start).first.locator("button").click()
        go_on = self.page.locator("button[name=go][value=next]")
        send = self.page.locator("main form[action$='/submit'] button")
        while send.count() == 0:
            go_on.click()
            expect(go_on.or_(send).first).to_be_visible()
        send.click()
        expect(send).to_have_count(0)

    def send(self, action: str, values: Mapping[str, str] | None = None, *, button: str = "") -> None:
        """Fill a form in by the names of its fields and press its button."""
        form = self.form(action)
        for name, value in (values or {}).items():
            self._fill(form, name, value)
        pressed = form.get_by_role("button", name=button, exact=True) if button else form.locator("button").first
        with self.page.expect_navigation():
            pressed.click()

    def _fill(self, form: Locator, name: str, value: str) -> None:
        field = form.locator(f"[name='{name}']").first
        kind = field.evaluate("node => node.type")
        if kind == "radio":
            form.locator(f"[name='{name}'][value='{value}']").check()
        elif kind == "checkbox":
            field.set_checked(bool(value))
        elif kind == "select-one":
            field.select_option(value)
        else:
            field.fill(value)

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.main).to_contain_text(text)

    def sees_not(self, *texts: str) -> None:
        for text in texts:
            expect(self.main).not_to_contain_text(text)

    def is_refused(self, *words: str) -> None:
        """The last form was not carried out, and the page says why."""
        for each in words:
            expect(self.page.locator("main [role=alert]")).to_contain_text(each)
