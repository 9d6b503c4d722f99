"""A return in a browser: everyone with their own pages, and nobody gets past a rule whose evidence is missing."""

import pytest
from console_on_page import check_on_small_phone
from phone_on_page import PhoneOnPage
from playwright.sync_api import Browser, Page
from return_play import HUSBAND, NEPHEW, WOMAN, WORDS, ReturnPlay
from running_demo import Demo


def look(page: Page, _name: str) -> None:
    check_on_small_phone(page)


@pytest.fixture
def phone(browser: Browser, demo: Demo) -> PhoneOnPage:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=demo.address).new_page()
    page.goto("/phone?phones=1")
    return PhoneOnPage(page, 0, "Nn", "en")


def test_a_family_with_a_separated_child_returns_safely(browser: Browser, demo: Demo, phone: PhoneOnPage) -> None:
    ReturnPlay(browser, demo, phone, look).play()


def test_what_was_recorded_on_the_way_is_sealed(demo: Demo) -> None:
    """Runs after the story, on the database and the log of the same demo."""
    for file in (demo.log, *demo.data.glob("homeward.db*")):
        content = file.read_bytes()
        for words in (WOMAN, HUSBAND, NEPHEW, WORDS):
            assert words.encode() not in content, file.name
