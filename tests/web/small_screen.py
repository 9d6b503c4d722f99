"""Pages as a small phone shows them: light, no wider than the screen, and nothing that axe finds."""

from collections.abc import Mapping

from axe_playwright_python.async_playwright import Axe
from chromium import CHROMIUM
from playwright.async_api import async_playwright

from web.rendering import STATIC_FILES


async def check_on_small_screen(texts: Mapping[str, str]) -> None:
    """`texts`: the HTML of each page by its path."""
    style = (STATIC_FILES / "style.css").read_text(encoding="utf-8")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM)
        shown = await chromium.new_page(viewport={"width": 360, "height": 740})
        for path, text in texts.items():
            assert len(text.encode()) < 60_000, path
            await shown.set_content(text.replace("</head>", f"<style>{style}</style></head>"))
            found = await Axe().run(shown)
            assert found.violations_count == 0, (path, found.generate_report())
            assert await shown.evaluate("document.documentElement.scrollWidth") <= 360, path
        await chromium.close()
