"""Pictures of the console for the documentation and for looking at: `python -m tests.product.pictures DIR`.

Starts a demo of its own, plays a family's return at its pages, and photographs each page in every language and at every
width asked for, into `DIR/NAME.LANGUAGE.WIDTH.png`. Those of docs/casework.md are cut to size in `DIR/guide`.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page

sys.path.insert(0, str(Path(__file__).parent))  # as pytest does

from console_on_page import NARROW, WIDE
from phone_on_page import PhoneOnPage
from return_play import ReturnPlay
from running_demo import Demo, opened_browser, started_demo

TALLEST = 1_800
"""Pixels: what is below is cut off."""
COLOURS = 64
GUIDE_COLOURS = 32
GUIDE = {
    "today-protection.en.1280": 1_000,
    "case.en.1280": 1_100,
    "return.en.1280": 1_080,
    "record.en.360": 760,
    "safeguards.en.360": 760,
    "panel.en.360": 760,
    "determination.en.1280": 625,
    "plan.en.1280": 900,
    "closing.en.1280": 900,
}
"""The pictures of docs/casework.md, and how many pixels of each are shown."""


class Camera:
    def __init__(self, folder: Path, languages: Sequence[str]) -> None:
        self.folder, self.languages = folder, languages

    def look(self, page: Page, name: str) -> None:
        """Photograph a page; it is left as it was found, in its own language and width."""
        address, before = page.url, page.viewport_size
        own = page.locator("#language").input_value()
        for language in self.languages:
            self._speak(page, language, address)
            for width in (NARROW, WIDE):
                page.set_viewport_size({"width": width, "height": 800})
                self._take(page, self.folder / f"{name}.{language}.{width}.png")
        self._speak(page, own, address)
        if before is not None:
            page.set_viewport_size(before)

    def _speak(self, page: Page, language: str, address: str) -> None:
        with page.expect_navigation():
            page.locator("#language").select_option(language)
            page.locator("form[action='/language'] button").click()
        page.goto(address)

    def _take(self, page: Page, file: Path) -> None:
        # Never the whole of a long page: painting all of it takes a busy machine a minute.
        width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
        clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
        page.screenshot(path=file, full_page=True, clip=clip)
        with Image.open(file) as opened:
            whole = opened.convert("RGB")
        self._save(whole, TALLEST, COLOURS, file)
        if file.stem in GUIDE:
            self._save(whole, GUIDE[file.stem], GUIDE_COLOURS, self.folder / "guide" / file.name)

    def _save(self, whole: Image.Image, tallest: int, colours: int, file: Path) -> None:
        part = whole.crop((0, 0, whole.width, min(whole.height, tallest)))
        part.quantize(colours).save(file, optimize=True)


def take_pictures(browser: Browser, demo: Demo, folder: Path, languages: Sequence[str]) -> None:
    (folder / "guide").mkdir(parents=True, exist_ok=True)
    page = browser.new_context(viewport={"width": WIDE, "height": 900}, base_url=demo.address).new_page()
    page.goto("/phone?phones=1")
    ReturnPlay(browser, demo, PhoneOnPage(page, 0, "Nn", "en"), Camera(folder, languages).look).play()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", nargs="+", default=["en", "ar"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as data, started_demo(Path(data)) as demo, opened_browser() as browser:
        take_pictures(browser, demo, chosen.folder, chosen.languages)


if __name__ == "__main__":
    main()
